"""Bringing pictures back while the next ones are drawn: a ring of pixel buffers that the GPU fills on its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import moderngl
import numpy as np

from mmdgen.model import U1
from mmdgen.render.fence import Fences

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
    pictures: U1 | None = None
    fence: int | None = None


class Ring:
    """Pixel buffers of ``size`` bytes, used in turn. A buffer that is needed again gives up its pictures first."""

    def __init__(self, context: moderngl.Context, size: int) -> None:
        self._fences = Fences(context)
        self._slots = [_Slot(context.buffer(reserve=size)) for _ in range(BUFFERS)]
        self._next = 0

    def fetch(self, source: moderngl.Framebuffer, area: tuple[int, int, int, int], pictures: U1) -> Callable[[], None]:
        """Begin to transfer an area of RGBA bytes, of which the first fill ``pictures``; call the result to have it."""
        slot = self._slots[self._next]
        self._next = (self._next + 1) % BUFFERS
        self._settle(slot)
        source.read_into(slot.buffer, area, components=4, alignment=1)
        slot.pictures, slot.fence = pictures, self._fences.set()

        def arrive() -> None:
            if slot.pictures is pictures:  # else the buffer was needed and the pictures have arrived
                self._settle(slot)

        return arrive

    def _settle(self, slot: _Slot) -> None:
        if slot.pictures is not None:
            self._fences.wait(slot.fence)
            slot.buffer.read_into(slot.pictures.reshape(-1).view(np.uint8), slot.pictures.nbytes)
            slot.pictures = None

    def release(self) -> None:
        """Bring what is still waited for, and free the buffers."""
        for slot in self._slots:
            self._settle(slot)
            slot.buffer.release()
