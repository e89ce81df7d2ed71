"""Draw a character's traits: palettes, shapes and habits, each group from a random stream of its own.

A stream depends on (seed, index, group), so that a new group, or a new number in one, leaves the others as they were.
"""

from __future__ import annotations

from dataclasses import replace

from mmdgen.zoo.draw.eyes import draw_eyes
from mmdgen.zoo.draw.face import draw_brows, draw_face, draw_lips, draw_mouth, draw_skin
from mmdgen.zoo.draw.habits import draw_habits, draw_name, draw_naming, draw_rig
from mmdgen.zoo.draw.hair import draw_hair, under_hat
from mmdgen.zoo.draw.outfit import draw_outfit, draw_worn
from mmdgen.zoo.draw.pick import accent, rng_for, rounded
from mmdgen.zoo.draw.style import STYLES, draw_body, draw_style
from mmdgen.zoo.figure import Figure
from mmdgen.zoo.traits import Traits

__all__ = ["STYLES", "draw_traits", "rng_for"]

_NO_OTHER_EARS = 0.6  # share of those with animal ears that have no human ones


def draw_traits(seed: int, index: int, *, symmetric: bool = False, style: str | None = None) -> Traits:
    """Return the traits of character ``index`` of the zoo with this seed; ``style`` is one of STYLES, None for any."""
    streams = {
        group: rng_for(seed, index, group)
        for group in (
            "self",
            "style",
            "body",
            "skin",
            "face",
            "eyes",
            "brows",
            "mouth",
            "hair",
            "outfit",
            "worn",
            "habits",
            "naming",
            "rig",
        )
    }
    figure = draw_style(streams["style"], style)
    body = draw_body(streams["body"], figure)
    name, name_ja = draw_name(streams["self"])
    skin = draw_skin(streams["skin"])
    hair = draw_hair(streams["hair"], boyish=figure.male, symmetric=symmetric)
    outfit = draw_outfit(streams["outfit"], boyish=figure.male, symmetric=symmetric)
    worn = draw_worn(streams["worn"], symmetric=symmetric)
    hair = under_hat(hair, worn)
    face = draw_face(streams["face"], figure, skin)
    if worn == "cat_ears" and streams["face"].random() < _NO_OTHER_EARS:
        face = replace(face, ears="none")
    return Traits(
        name=name,
        name_ja=name_ja,
        symmetric=symmetric,
        style=figure,
        body=body,
        chin_height=rounded(-body.scale * Figure(body).ground),
        skin=skin,
        blush=rounded(streams["skin"].uniform(0.0, 0.85)),
        lips=draw_lips(streams["skin"], skin),
        face=face,
        eyes=draw_eyes(streams["eyes"], figure, face, skin, hair.color, symmetric=symmetric),
        brows=draw_brows(streams["brows"], figure),
        mouth=draw_mouth(streams["mouth"], figure, skin),
        hair=hair,
        outfit=outfit,
        accessory=worn,
        accessory_color=accent(streams["worn"]),
        habits=draw_habits(streams["habits"]),
        naming=draw_naming(streams["naming"], symmetric=symmetric),
        rig=draw_rig(streams["rig"]),
    )
