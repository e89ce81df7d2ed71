"""Where worker processes come from: on Linux from a template that has imported what they need, and is forked.

Forking the template is safe because it only imports: it has no threads, no OpenGL and no open files. Elsewhere each
process starts an interpreter of its own.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

IMPORTED = ["mmdgen.cli", "mmdgen.generate.studio"]  # the first, for every process imports the console script
FILES = 4096  # that may be open: three for each process, of which a large machine has hundreds


def prepare() -> bool:
    """Set the template to work, unless it is there already, and wait for nothing; tell whether there is one."""
    if sys.platform != "linux":
        return False
    import resource
    from multiprocessing import forkserver

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < FILES:
        most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        with _interrupts_ignored():
            forkserver.set_forkserver_preload(IMPORTED)
            forkserver.ensure_running()
    except OSError:  # no place for its socket: the temporary folder's name is too long
        return False
    return True


def start(target: Callable[..., object], *arguments: object) -> BaseProcess:
    """Start a process that calls ``target`` and ends with this one. It never hears Ctrl-C."""
    context: Any
    if prepare():
        context, patience = multiprocessing.get_context("forkserver"), interrupts_put_off()
    else:  # OpenGL and HDF5 do not survive a fork of a process that uses them
        context, patience = multiprocessing.get_context("spawn"), _interrupts_ignored()
    process: BaseProcess = context.Process(target=target, args=arguments, daemon=True)
    with patience:
        process.start()
    return process


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C for a moment: an interpreter started meanwhile ignores it from its first instruction."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def interrupts_put_off() -> Iterator[None]:
    """Hear a Ctrl-C only when the block is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)
