"""The proposed head range: chin and skull, whatever grows from them, hangs before them or is worn."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from builders import CHIN, TOP, head_model
from subjects import SEED, box, character, mirrored, nameless, placed, with_solid, without_faces

from mmdgen.library.proposals.head import propose_head
from mmdgen.zoo.draw import draw_traits

SURE = 0.8
CLOSE = 0.012  # of the head height: 1.5 rows of 128
SPIKES = 0.035
ZOO = range(6)


def errors(found, bottom: float, top: float) -> tuple[float, float]:
    """Return the errors of chin and top in head heights."""
    return (found.bottom - bottom) / (top - bottom), (found.top - top) / (top - bottom)


def assert_unchanged(found, model=None) -> None:
    plain = propose_head(model or head_model())
    assert np.abs(errors(found, plain.bottom, plain.top)).max() < CLOSE
    assert found.confidence >= plain.confidence - 0.1


@pytest.mark.parametrize("hide", [False, True])
def test_zoo_heads_are_measured_to_a_row_and_a_half(hide):
    """Most are; spikes of hair may hide how high it lies on the skull, and a nameless hat hides it quite."""
    found = [propose_head(nameless(c.model) if hide else c.model) for c in map(character, ZOO)]
    off = np.abs([errors(head, *character(i).head) for i, head in zip(ZOO, found, strict=True)])
    sure = np.array([head.confidence >= SURE for head in found])
    assert off[:, 0].max() < CLOSE
    assert np.median(off[:, 1]) < CLOSE / 2
    assert off[sure, 1].max() < SPIKES
    assert sure.sum() >= len(ZOO) - 2 * hide


def test_the_tiny_head_is_measured_exactly():
    found = propose_head(head_model())
    assert np.abs(errors(found, CHIN, TOP)).max() < 0.001
    assert found.confidence >= SURE
    assert found.by.startswith("auto ")


def test_size_and_place_do_not_matter():
    plain, scale, shift = propose_head(character(0).model), 2.9, (3.0, -7.0, 5.0)
    found = propose_head(placed(character(0).model, scale, shift))
    expected = [y * scale + shift[1] for y in (plain.bottom, plain.top)]
    assert np.abs(errors(found, *expected)).max() < 0.004
    assert found.confidence == plain.confidence


def test_a_mirror_image_is_as_tall():
    plain, found = (propose_head(m) for m in (character(0).model, mirrored(character(0).model)))
    assert np.abs(errors(found, plain.bottom, plain.top)).max() < 0.004


@pytest.mark.parametrize(
    ("what", "low", "high"),
    [
        ("ahoge", (-0.08, 18.9, 0.0), (0.08, 20.2, 0.1)),
        ("horn", (0.6, 18.4, -0.1), (0.9, 20.5, 0.2)),
        ("ear", (-1.1, 18.3, 0.0), (-0.6, 20.0, 0.15)),
        ("band", (-1.3, 17.5, 0.1), (1.3, 19.08, 0.3)),
        ("halo", (-0.9, 20.2, -0.5), (0.9, 20.3, 0.9)),
        ("bow", (-1.4, 19.05, 0.2), (1.4, 20.4, 0.9)),
        ("bun", (-0.5, 19.0, 0.1), (0.5, 19.9, 0.9)),
        ("side lock", (0.7, 14.0, -1.2), (0.9, 17.5, -1.0)),
        ("microphone", (-0.1, 16.0, -2.0), (0.1, 16.1, -1.9)),
        ("collar", (-0.8, 15.0, -0.9), (0.8, 15.9, 0.8)),
    ],
)
def test_what_sticks_out_or_hangs_down_does_not_count(what, low, high):
    """Each is a box on bone 頭 whose name says nothing."""
    assert_unchanged(propose_head(with_solid(head_model(), what * 0 + "材質9", box(low, high))))


def test_a_hat_named_as_such_does_not_count():
    assert_unchanged(propose_head(with_solid(head_model(), "帽子", box((-1.5, 18.7, -1.2), (1.5, 20.0, 1.6)))))


def test_under_a_hat_without_hair_the_skull_is_only_a_guess():
    truth = character(next(i for i in count() if draw_traits(SEED, i).worn.head == "witch_hat"))
    bottom, top = truth.head
    names = [m.name for m in truth.model.materials]
    hair = np.repeat(["髪" in name for name in names], [m.face_count for m in truth.model.materials])
    high = truth.model.vertices.position[truth.model.faces, 1].mean(1) > bottom + 0.72 * (top - bottom)
    for model in (truth.model, nameless(truth.model)):
        found = propose_head(without_faces(model, hair & high))
        assert found.confidence < SURE
        assert found.top < truth.model.vertices.position[:, 1].max() - 0.1 * (top - bottom), "not the hat's tip"


def test_hair_that_rises_above_the_skull_counts():
    """A cap of hair all over the head is its top: not an ornament, whatever it is called."""
    model = head_model()
    hair = next(i for i, m in enumerate(model.materials) if m.name == "hair")
    faces = np.repeat(np.arange(len(model.materials)), [m.face_count for m in model.materials]) == hair
    raised = model.vertices.position.copy()
    vertices = np.unique(model.faces[faces])
    raised[vertices, 1] += 0.2
    assert propose_head(replace(model, vertices=replace(model.vertices, position=raised))).top == pytest.approx(
        TOP + 0.2, abs=0.01
    )


def test_without_a_head_bone_there_is_no_head():
    model = head_model()
    bones = tuple(replace(b, name="?") if b.name == "頭" else b for b in model.bones)
    assert propose_head(replace(model, bones=bones)) is None
    assert propose_head(replace(model, morphs=())) is None
