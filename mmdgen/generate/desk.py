"""The worker's end of a crew: a thread takes tasks in, the main thread handles them, any thread answers."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from mmdgen.errors import MmdgenError

Advance = Callable[[int], None]  # a handler reports its progress through this
Handler = Callable[[Any, Advance], Any]  # one task in, its answer or the future of its answer out
Start = Callable[[int], Handler]  # called once in each worker with the worker's number; must be picklable


def serve(pipe: Connection, start: Start, number: int, environment: Mapping[str, str]) -> None:
    """Be a worker: start, then answer tasks until the parent is gone.

    ``environment``: the parent's, which may differ by now from that of the process this one was forked from.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if dict(os.environ) != environment:
        os.environ.clear()
        os.environ.update(environment)
    desk = _Desk(pipe)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            handler = start(number)
        except Exception as error:  # noqa: BLE001  reported by the parent
            desk.say("unable", 0, _sentence(error))
            return
        desk.say("ready", 0, time.time())
        desk.serve(handler)


class _Desk:
    """A worker's end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._speaking = threading.Lock()
        self._inbox: queue.Queue[tuple[int, Any] | None] = queue.Queue()

    def say(self, kind: str, number: int, content: object = None) -> None:
        """Send one message to the parent."""
        with self._speaking:
            self._pipe.send((kind, number, content))

    def serve(self, handler: Handler) -> None:
        """Handle tasks until the parent is gone."""
        threading.Thread(target=self._listen, args=(getattr(handler, "ahead", None),), daemon=True).start()
        while (message := self._inbox.get()) is not None:
            number, task = message
            self.say("begun", number)
            try:
                answer = handler(task, partial(self.say, "step", number))
            except (BrokenPipeError, ConnectionResetError):
                return
            except Exception as error:  # noqa: BLE001  one bad task must not end the others
                self.say("failed", number, _sentence(error))
                continue
            if isinstance(answer, Future):
                answer.add_done_callback(partial(self._answer, number))
            else:
                self.say("done", number, answer)

    def _answer(self, number: int, future: Future[Any]) -> None:
        error = future.exception()
        with suppress(OSError):  # the parent is gone: the main thread finds out
            if error is None:
                self.say("done", number, future.result())
            else:
                self.say("failed", number, _sentence(error))

    def _listen(self, ahead: Callable[[Any], None] | None) -> None:
        """Take in tasks, and tell the handler at once."""
        with suppress(EOFError, OSError):
            while True:
                message = self._pipe.recv()
                if message is None:
                    self._forget()
                    continue
                if ahead is not None:
                    ahead(message[1])
                self._inbox.put(message)
        self._inbox.put(None)

    def _forget(self) -> None:
        with suppress(queue.Empty):
            while True:
                dropped = self._inbox.get_nowait()
                assert dropped is not None
                self.say("dropped", dropped[0])


def _sentence(error: BaseException) -> str:
    return str(error) if isinstance(error, MmdgenError) else f"{type(error).__name__}: {error}"
