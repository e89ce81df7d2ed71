"""Draw what kind of figure a character is: sex, age and proportions."""

from __future__ import annotations

from dataclasses import replace

from mmdgen.zoo.draw.pick import Rng, pick
from mmdgen.zoo.traits import StyleTraits

STYLES = ("female", "male", "child", "adult", "chibi")
_AGES = ("child", "teen", "adult")
_AGE_SHARES = (0.15, 0.57, 0.28)
_MALE = 0.30
_CHIBI = 0.05


def draw_style(rng: Rng, style: str | None) -> StyleTraits:
    """Return the figure; a ``style`` out of STYLES settles the one thing that it names."""
    figure = StyleTraits(
        male=bool(rng.random() < _MALE), age=pick(rng, _AGES, _AGE_SHARES), chibi=bool(rng.random() < _CHIBI)
    )
    if style in ("female", "male"):
        return replace(figure, male=style == "male")
    if style in ("child", "adult"):
        return replace(figure, age=style, chibi=False)
    return replace(figure, chibi=True) if style == "chibi" else figure
