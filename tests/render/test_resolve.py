"""Pictures that a compute shader resolves are those that are resolved by drawing."""

from __future__ import annotations

from dataclasses import replace

import builders
import numpy as np
import pytest
from test_pictures import HEAD, posed, random_poses

from mmdgen.errors import RenderError
from mmdgen.model import TextureSet
from mmdgen.render.atlas import Area
from mmdgen.render.context import COMPUTE, computes, driver
from mmdgen.render.look import Look
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.rig.rig import Rig
from mmdgen.state import RigState

pytestmark = pytest.mark.gl


@pytest.fixture
def both(gl_context):
    """Make pairs of renderers, resolving by drawing and by a compute shader."""
    if gl_context.version_code < COMPUTE or "GL_ARB_buffer_storage" not in gl_context.extensions:
        pytest.skip("this OpenGL has no compute shaders, or no buffers that stay mapped")
    made = []

    def make(**settings) -> list[Renderer]:
        made.extend(Renderer(gl_context, RenderSettings(**settings), computed=computed) for computed in (False, True))
        return made[-2:]

    yield make
    for one in made:
        one.release()


@pytest.mark.parametrize("settings", [{"size": 96}, {"size": 200, "samples": 9}, {"size": 64, "samples": 1}])
@pytest.mark.parametrize("colored", [False, True])
def test_a_compute_shader_resolves_the_same_bytes(gl_context, both, settings, colored) -> None:
    model = builders.head_model()
    textures = TextureSet((None,) * len(model.textures), "")
    answers = []
    renderers = both(**settings)
    for renderer in renderers:
        uploaded = renderer.upload(model, textures)
        pictures = []
        for number, count in enumerate((1, renderer.slots, 5, 2 * renderer.slots + 3, 2)):  # more than the ring holds
            poses = random_poses(count, seed=number)
            looks = [Look(hue_deg=7.0 * i % 180, saturation=1.2) for i in range(count)] if colored else None
            deformation = Rig(model).evaluate(posed(model, poses))
            pictures.append(renderer.start(uploaded, deformation, HEAD, 3 * number, looks))
        answers.append([pending.read() for pending in pictures])
        uploaded.release()
    assert [renderer._target._computed for renderer in renderers] == [False, True]
    for drawn, computed in zip(*answers, strict=True):
        assert drawn[..., 3].any()
        assert np.abs(drawn.astype(int) - computed).max() <= (0 if driver(gl_context).software else 1)


def test_a_part_of_every_picture_is_as_it_was_in_whole_ones(gl_context, both) -> None:
    model = builders.head_model()
    deformation = Rig(model).evaluate(posed(model, random_poses(21)))
    area = Area(13, 40, 51, 22)
    for renderer in both(size=96):
        uploaded = renderer.upload(model, TextureSet((None,) * len(model.textures), ""))
        part = renderer.part(uploaded, np.ones(len(model.faces), bool), area)
        for looks in (None, [Look(hue_deg=9.0 * i) for i in range(21)]):
            whole = renderer.draw(uploaded, deformation, HEAD, 5, looks)
            drawn = renderer.start(uploaded, deformation, HEAD, 5, looks, part).read()
            assert np.array_equal(drawn, whole[:, 40:62, 13:64])
            assert np.array_equal(renderer.draw(uploaded, deformation, HEAD, 5, looks), whole)  # nothing is left behind
        uploaded.release()


def test_a_pass_that_broke_off_leaves_nothing_behind(both, monkeypatch) -> None:
    renderer = both(size=64)[1]
    model = builders.head_model()
    uploaded = renderer.upload(model, TextureSet((None,) * len(model.textures), ""))
    deformation = Rig(model).evaluate(posed(model, random_poses(3)))
    expected = renderer.draw(uploaded, deformation, HEAD)

    def broken(*_arguments, **_options) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Renderer, "_draw_edges", broken)
        with pytest.raises(KeyboardInterrupt):
            renderer.draw(uploaded, deformation, HEAD, looks=[Look(edge=1.0)] * 3)
    nothing = Rig(model).evaluate(RigState.identity(model, 3))
    hidden = replace(nothing, material=np.zeros_like(nothing.material))
    assert not renderer.draw(uploaded, hidden, HEAD).any()
    assert np.array_equal(renderer.draw(uploaded, deformation, HEAD), expected)
    uploaded.release()


def refused(*_arguments, **_options):
    raise RenderError("OpenGL driver: refused")


def nothing(*_arguments, **_options) -> None:
    """What a driver does that takes a command and does not do it."""


@pytest.mark.parametrize(
    ("where", "instead"),
    [
        ("mmdgen.render.readback._mapped", refused),
        ("mmdgen.render.target.compiled_compute", refused),
        ("mmdgen.render.target.Target._compute", nothing),
    ],
    ids=["no memory", "no program", "nothing arrives"],
)
def test_where_the_driver_does_not_keep_its_word_pictures_are_resolved_by_drawing(
    gl_context, both, monkeypatch, where, instead
) -> None:
    monkeypatch.setattr(where, instead)
    model = builders.head_model()
    answers = []
    for renderer in both(size=64):
        uploaded = renderer.upload(model, TextureSet((None,) * len(model.textures), ""))
        deformations = [Rig(model).evaluate(posed(model, random_poses(count, seed=count))) for count in (3, 1, 4)]
        pending = [renderer.start(uploaded, deformation, HEAD) for deformation in deformations]
        answers.append([its.read() for its in pending])
        uploaded.release()
        assert not renderer._target._computed
        assert gl_context.error == "GL_NO_ERROR"
    for drawn, otherwise in zip(*answers, strict=True):
        assert drawn[..., 3].any()
        assert np.array_equal(drawn, otherwise)


def test_a_program_that_is_refused_later_loses_no_picture(gl_context, both, monkeypatch) -> None:
    model = builders.head_model()
    answers = []
    for renderer in both(size=64):
        uploaded = renderer.upload(model, TextureSet((None,) * len(model.textures), ""))
        deformation = Rig(model).evaluate(posed(model, random_poses(3)))
        pending = [renderer.start(uploaded, deformation, HEAD)]
        monkeypatch.setattr("mmdgen.render.target.compiled_compute", refused)
        looks = [Look(hue_deg=40.0)] * 3
        pending += [renderer.start(uploaded, deformation, HEAD, looks=its) for its in (looks, None)]
        answers.append([its.read() for its in pending])
        uploaded.release()
        monkeypatch.undo()
    for drawn, otherwise in zip(*answers, strict=True):
        assert drawn[..., 3].any()
        assert np.abs(drawn.astype(int) - otherwise).max() <= (0 if driver(gl_context).software else 1)


def test_software_resolves_by_drawing(gl_context) -> None:
    assert not (driver(gl_context).software and computes(gl_context))
