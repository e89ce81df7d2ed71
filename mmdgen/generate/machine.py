"""How many workers a machine should have, and what each of them draws with."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from mmdgen.errors import RenderError
from mmdgen.generate.crew import Advance, Crew, Done, Failed, Handler, processors

# One leaves a GPU idle while it reads models, evaluates rigs and deflates: 1, 4 and 8 gave 199, 796 and 1255 triplets/s
# (256 pixels, 323 models, one H200, 16 processors).
WORKERS_PER_GPU = 8


@dataclass(frozen=True)
class Lineup:
    """Worker i draws with device ``devices[i % len(devices)]``; ``threads`` limits a software driver in each."""

    workers: int
    devices: tuple[int | None, ...]
    threads: int | None
    driver: str


@dataclass(frozen=True)
class Drivers:
    """Who can draw here: the numbers of the GPUs, None for one that cannot be numbered; and the name of the first."""

    hardware: tuple[int | None, ...]
    name: str


def lineup(workers: int | None, tasks: int) -> Lineup:
    """Return the line-up for that many workers, but no more than there are tasks.

    By default some for each GPU, or as many as processors where there is none.
    Software drivers draw about twice as fast with a process of one thread for each processor than with one process.
    """
    found = _drivers()
    if found.hardware:
        some = min(WORKERS_PER_GPU * len(found.hardware), processors())
        return Lineup(min(workers or some, tasks), found.hardware, None, found.name)
    workers = min(workers or processors(), tasks)
    return Lineup(workers, (None,), max(1, processors() // workers), found.name)


def _drivers() -> Drivers:
    with Crew(_prober, 1) as crew:
        last = list(crew.run([None]))[-1]
    if isinstance(last, Done):
        return last.answer  # type: ignore[no-any-return]
    assert isinstance(last, Failed)
    raise RenderError(last.message)


def _prober(_worker: int) -> Handler:
    return _probe


def _probe(_task: object, _advance: Advance) -> Drivers:
    """Open every device there is, in a process that may die of it."""
    from mmdgen.render.context import MAX_DEVICES, driver, open_context

    first = driver(open_context())  # raises when there is none
    if first.software:
        return Drivers((), first.renderer)
    if platform.system() != "Linux" or "GLCONTEXT_DEVICE_INDEX" in os.environ:
        return Drivers((None,), first.renderer)
    hardware = []
    for device in range(MAX_DEVICES):
        try:
            context = open_context(device)
        except RenderError:
            continue
        if not driver(context).software:
            hardware.append(device)
        context.release()
    return Drivers(tuple(hardware) or (None,), first.renderer)
