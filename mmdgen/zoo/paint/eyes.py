"""The eyes' texture: irises, white, highlights, lashes, brows and the blush that a morph raises."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np

from mmdgen.zoo.atlas import EYE, EYE_SIZE, Cell
from mmdgen.zoo.mesh import F8, smoothstep
from mmdgen.zoo.paint.canvas import U1, Canvas, blend, to_bytes
from mmdgen.zoo.paint.color import WHITE, light, luminance, mix, shade
from mmdgen.zoo.paint.face import blush_color
from mmdgen.zoo.traits import Color, EyeTraits, Traits


def paint_eyes(traits: Traits) -> U1:
    """Return the texture (H, W, 4), straight alpha; irises lie in it as the left eye shows them."""
    width, height = EYE_SIZE
    lash = traits.eyes.lash_color
    sheet = np.zeros((height, width, 4), np.uint8)
    sheet[..., :3] = to_bytes(np.asarray(lash))
    eye = traits.eyes
    for name, color in (("iris_left", eye.left_color), ("iris_right", eye.right_color)):
        _put(sheet, name, _iris(eye, color, _size(name)))
    shine = _shine(eye, _size("shine"))
    _put(sheet, "shine_left", shine)
    _put(sheet, "shine_right", shine if traits.symmetric else shine[:, ::-1])
    _put(sheet, "white", _white(_size("white"), mix(traits.skin, (0.75, 0.76, 0.88), 0.75)))
    _put(sheet, "lash", _lash(_size("lash"), lash, traits.skin))
    _put(sheet, "spike", _flat(_size("spike"), lash, 1.0))
    _put(sheet, "lower", _faded(_size("lower"), mix(lash, traits.skin, 0.22), 0.30, 0.0, 0.95))
    _put(sheet, "fold", _faded(_size("fold"), shade(traits.skin, 0.62), 0.25, 0.2, 0.85))
    brow = shade(traits.hair.color, 0.42) if luminance(traits.hair.color) > 0.2 else mix(traits.hair.color, WHITE, 0.12)
    _put(sheet, "brow", _faded(_size("brow"), brow, 0.04, 0.04, 0.55 if traits.brows.through_hair else 0.95))
    _put(sheet, "blush", _blush(_size("blush"), blush_color(traits.skin)))
    return sheet


def _size(name: str) -> tuple[int, int]:
    """Return a cell's (height, width) in texels, its filtering margin included."""
    x0, y0, x1, y1 = _texels(EYE[name if name != "shine" else "shine_left"])
    return y1 - y0, x1 - x0


def _texels(cell: Cell) -> tuple[int, int, int, int]:
    width, height = EYE_SIZE
    return (
        round(cell[0] * width) - 2,
        round(cell[1] * height) - 2,
        round(cell[2] * width) + 2,
        round(cell[3] * height) + 2,
    )


def _put(sheet: U1, name: str, picture: U1) -> None:
    x0, y0, x1, y1 = _texels(EYE[name])
    sheet[y0:y1, x0:x1] = picture


def _flat(size: tuple[int, int], color: Color, alpha: float) -> U1:
    return to_bytes(np.broadcast_to(np.array([*color, alpha]), (*size, 4)))


def _square(size: tuple[int, int]) -> tuple[F8, F8]:
    """Return coordinates from -1 to 1, y down, of the texels' middles."""
    y, x = ((np.arange(n) + 0.5) / n * 2 - 1 for n in size)
    return np.broadcast_to(x, size), np.broadcast_to(y[:, None], size)


def _iris(eye: EyeTraits, color: Color, size: tuple[int, int]) -> U1:
    """Return an iris: dark above, glowing below, its texture by the eye's pattern, the lid's shadow over all."""
    x, y = _square(size)
    x, y = x * 1.03, y * 1.03
    r = np.sqrt(x * x + y * y)
    turn = np.arctan2(x, y)
    deep = shade(color, 0.85)
    paint = np.broadcast_to(np.asarray(color), (*size, 3)).copy()
    paint = blend(paint, shade(color, 0.55), 1 - smoothstep(-0.65, 0.15, y))
    paint = _PATTERNS[eye.pattern](paint, color, x, y, r, turn)
    rim = 0.90 if eye.pattern == "deep" else 0.84
    paint = blend(paint, deep, smoothstep(rim, rim + 0.06, r))
    paint = blend(paint, mix(deep, (0.03, 0.02, 0.05), 0.35), _pupil(eye, x, y))
    lid = 1 - smoothstep(-0.50, -0.34, y + 0.16 * x * x)
    paint = blend(paint, mix(deep, (0.05, 0.03, 0.08), 0.35), lid * 0.72)
    return to_bytes(np.concatenate([paint, np.ones((*size, 1))], -1))


def _rays(paint: F8, color: Color, x: F8, y: F8, r: F8, turn: F8) -> F8:
    """Rays in the lower half, and a crescent of light within them."""
    rays = 0.5 + 0.5 * np.cos(turn * 22 + 0.8 * np.cos(turn * 7))
    lower = smoothstep(0.10, 0.75, y) * smoothstep(0.30, 0.50, r) * (1 - smoothstep(0.80, 0.90, r))
    paint = blend(paint, light(mix(color, WHITE, 0.10), 0.55), lower * (0.60 + 0.40 * rays))
    inner = smoothstep(0.40, 0.46, r) * (1 - smoothstep(0.70, 0.78, np.sqrt(x * x + (y - 0.12) ** 2)))
    return blend(paint, light(color, 0.75), inner * smoothstep(0.0, 0.25, y) * 0.35)


def _bowl(paint: F8, color: Color, x: F8, y: F8, r: F8, turn: F8) -> F8:
    """A smooth gradient that ends in a bright bowl with a clear edge."""
    paint = blend(paint, light(color, 0.35), smoothstep(-0.2, 0.9, y) * 0.9)
    bowl = 1 - smoothstep(0.46, 0.52, np.sqrt((x / 1.15) ** 2 + ((y - 0.52) / 0.75) ** 2))
    return blend(paint, light(mix(color, WHITE, 0.15), 0.6), bowl * 0.85 * (r < 0.9) * (0.9 + 0.1 * np.cos(turn)))


def _ring(paint: F8, color: Color, x: F8, y: F8, r: F8, turn: F8) -> F8:
    """A bright ring around the pupil, broken by fine rays."""
    ring = smoothstep(0.44, 0.52, r) * (1 - smoothstep(0.62, 0.76, r))
    paint = blend(paint, light(color, 0.50), ring * (0.65 + 0.35 * np.cos(turn * 30)))
    return blend(paint, light(color, 0.35), smoothstep(0.2, 0.8, y) * (0.5 + 0.1 * x))


def _two_tone(paint: F8, color: Color, x: F8, y: F8, r: F8, turn: F8) -> F8:
    """A second hue that comes up from below."""
    hue, saturation, value = colorsys.rgb_to_hsv(*color)
    other = colorsys.hsv_to_rgb((hue + 0.13) % 1, saturation * 0.8, min(1.0, value * 1.15 + 0.08))
    paint = blend(paint, light(other, 0.25), smoothstep(-0.15, 0.55, y + 0.08 * np.cos(turn * 9)))
    return blend(paint, light(other, 0.7), smoothstep(0.60, 0.80, y) * (r < 0.88) * (np.abs(x) < 0.75) * 0.6)


def _deep(paint: F8, color: Color, x: F8, y: F8, r: F8, turn: F8) -> F8:
    """A dark iris with a thin glow at the bottom."""
    paint = blend(paint, shade(color, 0.65), 1 - smoothstep(0.0, 0.7, y))
    glow = smoothstep(0.55, 0.70, r) * (1 - smoothstep(0.82, 0.90, r)) * smoothstep(0.25, 0.6, y)
    return blend(paint, light(color, 0.45), glow * (0.85 + 0.15 * np.cos(turn * 16) * (np.abs(x) < 1)))


_PATTERNS: dict[str, Callable[[F8, Color, F8, F8, F8, F8], F8]] = {
    "rays": _rays, "bowl": _bowl, "ring": _ring, "two_tone": _two_tone, "deep": _deep,
}  # fmt: skip


def _pupil(eye: EyeTraits, x: F8, y: F8) -> F8:
    """Return how much of each texel the pupil covers."""
    r, turn = np.sqrt(x * x + y * y), np.arctan2(x, -y)
    if eye.pupil == "slit":
        return 1 - smoothstep(0.90, 1.06, np.sqrt((x / 0.15) ** 2 + (y / 0.58) ** 2))
    if eye.pupil == "star":
        return 1 - smoothstep(-0.03, 0.03, r - 0.30 - 0.16 * np.cos(5 * turn))
    if eye.pupil == "heart":
        u, v = x / 0.36, -(y - 0.03) / 0.36
        return 1 - smoothstep(-0.1, 0.1, (u * u + v * v - 0.7) ** 3 - u * u * v**3)
    if eye.pupil == "ring":
        return smoothstep(0.17, 0.21, r) * (1 - smoothstep(0.36, 0.40, r))
    if eye.pupil == "none":
        return 0.45 * (1 - smoothstep(0.30, 0.62, np.sqrt(x * x + (y + 0.05) ** 2)))
    return 1 - smoothstep(0.92, 1.06, np.sqrt((x / 0.34) ** 2 + (y / 0.40) ** 2))


# highlights: middle and radii of each
_SPOTS = {
    "classic": ((-0.34, -0.40, 0.25, 0.28), (0.34, 0.42, 0.13, 0.13)),
    "double": ((-0.30, -0.46, 0.20, 0.22), (-0.46, -0.06, 0.10, 0.11), (0.30, 0.48, 0.17, 0.11)),
    "ring": ((-0.30, -0.36, 0.30, 0.22), (0.42, 0.18, 0.08, 0.10), (0.26, 0.48, 0.10, 0.08)),
    "low": ((-0.26, -0.34, 0.15, 0.15), (0.10, 0.62, 0.34, 0.09)),
    "bubbles": ((-0.36, -0.36, 0.19, 0.20), (-0.02, -0.52, 0.08, 0.08), (-0.52, 0.02, 0.07, 0.07),
                (0.38, 0.36, 0.16, 0.16), (0.52, 0.06, 0.06, 0.06), (0.14, 0.60, 0.08, 0.07)),
    "window": ((-0.30, -0.34, 0.26, 0.26), (0.36, 0.46, 0.10, 0.10)),
    "none": ((-0.30, -0.45, 0.07, 0.07),),
}  # fmt: skip


def _shine(eye: EyeTraits, size: tuple[int, int]) -> U1:
    """Return the highlights; they lie toward the viewer's left."""
    x, y = _square(size)
    alpha = np.zeros(size)
    for k, (cx, cy, rx, ry) in enumerate(_SPOTS[eye.highlight]):
        u, v = (x - cx) / rx, (y - cy) / ry
        if eye.highlight == "window" and k == 0:  # four panes
            pane = np.maximum(np.abs(u), np.abs(v + 0.2 * u))
            spot = (1 - smoothstep(0.88, 1.0, pane)) * smoothstep(
                0.06, 0.14, np.minimum(np.abs(u), np.abs(v + 0.2 * u))
            )
        else:
            spot = 1 - smoothstep(0.90, 1.08, np.sqrt(u * u + v * v))
        alpha = np.maximum(alpha, spot)
    return to_bytes(np.concatenate([np.ones((*size, 3)), alpha[..., None]], -1))


def _white(size: tuple[int, int], shadow: Color) -> U1:
    x, y = _square(size)
    paint = np.broadcast_to(0.985, (*size, 3)).copy()
    paint = blend(paint, mix(WHITE, shadow, 0.45), (1 - smoothstep(-0.28, -0.18, y + 0.25 * x * x)) * 0.9)
    paint = blend(paint, mix(shadow, (0.9, 0.6, 0.6), 0.3), smoothstep(0.72, 1.0, np.abs(x)) * 0.45)
    return to_bytes(np.concatenate([paint, np.ones((*size, 1))], -1))


def _lash(size: tuple[int, int], color: Color, skin: Color) -> U1:
    """Return the upper lashes: dark, warmer at the inner end and along the lower edge of the outer end."""
    x, y = _square(size)
    paint = np.broadcast_to(np.asarray(color), (*size, 3)).copy()
    warm = mix(color, mix(skin, (0.75, 0.20, 0.20), 0.5), 0.45)
    paint = blend(paint, warm, (1 - smoothstep(-1.0, -0.62, x)) * 0.8)
    paint = blend(paint, warm, smoothstep(0.55, 1.0, x) * smoothstep(0.1, 1.0, y) * 0.6)
    return to_bytes(np.concatenate([paint, np.ones((*size, 1))], -1))


def _faded(size: tuple[int, int], color: Color, start: float, end: float, alpha: float) -> U1:
    """Return a flat strip that fades over the given shares of its inner and outer end."""
    x, _ = _square(size)
    along = (x + 1) / 2
    fade = smoothstep(-0.001, start + 1e-3, along) * (1 - smoothstep(1 - end - 1e-3, 1.001, along))
    paint = np.broadcast_to(np.asarray(color), (*size, 3))
    return to_bytes(np.concatenate([paint, (fade * alpha)[..., None]], -1))


def _blush(size: tuple[int, int], red: Color) -> U1:
    """Return the cheek of a blushing face: a soft patch with slanted strokes."""
    x, y = _square(size)
    patch = np.exp(-((x / 0.55) ** 2) * 1.6 - ((y / 0.60) ** 2) * 1.6) * 0.75
    canvas = Canvas(size[1], size[0], (0, 0, 0))
    for k in range(4):
        left = size[1] * (0.24 + 0.15 * k)
        canvas.line([(left, size[0] * 0.68), (left + size[1] * 0.075, size[0] * 0.36)], WHITE, 4.5)
    strokes = canvas.array()[..., 0] / 255
    fade = 1 - smoothstep(0.75, 1.0, np.maximum(np.abs(x), np.abs(y)))
    paint = blend(np.broadcast_to(np.asarray(red), (*size, 3)), shade(red, 0.35), strokes)
    alpha = np.maximum(patch, strokes * 0.85) * fade
    return to_bytes(np.concatenate([paint, alpha[..., None]], -1))
