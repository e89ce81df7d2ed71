"""Models of every kind of record, for hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmdgen.model import (
    IK,
    MATERIAL_COLUMNS,
    Append,
    Bone,
    BoneMorph,
    Deform,
    Frame,
    GroupMorph,
    IKLink,
    ImpulseMorph,
    Joint,
    JointKind,
    Material,
    MaterialFlags,
    MaterialMorph,
    Model,
    Morph,
    Panel,
    RigidBody,
    SoftBody,
    SphereMode,
    UVMorph,
    VertexMorph,
    Vertices,
)

TEXT = st.text(max_size=6)
INT32 = st.integers(-(2**31), 2**31 - 1)
BYTE = st.integers(0, 255)


@dataclass(frozen=True)
class Kit:
    """What the parts of one model are drawn from: its counts, and whether references and numbers may be wild."""

    vertices: int
    extra_uvs: int
    textures: int
    materials: int
    bones: int
    morphs: int
    bodies: int
    wild: bool

    def number(self) -> st.SearchStrategy[float]:
        return st.floats(width=32, allow_nan=self.wild, allow_infinity=self.wild)

    def numbers(self, n: int) -> st.SearchStrategy[tuple[float, ...]]:
        return st.tuples(*[self.number()] * n)

    def some(self, n: int) -> st.SearchStrategy[int]:
        """A number of one of n things."""
        if self.wild:
            return st.integers(-3, n + 2)
        return st.integers(0, n - 1) if n else st.nothing()

    def vertex(self) -> st.SearchStrategy[int]:
        """A vertex number; unsigned in files, so wild ones are only too large."""
        last = self.vertices - 1 + 2 * self.wild
        return st.integers(0, last) if last >= 0 else st.nothing()

    def maybe(self, n: int) -> st.SearchStrategy[int | None]:
        return st.none() | self.some(n).map(lambda i: None if i == -1 else i)

    def array(self, shape: tuple[int, ...], finite: bool = False) -> st.SearchStrategy[np.ndarray]:
        number = st.floats(-1e6, 1e6, width=32) if finite else self.number()
        return hnp.arrays(np.float32, shape, elements=number)


def few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Up to three; none where there is nothing to draw."""
    return st.just([]) if strategy.is_empty else st.lists(strategy, max_size=3)


def index(values: list[int]) -> np.ndarray:
    return np.array(values, np.int32)


@st.composite
def vertices(draw: Any, kit: Kit) -> Vertices:
    n = kit.vertices
    deform = draw(hnp.arrays(np.uint8, n, elements=st.sampled_from(list(map(int, Deform)))))
    bone, weight = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.float32)
    for i in range(n):
        slots = (1, 2, 4, 2, 4)[deform[i]]
        bone[i, :slots] = draw(st.tuples(*[st.just(-1) | kit.some(kit.bones)] * slots))
        weight[i] = draw(_weights(kit, Deform(deform[i]), bone[i]))
    spherical = np.flatnonzero(deform == Deform.SDEF).astype(np.int32)
    return Vertices(
        position=draw(kit.array((n, 3), finite=True)),
        normal=draw(kit.array((n, 3))),
        uv=draw(kit.array((n, 2))),
        extra_uv=draw(kit.array((n, kit.extra_uvs, 4))),
        deform=deform,
        bone=bone,
        weight=weight,
        sdef_vertex=spherical,
        sdef=draw(kit.array((len(spherical), 3, 3))),
        edge_scale=draw(kit.array((n,))),
    )


@st.composite
def _weights(draw: Any, kit: Kit, deform: Deform, bone: np.ndarray) -> np.ndarray:
    """Weights as a file can store them; in a sound model a slot without a bone has none."""
    if deform in (Deform.BDEF4, Deform.QDEF):
        found = np.array(draw(kit.numbers(4)), np.float32)
        return found if kit.wild else np.where(bone < 0, np.float32(0), found)
    if deform == Deform.BDEF1:
        return np.array([bone[0] >= 0 or kit.wild, 0, 0, 0], np.float32)
    there = bone[:2] >= 0
    if there.all() or kit.wild:
        first = np.float32(draw(kit.number()))
        return np.array([first, np.float32(1) - first, 0, 0], np.float32)
    return np.array([*there, 0, 0], np.float32)


@st.composite
def material(draw: Any, kit: Kit) -> Material:
    sphere = draw(kit.maybe(kit.textures))
    toon = draw(kit.maybe(kit.textures))
    return Material(
        name=draw(TEXT),
        name_en=draw(TEXT),
        diffuse=draw(kit.numbers(4)),
        specular=draw(kit.numbers(3)),
        power=draw(kit.number()),
        ambient=draw(kit.numbers(3)),
        flags=MaterialFlags(*draw(st.tuples(*[st.booleans()] * 8))),
        edge_color=draw(kit.numbers(4)),
        edge_size=draw(kit.number()),
        texture=draw(kit.maybe(kit.textures)),
        sphere=sphere,
        sphere_mode=SphereMode.NONE if sphere is None and not kit.wild else draw(st.sampled_from(SphereMode)),
        toon=toon,
        shared_toon=None if toon is not None else draw(st.none() | st.integers(0, 255 if kit.wild else 9)),
        memo=draw(TEXT),
        face_count=draw(st.integers(0, 9)) if kit.wild else 0,
    )


@st.composite
def bone(draw: Any, kit: Kit, i: int, parents: list[int]) -> Bone:
    """``parents`` are the numbers that come before i in some order, so that sound models have no loops."""
    some = kit.some(kit.bones)
    triple = kit.numbers(3)
    mode = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    limits = st.none() | st.tuples(triple, triple)
    link = st.builds(IKLink, some, limits)
    axis = triple.filter(any)
    return Bone(
        name=draw(TEXT),
        name_en=draw(TEXT),
        position=draw(st.tuples(*[st.floats(-1e6, 1e6, width=32)] * 3)),
        parent=draw(kit.maybe(kit.bones) if kit.wild else st.sampled_from([None, *parents])),
        layer=draw(INT32),
        tail=draw(triple | st.just(-1) | some),
        rotatable=draw(st.booleans()),
        movable=draw(st.booleans()),
        visible=draw(st.booleans()),
        operable=draw(st.booleans()),
        after_physics=draw(st.booleans()),
        append=draw(
            st.none() | st.builds(Append, some, kit.number(), st.just(mode[0]), st.just(mode[1]), st.booleans())
        ),
        fixed_axis=draw(st.none() | (triple if kit.wild else axis)),
        local_axes=draw(st.none() | st.tuples(triple, triple)),
        external_key=draw(st.none() | INT32),
        ik=draw(st.none() | st.builds(IK, some, INT32, kit.number(), few(link).map(tuple))),
    )


@st.composite
def morph(draw: Any, kit: Kit, i: int) -> Morph:
    """Groups of sound models hold morphs of higher numbers only, so that they have no loops."""

    def rows(strategy: st.SearchStrategy[int]) -> np.ndarray:
        return index(draw(few(strategy)))

    kind = draw(st.sampled_from([VertexMorph, UVMorph, BoneMorph, MaterialMorph, GroupMorph, ImpulseMorph]))
    if kind is VertexMorph:
        at = rows(kit.vertex())
        data = VertexMorph(at, draw(kit.array((len(at), 3))))
    elif kind is UVMorph:
        at = rows(kit.vertex())
        data = UVMorph(draw(st.integers(0, 4 if kit.wild else kit.extra_uvs)), at, draw(kit.array((len(at), 4))))
    elif kind is BoneMorph:
        at = rows(kit.some(kit.bones))
        data = BoneMorph(at, draw(kit.array((len(at), 3))), draw(kit.array((len(at), 4))))
    elif kind is MaterialMorph:
        at = rows(st.just(-1) | kit.some(kit.materials))
        operation = draw(hnp.arrays(np.uint8, len(at), elements=st.integers(0, 3 if kit.wild else 1)))
        data = MaterialMorph(at, operation, draw(kit.array((len(at), MATERIAL_COLUMNS))))
    elif kind is GroupMorph:
        flip = draw(st.booleans())
        later = st.integers(i + 1, kit.morphs - 1) if i + 1 < kit.morphs else st.nothing()
        at = rows(kit.some(kit.morphs) if kit.wild else later | st.just(i) if flip else later)
        data = GroupMorph(flip, at, draw(kit.array((len(at),))))
    else:
        at = rows(kit.some(kit.bodies))
        local = draw(hnp.arrays(np.uint8, len(at), elements=BYTE))
        data = ImpulseMorph(at, local, draw(kit.array((len(at), 3))), draw(kit.array((len(at), 3))))
    return Morph(draw(TEXT), draw(TEXT), draw(st.sampled_from(Panel)), data)


@st.composite
def soft_body(draw: Any, kit: Kit) -> SoftBody:
    bodies = index(draw(few(kit.some(kit.bodies))) if kit.vertices else [])
    several = st.lists(kit.vertex(), min_size=len(bodies), max_size=len(bodies)) if kit.vertices else st.just([])
    return SoftBody(
        name=draw(TEXT),
        name_en=draw(TEXT),
        shape=draw(BYTE),
        material=draw(kit.maybe(kit.materials)),
        group=draw(BYTE),
        collision_mask=draw(st.integers(0, 0xFFFF)),
        flags=draw(BYTE),
        link_distance=draw(INT32),
        clusters=draw(INT32),
        mass=draw(kit.number()),
        margin=draw(kit.number()),
        aerodynamics=draw(INT32),
        config=draw(kit.numbers(12)),
        cluster_config=draw(kit.numbers(6)),
        iterations=draw(st.tuples(*[INT32] * 4)),
        stiffness=draw(kit.numbers(3)),
        anchor_body=bodies,
        anchor_vertex=index(draw(several)),
        anchor_near=draw(hnp.arrays(np.uint8, len(bodies), elements=BYTE)),
        pin=index(draw(few(kit.vertex()))),
    )


@st.composite
def models(draw: Any, wild: bool = False) -> Model:
    """Models as a file can hold them. Sound ones, unless ``wild``: then references and numbers may be anything."""
    kit = Kit(*draw(st.tuples(st.integers(0, 5), st.integers(0, 4), *[st.integers(0, 3)] * 5)), wild=wild)
    order = draw(st.permutations(range(kit.bones)))
    item = st.tuples(st.just(0), kit.some(kit.bones)) | st.tuples(st.just(1), kit.some(kit.morphs))
    frame = st.builds(Frame, TEXT, TEXT, st.booleans(), few(item).map(tuple))
    body = st.builds(
        RigidBody, TEXT, TEXT, kit.maybe(kit.bones), BYTE, st.integers(0, 0xFFFF), BYTE, kit.numbers(14), BYTE
    )
    kind = st.sampled_from(JointKind)
    joint = st.builds(Joint, TEXT, TEXT, kind, kit.maybe(kit.bodies), kit.maybe(kit.bodies), kit.numbers(24))
    materials = [draw(material(kit)) for _ in range(kit.materials)]
    faces = draw(hnp.arrays(np.int32, (draw(st.integers(0, 3)), 3), elements=st.integers(0, max(kit.vertices - 1, 0))))
    faces = faces if kit.vertices and materials else faces[:0]
    if len(faces) and not wild:
        materials[-1] = Material(**{**vars(materials[-1]), "face_count": len(faces)})
    return Model(
        name=draw(TEXT),
        name_en=draw(TEXT),
        comment=draw(TEXT),
        comment_en=draw(TEXT),
        vertices=draw(vertices(kit)),
        faces=faces,
        textures=tuple(draw(TEXT) for _ in range(kit.textures)),
        materials=tuple(materials),
        bones=tuple(draw(bone(kit, i, order[: order.index(i)])) for i in range(kit.bones)),
        morphs=tuple(draw(morph(kit, i)) for i in range(kit.morphs)),
        frames=tuple(draw(st.lists(frame, max_size=2))),
        bodies=tuple(draw(body) for _ in range(kit.bodies)),
        joints=tuple(draw(st.lists(joint, max_size=2))),
        soft_bodies=tuple(draw(st.lists(soft_body(kit), max_size=2))),
    )
