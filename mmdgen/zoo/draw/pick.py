"""Dice of the draw: streams, choices, jitter and colours as traits store them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from mmdgen.zoo.paint.color import hsv, light, luminance, mix
from mmdgen.zoo.traits import Color

T = TypeVar("T")
Rng = np.random.Generator


def rng_for(seed: int, index: int, group: str) -> Rng:
    """Return the random stream of one group of traits of one character."""
    return np.random.default_rng(np.random.SeedSequence([seed, index, zlib.crc32(group.encode())]))


def rounded(value: float) -> float:
    """Return a number as traits store it."""
    return round(float(value), 4)


def rounded_color(color: Color) -> Color:
    """Return a colour as traits store it."""
    return (rounded(color[0]), rounded(color[1]), rounded(color[2]))


def pick(rng: Rng, options: Sequence[T], shares: Sequence[float] | None = None) -> T:
    """Return one of the options, by shares if given."""
    weights = None if shares is None else np.asarray(shares) / np.sum(shares)
    return options[int(rng.choice(len(options), p=weights))]


def weighed(rng: Rng, shares: Mapping[str, float]) -> str:
    """Return one of the keys by its share."""
    return pick(rng, tuple(shares), tuple(shares.values()))


def near(rng: Rng, value: float, spread: float) -> float:
    """Return a number about ``value``, at most two spreads off."""
    return rounded(value + spread * float(np.clip(rng.normal(), -2, 2)))


def unlikeness(a: Color, b: Color) -> float:
    """Return how well two colours beside each other are told apart: by brightness first, less by hue."""
    one, other = luminance(a), luminance(b)
    tints = [(x - one) - (y - other) for x, y in zip(a, b, strict=True)]
    return float(np.hypot(one - other, 0.45 * np.linalg.norm(tints)))


def apart(color: Color, skin: Color) -> Color:
    """Return the colour, made lighter or darker until it does not melt into the skin: least of all on dark skin."""
    bright = luminance(skin)
    goal = float(np.interp(bright, (0.30, 0.60, 0.85, 0.95), (0.22, 0.18, 0.10, 0.06)))
    lighter = luminance(color) > bright if bright > 0.35 else True
    for _ in range(40):
        if unlikeness(color, skin) >= goal:
            break
        color = light(color, 0.06) if lighter else mix(color, (0.06, 0.04, 0.06), 0.08)
        if luminance(color) > 0.97:
            lighter = False
    return rounded_color(color)


def accent(rng: Rng) -> Color:
    """Return a colour for ornaments."""
    if rng.random() < 0.25:
        return pick(rng, ((0.95, 0.95, 0.96), (0.16, 0.15, 0.19), (0.85, 0.68, 0.30)))
    return hsv(rng.random(), rng.uniform(0.45, 0.85), rng.uniform(0.6, 0.95))
