"""Milliseconds from a key press to the next model on the screen, in the real windows of ``mmdgen annotate-…``.

    python benchmarks/annotating.py [MODELS …] [--window heads|morphs] [--pause 3.0] [--passes 1] [--size 1440x900]

Every pass accepts all models with Space, annotations going to a folder that is thrown away. The clock runs from the
press until the large picture of the next model is painted, for heads the inset included, for morphs all small pictures
of the slots. Between presses lie ``--pause`` seconds, in which the next models are read, uploaded and drawn ahead; a
model is *ready* when all that was done before the press. Without a screen Qt paints into memory. CPU time is the
window's, all threads of it. Memory is the most that the window's process held, at its end and after the first 100
models, and the most that the reading process held.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from annotator.edits import head_state, morph_state
from annotator.head_window import HeadWindow
from annotator.morph_window import MorphWindow
from annotator.prefetch import Prefetch
from annotator.reading import read, read_morphs
from annotator.session import Session
from annotator.stage import Stage
from annotator.translation import Translation
from mmdgen.library.scan import locate
from mmdgen.render.context import driver, open_context

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "models"
LONGEST = 60.0  # seconds for one model
EARLY = 100  # models after which memory is looked at first
early: list[int] = []
cpu: list[float] = []
ahead: list[bool] = []
WINDOWS = {"heads": (HeadWindow, head_state, read), "morphs": (MorphWindow, morph_state, read_morphs)}


class Painted(QObject):
    """Counts how often a widget was painted."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, ARG002 - Qt's name
        """Count."""
        self.count += event.type() == QEvent.Type.Paint
        return False


def most(whose: int) -> int:
    """Return the most memory that was held, in MiB (Linux counts in KiB)."""
    return resource.getrusage(whose).ru_maxrss >> 10


def until(done: Callable[[], bool]) -> None:
    """Let Qt work until something is so."""
    end = time.monotonic() + LONGEST
    while not done():
        QApplication.processEvents()
        if time.monotonic() > end:
            sys.exit("nothing came within a minute")


def rest(seconds: float) -> None:
    """Let Qt and the reading thread work for a while (QTest.qWait would keep Python's lock)."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def sitting(window: HeadWindow | MorphWindow, pause: float) -> list[float]:
    """Accept every model; return the milliseconds."""
    painted, work = Painted(), window.work
    window.view.installEventFilter(painted)
    window.begin()
    until(lambda: work.ready)
    took = []
    for _ in range(len(window.session.entries) - 1):
        rest(pause)
        at, before = window.session.cursor, painted.count
        began, spent = time.perf_counter(), time.process_time()
        QTest.keyClick(window, Qt.Key.Key_Space)
        if window.session.cursor == at:  # nothing is proposed for it
            window.go(window.session.step(1))
        there = bool(work.ready or work.problem) and whole(window)
        until(lambda: bool(work.ready or work.problem) and painted.count > before and whole(window))  # noqa: B023
        ahead.append(there)
        took.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
        if len(took) == EARLY:
            early.append(most(resource.RUSAGE_SELF))
    return took


def whole(window: HeadWindow | MorphWindow) -> bool:
    """Tell whether all small pictures of the current model are drawn."""
    return isinstance(window, HeadWindow) or not window.panel.slots.missing(window.morphs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, default=[SAMPLES])
    parser.add_argument("--window", choices=list(WINDOWS), default="heads")
    parser.add_argument("--pause", type=float, default=3.0)
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--size", default="1440x900")
    given = parser.parse_args()
    app = QApplication([])
    context = open_context()
    took: list[float] = []
    kind, state_of, reader = WINDOWS[given.window]
    for _ in range(given.passes):
        with tempfile.TemporaryDirectory() as store:
            stage, translation = Stage(context), Translation()
            windows: list[HeadWindow | MorphWindow] = []
            prefetch = Prefetch(lambda open_=windows: open_[0].read.emit() if open_ else None, reader)  # type: ignore[misc]
            session = Session(list(locate(given.models, Path(store)).items()), state_of)
            window = kind(session, prefetch, stage, translation)
            windows.append(window)
            window.resize(*map(int, given.size.split("x")))
            window.show()
            took += sitting(window, given.pause)
            window.close()
            prefetch.close()
            stage.release()
    took.sort()
    print(f"{driver(context).renderer}; {given.window}, window {given.size}, {given.pause:g} s between presses")
    ready = sorted(ms for ms, there in zip(cpu, ahead, strict=True) if there)
    if ready:
        told = f"median {statistics.median(ready):.0f} ms, p95 {ready[int(0.95 * (len(ready) - 1))]:.0f} ms"
        print(f"{len(ready)} of {len(ahead)} ready before the press, for these CPU time: {told}")
    print(
        f"{len(took)} models: median {statistics.median(took):.0f} ms, p95 {took[int(0.95 * (len(took) - 1))]:.0f} ms, "
        f"longest {took[-1]:.0f} ms; memory {most(resource.RUSAGE_SELF)} MiB"
        f"{f' ({early[0]} after {EARLY} models)' if early else ''}, reader {most(resource.RUSAGE_CHILDREN)} MiB"
    )
    app.quit()


if __name__ == "__main__":
    main()
