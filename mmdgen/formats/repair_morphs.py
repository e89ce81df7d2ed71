"""The part of ``repair`` that looks at morphs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdgen.formats.cursor import Notes
from mmdgen.graph import dependency_order
from mmdgen.model import (
    BoneMorph,
    GroupMorph,
    MaterialMorph,
    Model,
    Morph,
    Morphing,
    UVMorph,
    VertexMorph,
)

REPEATS = 4  # elements for each bone or material that there is; sound morphs have one at most


def sound_morphs(model: Model, notes: Notes) -> tuple[Morph, ...]:
    """Return the morphs without elements that refer to nothing, are no numbers, or make groups contain themselves.

    Which member a flip morph chooses depends on their number, so its bad members become the choice of nothing: itself.
    """
    morphs = [_sound_morph(i, morph, model, notes) for i, morph in enumerate(model.morphs)]
    members = [_members(i, morph) for i, morph in enumerate(morphs)]
    _, loops = dependency_order(members)
    for i, child in loops:
        notes.add("morphs", "groups that contain themselves, cut", f"morph {i} '{morphs[i].name}'")
        morphs[i] = _without(i, morphs[i], morphs[i].data.index == child)
    return tuple(morphs)


def _members(i: int, morph: Morph) -> list[int]:
    """Return the morphs that a group holds; a flip morph may hold itself."""
    if not isinstance(morph.data, GroupMorph):
        return []
    members: list[int] = np.unique(morph.data.index).tolist()
    return [member for member in members if member != i] if morph.data.flip else members


def _sound_morph(i: int, morph: Morph, model: Model, notes: Notes) -> Morph:
    data, where = morph.data, f"morph {i} '{morph.name}'"
    low, high = _bounds(data, model)
    there = (data.index >= low) & (data.index < high)
    if not there.all():
        notes.add("morphs", "element of something that does not exist, left out", where, int((~there).sum()))
    usable = there.copy()
    for column in _columns(data):
        usable &= np.isfinite(column).all(tuple(range(1, column.ndim)))
    if isinstance(data, MaterialMorph):
        usable &= data.operation <= 1
    if (usable != there).any():
        notes.add("morphs", "element that is no number, left out", where, int((usable != there).sum()))
    if isinstance(data, BoneMorph | MaterialMorph):  # taken one by one at every pose
        excess = np.flatnonzero(usable)[REPEATS * (high - low) :]
        if len(excess):
            notes.add("morphs", "more elements than there are things to move, left out", where, len(excess))
            usable[excess] = False
    return morph if usable.all() else _without(i, morph, ~usable)


def _bounds(data: Morphing, model: Model) -> tuple[int, int]:
    """Return the least index of a morph's elements and the first index beyond them."""
    if isinstance(data, VertexMorph):
        return 0, len(model.vertices)
    if isinstance(data, UVMorph):
        return 0, len(model.vertices) if data.channel <= model.vertices.extra_uv.shape[1] else 0
    if isinstance(data, BoneMorph):
        return 0, len(model.bones)
    if isinstance(data, MaterialMorph):
        return -1, len(model.materials)  # -1 is every material
    if isinstance(data, GroupMorph):
        return 0, len(model.morphs)
    return 0, len(model.bodies)


def _columns(data: Morphing) -> list[NDArray[Any]]:
    return [getattr(data, f.name) for f in fields(data) if "column" in f.metadata]


def _without(i: int, morph: Morph, bad: NDArray[np.bool_]) -> Morph:
    """Return the morph without those elements."""
    data = morph.data
    if isinstance(data, GroupMorph) and data.flip:
        nothing = {"index": np.int32(i), "weight": np.float32(0)}
        changes: dict[str, Any] = {name: np.where(bad, value, getattr(data, name)) for name, value in nothing.items()}
    else:
        changes = {f.name: getattr(data, f.name)[~bad] for f in fields(data) if "column" in f.metadata}
    return replace(morph, data=replace(data, **changes))
