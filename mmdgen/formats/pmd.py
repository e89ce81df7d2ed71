"""PMD becomes the record that PMX describes, here and nowhere else.

What a PMD leaves unsaid gets MMD's own behaviour: thin black edges, both sides of translucent materials drawn, alpha
0.98 for no self-shadow, knees that bend one way.
"""

from __future__ import annotations

from math import pi, radians

import numpy as np
from numpy.typing import NDArray

from mmdgen.formats.cursor import Notes
from mmdgen.formats.pmd_blocks import BASE, Blocks, BodyBlock, IKBlock, Records, read_blocks
from mmdgen.model import (
    IK,
    Append,
    Bone,
    Deform,
    Frame,
    IKLink,
    Joint,
    JointKind,
    Material,
    MaterialFlags,
    Model,
    Morph,
    Panel,
    RigidBody,
    Source,
    SphereMode,
    VertexMorph,
    Vertices,
)

NO_BONE = 0xFFFF
NO_TOON = 0xFF
NO_BODY = 0xFFFFFFFF
NO_SELF_SHADOW_ALPHA = 0.98
KNEE_LIMITS = ((-float(np.float32(pi)), 0.0, 0.0), (-float(np.float32(radians(0.5))), 0.0, 0.0))  # PMX editors' own
SPHERES = {".sph": SphereMode.MULTIPLY, ".spa": SphereMode.ADD}


class BoneKind:
    """The kinds of PMD bones that differ from plain rotation."""

    MOVE = 1
    IK = 2
    APPEND_ROTATE = 5  # takes over the rotation of the bone in its IK field
    IK_TARGET = 6
    HIDDEN = 7
    TWIST = 8  # turns about the line to its tail bone
    APPEND_SHARE = 9  # takes over a share, the IK field in percent, of the rotation of its tail bone


def parse(data: bytes, subject: str, notes: Notes) -> Model:
    """Read a PMD file into a Model whose references are unchecked; raise FormatError when a first block is broken."""
    blocks = read_blocks(data, subject, notes)
    with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite is dropped by repair
        return _model(blocks, notes)


def _model(blocks: Blocks, notes: Notes) -> Model:
    textures: dict[str, int] = {}
    morphs, numbers = _morphs(blocks, notes)
    bones = _bones(blocks, notes)
    return Model(
        name=blocks.name,
        name_en=blocks.name_en,
        comment=blocks.comment,
        comment_en=blocks.comment_en,
        vertices=_vertices(blocks.vertices),
        faces=blocks.faces,
        materials=tuple(_material(i, row, blocks.toons, textures) for i, row in enumerate(blocks.materials)),
        textures=tuple(textures),
        bones=bones,
        morphs=morphs,
        frames=_frames(blocks, numbers),
        bodies=tuple(_body(body, bones) for body in blocks.bodies),
        joints=tuple(
            Joint(j.name, "", JointKind.SPRING_6DOF, _index(j.body_a, NO_BODY), _index(j.body_b, NO_BODY), j.numbers)
            for j in blocks.joints
        ),
        source=Source(format="pmd", version=1.0),
    )


def _index(value: int, nothing: int) -> int | None:
    return None if value == nothing else value


def _text(field: np.void) -> str:
    return field.tobytes().split(b"\0", 1)[0].decode("cp932", "replace")


def _vertices(records: Records) -> Vertices:
    """All vertices are BDEF2 with weights in percent."""
    n = len(records)
    bone, weight = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.float32)
    bone[:, :2] = records["bone"]
    weight[:, 0] = records["percent"] / np.float32(100)
    weight[:, 1] = 1 - weight[:, 0]
    return Vertices(
        position=np.ascontiguousarray(records["position"]),
        normal=np.ascontiguousarray(records["normal"]),
        uv=np.ascontiguousarray(records["uv"]),
        extra_uv=np.zeros((n, 0, 4), np.float32),
        deform=np.full(n, Deform.BDEF2, np.uint8),
        bone=bone,
        weight=weight,
        sdef_vertex=np.zeros(0, np.int32),
        sdef=np.zeros((0, 3, 3), np.float32),
        edge_scale=(records["no_edge"] == 0).astype(np.float32),
    )


def _material(i: int, row: np.void, toons: list[str], textures: dict[str, int]) -> Material:
    """Read one material; ``textures`` collects the paths in order of first use."""
    texture = sphere = toon = shared_toon = None
    mode = SphereMode.NONE
    for path in filter(None, _text(row["texture"]).split("*")):
        number = textures.setdefault(path, len(textures))
        if path[-4:].lower() in SPHERES:
            sphere, mode = number, SPHERES[path[-4:].lower()]
        elif texture is None:
            texture = number
    named = int(row["toon"])
    if named < len(toons) and toons[named]:
        toon = textures.setdefault(toons[named], len(textures))
    elif named != NO_TOON:
        shared_toon = named
    diffuse, specular, ambient = row["diffuse"].tolist(), row["specular"].tolist(), row["ambient"].tolist()
    alpha, edge = diffuse[3], bool(row["edge"])
    shadowed = abs(alpha - NO_SELF_SHADOW_ALPHA) > 1e-5
    return Material(
        name=f"材質{i + 1}",
        name_en=f"Material{i + 1}",
        diffuse=tuple(diffuse),
        specular=tuple(specular),
        power=float(row["power"]),
        ambient=tuple(ambient),
        flags=MaterialFlags(
            two_sided=alpha < 1,
            ground_shadow=edge,  # one switch for both in PMD
            casts_self_shadow=shadowed,
            receives_self_shadow=shadowed,
            edge=edge,
        ),
        edge_color=(0.0, 0.0, 0.0, 1.0),
        edge_size=1.0,
        texture=texture,
        sphere=sphere,
        sphere_mode=mode,
        toon=toon,
        shared_toon=shared_toon,
        memo="",
        face_count=int(row["indices"]) // 3,
    )


def _bones(blocks: Blocks, notes: Notes) -> tuple[Bone, ...]:
    chains: dict[int, IKBlock] = {}
    names = [_text(row["name"]) for row in blocks.bones]
    for chain in blocks.iks:
        if chain.bone >= len(names) or chain.bone in chains:
            reason = "that has one already" if chain.bone in chains else "that does not exist"
            notes.add("IK", f"chain for a bone {reason}, left out", f"bone {chain.bone}")
        else:
            chains[chain.bone] = chain
    english = blocks.bones_en + [""] * (len(names) - len(blocks.bones_en))
    return tuple(
        _bone(row, names[i], english[i], _ik(chains[i], names) if i in chains else None, blocks.bones["position"])
        for i, row in enumerate(blocks.bones)
    )


def _bone(row: np.void, name: str, name_en: str, ik: IK | None, positions: NDArray[np.float32]) -> Bone:
    kind, tail = int(row["kind"]), int(row["tail"])
    append, axis = None, None
    if kind == BoneKind.APPEND_ROTATE:
        append = Append(int(row["ik"]), 1.0, rotate=True, translate=False, local=False)
    elif kind == BoneKind.APPEND_SHARE:
        share = np.float32(row["ik"].astype(np.int16) / 100)
        append = Append(tail, float(share), rotate=True, translate=False, local=False)
    elif kind == BoneKind.TWIST and tail < len(positions):
        line = positions[tail] - row["position"]
        length = np.linalg.norm(line)
        axis = (line / length).astype(np.float32).tolist() if length > 0 else None
    x, y, z = row["position"].tolist()
    return Bone(
        name=name,
        name_en=name_en,
        position=(x, y, z),
        parent=_index(int(row["parent"]), NO_BONE),
        layer=2 if append else 1 if ik or kind == BoneKind.IK else 0,  # MMD: plain bones, then IK, then appends
        tail=-1 if append or axis or tail in (0, NO_BONE) else tail,
        movable=kind in (BoneKind.MOVE, BoneKind.IK) or ik is not None,
        visible=kind not in (BoneKind.IK_TARGET, BoneKind.HIDDEN, BoneKind.APPEND_SHARE),
        append=append,
        fixed_axis=(axis[0], axis[1], axis[2]) if axis else None,
        ik=ik,
    )


def _ik(chain: IKBlock, names: list[str]) -> IK:
    links = tuple(
        IKLink(bone, KNEE_LIMITS if bone < len(names) and names[bone].endswith("ひざ") else None)
        for bone in chain.links
    )
    return IK(chain.target, chain.loops, float(np.float32(4) * np.float32(chain.step)), links)


def _morphs(blocks: Blocks, notes: Notes) -> tuple[tuple[Morph, ...], list[int]]:
    """Return the morphs but the base, and for each morph of the file its number among them or -1."""
    base = next((morph.elements["index"] for morph in blocks.morphs if morph.kind == BASE), None)
    vertex = np.zeros(0, np.uint32) if base is None else base
    morphs: list[Morph] = []
    numbers = []
    for i, block in enumerate(blocks.morphs):
        numbers.append(-1 if block.kind == BASE else len(morphs))
        if block.kind == BASE:
            continue
        panel = block.kind
        if panel >= len(Panel):
            notes.add("morphs", "unknown panel, put under others", f"morph {i} '{block.name}', panel {panel}")
            panel = Panel.OTHER
        mapped = np.full(len(block.elements), -1, np.int32)
        known = block.elements["index"] < len(vertex)
        mapped[known] = vertex[block.elements["index"][known]].astype(np.int64).clip(max=np.iinfo(np.int32).max)
        data = VertexMorph(mapped, np.ascontiguousarray(block.elements["offset"]))
        morphs.append(Morph(block.name, block.name_en, Panel(panel), data))
    return tuple(morphs), numbers


def _frames(blocks: Blocks, numbers: list[int]) -> tuple[Frame, ...]:
    """Return the two frames that PMX always has, then the file's groups of bones."""
    shown = [(1, numbers[i] if i < len(numbers) else i) for i in blocks.shown_morphs]
    groups: list[list[tuple[int, int]]] = [[] for _ in blocks.groups]
    for bone, group in blocks.shown_bones:
        if 1 <= group <= len(groups):
            groups[group - 1].append((0, bone))
    english = blocks.groups_en + [""] * (len(groups) - len(blocks.groups_en))
    return (
        Frame("Root", "Root", special=True, items=((0, 0),) if len(blocks.bones) else ()),
        Frame("表情", "Exp", special=True, items=tuple(item for item in shown if item[1] >= 0)),
        *(
            Frame(name, name_en, special=False, items=tuple(items))
            for name, name_en, items in zip(blocks.groups, english, groups, strict=True)
        ),
    )


def _body(body: BodyBlock, bones: tuple[Bone, ...]) -> RigidBody:
    """Place a body that the file places relative to its bone, or to the first one."""
    bone = _index(body.bone, NO_BONE)
    numbers = np.array(body.numbers, np.float32)
    anchor = 0 if bone is None else bone
    if anchor < len(bones):
        numbers[3:6] += np.array(bones[anchor].position, np.float32)
    return RigidBody(body.name, "", bone, body.group, body.mask, body.shape, tuple(numbers.tolist()), body.mode)
