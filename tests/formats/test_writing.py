"""What is written reads back as the same Model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import builders
import numpy as np
import pytest
from corpus import corpus_models
from hypothesis import HealthCheck, given, settings
from raw_files import RawPmx
from strategies import models

from mmdgen.errors import FormatError
from mmdgen.formats.cursor import Notes
from mmdgen.formats.load import parse_model, read_model
from mmdgen.formats.repair import repaired
from mmdgen.formats.writer import write_pmx
from mmdgen.model import Deform, Model

THOROUGH = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def is_sound(model: Model) -> bool:
    notes = Notes()
    return repaired(model, notes) == model and all(w.startswith("faces:") for w in notes.lines())


@THOROUGH
@given(models())
def test_every_sound_model_comes_back_and_without_warnings(model: Model) -> None:
    back = parse_model(write_pmx(model))
    assert back == model
    assert back.warnings == ()
    assert write_pmx(back) == write_pmx(model)


@THOROUGH
@given(models(wild=True))
def test_whatever_is_in_a_file_what_is_read_is_sound_and_comes_back(model: Model) -> None:
    once = parse_model(write_pmx(model))
    assert is_sound(once)
    again = parse_model(write_pmx(once))
    assert again == once
    assert [len(part) for part in (once.bones, once.morphs, once.materials, once.bodies)] == [
        len(part) for part in (model.bones, model.morphs, model.materials, model.bodies)
    ], "numbering is kept"


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus_models(), ids=lambda p: p.name)
def test_every_real_file_comes_back(path: Path) -> None:
    if path.name == "joint_orient_test.pmx":
        with pytest.raises(FormatError, match="vertices: vertex 13 at byte 0x28b: deform type 63"):
            read_model(path)
        return
    model = read_model(path)
    assert is_sound(model)
    assert parse_model(write_pmx(model)) == model


@pytest.mark.parametrize("count", [127, 128, 255, 256, 300])
def test_index_sizes_grow_with_the_counts(count: int) -> None:
    raw = RawPmx(sizes=(2, 1, 1, 2, 1, 1))
    raw.vertices = [raw.vertex((i, 0, 0), 0, (i,)) for i in range(count)]
    raw.bones = [raw.bone(str(i)) for i in range(count)]
    raw.faces = (0, 1, count - 1)
    model = parse_model(raw.build())
    back = parse_model(write_pmx(model))
    assert back == model
    assert back.vertices.bone[-1, 0] == count - 1


def test_version_is_raised_only_when_needed() -> None:
    plain = builders.head_model()
    assert parse_model(write_pmx(plain)).source.version == 2.0
    deform = plain.vertices.deform.copy()
    deform[0] = Deform.QDEF
    newer = replace(plain, vertices=replace(plain.vertices, deform=deform))
    assert parse_model(write_pmx(newer)).source.version == 2.1


def test_numbers_that_no_file_can_hold_are_refused() -> None:
    model = builders.head_model()
    bad = replace(model, bones=(replace(model.bones[0], layer=2**40), *model.bones[1:]))
    with pytest.raises(FormatError, match="expected numbers that PMX can hold"):
        write_pmx(bad)


def test_the_character_of_the_tests_is_symmetric_and_complete() -> None:
    model = builders.head_model()
    assert model.warnings == ()
    points = {tuple(p) for p in model.vertices.position.tolist()}
    assert points == {(-x, y, z) for x, y, z in points}
    on_head = model.vertices.position[model.vertices.bone[:, 0] == model.bone("頭")]
    assert (on_head[:, 1].min(), on_head[:, 1].max()) == (builders.CHIN, builders.TOP)
    corners = model.vertices.position[model.faces].astype(np.float64)
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = model.vertices.normal[model.faces].sum(1)
    assert ((outward * normals).sum(-1) >= -1e-12).all()
