"""Reads models ahead in a process of its own, so that neither a slow nor a deadly file holds up the window."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from annotator.reading import Loaded, read

LIMIT = 512 << 20  # bytes of models that are kept
PATIENCE = 120.0  # seconds that one model may take
START = 120.0  # seconds that the process may take to start, on a busy machine


class Answer(Protocol):
    """What is read of a model: for which path, and about how many bytes it holds."""

    @property
    def path(self) -> Path:
        """Where the model lies."""

    @property
    def size(self) -> int:
        """About how many bytes it holds."""


A = TypeVar("A", bound=Answer)


class Ahead(Generic[A]):
    """Holds what is wanted of models, read one after the other in the order in which they are wanted.

    All methods belong to one thread. ``reader`` works in the other process; ``failed`` makes an answer of the reason
    why there is none. ``notify`` is called from another thread when something was read: let ``poll`` follow.
    """

    def __init__(
        self,
        reader: Callable[[Path], A],
        failed: Callable[[Path, str], A],
        notify: Callable[[], None] = lambda: None,
        limit: int = LIMIT,
        patience: float = PATIENCE,
    ) -> None:
        self._notify, self._limit = notify, limit
        self._wanted: list[Path] = []
        self._held: dict[Path, A] = {}
        self._reading: Path | None = None
        self._tasks: SimpleQueue[Path | None] = SimpleQueue()
        self._answers: SimpleQueue[A] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, args=(_Reader(reader, failed, patience),), daemon=True)
        self._thread.start()

    def want(self, paths: Sequence[Path]) -> None:
        """Say which models are wanted, the most urgent first; others are let go."""
        self._wanted = list(dict.fromkeys(paths))
        for path in set(self._held) - set(self._wanted):
            del self._held[path]
        self._next()

    def get(self, path: Path) -> A | None:
        """Return a model that was read, None while it is not."""
        return self._held.get(path)

    def again(self, path: Path) -> None:
        """Read a wanted model once more."""
        self._held.pop(path, None)
        self._next()

    def poll(self) -> bool:
        """Take what was read since; tell whether there was anything."""
        came = False
        with suppress(Empty):
            while True:
                self._take(self._answers.get_nowait())
                came = True
        return came

    def wait(self, path: Path, seconds: float) -> A | None:
        """Wait until a wanted model is read, at most so long."""
        from time import monotonic

        end = monotonic() + seconds
        while path not in self._held and (left := end - monotonic()) > 0:
            with suppress(Empty):
                self._take(self._answers.get(timeout=left))
        return self._held.get(path)

    def close(self) -> None:
        """Stop reading; the process ends with the window."""
        self._wanted = []
        self._tasks.put(None)
        self._thread.join(timeout=2)

    def _take(self, loaded: A) -> None:
        self._reading = None
        if loaded.path in self._wanted:
            self._held[loaded.path] = loaded
        self._next()

    def _next(self) -> None:
        """Have the first wanted model read that is not here yet, as long as there is room."""
        if self._reading is not None:
            return
        room = self._limit
        for path in self._wanted:
            held = self._held.get(path)
            if held is None:
                self._reading = path
                self._tasks.put(path)
                return
            room -= held.size
            if room <= 0:
                return

    def _serve(self, reader: _Reader[A]) -> None:
        while (path := self._tasks.get()) is not None:
            self._answers.put(reader.ask(path))
            self._notify()
        reader.stop()


class Prefetch(Ahead[Loaded]):
    """Holds the models that are wanted, with their textures and proposals."""

    def __init__(
        self,
        notify: Callable[[], None] = lambda: None,
        reader: Callable[[Path], Loaded] = read,
        limit: int = LIMIT,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(reader, lambda path, problem: Loaded(path, problem=problem), notify, limit, patience)


class _Reader(Generic[A]):
    """One process that reads; another takes its place when it dies or takes too long."""

    def __init__(self, read_one: Callable[[Path], A], failed: Callable[[Path, str], A], patience: float) -> None:
        self._read, self._failed, self._patience = read_one, failed, patience
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None

    def ask(self, path: Path) -> A:
        try:
            if self._connection is None:
                self._connection = self._start()
            self._connection.send(path)
            if self._connection.poll(self._patience):
                answer: A = pickle.loads(self._connection.recv_bytes())  # noqa: S301 - from our own process
                return answer
            found = f"not read within {self._patience:g} s"
        except (EOFError, OSError):
            found = "the process that read it died"
        except Exception as error:  # noqa: BLE001 - whatever it is, the session goes on
            found = f"{type(error).__name__}: {error}"
        self.stop()
        return self._failed(path, f"{path}: {found}, expected a model; reject it as broken, or leave it")

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")  # a fork would take OpenGL and Qt with it
        ours, theirs = context.Pipe()
        with theirs:
            process = context.Process(target=_work, args=(theirs, self._read), daemon=True)
            process.start()
        self._process = process
        if not ours.poll(START):
            raise TimeoutError(f"not started within {START:g} s")
        ours.recv_bytes()  # it is there: only reading counts from now on
        return ours

    def stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(timeout=2)
        self._connection = self._process = None


def _work(connection: Connection, read_one: Callable[[Path], Answer]) -> None:
    """Read what is asked for until nobody asks any more, as when the window was killed."""
    with suppress(OSError, AttributeError):  # there is no such call on Windows
        os.nice(5)  # the window comes first
    with suppress(EOFError, OSError, KeyboardInterrupt):
        connection.send_bytes(b"")
        while True:
            connection.send_bytes(pickle.dumps(read_one(connection.recv()), protocol=5))
