"""The nouns: one immutable description of a character, whatever file it came from.

Conventions are those of docs/conventions.md: MMD units, PMX axes (left-handed, +Y up, the character faces -Z, +X is the
character's own left), radians, uv origin top-left. A reference that is absent is ``None`` in records and -1 in index
arrays. Values are what the file says; normalising weights and the like is the business of whoever uses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

F4 = NDArray[np.float32]
I4 = NDArray[np.int32]
U1 = NDArray[np.uint8]


def column(dtype: str, *shape: int | str) -> Any:
    """Declare an array field. Letters in ``shape`` are lengths that must agree within the record."""
    return field(metadata={"column": (np.dtype(dtype), shape)})


class Columns:
    """Base of records that hold arrays: shapes and dtypes are checked, arrays become read-only, equal by value."""

    def __post_init__(self) -> None:
        lengths: dict[str, int] = {}
        for f in fields(self):  # type: ignore[arg-type]
            if "column" not in f.metadata:
                continue
            dtype, shape = f.metadata["column"]
            array = getattr(self, f.name)
            where = f"{type(self).__name__}.{f.name}"
            if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != len(shape):
                found = f"{array.dtype}{array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
                raise ValueError(f"{where}: {found}, expected {dtype}{shape}")
            for length, want in zip(array.shape, shape, strict=True):
                if length != (lengths.setdefault(want, length) if isinstance(want, str) else want):
                    raise ValueError(f"{where}: shape {array.shape}, expected {shape} with {lengths}")
            array.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        for f in fields(self):  # type: ignore[arg-type]
            if not f.compare:
                continue
            mine, theirs = getattr(self, f.name), getattr(other, f.name)
            same = np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs
            if not same:
                return False
        return True

    __hash__ = None  # type: ignore[assignment]


# --- vertices ---------------------------------------------------------------------------------------------------------


class Deform(IntEnum):
    """How a vertex follows its bones; the numbers are PMX's."""

    BDEF1 = 0
    BDEF2 = 1
    BDEF4 = 2
    SDEF = 3
    QDEF = 4


@dataclass(frozen=True, eq=False)
class Vertices(Columns):
    """V vertices, S of them SDEF, A additional UVs. Unused bone slots are -1 with weight 0."""

    position: F4 = column("f4", "V", 3)
    normal: F4 = column("f4", "V", 3)
    uv: F4 = column("f4", "V", 2)
    extra_uv: F4 = column("f4", "V", "A", 4)
    deform: U1 = column("u1", "V")  # a Deform
    bone: I4 = column("i4", "V", 4)
    weight: F4 = column("f4", "V", 4)  # as in the file: BDEF4's need not sum to 1; BDEF1 (1,0,0,0), BDEF2 (w,1-w,0,0)
    sdef_vertex: I4 = column("i4", "S")  # ascending vertex numbers
    sdef: F4 = column("f4", "S", 3, 3)  # rows C, R0, R1
    edge_scale: F4 = column("f4", "V")

    def __len__(self) -> int:
        return len(self.position)


# --- materials --------------------------------------------------------------------------------------------------------


class SphereMode(IntEnum):
    """How a sphere map is combined with the surface."""

    NONE = 0
    MULTIPLY = 1
    ADD = 2
    SUBTEXTURE = 3  # sampled at the first additional UV


@dataclass(frozen=True)
class MaterialFlags:
    """The switches of a material."""

    two_sided: bool = False
    ground_shadow: bool = False
    casts_self_shadow: bool = False
    receives_self_shadow: bool = False
    edge: bool = False
    vertex_color: bool = False  # PMX 2.1
    points: bool = False  # PMX 2.1
    lines: bool = False  # PMX 2.1


@dataclass(frozen=True)
class Material:
    """One material; it colours the next ``face_count`` triangles of ``Model.faces``, in file order."""

    name: str
    name_en: str
    diffuse: tuple[float, float, float, float]
    specular: tuple[float, float, float]
    power: float
    ambient: tuple[float, float, float]
    flags: MaterialFlags
    edge_color: tuple[float, float, float, float]
    edge_size: float
    texture: int | None  # into Model.textures
    sphere: int | None
    sphere_mode: SphereMode
    toon: int | None  # into Model.textures
    shared_toon: int | None  # 0-9 for toon01-toon10; at most one of toon and shared_toon
    memo: str
    face_count: int


# --- bones ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Append:
    """A bone that takes over a share of another bone's rotation, translation or both."""

    bone: int
    ratio: float
    rotate: bool
    translate: bool
    local: bool


@dataclass(frozen=True)
class IKLink:
    """One joint of an IK chain; limits are (low, high) of three angles each in radians, or ``None`` for free."""

    bone: int
    limits: tuple[tuple[float, float, float], tuple[float, float, float]] | None


@dataclass(frozen=True)
class IK:
    """An inverse-kinematics chain that brings ``target`` to the bone that owns this record."""

    target: int
    loops: int
    max_angle: float  # radians per step
    links: tuple[IKLink, ...]


@dataclass(frozen=True)
class Bone:
    """One joint. ``tail`` is a bone number or an offset, for display only."""

    name: str
    name_en: str
    position: tuple[float, float, float]
    parent: int | None
    layer: int  # MMD's transform order: evaluated by (after_physics, layer, index), parents first
    tail: int | tuple[float, float, float]  # -1: no tail bone
    rotatable: bool = True
    movable: bool = False
    visible: bool = True
    operable: bool = True
    after_physics: bool = False
    append: Append | None = None
    fixed_axis: tuple[float, float, float] | None = None
    local_axes: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None  # x, z
    external_key: int | None = None
    ik: IK | None = None


# --- morphs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class VertexMorph(Columns):
    """Displaces N vertices."""

    index: I4 = column("i4", "N")
    offset: F4 = column("f4", "N", 3)


@dataclass(frozen=True, eq=False)
class UVMorph(Columns):
    """Displaces texture coordinates; ``channel`` 0 is the base UV (two numbers used), 1-4 the additional ones."""

    channel: int
    index: I4 = column("i4", "N")
    offset: F4 = column("f4", "N", 4)


@dataclass(frozen=True, eq=False)
class BoneMorph(Columns):
    """Moves and turns N bones; rotations are x, y, z, w."""

    index: I4 = column("i4", "N")
    translation: F4 = column("f4", "N", 3)
    rotation: F4 = column("f4", "N", 4)


MATERIAL_COLUMNS = (
    28  # diffuse 4, specular 3, power 1, ambient 3, edge colour 4, edge size 1, factors of texture, sphere, toon 4 each
)


@dataclass(frozen=True, eq=False)
class MaterialMorph(Columns):
    """Multiplies (operation 0) or adds to (1) N materials; index -1 is every material."""

    index: I4 = column("i4", "N")
    operation: U1 = column("u1", "N")
    value: F4 = column("f4", "N", MATERIAL_COLUMNS)


@dataclass(frozen=True, eq=False)
class GroupMorph(Columns):
    """Sets other morphs, each times its weight.

    A flip morph (PMX 2.1) chooses one of them instead, see ``groups``; a member that is the flip morph itself is a
    choice that moves nothing.
    """

    flip: bool
    index: I4 = column("i4", "N")
    weight: F4 = column("f4", "N")


@dataclass(frozen=True, eq=False)
class ImpulseMorph(Columns):
    """Pushes N rigid bodies (PMX 2.1); read and written, never used without physics."""

    index: I4 = column("i4", "N")
    local: U1 = column("u1", "N")
    velocity: F4 = column("f4", "N", 3)
    torque: F4 = column("f4", "N", 3)


Morphing = VertexMorph | UVMorph | BoneMorph | MaterialMorph | GroupMorph | ImpulseMorph


class Panel(IntEnum):
    """Where MMD lists a morph."""

    SYSTEM = 0
    BROW = 1
    EYE = 2
    MOUTH = 3
    OTHER = 4


@dataclass(frozen=True)
class Morph:
    """A named deformation that one weight drives."""

    name: str
    name_en: str
    panel: Panel
    data: Morphing


# --- sections that are read and written but never used for pictures ---------------------------------------------------


@dataclass(frozen=True)
class Frame:
    """A display group; items are (kind, index), kind 0 a bone, 1 a morph."""

    name: str
    name_en: str
    special: bool
    items: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class RigidBody:
    """A physics body. ``numbers``: size 3, position 3, rotation 3, mass, damping 2, restitution, friction."""

    name: str
    name_en: str
    bone: int | None
    group: int
    collision_mask: int
    shape: int
    numbers: tuple[float, ...]
    mode: int


class JointKind(IntEnum):
    """What a physics joint lets its bodies do; all but the first are PMX 2.1."""

    SPRING_6DOF = 0
    FREE_6DOF = 1
    POINT = 2
    CONE_TWIST = 3
    SLIDER = 4
    HINGE = 5


@dataclass(frozen=True)
class Joint:
    """A physics joint.

    ``numbers``: position, rotation, low and high move, low and high turn, spring of move, spring of turn; 3 each. The
    kinds of PMX 2.1 give some of them another meaning.
    """

    name: str
    name_en: str
    kind: JointKind
    body_a: int | None
    body_b: int | None
    numbers: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class SoftBody(Columns):
    """A material that physics would deform (PMX 2.1), with A anchors to rigid bodies and P pinned vertices.

    The numbers are those of Bullet's soft bodies, in the file's order.
    """

    name: str
    name_en: str
    shape: int  # 0 a mesh of triangles, 1 a rope
    material: int | None
    group: int
    collision_mask: int
    flags: int  # bits: 1 bending links, 2 clusters, 4 links that cross
    link_distance: int
    clusters: int
    mass: float
    margin: float
    aerodynamics: int
    config: tuple[float, ...]  # 12: VCF DP DG LF PR VC DF MT CHR KHR SHR AHR
    cluster_config: tuple[float, ...]  # 6: SRHR SKHR SSHR, then the splits of SR SK SS
    iterations: tuple[int, ...]  # 4: of velocities, positions, drift, clusters
    stiffness: tuple[float, ...]  # 3: linear, angular, of volume
    anchor_body: I4 = column("i4", "A")
    anchor_vertex: I4 = column("i4", "A")
    anchor_near: U1 = column("u1", "A")
    pin: I4 = column("i4", "P")  # vertices


# --- the whole --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """Where a model came from. ``sha256`` is of the file's bytes, in hex."""

    path: str = ""
    sha256: str = ""
    format: str = ""  # "pmx" or "pmd"
    version: float = 2.0


@dataclass(frozen=True, eq=False)
class Model(Columns):
    """A character: everything that one PMX or PMD file says. ``source`` and ``warnings`` do not count for equality."""

    name: str
    name_en: str
    comment: str
    comment_en: str
    vertices: Vertices
    faces: I4 = column("i4", "F", 3)
    textures: tuple[str, ...] = ()  # paths as written, separators untouched
    materials: tuple[Material, ...] = ()
    bones: tuple[Bone, ...] = ()
    morphs: tuple[Morph, ...] = ()
    frames: tuple[Frame, ...] = ()
    bodies: tuple[RigidBody, ...] = ()
    joints: tuple[Joint, ...] = ()
    soft_bodies: tuple[SoftBody, ...] = ()
    source: Source = field(default=Source(), compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def bone(self, name: str) -> int | None:
        """Return the number of the first bone of that name."""
        return next((i for i, b in enumerate(self.bones) if b.name == name), None)

    def morphs_named(self, name: str) -> tuple[int, ...]:
        """Return the numbers of all morphs of that name: MMD moves them together."""
        return self._named.get(name, ())

    @cached_property
    def _named(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        for i, morph in enumerate(self.morphs):
            found.setdefault(morph.name, []).append(i)
        return {name: tuple(numbers) for name, numbers in found.items()}


@dataclass(frozen=True, eq=False)
class TextureSet:
    """The pictures behind ``Model.textures``, in the same order; ``None`` is one that could not be had and shows white.

    Each picture is (H, W, 4) uint8 RGBA, straight alpha, row 0 on top. ``sha256`` covers the files' bytes in order.
    """

    images: tuple[U1 | None, ...]
    sha256: str
    warnings: tuple[str, ...] = ()
