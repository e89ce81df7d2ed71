"""Draw hair: colours and cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mmdgen.zoo.draw.pick import Rng, accent, pick, rounded, rounded_color, weighed
from mmdgen.zoo.dress.accessories import ORNAMENTS
from mmdgen.zoo.paint.color import hsv, mix
from mmdgen.zoo.traits import Color, HairTraits

NATURAL_HAIR: Sequence[Color] = (
    (0.16, 0.13, 0.15), (0.28, 0.19, 0.15), (0.47, 0.31, 0.21), (0.70, 0.50, 0.32), (0.93, 0.80, 0.50),
    (0.98, 0.92, 0.74), (0.76, 0.33, 0.20), (0.86, 0.86, 0.90), (0.62, 0.64, 0.70),
)  # fmt: skip
TIED = ("twin_tails", "low_tails", "ponytail", "side_tail", "braids")
MALE_BANGS = ("spiky", "choppy", "swept", "center", "parted", "one_eye")
BACK_SHARES = {"long": 16, "wavy": 10, "bob": 14, "layered": 10, "short": 5, "twin_tails": 12, "low_tails": 6,
               "ponytail": 10, "side_tail": 6, "buns": 6, "braids": 5}  # fmt: skip
BANGS_SHARES = {"blunt": 18, "choppy": 20, "center": 20, "swept": 16, "parted": 10, "one_eye": 5, "spiky": 4,
                "swept_back": 7}  # fmt: skip
SYMMETRIC_BANGS = ("blunt", "parted")


def _hair_color(rng: Rng) -> Color:
    if rng.random() < 0.48:
        k = pick(rng, NATURAL_HAIR)
        return rounded_color(mix(k, hsv(rng.random(), 0.4, max(k)), 0.10))
    hue = rng.random()
    garish = 0.20 * float(np.exp(-(((hue - 0.27) / 0.13) ** 2)))  # bright greens and pinks burn the eye first
    garish += 0.10 * float(np.exp(-(((hue - 0.87) / 0.08) ** 2)))
    return hsv(hue, rng.uniform(0.26, 0.66) - garish, rng.uniform(0.55, 0.97) - garish)


def draw_hair(rng: Rng, *, boyish: bool, symmetric: bool) -> HairTraits:
    """Return the hair; ``boyish`` and ``symmetric`` limit its cuts."""
    color = _hair_color(rng)
    tip = color
    if rng.random() < 0.22:
        tip = hsv(rng.random(), rng.uniform(0.3, 0.7), rng.uniform(0.7, 1.0))
    if boyish:
        back = pick(rng, ("short", "layered", "bob", "ponytail"), (0.68, 0.18, 0.08, 0.06))
        bangs = pick(rng, MALE_BANGS, (0.32, 0.22, 0.16, 0.14, 0.10, 0.06))
        side = pick(rng, ("short", "none", "chin"), (0.6, 0.25, 0.15))
    else:
        back = weighed(rng, BACK_SHARES)
        bangs = weighed(rng, BANGS_SHARES)
        side = pick(rng, ("none", "short", "chin", "hime", "long", "wavy"), (0.08, 0.20, 0.28, 0.14, 0.20, 0.10))
    if symmetric:
        bangs, back = (
            pick(rng, SYMMETRIC_BANGS),
            pick(rng, ("twin_tails", "low_tails", "buns", "braids", "long", "bob")),
        )
    ornament = pick(rng, ORNAMENTS, (0.34, 0.20, 0.14, 0.12, 0.10, 0.10))
    if boyish:
        ornament = pick(rng, ("none", "pins"), (0.85, 0.15))
    return HairTraits(
        bangs=bangs,
        sides=side,
        back=back,
        volume=rounded(rng.uniform(0.11, 0.17)),
        color=color,
        tip_color=tip,
        streak=hsv(rng.random(), rng.uniform(0.3, 0.8), rng.uniform(0.6, 1.0))
        if rng.random() < 0.13 and not symmetric
        else None,
        part=rounded(rng.uniform(-1, 1)),
        ahoge=0 if symmetric else int(pick(rng, (0, 1, 2), (0.66, 0.27, 0.07))),
        ornament=ornament,
        ornament_color=accent(rng),
    )


def under_hat(hair: HairTraits, worn: str) -> HairTraits:
    """Return the hair without what a hat would crush."""
    if worn in ("hat", "beret"):
        hair = replace(hair, ahoge=0)
    on_top = hair.ornament in ("band", "ribbon") or (hair.ornament == "bows" and hair.back not in TIED)
    if worn in ("hat", "beret", "headphones", "cat_ears") and on_top:
        hair = replace(hair, ornament="none")
    if worn in ("hat", "beret") and hair.back in ("buns", "twin_tails"):
        hair = replace(hair, back="braids" if hair.back == "buns" else "low_tails")
    return hair
