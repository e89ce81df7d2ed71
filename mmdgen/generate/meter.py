"""Where the time goes: what each stage of a worker takes and, for a trace, when.

    stage       thread        items
    read        reading       models     parse, bind, decode textures
    upload      drawing       models     bring a model to the GPU
    draw        drawing       pictures   evaluate poses, hand the work to the GPU
    read back   drawing       pictures   wait for the GPU, copy pictures out
    write       drawing       pictures   put compressed pictures into the shard, in order
    compress    compressing   pictures   deflate, checksum
    finish      finishing     shards     write what is left, close, sync, rename

The drawing thread also waits: for a model that is still being read, and for pictures that are still being compressed.
"""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

READING, DRAWING, COMPRESSING, FINISHING = THREADS = ("reading", "drawing", "compressing", "finishing")
STAGES = {  # stage → the thread that it runs in, and what it counts
    "read": (READING, "models"),
    "upload": (DRAWING, "models"),
    "draw": (DRAWING, "pictures"),
    "read back": (DRAWING, "pictures"),
    "write": (DRAWING, "pictures"),
    "compress": (COMPRESSING, "pictures"),
    "finish": (FINISHING, "shards"),
}
WAITS = ("wait for model", "wait for compression")  # of the drawing thread
EPOCH = time.time() - time.perf_counter()  # brings the precise clock to one that all machines share


def process_name(process: int | None = None) -> str:
    """Return the name of a process of this machine, by default this one, among those of all machines."""
    return f"{platform.node()}-{process or os.getpid()}"


@dataclass
class Spent:
    """Seconds of wall and of CPU time, and for how many items."""

    wall: float = 0.0
    cpu: float = 0.0
    items: int = 0

    def add(self, other: Spent) -> None:
        """Add another's."""
        self.wall += other.wall
        self.cpu += other.cpu
        self.items += other.items


@dataclass(frozen=True)
class Span:
    """One piece of work: seconds since 1970, and the system's number of the thread."""

    stage: str
    thread: int
    start: float
    end: float


@dataclass
class Tally:
    """What one process, of that name, measured; ``cpu`` and ``memory`` (peak, bytes) are of the process so far."""

    process: str = ""
    stages: dict[str, Spent] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    cpu: float = 0.0
    memory: int = 0


class Meter:
    """Measures the stages of one process, from any of its threads; ``spans`` keeps each piece of work for a trace."""

    def __init__(self, *, spans: bool = False) -> None:
        self._keep = spans
        self._lock = threading.Lock()
        self._tally = Tally()

    @contextmanager
    def stage(self, name: str, items: int = 1) -> Iterator[Spent]:
        """Count the time that the block takes to a stage; the block may set the items."""
        start, cpu = time.perf_counter(), time.thread_time()
        spent = Spent(items=items)
        try:
            yield spent
        finally:
            end = time.perf_counter()
            spent.wall, spent.cpu = end - start, time.thread_time() - cpu
            with self._lock:
                self._tally.stages.setdefault(name, Spent()).add(spent)
                if self._keep:
                    span = Span(name, threading.get_native_id(), EPOCH + start, EPOCH + end)
                    self._tally.spans.append(span)

    def take(self) -> Tally:
        """Return what was measured since the last call."""
        with self._lock:
            tally, self._tally = self._tally, Tally()
        tally.process, tally.cpu, tally.memory = process_name(), time.process_time(), peak_memory()
        return tally


def peak_memory() -> int:
    """Return the most bytes that this process has had in memory, 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10
