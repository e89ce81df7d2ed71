"""What a material looks like, and what it hides: checked on single pixels against the formulas."""

from __future__ import annotations

from dataclasses import replace

import handmade
import numpy as np
import pytest
from scenes import VIEW, paint, scene, square

from mmdgen.model import MATERIAL_COLUMNS, SphereMode

pytestmark = pytest.mark.gl
RED, GREEN, BLUE = (0.8, 0.2, 0.1, 1.0), (0.1, 0.7, 0.3, 1.0), (0.2, 0.3, 0.9, 1.0)
MULTIPLY, ADD = 0, 1


def bytes_of(color) -> np.ndarray:
    return np.round(np.array([*color[:3], color[3] if len(color) > 3 else 1.0]) * 255)


def middle(picture: np.ndarray) -> np.ndarray:
    half = len(picture) // 2
    return picture[half, half].astype(int)


def assert_color(pixel, expected, tolerance: int = 1) -> None:
    assert np.abs(pixel - bytes_of(expected)).max() <= tolerance, (pixel, bytes_of(expected))


def flat(color) -> np.ndarray:
    """Return a one-colour texture (4, 4, 4)."""
    return np.tile(np.round(np.array(color) * 255).astype(np.uint8), (4, 4, 1))


def tilted(degrees: float) -> tuple[float, float, float]:
    angle = np.radians(degrees)
    return (float(np.sin(angle)), 0.0, float(-np.cos(angle)))


# --- light ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [0, 30, 60, 89, 120])
@pytest.mark.parametrize("light", [(0.5, 0.5, 0.5), (0.3, 0.9, 0.0), (1.0, 0.0, 2.0)])
def test_phong(studio, degrees: float, light: tuple[float, float, float]) -> None:
    ambient, directional, specular = light
    look = paint(diffuse=(0.5, 0.25, 0.75, 1.0), ambient=(0.2, 0.3, 0.1), specular=(0.2, 0.1, 0.3), power=8.0)
    picture = studio(ambient=ambient, directional=directional, specular=specular).picture(
        scene((square(normal=tilted(degrees)), look))
    )
    facing = max(np.cos(np.radians(degrees)), 0)
    base = np.clip(np.array([0.2, 0.3, 0.1]) + 0.6 * np.array([0.5, 0.25, 0.75]), 0, 1)
    expected = base * (ambient + directional * facing) + specular * np.array([0.2, 0.1, 0.3]) * facing**8
    assert_color(middle(picture), np.clip(expected, 0, 1))


def test_a_facing_surface_shows_its_texture_as_it_is(studio) -> None:
    look = paint(diffuse=(1.0, 1.0, 1.0, 1.0), ambient=(0.5, 0.5, 0.5), texture=0)
    picture = studio().picture(scene((square(), look), textures=["a"]), textures=[flat(RED)])
    assert_color(middle(picture), RED, tolerance=0)


def test_power_zero_has_no_highlight(studio) -> None:
    look = paint(RED, specular=(1.0, 1.0, 1.0), power=0.0)
    assert_color(middle(studio().picture(scene((square(), look)))), RED)


def test_a_surface_without_a_normal_faces_the_viewer(studio) -> None:
    assert_color(middle(studio().picture(scene((square(normal=(0.0, 0.0, 0.0)), paint(RED))))), RED)


# --- pictures ---------------------------------------------------------------------------------------------------------


def quarters() -> np.ndarray:
    """Return a texture whose quarters differ: red, green over blue, white."""
    texture = np.full((8, 8, 4), 255, np.uint8)
    texture[:4, :4] = (255, 0, 0, 255)
    texture[:4, 4:] = (0, 255, 0, 255)
    texture[4:, :4] = (0, 0, 255, 255)
    return texture


def test_textures_are_upright_and_not_mirrored(studio) -> None:
    picture = studio().picture(scene((square(), paint(texture=0)), textures=["a"]), textures=[quarters()])
    corners = [picture[r, c, :3].tolist() for r, c in ((18, 18), (18, 45), (45, 18), (45, 45))]
    assert corners == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]


def test_textures_repeat(studio) -> None:
    mesh, faces = square()
    shifted = replace(mesh, uv=mesh.uv - np.float32(3.0))
    look = paint(texture=0)
    one = studio()
    expected = one.picture(scene(((mesh, faces), look), textures=["a"]), textures=[quarters()])
    picture = one.picture(scene(((shifted, faces), look), textures=["a"]), textures=[quarters()])
    assert np.abs(picture.astype(int) - expected)[20:28, 20:28].max() <= 1


def test_a_missing_texture_is_white(studio) -> None:
    picture = studio().picture(scene((square(), paint(RED, texture=0)), textures=["a"]), textures=[None])
    assert_color(middle(picture), RED)


def test_filtering_does_not_mix_in_the_color_of_transparent_texels(studio) -> None:
    texture = np.zeros((64, 64, 4), np.uint8)
    texture[:, ::2] = (255, 128, 0, 255)  # every other column is transparent black
    picture = studio(samples=1).picture(scene((square(), paint(texture=0)), textures=["a"]), textures=[texture])
    seen = picture[picture[..., 3] > 0]
    assert len(seen) > 500
    assert np.abs(seen[:, :3].astype(int) - (255, 128, 0)).max() <= 2


def test_minified_textures_average(studio) -> None:
    fine = np.full((512, 512, 4), 255, np.uint8)
    fine[::2, ::2, :3] = fine[1::2, 1::2, :3] = 0
    picture = studio().picture(scene((square(), paint(texture=0)), textures=["a"]), textures=[fine])
    inside = picture[18:46, 18:46].astype(int)
    assert np.abs(inside[..., :3] - 127.5).max() <= 4


@pytest.mark.parametrize(("mode", "expected"), [(1, (0.4, 0.14, 0.01)), (2, (1.0, 0.9, 0.2)), (0, (0.8, 0.2, 0.1))])
def test_sphere_maps_multiply_or_add(studio, mode: int, expected) -> None:
    look = paint(RED, sphere=0, sphere_mode=SphereMode(mode))
    picture = studio().picture(scene((square(), look), textures=["s"]), textures=[flat((0.5, 0.7, 0.1, 1.0))])
    assert_color(middle(picture), expected)


def test_an_added_sphere_map_is_clamped_before_it_is_lit(studio) -> None:
    look = paint((0.9, 0.9, 0.9, 1.0), sphere=0, sphere_mode=SphereMode.ADD)
    model = scene((square(normal=(1.0, 0.0, 0.0)), look), textures=["s"])
    assert_color(middle(studio().picture(model, textures=[flat((0.8, 0.8, 0.8, 1.0))])), (0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ("normal", "expected"),
    [((-0.6, 0.6), (255, 0, 0)), ((0.6, 0.6), (0, 255, 0)), ((-0.6, -0.6), (0, 0, 255)), ((0.6, -0.6), (255,) * 3)],
)
def test_a_sphere_map_is_looked_up_by_the_normal(studio, normal, expected) -> None:
    direction = (*normal, -np.sqrt(1 - normal[0] ** 2 - normal[1] ** 2))
    look = paint(sphere=0, sphere_mode=SphereMode.MULTIPLY)
    picture = studio(ambient=1.0, directional=0.0).picture(
        scene((square(normal=direction), look), textures=["s"]), textures=[quarters()]
    )
    assert middle(picture)[:3].tolist() == list(expected)


def test_a_sphere_maps_alpha_counts_for_nothing(studio) -> None:
    look = paint(RED, sphere=0, sphere_mode=SphereMode.ADD)
    one = studio()
    model = scene((square(), look), textures=["s"])
    with_alpha, without = (one.picture(model, textures=[flat((0.1, 0.2, 0.3, alpha))]) for alpha in (0.2, 1.0))
    assert np.array_equal(with_alpha, without)


def test_a_sub_texture_multiplies_at_the_additional_uv(studio) -> None:
    mesh, faces = square()
    extra = np.zeros((4, 1, 4), np.float32)
    extra[:, 0, :2] = 0.25, 0.75  # the blue quarter
    look = paint(sphere=0, sphere_mode=SphereMode.SUBTEXTURE)
    picture = studio().picture(
        scene(((replace(mesh, extra_uv=extra), faces), look), textures=["s"]), textures=[quarters()]
    )
    assert middle(picture)[:3].tolist() == [0, 0, 255]


# --- order, depth, alpha ----------------------------------------------------------------------------------------------


def test_the_nearer_surface_hides_the_farther_one_in_either_order(studio) -> None:
    near, far = (square(z=-1.0), paint(RED)), (square(z=1.0), paint(BLUE))
    for parts in ((near, far), (far, near)):
        assert_color(middle(studio().picture(scene(*parts))), RED)


def test_of_coplanar_surfaces_the_later_one_shows(studio) -> None:
    assert_color(middle(studio().picture(scene((square(), paint(RED)), (square(), paint(GREEN))))), GREEN)


def test_a_translucent_surface_blends_over_what_was_drawn_before(studio) -> None:
    glass = (square(z=-1.0), paint((*RED[:3], 0.25)))
    picture = studio().picture(scene((square(z=1.0), paint(BLUE)), glass))
    expected = 0.25 * np.array(RED) + 0.75 * np.array(BLUE)
    assert_color(middle(picture), (*expected[:3], 1.0))


def test_a_translucent_surface_hides_what_is_drawn_behind_it_later(studio) -> None:
    glass = (square(z=-1.0), paint((*RED[:3], 0.25)))
    picture = studio().picture(scene(glass, (square(z=1.0), paint(BLUE))))
    assert_color(middle(picture), (*RED[:3], 0.25))


def test_alphas_accumulate(studio) -> None:
    picture = studio().picture(
        scene((square(z=1.0), paint((*RED[:3], 0.5))), (square(z=-1.0), paint((*BLUE[:3], 0.5))))
    )
    color = (0.25 * np.array(RED) + 0.5 * np.array(BLUE)) / 0.75
    assert_color(middle(picture), (*color[:3], 0.75))


@pytest.mark.parametrize("alpha", [0.02, 0.1, 0.5])
def test_faint_surfaces_keep_their_color(studio, alpha: float) -> None:
    assert_color(middle(studio().picture(scene((square(), paint((*RED[:3], alpha)))))), (*RED[:3], alpha))


def test_transparent_texels_leave_depth_alone(studio) -> None:
    holes = quarters()
    holes[..., 3] = 0
    look = paint(texture=0)
    picture = studio().picture(
        scene((square(z=-1), look), (square(z=1), paint(BLUE)), textures=["a"]), textures=[holes]
    )
    assert_color(middle(picture), BLUE)


def test_texture_and_material_alpha_multiply(studio) -> None:
    look = paint((1.0, 1.0, 1.0, 0.5), texture=0)
    picture = studio().picture(scene((square(), look), textures=["a"]), textures=[flat((*GREEN[:3], 0.6))])
    assert_color(middle(picture), (*GREEN[:3], 0.3), tolerance=2)


# --- sides ------------------------------------------------------------------------------------------------------------


def test_back_faces_show_only_of_two_sided_materials(studio) -> None:
    hidden = studio().picture(scene((square(away=True), paint(RED))))
    shown = studio().picture(scene((square(away=True, normal=(0, 0, 1)), paint(RED, two_sided=True))))
    assert not hidden.any()
    assert_color(middle(shown), RED)  # lit by the flipped normal


def test_front_faces_of_two_sided_materials_keep_their_normal(studio) -> None:
    look = paint(RED, two_sided=True)
    assert_color(middle(studio().picture(scene((square(), look)))), RED)
    turned_away = studio().picture(scene((square(normal=(0, 0, 1)), look)))
    assert_color(middle(turned_away), (0.4, 0.1, 0.05))


# --- morphs -----------------------------------------------------------------------------------------------------------


def numbers(default: float, **columns) -> list[float]:
    """Return a row of MaterialMorph.value."""
    row = [default] * MATERIAL_COLUMNS
    places = {"diffuse": 0, "alpha": 3, "ambient": 8, "texture": 16, "sphere": 20}
    for name, values in columns.items():
        row[places[name] : places[name] + len(values)] = values
    return row


def test_a_hidden_overlay_appears_by_its_morph(studio) -> None:
    raise_it = handmade.material_morph("照れ", [(1, ADD, numbers(0.0, alpha=[1.0]))])
    model = scene((square(), paint(RED)), (square(), paint((*GREEN[:3], 0.0))), morphs=[raise_it])
    state = handmade.state(model, n=3)
    weight = np.array([[0.0], [0.5], [1.0]], np.float32)
    pictures = studio().pictures(model, replace(state, weight=weight))
    for share, picture in zip((0.0, 0.5, 1.0), pictures, strict=True):
        expected = (1 - share) * np.array(RED) + share * np.array(GREEN)
        assert_color(middle(picture), (*expected[:3], 1.0))


def test_a_material_faded_to_nothing_neither_shows_nor_hides(studio) -> None:
    fade = handmade.material_morph("fade", [(0, MULTIPLY, numbers(1.0, alpha=[0.0]))])
    model = scene((square(z=-1), paint(RED)), (square(z=1), paint(BLUE)), morphs=[fade])
    weight = np.array([[1.0], [0.0]], np.float32)
    hidden, shown = studio().pictures(model, replace(handmade.state(model, n=2), weight=weight))
    assert_color(middle(hidden), BLUE)
    assert_color(middle(shown), RED)


def test_a_material_morph_of_minus_one_is_for_all(studio) -> None:
    dim = handmade.material_morph("dim", [(-1, MULTIPLY, numbers(1.0, ambient=[0.5, 0.5, 0.5]))])
    model = scene((square(x=(-1, 0)), paint(RED)), (square(x=(0, 1)), paint(BLUE)), morphs=[dim])
    picture = studio().picture(model, handmade.state(model, weights={0: 1.0}))
    assert_color(picture[32, 24].astype(int), np.array(RED) * (0.5, 0.5, 0.5, 1))
    assert_color(picture[32, 40].astype(int), np.array(BLUE) * (0.5, 0.5, 0.5, 1))


def test_the_texture_factor_tints_and_its_alpha_fades_to_white(studio) -> None:
    tint = handmade.material_morph("tint", [(0, MULTIPLY, numbers(1.0, texture=[0.5, 1.0, 1.0, 1.0]))])
    fade = handmade.material_morph("fade", [(0, MULTIPLY, numbers(1.0, texture=[1.0, 1.0, 1.0, 0.0]))])
    model = scene((square(), paint(texture=0)), morphs=[tint, fade], textures=["a"])
    one = studio()
    for weights, expected in (({0: 1.0}, (0.4, 0.2, 0.1)), ({1: 1.0}, (1.0, 1.0, 1.0)), ({}, RED)):
        picture = one.picture(model, handmade.state(model, weights=weights), textures=[flat(RED)])
        assert_color(middle(picture), expected)


def test_uv_morphs_slide_the_picture(studio) -> None:
    slide = handmade.uv_morph("slide", 0, dict.fromkeys(range(4), (0.5, 0.5, 0, 0)))
    model = scene((square(), paint(texture=0)), morphs=[slide], textures=["a"])
    picture = studio().picture(model, handmade.state(model, weights={0: 1.0}), textures=[quarters()])
    assert picture[20, 20, :3].tolist() == [255, 255, 255]
    assert picture[40, 40, :3].tolist() == [255, 0, 0]


def test_materials_without_faces_draw_nothing(studio) -> None:
    mesh, faces = square()
    assert not studio().picture(scene(((mesh, faces[:0]), paint(RED))), view=VIEW).any()
