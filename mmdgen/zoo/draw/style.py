"""Draw what kind of figure a character is: sex, age and the body's proportions."""

from __future__ import annotations

from mmdgen.zoo.draw.pick import Rng, near, pick, rounded
from mmdgen.zoo.traits import BodyTraits, StyleTraits

_AGES = ("child", "teen", "adult")
_AGE_SHARES = (0.15, 0.55, 0.30)
_MALE = 0.30
_CHIBI = 0.05

# size, neck, neck length, shoulders, waist, bust, legs
_NUMBERS = ("size", "neck", "neck_length", "shoulders", "waist", "bust", "legs")
_BODIES = {
    "chibi": (0.46, 1.30, 0.55, 0.84, 1.10, 0.00, 0.55),
    "child": (0.72, 0.98, 0.80, 0.88, 1.06, 0.00, 0.90),
    "teen female": (0.93, 0.94, 0.95, 0.93, 0.96, 0.14, 1.00),
    "teen male": (0.97, 1.10, 0.95, 1.04, 1.06, 0.00, 1.01),
    "adult female": (1.00, 0.98, 1.06, 0.97, 0.95, 0.24, 1.04),
    "adult male": (1.06, 1.26, 1.00, 1.15, 1.10, 0.03, 1.05),
}
_SPREADS = (0.025, 0.04, 0.06, 0.025, 0.03, 0.07, 0.03)


def draw_style(rng: Rng) -> StyleTraits:
    """Return the kind of figure."""
    return StyleTraits(
        male=bool(rng.random() < _MALE), age=pick(rng, _AGES, _AGE_SHARES), chibi=bool(rng.random() < _CHIBI)
    )


def draw_body(rng: Rng, figure: StyleTraits) -> BodyTraits:
    """Return the body's proportions."""
    grown = f"{figure.age} {'male' if figure.male else 'female'}"
    kind = "chibi" if figure.chibi else "child" if figure.age == "child" else grown
    numbers = {k: near(rng, v, s) for k, v, s in zip(_NUMBERS, _BODIES[kind], _SPREADS, strict=True)}
    numbers["bust"] = max(numbers["bust"], 0.0) if kind.endswith("female") else 0.0
    tall = 1.05 if figure.chibi else 1.0
    return BodyTraits(
        scale=rounded(tall * rng.triangular(0.89, 1.0, 1.32)),
        arm_turn=rounded(pick(rng, (0.0, 14.0, 51.0), (0.68, 0.16, 0.16)) + rng.uniform(-3, 3)),
        **numbers,
    )
