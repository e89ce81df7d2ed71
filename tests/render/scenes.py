"""Small things to draw, and the studio that draws them."""

from __future__ import annotations

from dataclasses import replace

import builders
import numpy as np
from builders import material as plain_material
from handmade import bone

from mmdgen.model import Material, MaterialFlags, Model, TextureSet, Vertices
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.rig.rig import Rig
from mmdgen.space import Framing
from mmdgen.state import RigState

VIEW = Framing(bottom=-1.0, top=1.0, center_x=0.0, near=-10.0, far=10.0)  # shows x and y from -2 to 2


class Studio:
    """Draws models, and forgets them."""

    def __init__(self, context, settings: RenderSettings) -> None:
        self.settings = settings
        self.renderer = Renderer(context, settings)

    def pictures(
        self, model: Model, state: RigState | None = None, textures=(), view=VIEW, first_slot=0, looks=None
    ) -> np.ndarray:
        """Return (N, S, S, 4) uint8 of N states, by default the bind pose under every look."""
        uploaded = self.renderer.upload(model, TextureSet(tuple(textures), ""))
        if state is None:
            state = RigState.identity(model, 1 if looks is None else len(looks))
        deformation = Rig(model).evaluate(state)
        try:
            return self.renderer.draw(uploaded, deformation, view, first_slot, looks)
        finally:
            uploaded.release()

    def picture(self, *arguments, **options) -> np.ndarray:
        return self.pictures(*arguments, **options)[0]

    def capture(self, model: Model, state: RigState) -> tuple[np.ndarray, ...]:
        uploaded = self.renderer.upload(model, TextureSet((None,) * len(model.textures), ""))
        try:
            return self.renderer.capture(uploaded, Rig(model).evaluate(state))
        finally:
            uploaded.release()

    def release(self) -> None:
        self.renderer.release()


def paint(color=(1.0, 1.0, 1.0, 1.0), two_sided=False, **changes) -> Material:
    """Return a material whose facing surface shows ``color``: all in the ambient number, no highlight."""
    flags = changes.pop("flags", MaterialFlags(two_sided=two_sided))
    plain = plain_material(diffuse=(0.0, 0.0, 0.0, color[3]), ambient=tuple(color[:3]), flags=flags)
    return replace(plain, **changes)


def outlined(color=(0.0, 0.0, 0.0, 1.0), size=1.0, **changes) -> Material:
    """Return a white material with an outline."""
    return paint(flags=MaterialFlags(edge=True), edge_color=tuple(color), edge_size=float(size), **changes)


def square(x=(-1.0, 1.0), y=(-1.0, 1.0), z=0.0, normal=(0.0, 0.0, -1.0), away=False) -> tuple[Vertices, np.ndarray]:
    """Return a square that faces the viewer, or away from it, with the whole texture upright on it."""
    (left, right), (low, high) = x, y
    position = np.array([(left, high, z), (right, high, z), (left, low, z), (right, low, z)], np.float32)
    faces = np.array([(0, 1, 2), (1, 3, 2)], np.int32)
    return vertices(position, normal, np.array([(0, 0), (1, 0), (0, 1), (1, 1)])), faces[:, ::-1] if away else faces


def ball(center=(0.0, 0.0, 0.0), radius=1.0, cut=0.0) -> tuple[Vertices, np.ndarray]:
    """Return a ball, open below by the share ``cut``; u runs around it and v down, front seen first."""
    points, normals = builders.ball(tuple(center), (radius,) * 3, cut)
    return grid(points, normals)


def grid(points: np.ndarray, normals: np.ndarray) -> tuple[Vertices, np.ndarray]:
    """Return a mesh of a grid (R, C, 3) of points, its triangles turned to where the normals point."""
    rows, columns = points.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])
    flat, normal = points.reshape(-1, 3), normals.reshape(-1, 3)
    corner = flat[faces]
    outward = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    inside = (outward * normal[faces].sum(1)).sum(-1) < 0
    faces[inside] = faces[inside, ::-1]
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    mesh = vertices(flat, uv=np.stack([u, v], -1).reshape(-1, 2))
    return replace(mesh, normal=normal.astype(np.float32)), faces


def vertices(position, normal=(0.0, 0.0, -1.0), uv=None) -> Vertices:
    """Return vertices (V, 3) that all follow bone 0."""
    n = len(position)
    return Vertices(
        position=np.asarray(position, np.float32),
        normal=np.ascontiguousarray(np.broadcast_to(np.asarray(normal, np.float32), (n, 3))),
        uv=np.zeros((n, 2), np.float32) if uv is None else np.asarray(uv, np.float32),
        extra_uv=np.zeros((n, 0, 4), np.float32),
        deform=np.zeros(n, np.uint8),
        bone=np.tile(np.array([0, -1, -1, -1], np.int32), (n, 1)),
        weight=np.tile(np.array([1, 0, 0, 0], np.float32), (n, 1)),
        sdef_vertex=np.zeros(0, np.int32),
        sdef=np.zeros((0, 3, 3), np.float32),
        edge_scale=np.ones(n, np.float32),
    )


def scene(*parts: tuple[tuple[Vertices, np.ndarray], Material], morphs=(), textures=()) -> Model:
    """Join parts, each a mesh and its material, in order; one bone at the origin holds all."""
    first, faces, materials = 0, [], []
    for (mesh, triangles), look in parts:
        faces.append(triangles + first)
        materials.append(replace(look, face_count=len(triangles)))
        first += len(mesh)
    meshes = [mesh for (mesh, _), _ in parts]
    columns = {name: np.concatenate([getattr(m, name) for m in meshes]) for name in Vertices.__dataclass_fields__}
    return Model(
        name="scene",
        name_en="",
        comment="",
        comment_en="",
        vertices=Vertices(**columns),
        faces=np.concatenate(faces).astype(np.int32),
        textures=tuple(textures),
        materials=tuple(materials),
        bones=(bone("all"),),
        morphs=tuple(morphs),
    )
