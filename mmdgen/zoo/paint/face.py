"""The face's texture: skin, blush, the shadows of nose, lips and bangs, and swatches for ears and mouth."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.atlas import FACE, FACE_SIZE, FACE_SPAN, FACE_TOP, Cell
from mmdgen.zoo.head.lids import curve_normal, open_lids
from mmdgen.zoo.mesh import F8
from mmdgen.zoo.paint.canvas import U1, Canvas, few_colors, smooth
from mmdgen.zoo.paint.color import WHITE, light, luminance, mix, shade
from mmdgen.zoo.traits import Color, Traits

_TEXELS = FACE_SIZE / FACE_SPAN


def _place(points: F8) -> F8:
    return np.stack([FACE_SIZE / 2 + points[:, 0] * _TEXELS, (FACE_TOP - points[:, 1]) * _TEXELS], -1)


def skin_shadow(skin: Color) -> Color:
    """Return the colour of a cel shadow on skin: warm, and weaker on dark skin."""
    return mix(shade(skin, 0.30), (0.80, 0.30, 0.28), 0.10 * luminance(skin))


def blush_color(skin: Color) -> Color:
    """Return the colour of blood under the skin."""
    return mix(skin, (0.96, 0.30, 0.32) if luminance(skin) > 0.45 else (0.72, 0.16, 0.16), 0.62)


def paint_face(traits: Traits, bangs: F8) -> U1:
    """Return the texture (FACE_SIZE, FACE_SIZE, 4); ``bangs`` (n, 3, 3) are triangles that shade the forehead."""
    skin, dark = traits.skin, skin_shadow(traits.skin)
    canvas = Canvas(FACE_SIZE, FACE_SIZE, skin, _place)
    eye = traits.eyes
    red = blush_color(skin)
    for side in (-1, 1):
        canvas.ellipse(side * (eye.x + 0.04), 0.70, 0.24, 0.13, red, 0.75 * traits.blush, blur=13)
        # a breath of warmth on the lids and beside the nose
        canvas.ellipse(side * eye.x, eye.y + eye.top * 0.75, eye.width * 0.55, 0.16, dark, 0.45, blur=8)
        canvas.ellipse(side * (traits.face.width * 0.98), 0.75, 0.16, 0.7, dark, 0.55, blur=12)
        if traits.blush > 0.55:
            for k in range(3):
                x = side * (eye.x - 0.06 + 0.09 * k)
                canvas.line([(x - 0.02, 0.665), (x + 0.025, 0.745)], mix(red, dark, 0.35), 2.2, 0.8)
    _nose_and_lips(canvas, traits, dark)
    shift = np.array([0.0 if traits.symmetric else -0.035, -0.14])
    canvas.triangles(bangs[..., :2] + shift, dark, 0.88, blur=0.6)
    _lids(canvas, traits, mix(skin, dark, 0.35))
    canvas.polygon([(-2, -0.13), (2, -0.13), (2, -1), (-2, -1)], skin)
    _swatches(canvas, traits, dark)
    picture = canvas.array().copy()
    if traits.symmetric:  # the strip of swatches has no left and right of its own
        top = int(FACE["line"][1] * FACE_SIZE) - 8
        picture[:top, FACE_SIZE // 2 :] = picture[:top, : FACE_SIZE // 2][:, ::-1]
    return few_colors(picture)


def _lids(canvas: Canvas, traits: Traits, color: Color) -> None:
    """Paint the skin that the lashes cover: a closing lid stretches this narrow band over the whole eye."""
    upper = open_lids(traits.eyes).upper
    band = np.concatenate([upper - [0, 0.06], (upper + curve_normal(upper) * 0.055)[::-1]])
    for side in (-1, 1):
        canvas.polygon(band * [side, 1], color)


def _nose_and_lips(canvas: Canvas, traits: Traits, dark: Color) -> None:
    y = traits.face.nose_y
    if traits.symmetric:
        canvas.polygon([(-0.035, y - 0.045), (0.035, y - 0.045), (0.0, y - 0.075)], shade(traits.skin, 0.5), 0.75, 0.8)
    else:
        canvas.polygon([(0.012, y + 0.02), (0.062, y - 0.045), (-0.012, y - 0.062)], shade(traits.skin, 0.48), 0.7, 0.8)
    canvas.ellipse(0.0 if traits.symmetric else -0.014, y + 0.03, 0.016, 0.026, light(traits.skin, 0.7), 0.8, 0.8)
    low = traits.mouth.y - 0.115
    canvas.polygon(
        smooth([(-0.085, low), (0, low - 0.022), (0.085, low), (0, low - 0.006), (-0.085, low)]), dark, 0.9, 0.7
    )
    canvas.ellipse(0, traits.mouth.y - 0.045, 0.12, 0.028, traits.lips, 0.5, 2.2)
    canvas.ellipse(0, traits.mouth.y + 0.030, 0.13, 0.022, traits.lips, 0.4, 2.2)


def _box(cell: Cell) -> tuple[float, float, float, float]:
    """Return a cell as (x0, y0, x1, y1) in the face's units, y0 the upper edge."""
    u0, v0, u1, v1 = cell
    return (u0 - 0.5) * FACE_SPAN, FACE_TOP - v0 * FACE_SPAN, (u1 - 0.5) * FACE_SPAN, FACE_TOP - v1 * FACE_SPAN


def _fill(canvas: Canvas, name: str, color: Color, grow: float = 0.03) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = _box(FACE[name])
    canvas.polygon(
        [(x0 - grow, y0 + grow), (x1 + grow, y0 + grow), (x1 + grow, y1 - grow), (x0 - grow, y1 - grow)], color
    )
    return x0, y0, x1, y1


def _swatches(canvas: Canvas, traits: Traits, dark: Color) -> None:
    mouth = traits.mouth
    _fill(canvas, "line", mouth.line)
    x0, y0, x1, y1 = _fill(canvas, "inside", shade(mouth.inside, 0.55), 0.02)
    for k in range(6):  # darker toward the throat, which lies at the cell's upper edge
        y = y0 + (y1 - y0) * (0.30 + 0.14 * k)
        canvas.polygon([(x0, y), (x1, y), (x1, y1 - 0.02), (x0, y1 - 0.02)], mouth.inside, 0.30)
    x0, y0, x1, y1 = _fill(canvas, "teeth", mix(WHITE, mouth.inside, 0.04))
    canvas.polygon(
        [(x0, y0 + 0.03), (x1, y0 + 0.03), (x1, (y0 + y1) / 2), (x0, (y0 + y1) / 2)], (0.80, 0.80, 0.90), 0.5, 2
    )
    tongue = mix(mouth.inside, (1.0, 0.55, 0.55), 0.7)
    x0, y0, x1, y1 = _fill(canvas, "tongue", tongue, 0.02)
    canvas.ellipse((x0 + x1) / 2, y0, (x1 - x0) * 0.30, (y0 - y1) * 0.16, light(tongue, 0.5), 0.8, 1.5)
    x0, y0, x1, y1 = _fill(canvas, "ear", traits.skin)
    hollow = np.array([(0.28, 0.25), (0.55, 0.12), (0.80, 0.2), (0.66, 0.5), (0.5, 0.82), (0.3, 0.8)])
    canvas.polygon(hollow * [x1 - x0, y1 - y0] + [x0, y0], dark, 0.85, 0.8)
    canvas.polygon(
        [(x0 - 0.02, y0), (x0 + (x1 - x0) * 0.10, y0), (x0 + (x1 - x0) * 0.10, y1), (x0 - 0.02, y1)], dark, 0.6, 2
    )
