"""Draw hair: colours and cuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mmdgen.zoo.draw.pick import Rng, accent, apart, pick, rounded, rounded_color, weighed
from mmdgen.zoo.dress.worn import ORNAMENTS
from mmdgen.zoo.hair.chains import NAMINGS
from mmdgen.zoo.hair.crown import AHOGE, EVEN_AHOGE
from mmdgen.zoo.hair.tied import TIED as _TIED
from mmdgen.zoo.paint.color import hsv, mix
from mmdgen.zoo.traits import Color, HairTraits

NATURAL_HAIR: Sequence[Color] = (
    (0.16, 0.13, 0.15), (0.28, 0.19, 0.15), (0.47, 0.31, 0.21), (0.70, 0.50, 0.32), (0.93, 0.80, 0.50),
    (0.98, 0.92, 0.74), (0.76, 0.33, 0.20), (0.86, 0.86, 0.90), (0.62, 0.64, 0.70),
)  # fmt: skip
TIED = tuple(_TIED)
Shares = Mapping[str, float]
BACKS: Shares = {
    "long": 11, "very_long": 4, "hime": 5, "wavy": 8, "curly": 5.5, "bob": 8, "long_bob": 4, "layered": 6, "wolf": 4,
    "flipped": 4, "short": 4, "pixie": 3, "tousled": 1, "undercut": 1, "mullet": 1, "puffy": 2,
    "twin_tails": 11, "drills": 4, "low_tails": 4, "ponytail": 5, "straight_pony": 2, "low_pony": 3, "side_tail": 4,
    "buns": 2, "bun_tails": 2, "low_bun": 2, "top_bun": 1.5, "braids": 3.5, "braid": 2.5, "crown_braid": 2,
    "half_up": 3, "two_side_up": 5,
}  # fmt: skip
BANGS: Shares = {
    "blunt": 11, "arched": 8, "choppy": 12, "center": 12, "m_shape": 8, "swept": 9, "parted": 5, "curtain": 5,
    "one_eye": 4, "spiky": 2, "swept_back": 3, "wispy": 5, "crossed": 6, "grown_out": 4, "slanted": 4, "baby": 2,
    "fluffy": 4, "side_short": 1,
}  # fmt: skip
SIDES: Shares = {"none": 7, "short": 14, "ear": 8, "chin": 20, "hime": 10, "long": 14, "longest": 4, "wavy": 7,
                 "curled": 4, "thin": 5, "flicked": 7}  # fmt: skip
MALE_BACKS: Shares = {"neat": 22, "short": 17, "tousled": 16, "spiked": 11, "undercut": 10, "pixie": 6, "wolf": 5,
                      "mullet": 4, "layered": 3, "long": 1, "low_pony": 3, "top_bun": 0.7, "curly": 0.5,
                      "puffy": 0.8}  # fmt: skip
MALE_BANGS: Shares = {"side_short": 18, "spiky": 16, "choppy": 13, "center": 10, "swept": 8, "raised": 9, "parted": 6,
                      "swept_back": 5, "one_eye": 3, "crossed": 6, "grown_out": 3, "fluffy": 3,
                      "m_shape": 3}  # fmt: skip
MALE_SIDES: Shares = {"ear": 55, "none": 25, "short": 20}
PATTERNS: Shares = {"plain": 74, "streaks": 6, "split": 2.5, "front": 4, "sides": 3, "bangs": 1.5, "inner": 9}
SHINES: Shares = {"ring": 36, "band": 16, "double": 12, "beads": 8, "streaks": 10, "zigzag": 6, "none": 12}
TIPS: Shares = {"tapered": 44, "needle": 18, "round": 12, "ragged": 14, "soft": 12}
AHOGES: Shares = dict(zip(AHOGE, (66, 9, 5, 5, 3, 3, 5, 2, 3), strict=True))
MALE_AHOGES = {**AHOGES, "heart": 0, "twin": 2}
SYMMETRIC_BANGS = ("blunt", "parted", "arched", "m_shape")
SYMMETRIC_BACKS = ("twin_tails", "low_tails", "drills", "buns", "bun_tails", "braids", "long", "bob", "hime")
UNDER_HATS = {"buns": "braids", "twin_tails": "low_tails", "drills": "low_tails", "bun_tails": "low_tails",
              "top_bun": "low_bun", "two_side_up": "long", "crown_braid": "long", "ponytail": "low_pony",
              "puffy": "curly", "spiked": "short"}  # fmt: skip


def _hair_color(rng: Rng) -> Color:
    if rng.random() < 0.48:
        k = pick(rng, NATURAL_HAIR)
        return rounded_color(mix(k, hsv(rng.random(), 0.4, max(k)), 0.10))
    return _dye(rng)


def _dye(rng: Rng) -> Color:
    hue = rng.random()
    garish = 0.20 * _near(hue, 0.27, 0.13) + 0.10 * _near(hue, 0.87, 0.08)  # bright greens and pinks burn the eye first
    return hsv(hue, rng.uniform(0.26, 0.66) - garish, rng.uniform(0.55, 0.97) - garish)


def _near(hue: float, middle: float, width: float) -> float:
    return float(2.718281828 ** -(((hue - middle) / width) ** 2))


def draw_hair(rng: Rng, skin: Color, *, boyish: bool, symmetric: bool) -> HairTraits:
    """Return the hair over a face of this skin; ``boyish`` and ``symmetric`` limit its cuts."""
    color = apart(_hair_color(rng), skin)
    fade, tip = pick(rng, ("gradient", "dipped", "roots"), (0.66, 0.20, 0.14)), color
    if rng.random() < 0.22:
        tip = apart(_dye(rng) if rng.random() < 0.6 else _hair_color(rng), skin)
    other = apart(_dye(rng) if rng.random() < 0.6 else pick(rng, NATURAL_HAIR), skin)
    back, bangs, side = (
        weighed(rng, shares) for shares in ((MALE_BACKS, MALE_BANGS, MALE_SIDES) if boyish else (BACKS, BANGS, SIDES))
    )
    if symmetric:
        bangs, back = pick(rng, SYMMETRIC_BANGS), pick(rng, SYMMETRIC_BACKS)
    if back == "puffy":
        side, bangs = "none", pick(rng, ("fluffy", "swept_back", "baby"))
    ornament = weighed(rng, ORNAMENTS)
    if boyish:
        ornament = pick(rng, ("none", "pins", "cross_pins"), (0.85, 0.10, 0.05))
    pattern = weighed(rng, PATTERNS)
    return HairTraits(
        bangs=bangs,
        sides=side,
        back=back,
        volume=rounded(rng.uniform(0.26, 0.36) if back == "puffy" else rng.triangular(0.08, 0.13, 0.34)),
        fullness=rounded(rng.uniform(0.45, 0.95) if boyish else rng.uniform(0.7, 1.5)),
        spread=rounded(rng.triangular(0.5, 0.9, 2.4)),
        color=color,
        tip_color=tip,
        other_color=other,
        pattern="plain" if symmetric and pattern in ("split", "streaks") else pattern,
        fade=fade,
        shine=weighed(rng, SHINES),
        tips=weighed(rng, TIPS),
        tip_alpha=rounded(rng.uniform(0.25, 0.7)) if rng.random() < 0.3 else 1.0,
        part=rounded(rng.uniform(-1, 1)),
        ahoge=pick(rng, EVEN_AHOGE, (0.8, 0.12, 0.08))
        if symmetric
        else weighed(rng, MALE_AHOGES if boyish else AHOGES),
        rigged=pick(rng, ("all", "tails", "none"), (0.72, 0.16, 0.12)),
        bone_names=pick(rng, tuple(NAMINGS), (0.5, 0.0, 0.0, 0.5) if symmetric else (0.46, 0.24, 0.20, 0.10)),
        ornament=ornament,
        ornament_color=accent(rng),
    )


def under_hat(hair: HairTraits) -> HairTraits:
    """Return the hair without what a hat would crush."""
    hair = replace(hair, ahoge="none", back=UNDER_HATS.get(hair.back, hair.back))
    return replace(hair, bangs="spiky") if hair.bangs == "raised" else hair
