"""A visible window: its OpenGL context, the picture in it, and the triangles of the user interface over that."""

from __future__ import annotations

import ctypes
import platform
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import moderngl
import numpy as np

from mmdgen.errors import RenderError
from mmdgen.model import U1
from mmdgen.render.context import REQUIRED
from mmdgen.render.programs import compiled
from mmdgen.render.shaders import source

if TYPE_CHECKING:
    from slimgui import imgui

OVER: Any = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)
VERTEX = "2f 2f 4f1"  # imgui's: position, uv, colour


def open_window(title: str, width: int, height: int) -> Any:
    """Open a glfw window with a current OpenGL 3.3 core context and return its handle.

    ``width`` and ``height`` grow with the monitor's content scale. Raises RenderError, naming the remedy.
    """
    import glfw

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # glfw reports by warnings; the last error is read below
        if not glfw.init():
            raise RenderError(f"window: {_reason(glfw)}, expected a desktop; {_remedy()}")
        glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, REQUIRED // 100)
        glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, REQUIRED // 10 % 10)
        glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
        glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, glfw.TRUE)
        glfw.window_hint(glfw.SCALE_TO_MONITOR, glfw.TRUE)
        glfw.window_hint_string(glfw.X11_CLASS_NAME, "mmdgen")
        glfw.window_hint_string(glfw.WAYLAND_APP_ID, "mmdgen")
        window = glfw.create_window(width, height, title, None, None)
        if not window:
            reason = _reason(glfw)
            glfw.terminate()
            raise RenderError(f"window: {reason}, expected OpenGL 3.3; update the graphics driver")
        _fit(glfw, window)
        glfw.make_context_current(window)
        glfw.swap_interval(1)
    return window


def _fit(glfw: Any, window: Any) -> None:
    """Make a window no larger than its screen."""
    monitor = glfw.get_primary_monitor()
    if monitor:
        _, _, width, height = glfw.get_monitor_workarea(monitor)
        now = glfw.get_window_size(window)
        if width and height and (now[0] > width or now[1] > height):
            glfw.set_window_size(window, min(now[0], width), min(now[1], height))


def _reason(glfw: Any) -> str:
    reason = glfw.get_error()[1]
    return reason.decode(errors="replace").rstrip(".") if reason else "none could be opened"


def _remedy() -> str:
    if platform.system() == "Linux":
        return "run it in a desktop session or under `xvfb-run -a`, or draw with `mmdgen shot`"
    return "run it in a desktop session, or draw with `mmdgen shot`"


def window_context() -> moderngl.Context:
    """Return the context of the window that was opened last."""
    problems = []
    options: tuple[dict[str, Any], ...] = ({}, {"backend": "egl"})  # the second is Wayland's
    for backend in options:
        try:
            return moderngl.create_context(require=REQUIRED, **backend)
        except Exception as error:  # noqa: BLE001  glcontext raises nothing more precise
            problems.append(str(error))
    raise RenderError(f"window: {'; '.join(problems)}, expected OpenGL 3.3; update the graphics driver")


@dataclass(frozen=True)
class Ground:
    """What lies behind a picture: two colours in squares of ``square`` pixels, or one where that is 0."""

    light: tuple[float, float, float]
    dark: tuple[float, float, float] = (0.0, 0.0, 0.0)
    square: float = 0.0


class Canvas:
    """Draws into the window whose context is current. Rectangles are left, top, width, height in pixels."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        stage = source("resolve.vert"), source("stage.frag")
        self._stage = compiled(context, vertex_shader=stage[0], fragment_shader=stage[1])
        self._triangle = context.vertex_array(self._stage, [])
        self._picture = context.texture((1, 1), 4, bytes(4))
        interface = source("interface.vert"), source("interface.frag")
        self._interface = compiled(context, vertex_shader=interface[0], fragment_shader=interface[1])
        self._textures: dict[int, moderngl.Texture] = {}

    def begin(self, size: tuple[int, int], color: tuple[float, float, float]) -> None:
        """Start a frame of a window of ``size`` pixels, filled with one colour."""
        screen = self._context.screen
        screen.use()
        screen.viewport = (0, 0, *size)
        screen.scissor = (0, 0, *size)
        screen.clear(*color, 1.0)

    def keep(self, picture: U1) -> None:
        """Take the picture (S, S, 4) uint8, straight alpha, that ``show`` draws from now on."""
        size = (picture.shape[1], picture.shape[0])
        if self._picture.size != size:
            self._picture.release()
            self._picture = self._context.texture(size, 4)
            self._picture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._picture.write(np.ascontiguousarray(picture))

    def show(self, clip: tuple[int, int, int, int], place: tuple[int, int, int, int], ground: Ground) -> None:
        """Draw the kept picture at ``place`` over the ground, both as far as they lie within ``clip``."""
        screen = self._context.screen
        height = screen.viewport[3]
        screen.scissor = (clip[0], height - clip[1] - clip[3], clip[2], clip[3])
        self._context.enable_only(moderngl.NOTHING)
        program: Any = self._stage
        program["place"] = (place[0], height - place[1] - place[3], place[2], place[3])
        program["square"], program["light"], program["dark"] = ground.square, ground.light, ground.dark
        self._picture.use(0)
        self._triangle.render(moderngl.TRIANGLES, vertices=3)

    def interface(self, data: imgui.DrawData, size: tuple[float, float]) -> None:
        """Draw Dear ImGui's triangles; ``size`` is the window's in its units."""
        for texture in data.textures or ():
            self._update(texture)
        context, screen = self._context, self._context.screen
        scale = data.framebuffer_scale
        program: Any = self._interface
        program["screen"] = (0.0, 0.0, *size)
        for commands in data.commands_lists:
            vertices = context.buffer(
                ctypes.string_at(commands.vtx_buffer_data, commands.vtx_buffer_size * 20) or bytes(20)
            )
            corners = context.buffer(
                ctypes.string_at(commands.idx_buffer_data, commands.idx_buffer_size * 2) or bytes(2)
            )
            inputs = (vertices, VERTEX, "in_position", "in_uv", "in_color")
            array = context.vertex_array(self._interface, [inputs], corners, index_element_size=2)
            context.enable_only(moderngl.BLEND)
            context.blend_func = OVER
            for command in commands.commands:
                left, top, right, bottom = (round(edge * scale[i % 2]) for i, edge in enumerate(command.clip_rect))
                if right > left and bottom > top:
                    screen.scissor = (left, screen.viewport[3] - bottom, right - left, bottom - top)
                    self._textures[command.tex_ref.get_tex_id()].use(0)
                    array.render(moderngl.TRIANGLES, vertices=command.elem_count, first=command.idx_offset)
            for item in (array, vertices, corners):
                item.release()

    def _update(self, texture: imgui.TextureData) -> None:
        """Bring what the interface says of a texture to the GPU."""
        from slimgui import imgui

        status = texture.status
        if status == imgui.TextureStatus.WANT_CREATE:
            made = self._context.texture((texture.width, texture.height), 4, texture.get_pixels().tobytes())
            self._textures[made.glo] = made
            texture.set_tex_id(made.glo)
        elif status == imgui.TextureStatus.WANT_UPDATES:
            pixels = texture.get_pixels().reshape(texture.height, texture.width, 4)
            for area in texture.updates:
                part = pixels[area.y : area.y + area.h, area.x : area.x + area.w]
                self._textures[texture.get_tex_id()].write(part.tobytes(), viewport=(area.x, area.y, area.w, area.h))
        elif status == imgui.TextureStatus.WANT_DESTROY and texture.unused_frames > 0:
            self._textures.pop(texture.get_tex_id()).release()
            texture.set_tex_id(0)
            texture.set_status(imgui.TextureStatus.DESTROYED)
            return
        else:
            return
        texture.set_status(imgui.TextureStatus.OK)

    def read(self) -> U1:
        """Return the window's pixels (H, W, 3) uint8 as they are drawn, row 0 on top; before they are swapped."""
        x, y, width, height = self._context.screen.viewport
        data = self._context.screen.read((x, y, width, height), components=3, alignment=1)
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)[::-1]

    def release(self) -> None:
        """Free everything; the window stays."""
        held: tuple[Any, ...] = (self._triangle, self._stage, self._interface, self._picture)
        for item in (*held, *self._textures.values()):
            item.release()
