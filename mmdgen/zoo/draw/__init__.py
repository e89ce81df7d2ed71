"""Draw a character's traits: palettes, shapes and habits, each group from a random stream of its own.

A stream depends on (seed, index, group), so that a new group, or a new number in one, leaves the others as they were.
"""

from __future__ import annotations

from mmdgen.zoo.draw.face import draw_brows, draw_eyes, draw_face, draw_mouth, draw_skin
from mmdgen.zoo.draw.habits import draw_habits, draw_name
from mmdgen.zoo.draw.hair import draw_hair, under_hat
from mmdgen.zoo.draw.outfit import draw_outfit, draw_worn
from mmdgen.zoo.draw.pick import accent, rng_for, rounded, rounded_color
from mmdgen.zoo.draw.style import STYLES, draw_style
from mmdgen.zoo.paint.color import mix
from mmdgen.zoo.traits import Traits

__all__ = ["STYLES", "draw_traits", "rng_for"]


def draw_traits(seed: int, index: int, *, symmetric: bool = False, style: str | None = None) -> Traits:
    """Return the traits of character ``index`` of the zoo with this seed; ``style`` is one of STYLES, None for any."""
    streams = {
        group: rng_for(seed, index, group)
        for group in ("self", "style", "skin", "face", "eyes", "brows", "mouth", "hair", "outfit", "worn", "habits")
    }
    figure = draw_style(streams["style"], style)
    boyish = figure.male
    name, name_ja = draw_name(streams["self"])
    skin = draw_skin(streams["skin"])
    hair = draw_hair(streams["hair"], boyish=boyish, symmetric=symmetric)
    outfit = draw_outfit(streams["outfit"], boyish=boyish, symmetric=symmetric)
    worn = draw_worn(streams["worn"], symmetric=symmetric)
    hair = under_hat(hair, worn)
    return Traits(
        name=name,
        name_ja=name_ja,
        symmetric=symmetric,
        style=figure,
        chin_height=rounded(streams["self"].uniform(14.6, 16.8)),
        skin=skin,
        blush=rounded(streams["skin"].uniform(0.15, 0.85)),
        lips=rounded_color(mix(skin, (0.90, 0.35, 0.38), float(streams["skin"].uniform(0.15, 0.6)))),
        face=draw_face(streams["face"], boyish=boyish),
        eyes=draw_eyes(streams["eyes"], boyish=boyish, symmetric=symmetric),
        brows=draw_brows(streams["brows"], boyish=boyish),
        mouth=draw_mouth(streams["mouth"], skin),
        hair=hair,
        outfit=outfit,
        accessory=worn,
        accessory_color=accent(streams["worn"]),
        habits=draw_habits(streams["habits"]),
    )
