"""Worker processes that may die: tasks go in, answers come out, a death costs one retry of one task."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Self

from mmdgen import template
from mmdgen.errors import MmdgenError
from mmdgen.generate.desk import Advance, Handler, Start, serve
from mmdgen.generate.order import Order

TRIES = 2  # of a task whose worker dies
PATIENCE = 5.0  # seconds that a stopped worker has to go
AT_ONCE = 3  # tasks of a worker: one that is being finished, one in hand, one to prepare for

__all__ = ["Advance", "Crew", "Done", "Event", "Failed", "Handler", "Lost", "Start", "Step", "processors"]
NearlyDone = Callable[[Any, int], bool]  # of a task and its steps: may its worker prepare for another?


@dataclass(frozen=True)
class Step:
    """A task came this much further."""

    task: Any
    count: int


@dataclass(frozen=True)
class Done:
    """A task's answer."""

    task: Any
    answer: Any


@dataclass(frozen=True)
class Lost:
    """A task that is tried again, for its worker died; what it had stepped is void."""

    task: Any
    message: str


@dataclass(frozen=True)
class Failed:
    """A task that is given up: its handler raised, or its worker died again."""

    task: Any
    message: str


Event = Step | Done | Lost | Failed


@dataclass
class _Job:
    """A task on its way. ``alone``: no other waits behind it; where its worker died before, none is blamed or lost."""

    number: int
    task: Any
    deaths: int = 0
    alone: bool = False
    begun: bool = False
    steps: int = 0


class Crew:
    """Processes that handle tasks one after another; a context manager that leaves none behind.

    A handler that cannot be started raises in the parent. Interrupts are the parent's business: workers ignore them,
    are stopped when the block is left, and go by themselves when the parent is gone.

    A worker may be told of its next task before it has done the last one, as ``nearly_done`` says; a handler with a
    method ``ahead`` is told of it there. Neighbouring tasks go to the same worker. Workers for whom no task is left
    are let go while the others finish, unless they shall ``stay``.
    """

    def __init__(
        self,
        start: Start,
        workers: int,
        nearly_done: NearlyDone = lambda _task, _steps: False,
        *,
        stay: bool = False,
    ) -> None:
        self._start = start
        self._size = workers
        self._nearly_done = nearly_done
        self._stay = stay
        self._workers: list[_Worker] = []
        self._leaving: list[_Worker] = []
        self._hired = 0
        self._added = 0
        self._tasks: list[Any] = []
        self._again: deque[_Job] = deque()
        self._order = Order(0)
        self._winding_up = False
        self.starts: dict[int, tuple[float, float]] = {}  # process → when it was asked for and when ready, since 1970
        self._ear, self._bell = multiprocessing.Pipe(duplex=False)  # wakes ``run``

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with template.interrupts_put_off():  # a second Ctrl-C must not leave half of them running
            self.dismiss()
            for worker in self._leaving:
                worker.process.join(PATIENCE)
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
                worker.pipe.close()
            self._leaving.clear()
            self._ear.close()
            self._bell.close()

    def dismiss(self) -> None:
        """Let all workers go, whatever they are at, and wait for none of them."""
        self._let_go(self._workers)

    def _let_go(self, workers: Iterable[_Worker]) -> None:
        for worker in list(workers):
            worker.process.terminate()
            self._workers.remove(worker)
            self._leaving.append(worker)

    def hire(self, workers: int) -> None:
        """Start workers, to be ready when tasks come: so many beside those of added tasks, at most the crew's size."""
        while len(self._workers) < self._added + min(self._size, workers):
            self._workers.append(_Worker(self._start, self._hired))
            self._hired += 1

    def add(self, task: Any) -> None:
        """Give a task that is to be done before all that wait, to a worker of its own beyond the crew's size."""
        self._added += 1
        worker = _Worker(self._start, self._hired)
        self._hired += 1
        self._workers.append(worker)
        worker.give(_Job(-self._added, task, alone=True))

    def wind_up(self) -> None:
        """Begin no more tasks: ``run`` ends when those in hand are done. May be called from a signal handler."""
        self._winding_up = True
        self._bell.send(None)

    def run(self, tasks: Iterable[Any]) -> Iterator[Event]:
        """Hand out tasks and yield what becomes of them and of those added, in the order in which it happens."""
        self._tasks = list(tasks)
        self._order = Order(len(self._tasks))
        self.hire(len(self._tasks))
        self._deal()
        while any(worker.jobs for worker in self._workers):
            ready = wait([self._ear, *(worker.pipe for worker in self._workers if worker.jobs)])
            if self._ear in ready:
                self._ear.recv()
                self._order.clear()
                for worker in self._workers:
                    worker.drop()
            if self._winding_up:
                self._again.clear()  # of those that died meanwhile too
            for worker in [w for w in self._workers if w.pipe in ready]:
                yield from self._attend(worker)
            self._deal()
            if not (self._stay or self._again or len(self._order)):
                self._let_go(worker for worker in self._workers if not worker.jobs)

    def _deal(self) -> None:
        """Give a task to each worker that should have one more."""
        for worker in self._workers:
            if self._winding_up or not (self._again or len(self._order)):
                return
            last = worker.jobs[-1] if worker.jobs else None
            if last is None and self._again:
                worker.give(self._again.popleft())
            elif len(self._order) and (last is None or self._may_follow(worker, last)):
                number = self._order.take(worker.number)
                worker.give(_Job(number, self._tasks[number]))

    def _may_follow(self, worker: _Worker, last: _Job) -> bool:
        room = len(worker.jobs) < AT_ONCE and not any(job.alone for job in worker.jobs)
        return room and last.begun and self._nearly_done(last.task, last.steps)

    def _attend(self, worker: _Worker) -> Iterator[Event]:
        """Take one message from a worker that has one, or bury it."""
        try:
            kind, number, content = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        if kind == "ready":
            worker.ready = True
            self.starts[worker.process.pid or 0] = worker.asked, content
            return
        if kind == "unable":
            raise MmdgenError(content)
        job = next(job for job in worker.jobs if job.number == number)
        if kind == "begun":
            job.begun = True
        elif kind == "step":
            job.steps += content
            yield Step(job.task, content)
        else:
            worker.jobs.remove(job)
            if kind != "dropped":
                yield Done(job.task, content) if kind == "done" else Failed(job.task, content)

    def _bury(self, worker: _Worker) -> Iterator[Event]:
        """Replace a dead worker. Its one task is tried again or given up; of several each is tried again, alone."""
        worker.process.join()
        worker.pipe.close()
        message = f"worker died ({_cause(worker.process.exitcode)})"
        if not worker.ready and self._unready(worker):
            raise MmdgenError(f"{message} while starting, expected OpenGL to start; try `mmdgen shot` for the cause")
        replacement = _Worker(self._start, worker.number)
        replacement.stillborn = worker.stillborn
        self._workers[self._workers.index(worker)] = replacement
        guilty = worker.ready and len(worker.jobs) == 1
        for job in worker.jobs:
            begun, job.begun, job.steps, job.alone = job.begun, False, 0, True
            job.deaths += guilty
            if job.deaths == TRIES:
                yield Failed(job.task, f"{message} {TRIES} times")
                continue
            self._again.append(job)
            if begun:
                yield Lost(job.task, message)

    def _unready(self, worker: _Worker) -> bool:
        """Tell whether a worker died for the last time allowed before it was ready."""
        worker.stillborn += 1
        return worker.stillborn == TRIES


class _Worker:
    """The parent's view of one process."""

    def __init__(self, start: Start, number: int) -> None:
        self.number = number
        self.jobs: list[_Job] = []
        self.ready = False
        self.stillborn = 0  # processes in this place that died before they were ready
        self.asked = time.time()
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = template.start(serve, theirs, start, number, dict(os.environ))
        theirs.close()  # ours closed, the worker's death is the end of the pipe

    def give(self, job: _Job) -> None:
        """Send a task."""
        self.jobs.append(job)
        self._send((job.number, job.task))

    def drop(self) -> None:
        """Let the worker forget what it has not begun."""
        self._send(None)

    def _send(self, message: object) -> None:
        with suppress(OSError):  # dead already: the next look at the pipe finds out
            self.pipe.send(message)


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Windows or macOS
        return os.cpu_count() or 1
