"""One measured run of the renderer: its rate while it is in full swing, what GPU and processors did, memory of workers.

Used by the scripts beside it.
"""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdgen.annotation import folder
from mmdgen.generate import Job, Muster, Outcome, Request
from mmdgen.generate.survey import Question
from mmdgen.library.scan import find_models

SWING = (0.1, 0.9)  # of a run's triplets: between these it neither starts nor ends
GLANCE = 0.5  # seconds


@dataclass
class Machine:
    """What was seen of the machine while something ran; ``memory``: (triplets done, most bytes of one worker)."""

    gpu: list[float] = field(default_factory=list)
    gpu_memory: list[float] = field(default_factory=list)
    cpu: float = 0.0
    memory: list[tuple[int, int]] = field(default_factory=list)

    def words(self) -> str:
        """Return it for a person."""
        parts = [f"CPU {self.cpu:.0%}"]
        if self.gpu:
            inner = self.gpu[len(self.gpu) // 10 : -max(1, len(self.gpu) // 10)] or self.gpu
            parts.append(f"GPU {sum(inner) / len(inner):.0f}%, {max(self.gpu_memory) / 1024:.1f} GiB of it")
        if self.memory:
            parts.append(f"worker at most {max(size for _, size in self.memory) / 2**20:,.0f} MiB")
        return ", ".join(parts)


@dataclass(frozen=True)
class Measured:
    """A run: ``seconds`` of the whole command, of which ``survey`` looking at models; ``swing`` triplets a second."""

    outcome: Outcome
    seconds: float
    survey: float
    swing: float
    models: int
    pictures: int
    machine: Machine

    def words(self) -> str:
        """Return the figures for a person."""
        done = self.outcome
        per = done.bytes / max(done.triplets, 1) / 1e3
        each = self.pictures / max(done.triplets, 1)
        return (
            f"{done.triplets:,} triplets, {self.pictures:,} images of {self.models:,} models, {done.workers} workers: "
            f"whole {self.seconds:.1f} s = {self.pictures / self.seconds:,.0f} images/s (survey {self.survey:.1f} s); "
            f"in full swing {self.swing * each:,.0f} images/s, {self.swing:,.0f} triplets/s; "
            f"{done.bytes / 1e9:.2f} GB, {per:.1f} KB a triplet; {self.machine.words()}; {done.driver}"
        )


def questions(libraries: Sequence[Path], most: int | None = None) -> tuple[Question, ...]:
    """Return all models of some libraries, or the first ``most``."""
    found = []
    for library in libraries:
        store = str(folder(library))
        found += [Question(str(p), p.relative_to(library).as_posix(), store) for p in find_models([library])]
    return tuple(found[:most])


def measure(request: Request, start: Any = None) -> Measured:
    """Run a request, into a folder that is empty."""
    shutil.rmtree(request.out, ignore_errors=True)
    began = time.monotonic()
    with Muster(request, draw=start is None) as muster:
        job = Job.survey(request, muster=muster)
        surveyed = time.monotonic()
        total = sum(map(len, job.units))
        steps: list[tuple[float, int]] = [(surveyed, 0)]

        def watch(more: int) -> None:
            steps.append((time.monotonic(), steps[-1][1] + more))

        with watched(steps) as machine:
            outcome = job.run(watch, start, muster=muster)
    seconds = time.monotonic() - began
    pictures = outcome.triplets * (3 if request.randomize else 2)
    if not request.randomize:
        pictures += sum(len(unit.runs) for unit in job.units)
    return Measured(outcome, seconds, surveyed - began, swing(steps, total), len(job.models), pictures, machine)


def swing(steps: Sequence[tuple[float, int]], total: int) -> float:
    """Return triplets a second between a tenth and nine tenths of a run."""
    inner = [(at, count) for at, count in steps if SWING[0] * total <= count <= SWING[1] * total] or list(steps)
    seconds = inner[-1][0] - inner[0][0]
    return (inner[-1][1] - inner[0][1]) / seconds if seconds > 0 else 0.0


@contextmanager
def watched(steps: Sequence[tuple[float, int]]) -> Iterator[Machine]:
    """Look at GPU, processors and the memory of this process's children while the block runs."""
    machine, over = Machine(), threading.Event()

    def look() -> None:
        while not over.wait(GLANCE):
            machine.memory.append((steps[-1][1], max(map(resident, _children()), default=0)))
            seen = gpu()
            if seen:
                machine.gpu.append(seen[0])
                machine.gpu_memory.append(seen[1])

    looking = threading.Thread(target=look, daemon=True)
    before = processor_times()
    looking.start()
    try:
        yield machine
    finally:
        over.set()
        looking.join()
        busy, everything = (b - a for a, b in zip(before, processor_times(), strict=True))
        machine.cpu = busy / max(everything, 1)


def _children() -> list[int]:
    return [child.pid for child in multiprocessing.active_children() if child.pid]


def resident(process: int) -> int:
    """Return the bytes of a process that are in memory; 0 for one that is gone, and where there is no /proc."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * 4096


def processor_times() -> tuple[float, float]:
    """Return busy and all time of all processors since the start, in whatever unit the system has."""
    try:
        numbers = list(map(int, Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]))
    except OSError:
        return 0.0, 0.0
    return float(sum(numbers) - numbers[3] - numbers[4]), float(sum(numbers))


def gpu() -> tuple[float, float] | None:
    """Return the first GPU's load in per cent and its used memory in MiB, None where nvidia-smi does not say."""
    command = ["nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
        load, used = said.splitlines()[0].split(",")
        return float(load), float(used)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
