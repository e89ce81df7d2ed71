"""How many workers a machine should have, and what each of them draws with."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from mmdgen.errors import RenderError
from mmdgen.generate.crew import Advance, Crew, Done, Handler, processors


@dataclass(frozen=True)
class Lineup:
    """Worker i draws with device ``devices[i % len(devices)]``; ``threads`` limits a software driver in each."""

    workers: int
    devices: tuple[int | None, ...]
    threads: int | None


def lineup(workers: int | None) -> Lineup:
    """Return the line-up for that many workers; by default one for each GPU, or for each processor without one."""
    with Crew(_prober, 1) as crew:
        hardware: list[int | None] = next(e.answer for e in crew.run([None]) if isinstance(e, Done))
    if hardware:
        return Lineup(workers or len(hardware), tuple(hardware), None)
    workers = workers or processors()
    return Lineup(workers, (None,), max(1, processors() // workers))


def _prober(_worker: int) -> Handler:
    return _probe


def _probe(_task: object, _advance: Advance) -> list[int | None]:
    """Return the numbers of the GPUs, in a process that may die of it; [None] for one that cannot be numbered."""
    from mmdgen.render.context import MAX_DEVICES, driver, open_context

    if platform.system() != "Linux" or "GLCONTEXT_DEVICE_INDEX" in os.environ:
        return [] if driver(open_context()).software else [None]
    found: list[int | None] = []
    for device in range(MAX_DEVICES):
        try:
            context = open_context(device)
        except RenderError:
            continue
        if not driver(context).software:
            found.append(device)
        context.release()
    if not found and not driver(open_context()).software:
        return [None]
    return found
