"""The compiled shaders, in the variants that models ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

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
Shader = TypeVar("Shader", moderngl.Program, moderngl.ComputeShader)
FEEDBACK = ("posed_position", "posed_normal", "posed_uv")


class Programs:
    """Compiles on first use and keeps; ``defines`` are the shaders' switches, such as HAS_SDEF.

    ``posed``: vertices are posed by a compute shader, and those that draw read what it wrote.
    """

    def __init__(self, context: moderngl.Context, *, posed: bool) -> None:
        self.posed = posed
        self._context = context
        self._made: dict[tuple[object, ...], Any] = {}

    def draw(self, **defines: int) -> moderngl.Program:
        """Return the program that draws one kind of surface of one kind of model."""
        return self._pair("draw", defines)

    def edge(self, **defines: int) -> moderngl.Program:
        """Return the program that draws the outlines of one kind of model."""
        return self._pair("edge", defines)

    def _pair(self, name: str, defines: dict[str, int]) -> moderngl.Program:
        key = (name, *sorted(defines.items()))
        if key not in self._made:
            vertex = source(f"{name}.vert", POSED=int(self.posed), **defines)
            fragment = source(f"{name}.frag", **defines, POSED=int(self.posed))
            self._made[key] = self._ready(compiled(self._context, vertex_shader=vertex, fragment_shader=fragment))
        program: moderngl.Program = self._made[key]
        return program

    def feedback(self, **defines: int) -> moderngl.Program:
        """Return the program that captures deformed vertices."""
        key = ("feedback", *sorted(defines.items()))
        if key not in self._made:
            shader = source("feedback.vert", **defines)
            self._made[key] = self._ready(compiled(self._context, vertex_shader=shader, varyings=FEEDBACK))
        program: moderngl.Program = self._made[key]
        return program

    def pose(self, **defines: int) -> moderngl.ComputeShader:
        """Return the compute shader that deforms vertices."""
        key = ("pose", *sorted(defines.items()))
        if key not in self._made:
            text = source("pose.comp", COMPUTE=1, **defines)
            self._made[key] = self._ready(compiled_compute(self._context, text))
        shader: moderngl.ComputeShader = self._made[key]
        return shader

    def _ready(self, program: Shader) -> Shader:
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
    with _told():
        return context.program(**shaders)


def compiled_compute(context: moderngl.Context, text: str) -> moderngl.ComputeShader:
    """Compile and link a compute shader; raise RenderError with the compiler's words."""
    with _told():
        return context.compute_shader(text)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except moderngl.Error as error:
        raise RenderError(f"OpenGL driver: {error}, expected it to compile our shaders; update the driver") from error


def assign(program: moderngl.Program | moderngl.ComputeShader, name: str, value: Any) -> None:
    """Set a uniform unless the compiler dropped it as unused, or it has the value already.

    Every uniform of ours is set here alone, so that what was set last is what it is.
    """
    values: dict[str, Any] | None = program.extra
    if values is None:
        values = program.extra = {}
    if values.get(name) != value:
        values[name] = value
        if name in program:
            program[name].value = value  # type: ignore[union-attr]
