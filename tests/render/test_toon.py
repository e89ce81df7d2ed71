"""MMD's own look, checked on single pixels against the formulas of docs/decisions/toon.md."""

from __future__ import annotations

from dataclasses import replace

import handmade
import numpy as np
import pytest
from scenes import paint, scene, square
from test_materials import BLUE, GREEN, MULTIPLY, RED, assert_color, flat, middle, quarters

from mmdgen.model import MATERIAL_COLUMNS, MaterialFlags, SphereMode
from mmdgen.toons import shared_toon_image

pytestmark = pytest.mark.gl
L = 154 / 255
LIGHT = np.array((0.5, 1.0, -0.5)) / np.sqrt(1.5)
HALF = (LIGHT - np.array((0, 0, 1))) / np.linalg.norm(LIGHT - np.array((0, 0, 1)))
NORMALS = {
    "to the light": tuple(LIGHT),
    "away from it": tuple(-LIGHT),
    "up": (0.0, 1.0, 0.0),
    "down": (0.0, -1.0, 0.0),
    "her left": (1.0, 0.0, 0.0),
    "her right": (-1.0, 0.0, 0.0),
    "at the viewer": (0.0, 0.0, -1.0),
}


def ramp(rows: int = 256) -> np.ndarray:
    """Return a toon that grows darker by one step a row, each channel differently; only its left column is right."""
    image = np.full((rows, 8, 4), (255, 0, 255, 255), np.uint8)
    level = np.linspace(255, 0, rows).round().astype(np.uint8)
    image[:, 0] = np.stack([level, level // 2 + 128, level // 4 + 64, np.full_like(level, 255)], -1)
    return image


def shade(normal, toon: np.ndarray) -> np.ndarray:
    """Return the toon's colour, 0 to 1, for a unit normal: half-Lambert, rows' middles, clamped."""
    v = (0.5 - 0.5 * np.dot(normal, LIGHT)) * len(toon) - 0.5
    rows = np.arange(len(toon))
    return np.stack([np.interp(v, rows, toon[:, 0, c] / 255) for c in range(3)], -1)


@pytest.mark.parametrize("normal", NORMALS.values(), ids=NORMALS)
@pytest.mark.parametrize("light", [(0.5, 0.5), (0.25, 0.5), (0.5, 1.25), (0.0, 1.0)])
def test_a_toon_is_looked_up_by_half_lambert(studio, normal, light: tuple[float, float]) -> None:
    ambient, directional = light
    look = paint(diffuse=(0.5, 0.25, 0.75, 1.0), ambient=(0.2, 0.3, 0.1), toon=0)
    one = studio(shading="toon", ambient=ambient, directional=directional)
    picture = one.picture(scene((square(normal=normal), look), textures=["t"]), textures=[ramp()])
    base = np.array((0.5, 0.25, 0.75)) * L * directional / 0.5 + np.array((0.2, 0.3, 0.1)) * ambient / 0.5
    assert_color(middle(picture), np.clip(base, 0, 1) * shade(normal, ramp()))


def test_the_lit_color_is_clamped_before_pictures_count(studio) -> None:
    look = paint(diffuse=(1.0, 1.0, 1.0, 1.0), ambient=(0.9, 0.9, 0.9), texture=0)
    picture = studio(shading="toon").picture(scene((square(), look), textures=["a"]), textures=[flat(RED)])
    assert_color(middle(picture), RED, tolerance=0)


@pytest.mark.parametrize("normal", NORMALS.values(), ids=NORMALS)
def test_without_a_toon_the_light_has_no_direction(studio, normal) -> None:
    white, one = np.full((4, 4, 4), 255, np.uint8), studio(shading="toon")
    for look, textures in ((paint(RED), []), (paint(RED, toon=0), [None]), (paint(RED, toon=0), [white])):
        picture = one.picture(scene((square(normal=normal), look), textures=["t"] * len(textures)), textures=textures)
        assert_color(middle(picture), RED)


@pytest.mark.parametrize("number", range(10))
def test_shared_toons_are_those_of_our_own(studio, number: int) -> None:
    one = studio(shading="toon")
    mesh = square(normal=(-0.6, -0.8, 0.0))
    shared = one.picture(scene((mesh, paint(shared_toon=number))))
    brought = one.picture(scene((mesh, paint(toon=0)), textures=["t"]), textures=[shared_toon_image(number + 1)])
    assert np.array_equal(shared, brought)


def test_phong_knows_nothing_of_toons(studio) -> None:
    one = studio()
    plain, tooned = (one.picture(scene((square(), paint(RED, shared_toon=toon)))) for toon in (None, 2))
    assert np.array_equal(plain, tooned)


@pytest.mark.parametrize("power", [0.0, 5.0, 50.0])
def test_highlights_are_blinns(studio, power: float) -> None:
    normal = np.array((0.2, 0.5, -0.8)) / np.linalg.norm((0.2, 0.5, -0.8))
    look = paint((0.2, 0.2, 0.2, 1.0), specular=(0.5, 0.8, 0.3), power=power, toon=0)
    picture = studio(shading="toon", specular=0.75).picture(
        scene((square(normal=tuple(normal)), look), textures=["t"]), textures=[flat((0.5, 0.5, 0.5, 1.0))]
    )
    shine = 1.5 * L * np.array((0.5, 0.8, 0.3)) * np.dot(normal, HALF) ** power if power else np.zeros(3)
    assert_color(middle(picture), np.clip(0.1 + shine, 0, 1))  # the highlight lies over the toon's shade


# --- sphere maps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "expected"), [(1, (0.2, 0.07, 0.005)), (2, (0.65, 0.45, 0.1)), (0, (0.4, 0.1, 0.05))])
def test_sphere_maps_come_before_the_toon(studio, mode: int, expected) -> None:
    look = paint(RED, sphere=0, sphere_mode=SphereMode(mode), toon=1)
    model = scene((square(), look), textures=["s", "t"])
    pictures = [flat((0.5, 0.7, 0.1, 1.0)), flat((0.5, 0.5, 0.5, 1.0))]
    assert_color(middle(studio(shading="toon").picture(model, textures=pictures)), expected)


def test_a_sub_texture_follows_the_additional_uv_and_its_morphs(studio) -> None:
    mesh, faces = square()
    extra = np.zeros((4, 1, 4), np.float32)
    extra[:, 0, :2] = 0.25, 0.75  # the blue quarter
    look = paint(sphere=0, sphere_mode=SphereMode.SUBTEXTURE)
    slide = handmade.uv_morph("slide", 1, dict.fromkeys(range(4), (0.5, -0.5, 0, 0)))
    model = scene(((replace(mesh, extra_uv=extra), faces), look), morphs=[slide], textures=["s"])
    one = studio(shading="toon")
    for weight, expected in ((0.0, [0, 0, 255]), (1.0, [0, 255, 0])):
        picture = one.picture(model, handmade.state(model, weights={0: weight}), textures=[quarters()])
        assert middle(picture)[:3].tolist() == expected


@pytest.mark.parametrize(
    ("normal", "expected"), [((-0.6, 0.6), (255, 0, 0)), ((0.6, 0.6), (0, 255, 0)), ((-0.6, -0.6), (0, 0, 255))]
)
def test_a_sphere_map_is_looked_up_by_the_normal(studio, normal, expected) -> None:
    direction = (*normal, -np.sqrt(1 - normal[0] ** 2 - normal[1] ** 2))
    look = paint(sphere=0, sphere_mode=SphereMode.MULTIPLY)
    picture = studio(shading="toon").picture(
        scene((square(normal=direction), look), textures=["s"]), textures=[quarters()]
    )
    assert middle(picture)[:3].tolist() == list(expected)


# --- morphs, sides, order ---------------------------------------------------------------------------------------------


def test_the_toon_factor_tints_and_its_alpha_fades_to_white(studio) -> None:
    def factor(*rgba: float) -> list[float]:
        return [*[1.0] * (MATERIAL_COLUMNS - 4), *rgba]

    morphs = [
        handmade.material_morph(name, [(0, MULTIPLY, factor(*rgba))])
        for name, rgba in (("tint", (0.5, 1.0, 1.0, 1.0)), ("fade", (1.0, 1.0, 1.0, 0.0)))
    ]
    model = scene((square(), paint(toon=0)), morphs=morphs, textures=["t"])
    one = studio(shading="toon")
    for weights, expected in (({}, (0.8, 0.2, 0.1)), ({0: 1.0}, (0.4, 0.2, 0.1)), ({1: 0.5}, (0.9, 0.6, 0.55))):
        picture = one.picture(model, handmade.state(model, weights=weights), textures=[flat(RED)])
        assert_color(middle(picture), expected)


def test_back_faces_keep_their_normal(studio) -> None:
    look = paint(toon=0, flags=MaterialFlags(two_sided=True))
    model = scene((square(away=True, normal=(0.0, 0.0, 1.0)), look), textures=["t"])
    picture = studio(shading="toon").picture(model, textures=[ramp()])
    assert_color(middle(picture), shade((0.0, 0.0, 1.0), ramp()))


def test_overlays_lie_on_what_they_are_coplanar_with(studio) -> None:
    overlay = paint((*GREEN[:3], 0.5))
    slant = (0.3, 0.4, -np.sqrt(1 - 0.25))
    mesh, faces = square(normal=slant)
    tilted = replace(mesh, position=mesh.position + mesh.position[:, :1] * np.array((0, 0, 0.37), np.float32))
    parts = [((tilted, faces), paint(BLUE)), ((tilted, faces), overlay)]
    picture = studio(shading="toon").picture(scene(*parts))
    blend = 0.5 * np.array(BLUE) + 0.5 * np.array(GREEN)
    inside = picture[18:46, 18:46].reshape(-1, 4)
    assert np.abs(inside - np.round(np.array((*blend[:3], 1.0)) * 255)).max() <= 1


def test_a_textures_alpha_and_the_materials_multiply(studio) -> None:
    look = paint((1.0, 1.0, 1.0, 0.5), texture=0, shared_toon=0)
    picture = studio(shading="toon").picture(
        scene((square(normal=tuple(LIGHT)), look), textures=["a"]), textures=[flat((*GREEN[:3], 0.6))]
    )
    assert_color(middle(picture), (*GREEN[:3], 0.3), tolerance=2)
