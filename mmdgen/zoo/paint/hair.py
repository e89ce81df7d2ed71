"""The hair's textures: columns of strands with a drawn light, and the sphere map that adds a soft sheen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmdgen.zoo.atlas import HAIR, HAIR_COLUMNS, HAIR_OTHERS, HAIR_SIZE
from mmdgen.zoo.hair.locks import KNEE_V
from mmdgen.zoo.mesh import F8, smoothstep
from mmdgen.zoo.paint.canvas import U1, blend, few_colors, to_bytes
from mmdgen.zoo.paint.color import light, luminance, mix, shade
from mmdgen.zoo.traits import Color, HairTraits, Traits

_RING = 0.80 * KNEE_V  # where along the texture the ring of light lies
_TONES = (0.0, 0.12, -0.05, 0.06)  # shadow (or light, below 0) that tells neighbouring locks apart
_FADING = 0.12  # share of a lock's texture over which translucent tips fade


def paint_hair(traits: Traits, rng: np.random.Generator) -> U1:
    """Return the texture (H, W, 4), root at the top; opaque except for tips that fade."""
    width, height = HAIR_SIZE
    sheet = np.full((height, width, 4), 255, np.uint8)
    for name, (color, tip, tone) in _columns(traits).items():
        u0, _, u1, _ = HAIR[name]
        x0, x1 = max(round(u0 * width) - 2, 0), min(round(u1 * width) + 2, width)
        base, end = (shade(c, tone) if tone > 0 else light(c, -tone) for c in (color, tip))
        shine = traits.hair.shine if name not in ("inner", "shaved") else ""
        column = _column(base, end, (height, x1 - x0), rng, traits.hair, shine=shine, even=traits.symmetric)
        sheet[:, x0:x1, :3] = to_bytes(column)
    sheet = few_colors(sheet)
    if traits.hair.tip_alpha < 1:
        v = (np.arange(height) + 0.5) / height
        opacity = 1 - (1 - traits.hair.tip_alpha) * smoothstep(1 - _FADING, 1.0, v)
        opaque_from = round(HAIR["inner"][0] * width) - 2
        sheet[:, :opaque_from, 3] = np.round(255 * opacity)[:, None]
    return sheet


def _columns(traits: Traits) -> dict[str, tuple[Color, Color, float]]:
    """Return base colour, tip colour and tone of every column."""
    hair = traits.hair
    columns = {f"lock{k}": (hair.color, hair.tip_color, _TONES[k]) for k in range(HAIR_COLUMNS)}
    columns |= {f"other{k}": (hair.other_color, hair.other_color, _TONES[k]) for k in range(HAIR_OTHERS)}
    under = (
        (hair.other_color, hair.other_color, 0.12) if hair.pattern == "inner" else (hair.color, hair.tip_color, 0.52)
    )
    stubble = mix(traits.skin, shade(hair.color, 0.35), 0.62)
    return columns | {"inner": under, "shaved": (stubble, stubble, 0.0)}


def _column(
    base: Color,
    tip: Color,
    size: tuple[int, int],
    rng: np.random.Generator,
    hair: HairTraits,
    *,
    shine: str,
    even: bool,
) -> F8:
    height, width = size
    v = ((np.arange(height) + 0.5) / height)[:, None]
    u = ((np.arange(width) + 0.5) / width)[None, :]
    if even:
        u = np.minimum(u, u[:, ::-1])
    u, v = np.broadcast_arrays(u, v)
    paint = np.broadcast_to(np.asarray(base), (*size, 3)).copy()
    paint = blend(paint, tip, _fade(v, u, hair.fade))
    here = paint.copy()
    dark = shade(base, 0.55)
    side = smoothstep(0.66, 0.72, u + 0.02 * np.sin(v * 40)) if not even else 1 - smoothstep(0.12, 0.18, u)
    strength = 0.42 if shine else 0.2
    deep = np.asarray(shade((1.0, 1.0, 1.0), 0.55)) * here * 0.98  # a shadow of the local colour
    paint = blend(paint, deep, side * strength)
    for _ in range(5):
        middle, sway, phase = rng.uniform(0.12, 0.88), rng.uniform(0.0, 0.04), rng.uniform(0, 6)
        thin = rng.uniform(0.010, 0.022)
        line = np.exp(-(((u - middle - sway * np.sin(v * 9 + phase)) / thin) ** 2))
        paint = blend(paint, deep, line * rng.uniform(0.25, 0.5))
    root = 1 - smoothstep(0.0, 0.5 * KNEE_V, v)
    paint = blend(paint, deep, root * 0.16)
    draw = _SHINES.get(shine)
    if draw is not None:
        glow = draw(u, v, rng) * smoothstep(0.04, 0.16, np.minimum(u, 1 - u))
        paint = blend(paint, light(base, 0.62), glow * (0.85 if luminance(base) < 0.75 else 0.95))
    edge = smoothstep(0.86, 0.97, np.abs(2 * u - 1)) if not even else 1 - smoothstep(0.015, 0.07, u)
    return blend(paint, deep * 0.8 + 0.2 * np.asarray(dark), edge * 0.8)


def _fade(v: F8, u: F8, kind: str) -> F8:
    """Return how much of the tips' colour there is."""
    if kind == "dipped":
        return smoothstep(0.74, 0.78, v + 0.03 * np.sin(u * 19) + 0.02 * np.sin(u * 47))
    if kind == "roots":
        return smoothstep(0.10, 0.34, v)
    return smoothstep(KNEE_V, 0.95, v)


# --- painted light ----------------------------------------------------------------------------------------------------

Shine = Callable[[F8, F8, np.random.Generator], F8]


def _band(v: F8, high: F8 | float, low: F8 | float, soft: float = 0.006) -> F8:
    return smoothstep(-soft, soft, v - high) * (1 - smoothstep(-soft, soft, v - low))


def _saw(u: F8, teeth: float, phase: float) -> F8:
    return np.asarray(np.abs((u * teeth + phase) % 2 - 1))


def _ring(u: F8, v: F8, rng: np.random.Generator) -> F8:
    """A band with jagged edges, the angel's ring."""
    phase = rng.uniform(0, 6, 3)
    teeth = _saw(u, 6, phase[0]) * 0.045 + _saw(u, 13, phase[1]) * 0.025
    inside = _band(v, _RING - 0.02 - 0.6 * teeth, _RING + 0.05 + teeth)
    return np.asarray(inside * (1 - 0.35 * (np.abs((u * 3.5 + phase[2]) % 1 - 0.5) < 0.07)))


def _soft(u: F8, v: F8, _rng: np.random.Generator) -> F8:
    return np.asarray(0.75 * np.exp(-(((v - _RING) / 0.055) ** 2)) * (0.7 + 0.3 * np.cos((u - 0.5) * np.pi)))


def _double(u: F8, v: F8, rng: np.random.Generator) -> F8:
    phase = rng.uniform(0, 6)
    teeth = _saw(u, 5, phase) * 0.03
    return np.asarray(
        _band(v, _RING - 0.02 - teeth, _RING + 0.03 + teeth) + _band(v, _RING + 0.085, _RING + 0.105) * 0.7
    )


def _beads(u: F8, v: F8, rng: np.random.Generator) -> F8:
    glow = np.zeros_like(u)
    for _ in range(3):
        x, y = rng.uniform(0.2, 0.8), _RING + rng.uniform(-0.03, 0.05)
        size = rng.uniform(0.05, 0.11)
        glow = np.maximum(glow, 1 - smoothstep(0.8, 1.0, np.hypot((u - x) / size, (v - y) / (size * 0.42))))
    return glow


def _streaks(u: F8, v: F8, rng: np.random.Generator) -> F8:
    glow = np.zeros_like(u)
    for _ in range(4):
        x, top, length = rng.uniform(0.15, 0.85), _RING - rng.uniform(0.05, 0.12), rng.uniform(0.14, 0.30)
        along = np.clip((v - top) / length, 0, 1)
        width = 0.035 * np.sin(np.pi * along) ** 0.7
        glow = np.maximum(glow, (np.abs(u - x) < width) * 0.9)
    return glow


def _zigzag(u: F8, v: F8, rng: np.random.Generator) -> F8:
    middle = _RING + 0.055 * (_saw(u, 4, rng.uniform(0, 2)) - 0.5)
    return _band(v, middle - 0.025, middle + 0.025)


_SHINES: dict[str, Shine] = {
    "ring": _ring, "band": _soft, "double": _double, "beads": _beads, "streaks": _streaks, "zigzag": _zigzag,
}  # fmt: skip
SHINES = (*_SHINES, "none")


def paint_sheen(color: Color) -> U1:
    """Return a sphere map (64, 64, 4) to add: a faint light from above."""
    y, x = np.mgrid[0:64, 0:64] / 31.5 - 1
    glow = np.exp(-(((y + 0.45) / 0.28) ** 2) - (x / 0.75) ** 2) * 0.16 + 0.05 * smoothstep(
        0.75, 1.0, np.sqrt(x * x + y * y)
    )
    paint = np.asarray(mix(color, (1.0, 1.0, 1.0), 0.6)) * glow[..., None]
    return to_bytes(np.concatenate([paint, np.ones((64, 64, 1))], -1))
