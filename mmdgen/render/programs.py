"""The compiled shaders, in the variants that models ask for."""

from __future__ import annotations

from typing import Any

import moderngl

from mmdgen.errors import RenderError
from mmdgen.render.shaders import source

# texture units
UNITS = {
    "bones": 0,
    "morph_weights": 1,
    "morph_entries": 2,
    "sdef": 3,
    "materials": 4,
    "picture": 5,
    "sphere": 6,
    "toon": 7,
}
FEEDBACK = ("posed_position", "posed_normal", "posed_uv")


class Programs:
    """Compiles on first use and keeps; ``defines`` are the shaders' switches, such as HAS_SDEF."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._made: dict[tuple[object, ...], moderngl.Program] = {}

    def draw(self, **defines: int) -> moderngl.Program:
        """Return the program that draws one kind of surface of one kind of model."""
        return self._pair("draw", defines)

    def edge(self, **defines: int) -> moderngl.Program:
        """Return the program that draws the outlines of one kind of model."""
        return self._pair("edge", defines)

    def _pair(self, name: str, defines: dict[str, int]) -> moderngl.Program:
        key = (name, *sorted(defines.items()))
        if key not in self._made:
            vertex, fragment = source(f"{name}.vert", **defines), source(f"{name}.frag", **defines)
            self._made[key] = self._ready(vertex_shader=vertex, fragment_shader=fragment)
        return self._made[key]

    def feedback(self, **defines: int) -> moderngl.Program:
        """Return the program that captures deformed vertices."""
        key = ("feedback", *sorted(defines.items()))
        if key not in self._made:
            self._made[key] = self._ready(vertex_shader=source("feedback.vert", **defines), varyings=FEEDBACK)
        return self._made[key]

    def _ready(self, **shaders: Any) -> moderngl.Program:
        program = compiled(self._context, **shaders)
        for uniform, unit in UNITS.items():
            assign(program, uniform, unit)
        return program

    def release(self) -> None:
        """Free all programs."""
        for program in self._made.values():
            program.release()
        self._made.clear()


def compiled(context: moderngl.Context, **shaders: Any) -> moderngl.Program:
    """Compile and link; raise RenderError with the compiler's words."""
    try:
        return context.program(**shaders)
    except moderngl.Error as error:
        raise RenderError(f"OpenGL driver: {error}, expected it to compile our shaders; update the driver") from error


def assign(program: moderngl.Program, name: str, value: Any) -> None:
    """Set a uniform unless the compiler dropped it as unused."""
    if name in program:
        program[name].value = value  # type: ignore[union-attr]
