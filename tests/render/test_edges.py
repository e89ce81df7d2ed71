"""Outlines: how wide, whose, in which order; docs/decisions/toon.md says why."""

from __future__ import annotations

from dataclasses import replace

import handmade
import numpy as np
import pytest
from scenes import ball, outlined, paint, scene, square
from test_materials import ADD, BLUE, GREEN, assert_color, middle

from mmdgen.model import MATERIAL_COLUMNS, MaterialFlags, Model
from mmdgen.render.look import Look
from mmdgen.render.renderer import EDGE_SHARE

pytestmark = pytest.mark.gl
BLACK = (0.0, 0.0, 0.0)
TOON = Look("toon", edge=1.0)


def ink(picture: np.ndarray) -> float:
    """Return how many pixels' worth of black lies on a picture of white things."""
    wide = picture.astype(float) / 255
    return float((wide[..., 3] - wide[..., 3] * wide[..., 0]).sum())


def disc_like(scale: float = 1.0, **look) -> Model:
    """Return a white ball of radius 1, with its vertices' share of the outline."""
    mesh, faces = ball()
    return scene(((replace(mesh, edge_scale=np.full(len(mesh), scale, np.float32)), faces), outlined(**look)))


def ring(size: int, width: float) -> float:
    """Return the area in pixels of a ring of ``width`` pixels around a ball of radius 1 in VIEW."""
    radius = size / 4
    return np.pi * ((radius + width) ** 2 - radius**2)


@pytest.mark.parametrize("size", [64, 256])
@pytest.mark.parametrize("width", [0.5, 2.0, 6.0])
@pytest.mark.parametrize("by", ["material", "vertices", "look"])
def test_an_outline_is_a_share_of_the_pictures_height(studio, size: int, width: float, by: str) -> None:
    sizes = {"material": 1.0, "vertices": 1.0, "look": 1.0} | {by: width / 2}
    model = disc_like(sizes["vertices"], size=2 * sizes["material"])
    picture = studio(size=size, shading="toon", edge=sizes["look"]).picture(model)
    expected = ring(size, width * EDGE_SHARE * size)
    assert ink(picture) == pytest.approx(expected, rel=0.12)
    assert np.abs(picture[size // 2 - 4 : size // 2 + 4, size // 2 - 4 : size // 2 + 4].astype(int) - 255).max() == 0


def test_edge_size_one_is_a_pixel_of_536_rows() -> None:
    assert pytest.approx(536, abs=0.5) == 1 / EDGE_SHARE


def test_thin_lines_grow_fainter_and_stay_whole(studio) -> None:
    mesh, faces = square(x=(-1, 1), y=(-1.9, 1.9))
    side = np.sign(mesh.position[:, :1]) * np.array((1, 0, 0), np.float32)
    back = faces[:, ::-1]  # seen from behind: all of it is hull
    model = scene(((replace(mesh, normal=side), back), outlined(size=0.8)))
    picture = studio(size=64, shading="toon").picture(model).astype(int)
    middle_rows = picture[8:-8, :, 3]
    assert (middle_rows == middle_rows[0]).all()
    width = 0.8 * EDGE_SHARE * 64
    assert width < 0.5  # thinner than a sample
    assert middle_rows[0, 20:44] == pytest.approx(round(width / 0.5 * 255), abs=1)


def test_only_materials_with_the_flag_have_outlines(studio) -> None:
    plain = scene((ball(), paint(edge_size=3.0)))
    one = studio()
    without, with_line = (one.picture(plain, looks=[look]) for look in (Look("toon"), TOON))
    assert np.array_equal(without, with_line)
    assert not np.array_equal(
        one.picture(disc_like(size=3), looks=[Look("toon")]), one.picture(disc_like(size=3), looks=[TOON])
    )


@pytest.mark.parametrize("shading", ["phong", "toon"])
def test_an_outline_changes_nothing_inside(studio, shading: str) -> None:
    one = studio(size=128)
    model = disc_like(size=4.0)
    without, with_line = one.pictures(model, looks=[Look(shading), Look(shading, edge=1.0)])
    opaque = without[..., 3] == 255
    assert np.array_equal(without[opaque], with_line[opaque])
    assert ink(with_line) - ink(without) > 30


def test_outlines_are_flat_and_have_their_own_alpha(studio) -> None:
    color = (0.2, 0.6, 0.4, 0.5)
    picture = studio(size=128, shading="toon").picture(disc_like(size=20.0, color=color))
    assert_color(picture[64, 64 - 32 - 3].astype(int), color)
    assert_color(picture[64 - 32 - 3, 64].astype(int), color)


@pytest.mark.parametrize("hidden", [{"color": (*BLACK, 0.0)}, {"size": 0.0}, {"size": -2.0}])
def test_nothing_is_drawn_of_lines_without_color_or_width(studio, hidden: dict) -> None:
    model = disc_like(**{"size": 4.0, **hidden})
    without, with_line = studio().pictures(model, looks=[Look("toon"), TOON])
    assert np.array_equal(without, with_line)


def test_a_vertex_of_scale_zero_has_no_line(studio) -> None:
    mesh, faces = ball()
    scale = (mesh.position[:, 1] > 0).astype(np.float32)
    model = scene(((replace(mesh, edge_scale=scale), faces), outlined(size=10.0)))
    without, with_line = studio(size=128).pictures(model, looks=[Look("toon"), TOON])
    changed = (without != with_line).any(-1)
    assert changed[:60].any()
    assert not changed[72:].any()


def test_what_is_hidden_has_no_outline(studio) -> None:
    raise_it = handmade.material_morph("照れ", [(0, ADD, [*[0.0] * 3, 1.0, *[0.0] * (MATERIAL_COLUMNS - 4)])])
    mesh = ball()
    look = replace(outlined(size=10.0), diffuse=(0.0, 0.0, 0.0, 0.0))
    model = scene((mesh, look), morphs=[raise_it])
    state = replace(handmade.state(model, n=2), weight=np.array([[0.0], [1.0]], np.float32))
    hidden, shown = studio().pictures(model, state, looks=[TOON, TOON])
    assert not hidden.any()
    assert ink(shown) > 20


def test_material_morphs_color_and_widen_outlines(studio) -> None:
    row = [0.0] * MATERIAL_COLUMNS
    row[11:16] = 0.5, 0.25, 0.0, 0.0, 5.0  # colour, alpha, size
    model = scene(
        (ball(), outlined((0.1, 0.1, 0.1, 1.0), size=5.0)), morphs=[handmade.material_morph("m", [(0, ADD, row)])]
    )
    one = studio(size=128, shading="toon")
    state = handmade.state(model, weights={0: 1.0})
    expected = scene((ball(), outlined((0.6, 0.35, 0.1, 1.0), size=10.0)))
    assert np.array_equal(one.picture(model, state), one.picture(expected))


# --- order ------------------------------------------------------------------------------------------------------------


def test_outlines_come_after_all_surfaces(studio) -> None:
    """A glass before an outlined ball has written its depth when the ball's line comes: it hides the line."""
    glass = (square(x=(-2, 2), y=(-2, 2), z=-3.0), paint((*BLUE[:3], 0.5)))
    ball_and_glass = scene((ball(), outlined(size=10.0)), glass)
    without, with_line = studio(size=128).pictures(ball_and_glass, looks=[Look("toon"), TOON])
    assert np.array_equal(without, with_line)


def test_the_line_of_a_nearer_thing_lies_on_a_farther_one(studio) -> None:
    wall = (square(x=(-2, 2), y=(-2, 2), z=3.0), paint(GREEN))
    for parts in ((wall, (ball(), outlined(size=10.0))), ((ball(), outlined(size=10.0)), wall)):
        picture = studio(size=128, shading="toon").picture(scene(*parts))
        assert_color(picture[64, 64 - 32 - 1].astype(int), (*BLACK, 1.0))
        assert_color(picture[8, 8].astype(int), GREEN)


def test_lines_show_through_holes_of_a_texture(studio) -> None:
    holes = np.full((4, 4, 4), 255, np.uint8)
    holes[..., 3] = 0
    model = scene((ball(), outlined((1.0, 0.0, 0.0, 1.0), texture=0)), textures=["a"])
    picture = studio(shading="toon").picture(model, textures=[holes])
    assert_color(middle(picture), (1.0, 0.0, 0.0, 1.0))


def test_two_sided_materials_have_lines_from_their_back_faces_alone(studio) -> None:
    one = studio(size=128, shading="toon")
    two = replace(outlined(size=6.0), flags=MaterialFlags(edge=True, two_sided=True))
    assert np.array_equal(one.picture(scene((ball(), two))), one.picture(disc_like(size=6.0)))


@pytest.mark.parametrize("number", [3e38, -3e38, float("inf"), float("nan")])
def test_numbers_beyond_reason_harm_no_other_material(studio, number: float) -> None:
    mesh, faces = ball((-1.0, 0.0, 0.0), 0.5)
    odd = outlined((*BLACK, number), number, specular=(number,) * 3, power=5.0, ambient=(number,) * 3)
    odd = replace(odd, diffuse=(number, number, number, 1.0))
    parts = [((replace(mesh, edge_scale=np.full(len(mesh), number, np.float32)), faces), odd)]
    other = (square(x=(0.5, 1.5), z=-9.0), paint(GREEN))
    for look in (Look(edge=1.0), TOON):
        picture = studio().pictures(scene(*parts, other), looks=[look])[0]
        assert_color(picture[32, 48].astype(int), GREEN)


def test_outlines_do_not_leave_their_tile(studio) -> None:
    one = studio(size=64)
    wall = scene((square(x=(-50, 50), y=(-50, 50)), outlined(size=100.0)))
    state = handmade.state(wall, n=9)
    away = state.translation.copy()
    away[1::2, 0, 2] = 100.0  # behind the far plane
    pictures = one.pictures(wall, replace(state, translation=away), first_slot=3, looks=[Look("toon", edge=4.0)] * 9)
    assert pictures[::2].any()
    assert not pictures[1::2].any()
