"""A puppet is a file, its annotation and a renderer, joined: it draws what its parts say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import builders
import numpy as np
import pytest
from test_pictures import HEAD, posed, random_poses

from mmdgen.annotation import Annotation, HeadRange, Slot
from mmdgen.errors import BindingError, FormatError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.pose_spec import IDENTITY
from mmdgen.puppet import Puppet

NAMES = {"normal_left": "ウィンク２", "normal_right": "ｳｨﾝｸ２右", "mouth": "あ"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    model = builders.head_model()
    textured = replace(model.materials[2], texture=0)
    materials = (*model.materials[:2], textured, *model.materials[3:])
    builders.saved(replace(model, materials=materials, textures=("missing.png",)), tmp_path / "head.pmx")
    return tmp_path / "head.pmx"


def annotation(file: Path, **slots: str) -> Annotation:
    model = read_model(file)
    found = {n: Slot(m, model.morphs_named(m)[0], None, "person", 1.0) for n, m in slots.items()}
    empty = Annotation(model.source.sha256, head=HeadRange(builders.CHIN, builders.TOP, "person", 1.0))
    return replace(empty, slots={**empty.slots, **found})


@pytest.mark.gl
def test_a_puppet_draws_poses_in_its_framing(studio, file: Path) -> None:
    one = studio()
    puppet = Puppet.open(file, annotation(file, **NAMES), one.renderer)
    poses = random_poses(5)
    model = builders.head_model()
    assert puppet.framing == HEAD
    assert np.array_equal(
        puppet.draw(poses, first_slot=2), one.pictures(model, posed(model, poses), view=HEAD, first_slot=2)
    )
    assert np.array_equal(puppet.vertices(poses), one.capture(model, posed(model, poses))[0])
    puppet.release()


@pytest.mark.gl
def test_a_split_morph_closes_the_eyes_like_two(studio, file: Path) -> None:
    one = studio()
    poses = random_poses(6)
    winks = Puppet.open(file, annotation(file, **NAMES), one.renderer)
    split = Puppet.open(file, annotation(file, normal_both="まばたき", mouth="あ"), one.renderer)
    assert len(split.model.morphs) > len(winks.model.morphs)
    assert np.array_equal(winks.draw(poses), split.draw(poses))
    winks.release()
    split.release()


@pytest.mark.gl
def test_the_identity_is_of_file_and_textures(studio, file: Path) -> None:
    puppet = Puppet.open(file, annotation(file, **NAMES), studio().renderer)
    model = read_model(file)
    assert puppet.identity == (model.source.sha256, load_textures(model).sha256)
    assert puppet.draw(np.array([IDENTITY])).shape == (1, 64, 64, 4)
    puppet.release()


@pytest.mark.gl
def test_what_cannot_be_posed_is_refused(studio, file: Path) -> None:
    with pytest.raises(BindingError, match="no mouth morph"):
        Puppet.open(file, annotation(file), studio().renderer)
    with pytest.raises(FormatError):
        Puppet.open(file.with_name("none.pmx"), annotation(file, **NAMES), studio().renderer)


@pytest.mark.gl
def test_no_pictures_of_no_poses(studio, file: Path) -> None:
    puppet = Puppet.open(file, annotation(file, **NAMES), studio().renderer)
    assert puppet.draw(np.zeros((0, 6))).shape == (0, 64, 64, 4)
    puppet.release()
