"""Draw what is worn below the waist, to suit what is worn above it."""

from __future__ import annotations

from mmdgen.zoo.draw.pick import Rng, pick, rounded
from mmdgen.zoo.traits import LegTraits, StyleTraits

_SKIRTS = ("pleated", "flared", "straight")
# shares of skirts (pleated, flared, straight), shorts and trousers that girls wear with an outfit
_SHARES = {
    "sailor": (1.0, 0.0, 0.0, 0.0, 0.0),
    "blazer": (0.8, 0.0, 0.1, 0.0, 0.1),
    "vest": (0.7, 0.0, 0.2, 0.0, 0.1),
    "hoodie": (0.2, 0.1, 0.0, 0.5, 0.2),
    "jersey": (0.0, 0.0, 0.0, 0.4, 0.6),
    "overalls": (0.0, 0.3, 0.0, 0.4, 0.3),
    "dress": (0.1, 0.9, 0.0, 0.0, 0.0),
    "sundress": (0.0, 1.0, 0.0, 0.0, 0.0),
    "maid": (0.1, 0.9, 0.0, 0.0, 0.0),
    "gothic": (0.2, 0.8, 0.0, 0.0, 0.0),
    "idol": (0.4, 0.6, 0.0, 0.0, 0.0),
    "kimono": (0.0, 0.0, 1.0, 0.0, 0.0),
    "hakama": (1.0, 0.0, 0.0, 0.0, 0.0),
    "robe": (0.0, 0.5, 0.5, 0.0, 0.0),
    "armor": (0.3, 0.3, 0.0, 0.1, 0.3),
    "uniform": (0.4, 0.0, 0.3, 0.0, 0.3),
}
_LONG = ("kimono", "hakama", "robe")  # men and women wear them down to the ankles
_ANY = (0.3, 0.2, 0.1, 0.2, 0.2)
_LENGTHS = {"pleated": (0.30, 0.75), "flared": (0.45, 1.3), "straight": (0.6, 1.1), "shorts": (0.35, 0.85),
            "trousers": (1.95, 1.95)}  # fmt: skip


def draw_legs(rng: Rng, figure: StyleTraits, outfit: str) -> LegTraits:
    """Return skirt or trousers, socks and shoes for this outfit."""
    kinds = (*_SKIRTS, "shorts", "trousers")
    shares = _SHARES.get(outfit, _ANY)
    if figure.male and outfit not in _LONG:
        shares = (0.0, 0.0, 0.0, 0.6, 0.4) if figure.age == "child" else (0.0, 0.0, 0.0, 0.12, 0.88)
    kind = pick(rng, kinds, shares)
    low, high = (1.5, 1.85) if outfit in _LONG else _LENGTHS[kind]
    return LegTraits(
        kind=kind,
        length=rounded(rng.uniform(low, high)),
        cell="skirt" if kind in _SKIRTS else "leg",
        socks=rounded(pick(rng, (1.95, 1.6, 1.05, 0.42, 0.0), (0.15, 0.30, 0.25, 0.20, 0.10))),
        socks_cell=pick(rng, ("shirt", "below", "trim"), (0.5, 0.3, 0.2)),
        boots=rounded(pick(rng, (0.0, 0.35, 0.75), (0.65, 0.20, 0.15))),
        shoes_cell=pick(rng, ("shoe", "trim"), (0.75, 0.25)),
    )
