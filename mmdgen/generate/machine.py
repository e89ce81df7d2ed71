"""How many workers a machine should have, and what each of them draws with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmdgen.errors import RenderError, UsageError
from mmdgen.generate.crew import processors
from mmdgen.render.context import Driver
from mmdgen.render.devices import candidates, opened

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


def lineup(found: Drivers, workers: int | None, tasks: int, devices: Sequence[int] | None = None) -> Lineup:
    """Return the line-up of those who can draw for that many workers, but no more than there are tasks.

    By default some for each GPU, or as many as processors where there is none; ``devices`` are the EGL numbers of the
    GPUs to use, by default all. Raises UsageError for a number that is no GPU's.
    Software drivers get a process of one thread for each processor, as quick on two as one process of two threads.
    """
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


@dataclass(frozen=True)
class Probe:
    """A task for a process that may die of it: open a device, by default the one that is preferred.

    ``count``: ask instead which devices might be opened.
    """

    device: int | None = None
    count: bool = False

    def __call__(self) -> Driver | Sequence[int | None]:
        """Do it. Raises RenderError when the device cannot be opened."""
        return candidates() if self.count else opened(self.device)


class Scouts:
    """Find out who can draw: all GPUs are opened at once, each by a task of its own, since that can take seconds.

    ``found`` or ``trouble``, a sentence, is there when every task has its answer; ``likely`` is what will be found when
    no GPU refuses, without names.
    """

    def __init__(self, devices: Sequence[int] | None = None) -> None:
        """``devices``: which to open, where they are there; by default all."""
        self._wanted = devices
        self._asked: set[int | None] = set()
        self._answers: dict[int | None, Driver | str] = {}
        self.tasks = [Probe(count=True)]  # those that come first
        self.likely: Drivers | None = None
        self.found: Drivers | None = None
        self.trouble = ""

    def take(self, task: Probe, answer: Any) -> list[Probe]:
        """Take an answer, a sentence where the task failed, and return the tasks that follow from it."""
        if task.count:
            there: set[int | None] = {None} if isinstance(answer, str) else set(answer)
            if not there.issuperset(self._wanted or ()):
                return self._ask(there)  # the refusal names all that there are
            asked: set[int | None] = there if self._wanted is None else set(self._wanted)
            numbers = sorted(number for number in asked if number is not None)
            self.likely = Drivers(dict.fromkeys(numbers, ""), "") if numbers else None
            return self._ask(asked)
        self._answers[task.device] = answer
        return [] if self._answers.keys() < self._asked else self._conclude()

    def _ask(self, devices: set[int | None]) -> list[Probe]:
        self._asked |= devices
        return [Probe(device) for device in devices]

    def _conclude(self) -> list[Probe]:
        opened = {number: said for number, said in self._answers.items() if isinstance(said, Driver)}
        hardware = {n: opened[n].renderer for n in sorted(opened, key=lambda n: n or 0) if not opened[n].software}
        refused = [number for number in self._answers if number in (self._wanted or ()) and number not in opened]
        if refused:
            self.trouble = str(self._answers[refused[0]])
        elif hardware or opened:
            self.found = Drivers(hardware, next(iter(hardware.values() or (said.renderer for said in opened.values()))))
        elif None in self._answers:
            self.trouble = str(self._answers[None])
        else:
            return self._ask({None})  # GPUs that are there but closed to us: whoever draws then
        return []


def devices_here() -> tuple[int | None, ...]:
    """Return the GPUs of this machine, (None,) where software draws; opens each of them in this process."""
    scouts = Scouts()
    tasks = list(scouts.tasks)
    for task in tasks:
        try:
            answer: Any = task()
        except RenderError as error:
            answer = str(error)
        tasks += scouts.take(task, answer)
    if scouts.found is None:
        raise RenderError(scouts.trouble)
    return tuple(scouts.found.hardware) or (None,)
