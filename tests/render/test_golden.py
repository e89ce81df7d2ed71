"""One golden image a feature, from models built in code; `make golden` draws them anew."""

from __future__ import annotations

from dataclasses import replace

import builders
import golden
import handmade
import numpy as np
import pytest
import toon_scenes
from scenes import Studio, ball, grid, paint, scene, square
from test_pictures import HEAD, posed

from mmdgen.model import Deform, Model, SphereMode
from mmdgen.render.context import driver
from mmdgen.space import Framing

SIZE = 128
WIDE = Framing(bottom=-1.6, top=1.6, center_x=0.0, near=-10.0, far=10.0)
SKIN, HAIR = (0.98, 0.84, 0.76, 1.0), (0.35, 0.22, 0.5, 1.0)


def head(studio: Studio, *pose: float) -> np.ndarray:
    model = builders.head_model()
    return studio.picture(model, posed(model, np.array([pose])), view=HEAD)


def light(studio: Studio) -> np.ndarray:
    """Matt, glossy, sharp highlight; diffuse dark below ambient."""
    looks = [
        paint(SKIN),
        paint(SKIN, specular=(0.5, 0.5, 0.5), power=5.0),
        paint(HAIR, specular=(1.0, 0.9, 0.6), power=60.0),
        paint(diffuse=(0.2, 0.6, 0.9, 1.0), ambient=(0.1, 0.1, 0.3)),
    ]
    corners = [(-1.1, 1.1), (1.1, 1.1), (-1.1, -1.1), (1.1, -1.1)]
    return studio.picture(scene(*((ball((*at, 0)), look) for at, look in zip(corners, looks, strict=True))), view=WIDE)


def checks(n: int = 16, alpha: int = 255) -> np.ndarray:
    """Return a checkered texture with a red corner on top left, every other field of the given alpha.

    It is small enough to be magnified wherever it shows: which mipmap is chosen is each driver's business.
    """
    rows, columns = np.indices((n, n)) // 2
    odd = (rows + columns) % 2 == 1
    texture = np.where(odd[..., None], (40, 70, 160, 255), (240, 240, 220, alpha)).astype(np.uint8)
    texture[: n // 4, : n // 4] = (220, 30, 30, 255)
    return texture


def waves(n: int = 256) -> np.ndarray:
    """Return a texture so smooth that all its mipmaps look alike."""
    y, x = np.indices((n, n)) * 2 * np.pi / n
    parts = (np.sin(x), np.sin(y), np.sin(x + y), np.full_like(x, 1.0))
    return (127.5 + 127.5 * np.stack(parts, -1)).round().astype(np.uint8)


def textures(studio: Studio) -> np.ndarray:
    """Magnified; minified and repeated; translucent; on a ball."""
    tiled, faces = square((0.2, 2.6), (0.2, 2.6))
    parts = [
        (square((-2.6, -0.2), (0.2, 2.6)), paint(texture=0)),
        ((replace(tiled, uv=tiled.uv * np.float32(2)), faces), paint(texture=2)),
        (square((-2.6, -0.2), (-2.6, -0.2)), paint(texture=1)),
        (ball((1.3, -1.3, 0), 1.2), paint(texture=0)),
    ]
    return studio.picture(scene(*parts, textures="abc"), textures=[checks(), checks(8, 60), waves()], view=WIDE)


def shine() -> np.ndarray:
    """Return a sphere map: a bright spot above, blue rim."""
    y, x = (np.indices((64, 64)) + 0.5) / 32 - 1
    spot = np.exp(-((x - 0.3) ** 2 + (y + 0.4) ** 2) * 8)
    rim = np.clip(np.hypot(x, y) - 0.6, 0, 1)
    return (np.stack([spot, spot, np.clip(spot + rim, 0, 1), np.ones_like(x)], -1) * 255).round().astype(np.uint8)


def sphere_maps(studio: Studio) -> np.ndarray:
    """None, multiply, add, and at the additional UV."""
    parts = []
    for mode in SphereMode:
        mesh, faces = ball(((-1.1, 1.1)[mode % 2], (1.1, -1.1)[mode // 2], 0))
        extra = np.concatenate([mesh.uv, mesh.uv], 1)[:, None]
        look = paint((0.8, 0.5, 0.4, 1.0), sphere=0, sphere_mode=mode)
        parts.append(((replace(mesh, extra_uv=extra), faces), look))
    return studio.picture(scene(*parts, textures=("s",)), textures=[shine()], view=WIDE)


def order(studio: Studio) -> np.ndarray:
    """Glass before and behind, drawn in file order; a hole cut by alpha; coplanar blush."""
    ring = np.full((64, 64, 4), (90, 200, 90, 255), np.uint8)
    y, x = np.indices((64, 64)) - 31.5
    ring[np.hypot(x, y) < 20, 3] = 0
    parts = [
        (square((-2, 1), (-2, 1), z=0.0), paint((0.9, 0.8, 0.3, 1.0))),
        (square((-1, 2), (-1, 2), z=-1.0), paint((0.2, 0.4, 0.9, 0.5))),
        (square((-2.5, 2.5), (-0.5, 0.5), z=1.0), paint((0.1, 0.1, 0.1, 1.0))),
        (square((-2.5, -0.5), (0.5, 2.5), z=-2.0), paint(texture=0)),
        (square((-1.5, -0.5), (-1.5, -0.5), z=0.0), paint((1.0, 0.3, 0.4, 0.6))),
    ]
    return studio.picture(scene(*parts, textures=("ring",)), textures=[ring], view=WIDE)


def sides(studio: Studio) -> np.ndarray:
    """An open ball, tilted: its inside shows only where the material is two-sided."""
    model = scene(
        (ball((-1.2, 0, 0), 1.1, cut=0.5), paint(SKIN)), (ball((1.2, 0, 0), 1.1, cut=0.5), paint(SKIN, two_sided=True))
    )
    return studio.picture(model, handmade.state(model, {0: (50, 0, 0)}), view=WIDE)


def morphs(studio: Studio) -> np.ndarray:
    """Vertex, UV and material morphs at half weight, each on its own square."""
    places = [((-2.6, -0.2), (0.2, 2.6)), ((0.2, 2.6), (0.2, 2.6)), ((-2.6, -0.2), (-2.6, -0.2))]
    fade = [1.0, 0.2, 1.0, 0.4] + [1.0] * 24
    model = scene(
        *((square(*place), paint(texture=0)) for place in places),
        morphs=[
            handmade.vertex_morph("move", {0: (1.0, 0.0, 0.0)}),
            handmade.uv_morph("slide", 0, dict.fromkeys(range(4, 8), (0.5, 0.0, 0.0, 0.0))),
            handmade.material_morph("fade", [(2, 0, fade)]),
        ],
        textures=("a",),
    )
    state = handmade.state(model, weights={0: 0.5, 1: 0.5, 2: 0.5})
    return studio.picture(model, state, textures=[checks()], view=WIDE)


def tubes() -> Model:
    """Return three upright tubes skinned by BDEF2, SDEF and QDEF; bones 1 to 3 hold their upper halves."""
    height, around = np.meshgrid(np.linspace(1, -1, 17), np.linspace(0, 2 * np.pi, 25), indexing="ij")
    normals = np.stack([np.cos(around), np.zeros_like(around), np.sin(around)], -1)
    parts, rules = [], []
    for x, rule in zip((-1.8, 0.0, 1.8), (Deform.BDEF2, Deform.SDEF, Deform.QDEF), strict=True):
        points = normals * 0.5 + np.stack([np.full_like(height, x), height, np.zeros_like(height)], -1)
        parts.append((grid(points, normals), paint(SKIN, two_sided=True, texture=0)))
        rules.append(np.full(height.size, rule, np.uint8))
    model = scene(*parts, textures=("a",))
    mesh, deform = model.vertices, np.concatenate(rules)
    share = ((mesh.position[:, 1] + 1) / 2).astype(np.float32)
    sdef = np.flatnonzero(deform == Deform.SDEF).astype(np.int32)
    tube = np.repeat((1, 2, 3), len(mesh) // 3).astype(np.int32)
    middle = mesh.position[sdef] * (0, 1, 0)
    up = np.array((0, 0.5, 0))
    lines = np.stack([middle, middle + up, middle - up], 1).astype(np.float32)
    zero = np.zeros_like(share)
    return replace(
        model,
        bones=(handmade.bone("below"), *(handmade.bone("above", (x, 0.0, 0.0), parent=0) for x in (-1.8, 0.0, 1.8))),
        vertices=replace(
            mesh,
            deform=deform,
            bone=np.stack([tube, 0 * tube, -np.ones_like(tube), -np.ones_like(tube)], 1),
            weight=np.stack([share, 1 - share, zero, zero], 1),
            sdef_vertex=sdef,
            sdef=lines,
        ),
    )


def skinning(studio: Studio) -> np.ndarray:
    """Twisted by 150 degrees: BDEF2 collapses like a sweet's wrapper, SDEF and QDEF keep their volume."""
    model = tubes()
    return studio.picture(
        model, handmade.state(model, dict.fromkeys((1, 2, 3), (0, 150, 0))), textures=[checks()], view=WIDE
    )


SCENES = {
    "head-rest": lambda studio: head(studio, 0, 0, 0, 0, 0, 1),
    "head-posed": lambda studio: head(studio, 0.5, -1, 0.7, 1, 0.2, 0),
    "light": light,
    "textures": textures,
    "sphere-maps": sphere_maps,
    "order": order,
    "sides": sides,
    "morphs": morphs,
    "skinning": skinning,
    "toons": toon_scenes.toons,
    "outlines": toon_scenes.outlines,
    "toon-spheres": lambda studio: toon_scenes.toon_spheres(studio, shine()),
    "toon-order": toon_scenes.toon_order,
    "colors": toon_scenes.colors,
}
UNDER_TOON = {"toons", "toon-spheres", "toon-order"}


@pytest.mark.gl
@pytest.mark.parametrize("name", SCENES)
def test_golden(studio, gl_context, request, name: str) -> None:
    picture = SCENES[name](studio(size=SIZE, shading="toon" if name in UNDER_TOON else "phong"))
    golden.check(name, picture, driver(gl_context), update=request.config.getoption("--update-golden"))


def test_no_golden_image_is_left_over() -> None:
    assert {p.stem for p in golden.FOLDER.glob("*.png")} == set(SCENES)


# --- the rule itself --------------------------------------------------------------------------------------------------


def gray(value: int = 128) -> np.ndarray:
    picture = np.full((64, 64, 4), value, np.uint8)
    picture[..., 3] = 255
    return picture


def test_the_tolerant_rule_accepts_noise_and_refuses_a_changed_mouth() -> None:
    noisy = gray() + np.random.default_rng(0).integers(0, 3, (64, 64, 1)).astype(np.uint8) * (1, 1, 1, 0)
    assert not golden.looks_differ(noisy.astype(np.uint8), gray())
    mouth = gray()
    mouth[20:24, 20:24, :3] = 134  # 16 of 4,096 pixels
    assert "row 20, column 20" in golden.looks_differ(mouth, gray())
    scattered = gray()
    scattered[::8, ::4, :3] = 140
    assert "within" in golden.looks_differ(scattered, gray())
    assert golden.bytes_differ(noisy.astype(np.uint8), gray())


def test_a_failure_leaves_three_pictures(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    golden.keep_failure("x", gray(), gray(130))
    assert sorted(p.name for p in (tmp_path / "failed").iterdir()) == [
        "x-actual.png",
        "x-difference.png",
        "x-expected.png",
    ]
