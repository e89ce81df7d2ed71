"""The texture of hidden overlays: a pale forehead, a tear, an angry vein, a drop of sweat."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.atlas import OVERLAY, OVERLAY_SIZE
from mmdgen.zoo.mesh import F8
from mmdgen.zoo.paint.canvas import U1, Canvas, Points, smooth, to_bytes
from mmdgen.zoo.paint.color import mix
from mmdgen.zoo.traits import Color, Traits

_WATER: Color = (0.62, 0.84, 0.98)


def paint_overlays(traits: Traits) -> U1:
    """Return the texture (H, W, 4), transparent where nothing lies."""
    width, height = OVERLAY_SIZE
    sheet = np.zeros((height, width, 4), np.uint8)
    for name, picture in (
        ("pale", _pale(traits.skin)),
        ("tear", _drop(64, 96)),
        ("sweat", _drop(64, 96)),
        ("anger", _anger()),
    ):
        u0, v0, _, _ = OVERLAY[name]
        x, y = round(u0 * width) // 32 * 32, round(v0 * height) // 32 * 32
        sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return sheet


def _pale(skin: Color) -> U1:
    """Return half a face gone blue from the forehead down, with lines, u from the middle outward."""
    v, u = np.mgrid[0:128, 0:128] / 127.0
    depth = 0.72 * np.clip(1 - v / 0.95, 0, 1) ** 1.2
    lines = (np.abs((u * 9) % 1 - 0.5) < 0.07) * (v < 0.45 + 0.2 * np.cos(u * 23)) * (v > 0.06)
    blue = np.asarray(mix((0.36, 0.42, 0.72), skin, 0.2))
    color = blue * (1 - 0.35 * lines[..., None])
    alpha = np.clip(np.maximum(depth, 0.75 * lines) * np.clip((1 - u) * 9, 0, 1), 0, 1)
    return np.dstack([to_bytes(color), to_bytes(alpha)])


def _drop(width: int, height: int) -> U1:
    def place(points: F8) -> F8:
        return np.stack([(points[:, 0] * 0.5 + 0.5) * width, (0.5 - points[:, 1] * 0.5) * height], -1)

    canvas = Canvas(width, height, _WATER, place, alpha=0.0)
    half: list[tuple[float, float]] = [
        (0.0, 0.92),
        (0.22, 0.45),
        (0.62, -0.10),
        (0.70, -0.50),
        (0.42, -0.86),
        (0.0, -0.94),
    ]
    outline: Points = smooth([*half, *((-x, y) for x, y in reversed(half[1:-1])), half[0]], 60)
    canvas.polygon(outline, _WATER, 0.85)
    canvas.line(outline, (0.30, 0.55, 0.80), 3.0)
    canvas.ellipse(-0.24, -0.35, 0.14, 0.22, (1.0, 1.0, 1.0), 0.95)
    return canvas.array()


def _anger() -> U1:
    def place(points: F8) -> F8:
        at: F8 = (points * np.array([0.5, -0.5]) + 0.5) * 96
        return at

    canvas = Canvas(96, 96, (0.85, 0.12, 0.14), place, alpha=0.0)
    for sx in (-1, 1):
        for sy in (-1, 1):
            bend = smooth(
                [(sx * 0.16, sy * 0.86), (sx * 0.22, sy * 0.36), (sx * 0.36, sy * 0.22), (sx * 0.86, sy * 0.16)]
            )
            canvas.line(bend, (0.85, 0.12, 0.14), 11)
    return canvas.array()
