"""Opens OpenGL without a window: EGL first, hardware before software; a hidden window where there is no EGL."""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import moderngl

from mmdgen.errors import RenderError

REQUIRED = 330  # OpenGL 3.3 core; macOS stops at 4.1
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "swiftshader")
COMPUTE = 430  # OpenGL that has compute shaders
MAX_DEVICES = 16  # EGL devices looked at before giving up on hardware


@dataclass(frozen=True)
class Driver:
    """Who draws: the three strings by which OpenGL introduces itself."""

    vendor: str
    renderer: str
    version: str

    @property
    def software(self) -> bool:
        """True where the CPU does the drawing."""
        return any(word in self.renderer.lower() for word in SOFTWARE)


def driver(context: moderngl.Context) -> Driver:
    """Return who draws in ``context``."""
    info = context.info
    return Driver(str(info["GL_VENDOR"]), str(info["GL_RENDERER"]), str(info["GL_VERSION"]))


def poses_ahead() -> bool:
    """Tell whether vertices are posed by a compute shader: where MMDGEN_VERTICES says "compute".

    No driver was found on which that is faster: docs/decisions/less-work.md. Raises RenderError for any other word
    than "compute" and "shader".
    """
    wish = os.environ.get("MMDGEN_VERTICES", "")
    if wish not in ("", "compute", "shader"):
        raise RenderError(f"MMDGEN_VERTICES: {wish!r}, expected 'compute' or 'shader'; correct or unset it")
    return wish == "compute"


def computes(context: moderngl.Context) -> bool:
    """Tell whether pictures are resolved by a compute shader: on hardware that can map what it writes."""
    able = context.version_code >= COMPUTE and "GL_ARB_buffer_storage" in context.extensions
    return able and not driver(context).software


def open_context(device: int | None = None) -> moderngl.Context:
    """Open an OpenGL 3.3 core context without a visible window and make it current.

    ``device`` is the number of an EGL device (as is the variable GLCONTEXT_DEVICE_INDEX); without it the first
    hardware device is taken, else the first that works. Raises RenderError, naming the remedy, when there is none.
    """
    chosen = device if device is not None else _device_from_environment()
    problems: list[str] = []
    if platform.system() == "Linux":
        devices = range(MAX_DEVICES) if chosen is None else (chosen,)
        context = _open_egl(devices, problems)
        if context is None and chosen is not None:
            raise RenderError(f"EGL device {chosen}: {problems[-1]}, expected OpenGL 3.3; leave the number out")
    else:
        context = None
    context = context or _open_hidden_window(problems)
    if context is None:
        found = "; ".join(dict.fromkeys(problems))
        raise RenderError(f"OpenGL: {found}, expected OpenGL 3.3 core; {_remedy()}")
    return context


def _device_from_environment() -> int | None:
    text = os.environ.get("GLCONTEXT_DEVICE_INDEX", "")
    if text and not text.isdecimal():
        raise RenderError(f"GLCONTEXT_DEVICE_INDEX: {text!r}, expected the number of an EGL device; unset it")
    return int(text) if text else None


def _open_egl(devices: Iterable[int], problems: list[str]) -> moderngl.Context | None:
    """Return a context on the first hardware device, else on the first device that works, else None."""
    software: moderngl.Context | None = None
    for device in devices:
        try:
            context = _create_egl(device)
        except Exception as error:  # noqa: BLE001  glcontext raises nothing more precise
            if software is None:
                problems.append(f"EGL: {error}")
            if "not loaded" in str(error) or "devices" in str(error):
                break
            continue
        if not driver(context).software:
            if software is not None:
                software.release()
            return _current(context)
        if software is None:
            software = context
        else:
            context.release()
    return software and _current(software)


def _create_egl(device: int) -> moderngl.Context:
    """Create a context on an EGL device, with compute shaders if it has them: some drivers give just what is asked."""
    options: dict[str, Any] = {"standalone": True, "backend": "egl", "device_index": device}
    try:
        return moderngl.create_context(require=COMPUTE, **options)
    except Exception:  # noqa: BLE001  glcontext raises nothing more precise
        return moderngl.create_context(require=REQUIRED, **options)


def _current(context: moderngl.Context) -> moderngl.Context:
    """Make ``context`` current again after others came and went."""
    context.__enter__()  # type: ignore[no-untyped-call]  # there is no other call for this; it is never left
    return context


def _open_hidden_window(problems: list[str]) -> moderngl.Context | None:
    """Return a context that belongs to an invisible window: the way of Windows and macOS, and of X without EGL."""
    try:
        import glfw
    except ImportError as error:
        problems.append(f"glfw: {error}")
        return None
    window = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # glfw reports by warnings; the last one is read below
        if glfw.init():
            glfw.window_hint(glfw.VISIBLE, glfw.FALSE)
            glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, REQUIRED // 100)
            glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, REQUIRED // 10 % 10)
            glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
            glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, glfw.TRUE)
            window = glfw.create_window(64, 64, "mmdgen", None, None)
        reason: Any = glfw.get_error()[1]  # bytes, whatever its stubs say
    if not window:
        problems.append(f"window: {reason.decode(errors='replace') if reason else 'none could be made'}")
        return None
    glfw.make_context_current(window)
    try:
        return moderngl.create_context(require=REQUIRED)
    except Exception as error:  # noqa: BLE001  as above
        problems.append(f"window: {error}")
        return None


def _remedy() -> str:
    if platform.system() == "Linux":
        return "on Debian and Ubuntu type: sudo apt-get install -y libegl1 libgl1"
    return "install or update the graphics driver"
