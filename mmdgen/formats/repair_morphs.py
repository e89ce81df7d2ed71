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
    """Return the morphs without elements that refer to nothing, are no numbers, or make groups contain themselves."""
    morphs = [_sound_morph(i, morph, model, notes) for i, morph in enumerate(model.morphs)]
    members = [morph.data.index.tolist() if isinstance(morph.data, GroupMorph) else [] for morph in morphs]
    _, loops = dependency_order(members)
    for i, child in loops:
        notes.add("morphs", "groups that contain themselves, cut", f"morph {i} '{morphs[i].name}'")
        morphs[i] = replace(morphs[i], data=_kept(morphs[i].data, morphs[i].data.index != child))
    return tuple(morphs)


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
    return morph if usable.all() else replace(morph, data=_kept(data, usable))


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


def _kept(data: Morphing, keep: NDArray[np.bool_]) -> Morphing:
    """Return the morph with only those elements."""
    return replace(data, **{f.name: getattr(data, f.name)[keep] for f in fields(data) if "column" in f.metadata})
