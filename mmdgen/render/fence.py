"""Waiting for the GPU without holding Python's lock, which moderngl's calls hold: other threads work on meanwhile."""

from __future__ import annotations

import ctypes
from typing import Any

import moderngl

COMMANDS_COMPLETE = 0x9117  # GL_SYNC_GPU_COMMANDS_COMPLETE
FLUSH = 1  # GL_SYNC_FLUSH_COMMANDS_BIT
FOREVER = 2**63 - 1  # nanoseconds


class Fences:
    """Makes fences of one context; where its functions cannot be had, waiting is left to the calls that follow."""

    def __init__(self, context: moderngl.Context) -> None:
        load = getattr(context.mglo._context, "load", None)  # noqa: SLF001  moderngl has no fences
        names = ("glFenceSync", "glClientWaitSync", "glDeleteSync")
        places = [load(name) for name in names] if load else [0]
        self._functions: tuple[Any, ...] | None = None
        if all(places):
            fence = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint)
            wait = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint64)
            delete = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
            self._functions = tuple(kind(place) for kind, place in zip((fence, wait, delete), places, strict=True))

    def set(self) -> int | None:
        """Return a fence behind all commands given so far."""
        fence: int | None = self._functions[0](COMMANDS_COMPLETE, 0) if self._functions else None
        return fence

    def wait(self, fence: int | None) -> None:
        """Wait until the GPU has passed a fence, and free it."""
        if fence and self._functions:
            self._functions[1](fence, FLUSH, FOREVER)
            self._functions[2](fence)
