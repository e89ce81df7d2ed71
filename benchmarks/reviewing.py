"""Milliseconds from a key press to the finished window of ``mmdgen review``, and what the pictures cost.

    python benchmarks/reviewing.py [MODELS …] [--pause 1.0] [--size 1840x1000]

Every model is kept with Space, annotations going to a folder that is thrown away; after the last of a page the next one
comes. The clock runs from the press until the gallery is painted with all pictures of the page. Before that all
pictures are drawn once; *drawing* is the CPU time of the process that draws, a model, *kept* what a model takes on the
disk. Memory is the most that the window's process held, and the one that draws. Without a screen Qt paints into memory.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from annotating import SAMPLES, Painted, most, rest, until
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from annotator import previews
from annotator.prefetch import Ahead
from annotator.previews import FOLDER, Previewer
from annotator.review import Review
from annotator.review_window import ReviewWindow
from annotator.translation import Translation
from mmdgen.library.scan import locate


def sitting(window: ReviewWindow, pause: float) -> tuple[list[float], list[float]]:
    """Keep every model; return the milliseconds within a page and to a new one."""
    painted = Painted()
    window.gallery.installEventFilter(painted)
    window.begin()
    review = window.review

    def whole() -> bool:
        return all(review.preview(i) is not None for i in review.page)

    within, turned = [], []
    for index in range(len(review.session.entries)):
        until(whole)
        rest(pause)
        before, page = painted.count, review.pages[0]
        began = time.perf_counter()
        QTest.keyClick(window, Qt.Key.Key_Space)
        if review.session.cursor == index:  # it cannot be kept
            QTest.keyClick(window, Qt.Key.Key_Right)
        until(lambda: whole() and painted.count > before)  # noqa: B023
        (within if review.pages[0] == page else turned).append((time.perf_counter() - began) * 1000)
    return within, turned


def told(what: str, took: list[float]) -> str:
    """Return a line about times."""
    took.sort()
    p95 = took[int(0.95 * (len(took) - 1))]
    middle = statistics.median(took)
    return f"{what}: {len(took)} times, median {middle:.0f} ms, p95 {p95:.0f} ms, longest {took[-1]:.0f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, default=[SAMPLES])
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--size", default="1840x1000")
    given = parser.parse_args()
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        shelf = list(locate(given.models, store).items())
        windows: list[ReviewWindow] = []
        ahead = Ahead(Previewer(dict(shelf)), previews.failed, lambda: windows[0].read.emit() if windows else None)
        for path, _ in shelf:
            ahead.want([path])
            ahead.wait(path, 60)
        window = ReviewWindow(Review(shelf, ahead.get), ahead, Translation())
        windows.append(window)
        window.resize(*map(int, given.size.split("x")))
        window.show()
        within, turned = sitting(window, given.pause)
        window.close()
        ahead.close()
        drawn = resource.getrusage(resource.RUSAGE_CHILDREN)
        kept = sum(file.stat().st_size for file in (store / FOLDER).glob("*.json"))
    print(f"{len(shelf)} models, window {given.size}, {given.pause:g} s between presses")
    for what, took in (("next on the page", within), ("to the next page", turned)):
        if took:
            print(told(what, took))
    seconds = (drawn.ru_utime + drawn.ru_stime) / len(shelf)
    print(
        f"drawing {seconds:.2f} s of CPU time, kept {kept // len(shelf) >> 10} KiB; "
        f"memory {most(resource.RUSAGE_SELF)} MiB, drawing {most(resource.RUSAGE_CHILDREN)} MiB"
    )
    app.quit()


if __name__ == "__main__":
    main()
