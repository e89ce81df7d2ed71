"""Vertices that a compute shader poses once give the pictures that vertex shaders give."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import golden
import handmade
import numpy as np
import posed_samples
import pytest
from corpus import corpus_characters
from scenes import paint
from test_cropping import LOOKS, bound
from test_pictures import random_poses
from test_vertices import every_rule

from mmdgen.errors import RenderError
from mmdgen.formats.load import load_textures
from mmdgen.model import Model, TextureSet
from mmdgen.puppet import Puppet
from mmdgen.render import upload
from mmdgen.render.context import COMPUTE, driver, poses_ahead
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.rig.rig import Rig
from mmdgen.space import Framing
from mmdgen.state import RigState

pytestmark = pytest.mark.gl
VIEW = Framing(bottom=-3.0, top=3.0, center_x=0.0, near=-20.0, far=20.0)


@pytest.fixture
def both(gl_context):
    """Make pairs of renderers of one size, without and with the compute shader."""
    if gl_context.version_code < COMPUTE:
        pytest.skip("this OpenGL has no compute shaders")
    made = []

    def make(size: int) -> list[Renderer]:
        made.extend(Renderer(gl_context, RenderSettings(size=size), posed=posed) for posed in (False, True))
        return made[-2:]

    yield make
    for one in made:
        one.release()


def assert_equal(some: np.ndarray, others: np.ndarray) -> None:
    """Compare pictures as golden images are on other drivers: they may round differently in different shaders."""
    assert [why for pair in zip(some, others, strict=True) if (why := golden.looks_differ(*pair))] == []


def faced(seed: int) -> Model:
    """Return a model of all five rules and morphs with random triangles."""
    model = every_rule(seed)
    faces = np.random.default_rng(seed).integers(0, len(model.vertices), (300, 3)).astype(np.int32)
    look = replace(paint((0.9, 0.6, 0.4, 1.0), two_sided=True), face_count=len(faces))
    return replace(model, faces=faces, materials=(look,))


@pytest.mark.parametrize("seed", range(3))
def test_every_rule_gives_the_same_pictures(both, seed: int) -> None:
    model = faced(seed)
    deformation = Rig(model).evaluate(handmade.random_state(model, 40, seed))
    pictures = []
    for renderer in both(64):
        uploaded = renderer.upload(model, TextureSet((), ""))
        pictures.append(renderer.draw(uploaded, deformation, VIEW, 7))
        uploaded.release()
    assert_equal(*pictures)
    assert (pictures[0][..., 3] > 0).mean() > 0.1


def test_passes_are_cut_where_memory_ends(both, monkeypatch: pytest.MonkeyPatch) -> None:
    model = faced(0)
    deformation = Rig(model).evaluate(handmade.random_state(model, 40, 0))
    monkeypatch.setattr(upload, "POSED_LIMIT", 3 * len(model.vertices) * upload.POSED_BYTES)
    pictures = []
    for renderer in both(64):
        uploaded = renderer.upload(model, TextureSet((), ""))
        pictures.append(renderer.draw(uploaded, deformation, VIEW, 7))
        uploaded.release()
    assert_equal(*pictures)


def test_a_model_without_vertices_is_nothing(both) -> None:
    model = handmade.model()
    for renderer in both(64):
        uploaded = renderer.upload(model, TextureSet((), ""))
        assert not renderer.draw(uploaded, Rig(model).evaluate(RigState.identity(model, 2)), VIEW).any()
        uploaded.release()


def test_on_the_pinned_driver_they_are_the_same_bytes(both, gl_context) -> None:
    if json.loads(golden.PINNED.read_text()) != asdict(driver(gl_context)):
        pytest.skip("another driver than that of the golden images")
    model = faced(4)
    deformation = Rig(model).evaluate(handmade.random_state(model, 20, 4))
    pictures = []
    for renderer in both(64):
        uploaded = renderer.upload(model, TextureSet((), ""))
        pictures.append(renderer.draw(uploaded, deformation, VIEW))
        uploaded.release()
    assert np.array_equal(*pictures)


def assert_same(renderers: list[Renderer], path: Path) -> None:
    binding = bound(path)
    if binding is None:
        pytest.skip("no head or no winks")
    textures = load_textures(binding.model)
    poses = random_poses(6)
    looks = [LOOKS[i % len(LOOKS)] for i in range(len(poses))]
    pictures = []
    for renderer in renderers:
        puppet = Puppet.make(binding, textures, renderer)
        pictures.append(puppet.draw(poses, 5, looks))
        puppet.release()
    assert_equal(*pictures)


@pytest.mark.parametrize("path", posed_samples.samples(), ids=posed_samples.key)
def test_samples_look_the_same(both, path: Path) -> None:
    assert_same(both(128), path)


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    corpus_characters(),
    ids=lambda p: p.name,
)
def test_real_characters_look_the_same(both, path: Path) -> None:
    assert_same(both(128), path)


def test_vertices_are_shaded_where_they_are_drawn_unless_asked_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MMDGEN_VERTICES", raising=False)
    assert not poses_ahead()


def test_the_environment_may_choose_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for wish, expected in (("compute", True), ("shader", False)):
        monkeypatch.setenv("MMDGEN_VERTICES", wish)
        assert poses_ahead() is expected
    monkeypatch.setenv("MMDGEN_VERTICES", "both")
    with pytest.raises(RenderError, match="MMDGEN_VERTICES: 'both', expected"):
        poses_ahead()
