"""Looks that differ from picture to picture: what each number does, and that pictures do not see one another."""

from __future__ import annotations

from dataclasses import replace

import builders
import numpy as np
import pytest
from corpus import corpus_models
from hypothesis import given
from hypothesis import strategies as st
from scenes import ball, outlined, paint, scene, square
from test_materials import RED, assert_color, middle
from test_pictures import HEAD, posed, random_poses, symmetric_model

from mmdgen.errors import UsageError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import whole_framing
from mmdgen.model import MaterialFlags, Model
from mmdgen.pose_spec import mirrored
from mmdgen.render.look import LIMITS, NAMES, SHADINGS, Look
from mmdgen.render.look_table import LookTable, color_matrix
from mmdgen.render.settings import RenderSettings
from mmdgen.rig.rig import Rig
from mmdgen.state import RigState

CHANGED = {
    "shading": "toon",
    "ambient": 0.8,
    "directional": 0.2,
    "specular": 1.5,
    "edge": 2.0,
    "hue_deg": 90.0,
    "saturation": 0.3,
    "brightness": 0.7,
}


def person() -> Model:
    """Return head_model with highlights, toons and outlines."""
    model = builders.head_model()
    flags = MaterialFlags(two_sided=True, edge=True)
    looks = [
        replace(m, specular=(0.4, 0.3, 0.2), power=5.0, shared_toon=i % 6, flags=flags)
        for i, m in enumerate(model.materials)
    ]
    return replace(model, materials=tuple(looks))


def random_looks(n: int, seed: int = 0) -> list[Look]:
    """Return n looks of both shadings; a third of them leaves light, outlines or colours as they are."""
    random = np.random.default_rng(seed)
    looks = []
    for _ in range(n):
        values = {name: round(float(random.uniform(low, high)), 3) for name, (low, high) in LIMITS.items()}
        kept = {name: value for name, value in values.items() if random.random() < 0.67}
        looks.append(Look(SHADINGS[random.integers(2)], **kept))
    return looks


# --- independence -----------------------------------------------------------------------------------------------------


@pytest.mark.gl
def test_a_picture_does_not_depend_on_the_looks_around_it(studio) -> None:
    model, n = person(), 36
    poses, looks = random_poses(n), random_looks(n)
    one = studio(size=256)
    assert one.renderer.slots == 16
    together = one.pictures(model, posed(model, poses), view=HEAD, first_slot=5, looks=looks)
    for i in range(n):
        alone = one.pictures(model, posed(model, poses[i : i + 1]), view=HEAD, first_slot=5 + i, looks=looks[i : i + 1])
        assert np.array_equal(alone[0], together[i]), (i, looks[i])


@pytest.mark.gl
@pytest.mark.parametrize("shading", SHADINGS)
def test_the_settings_are_the_look_of_pictures_without_one(studio, shading: str) -> None:
    model = person()
    settings = {"shading": shading, "ambient": 0.6, "directional": 0.9, "specular": 0.1, "edge": 1.5}
    look = RenderSettings(**settings).look()
    expected = studio(**settings).pictures(model, view=HEAD)
    assert np.array_equal(studio().pictures(model, view=HEAD, looks=[look]), expected)


@pytest.mark.gl
def test_there_is_one_look_a_picture(studio) -> None:
    model = person()
    with pytest.raises(ValueError, match="2 looks for 3 pictures"):
        studio().pictures(model, posed(model, random_poses(3)), looks=[Look()] * 2)
    assert studio().pictures(model, posed(model, random_poses(0)), looks=[]).shape == (0, 64, 64, 4)


# --- what each number does --------------------------------------------------------------------------------------------


@pytest.mark.gl
@pytest.mark.parametrize("shading", SHADINGS)
@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_an_effect(studio, shading: str, name: str) -> None:
    before = Look(shading)
    after = replace(before, **{name: SHADINGS[1 - SHADINGS.index(shading)] if name == "shading" else CHANGED[name]})
    plain, changed = studio().pictures(person(), view=HEAD, looks=[before, after])
    assert (plain != changed).any(-1).mean() > 0.01


def test_every_number_has_a_changed_value() -> None:
    assert set(CHANGED) == set(NAMES)


@pytest.mark.parametrize(("name", "value"), [("edge", -0.1), ("hue_deg", 181.0), ("ambient", float("nan"))])
def test_looks_out_of_range_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"^{name}: .*expected.*; "):
        Look(**{name: value})


# --- colours ----------------------------------------------------------------------------------------------------------

hues, shares = st.floats(-180, 180), st.floats(0, 4)


def test_an_unchanged_look_leaves_colors_exactly_alone() -> None:
    assert np.array_equal(color_matrix(0, 1, 1), np.eye(3))
    assert LookTable([Look(), Look("toon", 0.1, 2.0, 0.3, edge=2.0)]).color_texels() is None


@given(hues, shares, shares)
def test_greys_stay_grey(hue: float, saturation: float, brightness: float) -> None:
    assert np.allclose(color_matrix(hue, saturation, brightness) @ (1, 1, 1), brightness, atol=1e-5)


@given(hues, hues)
def test_turns_of_hue_add_up(one: float, other: float) -> None:
    assert np.allclose(color_matrix(one, 1, 1) @ color_matrix(other, 1, 1), color_matrix(one + other, 1, 1), atol=1e-6)


def test_a_third_of_a_turn_makes_red_green() -> None:
    assert np.allclose(color_matrix(120, 1, 1) @ (1, 0, 0), (0, 1, 0), atol=1e-6)
    assert np.allclose(color_matrix(-120, 1, 1) @ (1, 0, 0), (0, 0, 1), atol=1e-6)


@pytest.mark.gl
@pytest.mark.parametrize("alpha", [1.0, 0.4])
@pytest.mark.parametrize("look", [Look(saturation=0.0), Look(brightness=2.0), Look(hue_deg=120), Look(saturation=2)])
def test_finished_colors_are_turned_and_clamped(studio, look: Look, alpha: float) -> None:
    picture = studio().pictures(scene((square(), paint((*RED[:3], alpha)))), looks=[look])[0]
    turned = color_matrix(look.hue_deg, look.saturation, look.brightness) @ np.array(RED[:3])
    assert_color(middle(picture), (*np.clip(turned, 0, 1), alpha))


@pytest.mark.gl
@pytest.mark.parametrize("shading", SHADINGS)
def test_colors_leave_alpha_alone_and_nothing_under_it(studio, shading: str) -> None:
    looks = [Look(shading), Look(shading, hue_deg=70, saturation=2, brightness=3)]
    plain, changed = studio().pictures(person(), view=HEAD, looks=looks)
    assert np.array_equal(plain[..., 3], changed[..., 3])
    assert not changed[changed[..., 3] == 0].any()


# --- symmetry ---------------------------------------------------------------------------------------------------------


def _mirror_error(studio, model: Model, look: Look) -> np.ndarray:
    """Return the largest difference (S, S) between pictures and the mirrored pictures of mirrored poses."""
    poses = random_poses(4)
    other = np.array([mirrored(tuple(pose)) for pose in poses])
    one = studio(size=128)
    pictures = one.pictures(model, posed(model, poses), view=HEAD, looks=[look] * 4).astype(int)
    reflected = one.pictures(model, posed(model, other), view=HEAD, looks=[look] * 4)[:, :, ::-1].astype(int)
    return np.abs(pictures - reflected).max(-1)


@pytest.mark.gl
def test_outlines_are_symmetric_and_toons_are_not(studio) -> None:
    """MMD's light comes from the character's left; without toons and highlights it has no direction."""
    model = symmetric_model()
    flags = MaterialFlags(edge=True)
    plain = replace(model, materials=tuple(replace(m, flags=flags, edge_size=3.0) for m in model.materials))
    for look in (Look(edge=1.0), Look("toon", edge=1.0, hue_deg=40)):
        assert (_mirror_error(studio, plain, look) > 1).mean() < 0.002
    shaded = replace(plain, materials=tuple(replace(m, shared_toon=2) for m in plain.materials))
    assert (_mirror_error(studio, shaded, Look("toon")) > 20).mean() > 0.02


# --- together ---------------------------------------------------------------------------------------------------------


@pytest.mark.gl
def test_outlines_under_phong_are_those_under_toon(studio) -> None:
    model = scene((ball(), outlined((0.2, 0.4, 0.6, 1.0), size=15.0)))
    phong, toon = studio(size=128).pictures(model, looks=[Look(edge=1.0), Look("toon", edge=1.0)])
    assert np.array_equal(phong[..., 3], toon[..., 3])
    line = (toon == np.round(np.array((0.2, 0.4, 0.6, 1.0)) * 255)).all(-1)
    assert line.sum() > 200
    assert np.array_equal(phong[line], toon[line])


@pytest.mark.gl
@pytest.mark.corpus
def test_toon_shows_every_part_of_real_characters_that_phong_shows(studio, corpus) -> None:
    one = studio(size=128)
    looks = [Look(), Look("toon"), Look(edge=2.0), Look("toon", edge=2.0)]
    files = [path for path in corpus_models() if "characters" in path.parts]
    assert len(files) > 5
    for path in files:
        model = read_model(path)
        view = whole_framing(model)
        uploaded = one.renderer.upload(model, load_textures(model))
        state = Rig(model).evaluate(RigState.identity(model))
        alphas = [one.renderer.draw(uploaded, state, view, looks=[look])[0, ..., 3].astype(int) for look in looks]
        uploaded.release()
        phong, toon, phong_edged, toon_edged = alphas
        assert np.array_equal(phong, toon), path
        assert np.array_equal(phong_edged, toon_edged), path
        assert (toon_edged - toon >= -1).all(), path
