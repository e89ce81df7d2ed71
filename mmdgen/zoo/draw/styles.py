"""Styles that an order may ask for: each admits only some characters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from mmdgen.errors import UsageError
from mmdgen.zoo.draw.face import FANTASY_SKINS
from mmdgen.zoo.draw.outfit import FANTASTIC
from mmdgen.zoo.traits import Color, Traits


def _is_fantastic(skin: Color) -> bool:
    """Say whether a skin is no human one: those fall from red over green to blue."""
    red, green, blue = skin
    return not red >= green >= blue or red - blue > 0.45 or skin in FANTASY_SKINS


def _fantasy(traits: Traits) -> bool:
    return _is_fantastic(traits.skin) or traits.face.ears in ("pointed", "long") or traits.worn.head in FANTASTIC


def _animal(traits: Traits) -> bool:
    return traits.worn.head.endswith("_ears")


def _plain(traits: Traits) -> bool:
    """Say whether nothing about a character is out of the ordinary."""
    hair, eyes = traits.hair, traits.eyes
    dressed = (
        traits.worn.head == "none"
        and traits.worn.face not in ("monocle", "eye_patch")
        and hair.ornament in ("none", "pins", "band")
    )
    return (
        dressed
        and not _fantasy(traits)
        and not traits.style.chibi
        and hair.pattern == "plain"
        and hair.tip_color == hair.color
        and eyes.left_color == eyes.right_color
    )


STYLES: Mapping[str, Callable[[Traits], bool]] = {
    "female": lambda t: not t.style.male,
    "male": lambda t: t.style.male,
    "child": lambda t: t.style.age == "child" and not t.style.chibi,
    "teen": lambda t: t.style.age == "teen" and not t.style.chibi,
    "adult": lambda t: t.style.age == "adult" and not t.style.chibi,
    "chibi": lambda t: t.style.chibi,
    "fantasy": _fantasy,
    "animal": _animal,
    "plain": _plain,
}
_EXCLUSIVE = (("female", "male"), ("child", "teen", "adult", "chibi"), ("fantasy", "plain"), ("animal", "plain"))


def fits(traits: Traits, styles: Collection[str]) -> bool:
    """Say whether a character is of all these styles."""
    return all(STYLES[name](traits) for name in styles)


def checked(styles: Collection[str]) -> tuple[str, ...]:
    """Return the styles in the order of STYLES; raise UsageError for unknown ones and those that nobody can combine."""
    unknown = [name for name in styles if name not in STYLES]
    if unknown:
        raise UsageError(f"--style: {unknown[0]!r}, expected one of {', '.join(STYLES)}; choose among them")
    for group in _EXCLUSIVE:
        both = [name for name in group if name in styles]
        if len(both) > 1:
            raise UsageError(f"--style: {both[0]} and {both[1]} at once, expected one of them; leave one out")
    return tuple(name for name in STYLES if name in styles)
