"""The surface that a pass is drawn on, and the step from its samples to 8-bit pictures."""

from __future__ import annotations

from collections.abc import Callable

import moderngl

from mmdgen.model import F4, U1
from mmdgen.render.atlas import Atlas
from mmdgen.render.programs import assign, compiled
from mmdgen.render.readback import Ring
from mmdgen.render.shaders import source
from mmdgen.render.tables import Table


class Target:
    """Half-float premultiplied samples with depth, and the uint8 straight RGBA that they resolve to."""

    def __init__(self, context: moderngl.Context, atlas: Atlas) -> None:
        self.atlas = atlas
        self._context = context
        square = (atlas.side, atlas.side)
        pixels = atlas.columns * atlas.tile // atlas.grid
        self._samples = context.texture(square, 4, dtype="f2")
        self._samples.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._depth = context.depth_renderbuffer(square)
        self._pictures = context.renderbuffer((pixels, pixels), 4)
        self._surface = context.framebuffer([self._samples], self._depth)
        self._resolved = context.framebuffer([self._pictures])
        self._triangles: dict[bool, tuple[moderngl.Program, moderngl.VertexArray]] = {}  # by whether colours change
        self._colors = Table(context, 4)
        self._ring = Ring(context, pixels * pixels * 4)

    def _triangle(self, *, colored: bool) -> tuple[moderngl.Program, moderngl.VertexArray]:
        if colored not in self._triangles:
            atlas = self.atlas
            size = atlas.tile // atlas.grid
            shader = source("resolve.frag", GRID=atlas.grid, SIZE=size, COLUMNS=atlas.columns, COLORED=int(colored))
            program = compiled(self._context, vertex_shader=source("resolve.vert"), fragment_shader=shader)
            for name, value in {"samples": 0, "colors": 1}.items():
                assign(program, name, value)
            self._triangles[colored] = program, self._context.vertex_array(program, [])
        return self._triangles[colored]

    def begin(self) -> None:
        """Clear the samples and make them what is drawn on."""
        self._context.disable(moderngl.CULL_FACE | moderngl.BLEND | moderngl.DEPTH_TEST)
        self._surface.use()
        self._surface.clear()

    def fetch(self, slot: int, pictures: U1, colors: F4 | None = None) -> Callable[[], None]:
        """Resolve the tiles from ``slot`` on and send them to ``pictures`` (N, S, S, 4) uint8, straight alpha.

        Returns what waits until they are there. ``colors`` (3 N, 4): the rows of a matrix for each picture's finished
        colours; None leaves all as they are.
        """
        width = self._pictures.width
        area = (0, 0, width, -(-pictures.nbytes // (4 * width)))
        self._resolved.use()
        self._resolved.viewport = area
        self._context.disable(moderngl.CULL_FACE | moderngl.BLEND | moderngl.DEPTH_TEST)
        if colors is not None:
            self._colors.write(colors)
        program, triangle = self._triangle(colored=colors is not None)
        assign(program, "first_tile", slot)
        self._samples.use(0)
        self._colors.use(1)
        triangle.render(moderngl.TRIANGLES, vertices=3)
        return self._ring.fetch(self._resolved, area, pictures)

    def release(self) -> None:
        """Free everything."""
        held = (self._ring, self._surface, self._resolved, self._colors, self._samples, self._depth, self._pictures)
        for item in (*(item for pair in self._triangles.values() for item in pair), *held):
            item.release()
