"""Stopping on request: at once while a command starts, and without losing work later."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from trainer.console import say


@contextmanager
def starting() -> Iterator[None]:
    """End the process at once on Ctrl-C while torch is imported, which else swallows the interrupt or dies of it.

    Nothing is open or written then.
    """

    def end(*_: object) -> None:
        os.write(2, b"interrupted; run the same command again to go on\n")
        os._exit(130)

    before = signal.getsignal(signal.SIGINT)
    here = before is signal.default_int_handler and threading.current_thread() is threading.main_thread()
    if here:
        signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        if here:
            signal.signal(signal.SIGINT, before)


@contextmanager
def stop_signal() -> Iterator[threading.Event]:
    """Give an event that the first SIGINT or SIGTERM sets; the second one acts as always."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}

    def ask(number: int, _: object) -> None:
        say(
            "saving after this step; once more to stop at once" if number == signal.SIGINT else "saving after this step"
        )
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in signals:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number in signals:
            signal.signal(number, before[number])
