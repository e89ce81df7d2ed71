"""Taking bones, materials and morphs out of a Model, with every reference to what is left kept right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import (
    IK,
    Bone,
    BoneMorph,
    Frame,
    GroupMorph,
    IKLink,
    Model,
    Morph,
    VertexMorph,
    Vertices,
)


def without_bone(model: Model, name: str) -> Model:
    """Return the model without its first bone of that name: all that hung on it hangs on its parent."""
    gone = model.bone(name)
    if gone is None:
        return model
    heir = model.bones[gone].parent
    order = [k for k in range(len(model.bones)) if k != gone]
    number = {old: new for new, old in enumerate(order)}
    return with_bones(model, order, {**number, gone: -1 if heir is None else number[heir]})


def with_bones(model: Model, order: Sequence[int], number: Mapping[int, int]) -> Model:
    """Return the model with the bones numbered by ``order``; ``number`` maps each old number to its new one or -1."""
    table = np.array([number.get(k, -1) for k in range(len(model.bones))] + [-1], np.int32)

    def to(old: int | None) -> int | None:
        new = None if old is None else int(table[old])
        return None if new == -1 else new

    kept = set(order)
    bones = tuple(_renumbered(model.bones[k], table) for k in order)
    moving = [_bones_moved(m, table, kept) for m in model.morphs]
    return replace(
        model,
        bones=bones,
        vertices=replace(model.vertices, bone=table[model.vertices.bone]),
        morphs=tuple(moving),
        frames=tuple(
            replace(f, items=tuple((k, i if k else int(table[i])) for k, i in f.items if k or i in kept))
            for f in model.frames
        ),
        bodies=tuple(replace(b, bone=to(b.bone)) for b in model.bodies),
    )


def _renumbered(bone: Bone, table: NDArray[np.int32]) -> Bone:
    parent = None if bone.parent is None else int(table[bone.parent])
    append = bone.append
    return replace(
        bone,
        parent=None if parent == -1 else parent,
        tail=int(table[bone.tail]) if isinstance(bone.tail, int) else bone.tail,
        append=None if append is None else replace(append, bone=int(table[append.bone])),
        ik=None if bone.ik is None else _ik(bone.ik, table),
    )


def _ik(ik: IK, table: NDArray[np.int32]) -> IK:
    links = tuple(IKLink(int(table[link.bone]), link.limits) for link in ik.links)
    return replace(ik, target=int(table[ik.target]), links=links)


def _bones_moved(morph: Morph, table: NDArray[np.int32], kept: Collection[int]) -> Morph:
    data = morph.data
    if not isinstance(data, BoneMorph):
        return morph
    there = np.isin(data.index, list(kept))
    rows = replace(
        data, index=table[data.index[there]], translation=data.translation[there], rotation=data.rotation[there]
    )
    return replace(morph, data=rows)


def only_materials(model: Model, names: Collection[str]) -> Model:
    """Return the part of the model that these materials colour, on its first bone, without morphs and physics."""
    ends = np.cumsum([m.face_count for m in model.materials])
    parts = [
        (m, model.faces[end - m.face_count : end])
        for m, end in zip(model.materials, ends, strict=True)
        if m.name in names
    ]
    faces = np.concatenate([f for _, f in parts])
    used, number = np.unique(faces, return_inverse=True)
    root = next(k for k, b in enumerate(model.bones) if b.parent is None)
    bone = np.full((len(used), 4), -1, np.int32)
    bone[:, 0] = 0
    vertices = _rows(model.vertices, used)
    weight = np.zeros_like(vertices.weight)
    weight[:, 0] = 1
    empty = replace(
        vertices,
        bone=bone,
        weight=weight,
        deform=np.zeros(len(used), np.uint8),
        sdef_vertex=np.zeros(0, np.int32),
        sdef=np.zeros((0, 3, 3), np.float32),
    )
    first = replace(model.bones[root], tail=(0.0, 1.0, 0.0), append=None, ik=None)
    special = [replace(f, items=((0, 0),) if f.name == "Root" else ()) for f in model.frames if f.special]
    return replace(
        model,
        vertices=empty,
        faces=number.reshape(-1, 3).astype(np.int32),
        materials=tuple(m for m, _ in parts),
        bones=(first,),
        morphs=(),
        frames=tuple(special),
        bodies=(),
        joints=(),
    )


def _rows(vertices: Vertices, used: NDArray[np.intp]) -> Vertices:
    """Return some of the vertices, none of them SDEF any more."""
    columns = [f.name for f in fields(vertices) if not f.name.startswith("sdef")]
    return Vertices(
        **{name: getattr(vertices, name)[used] for name in columns},
        sdef_vertex=np.zeros(0, np.int32),
        sdef=np.zeros((0, 3, 3), np.float32),
    )


def only_vertex_morphs(model: Model) -> tuple[Model, Mapping[int, int]]:
    """Return the model with vertex morphs and groups of them alone, and where each kept morph's number went."""
    kept = [k for k, m in enumerate(model.morphs) if isinstance(m.data, VertexMorph)]
    groups = [k for k, m in enumerate(model.morphs) if isinstance(m.data, GroupMorph) and not m.data.flip]
    kept = sorted(kept + [k for k in groups if set(model.morphs[k].data.index.tolist()) & set(kept)])
    number = {old: new for new, old in enumerate(kept)}
    morphs = tuple(_members_kept(model.morphs[k], number) for k in kept)
    frames = tuple(_morphs_kept(f, number) for f in model.frames)
    return replace(model, morphs=morphs, frames=frames), number


def _members_kept(morph: Morph, number: Mapping[int, int]) -> Morph:
    if not isinstance(morph.data, GroupMorph):
        return morph
    there = [(number[k], w) for k, w in zip(morph.data.index.tolist(), morph.data.weight, strict=True) if k in number]
    index, weight = np.array([k for k, _ in there], np.int32), np.array([w for _, w in there], np.float32)
    return replace(morph, data=GroupMorph(False, index, weight))


def _morphs_kept(frame: Frame, number: Mapping[int, int]) -> Frame:
    items = tuple((k, number[i] if k else i) for k, i in frame.items if not k or i in number)
    return replace(frame, items=items)


def emptied(morph: Morph) -> Morph:
    """Return a morph of that name that moves nothing."""
    return replace(morph, data=VertexMorph(np.zeros(0, np.int32), np.zeros((0, 3), np.float32)))
