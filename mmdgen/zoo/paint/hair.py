"""The hair's textures: columns of strands with a drawn ring of light, and the sphere map that adds a soft sheen."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.atlas import HAIR, HAIR_COLUMNS, HAIR_SIZE
from mmdgen.zoo.mesh import F8, smoothstep
from mmdgen.zoo.paint.canvas import U1, blend, few_colors, to_bytes
from mmdgen.zoo.paint.color import light, luminance, mix, shade
from mmdgen.zoo.traits import Color, Traits

_RING = 0.165  # where along the texture the ring of light lies


def paint_hair(traits: Traits, rng: np.random.Generator) -> U1:
    """Return the texture (H, W, 4), opaque, root at the top."""
    width, height = HAIR_SIZE
    sheet = np.full((height, width, 4), 255, np.uint8)
    hair = traits.hair
    tones = {f"lock{k}": t for k, t in enumerate((0.0, 0.10, -0.05, 0.05))}
    for name, (u0, _, u1, _) in HAIR.items():
        x0, x1 = round(u0 * width), round(u1 * width)
        x0, x1 = max(x0 - 2, 0), min(x1 + 2, width)
        base, tip = hair.color, hair.tip_color
        if name == "streak" and hair.streak:
            base = tip = hair.streak
        tone = tones.get(name, 0.0)
        base, tip = (shade(c, tone) if tone > 0 else light(c, -tone) for c in (base, tip))
        if name == "inner":
            base, tip = shade(base, 0.52), shade(tip, 0.52)
        column = _column(base, tip, (height, x1 - x0), rng, lit=name != "inner", even=traits.symmetric)
        sheet[:, x0:x1, :3] = to_bytes(column)
    assert len(tones) == HAIR_COLUMNS
    return few_colors(sheet)


def _column(base: Color, tip: Color, size: tuple[int, int], rng: np.random.Generator, *, lit: bool, even: bool) -> F8:
    height, width = size
    v = ((np.arange(height) + 0.5) / height)[:, None]
    u = ((np.arange(width) + 0.5) / width)[None, :]
    if even:
        u = np.minimum(u, u[:, ::-1])
    u, v = np.broadcast_arrays(u, v)
    paint = np.broadcast_to(np.asarray(base), (*size, 3)).copy()
    paint = blend(paint, tip, smoothstep(0.22, 0.62, v))
    dark = shade(base, 0.55)
    side = smoothstep(0.66, 0.72, u + 0.02 * np.sin(v * 40)) if not even else 1 - smoothstep(0.12, 0.18, u)
    paint = blend(paint, mix(dark, tip, 0.25), side * (0.42 if lit else 0.2))
    for _ in range(5):
        middle, sway, phase = rng.uniform(0.12, 0.88), rng.uniform(0.0, 0.04), rng.uniform(0, 6)
        thin = rng.uniform(0.010, 0.022)
        line = np.exp(-(((u - middle - sway * np.sin(v * 9 + phase)) / thin) ** 2))
        paint = blend(paint, dark, line * rng.uniform(0.25, 0.5))
    if lit:
        paint = blend(paint, light(base, 0.62), _ring(u, v, rng) * (0.85 if luminance(base) < 0.75 else 0.95))
    edge = smoothstep(0.86, 0.97, np.abs(2 * u - 1)) if not even else 1 - smoothstep(0.015, 0.07, u)
    return blend(paint, shade(base, 0.78), edge * 0.8)


def _ring(u: F8, v: F8, rng: np.random.Generator) -> F8:
    """Return where the ring of light lies: a band with jagged edges."""
    phase = rng.uniform(0, 6, 3)
    teeth = np.abs((u * 6 + phase[0]) % 2 - 1) * 0.022 + np.abs((u * 13 + phase[1]) % 2 - 1) * 0.012
    low = _RING + 0.030 + teeth
    high = _RING - 0.012 - 0.6 * teeth
    inside = smoothstep(-0.004, 0.004, v - high) * (1 - smoothstep(-0.004, 0.004, v - low))
    gap = 0.35 * (np.abs((u * 3.5 + phase[2]) % 1 - 0.5) < 0.07)
    return np.asarray(inside * (1 - gap) * smoothstep(0.04, 0.16, np.minimum(u, 1 - u)))


def paint_sheen(color: Color) -> U1:
    """Return a sphere map (64, 64, 4) to add: a faint light from above."""
    y, x = np.mgrid[0:64, 0:64] / 31.5 - 1
    glow = np.exp(-(((y + 0.45) / 0.28) ** 2) - (x / 0.75) ** 2) * 0.16 + 0.05 * smoothstep(
        0.75, 1.0, np.sqrt(x * x + y * y)
    )
    paint = np.asarray(mix(color, (1.0, 1.0, 1.0), 0.6)) * glow[..., None]
    return to_bytes(np.concatenate([paint, np.ones((64, 64, 1))], -1))
