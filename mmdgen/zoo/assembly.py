"""From layers and joints to a Model: everything joined, numbered, and brought to the file's units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import Bone, Deform, Frame, Model, Vertices
from mmdgen.zoo.layers import Layer, material
from mmdgen.zoo.mesh import F8, Mesh, join, scaled
from mmdgen.zoo.morphs import Naming, Targets, name_morphs
from mmdgen.zoo.rigging import Body, Joint, bones, physics
from mmdgen.zoo.skeleton import hung
from mmdgen.zoo.traits import Traits

COMMENT = "Made by mmdgen zoo. CC0 1.0: no rights reserved."
SHINE = "瞳光"
FRAMES_EN = {
    "センター": "center",
    "体": "body",
    "腕": "arms",
    "足": "legs",
    "目": "eyes",
    "髪": "hair",
    "服": "clothes",
}
_LIGHT = 0.01  # bone weights below this do not count


@dataclass(frozen=True)
class Rigging:
    """The joints of a character in zoo space, in file order, and its rigid bodies."""

    joints: Sequence[Joint]
    bodies: Sequence[Body] = ()


def assemble(
    traits: Traits, layers: Sequence[Layer], rigging: Rigging, textures: Sequence[str]
) -> tuple[Model, Naming]:
    """Return the model, and the truth about its morphs."""
    scale, lift = traits.body.scale, traits.chin_height
    joints = rigging.joints
    skeleton = bones(joints, scale, lift)
    bone_number = {b.name: k for k, b in enumerate(skeleton)}
    whole = hung(scaled(join([layer.mesh for layer in layers]), scale), bone_number)
    number = {layer.name: k for k, layer in enumerate(layers)}
    overlays = {layer.name: (number[layer.name], layer.name_en) for layer in layers if layer.alpha == 0}
    shine = number[SHINE] if traits.habits.shine_morph == "material" else None
    naming = name_morphs(whole, Targets(overlays, shine, bone_number["両目"]), traits.naming)
    solids, springs = physics(rigging.bodies if traits.rig.physics else (), joints, scale, lift)
    model = Model(
        name=traits.name_ja,
        name_en=traits.name,
        comment=COMMENT,
        comment_en=COMMENT,
        vertices=_vertices(whole, bone_number, lift, skeleton, traits.rig.deform),
        faces=whole.faces,
        textures=tuple(textures),
        materials=tuple(material(layer) for layer in layers),
        bones=skeleton,
        morphs=naming.morphs,
        frames=_frames(joints, len(naming.morphs)),
        bodies=solids,
        joints=springs,
    )
    return model, naming


def _vertices(mesh: Mesh, number: Mapping[str, int], lift: float, skeleton: Sequence[Bone], deform: str) -> Vertices:
    """Return the vertex columns: the two strongest bones of each vertex, or in BDEF4 files the four strongest."""
    names = list(mesh.weight)
    weights = np.stack([mesh.weight[n] for n in names], -1)
    slots = min(4 if deform == "BDEF4" else 2, len(names))
    order = np.argsort(-weights, axis=1, kind="stable")[:, :slots]
    top = np.round(np.take_along_axis(weights, order, 1), 4)
    top[top < _LIGHT] = 0
    top /= top.sum(1, keepdims=True)
    share = np.zeros((len(mesh), 4), np.float32)
    share[:, :slots] = top
    ids = np.full((len(mesh), 4), -1, np.int32)
    ids[:, :slots] = np.array([number[n] for n in names], np.int32)[order]
    count = (share > 0).sum(1)
    ids[share == 0] = -1
    kind = np.array([Deform.BDEF1, Deform.BDEF1, Deform.BDEF2, Deform.BDEF4, Deform.BDEF4], np.uint8)[count]
    if deform == "BDEF4":
        kind[count == 2] = Deform.BDEF4
        ids[(kind == Deform.BDEF4)[:, None] & (ids < 0)] = 0  # as editors fill unused slots
    share[kind == Deform.BDEF1] = (1, 0, 0, 0)
    two = np.flatnonzero(kind == Deform.BDEF2)
    share[two, 1] = np.float32(1) - share[two, 0]
    ends = (number["頭"], number["首"])
    bent = two[np.isin(ids[two, :2], ends).all(1)] if deform == "SDEF" else two[:0]
    kind[bent] = Deform.SDEF
    return Vertices(
        position=(mesh.position + np.array([0.0, lift, 0.0])).astype(np.float32),
        normal=mesh.normal.astype(np.float32),
        uv=mesh.uv.astype(np.float32),
        extra_uv=np.zeros((len(mesh), 0, 4), np.float32),
        deform=kind,
        bone=ids,
        weight=share,
        sdef_vertex=bent.astype(np.int32),
        sdef=_sdef(ids[bent, 0], ends[0], np.array([skeleton[k].position for k in ends])),
        edge_scale=np.ones(len(mesh), np.float32),
    )


def _sdef(first: NDArray[np.int32], head: int, joints: F8) -> NDArray[np.float32]:
    """Return C, R0, R1 (S, 3, 3): the first of ``joints`` (head, neck), and a point on either bone's side of it."""
    joint = joints[0]
    toward = (joints[1] - joint) * 0.3
    below, above = joint + toward, joint - toward
    rows = np.where((first == head)[:, None, None], np.stack([joint, above, below]), np.stack([joint, below, above]))
    return np.round(rows, 4).astype(np.float32)


def _frames(joints: Sequence[Joint], morphs: int) -> tuple[Frame, ...]:
    """Return the display groups: MMD's own two, then those that the joints name, in order of first use."""
    root = next((k for k, j in enumerate(joints) if j.parent is None), 0)
    groups: dict[str, list[tuple[int, int]]] = {}
    for k, joint in enumerate(joints):
        if joint.frame and k != root:
            groups.setdefault(joint.frame, []).append((0, k))
    return (
        Frame("Root", "Root", True, ((0, root),)),
        Frame("表情", "Exp", True, tuple((1, k) for k in range(morphs))),
        *(Frame(name, FRAMES_EN.get(name, ""), False, tuple(items)) for name, items in groups.items()),
    )
