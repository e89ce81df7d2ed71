"""Bringing pictures back while the next ones are drawn: a ring of pixel buffers that the GPU fills on its own."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass

import moderngl
import numpy as np

from mmdgen.errors import RenderError
from mmdgen.model import U1
from mmdgen.render.fence import Fences
from mmdgen.render.functions import POINTER, SIZE, UINT, function

PIXEL_PACK = 0x88EB  # GL_PIXEL_PACK_BUFFER
READ_ALWAYS = 0x0001 | 0x0040 | 0x0080  # GL_MAP_READ_BIT, PERSISTENT, COHERENT
BUFFERS = 4  # passes on their way: one drawn, one transferred, one or two waiting to be read


class Pending:
    """Pictures on their way. ``read`` them once, from the thread that draws; what is never read costs nothing more."""

    def __init__(self, context: moderngl.Context, pictures: U1) -> None:
        self._context = context
        self._pictures = pictures
        self.arrivals: list[Callable[[], None]] = []  # each brings some of the pictures, once

    def read(self) -> U1:
        """Wait for the pictures (N, S, S, 4) uint8 and return them: the same array every time."""
        with self._context:
            for arrive in self.arrivals:
                arrive()
        self.arrivals.clear()
        return self._pictures


@dataclass(eq=False)
class _Slot:
    """One pixel buffer, and for whom its content is, if anyone still waits for it."""

    buffer: moderngl.Buffer
    view: U1 | None  # of its bytes, where it is mapped
    pictures: U1 | None = None
    fence: int | None = None


class Ring:
    """Pixel buffers of ``size`` bytes, used in turn. A buffer that is needed again gives up its pictures first.

    ``mapped``: they lie in memory that the CPU reads, for shaders that write into them (OpenGL 4.4); RenderError where
    the driver has none.
    """

    def __init__(self, context: moderngl.Context, size: int, *, mapped: bool = False) -> None:
        self.size = size
        self._fences = Fences(context)
        buffers = [context.buffer(reserve=size) for _ in range(BUFFERS)]
        try:
            self._slots = [_Slot(buffer, _mapped(context, buffer) if mapped else None) for buffer in buffers]
        except RenderError:
            for buffer in buffers:
                buffer.release()
            raise
        self._next = 0

    def fetch(self, fill: Callable[[moderngl.Buffer], None], pictures: U1) -> Callable[[], None]:
        """Let ``fill`` send RGBA bytes to a buffer, of which the first are ``pictures``; call the result to have it."""
        slot = self._slots[self._next]
        self._next = (self._next + 1) % BUFFERS
        self._settle(slot)
        fill(slot.buffer)
        slot.pictures, slot.fence = pictures, self._fences.set()

        def arrive() -> None:
            if slot.pictures is pictures:  # else the buffer was needed and the pictures have arrived
                self._settle(slot)

        return arrive

    def _settle(self, slot: _Slot) -> None:
        if slot.pictures is not None:
            self._fences.wait(slot.fence)
            flat = slot.pictures.reshape(-1)
            if slot.view is None:
                slot.buffer.read_into(flat, flat.nbytes)
            else:
                flat[:] = slot.view[: len(flat)]
            slot.pictures = None

    def release(self) -> None:
        """Bring what is still waited for, and free the buffers."""
        for slot in self._slots:
            self._settle(slot)
            slot.buffer.release()


def _mapped(context: moderngl.Context, buffer: moderngl.Buffer) -> U1:
    """Give a buffer new memory that the CPU may read at any time, until it is released; return its bytes."""
    bind = function(context, "glBindBuffer", None, UINT, UINT)
    store = function(context, "glBufferStorage", None, UINT, SIZE, POINTER, UINT)
    view = function(context, "glMapBufferRange", POINTER, UINT, SIZE, SIZE, UINT)
    place = None
    if bind and store and view:
        bind(PIXEL_PACK, buffer.glo)
        store(PIXEL_PACK, buffer.size, None, READ_ALWAYS)
        place = view(PIXEL_PACK, 0, buffer.size, READ_ALWAYS)
        bind(PIXEL_PACK, 0)
    if not place:
        raise RenderError("OpenGL driver: no memory that both sides read, expected OpenGL 4.4's; update the driver")
    return np.ctypeslib.as_array((ctypes.c_uint8 * buffer.size).from_address(place))
