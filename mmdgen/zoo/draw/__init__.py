"""Draw a character's traits: palettes, shapes and habits, each group from a random stream of its own.

A stream depends on (seed, index, group), so that a new group, or a new number in one, leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from mmdgen.errors import UsageError
from mmdgen.zoo.draw.eyes import draw_eyes
from mmdgen.zoo.draw.face import draw_brows, draw_face, draw_lips, draw_mouth, draw_skin
from mmdgen.zoo.draw.habits import draw_habits, draw_name, draw_naming, draw_rig
from mmdgen.zoo.draw.hair import draw_hair
from mmdgen.zoo.draw.legs import draw_legs
from mmdgen.zoo.draw.outfit import draw_outfit, draw_worn, settled
from mmdgen.zoo.draw.pick import Rng, rng_for, rounded
from mmdgen.zoo.draw.style import draw_body, draw_style
from mmdgen.zoo.draw.styles import STYLES, fits
from mmdgen.zoo.draw.surface import draw_surface
from mmdgen.zoo.figure import Figure
from mmdgen.zoo.traits import Traits

__all__ = ["STYLES", "draw_traits", "rng_for"]

_NO_OTHER_EARS = 0.6  # share of those with animal ears that have no human ones
_GROUPS = (
    "self", "style", "body", "skin", "face", "eyes", "brows", "mouth", "hair", "outfit", "legs", "worn", "surface",
    "habits", "naming", "rig",
)  # fmt: skip
_TRIES = 2000


def draw_traits(seed: int, index: int, *, symmetric: bool = False, styles: Collection[str] = ()) -> Traits:
    """Return the traits of character ``index`` of the zoo with this seed, of all the ``styles`` out of STYLES.

    One who fits as drawn is the same without styles; others are drawn again.
    """
    for attempt in range(_TRIES):
        mark = f" {attempt}" if attempt else ""
        traits = _drawn({group: rng_for(seed, index, group + mark) for group in _GROUPS}, symmetric=symmetric)
        if fits(traits, styles):
            return traits
    raise UsageError(
        f"--style: nobody found who is {' and '.join(styles)}, expected styles that combine; leave one out"
    )


def _drawn(streams: Mapping[str, Rng], *, symmetric: bool) -> Traits:
    """Return one character's traits, each group from its own stream."""
    figure = draw_style(streams["style"])
    body = draw_body(streams["body"], figure)
    name, name_ja = draw_name(streams["self"])
    skin = draw_skin(streams["skin"])
    hair = draw_hair(streams["hair"], skin, boyish=figure.male, symmetric=symmetric)
    outfit = draw_outfit(streams["outfit"], figure, skin, symmetric=symmetric)
    worn = draw_worn(streams["worn"], figure, symmetric=symmetric)
    hair, outfit, worn = settled(hair, outfit, worn, float(streams["worn"].random()))
    face = draw_face(streams["face"], figure, skin)
    if worn.head.endswith("_ears") and streams["face"].random() < _NO_OTHER_EARS:
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
        mouth=draw_mouth(streams["mouth"], figure, skin, symmetric=symmetric),
        hair=hair,
        outfit=outfit,
        legs=draw_legs(streams["legs"], figure, outfit.kind),
        worn=worn,
        surface=draw_surface(streams["surface"], symmetric=symmetric),
        habits=draw_habits(streams["habits"]),
        naming=draw_naming(streams["naming"], symmetric=symmetric),
        rig=draw_rig(streams["rig"], symmetric=symmetric),
    )
