"""The reviewer's real window on Qt's offscreen platform, worked by keys alone."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import head_model, saved
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from annotator import previews
from annotator.prefetch import Ahead
from annotator.previews import Previewer
from annotator.review import FILTERS, Review
from annotator.review_window import WORDS, ReviewWindow
from annotator.translation import Translation
from annotator.wording import JAPANESE
from mmdgen.annotation import AGAIN, Annotation, load, save
from mmdgen.library.proposals import propose
from mmdgen.library.scan import locate

pytestmark = [pytest.mark.gui, pytest.mark.gl]
Key = Qt.Key
Open = Callable[[Path], ReviewWindow]


@pytest.fixture
def open_window(qtbot: Any) -> Iterator[Open]:
    """Open windows as ``mmdgen review`` does; what runs behind them ends with the test."""
    made: list[Any] = []
    windows: list[ReviewWindow] = []

    def make(root: Path) -> ReviewWindow:
        shelf = list(locate([root]).items())
        ahead = Ahead(Previewer(dict(shelf)), previews.failed, lambda: windows[-1].read.emit() if windows else None)
        made.append(ahead.close)
        translation = Translation()
        translation.use("en")
        window = ReviewWindow(Review(shelf, ahead.get), ahead, translation)
        windows.append(window)
        window.use_theme("light")
        window.resize(1000, 700)
        qtbot.addWidget(window)
        window.show()
        window.begin()
        return window

    yield make
    for window in windows:
        window.close()
    windows.clear()
    for end in made:
        end()


def settle(qtbot: Any, window: ReviewWindow) -> None:
    """Wait until the whole page is drawn."""
    review = window.review
    qtbot.waitUntil(lambda: all(review.preview(i) is not None for i in review.page), timeout=60000)


def press(qtbot: Any, window: ReviewWindow, *pressed: Any) -> None:
    for one in pressed:
        qtbot.keyClick(window, *(one if isinstance(one, tuple) else (one,)))
        settle(qtbot, window)


def stored(window: ReviewWindow, number: int) -> Annotation | None:
    entry = window.session.entries[number]
    return load(entry.store, entry.sha256)


def test_a_whole_session_with_keys_alone(qtbot: Any, open_window: Open, library: Path) -> None:
    for name in "efgh":
        saved(replace(head_model(), name=name), library / name / f"{name}.pmx")
    window = open_window(library)
    settle(qtbot, window)
    session = window.session
    press(qtbot, window, Key.Key_Minus, Key.Key_Minus)  # more columns
    assert window.gallery.grid.columns > 2

    press(qtbot, window, Key.Key_Space)  # a is good
    assert (stored(window, 0).verdict, session.cursor) == ("keep", 1)
    press(qtbot, window, Key.Key_H)  # b's head is wrong
    assert (stored(window, 1).reason, session.cursor) == ("heads again", 2)
    press(qtbot, window, Key.Key_M, Key.Key_Left, Key.Key_H)  # c's morphs, and its head
    assert stored(window, 2).sent_back == ("heads", "morphs")
    press(qtbot, window, Key.Key_X)  # d is a duplicate
    assert window.overlay.isVisible()
    press(qtbot, window, Key.Key_Space, Key.Key_9)  # neither is an answer
    assert stored(window, 3) is None
    press(qtbot, window, Key.Key_3)
    assert (stored(window, 3).verdict, stored(window, 3).reason) == ("reject", "duplicate")

    press(qtbot, window, Key.Key_P)  # all others of the page
    assert session.counts() == {"done": 5, "sent back": 2, "rejected": 1}
    assert "8 of 8" in window._status.text()
    control = Qt.KeyboardModifier.ControlModifier
    press(qtbot, window, Key.Key_U)
    assert session.counts() == {"done": 1, "sent back": 2, "rejected": 1, "todo": 4}
    for _ in range(10):
        press(qtbot, window, (Key.Key_Z, control))
    assert session.counts() == {"todo": 8}
    assert not list(library.rglob("annotations/*.json"))  # as before the session
    for _ in range(10):
        press(qtbot, window, (Key.Key_Y, control))
    assert session.counts() == {"done": 5, "sent back": 2, "rejected": 1}

    press(qtbot, window, Key.Key_G, Key.Key_G, Key.Key_G)
    assert window.review.page == [1, 2]
    press(qtbot, window, Key.Key_R)
    assert session.state(window.session.cursor) == "todo"


def test_the_next_session_goes_on_at_the_first_that_is_not_reviewed(
    qtbot: Any, open_window: Open, library: Path
) -> None:
    window = open_window(library)
    settle(qtbot, window)
    press(qtbot, window, Key.Key_Space, Key.Key_Space)
    window.close()
    again = open_window(library)
    assert (again.session.cursor, again.session.state(0)) == (2, "done")


def test_bad_models_are_shown_with_their_reason_and_stop_nothing(qtbot: Any, open_window: Open, library: Path) -> None:
    broken = library / "a" / "a.pmx"
    broken.write_bytes(broken.read_bytes()[:500])
    model = saved(replace(head_model(), name="x", morphs=()), library / "b" / "b.pmx")
    window = open_window(library)
    settle(qtbot, window)
    assert window.review.preview(0).readiness == "unreadable"
    assert "expected" in window._notes.text()
    press(qtbot, window, Key.Key_Space)
    assert (window.session.cursor, window.session.state(0)) == (0, "todo")
    assert "send it back" in window.statusBar().currentMessage()
    press(qtbot, window, Key.Key_P)
    assert window.session.counts() == {"todo": 2, "done": 2}
    assert "2 of this page" in window.statusBar().currentMessage()
    assert window.session.cursor == 0
    press(qtbot, window, Key.Key_X, Key.Key_2)
    assert stored(window, 0).reason == "broken"
    press(qtbot, window, Key.Key_M)
    assert load(window.session.entries[1].store, model.source.sha256).sent_back == ("morphs",)


def test_what_is_sent_back_and_done_again_comes_to_review_again(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    press(qtbot, window, Key.Key_H)
    entry = window.session.entries[0]
    window.close()
    from annotator import edits
    from annotator.session import Session

    heads = Session(list(locate([library]).items()))
    heads.begin()
    assert (heads.cursor, heads.state(0)) == (0, "sent back")
    heads.decide(None, lambda a: edits.accepted(a, a.head.bottom, a.head.top + 0.5))
    again = open_window(library)
    settle(qtbot, again)
    assert (again.session.cursor, again.session.state(0)) == (0, "todo")
    assert load(entry.store, entry.sha256).head.by == "person"


def test_what_is_alike_is_framed_and_enlarged_together(
    qtbot: Any, open_window: Open, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmdgen.library.kinship import Kinship

    kin = {0: ((3, "look alike"),), 3: ((0, "look alike"),)}
    monkeypatch.setattr("annotator.review.kinship", lambda _: Kinship((0, 3, 1, 2), (0, 1, 2, 0), kin, 0))
    window = open_window(library)
    settle(qtbot, window)
    assert "≈ d/d.pmx: look alike" in window._notes.text()

    def picture() -> QImage:
        return window.gallery.grab().toImage()

    page = picture()
    press(qtbot, window, Key.Key_E)
    enlarged = picture()
    assert enlarged != page
    press(qtbot, window, Key.Key_Right, Key.Key_Right)  # c has no relatives
    assert picture() != enlarged
    press(qtbot, window, Key.Key_Escape)
    assert not window.gallery.enlarged


def test_mouse_and_search(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    second = window.gallery.grid.card(1).center()
    qtbot.mouseClick(window.gallery, Qt.MouseButton.LeftButton, pos=second)
    assert window.session.cursor == 1
    qtbot.mouseClick(window.gallery, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert window.session.cursor == 1
    window.activateWindow()
    qtbot.waitActive(window)
    press(qtbot, window, Key.Key_Slash)
    qtbot.waitUntil(window.search.hasFocus)
    qtbot.keyClicks(window.search, "c.pmx z")
    assert window.review.page == []
    assert not window.gallery.grab().toImage().isNull()
    qtbot.keyClick(window.search, Key.Key_Backspace)
    qtbot.keyClick(window.search, Key.Key_Backspace)
    assert window.review.page == [2]
    qtbot.keyClick(window.search, Key.Key_Return)
    assert window.hasFocus()
    press(qtbot, window, Key.Key_Space)
    assert window.session.counts() == {"todo": 3, "done": 1}
    press(qtbot, window, Key.Key_U, Key.Key_U)
    assert window.session.counts() == {"todo": 4}


def test_undo_shows_the_model_again_that_the_filter_hides(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    press(qtbot, window, Key.Key_Space)
    window.search.setText("d.pmx")
    assert window.review.page == [3]
    press(qtbot, window, Key.Key_U)
    assert (window.session.cursor, window.search.text()) == (0, "")


def test_drawing_anew_and_other_windows_changes(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    first = window.review.preview(0)
    entry = window.session.entries[0]
    known = propose(previews.read_model(entry.path))
    save(entry.store, replace(known, head=replace(known.head, top=known.head.top + 1, by="person")))
    press(qtbot, window, Key.Key_F5)
    assert window.review.preview(0).strip != first.strip


def test_the_window_speaks_japanese_and_darkens(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)

    def ground() -> int:
        return window.grab().toImage().pixelColor(3, 300).lightness()

    qtbot.waitUntil(lambda: ground() > 200)
    press(qtbot, window, Key.Key_L, Key.Key_T)
    assert window.menuBar().actions()[0].text() == "判定"
    assert window.filter.itemText(2) == "採用"
    qtbot.waitUntil(lambda: ground() < 60)
    press(qtbot, window, Key.Key_Question)
    assert "採用して次のモデルへ" in window.overlay.text()
    press(qtbot, window, Key.Key_Escape, Key.Key_L, Key.Key_T)
    assert not window.overlay.isVisible()


def test_what_is_not_written_out_is_in_japanese_too() -> None:
    texts = {*previews.SHOTS, *(WORDS.get(text, text) for text in FILTERS), *AGAIN.values()}
    texts |= set(
        re.findall(r'MmdgenError\("([^"]+)"\)', (Path(previews.__file__).parent / "review.py").read_text("utf-8"))
    )
    assert texts - set(JAPANESE) == set()


KILLED = """
import sys
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from annotator.review_window import ReviewWindow
from annotator import review_app
from mmdgen.library.scan import locate

PRESSED = {0: Qt.Key.Key_Space, 1: Qt.Key.Key_H, 2: Qt.Key.Key_Space}

def work(window):
    at, name = window.session.cursor, window.session.current.sha256
    if window.session.state(at) == "todo":
        QTest.keyClick(window, PRESSED.get(at, Qt.Key.Key_Space))
        print(at, name, window.session.state(at), flush=True)
        QTimer.singleShot(0, lambda: work(window))

begin = ReviewWindow.begin
def begun(self):
    self.drawn.connect(lambda: QTimer.singleShot(0, lambda: work(self)))
    begin(self)
ReviewWindow.begin = begun
review_app.review(list(locate([sys.argv[1]]).items()), language="en", theme="dark")
"""


@pytest.mark.parametrize("lines", [1, 3])
def test_kill_9_loses_no_decision(library: Path, lines: int) -> None:
    """Kill the real command after so many decisions."""
    for name in "efghijkl":
        saved(replace(head_model(), name=name), library / name / f"{name}.pmx")
    command = [sys.executable, "-c", KILLED, str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        said = [process.stdout.readline().split(maxsplit=2) for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        said += [line.split(maxsplit=2) for line in process.stdout]  # what it managed to say before it died
    assert len(said) >= lines
    shelf = list(locate([library]).items())
    for at, sha256, state in said:
        known = json.loads((shelf[0][1] / f"{sha256}.json").read_text("utf-8"))
        assert (known["verdict"], known["reason"]) == (("todo", "heads again") if at == "1" else ("keep", ""))
        assert state.strip() == ("sent back" if at == "1" else "done")
    review = Review(shelf, lambda _: None)
    review.session.begin()
    assert review.session.state(review.session.cursor) == "todo"
    assert review.session.cursor >= lines
