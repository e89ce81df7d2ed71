"""The surface that a pass is drawn on, and the step from its samples to 8-bit pictures."""

from __future__ import annotations

import moderngl
import numpy as np

from mmdgen.model import F4, U1
from mmdgen.render.atlas import Atlas
from mmdgen.render.programs import assign, compiled
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
        shaders = source("resolve.vert"), source("resolve.frag", GRID=atlas.grid)
        self._program = compiled(context, vertex_shader=shaders[0], fragment_shader=shaders[1])
        self._triangle = context.vertex_array(self._program, [])
        self._colors = Table(context, 4)
        sizes = {"size": atlas.tile // atlas.grid, "columns": atlas.columns}
        for name, value in {"samples": 0, "colors": 1, **sizes}.items():
            assign(self._program, name, value)

    def begin(self) -> None:
        """Clear the samples and make them what is drawn on."""
        self._context.disable(moderngl.CULL_FACE | moderngl.BLEND | moderngl.DEPTH_TEST)
        self._surface.use()
        self._surface.clear()

    def read(self, slot: int, pictures: U1, colors: F4 | None = None) -> None:
        """Resolve the tiles from ``slot`` on into ``pictures`` (N, S, S, 4) uint8, straight alpha.

        ``colors`` (3 N, 4): the rows of a matrix for each picture's finished colours; None leaves all as they are.
        """
        size = self.atlas.tile // self.atlas.grid
        columns = self.atlas.columns
        top, bottom = slot // columns, (slot + len(pictures) - 1) // columns + 1
        area = (0, top * size, columns * size, (bottom - top) * size)
        self._resolved.use()
        self._resolved.viewport = area
        self._context.disable(moderngl.CULL_FACE | moderngl.BLEND | moderngl.DEPTH_TEST)
        if colors is not None:
            self._colors.write(colors)
        assign(self._program, "colored", colors is not None)
        assign(self._program, "first_tile", slot)
        self._samples.use(0)
        self._colors.use(1)
        self._triangle.render(moderngl.TRIANGLES, vertices=3)
        data = self._resolved.read(area, components=4, alignment=1)
        tiles = np.frombuffer(data, np.uint8).reshape(bottom - top, size, columns, size, 4)
        for i, picture in enumerate(pictures, slot - top * columns):
            picture[:] = tiles[i // columns, :, i % columns]

    def release(self) -> None:
        """Free everything."""
        held = (self._triangle, self._program, self._surface, self._resolved, self._colors)
        for item in (*held, self._samples, self._depth, self._pictures):
            item.release()
