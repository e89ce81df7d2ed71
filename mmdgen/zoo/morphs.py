"""The zoo's own morphs under the names, kinds and habits of real models, and the truth about which is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from mmdgen.zoo.traits import HabitTraits

# smile winks (one side, other side), then plain winks; the first of each pair moves the left eye unless swapped
SPELLINGS: Sequence[tuple[str, str, str, str]] = (
    ("ウィンク", "ウィンク右", "ウィンク２", "ｳｨﾝｸ２右"),
    ("ウインク", "ウインク右", "ウインク２", "ウインク２右"),
    ("ｳｨﾝｸ", "ｳｨﾝｸ右", "ｳｨﾝｸ２", "ｳｨﾝｸ右２"),
    ("ウィンク", "ｳｨﾝｸ右", "ウィンク2", "ウィンク2(右)"),
)
_MOUTHS = (("あ", "a"), ("い", "i"), ("う", "u"), ("え", "e"), ("お", "o"), ("にやり", "grin"), ("ω□", "frown"))
_BROWS = (("真面目", "serious"), ("困る", "sad"), ("にこり", "happy"), ("怒り", "angry"), ("上", "up"), ("下", "down"))
_EPS = 1e-5
_STILL = 7e-4  # units; a vertex morph leaves out what moves by less, a thirtieth of a pixel


@dataclass(frozen=True)
class Targets:
    """What morphs other than vertex morphs act on: numbers of materials and bones, and the UV shift of highlights."""

    blush: int | None
    shine: int
    eyes_bone: int
    uv: Mapping[str, F8]


@dataclass(frozen=True)
class Naming:
    """The morphs of a model, and for each annotation slot the number of its morph or None."""

    morphs: tuple[Morph, ...]
    slots: Mapping[str, int | None]


def name_morphs(mesh: Mesh, targets: Targets, habits: HabitTraits) -> Naming:
    """Return the morphs of the whole mesh; its ``morph`` holds offsets (V, 3) by the zoo's own keys."""
    made: list[Morph] = []
    slots: dict[str, int | None] = dict.fromkeys(SLOTS)

    def add(name: str, name_en: str, panel: Panel, data: Morphing) -> int:
        made.append(Morph(name, name_en, panel, data))
        return len(made) - 1

    def vertex(*keys: str) -> VertexMorph:
        return _vertex(sum((mesh.morph[k] for k in keys), np.zeros((len(mesh), 3))))

    for name, key in _BROWS:
        add(name, f"brow_{key}", Panel.BROW, vertex(f"brow_{key}"))
    first, second = ("right", "left") if habits.swapped else ("left", "right")
    smile_one, smile_two, plain_one, plain_two = SPELLINGS[habits.spelling]
    grouped = habits.blink_group and habits.winks in ("all", "plain")
    if not grouped:
        slots["normal_both"] = add("まばたき", "blink", Panel.EYE, vertex("blink_left", "blink_right"))
    slots["smile_both"] = add("笑い", "smile", Panel.EYE, vertex("smile_left", "smile_right"))
    if habits.winks in ("all", "smile"):
        for name, side in ((smile_one, first), (smile_two, second)):
            slots[f"smile_{side}"] = add(name, f"wink_smile_{side}", Panel.EYE, vertex(f"smile_{side}"))
    if habits.winks in ("all", "plain"):
        for name, side in ((plain_one, first), (plain_two, second)):
            slots[f"normal_{side}"] = add(name, f"wink_{side}", Panel.EYE, vertex(f"blink_{side}"))
    if grouped:
        parts = [n for n in (slots["normal_left"], slots["normal_right"]) if n is not None]
        slots["normal_both"] = add("まばたき", "blink", Panel.EYE, _group(parts))
    for name, key in (("びっくり", "wide"), ("じと目", "stare"), ("目細め", "soft")):
        add(name, key, Panel.EYE, vertex(f"{key}_left", f"{key}_right"))
    add("瞳小", "small pupils", Panel.EYE, vertex("pupil_small"))
    add("上目遣い", "look up", Panel.EYE, _look_up(targets.eyes_bone))
    off = _uv(targets.uv["shine_off"]) if habits.shine_morph == "uv" else _alpha(targets.shine, multiply=0.0)
    add("ハイライト消し", "no highlights", Panel.EYE, off)
    mouths = {key: add(name, f"mouth_{key}", Panel.MOUTH, vertex(f"mouth_{key}")) for name, key in _MOUTHS}
    slots["mouth"] = mouths["a"]
    if targets.blush is not None:
        add("照れ", "blush", Panel.OTHER, _alpha(targets.blush, add=1.0))
    add("笑顔", "happy face", Panel.OTHER, _group([slots["smile_both"], mouths["grin"]]))
    return Naming(tuple(made), slots)


def _vertex(offset: F8) -> VertexMorph:
    rounded = np.round(offset, 4)
    index = np.flatnonzero(np.abs(rounded).max(1) > _STILL)
    return VertexMorph(index.astype(np.int32), rounded[index].astype(np.float32))


def _uv(offset: F8) -> UVMorph:
    index = np.flatnonzero(np.abs(offset).max(1) > _EPS)
    values = np.zeros((len(index), 4), np.float32)
    values[:, :2] = np.round(offset[index], 6)
    return UVMorph(0, index.astype(np.int32), values)


def _group(parts: Sequence[int | None]) -> GroupMorph:
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
