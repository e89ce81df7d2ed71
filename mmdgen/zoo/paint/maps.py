"""Toon ramps and sphere maps: small pictures that say how a surface answers to light."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.mesh import F8
from mmdgen.zoo.paint.canvas import U1, to_bytes
from mmdgen.zoo.paint.color import WHITE, light, mix, shade
from mmdgen.zoo.traits import Color

TOON_SIZE = 32
SPHERE_SIZE = 96
_SHADES: dict[str, Color] = {
    "skin": (0.97, 0.86, 0.84), "cloth": (0.80, 0.78, 0.85), "hair": (0.80, 0.76, 0.84), "metal": (0.62, 0.62, 0.70),
}  # fmt: skip
_TINTS: dict[str, Color] = {"warm": (1.0, 0.90, 0.80), "cool": (0.84, 0.90, 1.0)}


def toon(kind: str, ramp: str) -> U1:
    """Return a toon (TOON_SIZE, TOON_SIZE, 4): its top row is the colour in the light, its bottom row in shadow."""
    dark = _SHADES[kind]
    if ramp in _TINTS:
        dark = mix(dark, _TINTS[ramp], 0.45)
    at = (np.arange(TOON_SIZE) + 0.5) / TOON_SIZE
    if ramp == "double":
        share = 0.5 * np.interp(at, (0.44, 0.48), (0, 1)) + 0.5 * np.interp(at, (0.66, 0.70), (0, 1))
    elif ramp == "soft":
        share = np.interp(at, (0.30, 0.80), (0, 1))
    else:
        share = np.interp(at, (0.47, 0.53), (0, 1))
    rows = np.asarray(WHITE) + (np.asarray(dark) - np.asarray(WHITE)) * share[:, None]
    return _picture(np.broadcast_to(rows[:, None], (TOON_SIZE, TOON_SIZE, 3)))


def _picture(colors: F8) -> U1:
    picture = np.full((*colors.shape[:2], 4), 255, np.uint8)
    picture[..., :3] = to_bytes(np.asarray(colors))
    return picture


def _ball() -> tuple[F8, F8, F8]:
    """Return x, y (up) and z (toward the viewer) of the unit ball's front in a square."""
    step = (np.arange(SPHERE_SIZE) + 0.5) / SPHERE_SIZE * 2 - 1
    x, y = np.meshgrid(step, -step)
    return x, y, np.sqrt(np.clip(1 - x * x - y * y, 0, 1))


def sphere(kind: str, color: Color, *, multiply: bool) -> U1:
    """Return a sphere map (SPHERE_SIZE, SPHERE_SIZE, 4) for a kind of material of this colour.

    One to be added is black where it does nothing, one to be multiplied with is white there.
    """
    x, y, z = _ball()
    if multiply:
        rim = np.clip((0.62 - z) / 0.62, 0, 1) ** 1.4
        dark = shade(mix(color, WHITE, 0.55), 0.25) if kind != "skin" else (0.99, 0.90, 0.88)
        return _picture(np.asarray(WHITE) + (np.asarray(dark) - np.asarray(WHITE)) * (0.55 * rim)[..., None])
    if kind == "hair":
        ring = np.exp(-(((y - 0.42 + 0.16 * x * x) / 0.13) ** 2)) * (0.6 + 0.4 * np.cos(x * 19) ** 2)
        glow = 0.26 * ring + 0.06 * np.clip(y, 0, 1)
    elif kind == "metal":
        glow = 0.45 * np.exp(-(((y - 0.30) / 0.10) ** 2)) + 0.20 * np.exp(-(((y + 0.35) / 0.16) ** 2)) + 0.30 * np.exp(
            -(((x + 0.4) / 0.18) ** 2) - ((y - 0.5) / 0.18) ** 2)  # fmt: skip
    elif kind == "eye":
        glow = 0.16 * np.exp(-((x / 0.5) ** 2) - ((y - 0.30) / 0.24) ** 2)
    else:
        glow = 0.12 * np.clip((0.5 - z) / 0.5, 0, 1) ** 2 * (y > -0.4)
    return _picture(glow[..., None] * np.asarray(light(mix(color, WHITE, 0.4), 0.3)))
