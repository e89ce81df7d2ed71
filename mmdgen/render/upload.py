"""One model on the GPU: vertices, faces, morphs and pictures, written once; bones and weights, written per batch."""

from __future__ import annotations

import moderngl
import numpy as np

from mmdgen.errors import RenderError
from mmdgen.model import F4, Deform, Model, SphereMode, TextureSet, Vertices
from mmdgen.render.morph_table import morph_entries
from mmdgen.render.programs import UNITS, Programs
from mmdgen.render.tables import Table
from mmdgen.render.textures import upload_picture, upload_sphere
from mmdgen.state import Deformation

VERTEX_LAYOUT = "3f 3f 4f 4f 4f 1f"
VERTEX_INPUTS = ("in_position", "in_normal", "in_uv", "in_bone", "in_weight", "in_rule")
LINEAR_RULE, QDEF_RULE = -1, -2


class Uploaded:
    """A model's GPU resources; free them with ``release``."""

    def __init__(self, context: moderngl.Context, programs: Programs, model: Model, textures: TextureSet) -> None:
        if len(textures.images) != len(model.textures):
            found, expected = len(textures.images), len(model.textures)
            raise RenderError(
                f"{model.source.path or model.name}: {found} pictures, expected {expected}; load them anew"
            )
        self.model = model
        self._context = context
        self._tables = {name: Table(context, 1 if name == "morph_weights" else 4) for name in list(UNITS)[:5]}
        rule, sdef = _rules(model.vertices)
        self._tables["sdef"].write(sdef)
        kinds = {"sdef": bool((rule >= 0).any()), "qdef": bool((rule == QDEF_RULE).any())}
        self._buffers = [
            context.buffer(_vertex_rows(model.vertices, rule).tobytes() or bytes(4)),
            context.buffer(reserve=max(len(model.vertices), 1) * 16, dynamic=True),
            context.buffer(np.ascontiguousarray(model.faces, np.uint32).tobytes() or bytes(4)),
        ]
        self._active: list[int] = []
        self._write_morphs()
        self.draw = self._array(programs.draw(**kinds), faces=True)
        self.feedback = self._array(programs.feedback(**kinds), faces=False)
        self._white = upload_picture(context, None)
        used = {m.texture for m in model.materials if m.texture is not None}
        self._pictures = {i: upload_picture(context, textures.images[i]) for i in sorted(used)}
        used = {m.sphere for m in model.materials if m.sphere is not None and m.sphere_mode is not SphereMode.NONE}
        spheres = {i: upload_sphere(context, textures.images[i]) for i in sorted(used)}
        self._spheres = {i: texture for i, texture in spheres.items() if texture is not None}

    def _array(self, program: moderngl.Program, *, faces: bool) -> moderngl.VertexArray:
        vertices, spans, indices = self._buffers
        content = [(vertices, VERTEX_LAYOUT, *VERTEX_INPUTS), (spans, "4f", "in_morph")]
        return self._context.vertex_array(program, content, indices if faces else None, skip_errors=True)

    def _write_morphs(self) -> None:
        entries, spans = morph_entries(self.model.morphs, self._active, len(self.model.vertices))
        self._tables["morph_entries"].write(entries)
        self._buffers[1].write(spans.tobytes())

    def write(self, deformation: Deformation) -> None:
        """Bring a batch's matrices, morph weights and material numbers to the GPU and bind every table."""
        active = np.flatnonzero(deformation.weight.any(0)).tolist()
        if not set(active) <= set(self._active):  # grows only, and weight 0 adds exactly 0: pictures cannot tell
            self._active = sorted({*active, *self._active})
            self._write_morphs()
        self._tables["bones"].write(_bone_texels(deformation))
        self._tables["morph_weights"].write(deformation.weight[:, self._active].reshape(-1, 1))
        self._tables["materials"].write(material_texels(deformation.material))
        for name, table in self._tables.items():
            table.use(UNITS[name])

    @property
    def counts(self) -> dict[str, int]:
        """The uniforms that tell how tables are laid out."""
        model = self.model
        return {
            "bone_count": max(len(model.bones), 1),
            "morph_count": len(self._active),
            "material_count": len(model.materials),
        }

    def bind_material(self, number: int) -> int:
        """Bind a material's pictures; return how its sphere map acts (0 where there is none)."""
        material = self.model.materials[number]
        self._pictures.get(_number(material.texture), self._white).use(UNITS["picture"])
        sphere = self._spheres.get(_number(material.sphere))
        (sphere or self._white).use(UNITS["sphere"])
        return int(material.sphere_mode) if sphere else 0

    def release(self) -> None:
        """Free everything; the object is useless afterwards."""
        pictures = (self._white, *self._pictures.values(), *self._spheres.values())
        for held in (self.draw, self.feedback, *self._buffers, *self._tables.values(), *pictures):
            held.release()  # type: ignore[attr-defined]


def _number(reference: int | None) -> int:
    return -1 if reference is None else reference


def _rules(vertices: Vertices) -> tuple[np.ndarray, F4]:
    """Return how each vertex deforms (V,) (see VERTEX_INPUTS' in_rule) and the SDEF table (3 S, 4)."""
    rule = np.full(len(vertices), LINEAR_RULE, np.float32)
    rule[vertices.deform == Deform.QDEF] = QDEF_RULE
    at = vertices.sdef_vertex
    usable = np.isfinite(vertices.sdef).all((1, 2)) & (vertices.bone[at, :2] >= 0).all(1)
    usable &= vertices.deform[at] == Deform.SDEF
    at = at[usable]
    rule[at] = np.arange(len(at))
    sdef = vertices.sdef[usable].astype(np.float64)
    share = _influences(vertices)[1][at, :2, None]
    center = sdef[:, 0]
    middle = (share * sdef[:, 1:]).sum(1)
    table = np.zeros((len(at), 3, 4), np.float32)
    table[:, 0, :3] = center
    table[:, 1:, :3] = center[:, None] + (sdef[:, 1:] - middle[:, None]) / 2
    return rule, table.reshape(-1, 4)


def _influences(vertices: Vertices) -> tuple[np.ndarray, np.ndarray]:
    """Return bones (V, 4) and weights (V, 4) that sum to 1, as mmdgen.rig.skin.influences does."""
    weight = np.where(vertices.bone >= 0, vertices.weight, 0).astype(np.float64)
    total = weight.sum(1, keepdims=True)
    weight = np.where(total == 0, [1.0, 0.0, 0.0, 0.0], weight / np.where(total == 0, 1, total))
    return np.maximum(vertices.bone, 0), weight


def _vertex_rows(vertices: Vertices, rule: np.ndarray) -> F4:
    """Return the vertex buffer (V, 19) float32 in VERTEX_LAYOUT's order."""
    bone, weight = _influences(vertices)
    order = np.argsort(-np.abs(weight), axis=1, kind="stable")  # heaviest first: the shader stops at the first 0
    order[rule != LINEAR_RULE] = np.arange(4)  # SDEF and QDEF care which bone comes first
    uv = np.zeros((len(vertices), 4), np.float32)
    uv[:, :2] = vertices.uv
    if vertices.extra_uv.shape[1]:
        uv[:, 2:] = vertices.extra_uv[:, 0, :2]
    columns = (
        vertices.position,
        np.nan_to_num(vertices.normal),
        np.nan_to_num(uv),
        np.take_along_axis(bone, order, 1),
        np.take_along_axis(weight, order, 1),
        rule[:, None],
    )
    return np.concatenate(columns, 1, dtype=np.float32)


def _bone_texels(deformation: Deformation) -> F4:
    """Return (N B 4, 4) float32: three matrix rows and the rotation of every bone; one bone at rest where none is."""
    n, bones = deformation.matrix.shape[:2]
    if bones == 0:
        return np.tile(np.eye(4, dtype=np.float32)[[0, 1, 2, 3]], (n, 1))
    texels = np.concatenate([deformation.matrix, deformation.rotation[:, :, None]], 2)
    return texels.reshape(-1, 4)


def material_texels(material: F4) -> F4:
    """Return (N K 4, 4) float32 from numbers (N, K, 28) in the order of ``MaterialMorph.value``.

    Rows: clamp(ambient + 0.6 diffuse) and alpha; specular and power; the factors of texture and of sphere map.
    """
    texels = np.zeros((*material.shape[:2], 4, 4), np.float32)
    diffuse, specular, power, ambient = material[..., :4], material[..., 4:7], material[..., 7], material[..., 8:11]
    texels[..., 0, :3] = np.clip(ambient + 0.6 * diffuse[..., :3], 0, 1)
    texels[..., 0, 3] = diffuse[..., 3]
    texels[..., 1, :3] = np.maximum(specular, 0)
    texels[..., 1, 3] = power
    texels[..., 2, :] = material[..., 16:20]
    texels[..., 3, :] = material[..., 20:24]
    return np.nan_to_num(texels).reshape(-1, 4)
