"""What characters wear on head, face and neck, as plain coloured solids."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mmdgen.zoo.dress.worn.ears import ANIMAL_EARS
from mmdgen.zoo.dress.worn.face import FACE_WEAR
from mmdgen.zoo.dress.worn.gear import GEAR
from mmdgen.zoo.dress.worn.hats import HATS, hood_up
from mmdgen.zoo.dress.worn.jewels import EAR_WEAR, NECK_WEAR
from mmdgen.zoo.dress.worn.ornaments import HAIR_WEAR
from mmdgen.zoo.dress.worn.solids import Solid, Wearer
from mmdgen.zoo.figure import Figure
from mmdgen.zoo.hair.hair import Hair
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.traits import Traits

Maker = Callable[[Wearer], list[Solid]]
HEAD_WEAR: Mapping[str, Maker] = {"none": lambda _: [], **HATS, **ANIMAL_EARS, **GEAR}
ORNAMENTS: Mapping[str, float] = {  # shares
    "none": 36, "bows": 13, "ribbon": 9, "pins": 9, "flower": 7, "band": 7, "cross_pins": 4, "charm": 5, "wreath": 2.5,
    "bonnet": 3, "big_bow": 4,
}  # fmt: skip
COVERING = (*HATS, "hood")  # nothing else stands on the crown of a head under one of these

__all__ = ["COVERING", "EAR_WEAR", "FACE_WEAR", "HEAD_WEAR", "NECK_WEAR", "ORNAMENTS", "Solid", "accessories"]


def accessories(traits: Traits, skull: Skull, hair: Hair) -> list[Solid]:
    """Return everything worn on head, face and neck, in zoo space and drawing order."""
    wearer, worn = Wearer(traits, skull, hair), traits.worn
    made = [*HAIR_WEAR[traits.hair.ornament](wearer), *HEAD_WEAR[worn.head](wearer)]
    if traits.outfit.hood_up:
        made += hood_up(wearer)
    made += EAR_WEAR[worn.ears](wearer)
    figure = Figure(traits.body)
    made += [solid.reshaped(figure.shaped(solid.mesh)) for solid in NECK_WEAR[worn.neck](wearer)]
    return [*made, *FACE_WEAR[worn.face](wearer)]
