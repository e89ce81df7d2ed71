"""Colours as three sRGB numbers from 0 to 1, and how a painter changes them."""

from __future__ import annotations

import colorsys

from mmdgen.zoo.traits import Color

WHITE: Color = (1.0, 1.0, 1.0)
BLACK: Color = (0.0, 0.0, 0.0)


def mix(a: Color, b: Color, share: float) -> Color:
    """Return ``a`` with a share of ``b``."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def shade(color: Color, depth: float) -> Color:
    """Return the colour in shadow: darker, fuller, and a little toward violet; ``depth`` 0 to 1."""
    h, s, v = colorsys.rgb_to_hsv(*color)
    darker = colorsys.hsv_to_rgb(h, min(1.0, s * (1 + 0.55 * depth) + 0.04 * depth), v * (1 - 0.52 * depth))
    return mix(darker, (0.30, 0.16, 0.36), 0.16 * depth)


def light(color: Color, share: float) -> Color:
    """Return the colour in light: brighter, then whiter."""
    h, s, v = colorsys.rgb_to_hsv(*color)
    return mix(colorsys.hsv_to_rgb(h, s, min(1.0, v + share * 0.5)), WHITE, share * 0.8)


def hsv(hue: float, saturation: float, value: float) -> Color:
    """Return a colour from hue (in turns), saturation and value, rounded as traits are stored."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0))
    return (round(r, 3), round(g, 3), round(b, 3))


def luminance(color: Color) -> float:
    """Return how bright a colour looks, 0 to 1."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]
