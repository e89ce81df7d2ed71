"""The numbers of the PMX format that its reader and its writer share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from mmdgen.model import MATERIAL_COLUMNS, Deform

ENCODINGS = ("utf-16-le", "utf-8", "cp932")  # 2 is written by a few old tools
VERSIONS = (2.0, 2.1)

MATERIAL_FLAGS = (  # in the order of the bits
    "two_sided",
    "ground_shadow",
    "casts_self_shadow",
    "receives_self_shadow",
    "edge",
    "vertex_color",
    "points",
    "lines",
)


class BoneFlag:
    """The bits of a bone's flags; plain integers, for an enum's operators cost as much as reading the bone."""

    TAIL_IS_BONE = 0x0001
    ROTATABLE = 0x0002
    MOVABLE = 0x0004
    VISIBLE = 0x0008
    OPERABLE = 0x0010
    IK = 0x0020
    APPEND_LOCAL = 0x0080
    APPEND_ROTATE = 0x0100
    APPEND_TRANSLATE = 0x0200
    FIXED_AXIS = 0x0400
    LOCAL_AXES = 0x0800
    AFTER_PHYSICS = 0x1000
    EXTERNAL = 0x2000


class MorphKind(IntEnum):
    """What a morph's elements are; UV to UV4 count the channels 0 to 4."""

    GROUP = 0
    VERTEX = 1
    BONE = 2
    UV = 3
    UV1 = 4
    UV2 = 5
    UV3 = 6
    UV4 = 7
    MATERIAL = 8
    FLIP = 9
    IMPULSE = 10


SOFT_BODY_HEAD = "<BHBiiffi"  # group, mask, flags, link distance, clusters, mass, margin, aerodynamics


@dataclass(frozen=True)
class Layout:
    """What the header says about the rest: additional UVs and the integer types of references."""

    version: float
    encoding: int
    extra_uvs: int
    vertex: np.dtype[Any]
    texture: np.dtype[Any]
    material: np.dtype[Any]
    bone: np.dtype[Any]
    morph: np.dtype[Any]
    body: np.dtype[Any]


def layout(version: float, encoding: int, extra_uvs: int, sizes: list[int]) -> Layout:
    """Build a Layout from the header's six index sizes of 1, 2 or 4 bytes."""
    vertex = np.dtype({1: "u1", 2: "<u2", 4: "<i4"}[sizes[0]])  # only vertex numbers are unsigned
    others = (np.dtype({1: "i1", 2: "<i2", 4: "<i4"}[size]) for size in sizes[1:])
    return Layout(version, encoding, extra_uvs, vertex, *others)


def vertex_head(extra_uvs: int) -> np.dtype[Any]:
    """Return the part of a vertex before its bones."""
    return np.dtype(
        [
            ("position", "<f4", 3),
            ("normal", "<f4", 3),
            ("uv", "<f4", 2),
            ("extra_uv", "<f4", (extra_uvs, 4)),
            ("deform", "u1"),
        ]
    )


def vertex_tail(deform: Deform, bone: np.dtype[Any]) -> np.dtype[Any]:
    """Return the part of a vertex that its deform type decides, and the edge scale after it."""
    bones = (1, 2, 4, 2, 4)[deform]
    weights = (0, 1, 4, 1, 4)[deform]
    rows = 3 if deform == Deform.SDEF else 0
    return np.dtype(
        [("bone", bone, bones), ("weight", "<f4", weights), ("sdef", "<f4", (rows, 3)), ("edge_scale", "<f4")]
    )


def anchor(refer: Layout) -> np.dtype[Any]:
    """Return the layout of one anchor of a soft body."""
    return np.dtype([("body", refer.body), ("vertex", refer.vertex), ("near", "u1")])


def morph_element(kind: MorphKind, refer: Layout) -> np.dtype[Any]:
    """Return the layout of one element of a morph; its fields are those of the model's records."""
    if kind in (MorphKind.GROUP, MorphKind.FLIP):
        return np.dtype([("index", refer.morph), ("weight", "<f4")])
    if kind == MorphKind.VERTEX:
        return np.dtype([("index", refer.vertex), ("offset", "<f4", 3)])
    if kind == MorphKind.BONE:
        return np.dtype([("index", refer.bone), ("translation", "<f4", 3), ("rotation", "<f4", 4)])
    if kind == MorphKind.MATERIAL:
        return np.dtype([("index", refer.material), ("operation", "u1"), ("value", "<f4", MATERIAL_COLUMNS)])
    if kind == MorphKind.IMPULSE:
        return np.dtype([("index", refer.body), ("local", "u1"), ("velocity", "<f4", 3), ("torque", "<f4", 3)])
    return np.dtype([("index", refer.vertex), ("offset", "<f4", 4)])
