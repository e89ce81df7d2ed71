"""Draw heads: skin, the shape of the face, brows and mouth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmdgen.zoo.draw.pick import Rng, near, pick, rounded, rounded_color, weighed
from mmdgen.zoo.paint.color import hsv, luminance, mix, shade
from mmdgen.zoo.traits import BrowTraits, Color, FaceTraits, MouthTraits, StyleTraits

SKINS: Sequence[Color] = (
    (1.0, 0.945, 0.910), (1.0, 0.915, 0.860), (0.995, 0.885, 0.815), (0.975, 0.835, 0.735), (0.910, 0.735, 0.610),
    (0.790, 0.595, 0.455), (0.655, 0.460, 0.340), (0.530, 0.360, 0.265), (0.420, 0.280, 0.215), (0.320, 0.205, 0.165),
)  # fmt: skip
SKIN_SHARES = (0.16, 0.20, 0.17, 0.13, 0.10, 0.08, 0.06, 0.05, 0.05)
FANTASY_SKINS: Sequence[Color] = (
    (0.78, 0.72, 0.90), (0.66, 0.82, 0.88), (0.72, 0.84, 0.68), (0.88, 0.66, 0.74), (0.62, 0.48, 0.80),
    (0.48, 0.60, 0.84), (0.46, 0.66, 0.50), (0.84, 0.42, 0.40), (0.80, 0.80, 0.84), (0.36, 0.30, 0.52),
)  # fmt: skip
_FANTASY = 0.08

# width; tip, chin, jaw and cheek as Skull takes them
_SHAPE_NUMBERS = ("width", "tip", "chin", "jaw", "cheek")
SHAPES: Mapping[str, tuple[float, ...]] = {
    "oval": (1.09, 0.57, 0.33, 0.65, 0.88),
    "pointed": (1.08, 0.38, 0.21, 0.54, 0.835),
    "round": (1.14, 0.66, 0.40, 0.75, 0.93),
    "square": (1.07, 0.70, 0.42, 0.73, 0.885),
    "long": (1.02, 0.60, 0.36, 0.71, 0.89),
    "heart": (1.13, 0.46, 0.25, 0.58, 0.905),
}
_SHAPE_SHARES = {
    "child": (0.26, 0.08, 0.48, 0.02, 0.00, 0.16),
    "female": (0.30, 0.22, 0.18, 0.04, 0.08, 0.18),
    "male": (0.22, 0.18, 0.06, 0.26, 0.26, 0.02),
}
_EARS = {"round": 0.60, "small": 0.20, "pointed": 0.13, "long": 0.07}
_NOSES = {"dot": 0.20, "line": 0.20, "wedge": 0.26, "shadow": 0.22, "none": 0.12}
_BLUSHES = {"soft": 0.52, "strokes": 0.24, "oval": 0.14, "across": 0.10}
_MARKS = {"none": 0.84, "freckles": 0.05, "mole": 0.06, "paint": 0.03, "scar": 0.02}

# gap over the eye, length, thickness, slope, arch
_BROW_NUMBERS = ("gap", "length", "thickness", "slope", "arch")
BROWS: Mapping[str, tuple[float, ...]] = {
    "soft": (0.17, 0.54, 0.046, 0.01, 0.06),
    "thin": (0.18, 0.56, 0.026, 0.02, 0.07),
    "thick": (0.16, 0.52, 0.085, 0.03, 0.04),
    "short": (0.22, 0.20, 0.095, 0.00, 0.02),
    "angled": (0.15, 0.58, 0.052, 0.12, 0.05),
    "arched": (0.19, 0.56, 0.042, 0.01, 0.12),
    "straight": (0.14, 0.50, 0.055, -0.01, 0.01),
    "worried": (0.19, 0.50, 0.044, -0.11, 0.05),
}
_BROW_SHARES = (0.30, 0.14, 0.10, 0.06, 0.12, 0.10, 0.10, 0.08)


def draw_skin(rng: Rng) -> Color:
    """Return the colour of the skin, now and then a fantastic one."""
    if rng.random() < _FANTASY:
        one = pick(rng, FANTASY_SKINS)
        return rounded_color(mix(one, hsv(rng.random(), 0.4, max(one)), float(rng.uniform(0, 0.25))))
    k = pick(rng, range(len(SKIN_SHARES)), SKIN_SHARES)
    return rounded_color(mix(SKINS[k], SKINS[k + 1], float(rng.random())))


def draw_lips(rng: Rng, skin: Color) -> Color:
    """Return the colour of the lips on this skin."""
    red = pick(rng, ((0.90, 0.35, 0.38), (0.86, 0.28, 0.45), (0.80, 0.40, 0.30)))
    return rounded_color(mix(skin, red, float(rng.uniform(0.15, 0.65))))


def draw_face(rng: Rng, figure: StyleTraits, skin: Color) -> FaceTraits:
    """Return the shape of the head and what is painted on its skin."""
    kin = "child" if figure.age == "child" or figure.chibi else "male" if figure.male else "female"
    shape = pick(rng, tuple(SHAPES), _SHAPE_SHARES[kin])
    width, tip, chin, jaw, cheek = SHAPES[shape]
    grown = figure.age == "adult"
    width += {"child": 0.035, "female": 0.0, "male": -0.01}[kin] - 0.02 * grown
    jaw = near(rng, jaw, 0.035)
    paint = hsv(rng.random(), rng.uniform(0.5, 0.8), 0.80) if luminance(skin) > 0.35 else (0.92, 0.86, 0.70)
    return FaceTraits(
        shape=shape,
        skull_height=near(rng, 2.80, 0.05),
        width=near(rng, width, 0.032),
        tip=near(rng, tip, 0.06),
        chin=near(rng, chin, 0.032),
        jaw=jaw,
        cheek=rounded(min(max(near(rng, cheek, 0.022), jaw + 0.08), 0.94)),
        nose=rounded(rng.uniform(0.06, 0.11) + 0.03 * (kin != "child") + 0.035 * (grown and figure.male)),
        nose_y=rounded(rng.uniform(0.56, 0.65) - 0.05 * (kin == "child")),
        nose_mark=weighed(rng, _NOSES),
        ears=weighed(rng, _EARS),
        mark=weighed(rng, _MARKS),
        mark_side=int(pick(rng, (-1, 1))),
        mark_color=paint,
        blush_style=weighed(rng, _BLUSHES),
    )


def draw_brows(rng: Rng, figure: StyleTraits) -> BrowTraits:
    """Return the brows."""
    kind = pick(rng, tuple(BROWS), _BROW_SHARES)
    gap, length, thickness, slope, arch = BROWS[kind]
    sturdy = figure.male and figure.age != "child"
    return BrowTraits(
        kind=kind,
        gap=near(rng, gap - 0.035 * sturdy, 0.015),
        length=near(rng, length, 0.02),
        thickness=near(rng, thickness * (1.4 if sturdy else 1.0), 0.004),
        slope=near(rng, slope + 0.04 * sturdy, 0.02),
        arch=near(rng, arch * (0.7 if sturdy else 1.0), 0.01),
        through_hair=bool(rng.random() < 0.45),
    )


def draw_mouth(rng: Rng, figure: StyleTraits, skin: Color, *, symmetric: bool) -> MouthTraits:
    """Return the mouth of a face with this skin."""
    inside = hsv(rng.uniform(-0.05, 0.03), rng.uniform(0.50, 0.78), rng.uniform(0.42, 0.80))
    if rng.random() < 0.20:
        inside = rounded_color(mix(inside, shade(skin, 0.25), 0.6))  # mouths close to the skin's colour exist
    young = figure.age == "child" or figure.chibi
    boyish = figure.male and not young
    y = rounded(rng.uniform(0.32, 0.38) - 0.02 * young + 0.02 * (figure.age == "adult"))
    line = mix(shade(skin, 0.85), (0.25, 0.08, 0.08), float(rng.uniform(0.3, 0.7)))
    return MouthTraits(
        y=y,
        width=rounded(rng.uniform(0.11, 0.24) + 0.035 * boyish - 0.02 * young),
        smile=rounded(rng.uniform(-0.015, 0.065) - 0.01 * boyish),
        opening=rounded(min(rng.uniform(0.24, 0.36), 0.95 * y)),
        jaw_drop=rounded(rng.uniform(0.02, 0.12)),
        fang=pick(rng, ("none", "both" if symmetric else "one", "both"), (0.84, 0.07, 0.09)),
        teeth=pick(rng, ("upper", "both", "none"), (0.62, 0.18, 0.20)),
        lip=rounded(rng.uniform(0.0, 0.35) if boyish or young else rng.uniform(0.15, 0.95)),
        inside=inside,
        line=rounded_color(line),
    )
