"""OpenGL functions that moderngl does not have."""

from __future__ import annotations

import ctypes
from typing import Any

import moderngl

UINT, INT, POINTER, SIZE = ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_ssize_t


def function(context: moderngl.Context, name: str, result: Any, *arguments: Any) -> Any | None:
    """Return an OpenGL function to call while the context is current, None where it cannot be had.

    Python's lock is free while it runs.
    """
    load = getattr(context.mglo._context, "load", None)  # noqa: SLF001  moderngl has no other way
    place = load(name) if load else 0
    return ctypes.CFUNCTYPE(result, *arguments)(place) if place else None
