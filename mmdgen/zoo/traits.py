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
class BodyTraits:
    """The body's proportions: factors of a body of middling size, which is what clothes are cut for; see figure.py."""

    scale: float  # units of the file for one unit of the zoo
    size: float  # of the body beside the head
    neck: float  # thickness
    neck_length: float
    shoulders: float  # width
    waist: float
    bust: float  # units that it stands out
    arm_turn: float  # degrees that the arms are raised from the A-pose
    legs: float  # length


@dataclass(frozen=True)
class FaceTraits:
    """The shape of the head; see Skull for chin, tip, jaw and cheek."""

    shape: str  # oval, pointed, round, square, long, heart
    skull_height: float
    width: float
    tip: float
    chin: float
    jaw: float
    cheek: float
    nose: float
    nose_y: float
    nose_mark: str  # dot, line, wedge, shadow, none
    ears: str  # round, small, pointed, long, none
    mark: str  # none, freckles, mole, paint, scar
    mark_side: int  # -1 (the character's right) or 1
    mark_color: Color
    blush_style: str  # soft, strokes, oval, across


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
    iris_rise: float  # how much higher the iris lies than one whose lower edge just meets the lower lid
    lash: float  # thickness
    lash_spikes: int
    lash_color: Color
    lower_lash: float  # thickness as a share of ``lash``
    fold: str  # the line above the upper lid: none, thin, full
    left_color: Color
    right_color: Color
    pattern: str  # of the iris: rays, bowl, ring, two_tone, deep
    pupil: str  # round, slit, star, heart, ring, none
    highlight: str  # classic, double, ring, window, low, bubbles, none


@dataclass(frozen=True)
class BrowTraits:
    """The brows."""

    kind: str  # thin, thick, short, angled, arched, straight, soft
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
    fang: str  # none, one, both
    teeth: str  # none, upper, both
    lip: float  # how much colour the lips have, 0 to 1
    inside: Color
    line: Color


@dataclass(frozen=True)
class HairTraits:
    """The hair: a cut of bangs, side locks and back hair, each by name, and how it is coloured and rigged."""

    bangs: str  # one of hair.bangs.BANGS
    sides: str  # one of hair.bangs.SIDES
    back: str  # one of hair.tied.BACKS
    volume: float  # above the skull
    fullness: float  # how much of it there is at the sides
    spread: float  # how far ends stand off, tails swing out and tufts rise; 1 is middling
    color: Color
    tip_color: Color  # equal to ``color`` where there is no gradient
    other_color: Color  # of what ``pattern`` says
    pattern: str  # plain, streaks, split, front, sides, bangs, inner
    fade: str  # how the tips take their colour: gradient, dipped, roots
    shine: str  # the painted light: ring, band, double, beads, streaks, zigzag, none
    tips: str  # tapered, needle, round, ragged, soft
    tip_alpha: float  # opacity of the locks' ends
    part: float  # where the hair parts, -1 (the character's right) to 1
    ahoge: str  # one of hair.crown.AHOGE
    rigged: str  # which hair has bones: none, tails, all
    bone_names: str  # one of hair.chains.NAMINGS
    ornament: str  # none, ribbon, bows, pins, flower, band
    ornament_color: Color


@dataclass(frozen=True)
class OutfitTraits:
    """The clothes; see dress/outfit.py for their kinds and cuts."""

    kind: str
    cut: int  # which of the kind's cuts, 0 to 5
    sleeve: float  # share of the arm that the sleeve covers
    main: Color
    trim: Color
    accent: Color
    below: Color  # of skirt or trousers
    pattern: str  # see paint/patterns.py
    pattern_color: Color
    paint: str  # how shadows are painted: cel, soft, flat
    fold: int  # seed of the folds
    hood_up: bool


@dataclass(frozen=True)
class WornTraits:
    """What is worn on head, face and neck beside the hair's ornament; none of it counts to the head's height."""

    head: str  # see dress/worn: none, hats, horns, animal ears, headphones, halos ...
    face: str  # none, glasses of several kinds, bandage, face masks ...
    neck: str  # none, choker, bell, pendant, cross
    ears: str  # none, studs, drops, hoops
    side: int  # -1 (the character's right) or 1
    color: Color
    second: Color
    frame: Color  # of glasses


@dataclass(frozen=True)
class SurfaceTraits:
    """How the maker finishes materials; see surface.py."""

    toons: str  # shared, own, none
    ramp: str  # of own toons: hard, soft, double, warm, cool
    toon_files: str  # bmp, png
    spheres: tuple[str, ...]  # which kinds of material have sphere maps: hair, metal, eye, cloth, skin
    sphere_files: str  # spa, sph, bmp, png
    edge: str  # colour of edges: own (a dark version of the material's), black, brown
    edge_size: float
    ambient: float  # share of the colour that is ambient
    gloss: float  # strength of specular light
    two_sided: str  # needed, cloth, all
    small: bool  # textures of half the size
    overlays: tuple[str, ...]  # hidden materials: blush, tears, pale, anger, sweat
    order: str  # body_first, face_first


@dataclass(frozen=True)
class LegTraits:
    """What is worn below the waist. Lengths run from 0 at the hip over 1 (knee) to 2 (ankle); cells are the atlas's."""

    kind: str  # pleated, flared, straight (skirts), shorts, trousers
    length: float
    cell: str
    socks: float  # where they end above; 2 is barefoot in the shoes, 0 tights
    socks_cell: str
    boots: float  # how far they reach up from the ankle, 0 for shoes
    shoes_cell: str


@dataclass(frozen=True)
class HabitTraits:
    """How the maker lays out surface and files."""

    shine_morph: str  # what takes the highlights off the eyes: uv, material
    japanese_file: bool
    texture_folder: str  # what stands before the textures' names in the file


@dataclass(frozen=True)
class NamingTraits:
    """Which morphs the maker made and how they are called; see spellings.py and morphs.py."""

    spelling: str  # a key of spellings.SPELLINGS
    swapped: bool  # ウィンク and the like move the character's right eye
    plain_first: bool  # ウィンク is the plain wink and ウィンク２ the smiling one
    winks: str  # which one-eyed winks there are: all, plain, smile, one (of each pair), none
    blink_group: bool  # まばたき is a group of the two one-eyed winks
    missing: tuple[str, ...]  # keys of morphs that were not made
    chinese: bool  # some morphs come a second time under Chinese names
    trailing_space: bool
    duplicate: bool  # two morphs share one name
    separators: bool  # empty morphs head each panel
    narrow: bool  # digits of names are half-width
    english: str  # what the English names are: words, none, junk


@dataclass(frozen=True)
class RigTraits:
    """The semi-standard bones of a model, and how vertices follow bones; see skeleton.py."""

    root: bool  # 全ての親
    groove: bool  # グルーブ
    waist: bool  # 腰
    upper2: bool  # 上半身2
    shoulder_helpers: bool  # 肩P and 肩C
    twist: bool  # 腕捩 and 手捩, with fixed axes
    local_axes: bool  # arms have axes of their own
    local_append: bool  # eyes take over the turn of 両目 in its local frame
    deform: str  # of vertices that follow several bones: BDEF2, SDEF at the neck, BDEF4
    physics: bool  # rigid bodies
    cloth: str  # how the bones along skirts and capes are called, one of dress.hanging.NAMINGS, or none
    cloth_columns: int  # of bones around a skirt
    cloth_rows: int


@dataclass(frozen=True)
class Traits:
    """Everything that makes one character; ``symmetric`` makes left and right mirror images to the last texel."""

    name: str
    name_ja: str
    symmetric: bool
    style: StyleTraits
    body: BodyTraits
    chin_height: float  # y of the chin in the file; the feet stand at 0
    skin: Color
    blush: float
    lips: Color
    face: FaceTraits
    eyes: EyeTraits
    brows: BrowTraits
    mouth: MouthTraits
    hair: HairTraits
    outfit: OutfitTraits
    legs: LegTraits
    worn: WornTraits
    surface: SurfaceTraits
    habits: HabitTraits
    naming: NamingTraits
    rig: RigTraits

    @property
    def file_name(self) -> str:
        """The model's file name without extension, as its maker would choose it."""
        return self.name_ja if self.habits.japanese_file else self.name

    def as_json(self) -> dict[str, Any]:
        """Return all traits as JSON-ready values."""
        return asdict(self)

    def summary(self) -> str:
        """Return one line that says what the character looks like."""
        hair, worn = self.hair, [self.worn.head, self.worn.face, self.hair.ornament]
        looks = [f"{self.eyes.kind} eyes", f"{hair.bangs} bangs", f"{hair.back} hair", self.outfit.kind, *worn]
        return f"{self.name}: " + ", ".join(look.replace("_", " ") for look in looks if look != "none")
