"""Waiting for the GPU without holding Python's lock, which moderngl's calls hold: other threads work on meanwhile."""

from __future__ import annotations

import ctypes
import time

import moderngl

from mmdgen.render.context import driver
from mmdgen.render.functions import POINTER, UINT, function

COMMANDS_COMPLETE = 0x9117  # GL_SYNC_GPU_COMMANDS_COMPLETE
FLUSH = 1  # GL_SYNC_FLUSH_COMMANDS_BIT
NOT_YET = 0x911B  # GL_TIMEOUT_EXPIRED
FOREVER = 2**63 - 1  # nanoseconds
NAP = 1e-4  # seconds


class Fences:
    """Makes fences of one context; where its functions cannot be had, waiting is left to the calls that follow.

    Hardware drivers wait by asking over and over, which keeps a processor from other workers: they are asked now and
    then instead. Software drivers wait well, and would be slower to answer.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._fence = function(context, "glFenceSync", POINTER, UINT, UINT)
        self._wait = function(context, "glClientWaitSync", UINT, POINTER, UINT, ctypes.c_uint64)
        self._delete = function(context, "glDeleteSync", None, POINTER)
        self._naps = not driver(context).software

    def set(self) -> int | None:
        """Return a fence behind all commands given so far."""
        if not (self._fence and self._wait and self._delete):
            return None
        fence: int | None = self._fence(COMMANDS_COMPLETE, 0)
        return fence

    def wait(self, fence: int | None) -> None:
        """Wait until the GPU has passed a fence, and free it."""
        if fence and self._wait and self._delete:
            while self._wait(fence, FLUSH, 0 if self._naps else FOREVER) == NOT_YET:
                time.sleep(NAP)
            self._delete(fence)
