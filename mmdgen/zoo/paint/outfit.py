"""The body's texture: neck and clothes in front and back view, a sleeve, and plain swatches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmdgen.zoo.atlas import BODY, BODY_BOTTOM, BODY_HALF, BODY_SIZE, BODY_TOP, BODY_VIEW
from mmdgen.zoo.mesh import F8
from mmdgen.zoo.paint.canvas import U1, Canvas, few_colors, smooth, to_bytes
from mmdgen.zoo.paint.color import WHITE, light, mix, shade
from mmdgen.zoo.paint.face import skin_shadow
from mmdgen.zoo.traits import Color, OutfitTraits, Traits

Points = list[tuple[float, float]]
_SHIRT: Color = (0.97, 0.97, 0.99)


def _place(points: F8) -> F8:
    x = (points[:, 0] / BODY_HALF * 0.5 + 0.5) * BODY_VIEW
    return np.stack([x, (BODY_TOP - points[:, 1]) / (BODY_TOP - BODY_BOTTOM) * BODY_SIZE[1]], -1)


def paint_body(traits: Traits) -> U1:
    """Return the texture (H, W, 4), opaque."""
    width, height = BODY_SIZE
    sheet = np.full((height, width, 4), 255, np.uint8)
    front, back = (Canvas(BODY_VIEW, height, traits.skin, _place) for _ in range(2))
    _neck(front, traits)
    _PAINTERS[traits.outfit.kind](front, back, traits.outfit, traits.skin)
    _folds(front, traits.outfit)
    sheet[:, :BODY_VIEW] = front.array()
    sheet[:, BODY_VIEW : 2 * BODY_VIEW] = back.array()
    if traits.symmetric:
        for x in (0, BODY_VIEW):
            half = sheet[:, x : x + BODY_VIEW // 2]
            sheet[:, x + BODY_VIEW // 2 : x + BODY_VIEW] = half[:, ::-1]
    _swatches(sheet, traits)
    return few_colors(sheet)


def _neck(canvas: Canvas, traits: Traits) -> None:
    dark = skin_shadow(traits.skin)
    canvas.polygon(
        [(-0.6, 0.6), (0.6, 0.6), *smooth([(0.6, -0.20), (0.3, -0.36), (0, -0.44), (-0.3, -0.36), (-0.6, -0.20)])], dark
    )
    for s in (-1, 1):  # collar bones
        canvas.line(smooth([(s * 0.10, -0.80), (s * 0.35, -0.74), (s * 0.72, -0.80)]), dark, 2.4, 0.9)
    canvas.polygon([(-0.05, -0.70), (0.05, -0.70), (0.0, -0.82)], dark, 0.7, 0.8)


def _folds(canvas: Canvas, outfit: OutfitTraits) -> None:
    """Shade the sides, under the arms and under the bust."""
    dark = shade(outfit.main, 0.42)
    for s in (-1, 1):
        canvas.polygon(
            smooth(
                [
                    (s * 1.32, -1.2),
                    (s * 1.02, -1.75),
                    (s * 0.92, -2.6),
                    (s * 0.80, -3.4),
                    (s * 1.0, -4.4),
                    (s * 1.8, -4.4),
                    (s * 1.8, -1.2),
                    (s * 1.32, -1.2),
                ],
                60,
            ),
            dark,
            0.45,
            1.0,
        )
        canvas.polygon([(s * 1.05, -1.25), (s * 0.62, -1.62), (s * 0.98, -1.50)], dark, 0.55, 0.8)
    canvas.polygon(
        smooth(
            [
                (-0.85, -2.15),
                (-0.4, -2.42),
                (0, -2.30),
                (0.4, -2.42),
                (0.85, -2.15),
                (0.4, -2.55),
                (0, -2.45),
                (-0.4, -2.55),
                (-0.85, -2.15),
            ],
            50,
        ),
        dark,
        0.5,
        1.0,
    )


def _cloth(canvas: Canvas, neckline: Points, color: Color) -> None:
    """Fill everything below a neckline that runs from the character's right to its left."""
    canvas.polygon([(-2.2, -0.2), *neckline, (2.2, -0.2), (2.2, -4.6), (-2.2, -4.6)], color)


def _mirror(points: Points) -> Points:
    """Return a line from the right edge to the middle, continued by its mirror image."""
    return [*points, *((-x, y) for x, y in reversed(points))]


def _outlined(canvas: Canvas, points: Points, color: Color) -> None:
    canvas.polygon(points, color)
    canvas.line([*points, points[0]], shade(color, 0.62), 2.2, 0.9)


def _sailor(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    _cloth(front, _mirror([(-0.46, -0.48), (-0.34, -0.62), (0.0, -1.36)]), o.main)
    _cloth(back, _mirror([(-0.5, -0.35), (0, -0.42)]), o.main)
    front.polygon([(-0.30, -0.98), (0.30, -0.98), (0.0, -1.55)], o.main)
    front.line([(-0.22, -1.03), (0.22, -1.03)], o.trim, 2.5)
    for s in (-1, 1):
        flap: Points = [
            (s * 0.30, -0.40),
            (s * 0.70, -0.60),
            (s * 1.02, -0.95),
            (s * 0.88, -1.12),
            (s * 0.06, -1.62),
            (0.0, -1.50),
            (s * 0.26, -0.78),
        ]
        front.polygon([(x + s * 0.02, y - 0.06) for x, y in flap], shade(o.main, 0.45))
        _outlined(front, flap, o.trim)
        front.line([(s * 0.92, -0.92), (s * 0.82, -1.06), (s * 0.08, -1.52)], light(o.trim, 0.95), 2.6)
    square: Points = [(-1.0, -0.3), (1.0, -0.3), (0.95, -1.75), (-0.95, -1.75)]
    _outlined(back, square, o.trim)
    back.line([(-0.86, -0.5), (-0.83, -1.62), (0.83, -1.62), (0.86, -0.5)], light(o.trim, 0.95), 2.6)


def _blazer(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    _cloth(back, _mirror([(-0.6, -0.30), (0, -0.36)]), o.main)
    _cloth(front, _mirror([(-0.55, -0.36), (-0.32, -0.40), (0.0, -0.72)]), _SHIRT)
    front.polygon(
        [(-0.5, -0.38), (0, -0.72), (0.5, -0.38), (0.36, -0.66), (0, -0.86), (-0.36, -0.66)], shade(_SHIRT, 0.28)
    )
    for s in (-1, 1):
        jacket: Points = [(s * 0.44, -0.30), (s * 2.2, -0.30), (s * 2.2, -4.6), (0, -4.6), (0, -2.35), (s * 0.30, -1.3)]
        front.polygon(jacket, o.main)
        lapel: Points = [
            (s * 0.42, -0.46),
            (s * 0.66, -0.66),
            (s * 0.86, -1.02),
            (s * 0.70, -1.12),
            (s * 0.80, -1.26),
            (s * 0.03, -2.35),
            (s * 0.16, -1.5),
        ]
        front.polygon([(x + s * 0.03, y - 0.05) for x, y in lapel], shade(o.main, 0.5))
        _outlined(front, lapel, mix(o.main, o.trim, 0.22))
        front.line([lapel[1], lapel[2], lapel[3], lapel[4], lapel[5]], o.trim, 2.2)
    front.line([(0, -2.35), (0, -4.6)], shade(o.main, 0.6), 2)
    for y in (-2.7, -3.3):
        front.ellipse(0.14, y, 0.06, 0.06, o.trim)


def _hoodie(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    _cloth(front, _mirror([(-0.62, -0.36), (-0.40, -0.62), (0.0, -0.86)]), o.main)
    _cloth(back, _mirror([(-0.6, -0.2), (0, -0.3)]), o.main)
    front.polygon([*_mirror([(-0.62, -0.36), (-0.36, -0.58), (0.0, -0.80)]), (0.0, -0.62)], shade(o.accent, 0.2))
    front.line([(0, -0.86), (0, -4.6)], o.trim, 3.2)
    front.line([(0.045, -0.90), (0.045, -4.6)], shade(o.main, 0.5), 1.6)
    for s in (-1, 1):
        _outlined(
            front, [(s * 0.15, -3.1), (s * 0.62, -3.0), (s * 0.95, -3.7), (s * 0.15, -3.9)], mix(o.main, WHITE, 0.06)
        )
        front.line([(s * 1.30, -1.0), (s * 1.22, -1.9)], o.accent, 5)


def _dress(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    _cloth(front, _mirror([(-2.0, -0.98), (-0.9, -1.00), (-0.42, -1.16), (0.0, -1.10)]), o.main)
    _cloth(back, _mirror([(-2.0, -0.98), (0, -1.2)]), o.main)
    front.line([(0, -1.2), (0, -4.6)], shade(o.main, 0.5), 2)
    for k in range(4):
        front.ellipse(0, -1.75 - 0.42 * k, 0.05, 0.05, o.trim)
    for s in (-1, 1):
        front.line(smooth([(s * 0.35, -1.2), (s * 0.5, -2.2), (s * 0.42, -3.4), (s * 0.6, -4.4)]), o.trim, 3)
    front.polygon([(-2, -3.45), (2, -3.45), (2, -3.8), (-2, -3.8)], o.accent)


def _kimono(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    _cloth(back, _mirror([(-0.6, -0.38), (0, -0.62)]), o.main)
    _cloth(front, [(-0.55, -0.42), (-0.36, -0.62), (0.0, -1.12), (0.36, -0.62), (0.55, -0.42)], o.main)
    for x, y, r in (
        (-0.85, -1.5, 0.20),
        (0.75, -1.9, 0.24),
        (-0.5, -2.5, 0.18),
        (0.95, -1.2, 0.13),
        (-1.15, -2.2, 0.14),
    ):
        for k in range(5):
            a = 2 * np.pi * k / 5 + x
            front.ellipse(
                x + 0.6 * r * np.sin(a), y + 0.6 * r * np.cos(a), 0.42 * r, 0.42 * r, light(o.accent, 0.25), 0.95
            )
        front.ellipse(x, y, 0.25 * r, 0.25 * r, o.trim)
    for s, color in ((-1, o.trim), (1, o.trim)):
        white: Points = [(s * 0.36, -0.44), (s * 0.44, -0.62), (-s * 0.18, -1.50), (-s * 0.30, -1.36)]
        strip: Points = [(s * 0.44, -0.40), (s * 0.66, -0.62), (-s * 0.36, -2.30), (-s * 0.58, -2.12)]
        front.polygon([(x, y - 0.05) for x, y in strip], shade(o.main, 0.5))
        _outlined(front, strip, color)
        front.polygon(white, _SHIRT)
    front.polygon([(-2, -2.55), (2, -2.55), (2, -3.6), (-2, -3.6)], o.accent)
    front.polygon([(-2, -2.98), (2, -2.98), (2, -3.14), (-2, -3.14)], o.trim)


def _tee(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    line = [(-0.62, -0.55), (-0.50, -0.78), (-0.25, -0.93), (0.0, -0.97)]
    _cloth(front, [(x, y) for x, y in smooth(_mirror(line), 40)], o.main)
    _cloth(back, _mirror([(-0.6, -0.5), (0, -0.62)]), o.main)
    front.line(smooth(_mirror(line), 40), o.trim, 7)
    turn = np.linspace(0, 2 * np.pi, 11)[:10]
    reach = np.where(np.arange(10) % 2 == 0, 0.38, 0.16)
    front.polygon(np.stack([reach * np.sin(turn), -1.75 + reach * np.cos(turn)], -1), o.accent)


def _turtleneck(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    for view in (front, back):
        _cloth(view, [(-1.0, -0.25), (1.0, -0.25)], o.main)
        for k in range(-14, 15):
            view.line([(k * 0.12, -0.9), (k * 0.105, -4.4)], shade(o.main, 0.25), 1.2, 0.6)
    front.line(smooth([(-0.60, -0.62), (0, -0.80), (0.60, -0.62)]), shade(o.main, 0.5), 3, 0.8)


def _armor(front: Canvas, back: Canvas, o: OutfitTraits, _skin: Color) -> None:
    under = shade(o.accent, 0.55)
    for view in (front, back):
        _cloth(view, [(-1.0, -0.30), (1.0, -0.30)], under)
    chest = _mirror([(-0.95, -0.86), (-0.45, -0.78), (0.0, -0.98)])
    _outlined(front, [*chest, (1.05, -1.4), (0.92, -2.2), (0.0, -2.65), (-0.92, -2.2), (-1.05, -1.4)], o.main)
    for s in (-1, 1):
        front.polygon(
            [(s * 0.08, -1.15), (s * 0.70, -1.0), (s * 0.80, -1.5), (s * 0.30, -1.7)], light(o.main, 0.55), 0.7, 1
        )
        front.line([(s * 0.95, -0.90), (s * 0.45, -0.82), (0, -1.02)], o.trim, 4)
        front.line([(s * 1.0, -1.4), (s * 0.88, -2.15), (0, -2.58)], o.trim, 4)
    front.line([(0, -1.0), (0, -2.6)], shade(o.main, 0.5), 2.5)
    for k in range(3):
        front.line(_mirror([(-1.2, -2.85 - 0.4 * k), (0, -3.0 - 0.4 * k)]), o.main, 16)


_PAINTERS: dict[str, Callable[[Canvas, Canvas, OutfitTraits, Color], None]] = {
    "sailor": _sailor, "blazer": _blazer, "hoodie": _hoodie, "dress": _dress, "kimono": _kimono, "tee": _tee,
    "turtleneck": _turtleneck, "armor": _armor,
}  # fmt: skip


def _swatches(sheet: U1, traits: Traits) -> None:
    o = traits.outfit
    sleeve = o.accent if o.kind == "armor" else o.main
    collar = {"sailor": o.trim, "blazer": _SHIRT, "hoodie": mix(o.main, WHITE, 0.05), "kimono": o.trim}.get(
        o.kind, o.main
    )
    flat = {"skin": traits.skin, "main": o.main, "trim": o.trim, "accent": o.accent, "collar": collar, "sleeve": sleeve}
    width, height = BODY_SIZE
    for name, color in flat.items():
        u0, v0, u1, v1 = BODY[name]
        x0, y0, x1, y1 = (round(v) for v in (u0 * width - 4, v0 * height - 4, u1 * width + 4, v1 * height + 4))
        x0, y0, x1, y1 = max(x0, 896), max(y0, 0), min(x1, width), min(y1, height)
        v = np.linspace(0, 1, y1 - y0)[:, None, None]
        u = np.linspace(0, 1, x1 - x0)[None, :, None]
        paint = np.asarray(color) * np.ones((y1 - y0, x1 - x0, 1))
        if name == "sleeve":
            paint = np.where(np.abs(u - 0.5) < 0.16, np.asarray(shade(color, 0.30)), paint)
            cuff = o.trim if o.kind in ("sailor", "blazer", "tee", "kimono", "hoodie") else shade(color, 0.35)
            paint = np.where((v > 0.90) & (v < 0.975), np.asarray(cuff), paint)
        if name in ("accent", "collar", "trim"):
            paint = np.where(v > 0.78, np.asarray(shade(color, 0.32)), paint)
        if o.kind == "turtleneck" and name == "collar":
            paint = np.where(np.abs((u * 14) % 1 - 0.5) < 0.12, np.asarray(shade(color, 0.3)), paint)
        if o.kind == "armor" and name == "collar":
            paint = np.where((v > 0.84) | (v < 0.10), np.asarray(o.trim), paint)
        sheet[y0:y1, x0:x1, :3] = to_bytes(paint)
