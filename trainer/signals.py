"""Stopping on request without losing work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from trainer.console import say


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
