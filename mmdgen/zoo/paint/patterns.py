"""Patterns of cloth as opacities of a second colour over the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mmdgen.zoo.mesh import F8

# All take x, y (H, W) in units of the cloth and return opacities (H, W); ``px`` is the width of a texel.
Pattern = Callable[[F8, F8, float], F8]


def _soft(distance: F8, px: float) -> F8:
    """Return 1 where ``distance`` is negative, antialiased over a texel."""
    result: F8 = np.clip(0.5 - distance / px, 0, 1)
    return result


def _wave(x: F8, period: float) -> F8:
    """Return the distance to the nearest multiple of ``period``."""
    return np.asarray(np.abs((x / period + 0.5) % 1 - 0.5) * period)


def _stripes(_: F8, y: F8, px: float) -> F8:
    return _soft(_wave(y, 0.30) - 0.07, px)


def _pinstripes(x: F8, _: F8, px: float) -> F8:
    return 0.8 * _soft(_wave(x, 0.16) - 0.012, px)


def _diagonal(x: F8, y: F8, px: float) -> F8:
    return _soft(_wave(x + y, 0.26) - 0.055, px)


def _gingham(x: F8, y: F8, px: float) -> F8:
    return 0.5 * _soft(_wave(x, 0.22) - 0.055, px) + 0.5 * _soft(_wave(y, 0.22) - 0.055, px)


def _tartan(x: F8, y: F8, px: float) -> F8:
    broad = 0.38 * (_soft(_wave(x, 0.5) - 0.10, px) + _soft(_wave(y, 0.5) - 0.10, px))
    thin = 0.7 * np.maximum(_soft(_wave(x + 0.25, 0.5) - 0.014, px), _soft(_wave(y + 0.25, 0.5) - 0.014, px))
    return np.maximum(broad, thin)


def _dots(x: F8, y: F8, px: float) -> F8:
    row = np.floor(y / 0.17 + 0.5)
    return _soft(np.hypot(_wave(x + 0.1 * (row % 2), 0.20), _wave(y, 0.17)) - 0.042, px)


def _argyle(x: F8, y: F8, px: float) -> F8:
    diamonds = 0.7 * _soft(_wave(x, 0.5) / 0.25 * 0.4 + _wave(y, 0.8) - 0.4, px)
    lines = np.minimum(_wave(x * 1.6 + y + 0.4, 0.8), _wave(x * 1.6 - y + 0.4, 0.8))
    return np.maximum(diamonds * 0.8, 0.6 * _soft(lines - 0.012, px))


def _stars(x: F8, y: F8, px: float) -> F8:
    row = np.floor(y / 0.32 + 0.5)
    dx = (x / 0.36 + 0.5 * (row % 2)) % 1 - 0.5
    dy = (y / 0.32 + 0.5) % 1 - 0.5
    turn, r = np.arctan2(np.abs(dx) * 0.36, dy * 0.32), np.hypot(dx * 0.36, dy * 0.32)
    spike = _wave(turn, 2 * np.pi / 5) / (np.pi / 5)
    return _soft(r - 0.075 * (1 - 0.55 * spike), px)


def _scales(x: F8, y: F8, px: float) -> F8:
    """Return overlapping rings of waves (seigaiha)."""
    row = np.floor(y / 0.12)
    dx, dy = _wave(x + 0.12 * (row % 2), 0.24), y - row * 0.12
    r = np.hypot(dx, dy)
    return 0.75 * _soft(np.minimum(np.abs(r - 0.115), np.abs(r - 0.07)) - 0.011, px) * (r < 0.13)


def _hemp(x: F8, y: F8, px: float) -> F8:
    """Return hemp leaves (asanoha): three families of lines."""
    lines = [_wave(x * np.cos(a) + y * np.sin(a), 0.16) for a in (0, np.pi / 3, 2 * np.pi / 3)]
    return 0.7 * _soft(np.minimum.reduce(lines) - 0.010, px)


def _blossoms(x: F8, y: F8, px: float) -> F8:
    row = np.floor(y / 0.42 + 0.5)
    dx = ((x / 0.5 + 0.5 * (row % 2)) % 1 - 0.5) * 0.5
    dy = ((y / 0.42 + 0.5) % 1 - 0.5) * 0.42
    turn, r = np.arctan2(np.abs(dx), dy), np.hypot(dx, dy)
    return _soft(r - 0.075 - 0.05 * np.abs(np.cos(2.5 * turn)), px) * (1 - _soft(r - 0.022, px))


def _checkers(x: F8, y: F8, px: float) -> F8:
    a, b = _soft(_wave(x, 0.4) - 0.1, px), _soft(_wave(y, 0.4) - 0.1, px)
    return a + b - 2 * a * b


def _ribs(x: F8, _: F8, px: float) -> F8:
    return 0.5 * _soft(_wave(x, 0.11) - 0.016, px)


def _cables(x: F8, y: F8, px: float) -> F8:
    across = (x / 0.42 + 0.5) % 1 - 0.5
    swing = 0.16 * np.sin(y * 2 * np.pi / 0.36)
    braid = np.minimum(np.abs(across - swing), np.abs(across + swing)) * 0.42 - 0.016
    rails = np.abs(np.abs(across) - 0.30) * 0.42 - 0.010
    return 0.6 * _soft(np.minimum(braid, rails), px)


PATTERNS: Mapping[str, Pattern] = {
    "stripes": _stripes, "pinstripes": _pinstripes, "diagonal": _diagonal, "gingham": _gingham, "tartan": _tartan,
    "dots": _dots, "argyle": _argyle, "stars": _stars, "scales": _scales, "hemp": _hemp, "blossoms": _blossoms,
    "checkers": _checkers, "ribs": _ribs, "cables": _cables,
}  # fmt: skip


def opacity(name: str, x: F8, y: F8, px: float) -> F8:
    """Return a pattern's opacities (H, W) at places (x, y) in units; x = 0 is a line of symmetry."""
    return np.clip(PATTERNS[name](x, y, px), 0, 1)
