"""The compiled shaders, in the variants that models ask for."""

from __future__ import annotations

from typing import Any

import moderngl

from mmdgen.errors import RenderError
from mmdgen.render.shaders import source

# texture units
UNITS = {"bones": 0, "morph_weights": 1, "morph_entries": 2, "sdef": 3, "materials": 4, "picture": 5, "sphere": 6}
FEEDBACK = ("posed_position", "posed_normal", "posed_uv")


class Programs:
    """Compiles on first use and keeps: models without SDEF or QDEF vertices get shaders without that code."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._made: dict[tuple[str, bool, bool], moderngl.Program] = {}

    def draw(self, *, sdef: bool, qdef: bool) -> moderngl.Program:
        """Return the program that draws deformed models."""
        return self._get("draw", sdef, qdef)

    def feedback(self, *, sdef: bool, qdef: bool) -> moderngl.Program:
        """Return the program that captures deformed vertices."""
        return self._get("feedback", sdef, qdef)

    def _get(self, name: str, sdef: bool, qdef: bool) -> moderngl.Program:
        key = (name, sdef, qdef)
        if key not in self._made:
            defines = {"HAS_SDEF": int(sdef), "HAS_QDEF": int(qdef)}
            vertex = source(f"{name}.vert", **defines)
            if name == "draw":
                self._made[key] = compiled(self._context, vertex_shader=vertex, fragment_shader=source("draw.frag"))
            else:
                self._made[key] = compiled(self._context, vertex_shader=vertex, varyings=FEEDBACK)
            for uniform, unit in UNITS.items():
                assign(self._made[key], uniform, unit)
        return self._made[key]

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
