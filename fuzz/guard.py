"""Holds one input to the bounds on time and memory, and to silence: a warning is a find like any exception."""

from __future__ import annotations

import resource
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 2  # of this process's own CPU time: the machine may be busy
MEMORY = 200 << 20  # bytes, and TIMES the input's size
TIMES = 10


class TooSlowError(BaseException):
    """An input took more than SECONDS; no ``except Exception`` of a reader may hide it."""


def _too_slow(_signal: int, _frame: Any) -> None:
    raise TooSlowError(f"more than {SECONDS} s")


@contextmanager
def silence() -> Iterator[None]:
    """Turn every warning into an exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextmanager
def bounded(size: int, times: int = TIMES, memory: int = MEMORY, seconds: float = SECONDS) -> Iterator[None]:
    """Raise TooSlowError or MemoryError in the block where it takes more than an input of ``size`` bytes may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    signal.signal(signal.SIGPROF, _too_slow)
    resource.setrlimit(resource.RLIMIT_AS, (used + memory + times * size, hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
