"""The zoo's own morphs under the names, kinds and habits of real models, and the truth about which is which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.annotation import SLOTS
from mmdgen.model import (
    MATERIAL_COLUMNS,
    BoneMorph,
    GroupMorph,
    MaterialMorph,
    Morph,
    Morphing,
    Panel,
    UVMorph,
    VertexMorph,
)
from mmdgen.space import euler_quaternion
from mmdgen.zoo.mesh import F8, Mesh
from mmdgen.zoo.spellings import CHINESE, GAZE, HAPPY_FACE, NO_SHINE, SPELLINGS, VOWELS, WORDS
from mmdgen.zoo.traits import NamingTraits

_EPS = 1e-5
_STILL = 7e-4  # units; a vertex morph leaves out what moves by less, a thirtieth of a pixel
_SEPARATORS = {Panel.BROW: "--眉--", Panel.EYE: "--目--", Panel.MOUTH: "--口--", Panel.OTHER: "--その他--"}
_NARROW = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True)
class Targets:
    """What morphs other than vertex morphs act on: numbers of materials and bones.

    ``overlays`` are the hidden materials, each with an English name, by the name of the morph that raises it; ``shine``
    is the material of the eyes' highlights, which a material morph hides; None where a UV morph does.
    """

    overlays: Mapping[str, tuple[int, str]]
    shine: int | None
    eyes_bone: int


@dataclass(frozen=True)
class Naming:
    """The morphs of a model, and for each annotation slot the number of its morph or None.

    ``twins`` are further morphs that do exactly what a slot's morph does, under other names.
    """

    morphs: tuple[Morph, ...]
    slots: Mapping[str, int | None]
    twins: Mapping[str, tuple[int, ...]]


def name_morphs(mesh: Mesh, targets: Targets, naming: NamingTraits) -> Naming:
    """Return the morphs of the whole mesh; its ``morph`` holds offsets (V, 3) by the zoo's own keys."""
    made = _Made(mesh, naming)
    made.words(Panel.BROW)
    made.lids()
    made.words(Panel.EYE)
    made.add(GAZE, "look up", Panel.EYE, _look_up(targets.eyes_bone), key=GAZE)
    shine = _uv(mesh.uv_morph["shine_off"]) if targets.shine is None else _alpha(targets.shine, multiply=0.0)
    made.add(NO_SHINE, "no highlights", Panel.EYE, shine, key=NO_SHINE)
    made.vowels()
    made.words(Panel.MOUTH)
    for name, (material, english) in targets.overlays.items():
        made.add(name, english, Panel.OTHER, _alpha(material, add=1.0))
    made.group_of_moods()
    return made.finished()


class _Made:
    """The morphs made so far."""

    def __init__(self, mesh: Mesh, naming: NamingTraits) -> None:
        self.mesh = mesh
        self.naming = naming
        self.morphs: list[Morph] = []
        self.slots: dict[str, int | None] = dict.fromkeys(SLOTS)
        self.twins: dict[str, tuple[int, ...]] = {}
        self.by_key: dict[str, int] = {}

    def add(self, name: str, english: str, panel: Panel, data: Morphing, key: str = "") -> int | None:
        """Append a morph and return its number; one whose ``key`` is missing is left out."""
        if key in self.naming.missing:
            return None
        if self.naming.separators and panel not in {m.panel for m in self.morphs}:
            self.morphs.append(Morph(_SEPARATORS[panel], "", panel, _nothing()))
        self.morphs.append(Morph(name, english, panel, data))
        if key:
            self.by_key[key] = len(self.morphs) - 1
        return len(self.morphs) - 1

    def sum(self, weights: Mapping[str, float]) -> VertexMorph:
        """Return the vertex morph that adds up the mesh's own morphs."""
        return _vertex(sum((w * self.mesh.morph[k] for k, w in weights.items()), np.zeros((len(self.mesh), 3))))

    def words(self, panel: Panel) -> None:
        """Add what the tables list for a panel."""
        for k, (key, word) in enumerate(WORDS.items()):
            weights = dict.fromkeys(word.keys, 1.0) | dict(word.mixed)
            if word.panel == panel:
                variant = k + len(self.naming.spelling)  # the same maker spells alike, others differ
                self.add(word.names[variant % len(word.names)], word.english, panel, self.sum(weights), key=key)

    def lids(self) -> None:
        """Add what closes the eyes."""
        n, spelling = self.naming, SPELLINGS[self.naming.spelling]
        plain, smile = spelling.plain_winks, spelling.smile_winks
        if n.plain_first:
            plain, smile = smile, plain
        one_eyed = {"blink": n.winks in ("all", "plain", "one"), "smile": n.winks in ("all", "smile", "one")}
        sides = ("right", "left") if n.swapped else ("left", "right")
        grouped = n.blink_group and n.winks in ("all", "plain")
        if not grouped:
            self._slot("normal_both", spelling.blink, "blink", {"blink_left": 1.0, "blink_right": 1.0}, "blink")
        self._slot("smile_both", spelling.smile, "smile", {"smile_left": 1.0, "smile_right": 1.0}, "smile")
        for key, slot, names in (("smile", "smile", smile), ("blink", "normal", plain)):
            if one_eyed[key]:
                count = 1 if n.winks == "one" else 2
                for name, side in list(zip(names, sides, strict=True))[:count]:
                    english = f"wink_{side}" if key == "blink" else f"wink_smile_{side}"
                    self._slot(f"{slot}_{side}", name, english, {f"{key}_{side}": 1.0})
        if grouped:
            parts = [self.slots["normal_left"], self.slots["normal_right"]]
            self.slots["normal_both"] = self.add(spelling.blink, "blink", Panel.EYE, _group(parts), key="blink")

    def _slot(self, slot: str, name: str, english: str, weights: Mapping[str, float], key: str = "") -> None:
        self.slots[slot] = self.add(name, english, Panel.EYE, self.sum(weights), key=key)

    def vowels(self) -> None:
        """Add the mouth's vowels; a model without あ has none of them."""
        if "a" in self.naming.missing:
            return
        for letter, name in zip(VOWELS, SPELLINGS[self.naming.spelling].vowels, strict=True):
            self.add(name, letter, Panel.MOUTH, self.sum({f"mouth_{letter}": 1.0}), key=letter)
        self.slots["mouth"] = self.by_key.get("a")

    def group_of_moods(self) -> None:
        """Add a group of a smile, a grin and brows."""
        parts = [self.by_key[key] for key in ("smile", "grin", "happy") if key in self.by_key]
        if len(parts) > 1:
            self.add(HAPPY_FACE, "happy face", Panel.OTHER, _group(parts), key=HAPPY_FACE)

    def finished(self) -> Naming:
        """Return all morphs, with the maker's slips: doubles, blanks after names, names in other languages."""
        n = self.naming
        if n.chinese:
            slots = {"blink": "normal_both", "smile": "smile_both", "a": "mouth"}
            for key, name in CHINESE.items():
                if key in self.by_key:
                    original = self.morphs[self.by_key[key]]
                    self.morphs.append(replace(original, name=name, name_en=""))
                    if key in slots:
                        self.twins[slots[key]] = (len(self.morphs) - 1,)
        if n.duplicate and "sad" in self.by_key and "frown" in self.by_key:
            self._rename("frown", self.morphs[self.by_key["sad"]].name)
        morphs = self.morphs
        if n.trailing_space:
            morphs = [replace(m, name=m.name + " " * (k % 3 == 0)) for k, m in enumerate(morphs)]
        if n.narrow:
            morphs = [replace(m, name=m.name.translate(_NARROW)) for m in morphs]
        if n.english != "words":
            morphs = [replace(m, name_en=f"Mouth_{k:02d}" if n.english == "junk" else "") for k, m in enumerate(morphs)]
        return Naming(tuple(morphs), self.slots, self.twins)

    def _rename(self, key: str, name: str) -> None:
        number = self.by_key[key]
        self.morphs[number] = replace(self.morphs[number], name=name)


def _nothing() -> VertexMorph:
    return VertexMorph(np.zeros(0, np.int32), np.zeros((0, 3), np.float32))


def _vertex(offset: F8) -> VertexMorph:
    rounded = np.round(offset, 4)
    index = np.flatnonzero(np.abs(rounded).max(1) > _STILL)
    return VertexMorph(index.astype(np.int32), rounded[index].astype(np.float32))


def _uv(offset: F8) -> UVMorph:
    index = np.flatnonzero(np.abs(offset).max(1) > _EPS)
    values = np.zeros((len(index), 4), np.float32)
    values[:, :2] = np.round(offset[index], 6)
    return UVMorph(0, index.astype(np.int32), values)


def _group(parts: Iterable[int | None]) -> GroupMorph:
    index = np.array([p for p in parts if p is not None], np.int32)
    return GroupMorph(False, index, np.ones(len(index), np.float32))


def _look_up(bone: int) -> BoneMorph:
    turn = euler_quaternion(np.radians(7.0), 0.0, 0.0).astype(np.float32)
    return BoneMorph(np.array([bone], np.int32), np.zeros((1, 3), np.float32), turn[None])


def _alpha(material: int, *, multiply: float | None = None, add: float = 0.0) -> MaterialMorph:
    """Return a morph of a material's opacity: multiplied where ``multiply`` is given, else added to."""
    value = np.full((1, MATERIAL_COLUMNS), 0.0 if multiply is None else 1.0, np.float32)
    value[0, 3] = add if multiply is None else multiply
    operation = np.array([1 if multiply is None else 0], np.uint8)
    return MaterialMorph(np.array([material], np.int32), operation, value)
