"""Where worker processes come from: on Linux from a template that has imported what they need, and is forked.

Forking the template is safe because it only imports: it has no threads, no OpenGL and no open files. Elsewhere each
process starts an interpreter of its own.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import BaseContext

IMPORTED = ["mmdgen.cli", "mmdgen.generate.studio"]  # the first, for the console script is imported by every process


def processes() -> BaseContext:
    """Return what makes worker processes; the first call sets the template to work, and waits for nothing."""
    if sys.platform == "linux":
        from multiprocessing import forkserver

        try:
            with deaf_to_interrupts():
                forkserver.set_forkserver_preload(IMPORTED)
                forkserver.ensure_running()
        except OSError:  # no room for its socket: a temporary folder with a long name, or none
            pass
        else:
            return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")  # OpenGL and HDF5 do not survive a fork of a process that uses them


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C for a moment: a process started meanwhile ignores it from its first instruction."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
