"""What distinguishes one character from another: plain numbers, colours and named choices.

Lengths are MMD units with the chin at the origin; colours are sRGB numbers from 0 to 1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Color = tuple[float, float, float]


@dataclass(frozen=True)
class StyleTraits:
    """What kind of figure it is."""

    male: bool
    age: str  # child, teen, adult
    chibi: bool  # a huge head on a small body


@dataclass(frozen=True)
class FaceTraits:
    """The shape of the head; see Skull for chin, jaw and cheek."""

    skull_height: float
    width: float
    chin: float
    jaw: float
    cheek: float
    nose: float
    nose_y: float
    ears: str  # round, pointed


@dataclass(frozen=True)
class EyeTraits:
    """The left eye; the right one mirrors it. (x, y) is the middle of the line between its corners."""

    kind: str
    x: float
    y: float
    width: float
    top: float  # how far the upper lid rises above the line between the corners
    bottom: float
    tilt: float  # how much higher the outer corner lies than the inner one
    peak: float  # where along the lid it is highest, from 0 (inner) to 1 (outer)
    low_peak: float
    upper_power: float  # less than 1 is boxy
    lower_power: float
    iris_width: float  # half-width
    iris_height: float  # half-height
    lash: float  # thickness
    lash_spikes: int
    left_color: Color
    right_color: Color
    pupil: str  # round, slit, star, none
    highlight: str  # classic, double, ring


@dataclass(frozen=True)
class BrowTraits:
    """The brows."""

    gap: float  # above the highest point of the eye
    length: float
    thickness: float
    slope: float
    arch: float
    through_hair: bool  # drawn half-transparent in front of the bangs


@dataclass(frozen=True)
class MouthTraits:
    """The mouth. ``jaw_drop`` is how far the chin sinks when it is wide open."""

    y: float
    width: float  # half-width
    smile: float  # how much the corners lie above the middle
    opening: float
    jaw_drop: float
    fang: bool
    inside: Color
    line: Color


@dataclass(frozen=True)
class HairTraits:
    """The hair: a cut of bangs, side locks and back hair, each by name."""

    bangs: str
    sides: str
    back: str
    volume: float
    color: Color
    tip_color: Color  # equal to ``color`` where there is no gradient
    streak: Color | None
    part: float  # where the hair parts, -1 (the character's right) to 1
    ahoge: int
    ornament: str  # none, ribbon, bows, pins, flower, band
    ornament_color: Color


@dataclass(frozen=True)
class OutfitTraits:
    """The clothes."""

    kind: str  # sailor, blazer, hoodie, dress, kimono, tee, turtleneck, armor
    main: Color
    trim: Color
    accent: Color


@dataclass(frozen=True)
class HabitTraits:
    """How the maker names and rigs things; see morphs.py."""

    swapped: bool  # ウィンク and the like move the character's right eye
    winks: str  # which one-eyed winks there are: all, plain, smile, none
    blink_group: bool  # まばたき is a group of the two one-eyed winks
    spelling: int  # a row of morphs.SPELLINGS
    blush_overlay: bool  # 照れ raises a hidden material
    shine_morph: str  # what takes the highlights off the eyes: uv, material
    sdef_neck: bool
    sheen: bool  # a sphere map on the hair
    japanese_file: bool
    texture_folder: str  # what stands before the textures' names in the file


@dataclass(frozen=True)
class Traits:
    """Everything that makes one character; ``symmetric`` makes left and right mirror images to the last texel."""

    name: str
    name_ja: str
    symmetric: bool
    style: StyleTraits
    chin_height: float  # y of the chin in the file
    skin: Color
    blush: float
    lips: Color
    face: FaceTraits
    eyes: EyeTraits
    brows: BrowTraits
    mouth: MouthTraits
    hair: HairTraits
    outfit: OutfitTraits
    accessory: str  # none, glasses, horns, cat_ears, hat, beret, headphones, halo
    accessory_color: Color
    habits: HabitTraits

    @property
    def file_name(self) -> str:
        """The model's file name without extension, as its maker would choose it."""
        return self.name_ja if self.habits.japanese_file else self.name

    def as_json(self) -> dict[str, Any]:
        """Return all traits as JSON-ready values."""
        return asdict(self)

    def summary(self) -> str:
        """Return one line that says what the character looks like."""
        hair, worn = self.hair, [self.accessory, self.hair.ornament]
        looks = [f"{self.eyes.kind} eyes", f"{hair.bangs} bangs", f"{hair.back} hair", self.outfit.kind, *worn]
        return f"{self.name}: " + ", ".join(look.replace("_", " ") for look in looks if look != "none")
