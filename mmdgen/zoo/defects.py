"""Faults as real files have them, for testing what reads and sorts models: each bends one character's draft.

A draft stays true: where a fault takes away a morph, the head or the whole file, its slots, head and ``readable`` say
so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.formats.load import parse_model
from mmdgen.model import (
    MATERIAL_COLUMNS,
    Joint,
    JointKind,
    MaterialMorph,
    Model,
    Morph,
    Panel,
    VertexMorph,
)
from mmdgen.zoo.draft import Draft, as_pmd
from mmdgen.zoo.draw.pick import Rng, pick, rng_for, weighed
from mmdgen.zoo.surgery import emptied, only_materials, with_bones, without_bone

COPIES = ("duplicate", "recolour")
_WINKS = (("normal_left", "normal_right"), ("smile_left", "smile_right"))
_HOME = "C:\\Users\\user\\Desktop\\MMD\\model\\"
_NOT_PMD = ("absolute path", "bad indices", "pmd")  # its paths are short, its morphs name what is in their base
_PERSON = {"体", "顔", "口内", "口", "白目", "瞳", "瞳光", "睫毛", "眉", "前髪", "後髪"}
_LATE = ("上半身", "首", "頭", "左腕", "右腕")


@dataclass(frozen=True)
class Plan:
    """What is wrong with one character: a key of DEFECTS or of COPIES, None for nothing; ``base`` is who is copied."""

    kind: str | None
    base: int | None = None


def plan(seed: int, index: int, rate: float, whole: int = 0) -> Plan:
    """Return what is wrong with character ``index`` where a share ``rate`` has faults; the first ``whole`` have none.

    A larger rate adds faults and changes none, but for copies: they copy the last character before them that has none.
    """
    kind = _kind(seed, index, rate, whole)
    if kind in COPIES:
        base = next((k for k in range(index - 1, -1, -1) if _kind(seed, k, rate, whole) is None), None)
        return Plan(kind, base) if base is not None else Plan("missing texture")
    return Plan(kind)


def _kind(seed: int, index: int, rate: float, whole: int) -> str | None:
    rng = rng_for(seed, index, "defects")
    if rng.random() >= rate or index < whole:
        return None
    return weighed(rng, dict.fromkeys((*DEFECTS, *COPIES), 1.0))


def bent(draft: Draft, kind: str, rng: Rng) -> Draft:
    """Return the draft with this fault; a PMD, which cannot have all of them, gets another instead."""
    if draft.format == "pmd" and kind in _NOT_PMD:
        kind = "wrong case"
    return replace(DEFECTS[kind](draft, rng), defects=(kind,))


def copied(draft: Draft, kind: str, base: int) -> Draft:
    """Return the draft of character ``base`` as somebody else's: the same file, and for a recolour other pictures."""
    pictures = draft.pictures
    if kind == "recolour":
        plain = [k for k in pictures if "face" not in k and "eye" not in k]
        pictures = {k: np.ascontiguousarray(p[..., [1, 2, 0, 3]]) if k in plain else p for k, p in pictures.items()}
    return replace(draft, pictures=pictures, defects=(kind,), copy_of=base)


# --- textures ---------------------------------------------------------------------------------------------------------


def _missing_texture(draft: Draft, rng: Rng) -> Draft:
    return replace(draft, hidden=frozenset((pick(rng, tuple(draft.pictures)),)))


def _wrong_case(draft: Draft, rng: Rng) -> Draft:
    turn = pick(rng, (str.upper, str.title))
    return replace(draft, pictures={turn(path): picture for path, picture in draft.pictures.items()})


def _absolute_path(draft: Draft, _: Rng) -> Draft:
    paths = tuple(_HOME + path.replace("/", "\\") for path in draft.model.textures)
    return replace(draft, model=replace(draft.model, textures=paths))


# --- bones and morphs -------------------------------------------------------------------------------------------------


def _no_neck(draft: Draft, _: Rng) -> Draft:
    return replace(draft, model=without_bone(draft.model, "首"))


def _late_parents(draft: Draft, _: Rng) -> Draft:
    """Move some parents behind their children, which MMD reads and many programs do not."""
    bones = draft.model.bones
    late = [k for k, b in enumerate(bones) if b.name in _LATE]
    order = [k for k in range(len(bones)) if k not in late] + late
    return replace(draft, model=with_bones(draft.model, order, {old: new for new, old in enumerate(order)}))


def _swapped_winks(draft: Draft, rng: Rng) -> Draft:
    """Exchange the names of a pair of winks: what says left moves the right eye."""
    pairs = [p for p in _WINKS if all(draft.slots[s] is not None for s in p)]
    if not pairs:
        return _dead_morphs(draft, rng)
    one, other = (draft.slots[s] for s in pick(rng, pairs))
    assert one is not None
    assert other is not None
    morphs = list(draft.model.morphs)
    names = morphs[one].name, morphs[other].name
    morphs[one], morphs[other] = replace(morphs[one], name=names[1]), replace(morphs[other], name=names[0])
    return replace(draft, model=replace(draft.model, morphs=tuple(morphs)))


def _dead_morphs(draft: Draft, rng: Rng) -> Draft:
    """Empty the plain winks, or あ; a blink that is a group of dead winks is dead as well."""
    dead = pick(rng, (("normal_left", "normal_right"), ("mouth",), ("normal_both", "normal_left", "normal_right")))
    numbers = {draft.slots[slot] for slot in dead} - {None}
    for slot in dead:
        numbers |= set(draft.twins.get(slot, ()))
    morphs = tuple(emptied(m) if k in numbers else m for k, m in enumerate(draft.model.morphs))
    model = replace(draft.model, morphs=morphs)
    alive = {k for k in range(len(morphs)) if _moves(model, k)}
    slots = {slot: k if k in alive else None for slot, k in draft.slots.items()}
    twins = {slot: ks for slot, ks in draft.twins.items() if slot not in dead}
    return replace(draft, model=model, slots=slots, twins=twins)


def _moves(model: Model, number: int) -> bool:
    """Say whether a morph, or any member of a group, has something to move."""
    data = model.morphs[number].data
    if hasattr(data, "flip"):
        return any(_moves(model, k) for k in data.index.tolist())
    return len(data.index) > 0


def _bad_indices(draft: Draft, _: Rng) -> Draft:
    """Refer to a material -2, a vertex beyond the last, and a rigid body that is not there."""
    model = draft.model
    value = np.zeros((1, MATERIAL_COLUMNS), np.float32)
    beyond = np.array([len(model.vertices) + 5], np.int32)
    slip = MaterialMorph(np.array([-2], np.int32), np.ones(1, np.uint8), value)
    morphs = (
        Morph("材質なし", "", Panel.OTHER, slip),
        Morph("はみ出し", "", Panel.OTHER, VertexMorph(beyond, np.ones((1, 3), np.float32))),
    )
    loose = Joint("はぐれ", "", JointKind.SPRING_6DOF, len(model.bodies), None, (0.0,) * 24)
    return replace(draft, model=replace(model, morphs=model.morphs + morphs, joints=(*model.joints, loose)))


# --- files ------------------------------------------------------------------------------------------------------------


def _nan_vertices(draft: Draft, rng: Rng) -> Draft:
    vertices = draft.model.vertices
    position = vertices.position.copy()
    position[rng.integers(0, len(position), 7)] = np.nan
    return replace(draft, model=replace(draft.model, vertices=replace(vertices, position=position)), readable=False)


def _truncated(draft: Draft, rng: Rng) -> Draft:
    """Cut the file somewhere in its morphs or behind them; morphs that are gone close nothing any more."""
    whole = draft.file()
    bare = replace(draft.model, morphs=(), frames=(), bodies=(), joints=())
    start = len(replace(draft, model=bare).file())
    data = whole[: int(rng.integers(start + (len(whole) - start) // 3, len(whole) - 8))]
    left = parse_model(data)
    slots = {slot: k if k is not None and _there(left, k) else None for slot, k in draft.slots.items()}
    twins = {slot: tuple(k for k in ks if _there(left, k)) for slot, ks in draft.twins.items()}
    return replace(draft, data=data, model=left, slots=slots, twins=twins)


def _there(model: Model, number: int) -> bool:
    return number < len(model.morphs) and _moves(model, number)


def _pmd(draft: Draft, _: Rng) -> Draft:
    return as_pmd(draft)


def _zip(draft: Draft, _: Rng) -> Draft:
    """Pack the folder into an archive whose names are cp932, as Windows in Japan writes them."""
    return replace(draft, zipped=True)


def _prop(draft: Draft, _: Rng) -> Draft:
    """Leave what is worn alone, or the body where nothing is: a thing for the stage, with one bone and no head."""
    seen = [m.name for m in draft.model.materials if m.diffuse[3] > 0]
    names = set(seen) - _PERSON or {"体"}
    model = only_materials(draft.model, names)
    return replace(draft, model=model, head=None, slots=dict.fromkeys(draft.slots), twins={})


Bend = Callable[[Draft, Rng], Draft]
DEFECTS: Mapping[str, Bend] = {
    "missing texture": _missing_texture,
    "wrong case": _wrong_case,
    "absolute path": _absolute_path,
    "no neck": _no_neck,
    "late parents": _late_parents,
    "swapped winks": _swapped_winks,
    "dead morphs": _dead_morphs,
    "bad indices": _bad_indices,
    "nan vertices": _nan_vertices,
    "truncated": _truncated,
    "pmd": _pmd,
    "cp932 zip": _zip,
    "prop": _prop,
}
