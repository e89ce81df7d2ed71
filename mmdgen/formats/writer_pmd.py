"""A Model to the bytes of a PMD file: what PMD has words for, in cp932 and in its narrow fields."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import FormatError
from mmdgen.formats.pmd import NO_BODY, NO_BONE, NO_TOON, SPHERES, BoneKind
from mmdgen.formats.pmd_blocks import BASE, BONE, MATERIAL, MORPH_ELEMENT, TOONS, VERTEX
from mmdgen.groups import Groups
from mmdgen.model import (
    Bone,
    GroupMorph,
    Joint,
    JointKind,
    Material,
    Model,
    Panel,
    RigidBody,
    SphereMode,
    VertexMorph,
    Vertices,
)

MOST_VERTICES = 0xFFFF
NAME, COMMENT, GROUP, TOON = 20, 256, 50, 100  # bytes of texts
_ALONG = 0.9999  # cosine between a fixed axis and the line to the bone that stands for it


@np.errstate(over="ignore", invalid="ignore")  # numbers beyond float32 become infinite, as they are in the product
def write_pmd(model: Model) -> bytes:
    """Return the model as a PMD file.

    What PMD has no words for is left out: names of materials, edges of other colours, sides other than by opacity,
    additional UVs, more than two bones a vertex, morphs of anything but vertices (groups of those are flattened),
    limits of IK other than knees, joints of PMX 2.1, soft bodies. Weights are rounded to percents, texts are cut to
    their fields, and letters that cp932 lacks become "?". What a PMD said is kept: ``read(write(read(b))) == read(b)``
    for files that are whole and have toons.

    Raises FormatError for what would change the character: more than 65,535 vertices, more than ten toons, a texture's
    path that does not fit, or a sphere map whose extension does not say how it is combined.
    """
    if len(model.vertices) > MOST_VERTICES:
        raise _cannot(model, f"{len(model.vertices)} vertices", f"at most {MOST_VERTICES}")
    morphs, number = _morphs(model)
    toons = _toons(model)
    try:
        return b"".join(
            (
                b"Pmd" + struct.pack("<f", 1.0) + _text(model.name, NAME) + _text(model.comment, COMMENT),
                struct.pack("<I", len(model.vertices)) + _vertices(model.vertices),
                struct.pack("<I", model.faces.size) + model.faces.astype("<u2").tobytes(),
                _counted("<I", [_material(m, model, toons) for m in model.materials]),
                _counted("<H", [_bone(bone, model.bones) for bone in model.bones]),
                _counted("<H", [_ik(k, bone) for k, bone in enumerate(model.bones) if bone.ik is not None]),
                _morph_block(model, morphs),
                _frames(model, number),
                _english(model, morphs),
                b"".join(_text(path, TOON) for path in toons),
                _counted("<I", [_body(body, model.bones) for body in model.bodies]),
                _counted("<I", [_joint(j) for j in model.joints if j.kind == JointKind.SPRING_6DOF]),
            )
        )
    except (struct.error, OverflowError) as error:
        raise _cannot(model, str(error), "numbers that PMD can hold") from error


def _cannot(model: Model, found: str, expected: str) -> FormatError:
    return FormatError(f"model '{model.name}': {found}, expected {expected}; write it as PMX")


def _counted(layout: str, items: Sequence[bytes]) -> bytes:
    return struct.pack(layout, len(items)) + b"".join(items)


def _text(text: str, size: int) -> bytes:
    """Return a text filled up to its field with NULs, cut between letters."""
    data = b""
    for letter in text.split("\0", 1)[0]:
        more = letter.encode("cp932", "replace")
        if len(data) + len(more) > size:
            break
        data += more
    return data.ljust(size, b"\0")


# --- vertices and materials -------------------------------------------------------------------------------------------


def _vertices(vertices: Vertices) -> bytes:
    """Return the records: the two strongest bones of each vertex, in the order in which they are."""
    records = np.zeros(len(vertices), VERTEX)
    for name in ("position", "normal", "uv"):
        records[name] = getattr(vertices, name)
    bone, weight = vertices.bone, vertices.weight.astype(np.float64)
    crowded = (vertices.weight[:, 2:] != 0).any(1)
    two = np.tile([0, 1], (len(vertices), 1))
    two[crowded] = np.sort(np.argsort(-weight[crowded], axis=1, kind="stable")[:, :2], axis=1)
    bone, share = np.take_along_axis(bone, two, 1), np.take_along_axis(weight, two, 1)
    share[crowded] /= np.maximum(share[crowded].sum(1, keepdims=True), 1e-9)
    records["bone"] = np.where(bone < 0, NO_BONE, bone)
    records["percent"] = np.clip(np.nan_to_num(np.rint(share[:, 0] * 100)), 0, 255)
    records["no_edge"] = vertices.edge_scale == 0
    return records.tobytes()


def _toons(model: Model) -> list[str]:
    """Return the ten names of the toon block: those that MMD brings, but for the places that the model's own take."""
    names = [f"toon{k + 1:02}.bmp" for k in range(TOONS)]
    shared = {m.shared_toon for m in model.materials if m.toon is None}
    own = list(dict.fromkeys(model.textures[m.toon] for m in model.materials if m.toon is not None))
    free = [k for k in range(TOONS) if k not in shared and names[k] not in own]
    missing = [path for path in own if path not in names]
    if len(missing) > len(free):
        raise _cannot(
            model, f"{len(missing)} toons of its own beside {TOONS - len(free)} shared ones", f"{TOONS} in all"
        )
    for k, path in zip(free, missing, strict=False):
        names[k] = path
    return names


def _material(material: Material, model: Model, toons: list[str]) -> bytes:
    record = np.zeros((), MATERIAL)
    for name in ("diffuse", "power", "specular", "ambient"):
        record[name] = getattr(material, name)
    toon = material.shared_toon if material.toon is None else toons.index(model.textures[material.toon])
    record["toon"] = NO_TOON if toon is None else toon
    record["edge"] = material.flags.edge
    record["indices"] = material.face_count * 3
    path = _texture(material, model)
    if not _fits(path, NAME):
        raise _cannot(model, f"texture {path!r}", f"a path of {NAME} bytes in cp932")
    record["texture"] = np.void(_text(path, NAME))
    return record.tobytes()


def _fits(text: str, size: int) -> bool:
    try:
        return len(text.encode("cp932")) <= size
    except UnicodeEncodeError:
        return False


def _texture(material: Material, model: Model) -> str:
    """Return the paths of a material's texture and sphere map as PMD joins them."""
    paths = [] if material.texture is None else [model.textures[material.texture]]
    if material.sphere is not None and material.sphere_mode in (SphereMode.MULTIPLY, SphereMode.ADD):
        sphere = model.textures[material.sphere]
        if SPHERES.get(sphere[-4:].lower()) != material.sphere_mode:
            raise _cannot(
                model, f"sphere map {sphere!r} that is to {material.sphere_mode.name.lower()}", ".sph or .spa"
            )
        paths.append(sphere)
    if paths and material.texture is not None and PurePosixPath(paths[0]).suffix.lower() in SPHERES:
        raise _cannot(model, f"texture {paths[0]!r}", "an extension other than that of sphere maps")
    return "*".join(paths)


# --- bones ------------------------------------------------------------------------------------------------------------


def _bone(bone: Bone, bones: Sequence[Bone]) -> bytes:
    record = np.zeros((), BONE)
    kind, tail, field = _kind(bone, bones)
    record["name"] = np.void(_text(bone.name, NAME))
    record["parent"] = NO_BONE if bone.parent is None else bone.parent
    record["tail"] = tail
    record["kind"] = kind
    record["ik"] = field & 0xFFFF
    record["position"] = bone.position
    return record.tobytes()


def _kind(bone: Bone, bones: Sequence[Bone]) -> tuple[int, int, int]:
    """Return a bone's kind, its tail and the number that depends on the kind."""
    tail = bone.tail if isinstance(bone.tail, int) and bone.tail >= 0 else 0
    append = bone.append
    if append is not None and append.rotate:
        if append.ratio == 1 and bone.visible:
            return BoneKind.APPEND_ROTATE, tail, append.bone
        percent = round(append.ratio * 100)
        if not -(1 << 15) <= percent < 1 << 15:
            raise OverflowError(f"an append of {percent} percent")
        return BoneKind.APPEND_SHARE, append.bone, percent
    if bone.fixed_axis is not None:
        along = _bone_along(bone, bones)
        if along is not None:
            return BoneKind.TWIST, along, 0
    if bone.ik is not None:
        return BoneKind.IK, tail, 0
    if not bone.visible:
        return BoneKind.HIDDEN, tail, 0
    return (BoneKind.MOVE if bone.movable else 0), tail, 0


def _bone_along(bone: Bone, bones: Sequence[Bone]) -> int | None:
    """Return the bone that lies best along a bone's fixed axis, if one does."""
    line = np.array([b.position for b in bones], np.float32) - np.array(bone.position, np.float32)
    length = np.linalg.norm(line, axis=1)
    cosine = (line @ np.array(bone.fixed_axis, np.float32)) / np.where(length > 0, length, 1)
    best = int(cosine.argmax())
    return best if cosine[best] > _ALONG else None


def _ik(number: int, bone: Bone) -> bytes:
    ik = bone.ik
    assert ik is not None
    links = [link.bone for link in ik.links]
    head = struct.pack("<HHBHf", number, ik.target, len(links), ik.loops, ik.max_angle / 4)
    return head + struct.pack(f"<{len(links)}H", *links)


# --- morphs and display groups ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Moves:
    """One morph as PMD has it."""

    name: str
    name_en: str
    panel: int
    index: NDArray[np.int32]
    offset: NDArray[np.float32]


def _morphs(model: Model) -> tuple[list[_Moves], dict[int, int]]:
    """Return the morphs that PMD can say, and the number of each among them, counted from 1, by its number here."""
    made: list[_Moves] = []
    number = {}
    groups = Groups(model.morphs)
    for k, morph in enumerate(model.morphs):
        parts = list(_parts(model, groups, k))
        if not parts and not isinstance(morph.data, VertexMorph):
            continue
        index = np.concatenate([i for i, _ in parts]) if parts else np.zeros(0, np.int32)
        offset = np.concatenate([o for _, o in parts]) if parts else np.zeros((0, 3), np.float32)
        panel = Panel.OTHER if morph.panel == Panel.SYSTEM else morph.panel
        made.append(_Moves(morph.name, morph.name_en, panel, index, offset))
        number[k] = len(made)
    return made, number


def _parts(model: Model, groups: Groups, k: int) -> Iterable[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Yield the vertices and offsets of a vertex morph, or of all those behind a group."""
    whole = model.morphs[k].data
    if isinstance(whole, GroupMorph) and whole.flip:
        return
    leaves = groups.leaves(k)
    for leaf, weight in zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True):
        data = model.morphs[leaf].data
        if isinstance(data, VertexMorph):
            yield data.index, data.offset if weight == 1 else (data.offset * np.float32(weight)).astype(np.float32)


def _morph_block(model: Model, morphs: Sequence[_Moves]) -> bytes:
    """Return the base, which lists every vertex that moves, and the morphs, which count its elements."""
    if not morphs:
        return struct.pack("<H", 0)
    base = np.unique(np.concatenate([m.index for m in morphs]))
    blocks = [_morph("base", BASE, base, model.vertices.position[base])]
    blocks += [_morph(m.name, m.panel, np.searchsorted(base, m.index), m.offset) for m in morphs]
    return _counted("<H", blocks)


def _morph(name: str, kind: int, index: NDArray[np.integer], offset: NDArray[np.float32]) -> bytes:
    records = np.zeros(len(index), MORPH_ELEMENT)
    records["index"], records["offset"] = index, offset
    return _text(name, NAME) + struct.pack("<IB", len(records), kind) + records.tobytes()


def _frames(model: Model, number: dict[int, int]) -> bytes:
    """Return the list of morphs that MMD shows, the groups' names, and which bone is in which."""
    shown = [number[k] for f in model.frames if f.special for kind, k in f.items if kind and k in number]
    groups = [f for f in model.frames if not f.special]
    items = [struct.pack("<HB", k, g) for g, f in enumerate(groups, 1) for kind, k in f.items if not kind]
    names = [_text(f.name + "\n", GROUP) for f in groups]
    listed = struct.pack(f"<B{len(shown)}H", len(shown), *shown)
    return listed + _counted("<B", names) + _counted("<I", items)


def _english(model: Model, morphs: Sequence[_Moves]) -> bytes:
    """Return the English names, or that there are none."""
    groups = [f.name_en for f in model.frames if not f.special]
    names = [b.name_en for b in model.bones] + [m.name_en for m in morphs]
    if not any((model.name_en, model.comment_en, *names, *groups)):
        return b"\0"
    head = b"\1" + _text(model.name_en, NAME) + _text(model.comment_en, COMMENT)
    return head + b"".join(_text(name, NAME) for name in names) + b"".join(_text(name, GROUP) for name in groups)


# --- physics ----------------------------------------------------------------------------------------------------------


def _body(body: RigidBody, bones: Sequence[Bone]) -> bytes:
    """Return a body, placed relative to its bone, or to the first one."""
    numbers = np.array(body.numbers, np.float64)
    anchor = 0 if body.bone is None else body.bone
    if anchor < len(bones):
        numbers[3:6] -= np.array(bones[anchor].position, np.float64)
    head = (NO_BONE if body.bone is None else body.bone, body.group, body.collision_mask, body.shape)
    return _text(body.name, NAME) + struct.pack("<HBHB14fB", *head, *numbers, body.mode)


def _joint(joint: Joint) -> bytes:
    ends = [NO_BODY if end is None else end for end in (joint.body_a, joint.body_b)]
    return _text(joint.name, NAME) + struct.pack("<II24f", *ends, *joint.numbers)
