"""Draws many poses of one model at once, and captures their vertices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from mmdgen.model import F4, U1, Model, TextureSet
from mmdgen.render.atlas import Area, Atlas
from mmdgen.render.context import computes, poses_ahead
from mmdgen.render.look import Look
from mmdgen.render.look_table import LookTable
from mmdgen.render.programs import Programs, assign
from mmdgen.render.readback import Pending
from mmdgen.render.settings import RenderSettings
from mmdgen.render.surfaces import ALPHA, EDGE_ALPHA, EDGE_SIZE, Picture
from mmdgen.render.target import Target
from mmdgen.render.textures import upload_picture
from mmdgen.render.upload import Part, Uploaded
from mmdgen.space import Framing
from mmdgen.state import Deformation

BLENDING: Any = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)
CLIP_PLANES = range(0x3000, 0x3004)  # GL_CLIP_DISTANCE0 to 3; moderngl has no names for them
# Of a picture's height, what edge size 1 is: a thousandth of the camera's distance at a field of view of 30 degrees.
EDGE_SHARE = 1 / (2000 * math.tan(math.radians(15)))
CAPTURED = 10  # numbers that one vertex comes back as
CAPTURE_LIMIT = 64 << 20  # numbers in one capture


class Renderer:
    """Pictures of one size, laid out in ``atlas`` while they are drawn.

    Every call makes the context current while it lasts, so that others may live beside it; use it from one thread.
    ``posed``: vertices are posed once by a compute shader (OpenGL 4.3) and not by each draw; by default where that is
    quicker. ``computed``: a compute shader resolves pictures (with buffers of OpenGL 4.4); by default on hardware that
    can. The pictures are the same.
    """

    def __init__(
        self,
        context: moderngl.Context,
        settings: RenderSettings,
        atlas: Atlas | None = None,
        *,
        posed: bool | None = None,
        computed: bool | None = None,
    ) -> None:
        self.settings = settings
        self.atlas = atlas or Atlas.plan(settings)
        self._context = context
        self._programs = Programs(context, posed=poses_ahead() if posed is None else posed)
        self._computed = computes(context) if computed is None else computed
        self._target: Target | None = None
        with context:
            self._nowhere = context.simple_framebuffer((1, 1))  # writing to buffers still asks for one that is complete

    @property
    def slots(self) -> int:
        """How many pictures one pass draws: sample i of a model belongs into slot i modulo this."""
        return self.atlas.slots

    def prepare(self) -> None:
        """Make what most models ask for, so that the first one need not wait: surfaces, and the commonest programs."""
        toon = self.settings.shading == "toon"
        ramps = (0, 1) if toon else (0,)
        with self._context:
            self._make_target().prepare()
            upload_picture(self._context, np.zeros((2, 2, 4), np.uint8)).release()  # drivers compile for mipmaps too
            for picture, shiny, ramp in product(Picture, (0, 1), ramps):
                kind = {"PICTURE": int(picture), "SPHERE": 0, "SHINY": shiny, "FACTORS": 0, "TOON": int(toon)}
                self._programs.draw(HAS_SDEF=0, HAS_QDEF=0, RAMP=ramp, **kind)

    def _make_target(self) -> Target:
        self._target = self._target or Target(self._context, self.atlas, computed=self._computed)
        return self._target

    def upload(self, model: Model, textures: TextureSet) -> Uploaded:
        """Bring a model to the GPU. Free it with its ``release``."""
        with self._context:
            return Uploaded(self._context, self._programs, model, textures)

    def part(self, uploaded: Uploaded, faces: NDArray[np.bool_], area: Area) -> Part:
        """Return some faces (F,) of a model, to be drawn alone, and what is wanted of their pictures."""
        with self._context:
            return uploaded.part(faces, area)

    def draw(
        self,
        uploaded: Uploaded,
        deformation: Deformation,
        framing: Framing,
        first_slot: int = 0,
        looks: Sequence[Look] | None = None,
    ) -> U1:
        """Return the pictures of N deformations: (N, S, S, 4) uint8 RGBA, straight alpha, row 0 on top.

        Picture i is drawn in slot (first_slot + i) modulo ``slots``; a picture is a function of its slot, its own
        deformation and its own look, whatever else is drawn with it. ``looks``, N of them: by default the settings'.
        """
        return self.start(uploaded, deformation, framing, first_slot, looks).read()

    def start(
        self,
        uploaded: Uploaded,
        deformation: Deformation,
        framing: Framing,
        first_slot: int = 0,
        looks: Sequence[Look] | None = None,
        part: Part | None = None,
    ) -> Pending:
        """Begin what ``draw`` does; the pictures are drawn and sent while the caller does something else.

        With a ``part`` its faces alone are drawn, and only its area (N, H, W, 4) is sent: where no other face would
        show it has the bytes of whole pictures.
        """
        part = part or uploaded.whole
        looks = [self.settings.look()] * len(deformation) if looks is None else looks
        if len(looks) != len(deformation):
            raise ValueError(f"{len(looks)} looks for {len(deformation)} pictures")
        area = part.area
        shape = (area.height, area.width) if area else (self.settings.size,) * 2
        pictures = np.empty((len(deformation), *shape, 4), np.uint8)
        pending = Pending(self._context, pictures)
        with self._context:
            target = self._make_target()
            for start, count, slot in self.atlas.passes(len(deformation), first_slot, uploaded.most):
                table = LookTable(looks[start : start + count])
                target.begin()
                self._draw_pass(uploaded, part, rows(deformation, start, count), table, framing, slot)
                arrive = target.fetch(slot, pictures[start : start + count], table.color_texels(), area)
                pending.arrivals.append(arrive)
        return pending

    def _draw_pass(
        self, uploaded: Uploaded, part: Part, deformation: Deformation, looks: LookTable, framing: Framing, slot: int
    ) -> None:
        """Draw the pictures of each shading together, then all outlines: MMD's order within every picture."""
        uploaded.write(deformation, looks)
        uniforms = uploaded.counts() | self._uniforms(framing)
        context = self._context
        context.enable_only(moderngl.DEPTH_TEST)
        context.depth_func = "<="
        context.blend_func = BLENDING
        # A front face is clockwise for the viewer (left-handed axes); the atlas has its rows upside down.
        context.front_face = "ccw"
        for plane in CLIP_PLANES:
            context.enable_direct(plane)
        for toon in (False, True):
            chosen = np.flatnonzero(looks.toon == toon)
            if len(chosen):
                uploaded.write_instances(looks.instances(chosen, slot))
                self._draw_surfaces(uploaded, part, deformation.material[chosen], uniforms, toon=toon)
        chosen = np.flatnonzero(looks.edged)
        if len(chosen):
            uploaded.write_instances(looks.instances(chosen, slot))
            self._draw_edges(uploaded, part, deformation.material[chosen], uniforms)
        for plane in CLIP_PLANES:
            context.disable_direct(plane)

    def _draw_surfaces(
        self, uploaded: Uploaded, part: Part, numbers: F4, uniforms: Mapping[str, Any], *, toon: bool
    ) -> None:
        """Draw all materials in the file's order; ``numbers`` (n, K, 28) are theirs in the n pictures."""
        context = self._context
        context.cull_face = "back"
        ready = set()
        for number, first, corners in part.spans:
            material = uploaded.model.materials[number]
            alpha = numbers[:, number, ALPHA]
            if not (alpha > 0).any():
                continue
            see_through = uploaded.surfaces[number].picture == Picture.TRANSLUCENT or (alpha < 1).any()
            _switch(context, moderngl.BLEND, bool(see_through))  # blending at alpha 1 would change nothing
            _switch(context, moderngl.CULL_FACE, not material.flags.two_sided)
            uploaded.bind_pictures(number)
            array = uploaded.array(part, number, toon=toon)
            if array.program not in ready:
                _assign_all(array.program, uniforms)
                ready.add(array.program)
            assign(array.program, "material", number)
            array.render(moderngl.TRIANGLES, vertices=corners, first=first, instances=len(numbers))

    def _draw_edges(self, uploaded: Uploaded, part: Part, numbers: F4, uniforms: Mapping[str, Any]) -> None:
        """Draw the outlines of all materials in the file's order: back faces of hulls a little larger than they."""
        context = self._context
        context.enable(moderngl.CULL_FACE | moderngl.BLEND)
        context.cull_face = "front"
        array = uploaded.edge_array(part)
        _assign_all(array.program, uniforms)
        for number, first, corners in part.spans:
            edge = uploaded.model.materials[number].flags.edge
            if edge and (numbers[:, number, [ALPHA, EDGE_ALPHA, EDGE_SIZE]] > 0).all(1).any():
                assign(array.program, "material", number)
                array.render(moderngl.TRIANGLES, vertices=corners, first=first, instances=len(numbers))

    def _uniforms(self, framing: Framing) -> dict[str, Any]:
        tile = float(self.atlas.tile)
        z, offset = framing.matrix()[2, 2:]
        return {
            "columns": self.atlas.columns,
            "tile": tile,
            "atlas": float(self.atlas.side),
            "camera": (framing.center_x, framing.center_y, tile / 2 / framing.unit),
            "depth": (z, offset),
            "edge_width": tile * EDGE_SHARE,
        }

    def capture(self, uploaded: Uploaded, deformation: Deformation) -> tuple[F4, F4, F4]:
        """Return what the vertex shader makes of N deformations, by transform feedback.

        Positions (N, V, 3) in the file's units and axes, unit normals (N, V, 3), and UVs (N, V, 4): base u, v and the
        first additional u, v. float32.
        """
        vertices = len(uploaded.model.vertices)
        result = np.empty((len(deformation), vertices, CAPTURED), np.float32)
        step = max(1, CAPTURE_LIMIT // max(vertices * CAPTURED, 1))
        with self._context:
            self._nowhere.use()
            for start in range(0, len(deformation) if vertices else 0, step):
                self._capture(uploaded, rows(deformation, start, step), result[start : start + step])
        return result[..., :3], result[..., 3:6], result[..., 6:]

    def _capture(self, uploaded: Uploaded, part: Deformation, result: F4) -> None:
        uploaded.write(part)
        _assign_all(uploaded.feedback.program, uploaded.counts())
        buffer = self._context.buffer(reserve=result.nbytes)
        vertices = result.shape[1]
        uploaded.feedback.transform(buffer, moderngl.POINTS, vertices=vertices, instances=len(part))
        result[:] = np.frombuffer(buffer.read(), np.float32).reshape(result.shape)
        buffer.release()

    def vertices(self, uploaded: Uploaded, deformation: Deformation) -> F4:
        """Return the posed vertices (N, V, 3) float32 in the file's units and axes, as the GPU computes them."""
        return self.capture(uploaded, deformation)[0]

    def release(self) -> None:
        """Free all but the uploaded models and the context."""
        with self._context:
            self._programs.release()
            self._nowhere.release()
            if self._target is not None:
                self._target.release()
                self._target = None


def rows(deformation: Deformation, start: int, count: int) -> Deformation:
    """Return the deformations from ``start`` on, at most ``count`` of them."""
    part = slice(start, start + count)
    d = deformation
    return replace(
        d, matrix=d.matrix[part], rotation=d.rotation[part], weight=d.weight[part], material=d.material[part]
    )


def _switch(context: moderngl.Context, flag: int, on: bool) -> None:
    (context.enable if on else context.disable)(flag)


def _assign_all(program: moderngl.Program, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        assign(program, name, value)
