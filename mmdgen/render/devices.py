"""Which GPUs EGL knows of, asked without opening any: opening is slow, and may fail for one that others keep."""

from __future__ import annotations

import ctypes
import os
import platform
from ctypes.util import find_library

from mmdgen.render.context import MAX_DEVICES, Driver, driver, open_context

EXTENSIONS = 0x3055  # EGL_EXTENSIONS
SOFTWARE = b"EGL_MESA_device_software"


def candidates() -> tuple[int | None, ...]:
    """Return the numbers of EGL's devices that are not software; (None,) where they cannot be chosen among.

    None opens what ``open_context`` prefers. Opens nothing; whether a device can be used is not known.
    """
    if platform.system() != "Linux" or "GLCONTEXT_DEVICE_INDEX" in os.environ:
        return (None,)
    return tuple(number for number, said in enumerate(_extensions()) if SOFTWARE not in said.split()) or (None,)


def opened(device: int | None) -> Driver:
    """Open a device for a moment and return who draws; raise RenderError when it cannot be opened."""
    context = open_context(device)
    try:
        return driver(context)
    finally:
        context.release()


def _extensions() -> list[bytes]:
    """Return what each EGL device says it can do; nothing where EGL cannot tell."""
    try:
        library = ctypes.CDLL(os.environ.get("GLCONTEXT_LINUX_LIBEGL") or find_library("EGL") or "libEGL.so.1")
        place = library.eglGetProcAddress
    except (OSError, AttributeError):
        return []
    place.restype, place.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    query, ask = place(b"eglQueryDevicesEXT"), place(b"eglQueryDeviceStringEXT")
    if not (query and ask):
        return []
    devices, count = (ctypes.c_void_p * MAX_DEVICES)(), ctypes.c_int()
    pointers = ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_int)
    if not ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, *pointers)(query)(MAX_DEVICES, devices, ctypes.byref(count)):
        return []
    text = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int)(ask)
    return [text(devices[number], EXTENSIONS) or b"" for number in range(count.value)]
