"""Keys that a sitting takes when somebody who knows the truth presses them, in the real windows; nobody's seconds.

    python benchmarks/sitting.py [ZOO CORPUS …] [--count 200] [--tolerance 2] [--windows heads morphs review]

In place of the person stands an oracle: the manifest of `mmdgen zoo` for its characters, and for files with these
hashes tests/library/corpus_labels.json, read off pictures by eye; whatever neither knows is rejected as no character.
Annotations go to a folder that is thrown away, so every proposal is made anew.

*heads*: the oracle accepts lines within ``--tolerance`` rows of the 256 of the dataset's picture; others it first moves
with the keys, five rows at a time and then one by one, until they are. *morphs*: it accepts slots that are right, empty
ones as well; into others it first puts the right morph, from the pictures that are offered or else by cycling through
morphs, or none. *review*, on what these left behind: it sends back what is drawn with lines farther off or with other
morphs than the true ones, and keeps the rest of the page with one key; arrow keys to get to a model count, keys for a
whole page are shared among its models.

*unedited* is the share of models with a proposal whose proposal was accepted as it was. *machine* is CPU time a model
of both processes, window and reader, with the pictures that they draw.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from annotator import previews
from annotator.edits import morph_state
from annotator.head_window import HeadWindow
from annotator.morph_window import MorphWindow
from annotator.picking import ROWS
from annotator.prefetch import Ahead, Prefetch
from annotator.previews import Previewer
from annotator.reading import read, read_morphs
from annotator.review import Review
from annotator.review_window import ReviewWindow
from annotator.session import Session
from annotator.stage import Stage
from annotator.translation import Translation
from mmdgen.annotation import NOTHING, SLOTS, Slot
from mmdgen.library.scan import locate
from mmdgen.library.triage import digest_of
from mmdgen.render.context import driver, open_context

HOME = Path(__file__).resolve().parents[1]
SAMPLES = HOME / "samples" / "models"
LABELS = HOME / "tests" / "library" / "corpus_labels.json"
PATIENCE = 180.0  # seconds for one model
MOST_KEYS = 400  # for one model: then the oracle is at its wits' end
Key = Qt.Key
Shelf = Sequence[tuple[Path, Path]]


@dataclass(frozen=True)
class Truth:
    """What is right for a model; ``slots`` has the numbers of morphs that may fill each slot, none for an empty one."""

    bottom: float
    top: float
    slots: dict[str, tuple[int, ...]]

    def rows(self, y: float, of: float) -> float:
        """Return by how many rows of the dataset's picture a height is above another."""
        return (y - of) * ROWS / (self.top - self.bottom)


@dataclass
class Tally:
    """What a sitting took: keys for each model, which of them had a proposal, which were accepted as proposed."""

    keys: list[float] = field(default_factory=list)
    proposed: int = 0
    unedited: int = 0
    seconds: float = 0.0
    notes: dict[str, int] = field(default_factory=dict)

    def note(self, what: str) -> None:
        """Count something."""
        self.notes[what] = self.notes.get(what, 0) + 1


def known(paths: Sequence[Path]) -> dict[str, Truth]:
    """Return the truth by the models' hashes."""
    found: dict[str, Truth] = {}
    for sha256, label in json.loads(LABELS.read_text("utf-8")).items():
        slots = {name: () if index is None else (index,) for name, index in label["slots"].items()}
        found[sha256] = Truth(label["bottom"], label["top"], slots)
    for manifest in {parent / "manifest.json" for path in paths for parent in path.parents[:2]}:
        if manifest.is_file():
            for entry in json.loads(manifest.read_text("utf-8"))["characters"]:
                found[entry["sha256"]] = _of_zoo(entry)
    return found


def _of_zoo(entry: dict[str, Any]) -> Truth:
    slots = {
        name: (slot["index"], *entry["twins"].get(name, ())) if slot else () for name, slot in entry["slots"].items()
    }
    return Truth(entry["head"]["bottom"], entry["head"]["top"], slots)


def until(done: Callable[[], bool]) -> None:
    """Let Qt work until something is so."""
    end = time.monotonic() + PATIENCE
    while not done():
        QApplication.processEvents()
        time.sleep(0.001)
        if time.monotonic() > end:
            sys.exit(f"nothing came within {PATIENCE:g} s")


@contextmanager
def timed(tally: Tally) -> Iterator[None]:
    """Add the CPU time of this process and of its children that ended."""

    def spent() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in used)

    before = spent()
    try:
        yield
    finally:
        tally.seconds = spent() - before


# --- heads ------------------------------------------------------------------------------------------------------------

NUDGES = {  # line, direction: its key
    ("top", 1): Key.Key_W,
    ("top", -1): Key.Key_S,
    ("bottom", 1): Key.Key_E,
    ("bottom", -1): Key.Key_D,
}


def heads(shelf: Shelf, truths: dict[str, Truth], tolerance: float, context: Any) -> Tally:
    """Accept or move all lines."""

    def one(window: HeadWindow, truth: Truth, tally: Tally) -> int:
        return _one_head(window, truth, tolerance, tally)

    return queue(HeadWindow, Session(list(shelf)), read, truths, context, one)


def queue(
    kind: Callable[..., Any],
    session: Session,
    reader: Callable[[Path], Any],
    truths: dict[str, Truth],
    context: Any,
    one: Callable[[Any, Truth, Tally], int],
) -> Tally:
    """Go through a queue in its window; ``one`` decides about a model and returns how many keys that took."""
    tally, windows = Tally(), []
    stage = Stage(context)
    with timed(tally):
        prefetch = Prefetch(lambda: windows[0].read.emit() if windows else None, reader)
        window = kind(session, prefetch, stage, Translation())
        windows.append(window)
        window.resize(1440, 900)
        window.show()
        window.begin()
        while session.state(session.cursor) not in ("done", "rejected"):
            until(lambda: bool(window.work.ready or window.work.problem))
            truth = truths.get(session.current.sha256 or "")
            if truth is None:
                QTest.keyClick(window, Key.Key_X)
                QTest.keyClick(window, Key.Key_1)
                tally.note("rejected")
            tally.keys.append(2 if truth is None else one(window, truth, tally))
        assert session.counts().keys() <= {"done", "rejected"}, session.counts()
        window.close()
        prefetch.close()
    stage.release()
    return tally


def _one_head(window: HeadWindow, truth: Truth, tolerance: float, tally: Tally) -> int:
    work, pressed = window.heads, 0
    proposed = work.origin == "proposal"
    for line in ("top", "bottom"):
        right = getattr(truth, line)
        while abs(off := truth.rows(right, getattr(work, line))) > tolerance:
            modifier = Qt.KeyboardModifier.ShiftModifier if abs(off) > 3 else Qt.KeyboardModifier.NoModifier
            QTest.keyClick(window, NUDGES[line, 1 if off > 0 else -1], modifier)
            pressed += 1
            if pressed > MOST_KEYS:
                sys.exit(f"{window.session.current.path}: {line} is still {off:.1f} rows off after {pressed} keys")
    tally.proposed += proposed
    tally.unedited += proposed and not pressed
    QTest.keyClick(window, Key.Key_Space)
    return pressed + 1


# --- morphs -----------------------------------------------------------------------------------------------------------


def morphs(shelf: Shelf, truths: dict[str, Truth], _: float, context: Any) -> Tally:
    """Accept or fill all slots."""
    return queue(MorphWindow, Session(list(shelf), morph_state), read_morphs, truths, context, _one_face)


def _one_face(window: MorphWindow, truth: Truth, tally: Tally) -> int:
    work, pressed = window.morphs, 0
    proposed = work.has_proposal
    for digit, slot in enumerate(SLOTS, 1):
        if not _right(work.words[slot], truth.slots[slot]):
            filled = _put(window, digit, slot, truth.slots[slot])
            pressed += filled
            tally.note("slots changed")
            if not _right(work.words[slot], truth.slots[slot]):
                sys.exit(f"{window.session.current.path}: {slot} is not {truth.slots[slot]} after {filled} keys")
    tally.proposed += proposed
    tally.unedited += proposed and not pressed
    QTest.keyClick(window, Key.Key_Space)
    return pressed + 1


def _right(word: Slot | None, wanted: tuple[int, ...]) -> bool:
    if word is None or word == NOTHING:
        return not wanted
    return word.side_split is None and word.index in wanted


def _put(window: MorphWindow, digit: int, slot: str, wanted: tuple[int, ...]) -> int:
    """Put one of the wanted morphs in a slot, or none; return how many keys it took."""
    work, pressed = window.morphs, 0

    def press(key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        nonlocal pressed
        QTest.keyClick(window, key, modifier)
        pressed += 1

    number = Key(Key.Key_0 + digit)
    if not wanted:
        press(number, Qt.KeyboardModifier.ControlModifier)
        return pressed
    while work.slot != slot and pressed < MOST_KEYS:
        press(Key.Key_Down if SLOTS.index(slot) > SLOTS.index(work.slot) else Key.Key_Up)
    offered = [choice for choice in work.candidates(slot) if choice.slot.side_split is None]
    if any(choice.number in wanted for choice in offered):
        while not _right(work.words[slot], wanted) and pressed < MOST_KEYS:
            press(Key.Key_D)
        return pressed
    if not any(choice.number in wanted for choice in work.round()):
        press(Key.Key_M)
    while (work.shown is None or work.shown.number not in wanted) and pressed < MOST_KEYS:
        press(Key.Key_Right)
    press(number)
    return pressed


# --- review -----------------------------------------------------------------------------------------------------------


def review(shelf: Shelf, truths: dict[str, Truth], tolerance: float, _: Any) -> Tally:
    """Send back what is wrong, keep the rest of each page."""
    tally, windows = Tally(), []
    with timed(tally):
        ahead = Ahead(Previewer(dict(shelf)), previews.failed, lambda: windows[0].read.emit() if windows else None)
        window = ReviewWindow(Review(shelf, ahead.get), ahead, Translation())
        windows.append(window)
        window.resize(1840, 1000)
        window.show()
        window.begin()
        sitting = window.review
        while window.session.counts()["todo"]:
            until(lambda: all(sitting.preview(i) is not None for i in sitting.page))
            tally.keys += _one_page(window, truths, tolerance, tally)
        window.close()
        ahead.close()
    return tally


def _one_page(window: ReviewWindow, truths: dict[str, Truth], tolerance: float, tally: Tally) -> list[float]:
    """Decide a page; return keys for each of its models, those for all of them shared out."""
    sitting, pressed = window.review, 0
    page = [i for i in sitting.page if window.session.state(i) == "todo"]
    for index in page:
        preview = sitting.preview(index)
        assert preview is not None
        truth = truths.get(window.session.entries[index].sha256 or "")
        wrong = _wrong(preview, truth, tolerance)
        if wrong or preview.readiness != "ready":
            pressed += _go(window, index)
            keys = (
                [Key.Key_X, Key.Key_1] if truth is None else [Key.Key_H if w == "heads" else Key.Key_M for w in wrong]
            )
            tally.note("rejected" if truth is None else " and ".join(wrong) or "kept though unsure")
            for number, key in enumerate(keys or [Key.Key_Space]):
                pressed += _go(window, index) if number and key != Key.Key_1 else 0
                QTest.keyClick(window, key)
                pressed += 1
        else:
            tally.note("kept")
    if any(window.session.state(i) == "todo" for i in page):
        pressed += _go(window, page[-1]) if window.session.cursor not in page else 0
        QTest.keyClick(window, Key.Key_P)
        pressed += 1
    return [pressed / len(page)] * len(page)


def _wrong(preview: previews.Preview, truth: Truth | None, tolerance: float) -> list[str]:
    """Return what of a model is to be annotated again."""
    known_here = preview.annotation
    if truth is None or known_here is None:
        return []
    head, wrong = known_here.head, []
    ends = () if head is None else (truth.rows(head.top, truth.top), truth.rows(head.bottom, truth.bottom))
    if not ends or max(map(abs, ends)) > tolerance + 1e-6:
        wrong.append("heads")
    drawn = [name for name in preview.drawn if name != "head"]
    right = (known_here.slots[name] is not None and known_here.slots[name].index in truth.slots[name] for name in drawn)  # type: ignore[union-attr]
    if not drawn or not all(right):
        wrong.append("morphs")
    return wrong


def _go(window: ReviewWindow, index: int) -> int:
    """Put the cursor on a model of the page or the one before with arrow keys; return how many it took."""
    pressed, columns = 0, window.gallery.grid.columns
    while (by := index - window.session.cursor) and pressed < MOST_KEYS:
        down = abs(by) >= columns
        QTest.keyClick(
            window, (Key.Key_Down if down else Key.Key_Right) if by > 0 else Key.Key_Up if down else Key.Key_Left
        )
        pressed += 1
    assert window.session.cursor == index
    return pressed


# --- all --------------------------------------------------------------------------------------------------------------

WINDOWS = {"heads": heads, "morphs": morphs, "review": review}


def table(name: str, tally: Tally) -> str:
    """Return a line of a table in Markdown."""
    keys = sorted(tally.keys)
    p95 = keys[max(-(-95 * len(keys) // 100) - 1, 0)]
    share = f"{tally.unedited / tally.proposed:.1%} of {tally.proposed}" if tally.proposed else "–"
    notes = ", ".join(f"{n} {what}" for what, n in sorted(tally.notes.items()))
    cells = (f"{statistics.mean(keys):.2f}", f"{p95:.2f}", f"{keys[-1]:.2g}", share)
    return f"| {' | '.join((name, str(len(keys)), *cells))} | {tally.seconds / len(keys):.2f} s | {notes} |"


def main() -> None:
    """Measure and print a table for each folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, default=[SAMPLES])
    parser.add_argument("--count", type=int, default=200, help="of each folder, the first by path")
    parser.add_argument("--tolerance", type=float, default=2.0, help="rows of 256")
    parser.add_argument("--windows", nargs="+", choices=list(WINDOWS), default=list(WINDOWS))
    given = parser.parse_args()
    app = QApplication([])
    context = open_context()
    print(f"{driver(context).renderer}; tolerance {given.tolerance:g} rows")
    print("| window | models | keys, mean | p95 | most | unedited | machine | |\n|---|---|---|---|---|---|---|---|")
    for folder in given.models:
        with tempfile.TemporaryDirectory() as store:
            shelf = list(locate([folder], Path(store)).items())[: given.count]
            truths = known([path for path, _ in shelf])
            shown = sum(digest_of(path) in truths for path, _ in shelf)
            for name in given.windows:
                tally = WINDOWS[name](shelf, truths, given.tolerance, context)
                print(table(f"{name}, {folder.name} ({shown} known)", tally), flush=True)
    app.quit()


if __name__ == "__main__":
    main()
