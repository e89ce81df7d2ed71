"""One model on the GPU: vertices, faces, morphs and pictures, written once; bones and weights, written per batch."""

from __future__ import annotations

import moderngl
import numpy as np

from mmdgen.errors import RenderError
from mmdgen.model import F4, U1, Model, SphereMode, TextureSet
from mmdgen.render.morph_table import morph_entries
from mmdgen.render.programs import UNITS, Programs
from mmdgen.render.surfaces import Picture, material_texels, surfaces
from mmdgen.render.tables import Table
from mmdgen.render.textures import upload_picture, upload_sphere
from mmdgen.render.vertex_rows import INPUTS, LAYOUT, vertex_rows
from mmdgen.state import Deformation

TABLES = {"bones": 4, "morph_weights": 1, "morph_entries": 4, "sdef": 4, "materials": 4}  # numbers a texel


class Uploaded:
    """A model's GPU resources; free them with ``release``.

    ``draws`` holds one vertex array a material, ``feedback`` the one that captures vertices.
    """

    def __init__(self, context: moderngl.Context, programs: Programs, model: Model, textures: TextureSet) -> None:
        if len(textures.images) != len(model.textures):
            found, expected = len(textures.images), len(model.textures)
            raise RenderError(
                f"{model.source.path or model.name}: {found} pictures, expected {expected}; load them anew"
            )
        self.model = model
        self._context = context
        self._tables = {name: Table(context, numbers) for name, numbers in TABLES.items()}
        vertices = vertex_rows(model.vertices)
        self._tables["sdef"].write(vertices.sdef)
        self._vertices = context.buffer(vertices.rows.tobytes() or bytes(4))
        self._spans = context.buffer(reserve=max(len(model.vertices), 1) * 16, dynamic=True)
        self._faces = context.buffer(np.ascontiguousarray(model.faces, np.uint32).tobytes() or bytes(4))
        self._active: list[int] = []
        self._write_morphs()

        self.surfaces = surfaces(model, textures)
        self._pictures: dict[int | None, moderngl.Texture] = {}
        self._spheres: dict[int | None, moderngl.Texture] = {}
        for material, surface in zip(model.materials, self.surfaces, strict=True):
            if surface.picture != Picture.NONE and material.texture not in self._pictures:
                self._pictures[material.texture] = upload_picture(context, _image(textures, material.texture))
            if surface.sphere != SphereMode.NONE and material.sphere not in self._spheres:
                self._spheres[material.sphere] = upload_sphere(context, _image(textures, material.sphere))

        content = [(self._vertices, LAYOUT, *INPUTS), (self._spans, "4f", "in_morph")]
        capture = programs.feedback(**vertices.defines())
        self.feedback = context.vertex_array(capture, content, skip_errors=True)
        arrays = {}
        for surface in set(self.surfaces):
            program = programs.draw(**vertices.defines(), **surface.defines())
            arrays[surface] = context.vertex_array(program, content, self._faces, skip_errors=True)
        self.draws = [arrays[surface] for surface in self.surfaces]

    def _write_morphs(self) -> None:
        entries, spans = morph_entries(self.model.morphs, self._active, len(self.model.vertices))
        self._tables["morph_entries"].write(entries)
        self._spans.write(spans.tobytes())

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

    def counts(self) -> dict[str, int]:
        """Return the uniforms that tell how tables are laid out."""
        return {
            "bone_count": max(len(self.model.bones), 1),
            "morph_count": len(self._active),
            "material_count": len(self.model.materials),
        }

    def bind_pictures(self, number: int) -> None:
        """Bind the pictures of a material to their units."""
        material, surface = self.model.materials[number], self.surfaces[number]
        if surface.picture != Picture.NONE:
            self._pictures[material.texture].use(UNITS["picture"])
        if surface.sphere != SphereMode.NONE:
            self._spheres[material.sphere].use(UNITS["sphere"])

    def release(self) -> None:
        """Free everything; the object is useless afterwards."""
        with self._context:
            for table in self._tables.values():
                table.release()
            for texture in (*self._pictures.values(), *self._spheres.values()):
                texture.release()
            for array in {self.feedback, *self.draws}:
                array.release()
            for buffer in (self._vertices, self._spans, self._faces):
                buffer.release()


def _image(textures: TextureSet, number: int | None) -> U1:
    image = None if number is None else textures.images[number]
    assert image is not None  # its surface would ask for none
    return image


def _bone_texels(deformation: Deformation) -> F4:
    """Return (N B 4, 4) float32: three matrix rows and the rotation of every bone; one bone at rest where none is."""
    n, bones = deformation.matrix.shape[:2]
    if bones == 0:
        return np.tile(np.eye(4, dtype=np.float32), (n, 1))
    return np.concatenate([deformation.matrix, deformation.rotation[:, :, None]], 2).reshape(-1, 4)
