"""How many workers a machine should have, and what each of them draws with."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmdgen.errors import RenderError, UsageError
from mmdgen.generate.crew import Advance, Crew, Done, Failed, Handler, processors

# Reading models, evaluating rigs and deflating keep so many processors busy for each GPU: with 1, 4, 8 and 16 workers
# one H200 beside 16 processors gave 150, 1021, 1553 and 1838 triplets/s (256 pixels, 323 models).
WORKERS_PER_GPU = 16
ALL = "all"


@dataclass(frozen=True)
class Lineup:
    """Worker i draws with device ``devices[i % len(devices)]``; ``threads`` limits a software driver in each.

    ``helpers``: threads that read models, and as many that compress, in each worker.
    """

    workers: int
    devices: tuple[int | None, ...]
    threads: int | None
    helpers: int
    driver: str


@dataclass(frozen=True)
class Drivers:
    """Who can draw here: the GPUs by EGL number, None for one that cannot be numbered; and the name of the first.

    ``hardware`` is empty where software draws.
    """

    hardware: Mapping[int | None, str]
    name: str


def lineup(workers: int | None, tasks: int, devices: Sequence[int] | None = None) -> Lineup:
    """Return the line-up for that many workers, but no more than there are tasks.

    By default some for each GPU, or as many as processors where there is none; ``devices`` are the EGL numbers of the
    GPUs to use, by default all. Raises UsageError for a number that is no GPU's.
    Software drivers draw about twice as fast with a process of one thread for each processor than with one process.
    """
    found = _drivers()
    chosen = tuple(found.hardware) if devices is None else _chosen(devices, found)
    some = min(WORKERS_PER_GPU * len(chosen), processors()) if chosen else processors()
    workers = max(1, min(workers or some, tasks))
    helpers = max(1, processors() // workers)
    if not chosen:
        return Lineup(workers, (None,), helpers, helpers, found.name)
    names = Counter(found.hardware[device] for device in chosen)
    driver = ", ".join(f"{count} × {name}" if count > 1 else name for name, count in names.items())
    return Lineup(workers, chosen, None, helpers, driver)


def read_devices(words: Sequence[str]) -> tuple[int, ...] | None:
    """Return the numbers that words such as "0,1" name, each once, None for "all"; raise UsageError."""
    names = [name.strip() for word in words for name in word.split(",")]
    if names == [ALL] or not names:
        return None
    for name in names:
        if not name.isdecimal():
            raise UsageError(f"--devices: {name!r}, expected all, or EGL numbers such as 0,1; correct it")
    return tuple(dict.fromkeys(int(name) for name in names))


def _chosen(devices: Sequence[int], found: Drivers) -> tuple[int, ...]:
    there = ", ".join(f"{number} ({name})" for number, name in found.hardware.items() if number is not None)
    for device in devices:
        if device not in found.hardware:
            raise UsageError(
                f"--devices: {device} is no GPU, expected some of: {there or 'none'}; leave the option out"
            )
    return tuple(devices)


def _drivers() -> Drivers:
    with Crew(_prober, 1) as crew:
        last = list(crew.run([None]))[-1]
    if isinstance(last, Done):
        return last.answer  # type: ignore[no-any-return]
    assert isinstance(last, Failed)
    raise RenderError(last.message)


def devices_here() -> tuple[int | None, ...]:
    """Return the GPUs of this machine, (None,) where software draws; opens each of them in this process."""
    return tuple(_probe(None, lambda _: None).hardware) or (None,)


def _prober(_worker: int) -> Handler:
    return _probe


def _probe(_task: object, _advance: Advance) -> Drivers:
    """Open every device there is, in a process that may die of it."""
    from mmdgen.render.context import MAX_DEVICES, driver, open_context

    first = driver(open_context())  # raises when there is none
    if first.software:
        return Drivers({}, first.renderer)
    if platform.system() != "Linux" or "GLCONTEXT_DEVICE_INDEX" in os.environ:
        return Drivers({None: first.renderer}, first.renderer)
    hardware: dict[int | None, str] = {}
    for device in range(MAX_DEVICES):
        try:
            context = open_context(device)
        except RenderError:
            continue
        its = driver(context)
        if not its.software:
            hardware[device] = its.renderer
        context.release()
    return Drivers(hardware or {None: first.renderer}, first.renderer)
