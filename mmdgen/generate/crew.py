"""Worker processes that may die: tasks go in, answers come out, a death costs one retry of one task."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from mmdgen.errors import MmdgenError

TRIES = 2  # of a task whose worker dies
PATIENCE = 5.0  # seconds that a stopped worker has to go

Advance = Callable[[int], None]  # a handler reports its progress through this
Handler = Callable[[Any, Advance], Any]  # one task in, its answer out
Start = Callable[[int], Handler]  # called once in each worker with the worker's number; must be picklable


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


class Crew:
    """Processes that each handle one task at a time; a context manager that leaves none behind.

    A handler that cannot be started raises in the parent. Interrupts are the parent's business: workers ignore them,
    are stopped when the block is left, and go by themselves when the parent is gone.
    """

    def __init__(self, start: Start, workers: int) -> None:
        self._start = start
        self._size = workers
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _deaf_to_interrupts():  # a second Ctrl-C must not leave half of them running
            for worker in self._workers:
                worker.process.terminate()
            for worker in self._workers:
                worker.process.join(PATIENCE)
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
                worker.pipe.close()
            self._workers.clear()

    def run(self, tasks: Iterable[Any]) -> Iterator[Event]:
        """Hand out tasks in order and yield what becomes of them, in the order in which it happens."""
        waiting = deque((task, 1) for task in tasks)
        while len(self._workers) < min(self._size, len(waiting)):
            self._workers.append(_Worker(self._start, len(self._workers)))
        for worker in self._workers:
            worker.give(waiting)
        while any(worker.job for worker in self._workers):
            ready = wait([worker.pipe for worker in self._workers if worker.job])
            for worker in [w for w in self._workers if w.pipe in ready]:
                yield from self._attend(worker, waiting)

    def _attend(self, worker: _Worker, waiting: deque[tuple[Any, int]]) -> Iterator[Event]:
        """Take one message from a worker that has one, or bury it."""
        assert worker.job is not None
        task, tries = worker.job
        try:
            kind, content = worker.pipe.recv()
        except (EOFError, OSError):
            yield self._bury(worker, task, tries, waiting)
            return
        if kind == "step":
            yield Step(task, content)
            return
        if kind == "ready":
            worker.ready = True
            return
        if kind == "unable":
            raise MmdgenError(content)
        worker.give(waiting)
        yield Done(task, content) if kind == "done" else Failed(task, content)

    def _bury(self, worker: _Worker, task: Any, tries: int, waiting: deque[tuple[Any, int]]) -> Event:
        """Replace a dead worker, and try its task again or give it up."""
        worker.process.join()
        worker.pipe.close()
        message = f"worker died ({_cause(worker.process.exitcode)})"
        if tries == TRIES and not worker.ready:
            raise MmdgenError(f"{message} while starting, expected OpenGL to start; try `mmdgen shot` for the cause")
        if tries < TRIES:
            waiting.appendleft((task, tries + 1))
        replacement = _Worker(self._start, worker.number)
        self._workers[self._workers.index(worker)] = replacement
        replacement.give(waiting)
        return Lost(task, message) if tries < TRIES else Failed(task, f"{message} {tries} times")


class _Worker:
    """The parent's view of one process."""

    def __init__(self, start: Start, number: int) -> None:
        self.number = number
        self.job: tuple[Any, int] | None = None
        self.ready = False
        context = multiprocessing.get_context("spawn")  # OpenGL and HDF5 do not survive a fork
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, start, number), daemon=True)
        with _deaf_to_interrupts():
            self.process.start()
        theirs.close()  # ours closed, the worker's death is the end of the pipe

    def give(self, waiting: deque[tuple[Any, int]]) -> None:
        """Take the next task, if there is one."""
        self.job = waiting.popleft() if waiting else None
        if self.job is not None:
            with suppress(OSError):  # dead already: the next look at the pipe finds out
                self.pipe.send(self.job[0])


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C for a moment: a process started meanwhile ignores it from its first instruction."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(pipe: Connection, start: Start, number: int) -> None:
    """Be a worker: start, then answer tasks until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            handler = start(number)
        except Exception as error:  # noqa: BLE001  reported by the parent
            pipe.send(("unable", _sentence(error)))
            return
        pipe.send(("ready", None))
        while True:
            task = pipe.recv()
            try:
                reply = ("done", handler(task, lambda count: pipe.send(("step", count))))
            except (BrokenPipeError, ConnectionResetError):
                return
            except Exception as error:  # noqa: BLE001  one bad task must not end the others
                reply = ("failed", _sentence(error))
            pipe.send(reply)


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, MmdgenError) else f"{type(error).__name__}: {error}"


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
