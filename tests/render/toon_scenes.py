"""Scenes of MMD's own look for golden images: toons, outlines, spheres, order, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import builders
import handmade
import numpy as np
from scenes import Studio, ball, outlined, paint, scene, square

from mmdgen.annotation import HeadRange
from mmdgen.framing import head_framing
from mmdgen.model import Material, MaterialFlags, Model, SphereMode
from mmdgen.render.look import Look
from mmdgen.space import Framing

WIDE = Framing(bottom=-1.6, top=1.6, center_x=0.0, near=-10.0, far=10.0)
SKIN, HAIR = (0.98, 0.84, 0.76, 1.0), (0.35, 0.22, 0.5, 1.0)
CORNERS = [(-1.1, 1.1), (1.1, 1.1), (-1.1, -1.1), (1.1, -1.1)]
TOON = Look("toon", edge=1.0)


def balls(looks: Sequence[Material], textures: Sequence[str] = ()) -> Model:
    """Return four balls, or fewer, one a material, in the order of CORNERS."""
    parts = [(ball((*at, 0), 0.95), look) for at, look in zip(CORNERS, looks, strict=False)]
    return scene(*parts, textures=textures)


def beside(pictures: np.ndarray) -> np.ndarray:
    """Return the pictures (N, S, S, 4) as one row."""
    return np.concatenate(list(pictures), 1)


def toons(studio: Studio) -> np.ndarray:
    """Shared toons 1 to 4; then 5 and 6, a ramp of three colours of the model's own, and none."""
    steps = np.full((64, 8, 4), (255, 255, 255, 255), np.uint8)
    steps[28:40] = (240, 150, 120, 255)
    steps[40:] = (60, 40, 120, 255)
    shared = [paint(SKIN, shared_toon=number) for number in range(6)]
    shown = [
        studio.picture(balls(shared[:4]), view=WIDE),
        studio.picture(balls([*shared[4:], paint(toon=0), paint(SKIN)], "t"), textures=[steps], view=WIDE),
    ]
    return beside(np.array(shown))


def outlines(studio: Studio) -> np.ndarray:
    """Thin; thick and coloured; translucent; wide above and narrow below. Then the same twice as wide, under Phong."""
    mesh, faces = ball((*CORNERS[3], 0), 0.95)
    swelling = replace(mesh, edge_scale=(mesh.position[:, 1] + 2.0).clip(0, 2).astype(np.float32))
    looks = [
        outlined(size=1.5),
        outlined((0.8, 0.1, 0.2, 1.0), size=8.0),
        outlined((0.1, 0.3, 0.9, 0.4), size=12.0),
    ]
    parts = [*((ball((*at, 0), 0.95), look) for at, look in zip(CORNERS, looks, strict=False))]
    model = scene(*parts, ((swelling, faces), outlined(size=6.0)))
    return beside(studio.pictures(model, view=WIDE, looks=[TOON, Look(edge=2.0)]))


def toon_spheres(studio: Studio, sphere: np.ndarray) -> np.ndarray:
    """A toon's shade over: a highlight, a multiplied and an added sphere map, a sub-texture at the additional UV."""
    parts = []
    for (x, y), mode in zip(CORNERS, SphereMode, strict=True):
        mesh, faces = ball((x, y, 0), 0.95)
        extra = np.concatenate([mesh.uv, mesh.uv], 1)[:, None]
        shine = {"specular": (0.6, 0.5, 0.4), "power": 20.0} if mode == SphereMode.NONE else {}
        look = paint((0.8, 0.5, 0.4, 1.0), sphere=0, sphere_mode=mode, shared_toon=2, **shine)
        parts.append(((replace(mesh, extra_uv=extra), faces), look))
    return studio.picture(scene(*parts, textures=("s",)), textures=[sphere], view=WIDE)


def toon_order(studio: Studio) -> np.ndarray:
    """A blush on a ball, both outlined; glass before and behind; the inside of an open ball, one-sided."""
    blush = outlined((0.6, 0.0, 0.0, 1.0), size=3.0, texture=0)
    spots = np.full((32, 32, 4), (255, 60, 80, 0), np.uint8)
    spots[10:16, 6:12, 3] = spots[10:16, 20:26, 3] = 200
    skin = replace(outlined(size=4.0), ambient=SKIN[:3], shared_toon=4)
    parts = [
        (ball((-1.1, 1.1, 0), 0.95), skin),
        (ball((-1.1, 1.1, 0), 0.95), blush),
        (ball((1.1, 1.1, 0), 0.95), skin),
        (square((0.3, 1.1), (0.3, 1.9), z=-2.0), paint((0.2, 0.4, 0.9, 0.5))),
        (square((-2.4, 2.4), (-0.1, 0.1), z=2.0), outlined((0.9, 0.5, 0.1, 1.0), size=5.0)),
        (ball((-1.1, -1.3, 0), 0.95, cut=0.5), skin),
        (ball((1.1, -1.3, 0), 0.95, cut=0.5), replace(skin, flags=MaterialFlags(edge=True, two_sided=True))),
    ]
    model = scene(*parts, textures=("blush",))
    return studio.picture(model, handmade.state(model, {0: (35, 0, 0)}), textures=[spots], view=WIDE)


def colors(studio: Studio) -> np.ndarray:
    """A head under Phong and MMD's light, as it is; its hue turned; pale; bright and dim lights of both kinds."""
    model = builders.head_model()
    flags = MaterialFlags(two_sided=True, edge=True)
    dressed = [replace(m, shared_toon=1, flags=flags, edge_size=1.5) for m in model.materials]
    looks = [
        Look(),
        TOON,
        Look("toon", hue_deg=120.0, edge=2.0),
        Look(saturation=0.3),
        Look("toon", brightness=0.6),
        Look(ambient=0.75, directional=1.25),
        Look("toon", ambient=0.2, directional=0.3),
        Look(hue_deg=-60.0, saturation=1.5, edge=1.0),
    ]
    view = head_framing(model, HeadRange(builders.CHIN, builders.TOP, "person", 1.0))
    pictures = studio.pictures(replace(model, materials=tuple(dressed)), view=view, looks=looks)
    return np.concatenate([beside(pictures[:4]), beside(pictures[4:])])
