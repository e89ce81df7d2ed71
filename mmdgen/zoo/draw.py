"""Draw a character's traits: palettes, shapes and habits, each group from a random stream of its own.

A stream depends on (seed, index, group), so that a new group, or a new number in one, leaves the others as they were.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from mmdgen.zoo.dress.accessories import ORNAMENTS, WORN
from mmdgen.zoo.dress.outfit import OUTFITS
from mmdgen.zoo.paint.color import hsv, luminance, mix, shade
from mmdgen.zoo.traits import (
    BrowTraits,
    Color,
    EyeTraits,
    FaceTraits,
    HabitTraits,
    HairTraits,
    MouthTraits,
    OutfitTraits,
    Traits,
)

T = TypeVar("T")
Rng = np.random.Generator

SKINS: Sequence[Color] = (
    (1.0, 0.945, 0.910), (1.0, 0.915, 0.860), (0.995, 0.885, 0.815), (0.975, 0.835, 0.735), (0.910, 0.735, 0.610),
    (0.790, 0.595, 0.455), (0.655, 0.460, 0.340), (0.530, 0.360, 0.265), (0.430, 0.290, 0.225),
)  # fmt: skip
SKIN_SHARES = (0.16, 0.20, 0.18, 0.13, 0.10, 0.08, 0.06, 0.05, 0.04)
FANTASY_SKINS: Sequence[Color] = ((0.78, 0.72, 0.90), (0.66, 0.82, 0.88), (0.72, 0.84, 0.68), (0.88, 0.66, 0.74))

NATURAL_HAIR: Sequence[Color] = (
    (0.16, 0.13, 0.15), (0.28, 0.19, 0.15), (0.47, 0.31, 0.21), (0.70, 0.50, 0.32), (0.93, 0.80, 0.50),
    (0.98, 0.92, 0.74), (0.76, 0.33, 0.20), (0.86, 0.86, 0.90), (0.62, 0.64, 0.70),
)  # fmt: skip

# Base shapes of eyes; every number is then jittered.
_EYE_NUMBERS = ("width", "top", "bottom", "tilt", "peak", "low_peak", "upper_power", "lower_power")
EYES: Mapping[str, tuple[float, ...]] = {
    "round": (0.66, 0.42, 0.31, 0.03, 0.46, 0.50, 0.58, 0.72),
    "upturned": (0.70, 0.37, 0.27, 0.15, 0.50, 0.58, 0.60, 0.80),
    "droopy": (0.68, 0.40, 0.28, -0.07, 0.42, 0.62, 0.56, 0.70),
    "sharp": (0.70, 0.29, 0.22, 0.13, 0.44, 0.58, 0.66, 0.90),
    "wide": (0.62, 0.46, 0.34, 0.04, 0.48, 0.50, 0.52, 0.62),
    "sleepy": (0.68, 0.30, 0.28, 0.01, 0.48, 0.50, 0.42, 0.70),
}
_SYLLABLES = tuple(
    tuple(pair.split(":") for pair in part.split())
    for part in (
        "mi:ミ yu:ユ ha:ハ ri:リ ko:コ sa:サ na:ナ a:ア ki:キ mo:モ shi:シ ra:ラ te:テ no:ノ fu:フ e:エ lu:ル za:ザ",
        "ru:ル ka:カ na:ナ ri:リ to:ト mi:ミ yo:ヨ sa:サ ne:ネ ha:ハ ki:キ zu:ズ",
        ": ka:カ na:ナ mi:ミ ri:リ to:ト n:ン ha:ハ ki:キ ya:ヤ o:オ",
    )
)
TIED = ("twin_tails", "low_tails", "ponytail", "side_tail", "braids")
MALE_BANGS = ("spiky", "choppy", "swept", "center", "parted", "one_eye")
BACK_SHARES = {"long": 16, "wavy": 10, "bob": 14, "layered": 10, "short": 5, "twin_tails": 12, "low_tails": 6,
               "ponytail": 10, "side_tail": 6, "buns": 6, "braids": 5}  # fmt: skip
BANGS_SHARES = {"blunt": 18, "choppy": 20, "center": 20, "swept": 16, "parted": 10, "one_eye": 5, "spiky": 4,
                "swept_back": 7}  # fmt: skip
SYMMETRIC_BANGS = ("blunt", "parted")


def rng_for(seed: int, index: int, group: str) -> Rng:
    """Return the random stream of one group of traits of one character."""
    return np.random.default_rng(np.random.SeedSequence([seed, index, zlib.crc32(group.encode())]))


def draw_traits(seed: int, index: int, *, symmetric: bool = False) -> Traits:
    """Return the traits of character ``index`` of the zoo with this seed."""
    streams = {
        group: rng_for(seed, index, group)
        for group in ("self", "skin", "face", "eyes", "brows", "mouth", "hair", "outfit", "worn", "habits")
    }
    boyish = bool(streams["self"].random() < 0.28) and not symmetric
    name, name_ja = _name(streams["self"])
    skin = _skin(streams["skin"])
    hair = _hair(streams["hair"], boyish=boyish, symmetric=symmetric)
    outfit = _outfit(streams["outfit"], boyish=boyish, symmetric=symmetric)
    worn = _worn(streams["worn"], symmetric=symmetric)
    hair = _under(hair, worn)
    return Traits(
        name=name,
        name_ja=name_ja,
        symmetric=symmetric,
        chin_height=_r(streams["self"].uniform(14.6, 16.8)),
        skin=skin,
        blush=_r(streams["skin"].uniform(0.15, 0.85)),
        lips=_c(mix(skin, (0.90, 0.35, 0.38), float(streams["skin"].uniform(0.15, 0.6)))),
        face=_face(streams["face"], boyish=boyish),
        eyes=_eyes(streams["eyes"], boyish=boyish, symmetric=symmetric),
        brows=_brows(streams["brows"], boyish=boyish),
        mouth=_mouth(streams["mouth"], skin),
        hair=hair,
        outfit=outfit,
        accessory=worn,
        accessory_color=_accent(streams["worn"]),
        habits=_habits(streams["habits"]),
    )


def _r(value: float) -> float:
    return round(float(value), 4)


def _c(color: Color) -> Color:
    return (_r(color[0]), _r(color[1]), _r(color[2]))


def _pick(rng: Rng, options: Sequence[T], shares: Sequence[float] | None = None) -> T:
    weights = None if shares is None else np.asarray(shares) / np.sum(shares)
    return options[int(rng.choice(len(options), p=weights))]


def _weighed(rng: Rng, shares: Mapping[str, float]) -> str:
    return _pick(rng, tuple(shares), tuple(shares.values()))


def _near(rng: Rng, value: float, spread: float) -> float:
    return _r(value + spread * float(np.clip(rng.normal(), -2, 2)))


def _name(rng: Rng) -> tuple[str, str]:
    """Return a name in Latin letters and in kana."""
    picked = [_pick(rng, part) for part in _SYLLABLES]
    return "".join(latin for latin, _ in picked), "".join(kana for _, kana in picked)


def _skin(rng: Rng) -> Color:
    if rng.random() < 0.04:
        return _pick(rng, FANTASY_SKINS)
    k = _pick(rng, range(len(SKINS)), SKIN_SHARES)
    return _c(mix(SKINS[k], SKINS[min(k + 1, len(SKINS) - 1)], float(rng.random())))


def _face(rng: Rng, *, boyish: bool) -> FaceTraits:
    return FaceTraits(
        skull_height=2.80,
        width=_r(rng.uniform(1.05, 1.14) - 0.02 * boyish),
        chin=_near(rng, 0.27 + 0.03 * boyish, 0.03),
        jaw=_near(rng, 0.60 + 0.02 * boyish, 0.025),
        cheek=_near(rng, 0.855 - 0.01 * boyish, 0.02),
        nose=_r(rng.uniform(0.085, 0.14)),
        nose_y=_r(rng.uniform(0.66, 0.74)),
        ears="pointed" if rng.random() < 0.10 else "round",
    )


def _eyes(rng: Rng, *, boyish: bool, symmetric: bool) -> EyeTraits:
    kind = _pick(
        rng, tuple(EYES), (0.26, 0.2, 0.16, 0.22, 0.08, 0.08) if boyish else (0.28, 0.20, 0.18, 0.09, 0.16, 0.09)
    )
    shape = {k: _near(rng, v, 0.025) for k, v in zip(_EYE_NUMBERS, EYES[kind], strict=True)}
    if boyish:
        shape["top"], shape["bottom"] = _r(shape["top"] * 0.86), _r(shape["bottom"] * 0.88)
    tall = shape["top"] + shape["bottom"]
    left = hsv(rng.random(), rng.uniform(0.45, 0.85), rng.uniform(0.55, 0.92))
    if rng.random() < 0.25:
        left = hsv(rng.uniform(0.03, 0.10), rng.uniform(0.45, 0.75), rng.uniform(0.40, 0.75))  # browns are common
    odd = rng.random() < 0.06 and not symmetric
    right = hsv(rng.random(), 0.7, 0.85) if odd else left
    return EyeTraits(
        kind=kind,
        x=_r(rng.uniform(0.545, 0.58)),
        y=_near(rng, 1.13, 0.025),
        **shape,
        iris_width=_r(min(shape["width"] * rng.uniform(0.42, 0.46), 0.31)),
        iris_height=_r(max(tall * rng.uniform(0.49, 0.54), 0.27)),
        lash=_r(rng.uniform(0.055, 0.075) if boyish else rng.uniform(0.075, 0.105)),
        lash_spikes=0 if boyish else int(rng.integers(0, 4)),
        left_color=left,
        right_color=right,
        pupil=_pick(rng, ("round", "slit", "star", "none"), (0.78, 0.08, 0.03, 0.11)),
        highlight=_pick(rng, ("classic", "double", "ring")),
    )


def _brows(rng: Rng, *, boyish: bool) -> BrowTraits:
    return BrowTraits(
        gap=_r(rng.uniform(0.13, 0.20) - 0.02 * boyish),
        length=_r(rng.uniform(0.48, 0.62)),
        thickness=_r(rng.uniform(0.035, 0.06) + 0.022 * boyish),
        slope=_near(rng, 0.02 + 0.03 * boyish, 0.04),
        arch=_r(rng.uniform(0.02, 0.08)),
        through_hair=bool(rng.random() < 0.45),
    )


def _mouth(rng: Rng, skin: Color) -> MouthTraits:
    inside = hsv(rng.uniform(-0.03, 0.02), rng.uniform(0.55, 0.75), rng.uniform(0.50, 0.75))
    if rng.random() < 0.15:
        inside = _c(mix(inside, shade(skin, 0.25), 0.6))  # mouths close to the skin's colour exist
    return MouthTraits(
        y=_r(rng.uniform(0.37, 0.43)),
        width=_r(rng.uniform(0.15, 0.23)),
        smile=_r(rng.uniform(0.010, 0.065)),
        opening=_r(rng.uniform(0.27, 0.36)),
        jaw_drop=_r(rng.uniform(0.02, 0.12)),
        fang=bool(rng.random() < 0.15),
        inside=inside,
        line=_c(mix(shade(skin, 0.85), (0.25, 0.08, 0.08), 0.55)),
    )


def _hair_color(rng: Rng) -> Color:
    if rng.random() < 0.48:
        k = _pick(rng, NATURAL_HAIR)
        return _c(mix(k, hsv(rng.random(), 0.4, max(k)), 0.10))
    hue = rng.random()
    garish = 0.20 * float(np.exp(-(((hue - 0.27) / 0.13) ** 2)))  # bright greens and pinks burn the eye first
    garish += 0.10 * float(np.exp(-(((hue - 0.87) / 0.08) ** 2)))
    return hsv(hue, rng.uniform(0.26, 0.66) - garish, rng.uniform(0.55, 0.97) - garish)


def _hair(rng: Rng, *, boyish: bool, symmetric: bool) -> HairTraits:
    color = _hair_color(rng)
    tip = color
    if rng.random() < 0.22:
        tip = hsv(rng.random(), rng.uniform(0.3, 0.7), rng.uniform(0.7, 1.0))
    if boyish:
        back = _pick(rng, ("short", "layered", "bob", "ponytail"), (0.68, 0.18, 0.08, 0.06))
        bangs = _pick(rng, MALE_BANGS, (0.32, 0.22, 0.16, 0.14, 0.10, 0.06))
        side = _pick(rng, ("short", "none", "chin"), (0.6, 0.25, 0.15))
    else:
        back = _weighed(rng, BACK_SHARES)
        bangs = _weighed(rng, BANGS_SHARES)
        side = _pick(rng, ("none", "short", "chin", "hime", "long", "wavy"), (0.08, 0.20, 0.28, 0.14, 0.20, 0.10))
    if symmetric:
        bangs, back = (
            _pick(rng, SYMMETRIC_BANGS),
            _pick(rng, ("twin_tails", "low_tails", "buns", "braids", "long", "bob")),
        )
    ornament = _pick(rng, ORNAMENTS, (0.34, 0.20, 0.14, 0.12, 0.10, 0.10))
    if boyish:
        ornament = _pick(rng, ("none", "pins"), (0.85, 0.15))
    return HairTraits(
        bangs=bangs,
        sides=side,
        back=back,
        volume=_r(rng.uniform(0.11, 0.17)),
        color=color,
        tip_color=tip,
        streak=hsv(rng.random(), rng.uniform(0.3, 0.8), rng.uniform(0.6, 1.0))
        if rng.random() < 0.13 and not symmetric
        else None,
        part=_r(rng.uniform(-1, 1)),
        ahoge=0 if symmetric else int(_pick(rng, (0, 1, 2), (0.66, 0.27, 0.07))),
        ornament=ornament,
        ornament_color=_accent(rng),
    )


def _under(hair: HairTraits, worn: str) -> HairTraits:
    """Return the hair without what a hat would crush."""
    if worn in ("hat", "beret"):
        hair = replace(hair, ahoge=0)
    on_top = hair.ornament in ("band", "ribbon") or (hair.ornament == "bows" and hair.back not in TIED)
    if worn in ("hat", "beret", "headphones", "cat_ears") and on_top:
        hair = replace(hair, ornament="none")
    if worn in ("hat", "beret") and hair.back in ("buns", "twin_tails"):
        hair = replace(hair, back="braids" if hair.back == "buns" else "low_tails")
    return hair


def _accent(rng: Rng) -> Color:
    if rng.random() < 0.25:
        return _pick(rng, ((0.95, 0.95, 0.96), (0.16, 0.15, 0.19), (0.85, 0.68, 0.30)))
    return hsv(rng.random(), rng.uniform(0.45, 0.85), rng.uniform(0.6, 0.95))


def _outfit(rng: Rng, *, boyish: bool, symmetric: bool) -> OutfitTraits:
    kinds = tuple(k for k in OUTFITS if not (boyish and k in ("dress", "sailor")) and not (symmetric and k == "kimono"))
    kind = _pick(rng, kinds)
    hue = rng.random()
    main = hsv(hue, rng.uniform(0.15, 0.65), rng.uniform(0.35, 0.95))
    trim = hsv(hue + rng.uniform(-0.08, 0.08), rng.uniform(0.3, 0.8), 0.92 if luminance(main) < 0.5 else 0.40)
    if kind == "sailor":
        main = (0.97, 0.97, 0.985) if rng.random() < 0.7 else hsv(hue, 0.35, 0.35)
        trim = hsv(hue, rng.uniform(0.4, 0.75), rng.uniform(0.30, 0.60))
    elif kind == "armor":
        main, trim = hsv(hue, rng.uniform(0.05, 0.2), rng.uniform(0.62, 0.88)), (0.86, 0.68, 0.32)
    elif rng.random() < 0.2:
        main = _pick(rng, ((0.96, 0.96, 0.97), (0.18, 0.17, 0.21)))
    return OutfitTraits(kind=kind, main=main, trim=trim, accent=_accent(rng))


def _worn(rng: Rng, *, symmetric: bool) -> str:
    kinds = tuple(k for k in WORN if not (symmetric and k == "beret"))
    return _pick(rng, kinds, [0.50] + [0.5 / (len(kinds) - 1)] * (len(kinds) - 1))


def _habits(rng: Rng) -> HabitTraits:
    return HabitTraits(
        swapped=bool(rng.random() < 0.30),
        winks=_pick(rng, ("all", "plain", "smile", "none"), (0.78, 0.08, 0.06, 0.08)),
        blink_group=bool(rng.random() < 0.18),
        spelling=int(rng.integers(0, 4)),
        blush_overlay=bool(rng.random() < 0.7),
        shine_morph=_pick(rng, ("uv", "material")),
        sdef_neck=bool(rng.random() < 0.4),
        sheen=bool(rng.random() < 0.5),
        japanese_file=bool(rng.random() < 0.25),
        texture_folder=_pick(rng, ("", "tex\\", "tex/"), (0.6, 0.25, 0.15)),
    )
