"""Arrays of floats that shaders read by index: the 3.3 stand-in for storage buffers."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

WIDTH = 1024  # texels a row: the widest texture that OpenGL 3.3 promises; table.glsl has the same number


class Table:
    """A list of texels (K, 1) or (K, 4) float32, kept in a texture row after row; ``ROW(table, i)`` in the shaders."""

    def __init__(self, context: moderngl.Context, components: int) -> None:
        self._context = context
        self._components = components
        self._texture = self._allocate(1)

    def _allocate(self, rows: int) -> moderngl.Texture:
        texture = self._context.texture((WIDTH, rows), self._components, dtype="f4")
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        return texture

    def write(self, values: NDArray[np.floating]) -> None:
        """Replace the content by ``values`` (K, components)."""
        rows = max(1, -(-len(values) // WIDTH))
        if rows > self._texture.height:
            self._texture.release()
            self._texture = self._allocate(rows)
        padded = np.zeros((rows * WIDTH, self._components), np.float32)
        padded[: len(values)] = values
        self._texture.write(padded, viewport=(0, 0, WIDTH, rows))

    def use(self, unit: int) -> None:
        """Bind to a texture unit."""
        self._texture.use(unit)

    def release(self) -> None:
        """Free the texture."""
        self._texture.release()
