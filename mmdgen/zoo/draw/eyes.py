"""Draw eyes: shapes by name, their size and place by age, colours and what shines in them."""

from __future__ import annotations

from collections.abc import Mapping

from mmdgen.zoo.draw.pick import Rng, near, pick, rounded, rounded_color, weighed
from mmdgen.zoo.paint.color import hsv, luminance, mix, shade
from mmdgen.zoo.traits import Color, EyeTraits, FaceTraits, StyleTraits

# Base shapes of eyes; every number is then jittered. The last three: the iris's half-width as a share of the eye's
# width, its half-height, and how far it rises off the lower lid.
_NUMBERS = ("width", "top", "bottom", "tilt", "peak", "low_peak", "upper_power", "lower_power")
EYES: Mapping[str, tuple[float, ...]] = {
    "round": (0.66, 0.42, 0.31, 0.03, 0.46, 0.50, 0.58, 0.72, 0.44, 0.37, 0.0),
    "big": (0.70, 0.47, 0.37, 0.02, 0.48, 0.50, 0.52, 0.62, 0.44, 0.44, 0.0),
    "droopy": (0.68, 0.40, 0.29, -0.09, 0.40, 0.64, 0.56, 0.70, 0.43, 0.36, 0.0),
    "upturned": (0.70, 0.37, 0.26, 0.16, 0.50, 0.58, 0.60, 0.80, 0.43, 0.33, 0.0),
    "cat": (0.72, 0.36, 0.25, 0.20, 0.42, 0.64, 0.70, 0.92, 0.40, 0.33, 0.0),
    "sharp": (0.70, 0.28, 0.21, 0.14, 0.44, 0.60, 0.70, 0.92, 0.40, 0.29, 0.0),
    "narrow": (0.66, 0.215, 0.17, 0.09, 0.45, 0.58, 0.66, 0.86, 0.39, 0.27, -0.03),
    "half_lidded": (0.68, 0.25, 0.29, 0.00, 0.50, 0.50, 0.28, 0.70, 0.44, 0.36, -0.02),
    "sleepy": (0.69, 0.30, 0.27, -0.05, 0.52, 0.52, 0.42, 0.72, 0.43, 0.33, -0.01),
    "sanpaku": (0.68, 0.34, 0.28, 0.08, 0.46, 0.52, 0.60, 0.70, 0.33, 0.25, 0.085),
    "stare": (0.66, 0.24, 0.26, 0.11, 0.60, 0.50, 0.34, 0.74, 0.42, 0.32, 0.0),
    "button": (0.52, 0.41, 0.36, 0.01, 0.48, 0.50, 0.60, 0.62, 0.46, 0.40, 0.0),
    "smiling": (0.68, 0.34, 0.07, 0.00, 0.48, 0.50, 0.70, 0.90, 0.42, 0.28, -0.10),
}
_FEMALE = (0.14, 0.12, 0.13, 0.13, 0.08, 0.04, 0.01, 0.06, 0.07, 0.05, 0.05, 0.08, 0.04)
_MALE = (0.06, 0.02, 0.08, 0.11, 0.06, 0.22, 0.20, 0.06, 0.05, 0.07, 0.05, 0.01, 0.01)
_CHILD = (0.22, 0.24, 0.12, 0.09, 0.06, 0.01, 0.00, 0.04, 0.04, 0.02, 0.03, 0.10, 0.03)

# width, height, height above the chin
_AGES = {"child": (0.99, 1.00, 0.95), "teen": (0.95, 0.93, 1.01), "adult": (0.90, 0.82, 1.06)}
_HIGHLIGHTS = {
    "classic": 0.26,
    "double": 0.20,
    "ring": 0.14,
    "window": 0.10,
    "low": 0.12,
    "bubbles": 0.13,
    "none": 0.05,
}
_PATTERNS = {"rays": 0.32, "bowl": 0.24, "ring": 0.16, "two_tone": 0.14, "deep": 0.14}
_PUPILS = {"round": 0.70, "slit": 0.09, "star": 0.03, "heart": 0.02, "ring": 0.05, "none": 0.11}
_CONTRAST = 0.17  # least difference of luminance between lashes and skin


def draw_eyes(
    rng: Rng, figure: StyleTraits, face: FaceTraits, skin: Color, hair: Color, *, symmetric: bool
) -> EyeTraits:
    """Return the eyes of a face with this skin and hair."""
    young = figure.age == "child" or figure.chibi
    boyish = figure.male and not young
    kind = pick(rng, tuple(EYES), _CHILD if young else _MALE if boyish else _FEMALE)
    shape = {k: near(rng, v, 0.018) for k, v in zip(_NUMBERS, EYES[kind][:8], strict=True)}
    wide, tall, y = _AGES["child" if young else figure.age]
    wide, tall, y = (wide * 1.05, tall * 1.06, y - 0.04) if figure.chibi else (wide, tall, y)
    wide, tall = (wide * 0.96, tall * 0.86) if boyish else (wide, tall)
    wide, tall = near(rng, wide * face.width / 1.09, 0.08), near(rng, tall, 0.11)
    room = 0.92 * face.width - 0.10  # of half the face at the eyes' height
    inner = rng.uniform(0.16, 0.26)
    width = shape["width"] = rounded(min(shape["width"] * wide, room - inner))
    x = max(rng.uniform(0.53, 0.60) * face.width / 1.09, width / 2 + inner)
    for name in ("top", "bottom", "tilt"):
        shape[name] = rounded(shape[name] * tall)
    iris_width, iris_height, rise = EYES[kind][8:]
    grown = rng.uniform(0.93, 1.05)
    left = _iris_color(rng)
    odd = rng.random() < 0.06 and not symmetric
    return EyeTraits(
        kind=kind,
        x=rounded(min(x, room - width / 2)),
        y=rounded(max(near(rng, y, 0.045), 0.50 + shape["bottom"])),
        **shape,
        iris_width=rounded(min(iris_width * shape["width"] * grown, 0.33)),
        iris_height=rounded(max(iris_height * tall * grown, 0.22)),
        iris_rise=rounded(rise * tall),
        lash=rounded(rng.uniform(0.045, 0.07) if boyish else rng.uniform(0.07, 0.11)),
        lash_spikes=0 if boyish else int(rng.integers(0, 4)),
        lash_color=_lash_color(rng, skin, hair),
        lower_lash=rounded(rng.uniform(0.12, 0.26) if boyish else rng.uniform(0.16, 0.45)),
        fold=pick(rng, ("none", "thin", "full"), (0.22, 0.38, 0.40)),
        left_color=left,
        right_color=_iris_color(rng) if odd else left,
        pattern=weighed(rng, _PATTERNS),
        pupil=weighed(rng, {**_PUPILS, "slit": 0.45} if kind == "cat" else _PUPILS),
        highlight=weighed(rng, _HIGHLIGHTS),
    )


def _iris_color(rng: Rng) -> Color:
    kind = rng.random()
    if kind < 0.25:
        return hsv(rng.uniform(0.03, 0.10), rng.uniform(0.45, 0.75), rng.uniform(0.35, 0.75))  # browns are common
    if kind < 0.33:
        return hsv(rng.random(), rng.uniform(0.03, 0.18), rng.uniform(0.35, 0.85))  # greys
    return hsv(rng.random(), rng.uniform(0.45, 0.88), rng.uniform(0.50, 0.94))


def _lash_color(rng: Rng, skin: Color, hair: Color) -> Color:
    """Return the colour of lashes: dark with the hair's hue, seldom white; never as bright as the skin."""
    color = mix((0.12, 0.07, 0.08), shade(hair, 0.9), float(rng.uniform(0.10, 0.50)))
    bright = luminance(skin)
    if rng.random() < 0.25 and luminance(hair) > 0.75 and bright < 0.6:
        return rounded_color(mix(hair, (1.0, 1.0, 1.0), 0.5))
    while luminance(color) > max(bright - _CONTRAST, 0.035):
        color = shade(color, 0.5)
    return rounded_color(color)
