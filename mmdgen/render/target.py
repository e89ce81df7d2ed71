"""The surface that a pass is drawn on, and the step from its samples to 8-bit pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import moderngl
import numpy as np

from mmdgen.errors import RenderError
from mmdgen.model import F4, U1
from mmdgen.render.atlas import Area, Atlas
from mmdgen.render.programs import assign, compiled, compiled_compute
from mmdgen.render.readback import BUFFERS, Ring
from mmdgen.render.shaders import source
from mmdgen.render.tables import Table

GROUP = 512  # pixels that are resolved together; resolve.comp
# premultiplied samples that are drawn to see what arrives, and what should; two, as memory may still hold one of them
PROOFS = (((0.5, 0.25, 0.0, 0.5), (255, 128, 0, 128)), ((0.0, 0.5, 0.25, 0.5), (0, 255, 128, 128)))


class Target:
    """Half-float premultiplied samples with depth, and the uint8 straight RGBA that they resolve to.

    ``computed``: a compute shader resolves and clears the samples, where fragments are dear (OpenGL 4.4's buffers).
    Where the driver refuses that after all, or what it writes does not arrive, they are resolved by drawing.
    """

    def __init__(self, context: moderngl.Context, atlas: Atlas, *, computed: bool = False) -> None:
        self.atlas = atlas
        self._context = context
        self._computed = computed
        square = (atlas.side, atlas.side)
        self._size = atlas.tile // atlas.grid  # of a picture, in pixels
        pixels = atlas.columns * self._size
        self._samples = context.texture(square, 4, dtype="f2")
        self._samples.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._depth = context.depth_renderbuffer(square)
        self._surface = context.framebuffer([self._samples], self._depth)
        self._depths = context.framebuffer([], self._depth)
        self._pictures = context.renderbuffer((pixels, pixels), 4)
        self._resolved = context.framebuffer([self._pictures])
        # by whether colours change and an area is chosen: program, and what it draws
        self._resolvers: dict[tuple[bool, bool], tuple[Any, ...]] = {}
        self._colors = Table(context, 4)
        self._clean = False  # whether all samples are 0
        try:
            self._ring = Ring(context, pixels * pixels * 4, mapped=computed)
        except RenderError:
            self._computed = False
            self._ring = Ring(context, pixels * pixels * 4)
        if self._computed and not self._arrives():
            self._resolve_by_drawing()

    def _resolver(self, *, colored: bool, chosen: bool) -> tuple[Any, ...]:
        key = colored, chosen
        if key not in self._resolvers:
            try:
                self._resolvers[key] = self._compiled(*key)
            except RenderError:
                if not self._computed:
                    raise
                self._resolve_by_drawing()
                self._resolvers[key] = self._compiled(*key)
        return self._resolvers[key]

    def _compiled(self, colored: bool, chosen: bool) -> tuple[Any, ...]:
        layout = {"GRID": self.atlas.grid, "SIZE": self._size, "COLUMNS": self.atlas.columns}
        switches = {"COLORED": int(colored), "CHOSEN": int(chosen), "COMPUTE": int(self._computed)}
        text = source("resolve.comp" if self._computed else "resolve.frag", **layout, **switches)
        if self._computed:
            made: tuple[Any, ...] = (compiled_compute(self._context, text),)
        else:
            drawn = compiled(self._context, vertex_shader=source("resolve.vert"), fragment_shader=text)
            assign(drawn, "samples", 0)
            made = drawn, self._context.vertex_array(drawn, [])
        assign(made[0], "colors", 1)
        return made

    def prepare(self) -> None:
        """Compile what resolves pictures whose colours stay as they are."""
        for chosen in (False, True):
            self._resolver(colored=False, chosen=chosen)

    def _arrives(self) -> bool:
        """Tell whether colours that are resolved now arrive as they should, in every buffer of the ring."""
        tile = self.atlas.tile
        picture = np.zeros((1, self._size, self._size, 4), np.uint8)
        for drawn, expected in PROOFS:
            for _ in range(BUFFERS):
                self.begin()
                self._surface.clear(*drawn, viewport=(0, 0, tile, tile))
                self.fetch(0, picture)()
                if np.abs(picture.astype(int) - expected).max() > 1:
                    return False
        return True

    def _resolve_by_drawing(self) -> None:
        """Give the compute shader up, once what it has on its way is there."""
        size = self._ring.size
        self._computed = self._clean = False
        self._ring.release()
        self._release_resolvers()
        self._ring = Ring(self._context, size)

    def begin(self) -> None:
        """Clear the samples and make them what is drawn on."""
        self._context.disable(moderngl.CULL_FACE | moderngl.BLEND | moderngl.DEPTH_TEST)
        cleared = self._depths if self._clean else self._surface
        cleared.use()
        cleared.clear()
        self._clean = False
        self._surface.use()

    def fetch(self, slot: int, pictures: U1, colors: F4 | None = None, area: Area | None = None) -> Callable[[], None]:
        """Resolve the tiles from ``slot`` on and send them to ``pictures`` (N, S, S, 4) uint8, straight alpha.

        They must be all that was drawn on. Returns what waits until they are there. ``colors`` (3 N, 4): the rows of a
        matrix for each picture's finished colours; None leaves all as they are. ``area``: all that is wanted of each
        tile, in pixels; ``pictures`` are as large.
        """
        if colors is not None:
            self._colors.write(colors)
        program, *drawn = self._resolver(colored=colors is not None, chosen=area is not None)
        assign(program, "first_tile", slot)
        if area is not None:
            assign(program, "area", tuple(area))
        self._colors.use(1)
        if drawn:
            fill = partial(self._draw, drawn[0], pictures.nbytes // 4)
        else:  # clears all of every tile
            fill = partial(self._compute, program, len(pictures) * self._size**2)
        return self._ring.fetch(fill, pictures)

    def _draw(self, triangle: moderngl.VertexArray, count: int, buffer: moderngl.Buffer) -> None:
        """Send the first ``count`` pixels to the buffer."""
        width = self._pictures.width
        area = (0, 0, width, -(-count // width))
        self._resolved.use()
        self._resolved.viewport = area
        self._context.disable(moderngl.CULL_FACE | moderngl.BLEND | moderngl.DEPTH_TEST)
        self._samples.use(0)
        triangle.render(moderngl.TRIANGLES, vertices=3)
        self._resolved.read_into(buffer, area, components=4, alignment=1)

    def _compute(self, program: moderngl.ComputeShader, count: int, buffer: moderngl.Buffer) -> None:
        assign(program, "count", count)
        self._samples.bind_to_image(0, read=True, write=True)
        buffer.bind_to_storage_buffer(0)
        program.run(-(-count // GROUP))
        self._context.memory_barrier()
        self._clean = True

    def release(self) -> None:
        """Free everything."""
        self._ring.release()
        self._release_resolvers()
        held = (self._surface, self._depths, self._resolved, self._colors, self._samples, self._depth, self._pictures)
        for item in held:
            item.release()

    def _release_resolvers(self) -> None:
        for item in (item for resolver in self._resolvers.values() for item in resolver):
            item.release()
        self._resolvers.clear()
