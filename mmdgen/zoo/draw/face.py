"""Draw heads: skin, face, eyes, brows and mouth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmdgen.zoo.draw.pick import Rng, near, pick, rounded, rounded_color
from mmdgen.zoo.paint.color import hsv, mix, shade
from mmdgen.zoo.traits import BrowTraits, Color, EyeTraits, FaceTraits, MouthTraits

SKINS: Sequence[Color] = (
    (1.0, 0.945, 0.910), (1.0, 0.915, 0.860), (0.995, 0.885, 0.815), (0.975, 0.835, 0.735), (0.910, 0.735, 0.610),
    (0.790, 0.595, 0.455), (0.655, 0.460, 0.340), (0.530, 0.360, 0.265), (0.430, 0.290, 0.225),
)  # fmt: skip
SKIN_SHARES = (0.16, 0.20, 0.18, 0.13, 0.10, 0.08, 0.06, 0.05, 0.04)
FANTASY_SKINS: Sequence[Color] = ((0.78, 0.72, 0.90), (0.66, 0.82, 0.88), (0.72, 0.84, 0.68), (0.88, 0.66, 0.74))

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


def draw_skin(rng: Rng) -> Color:
    """Return the colour of the skin, now and then a fantastic one."""
    if rng.random() < 0.04:
        return pick(rng, FANTASY_SKINS)
    k = pick(rng, range(len(SKINS)), SKIN_SHARES)
    return rounded_color(mix(SKINS[k], SKINS[min(k + 1, len(SKINS) - 1)], float(rng.random())))


def draw_face(rng: Rng, *, boyish: bool) -> FaceTraits:
    """Return the shape of the head."""
    return FaceTraits(
        skull_height=2.80,
        width=rounded(rng.uniform(1.05, 1.14) - 0.02 * boyish),
        chin=near(rng, 0.27 + 0.03 * boyish, 0.03),
        jaw=near(rng, 0.60 + 0.02 * boyish, 0.025),
        cheek=near(rng, 0.855 - 0.01 * boyish, 0.02),
        nose=rounded(rng.uniform(0.085, 0.14)),
        nose_y=rounded(rng.uniform(0.66, 0.74)),
        ears="pointed" if rng.random() < 0.10 else "round",
    )


def draw_eyes(rng: Rng, *, boyish: bool, symmetric: bool) -> EyeTraits:
    """Return the eyes."""
    kind = pick(
        rng, tuple(EYES), (0.26, 0.2, 0.16, 0.22, 0.08, 0.08) if boyish else (0.28, 0.20, 0.18, 0.09, 0.16, 0.09)
    )
    shape = {k: near(rng, v, 0.025) for k, v in zip(_EYE_NUMBERS, EYES[kind], strict=True)}
    if boyish:
        shape["top"], shape["bottom"] = rounded(shape["top"] * 0.86), rounded(shape["bottom"] * 0.88)
    tall = shape["top"] + shape["bottom"]
    left = hsv(rng.random(), rng.uniform(0.45, 0.85), rng.uniform(0.55, 0.92))
    if rng.random() < 0.25:
        left = hsv(rng.uniform(0.03, 0.10), rng.uniform(0.45, 0.75), rng.uniform(0.40, 0.75))  # browns are common
    odd = rng.random() < 0.06 and not symmetric
    right = hsv(rng.random(), 0.7, 0.85) if odd else left
    return EyeTraits(
        kind=kind,
        x=rounded(rng.uniform(0.545, 0.58)),
        y=near(rng, 1.13, 0.025),
        **shape,
        iris_width=rounded(min(shape["width"] * rng.uniform(0.42, 0.46), 0.31)),
        iris_height=rounded(max(tall * rng.uniform(0.49, 0.54), 0.27)),
        lash=rounded(rng.uniform(0.055, 0.075) if boyish else rng.uniform(0.075, 0.105)),
        lash_spikes=0 if boyish else int(rng.integers(0, 4)),
        left_color=left,
        right_color=right,
        pupil=pick(rng, ("round", "slit", "star", "none"), (0.78, 0.08, 0.03, 0.11)),
        highlight=pick(rng, ("classic", "double", "ring")),
    )


def draw_brows(rng: Rng, *, boyish: bool) -> BrowTraits:
    """Return the brows."""
    return BrowTraits(
        gap=rounded(rng.uniform(0.13, 0.20) - 0.02 * boyish),
        length=rounded(rng.uniform(0.48, 0.62)),
        thickness=rounded(rng.uniform(0.035, 0.06) + 0.022 * boyish),
        slope=near(rng, 0.02 + 0.03 * boyish, 0.04),
        arch=rounded(rng.uniform(0.02, 0.08)),
        through_hair=bool(rng.random() < 0.45),
    )


def draw_mouth(rng: Rng, skin: Color) -> MouthTraits:
    """Return the mouth of a face with this skin."""
    inside = hsv(rng.uniform(-0.03, 0.02), rng.uniform(0.55, 0.75), rng.uniform(0.50, 0.75))
    if rng.random() < 0.15:
        inside = rounded_color(mix(inside, shade(skin, 0.25), 0.6))  # mouths close to the skin's colour exist
    return MouthTraits(
        y=rounded(rng.uniform(0.37, 0.43)),
        width=rounded(rng.uniform(0.15, 0.23)),
        smile=rounded(rng.uniform(0.010, 0.065)),
        opening=rounded(rng.uniform(0.27, 0.36)),
        jaw_drop=rounded(rng.uniform(0.02, 0.12)),
        fang=bool(rng.random() < 0.15),
        inside=inside,
        line=rounded_color(mix(shade(skin, 0.85), (0.25, 0.08, 0.08), 0.55)),
    )
