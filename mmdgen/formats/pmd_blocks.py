"""The blocks of a PMD file in file order, as the file has them.

All texts are cp932 and end at a NUL. Blocks after the display groups came with later versions of MMD: a file may end
before any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import FormatError
from mmdgen.formats.cursor import Cursor, Notes
from mmdgen.formats.pmx_vertices import parse_faces
from mmdgen.model import I4

VERTEX = np.dtype(
    [
        ("position", "<f4", 3),
        ("normal", "<f4", 3),
        ("uv", "<f4", 2),
        ("bone", "<u2", 2),
        ("percent", "u1"),
        ("no_edge", "u1"),
    ]
)
MATERIAL = np.dtype(
    [
        ("diffuse", "<f4", 4),
        ("power", "<f4"),
        ("specular", "<f4", 3),
        ("ambient", "<f4", 3),
        ("toon", "u1"),
        ("edge", "u1"),
        ("indices", "<u4"),
        ("texture", "V20"),
    ]
)
BONE = np.dtype(
    [("name", "V20"), ("parent", "<u2"), ("tail", "<u2"), ("kind", "u1"), ("ik", "<u2"), ("position", "<f4", 3)]
)
MORPH_ELEMENT = np.dtype([("index", "<u4"), ("offset", "<f4", 3)])
BASE = 0  # the kind of the morph that lists the vertices which the others count
TOONS = 10

Records = NDArray[Any]


@dataclass
class IKBlock:
    """One IK chain; ``step`` is the largest turn in units of 4 radians."""

    bone: int
    target: int
    loops: int
    step: float
    links: list[int]


@dataclass
class MorphBlock:
    """One morph; the elements of the base count vertices, those of the others count elements of the base."""

    name: str
    kind: int
    elements: Records
    name_en: str = ""


@dataclass
class BodyBlock:
    """One rigid body; ``numbers`` are those of ``model.RigidBody``, its position relative to the bone."""

    name: str
    bone: int
    group: int
    mask: int
    shape: int
    numbers: tuple[float, ...]
    mode: int


@dataclass
class JointBlock:
    """One joint; ``numbers`` are those of ``model.Joint``."""

    name: str
    body_a: int
    body_b: int
    numbers: tuple[float, ...]


@dataclass
class Blocks:
    """Everything that a PMD file says; what follows ``bones`` is as much as could be read."""

    name: str
    comment: str
    vertices: Records
    faces: I4
    materials: Records
    bones: Records
    iks: list[IKBlock] = field(default_factory=list)
    morphs: list[MorphBlock] = field(default_factory=list)
    shown_morphs: list[int] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    shown_bones: list[tuple[int, int]] = field(default_factory=list)  # bone, group counted from 1
    name_en: str = ""
    comment_en: str = ""
    bones_en: list[str] = field(default_factory=list)
    groups_en: list[str] = field(default_factory=list)
    toons: list[str] = field(default_factory=list)
    bodies: list[BodyBlock] = field(default_factory=list)
    joints: list[JointBlock] = field(default_factory=list)


def read_blocks(data: bytes, subject: str, notes: Notes) -> Blocks:
    """Read a PMD file; raise FormatError when header, vertices, faces, materials or bones are not whole."""
    cursor = Cursor(data, subject, "cp932")
    cursor.take(3)
    version = cursor.floats(1)[0]
    if version != 1:
        raise cursor.error(f"version {version:g}", "1", "save it anew in an MMD editor")
    name, comment = cursor.fixed_text(20), cursor.fixed_text(256)
    vertices = _whole(cursor, "vertices", "vertex", VERTEX)
    faces = parse_faces(cursor, np.dtype("<u2"), len(vertices), notes)
    materials = _whole(cursor, "materials", "material", MATERIAL)
    bones = _whole(cursor, "bones", "bone", BONE, "<H")
    cursor.record(len(materials) + len(bones))
    blocks = Blocks(name, comment, vertices, faces, materials, bones)
    try:
        _read_rest(cursor, blocks)
    except FormatError as error:
        notes.add("damaged", f"{error}; what precedes it is kept")
    else:
        if cursor.remaining:
            notes.add("end of file", f"{cursor.remaining} bytes that belong to nothing")
    return blocks


def _whole(cursor: Cursor, section: str, noun: str, record: np.dtype[Any], count: str = "<I") -> Records:
    """Read a section of records of one size; positions must be finite."""
    cursor.enter(section)
    n = cursor.count(record.itemsize, noun, count)
    start = cursor.at
    found = cursor.array(record, n)
    if "position" in (record.names or ()):
        wild = ~np.isfinite(found["position"]).all(-1)
        if wild.any():
            i = int(wild.argmax())
            at = start + i * record.itemsize
            raise cursor.error(f"position {found['position'][i].tolist()}", "finite numbers", item=f"{noun} {i}", at=at)
    return found


def _read_rest(cursor: Cursor, blocks: Blocks) -> None:
    """Read the blocks after the bones; the file may end before any of the optional ones."""
    for _ in cursor.items("IK", "chain", count="<H"):
        bone, target = cursor.u16(), cursor.u16()
        links = cursor.u8()
        loops, step = cursor.u16(), cursor.floats(1)[0]
        blocks.iks.append(IKBlock(bone, target, loops, step, [cursor.u16() for _ in range(links)]))
    for _ in cursor.items("morphs", "morph", count="<H"):
        name, (n, kind) = cursor.fixed_text(20), cursor.unpack("<IB")
        blocks.morphs.append(MorphBlock(name, int(kind), cursor.array(MORPH_ELEMENT, int(n))))
    blocks.shown_morphs.extend(cursor.u16() for _ in cursor.items("morph list", "morph", count="<B"))
    blocks.groups.extend(cursor.fixed_text(50).rstrip() for _ in cursor.items("group names", "group", count="<B"))
    blocks.shown_bones.extend((cursor.u16(), cursor.u8()) for _ in cursor.items("groups", "item", count="<I"))
    for read in (_english, _toons, _physics):
        if cursor.remaining:
            read(cursor, blocks)


def _english(cursor: Cursor, blocks: Blocks) -> None:
    cursor.enter("English names")
    if not cursor.u8():
        return
    blocks.name_en, blocks.comment_en = cursor.fixed_text(20), cursor.fixed_text(256)
    blocks.bones_en.extend(cursor.fixed_text(20) for _ in blocks.bones)
    for morph in blocks.morphs:
        if morph.kind != BASE:
            morph.name_en = cursor.fixed_text(20)
    blocks.groups_en.extend(cursor.fixed_text(50).rstrip() for _ in blocks.groups)


def _toons(cursor: Cursor, blocks: Blocks) -> None:
    cursor.enter("toons")
    blocks.toons.extend(cursor.fixed_text(100) for _ in range(TOONS))


def _physics(cursor: Cursor, blocks: Blocks) -> None:
    for _ in cursor.items("rigid bodies", "body", count="<I"):
        name, (bone, group, mask, shape) = cursor.fixed_text(20), cursor.unpack("<HBHB")
        numbers, mode = cursor.floats(14), cursor.u8()
        blocks.bodies.append(BodyBlock(name, int(bone), int(group), int(mask), int(shape), numbers, mode))
    for _ in cursor.items("joints", "joint", count="<I"):
        name, (body_a, body_b) = cursor.fixed_text(20), cursor.unpack("<II")
        blocks.joints.append(JointBlock(name, int(body_a), int(body_b), cursor.floats(24)))
