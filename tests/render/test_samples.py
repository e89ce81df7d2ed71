"""Our own samples, drawn: the symmetry rule, the GPU's vertices, and what the pose parameters must show."""

from __future__ import annotations

import itertools
from pathlib import Path

import handmade
import numpy as np
import posed_samples
import pytest
from corpus import ROOT
from test_pictures import random_poses

from mmdgen import annotation
from mmdgen.formats.load import read_model
from mmdgen.pose_spec import IDENTITY, NAMES, mirrored
from mmdgen.puppet import Puppet
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin

pytestmark = pytest.mark.gl
MODELS = ROOT / "samples" / "models"
SYMMETRIC = MODELS / "0000-raruo" / "ラルオ.pmx"
SAMPLES = posed_samples.samples()


@pytest.fixture
def puppet(studio):
    """Open samples as puppets of 128 or other sizes."""
    opened = []

    def make(path: Path, size: int = 128) -> Puppet:
        model = read_model(path)
        said = annotation.load(annotation.folder(MODELS), model.source.sha256)
        opened.append(Puppet.open(path, said, studio(size=size).renderer))
        return opened[-1]

    yield make
    for one in opened:
        one.release()


def moved(*pose: tuple[str, float]) -> np.ndarray:
    """Return the identity pose with some parameters changed."""
    values = dict(zip(NAMES, IDENTITY, strict=True)) | dict(pose)
    return np.array([values[name] for name in NAMES])


def silhouettes(pictures: np.ndarray) -> np.ndarray:
    """Return the pixels (N, H, W) that touch an edge: of the character, or between things that differ."""
    edge = np.zeros(pictures.shape[:3], bool)
    for shift in itertools.product((-1, 0, 1), repeat=2):
        shifted = np.roll(pictures, shift, (1, 2)).astype(int)
        edge |= (shifted[..., 3] < 255) | (np.abs(shifted - pictures).max(-1) > 8)
    return edge


@pytest.mark.parametrize("size", [128, 256])
def test_mirrored_poses_of_a_symmetric_character_give_mirrored_pictures(puppet, size: int) -> None:
    raruo = puppet(SYMMETRIC, size)
    poses = np.concatenate([[IDENTITY], random_poses(15)])
    pictures = raruo.draw(poses).astype(int)
    reflected = raruo.draw(np.array([mirrored(tuple(p)) for p in poses]))[:, :, ::-1].astype(int)
    difference = np.abs(pictures - reflected).max(-1)
    inner = ~silhouettes(pictures)
    assert inner.mean() > 0.05
    assert (difference[inner] > 1).sum() <= 2  # a lock of hair may be thinner than what tells silhouettes
    assert (difference > 1).mean() < 0.001


@pytest.mark.parametrize("path", SAMPLES, ids=posed_samples.key)
def test_vertices_of_samples_agree_with_the_reference(studio, path: Path) -> None:
    model = read_model(path)
    for state in (handmade.random_state(model, 2, 0), posed_samples.state(model, posed_samples.poses(model))):
        position = studio().capture(model, state)[0]
        assert np.abs(position - skin(model, Rig(model).evaluate(state)).position).max() <= 1e-4


@pytest.mark.parametrize("path", SAMPLES, ids=posed_samples.key)
def test_parameters_show_where_they_should(puppet, path: Path) -> None:
    """The character's left eye closes on the picture's right, the mouth below the eyes, the head turns as facts say."""
    one = puppet(path)
    rest, left, right, mouth = one.draw(
        np.array([moved(), moved(("eye_left", 1)), moved(("eye_right", 1)), moved(("mouth", 0))])
    ).astype(int)
    middle = rest.shape[1] / 2
    places = {}
    for name, picture in (("left", left), ("right", right), ("mouth", mouth)):
        changed = np.abs(picture - rest).max(-1) > 8
        assert 8 < changed.sum() < changed.size * 0.03, name
        places[name] = np.argwhere(changed).mean(0)
    assert places["left"][1] > middle + 4
    assert places["right"][1] < middle - 4
    assert abs(places["mouth"][1] - middle) < 3
    assert places["mouth"][0] > max(places["left"][0], places["right"][0]) + 4


def test_the_head_turns_by_the_signs_of_the_pose_vector(puppet) -> None:
    raruo = puppet(SYMMETRIC, 256)
    nose = np.argmin(raruo.vertices(np.array([IDENTITY]))[0, :, 2])
    pixel = raruo.framing.pixel
    start, up, viewers_left, counterclockwise = (
        pixel(raruo.vertices(moved(change)[None])[0, nose], 256)
        for change in (("mouth", 1), ("head_x", 1), ("head_y", 1), ("neck_z", 1))
    )
    assert up[1] < start[1] - 3
    assert viewers_left[0] < start[0] - 3
    crown = np.argmax(raruo.vertices(np.array([IDENTITY]))[0, :, 1])
    crowns = [pixel(raruo.vertices(moved(c)[None])[0, crown], 256) for c in (("mouth", 1), ("neck_z", 1))]
    assert crowns[1][0] < crowns[0][0] - 3
    assert counterclockwise[0] < start[0]
