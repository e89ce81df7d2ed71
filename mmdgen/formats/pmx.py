"""PMX 2.0 and 2.1, section by section in file order.

References and numbers are returned as the file has them; ``repair`` then drops what cannot be used. The first sections
must be whole; from the morphs on, a damaged file keeps what precedes the damage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from typing import Any

from mmdgen.formats.cursor import Cursor, Notes, until_damage
from mmdgen.formats.pmx_layout import ENCODINGS, MATERIAL_FLAGS, VERSIONS, BoneFlag, Layout, layout
from mmdgen.formats.pmx_morphs import parse_morphs
from mmdgen.formats.pmx_physics import parse_bodies, parse_joints, parse_soft_bodies
from mmdgen.formats.pmx_vertices import parse_faces, parse_vertices
from mmdgen.model import (
    IK,
    Append,
    Bone,
    Frame,
    IKLink,
    Material,
    MaterialFlags,
    Model,
    Source,
    SphereMode,
)


def parse(data: bytes, subject: str, notes: Notes) -> Model:
    """Read a PMX file into a Model whose references are unchecked; raise FormatError when a first section is broken."""
    cursor = Cursor(data, subject, ENCODINGS[0])
    refer = _header(cursor)
    name, name_en, comment, comment_en = (cursor.text() for _ in range(4))
    vertices = parse_vertices(cursor, refer.extra_uvs, refer.bone)
    faces = parse_faces(cursor, refer.vertex, len(vertices), notes)
    textures = tuple(cursor.text() for _ in cursor.items("textures", "texture", 4))
    materials = tuple(_material(cursor, refer) for _ in cursor.items("materials", "material", 86))
    bones = tuple(_bone(cursor, refer) for _ in cursor.items("bones", "bone", 28))
    model = Model(
        name=name,
        name_en=name_en,
        comment=comment,
        comment_en=comment_en,
        vertices=vertices,
        faces=faces,
        textures=textures,
        materials=materials,
        bones=bones,
        source=Source(format="pmx", version=refer.version),
    )
    return _later_sections(cursor, refer, model, notes)


def _header(cursor: Cursor) -> Layout:
    cursor.take(4)  # "PMX" and a space, or whatever else an editor wrote there
    version = round(cursor.floats(1)[0], 2)
    if version not in VERSIONS:
        raise cursor.error(f"version {version}", "2.0 or 2.1", "save it as PMX 2.0 in an MMD editor")
    settings = cursor.take(cursor.u8())
    if len(settings) < 8:
        raise cursor.error(f"{len(settings)} settings", "8 or more")
    encoding, extra_uvs, *sizes = settings[:8]
    if encoding >= len(ENCODINGS) or extra_uvs > 4 or any(size not in (1, 2, 4) for size in sizes):
        raise cursor.error(
            f"settings {list(settings[:8])}", "a text encoding 0-2, 0-4 additional UVs, index sizes 1, 2 or 4"
        )
    cursor.encoding = ENCODINGS[encoding]
    return layout(version, encoding, extra_uvs, sizes)


def _material(cursor: Cursor, refer: Layout) -> Material:
    name, name_en = cursor.text(), cursor.text()
    color = cursor.floats(11)
    flags = cursor.u8()
    edge_color, edge_size = cursor.floats(4), cursor.floats(1)[0]
    texture, sphere = cursor.reference(refer.texture), cursor.reference(refer.texture)
    mode = cursor.u8()
    if cursor.u8():
        toon, shared_toon = None, cursor.u8()
    else:
        toon, shared_toon = cursor.reference(refer.texture), None
    memo = cursor.text()
    indices = int(cursor.unpack("<i")[0])
    if indices < 0:
        raise cursor.error(f"{indices} face indices", "0 or more")
    return Material(
        name=name,
        name_en=name_en,
        diffuse=(color[0], color[1], color[2], color[3]),
        specular=(color[4], color[5], color[6]),
        power=color[7],
        ambient=(color[8], color[9], color[10]),
        flags=MaterialFlags(**{flag: bool(flags >> bit & 1) for bit, flag in enumerate(MATERIAL_FLAGS)}),
        edge_color=(edge_color[0], edge_color[1], edge_color[2], edge_color[3]),
        edge_size=edge_size,
        texture=texture,
        sphere=sphere,
        sphere_mode=SphereMode(mode) if mode < len(SphereMode) else SphereMode.NONE,
        toon=toon,
        shared_toon=shared_toon,
        memo=memo,
        face_count=indices // 3,
    )


def _bone(cursor: Cursor, refer: Layout) -> Bone:
    name, name_en = cursor.text(), cursor.text()
    position = cursor.triple()
    if not all(isfinite(value) for value in position):
        raise cursor.error(f"position {position}", "finite numbers")
    parent = cursor.reference(refer.bone)
    layer, flags = (int(value) for value in cursor.unpack("<iH"))
    tail = cursor.integer(refer.bone) if flags & BoneFlag.TAIL_IS_BONE else cursor.triple()
    append = None
    if flags & (BoneFlag.APPEND_ROTATE | BoneFlag.APPEND_TRANSLATE):
        append = Append(
            bone=cursor.integer(refer.bone),
            ratio=cursor.floats(1)[0],
            rotate=bool(flags & BoneFlag.APPEND_ROTATE),
            translate=bool(flags & BoneFlag.APPEND_TRANSLATE),
            local=bool(flags & BoneFlag.APPEND_LOCAL),
        )
    return Bone(
        name=name,
        name_en=name_en,
        position=position,
        parent=parent,
        layer=layer,
        tail=tail,
        rotatable=bool(flags & BoneFlag.ROTATABLE),
        movable=bool(flags & BoneFlag.MOVABLE),
        visible=bool(flags & BoneFlag.VISIBLE),
        operable=bool(flags & BoneFlag.OPERABLE),
        after_physics=bool(flags & BoneFlag.AFTER_PHYSICS),
        append=append,
        fixed_axis=cursor.triple() if flags & BoneFlag.FIXED_AXIS else None,
        local_axes=(cursor.triple(), cursor.triple()) if flags & BoneFlag.LOCAL_AXES else None,
        external_key=int(cursor.unpack("<i")[0]) if flags & BoneFlag.EXTERNAL else None,
        ik=_ik(cursor, refer) if flags & BoneFlag.IK else None,
    )


def _ik(cursor: Cursor, refer: Layout) -> IK:
    target = cursor.integer(refer.bone)
    loops, max_angle = cursor.unpack("<if")
    links = []
    for _ in range(cursor.count(refer.bone.itemsize + 1, "IK link")):
        cursor.record()
        bone = cursor.integer(refer.bone)
        links.append(IKLink(bone, (cursor.triple(), cursor.triple()) if cursor.u8() else None))
    return IK(target, int(loops), float(max_angle), tuple(links))


def _later_sections(cursor: Cursor, refer: Layout, model: Model, notes: Notes) -> Model:
    """Read the sections from the morphs on; at the first damage keep what precedes it."""
    sections: dict[str, Iterable[Any]] = {
        "morphs": parse_morphs(cursor, refer, notes),
        "frames": (_frame(cursor, refer) for _ in cursor.items("frames", "frame")),
        "bodies": parse_bodies(cursor, refer),
        "joints": parse_joints(cursor, refer, notes),
        "soft_bodies": parse_soft_bodies(cursor, refer),
    }
    found, whole = until_damage(sections, notes)
    if whole and cursor.remaining:
        notes.add("end of file", f"{cursor.remaining} bytes that belong to nothing")
    return replace(model, **found)


def _frame(cursor: Cursor, refer: Layout) -> Frame:
    name, name_en, special = cursor.text(), cursor.text(), bool(cursor.u8())
    items = []
    for _ in range(cursor.count(2, "item")):
        kind = cursor.u8()
        if kind > 1:
            raise cursor.error(f"item kind {kind}", "0 (bone) or 1 (morph)")
        cursor.record()
        items.append((kind, cursor.integer(refer.morph if kind else refer.bone)))
    return Frame(name, name_en, special, tuple(items))
