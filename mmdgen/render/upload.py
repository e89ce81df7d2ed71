"""One model on the GPU: vertices, faces, morphs and pictures, written once; bones, weights and looks, per batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import RenderError
from mmdgen.model import F4, U1, Material, Model, SphereMode, TextureSet
from mmdgen.render.atlas import Area
from mmdgen.render.look_table import LookTable
from mmdgen.render.morph_table import morph_entries
from mmdgen.render.programs import UNITS, Programs, assign
from mmdgen.render.surfaces import Picture, material_texels, surfaces, toon_image
from mmdgen.render.tables import Table
from mmdgen.render.textures import upload_lookup, upload_picture
from mmdgen.render.vertex_rows import INPUTS, LAYOUT, vertex_rows
from mmdgen.state import Deformation

TABLES = {"bones": 4, "morph_weights": 1, "morph_entries": 4, "sdef": 4, "materials": 4}  # numbers a texel
POSED_BYTES = 48  # of a posed vertex; posed.glsl
POSED_LIMIT = 96 << 20  # bytes of all posed vertices of a pass; OpenGL 4.3 promises 128 MiB in practice
GROUP = 64  # vertices that are posed together; pose.comp


@dataclass(frozen=True, eq=False)
class Part:
    """Faces of an uploaded model, in the file's order, and what is wanted of the picture that they make.

    ``spans`` has number, first corner and corners of every material that has any of them.
    """

    faces: moderngl.Buffer
    spans: tuple[tuple[int, int, int], ...]
    area: Area | None = None  # None: all of it


class Uploaded:
    """A model's GPU resources; free them with ``release``. Vertex arrays are made when they are first asked for.

    ``whole`` is the part that has all faces.
    """

    def __init__(self, context: moderngl.Context, programs: Programs, model: Model, textures: TextureSet) -> None:
        if len(textures.images) != len(model.textures):
            found, expected = len(textures.images), len(model.textures)
            raise RenderError(
                f"{model.source.path or model.name}: {found} pictures, expected {expected}; load them anew"
            )
        self.model = model
        self._context = context
        self._programs = programs
        self._tables = {name: Table(context, numbers) for name, numbers in TABLES.items()}
        vertices = vertex_rows(model.vertices)
        self._tables["sdef"].write(vertices.sdef)
        self._vertices = context.buffer(vertices.rows.tobytes() or bytes(4))
        self._spans = context.buffer(reserve=max(len(model.vertices), 1) * 16, dynamic=True)
        self._instances = context.buffer(reserve=16, dynamic=True)
        self._posed = context.buffer(reserve=max(len(model.vertices), 1) * POSED_BYTES) if programs.posed else None
        self._active: list[int] = []
        self._write_morphs()

        self.surfaces = surfaces(model, textures)
        self._pictures: dict[int | None, moderngl.Texture] = {}
        self._spheres: dict[int | None, moderngl.Texture] = {}
        self._toons: dict[tuple[int | None, int | None], moderngl.Texture] = {}
        for material, surface in zip(model.materials, self.surfaces, strict=True):
            if surface.picture != Picture.NONE and material.texture not in self._pictures:
                self._pictures[material.texture] = upload_picture(context, _image(textures, material.texture))
            if surface.sphere != SphereMode.NONE and material.sphere not in self._spheres:
                self._spheres[material.sphere] = upload_lookup(context, _image(textures, material.sphere))
            if surface.ramp and _toon(material) not in self._toons:
                image = toon_image(material, textures)
                assert image is not None  # its surface would ask for none
                self._toons[_toon(material)] = upload_lookup(context, image)

        self._rules = vertices.defines()
        self._content = [(self._vertices, LAYOUT, *INPUTS), (self._spans, "4f", "in_morph")]
        self._feedback: moderngl.VertexArray | None = None
        self._arrays: dict[tuple[moderngl.Program, Part], moderngl.VertexArray] = {}
        self._parts: list[Part] = []
        self.whole = self.part(np.ones(len(model.faces), bool))

    def part(self, faces: NDArray[np.bool_], area: Area | None = None) -> Part:
        """Bring some faces (F,) to the GPU, to be drawn alone. They are freed with the model."""
        counts = [material.face_count for material in self.model.materials]
        before = np.concatenate([[0], np.cumsum(faces)])[np.cumsum([0, *counts])]
        firsts, corners = (3 * before[:-1]).tolist(), (3 * np.diff(before)).tolist()
        spans = [span for span in zip(range(len(counts)), firsts, corners, strict=True) if span[-1]]
        buffer = self._context.buffer(self.model.faces[faces].astype(np.uint32).tobytes() or bytes(4))
        self._parts.append(Part(buffer, tuple(spans), area))
        return self._parts[-1]

    def _write_morphs(self) -> None:
        entries, spans = morph_entries(self.model.morphs, self._active, len(self.model.vertices))
        self._tables["morph_entries"].write(entries)
        self._spans.write(spans.tobytes())

    @property
    def feedback(self) -> moderngl.VertexArray:
        """The vertex array that captures vertices."""
        if self._feedback is None:
            program = self._programs.feedback(**self._rules)
            self._feedback = self._context.vertex_array(program, _used(program, self._content))
        return self._feedback

    def array(self, part: Part, number: int, *, toon: bool) -> moderngl.VertexArray:
        """Return the vertex array that draws a material of a part under toon shading or Phong."""
        return self._array(part, self._programs.draw(**self._rules, **self.surfaces[number].defines(toon=toon)))

    def edge_array(self, part: Part) -> moderngl.VertexArray:
        """Return the vertex array that draws outlines of a part."""
        return self._array(part, self._programs.edge(**self._rules))

    def _array(self, part: Part, program: moderngl.Program) -> moderngl.VertexArray:
        if (program, part) not in self._arrays:
            content = _used(program, [*self._content, (self._instances, "4f/i", "in_picture")])
            self._arrays[program, part] = self._context.vertex_array(program, content, part.faces)
        return self._arrays[program, part]

    def write_instances(self, instances: F4) -> None:
        """Say which pictures of the batch are drawn from now on, one a row of ``LookTable.instances``."""
        self._instances.orphan(instances.nbytes)
        self._instances.write(instances.tobytes())

    def write(self, deformation: Deformation, looks: LookTable | None = None) -> None:
        """Bring a batch's matrices, morph weights and material numbers to the GPU and bind every table.

        Without ``looks`` vertices can be captured and nothing be drawn.
        """
        active = np.flatnonzero(deformation.weight.any(0)).tolist()
        if not set(active) <= set(self._active):  # grows only, and weight 0 adds exactly 0: pictures cannot tell
            self._active = sorted({*active, *self._active})
            self._write_morphs()
        self._tables["bones"].write(_bone_texels(deformation))
        self._tables["morph_weights"].write(deformation.weight[:, self._active].reshape(-1, 1))
        if looks is not None:
            self._tables["materials"].write(material_texels(deformation.material, looks))
        for name, table in self._tables.items():
            table.use(UNITS[name])
        if looks is not None and self._posed is not None:
            self._pose(self._posed, len(deformation))

    @property
    def most(self) -> int | None:
        """How many pictures one pass may draw, None where only the atlas bounds it."""
        return None if self._posed is None else max(1, POSED_LIMIT // max(len(self.model.vertices) * POSED_BYTES, 1))

    def _pose(self, posed: moderngl.Buffer, count: int) -> None:
        """Deform the vertices of all pictures of the batch for the draws that follow."""
        vertices = len(self.model.vertices)
        posed.orphan(max(vertices * count, 1) * POSED_BYTES)
        for binding, buffer in enumerate((self._vertices, self._spans, posed)):
            buffer.bind_to_storage_buffer(binding)
        shader = self._programs.pose(**self._rules)
        for name, value in self.counts().items():
            assign(shader, name, value)
        shader.run(-(-vertices // GROUP), count)
        self._context.memory_barrier(moderngl.SHADER_STORAGE_BARRIER_BIT)

    def counts(self) -> dict[str, int]:
        """Return the uniforms that tell how tables are laid out."""
        return {
            "bone_count": max(len(self.model.bones), 1),
            "morph_count": len(self._active),
            "material_count": len(self.model.materials),
            "vertex_count": len(self.model.vertices),
        }

    def bind_pictures(self, number: int) -> None:
        """Bind the pictures of a material to their units."""
        material, surface = self.model.materials[number], self.surfaces[number]
        if surface.picture != Picture.NONE:
            self._pictures[material.texture].use(UNITS["picture"])
        if surface.sphere != SphereMode.NONE:
            self._spheres[material.sphere].use(UNITS["sphere"])
        if surface.ramp:
            self._toons[_toon(material)].use(UNITS["toon"])

    def release(self) -> None:
        """Free everything; the object is useless afterwards."""
        with self._context:
            for table in self._tables.values():
                table.release()
            for texture in (*self._pictures.values(), *self._spheres.values(), *self._toons.values()):
                texture.release()
            faces = (part.faces for part in self._parts)
            buffers = self._vertices, self._spans, self._instances, self._posed, *faces
            for item in (self._feedback, *self._arrays.values(), *buffers):
                if item is not None:
                    item.release()


def _used(program: moderngl.Program, content: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return what a vertex array takes, with gaps for inputs that the compiler dropped: OpenGL refuses number -1."""
    used = []
    for buffer, layout, *names in content:
        formats, slash, divisor = layout.partition("/")
        parts = [
            part if name in program else f"{part[:-1]}x4" for part, name in zip(formats.split(), names, strict=True)
        ]
        if kept := [name for name in names if name in program]:
            used.append((buffer, " ".join(parts) + slash + divisor, *kept))
    return used


def _image(textures: TextureSet, number: int | None) -> U1:
    image = None if number is None else textures.images[number]
    assert image is not None  # its surface would ask for none
    return image


def _toon(material: Material) -> tuple[int | None, int | None]:
    return material.shared_toon, material.toon


def _bone_texels(deformation: Deformation) -> F4:
    """Return (N B 4, 4) float32: three matrix rows and the rotation of every bone; one bone at rest where none is."""
    n, bones = deformation.matrix.shape[:2]
    if bones == 0:
        return np.tile(np.eye(4, dtype=np.float32), (n, 1))
    return np.concatenate([deformation.matrix, deformation.rotation[:, :, None]], 2).reshape(-1, 4)
