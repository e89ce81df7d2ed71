"""The face's texture: skin, blush, the shadows of nose, lips and bangs, and swatches for ears and mouth."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.atlas import FACE, FACE_SIZE, FACE_SPAN, FACE_TOP, Cell
from mmdgen.zoo.head.blush import cheek_height
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
    for side in (-1, 1):  # a breath of warmth on the lids and along the outline
        canvas.ellipse(side * eye.x, eye.y + eye.top * 0.75, eye.width * 0.55, 0.16, dark, 0.45, blur=8)
        canvas.ellipse(side * (traits.face.width * 0.98), 0.75, 0.16, 0.7, dark, 0.55, blur=12)
    _blush(canvas, traits, dark)
    _nose(canvas, traits, dark)
    _lips(canvas, traits, dark)
    _mark(canvas, traits)
    shift = np.array([0.0 if traits.symmetric else -0.035, -0.14])
    canvas.triangles(bangs[..., :2] + shift, dark, 0.88, blur=0.6)
    _lids(canvas, traits, lid_color(traits))
    canvas.polygon([(-2, -0.13), (2, -0.13), (2, -1), (-2, -1)], skin)
    _swatches(canvas, traits, dark)
    picture = canvas.array().copy()
    if traits.symmetric:  # the strip of swatches has no left and right of its own
        top = int(FACE["line"][1] * FACE_SIZE) - 8
        picture[:top, FACE_SIZE // 2 :] = picture[:top, : FACE_SIZE // 2][:, ::-1]
    return few_colors(picture)


def lid_color(traits: Traits) -> Color:
    """Return the colour of a closed lid: a little darker than the skin, but lighter where that is very dark."""
    skin = traits.skin
    return (
        mix(skin, skin_shadow(skin), 0.35) if luminance(skin) > 0.40 else light(mix(skin, (1.0, 0.6, 0.5), 0.06), 0.07)
    )


def _blush(canvas: Canvas, traits: Traits, dark: Color) -> None:
    eye, red, style = traits.eyes, blush_color(traits.skin), traits.face.blush_style
    y = cheek_height(eye)
    if style == "across":
        canvas.ellipse(0, traits.face.nose_y + 0.06, 0.62, 0.10, red, 0.62 * traits.blush, blur=9)
    for side in (-1, 1):
        x = side * (eye.x + 0.04)
        if style == "oval":
            canvas.ellipse(x, y - 0.07, 0.16, 0.065, red, 0.65 * traits.blush, blur=1.5)  # clear of the lid's skin
        else:
            canvas.ellipse(x, y, 0.24, 0.13, red, 0.75 * traits.blush, blur=13)
        if style == "strokes":
            for k in range(3):
                left = side * (eye.x - 0.06 + 0.09 * k)
                line = [(left - 0.02, y - 0.065), (left + 0.025, y + 0.015)]
                canvas.line(line, mix(red, dark, 0.35), 2.2, 0.25 + 0.7 * traits.blush)


def _nose(canvas: Canvas, traits: Traits, dark: Color) -> None:
    """Draw the nose as its mark says; asymmetric marks fall to the side away from the light."""
    y, even, deep = traits.face.nose_y, traits.symmetric, shade(traits.skin, 0.5)
    mark = traits.face.nose_mark
    if mark == "dot":
        canvas.ellipse(0.0 if even else 0.008, y - 0.05, 0.022, 0.015, deep, 0.85, 0.7)
    elif mark == "line":
        line = [(-0.03, y - 0.05), (0.0, y - 0.062), (0.03, y - 0.05)]
        if not even:
            line = [(0.022, y + 0.11), (0.046, y + 0.01), (0.052, y - 0.035), (0.010, y - 0.055)]
        canvas.line(smooth(line), deep, 1.7, 0.75)
    elif mark == "shadow":
        side = [(0.0, y + 0.16), (0.045, y + 0.06), (0.085, y - 0.04), (0.03, y - 0.07), (-0.02, y - 0.062)]
        under = [(-0.05, y - 0.04), (0.05, y - 0.04), (0.0, y - 0.085)]
        canvas.polygon(under if even else side, dark, 0.95, 0.9)
    elif mark == "wedge":
        under = [(-0.035, y - 0.045), (0.035, y - 0.045), (0.0, y - 0.075)]
        side = [(0.012, y + 0.02), (0.062, y - 0.045), (-0.012, y - 0.062)]
        canvas.polygon(under if even else side, deep, 0.72, 0.8)
    if mark != "none":
        canvas.ellipse(0.0 if even else -0.014, y + 0.03, 0.016, 0.026, light(traits.skin, 0.7), 0.8, 0.8)


def _lips(canvas: Canvas, traits: Traits, dark: Color) -> None:
    mouth = traits.mouth
    low, half = mouth.y - 0.115, 0.35 * mouth.width + 0.02
    canvas.polygon(
        smooth([(-half, low), (0, low - 0.022), (half, low), (0, low - 0.006), (-half, low)]), dark, 0.9, 0.7
    )
    red = mix(traits.skin, traits.lips, 0.4 + 0.6 * mouth.lip)
    canvas.ellipse(0, mouth.y - 0.045, 0.62 * mouth.width, 0.028, red, 0.25 + 0.6 * mouth.lip, 2.2 - mouth.lip)
    canvas.ellipse(0, mouth.y + 0.030, 0.66 * mouth.width, 0.022, red, 0.15 + 0.6 * mouth.lip, 2.2 - mouth.lip)


def _mark(canvas: Canvas, traits: Traits) -> None:
    """Draw freckles, a mole, war paint or a scar."""
    eye, face = traits.eyes, traits.face
    y, s = cheek_height(eye), face.mark_side
    deep = shade(traits.skin, 0.55)
    if face.mark == "freckles":
        places = ((-0.13, 0.04), (-0.06, -0.03), (0.0, 0.05), (0.06, -0.04), (0.12, 0.03), (-0.20, -0.02))
        for side in (-1, 1):
            for dx, dy in places:
                canvas.ellipse(side * (eye.x - 0.03 + dx), y + 0.03 + dy, 0.014, 0.012, deep, 0.75, 0.5)
    elif face.mark == "mole":
        x, high = (eye.x + 0.10, y + 0.04) if face.chin < 0.30 else (0.20, traits.mouth.y - 0.06)
        canvas.ellipse(s * x, high, 0.019, 0.019, shade(traits.skin, 0.95), 0.95)
    elif face.mark == "paint":
        for side in (-1, 1):
            for k in range(2):
                inner, high = eye.x - 0.20 + 0.04 * k, y - 0.03 - 0.085 * k
                stripe = [
                    (inner, high),
                    (inner + 0.42, high + 0.05),
                    (inner + 0.40, high + 0.085),
                    (inner, high + 0.045),
                ]
                canvas.polygon(np.array(stripe) * [side, 1], face.mark_color, 0.9, 0.5)
    elif face.mark == "scar":
        pale = mix(traits.skin, (0.92, 0.55, 0.50) if luminance(traits.skin) > 0.4 else (0.85, 0.62, 0.55), 0.6)
        line = [(s * (eye.x - 0.02), y - 0.16), (s * (eye.x + 0.02), y + 0.08)]
        canvas.line(line, pale, 4.0, 0.95)
        for k in range(3):
            x, high = s * (eye.x - 0.01 + 0.012 * k), y - 0.11 + 0.07 * k
            canvas.line([(x - 0.035, high + 0.012), (x + 0.035, high - 0.012)], pale, 2.4, 0.9)


def _lids(canvas: Canvas, traits: Traits, color: Color) -> None:
    """Paint the skin that the lashes cover: a closing lid stretches this narrow band over the whole eye."""
    upper = open_lids(traits.eyes).upper
    band = np.concatenate([upper - [0, 0.06], (upper + curve_normal(upper) * 0.055)[::-1]])
    for side in (-1, 1):
        canvas.polygon(band * [side, 1], color)


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
