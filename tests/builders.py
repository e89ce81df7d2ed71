"""Small valid characters for tests: ``head_model()`` is all that posing, annotating and rendering ask of a model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.model import (
    Append,
    Bone,
    Deform,
    Frame,
    GroupMorph,
    Material,
    MaterialFlags,
    Model,
    Morph,
    Morphing,
    Panel,
    SphereMode,
    VertexMorph,
    Vertices,
)

CHIN, TOP = 16.0, 19.0  # the head range of head_model
EYE_X, EYE_TOP, EYE_BOTTOM = 0.55, 17.6, 17.2
BONES = {  # name: (position, parent)
    "センター": ((0, 8, 0), None),
    "上半身": ((0, 10, 0), "センター"),
    "首": ((0, 15.4, 0), "上半身"),
    "頭": ((0, 16.2, 0), "首"),
    "両目": ((0, 18, -0.6), "頭"),
    "左目": ((EYE_X, 17.4, -0.9), "頭"),
    "右目": ((-EYE_X, 17.4, -0.9), "頭"),
}


@dataclass
class Mesh:
    """Collects parts of one material each; ``parts`` keeps the vertex numbers of every named part."""

    position: list[np.ndarray] = field(default_factory=list)
    normal: list[np.ndarray] = field(default_factory=list)
    bone: list[np.ndarray] = field(default_factory=list)
    faces: list[np.ndarray] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    parts: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, name: str, grid: np.ndarray, normal: np.ndarray, bone: str, color: tuple[float, ...]) -> None:
        """Add a grid (R, C, 3) of points as quads, turned so that they face along their normals."""
        rows, columns = grid.shape[:2]
        first = sum(len(p) for p in self.position)
        number = first + np.arange(rows * columns).reshape(rows, columns)
        a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
        faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
        points, normals = grid.reshape(-1, 3), normal.reshape(-1, 3)
        corner = points[faces - first]
        outward = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        inside = (outward * normals[faces - first].sum(1)).sum(-1) < 0
        faces[inside] = faces[inside, ::-1]
        self.position.append(points)
        self.normal.append(normals)
        self.bone.append(np.full(len(points), list(BONES).index(bone)))
        self.faces.append(faces)
        self.materials.append(material(name, color, face_count=len(faces)))
        self.parts[name] = number

    def vertices(self) -> Vertices:
        position = np.concatenate(self.position).astype(np.float32)
        n = len(position)
        bone, weight = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.float32)
        bone[:, 0], weight[:, 0] = np.concatenate(self.bone), 1
        return Vertices(
            position=position,
            normal=np.concatenate(self.normal).astype(np.float32),
            uv=np.stack([position[:, 0] / 4 + 0.5, (TOP - position[:, 1]) / (TOP - CHIN)], -1).astype(np.float32),
            extra_uv=np.zeros((n, 0, 4), np.float32),
            deform=np.full(n, Deform.BDEF1, np.uint8),
            bone=bone,
            weight=weight,
            sdef_vertex=np.zeros(0, np.int32),
            sdef=np.zeros((0, 3, 3), np.float32),
            edge_scale=np.ones(n, np.float32),
        )


def material(name: str = "material", color: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0), **changes: object) -> Material:
    """Return a plain material; ``changes`` replace any field."""
    plain = Material(
        name=name,
        name_en="",
        diffuse=(color[0], color[1], color[2], color[3] if len(color) > 3 else 1.0),
        specular=(0.0, 0.0, 0.0),
        power=0.0,
        ambient=(color[0] / 2, color[1] / 2, color[2] / 2),
        flags=MaterialFlags(two_sided=True),
        edge_color=(0.0, 0.0, 0.0, 1.0),
        edge_size=1.0,
        texture=None,
        sphere=None,
        sphere_mode=SphereMode.NONE,
        toon=None,
        shared_toon=None,
        memo="",
        face_count=0,
    )
    return replace(plain, **changes)


def bones() -> tuple[Bone, ...]:
    """Return the bones of BONES; the eyes follow 両目."""
    names = list(BONES)
    found = [
        Bone(name, "", tuple(map(float, at)), names.index(parent) if parent else None, 0, (0.0, 1.0, 0.0))
        for name, (at, parent) in BONES.items()
    ]
    follow = Append(names.index("両目"), 1.0, rotate=True, translate=False, local=False)
    return tuple(replace(b, append=follow, layer=1) if b.name in ("左目", "右目") else b for b in found)


def morph(name: str, panel: Panel, data: Morphing) -> Morph:
    return Morph(name, "", panel, data)


def group(members: list[int], weight: float = 1.0) -> GroupMorph:
    return GroupMorph(flip=False, index=np.array(members, np.int32), weight=np.full(len(members), weight, np.float32))


def moves(numbers: np.ndarray, offsets: np.ndarray) -> VertexMorph:
    offsets = np.broadcast_to(offsets, (*numbers.shape, 3)).reshape(-1, 3)
    return VertexMorph(numbers.reshape(-1).astype(np.int32), np.ascontiguousarray(offsets, np.float32))


def ball(center: tuple[float, float, float], radius: tuple[float, float, float], cut: float = 0.0) -> tuple:
    """Return points and normals (R, C, 3) of an ellipsoid; ``cut`` in [0, 1) leaves out that share from below."""
    up = np.linspace(np.pi / 2, -np.pi / 2 + cut * np.pi, 13)[:, None]
    around = np.linspace(-np.pi, np.pi, 25)[None]
    unit = np.stack([np.cos(up) * np.sin(around), np.sin(up) + 0 * around, -np.cos(up) * np.cos(around)], -1)
    unit[:, :12] = unit[:, :12:-1] * (-1, 1, 1)  # left and right alike to the last bit
    unit[np.abs(unit) < 1e-12] = 0
    normal = unit / np.array(radius)
    return np.array(center) + unit * np.array(radius), normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def strip(x: float, half_width: float, top: float, bottom: float, z: float) -> tuple:
    """Return a flat 2 × 5 grid that faces the viewer, upper row first."""
    across = x + half_width * np.linspace(-1, 1, 5)
    grid = np.stack([np.stack([across, np.full(5, y), np.full(5, z)], -1) for y in (top, bottom)])
    return grid, np.broadcast_to([0.0, 0.0, -1.0], grid.shape)


def head_model() -> Model:
    """Return a tiny humanoid as if read from a file, mirror-symmetric to the last bit, from CHIN to TOP.

    ウィンク and ウィンク２ close its own left eye (+X), ウィンク右 and ｳｨﾝｸ２右 the right; 笑い and ウィンク smile:
    the lower lid rises in an arch; まばたき is a group as in many real files. あ opens the mouth.
    """
    mesh = Mesh()
    mesh.add("body", *ball((0, 12.5, 0.2), (2.2, 2.9, 1.1)), "上半身", (0.2, 0.35, 0.6))
    mesh.add("neck", *ball((0, 15.6, 0.1), (0.5, 1.2, 0.5)), "首", (0.95, 0.8, 0.7))
    mesh.add("face", *ball((0, 17.5, 0), (1.2, 1.5, 1.2)), "頭", (1.0, 0.85, 0.75))
    mesh.add("hair", *ball((0, 17.45, 0.3), (1.35, 1.55, 1.2), cut=0.42), "頭", (0.4, 0.25, 0.15))
    for side, name in ((1, "left"), (-1, "right")):
        mesh.add(f"eye {name}", *strip(side * EYE_X, 0.28, EYE_TOP, EYE_BOTTOM, -1.3), "頭", (0.1, 0.1, 0.25))
    mesh.add("mouth", *strip(0, 0.2, 16.62, 16.6, -1.3), "頭", (0.6, 0.1, 0.1))
    vertices, arch = mesh.vertices(), np.zeros((5, 3))
    arch[:, 1] = EYE_TOP - EYE_BOTTOM - 0.03 - 0.2 * np.linspace(-1, 1, 5) ** 2
    shut = np.array([0, EYE_BOTTOM - EYE_TOP + 0.03, 0])
    left, right, mouth = (mesh.parts[name] for name in ("eye left", "eye right", "mouth"))
    both = np.stack([left, right])
    top_of_smile = arch + np.array([0, EYE_BOTTOM - EYE_TOP + 0.03, 0])

    def smile(eye: np.ndarray) -> VertexMorph:
        return moves(eye, np.stack([top_of_smile, arch]))

    names = ("ウィンク２", "ｳｨﾝｸ２右", "まばたき", "笑い", "ウィンク", "ウィンク右", "あ", "い", "真面目")
    data = (
        moves(left[0], shut),
        moves(right[0], shut),
        group([0, 1]),
        smile(both),
        smile(left),
        smile(right),
        moves(mouth[1], np.array([0, -0.35, 0])),
        moves(mouth[:, [0, 4]], np.array([[-0.15, 0, 0], [0.15, 0, 0]])),
        moves(both[:, 0], np.array([0, -0.05, 0])),
    )
    panels = (Panel.EYE,) * 6 + (Panel.MOUTH,) * 2 + (Panel.BROW,)
    model = Model(
        name="テスト",
        name_en="test",
        comment="made by tests/builders.py",
        comment_en="",
        vertices=vertices,
        faces=np.concatenate(mesh.faces).astype(np.int32),
        materials=tuple(mesh.materials),
        bones=bones(),
        morphs=tuple(morph(*row) for row in zip(names, panels, data, strict=True)),
        frames=(Frame("Root", "Root", special=True, items=((0, 0),)), Frame("表情", "Exp", special=True, items=())),
    )
    return parse_model(write_pmx(model))


def saved(model: Model, path: Path) -> Model:
    """Write the model as a PMX file and return it as the reader gives it back, with its source."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = write_pmx(model)
    path.write_bytes(data)
    return parse_model(data, str(path))
