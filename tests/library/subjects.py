"""Characters for tests of proposals, and what may befall them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from mmdgen.annotation import SLOTS, Slot
from mmdgen.model import BoneMorph, GroupMorph, Material, Model, Morph, VertexMorph, Vertices
from mmdgen.zoo.character import Character, make_character
from mmdgen.zoo.draw import draw_traits, rng_for

SEED = 7
WINKS_OF_BOTH_KINDS = 0  # this zoo character has every slot


@cache
def character(index: int) -> Character:
    """Return a zoo character that can be rendered: none of them lacks a mouth."""
    traits = draw_traits(SEED, index)
    missing = tuple(key for key in traits.naming.missing if key != "a")
    return make_character(
        replace(traits, naming=replace(traits.naming, missing=missing)), rng_for(SEED, index, "details")
    )


def flattened(made: Character) -> Character:
    """Turn the blink, where it is a group, into a plain morph."""
    blink = made.slots["normal_both"]
    dense = offsets(made.model, blink)
    model = with_morphs(made.model, lambda i, m: vertex_morph(m.name, dense, m) if i == blink else m)
    return replace(made, model=model)


def numbers(slots: Mapping[str, Slot | None]) -> dict[str, int | None]:
    return {name: slots[name].index if slots[name] else None for name in SLOTS}


def with_morphs(model: Model, change: Callable[[int, Morph], Morph | None], *more: Morph) -> Model:
    """Replace every morph by what ``change`` makes of it; None empties it, so that numbers stay."""
    nothing = VertexMorph(np.zeros(0, np.int32), np.zeros((0, 3), np.float32))
    changed = (change(i, m) or replace(m, name=f"nothing {i}", data=nothing) for i, m in enumerate(model.morphs))
    return replace(model, morphs=(*changed, *more))


def renamed(model: Model, names: Mapping[int, str] | None = None) -> Model:
    """Give morphs other names; all of them names that say nothing when ``names`` is None."""
    return with_morphs(
        model, lambda i, m: replace(m, name=f"m{i}" if names is None else names.get(i, m.name), name_en="")
    )


def nameless(model: Model) -> Model:
    """Hide every name of morphs and materials."""
    materials = tuple(replace(m, name=f"材質{i}", name_en="") for i, m in enumerate(model.materials))
    return replace(renamed(model), materials=materials)


def offsets(model: Model, number: int) -> np.ndarray:
    """Return a vertex morph, or a group of them, as offsets (V, 3)."""
    data, result = model.morphs[number].data, np.zeros((len(model.vertices), 3))
    if isinstance(data, GroupMorph):
        for child, weight in zip(data.index, data.weight, strict=True):
            result += weight * offsets(model, child)
    elif isinstance(data, VertexMorph):
        np.add.at(result, data.index, data.offset)
    return result


def vertex_morph(name: str, dense: np.ndarray, like: Morph) -> Morph:
    index = np.flatnonzero(dense.any(1))
    return replace(like, name=name, data=VertexMorph(index.astype(np.int32), dense[index].astype(np.float32)))


def placed(model: Model, scale: float, shift: tuple[float, float, float]) -> Model:
    """Scale and move a whole model."""

    def place(points: np.ndarray) -> np.ndarray:
        return (points.astype(np.float64) * scale + shift).astype(np.float32)

    bones = tuple(replace(b, position=tuple(map(float, np.array(b.position) * scale + shift))) for b in model.bones)
    changed = with_morphs(model, lambda _, m: replace(m, data=_scaled(m.data, scale)))
    return replace(changed, bones=bones, vertices=replace(model.vertices, position=place(model.vertices.position)))


def _scaled(data, scale: float):
    if isinstance(data, VertexMorph):
        return replace(data, offset=(data.offset * scale).astype(np.float32))
    return (
        replace(data, translation=(data.translation * scale).astype(np.float32))
        if isinstance(data, BoneMorph)
        else data
    )


def mirrored(model: Model) -> Model:
    """Return the model as a mirror shows it: left is right."""
    flip = np.array([-1, 1, 1], np.float32)
    vertices = replace(model.vertices, position=model.vertices.position * flip, normal=model.vertices.normal * flip)
    bones = tuple(replace(b, position=(-b.position[0], b.position[1], b.position[2])) for b in model.bones)
    morphs = tuple(
        replace(m, data=replace(m.data, offset=m.data.offset * flip)) if isinstance(m.data, VertexMorph) else m
        for m in model.morphs
    )
    return replace(
        model, vertices=vertices, bones=bones, morphs=morphs, faces=np.ascontiguousarray(model.faces[:, ::-1])
    )


def with_solid(model: Model, name: str, triangles: np.ndarray) -> Model:
    """Add triangles (N, 3, 3) as a two-sided material that follows bone 頭."""
    old, points = model.vertices, triangles.reshape(-1, 3).astype(np.float32)
    n, head = len(points), model.bone("頭")
    bone, weight = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.float32)
    bone[:, 0], weight[:, 0] = head, 1

    def more(column: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.concatenate([column, rows.astype(column.dtype)])

    vertices = Vertices(
        position=more(old.position, points),
        normal=more(old.normal, np.tile([0.0, 0.0, -1.0], (n, 1))),
        uv=more(old.uv, np.zeros((n, 2))),
        extra_uv=more(old.extra_uv, np.zeros((n, *old.extra_uv.shape[1:]))),
        deform=more(old.deform, np.zeros(n)),
        bone=more(old.bone, bone),
        weight=more(old.weight, weight),
        sdef_vertex=old.sdef_vertex,
        sdef=old.sdef,
        edge_scale=more(old.edge_scale, np.ones(n)),
    )
    faces = more(model.faces, len(old) + np.arange(n).reshape(-1, 3))
    plain: Material = model.materials[0]
    flags = replace(plain.flags, two_sided=True)
    solid = replace(plain, name=name, name_en="", diffuse=(1.0, 0, 0, 1.0), flags=flags, face_count=len(triangles))
    return replace(model, vertices=vertices, faces=faces, materials=(*model.materials, solid))


def without_faces(model: Model, drop: np.ndarray) -> Model:
    """Drop the triangles of a mask (F,)."""
    material = np.repeat(np.arange(len(model.materials)), [m.face_count for m in model.materials])
    counts = np.bincount(material[~drop], minlength=len(model.materials))
    materials = tuple(replace(m, face_count=int(c)) for m, c in zip(model.materials, counts, strict=True))
    return replace(model, faces=np.ascontiguousarray(model.faces[~drop]), materials=materials)


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> np.ndarray:
    """Return the triangles (12, 3, 3) of a box."""
    corner = np.array([[(low, high)[(i >> k) & 1][k] for k in range(3)] for i in range(8)])
    quads = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)]
    return np.array([corner[list(t)] for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
