"""A Model to the bytes of a PMX file that reads back as the same Model."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from mmdgen.errors import FormatError
from mmdgen.formats.pmx_layout import (
    MATERIAL_FLAGS,
    SOFT_BODY_HEAD,
    BoneFlag,
    Layout,
    MorphKind,
    anchor,
    layout,
    morph_element,
    vertex_head,
    vertex_tail,
)
from mmdgen.model import (
    IK,
    Bone,
    BoneMorph,
    Deform,
    Frame,
    GroupMorph,
    ImpulseMorph,
    Joint,
    Material,
    MaterialMorph,
    Model,
    Morph,
    Morphing,
    RigidBody,
    SoftBody,
    UVMorph,
    VertexMorph,
    Vertices,
)

UTF16 = 0


def write_pmx(model: Model) -> bytes:
    """Return the model as a PMX file, 2.1 when it has something that 2.0 lacks.

    ``read(write(m)) == m`` for every sound model whose numbers are float32. Raises FormatError for numbers that the
    format cannot hold.
    """
    refer = _layout_for(model)
    out = bytearray(b"PMX ")
    sizes = (refer.vertex, refer.texture, refer.material, refer.bone, refer.morph, refer.body)
    out += struct.pack("<fB8B", refer.version, 8, UTF16, refer.extra_uvs, *(kind.itemsize for kind in sizes))
    try:
        for text in (model.name, model.name_en, model.comment, model.comment_en):
            out += _text(text)
        out += _vertices(model.vertices, refer)
        out += struct.pack("<i", model.faces.size) + model.faces.astype(refer.vertex).tobytes()
        out += _section([_text(path) for path in model.textures])
        out += _section([_material(material, refer) for material in model.materials])
        out += _section([_bone(bone, refer) for bone in model.bones])
        out += _section([_morph(morph, refer) for morph in model.morphs])
        out += _section([_frame(frame, refer) for frame in model.frames])
        out += _section([_body(body, refer) for body in model.bodies])
        out += _section([_joint(joint, refer) for joint in model.joints])
        if refer.version > 2:
            out += _section([_soft_body(body, refer) for body in model.soft_bodies])
    except (struct.error, OverflowError) as error:
        raise FormatError(f"model '{model.name}': {error}, expected numbers that PMX can hold") from error
    return bytes(out)


def _layout_for(model: Model) -> Layout:
    """Choose the version and the smallest index sizes that hold every number and -1."""
    newer = (
        bool((model.vertices.deform == Deform.QDEF).any())
        or any(m.flags.vertex_color or m.flags.points or m.flags.lines for m in model.materials)
        or any(_kind(morph.data) >= MorphKind.FLIP for morph in model.morphs)
        or any(joint.kind for joint in model.joints)
        or bool(model.soft_bodies)
    )
    counts = [len(part) for part in (model.textures, model.materials, model.bones, model.morphs, model.bodies)]
    vertices = len(model.vertices)
    vertex_size = 1 if vertices <= 0xFF else 2 if vertices <= 0xFFFF else 4
    sizes = [vertex_size] + [1 if n <= 0x7F else 2 if n <= 0x7FFF else 4 for n in counts]
    return layout(2.1 if newer else 2.0, UTF16, model.vertices.extra_uv.shape[1], sizes)


def _section(items: list[bytes]) -> bytes:
    return struct.pack("<i", len(items)) + b"".join(items)


def _text(text: str) -> bytes:
    data = text.encode("utf-16-le", "replace")
    return struct.pack("<i", len(data)) + data


def _index(value: int | None, kind: np.dtype[Any]) -> bytes:
    return (-1 if value is None else value).to_bytes(kind.itemsize, "little", signed=True)


def _floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def _vertices(vertices: Vertices, refer: Layout) -> bytes:
    """Place the records of every deform type among the others by their offsets."""
    head = vertex_head(refer.extra_uvs)
    tails = [vertex_tail(deform, refer.bone) for deform in Deform]
    sizes = np.array([head.itemsize + tail.itemsize for tail in tails], np.int64)[vertices.deform]
    at = np.cumsum(sizes) - sizes
    out = np.zeros(int(sizes.sum()), np.uint8)
    for deform, tail in zip(Deform, tails, strict=True):
        rows = np.flatnonzero(vertices.deform == deform)
        kind = np.dtype([("head", head), ("tail", tail)])
        record = np.zeros(len(rows), kind)
        for name in ("position", "normal", "uv", "extra_uv", "deform"):
            record["head"][name] = getattr(vertices, name)[rows]
        record["tail"]["bone"] = vertices.bone[rows, : tail["bone"].shape[0]]
        record["tail"]["weight"] = vertices.weight[rows, : tail["weight"].shape[0]]
        record["tail"]["edge_scale"] = vertices.edge_scale[rows]
        if deform == Deform.SDEF:
            record["tail"]["sdef"] = vertices.sdef[np.searchsorted(vertices.sdef_vertex, rows)]
        if len(rows):
            out[at[rows, None] + np.arange(kind.itemsize)] = record.view(np.uint8).reshape(len(rows), kind.itemsize)
    return struct.pack("<i", len(vertices)) + out.tobytes()


def _material(material: Material, refer: Layout) -> bytes:
    flags = sum(getattr(material.flags, name) << bit for bit, name in enumerate(MATERIAL_FLAGS))
    colors = (*material.diffuse, *material.specular, material.power, *material.ambient)
    if material.shared_toon is None:
        toon = b"\0" + _index(material.toon, refer.texture)
    else:
        toon = bytes((1, material.shared_toon))
    return b"".join(
        (
            _text(material.name),
            _text(material.name_en),
            _floats(*colors),
            bytes((flags,)),
            _floats(*material.edge_color, material.edge_size),
            _index(material.texture, refer.texture),
            _index(material.sphere, refer.texture),
            bytes((material.sphere_mode,)),
            toon,
            _text(material.memo),
            struct.pack("<i", material.face_count * 3),
        )
    )


def _bone(bone: Bone, refer: Layout) -> bytes:
    append = bone.append
    flags = {
        BoneFlag.TAIL_IS_BONE: isinstance(bone.tail, int),
        BoneFlag.ROTATABLE: bone.rotatable,
        BoneFlag.MOVABLE: bone.movable,
        BoneFlag.VISIBLE: bone.visible,
        BoneFlag.OPERABLE: bone.operable,
        BoneFlag.IK: bone.ik is not None,
        BoneFlag.APPEND_LOCAL: append is not None and append.local,
        BoneFlag.APPEND_ROTATE: append is not None and append.rotate,
        BoneFlag.APPEND_TRANSLATE: append is not None and append.translate,
        BoneFlag.FIXED_AXIS: bone.fixed_axis is not None,
        BoneFlag.LOCAL_AXES: bone.local_axes is not None,
        BoneFlag.AFTER_PHYSICS: bone.after_physics,
        BoneFlag.EXTERNAL: bone.external_key is not None,
    }
    out = _text(bone.name) + _text(bone.name_en) + _floats(*bone.position) + _index(bone.parent, refer.bone)
    out += struct.pack("<iH", bone.layer, sum(flag for flag, on in flags.items() if on))
    out += _index(bone.tail, refer.bone) if isinstance(bone.tail, int) else _floats(*bone.tail)
    if append is not None and (append.rotate or append.translate):
        out += _index(append.bone, refer.bone) + _floats(append.ratio)
    if bone.fixed_axis is not None:
        out += _floats(*bone.fixed_axis)
    if bone.local_axes is not None:
        out += _floats(*bone.local_axes[0], *bone.local_axes[1])
    if bone.external_key is not None:
        out += struct.pack("<i", bone.external_key)
    return out if bone.ik is None else out + _ik(bone.ik, refer)


def _ik(ik: IK, refer: Layout) -> bytes:
    links = [
        _index(link.bone, refer.bone)
        + (b"\0" if link.limits is None else b"\1" + _floats(*link.limits[0], *link.limits[1]))
        for link in ik.links
    ]
    return _index(ik.target, refer.bone) + struct.pack("<if", ik.loops, ik.max_angle) + _section(links)


def _morph(morph: Morph, refer: Layout) -> bytes:
    kind = _kind(morph.data)
    element = morph_element(kind, refer)
    records = np.zeros(len(morph.data.index), element)
    for name in element.names or ():
        records[name] = getattr(morph.data, name)
    head = _text(morph.name) + _text(morph.name_en) + bytes((morph.panel, kind))
    return head + struct.pack("<i", len(records)) + records.tobytes()


def _kind(data: Morphing) -> MorphKind:
    match data:
        case GroupMorph():
            return MorphKind.FLIP if data.flip else MorphKind.GROUP
        case VertexMorph():
            return MorphKind.VERTEX
        case BoneMorph():
            return MorphKind.BONE
        case MaterialMorph():
            return MorphKind.MATERIAL
        case ImpulseMorph():
            return MorphKind.IMPULSE
        case UVMorph():
            return MorphKind(MorphKind.UV + data.channel)


def _frame(frame: Frame, refer: Layout) -> bytes:
    items = [bytes((kind,)) + _index(index, refer.morph if kind else refer.bone) for kind, index in frame.items]
    return _text(frame.name) + _text(frame.name_en) + bytes((frame.special,)) + _section(items)


def _body(body: RigidBody, refer: Layout) -> bytes:
    head = _text(body.name) + _text(body.name_en) + _index(body.bone, refer.bone)
    return head + struct.pack("<BHB14fB", body.group, body.collision_mask, body.shape, *body.numbers, body.mode)


def _joint(joint: Joint, refer: Layout) -> bytes:
    head = _text(joint.name) + _text(joint.name_en) + bytes((joint.kind,))
    return head + _index(joint.body_a, refer.body) + _index(joint.body_b, refer.body) + _floats(*joint.numbers)


def _soft_body(body: SoftBody, refer: Layout) -> bytes:
    head = (body.group, body.collision_mask, body.flags, body.link_distance, body.clusters)
    anchors = np.zeros(len(body.anchor_body), anchor(refer))
    anchors["body"], anchors["vertex"], anchors["near"] = body.anchor_body, body.anchor_vertex, body.anchor_near
    return b"".join(
        (
            _text(body.name),
            _text(body.name_en),
            bytes((body.shape,)),
            _index(body.material, refer.material),
            struct.pack(SOFT_BODY_HEAD, *head, body.mass, body.margin, body.aerodynamics),
            _floats(*body.config, *body.cluster_config),
            struct.pack("<4i", *body.iterations),
            _floats(*body.stiffness),
            struct.pack("<i", len(anchors)) + anchors.tobytes(),
            struct.pack("<i", len(body.pin)) + body.pin.astype(refer.vertex).tobytes(),
        )
    )
