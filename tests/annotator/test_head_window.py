"""The real window on Qt's offscreen platform, worked by keys alone."""

from __future__ import annotations

import ast
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import head_model, saved
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from annotator import keys
from annotator.choices import WARNINGS
from annotator.head_window import HeadWindow
from annotator.session import Session
from annotator.slot_list import USED
from annotator.wording import JAPANESE
from mmdgen.annotation import load
from mmdgen.generate.studio import REST
from mmdgen.library.scan import locate
from mmdgen.puppet import Puppet
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings

pytestmark = [pytest.mark.gui, pytest.mark.gl]
ANNOTATOR = Path(__file__).resolve().parents[2] / "annotator"
Key = Qt.Key
Open = Callable[[Path], HeadWindow]


@pytest.fixture
def open_window(open_any: Any) -> Open:
    """Open windows as ``annotate_head`` does."""
    return lambda folder: open_any(HeadWindow, folder)


def settle(qtbot: Any, window: HeadWindow) -> None:
    """Wait until the current model is on the screen, or known to be bad."""
    qtbot.waitUntil(lambda: window.heads.ready or bool(window.heads.problem), timeout=60000)


def press(qtbot: Any, window: HeadWindow, *pressed: Any) -> None:
    for one in pressed:
        qtbot.keyClick(window, *(one if isinstance(one, tuple) else (one,)))
        settle(qtbot, window)


def stored(window: HeadWindow, number: int) -> Any:
    entry = window.session.entries[number]
    return load(entry.store, entry.sha256)


def test_a_whole_session_with_keys_alone(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    session, heads = window.session, window.heads
    proposal = heads.proposed
    assert heads.origin == "proposal"

    press(qtbot, window, Key.Key_Space)  # a: as proposed
    assert session.cursor == 1
    assert (stored(window, 0).head.by, stored(window, 0).head.top) == ("person", proposal.top)

    row = (proposal.top - proposal.bottom) / 128
    shift = Qt.KeyboardModifier.ShiftModifier
    press(qtbot, window, Key.Key_W, Key.Key_W, (Key.Key_D, shift), Key.Key_E)  # b: top up 2 rows, chin down 4
    assert heads.top == pytest.approx(proposal.top + 2 * row)
    assert heads.bottom == pytest.approx(proposal.bottom - 4 * row)
    assert stored(window, 1).head.top == heads.top  # before it is accepted
    press(qtbot, window, Key.Key_R)
    assert (heads.origin, heads.top) == ("proposal", proposal.top)
    press(qtbot, window, Key.Key_S, Key.Key_Return)
    assert stored(window, 1).head.top == pytest.approx(proposal.top - row)

    press(qtbot, window, Key.Key_X)  # c: a duplicate
    assert window.overlay.isVisible()
    press(qtbot, window, Key.Key_W, Key.Key_9)  # neither is an answer
    assert stored(window, 2) is None
    press(qtbot, window, Key.Key_3)
    assert (stored(window, 2).verdict, stored(window, 2).reason) == ("reject", "duplicate")

    press(qtbot, window, Key.Key_F)  # d: later; nothing else is left
    assert session.state(3) == "flagged"
    assert session.counts() == {"done": 2, "rejected": 1, "flagged": 1}

    control = Qt.KeyboardModifier.ControlModifier
    for _ in range(20):
        press(qtbot, window, (Key.Key_Z, control))
    assert session.counts() == {"proposed": 4}
    assert not list(library.rglob("annotations/*.json"))  # as before the session
    for _ in range(20):
        press(qtbot, window, (Key.Key_Y, control))
    assert session.counts() == {"done": 2, "rejected": 1, "flagged": 1}
    assert stored(window, 1).head.top == pytest.approx(proposal.top - row)

    press(qtbot, window, Key.Key_Left, Key.Key_Left)
    assert session.cursor == 1
    press(qtbot, window, Key.Key_N)
    assert session.cursor == 3  # what was put off comes last
    assert "3 of 4 done" in window._status.text()


def test_the_inset_is_the_picture_that_render_writes(
    qtbot: Any, gl_context: Any, open_window: Open, library: Path
) -> None:
    window = open_window(library)
    settle(qtbot, window)
    press(qtbot, window, Key.Key_W, (Key.Key_D, Qt.KeyboardModifier.ShiftModifier))
    shown = window.panel.inset.picture
    renderer = Renderer(gl_context, RenderSettings())
    puppet = Puppet.open(window.session.current.path, stored(window, 0), renderer)
    assert (puppet.draw(REST)[0] == shown).all()
    puppet.release()
    renderer.release()
    rows = np.flatnonzero(shown[..., 3].any(1))
    assert len(rows) > 100


def test_lines_are_dragged_snap_and_are_kept(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    view, heads = window.view, window.heads
    proposal = heads.proposed

    def drag(row: float, to: float) -> None:
        at, end = QPoint(200, round(row)), QPoint(220, round(to))
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseMove(view, end)
        assert not QApplication.keyboardModifiers()
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)

    row = view.canvas.pixel_y(proposal.top)
    drag(row, row - 40)
    assert heads.top == pytest.approx(view.canvas.y(round(row - 40)))
    assert stored(window, 0).head.top == heads.top
    drag(row - 40, row + 3)
    assert heads.top == proposal.top
    before = view._view
    drag(row + 200, row + 150)  # on no line: the view moves
    assert view._view != before
    assert heads.top == proposal.top


def test_wheel_side_view_and_fit(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    view = window.view
    front, canvas = view._image.copy(), view.canvas
    at = QPointF(200, 120)
    over = canvas.y(at.y())
    no = Qt.KeyboardModifier.NoModifier
    turn = QPoint(0, 120)
    wheel = QWheelEvent(at, at, turn, turn, Qt.MouseButton.NoButton, no, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(view, wheel)
    assert view.canvas.scale > canvas.scale
    assert view.canvas.y(at.y()) == pytest.approx(over)  # what is under the pointer stays there
    press(qtbot, window, Key.Key_0, Key.Key_V)
    assert view.canvas == canvas
    assert view._image != front
    press(qtbot, window, Key.Key_V)
    qtbot.waitUntil(lambda: view._image == front, timeout=5000)


def test_bad_models_are_shown_with_their_reason_and_stop_nothing(qtbot: Any, open_window: Open, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    model = head_model()
    for name in ("0 truncated", "1 no numbers", "2 no head", "4 good"):
        saved(replace(model, name=name), folder / name / "model.pmx")
    truncated = folder / "0 truncated" / "model.pmx"
    truncated.write_bytes(truncated.read_bytes()[:500])
    position = model.vertices.position.copy()
    position[7] = np.nan
    broken = replace(model, vertices=replace(model.vertices, position=position))
    saved_unread(broken, folder / "1 no numbers" / "model.pmx")
    headless = replace(model, bones=tuple(replace(b, name="x" if b.name == "頭" else b.name) for b in model.bones))
    saved(headless, folder / "2 no head" / "model.pmx")
    saved(replace(model, textures=("none.png",) * 3), folder / "3 no pictures" / "model.pmx")
    window = open_window(folder)
    settle(qtbot, window)

    assert "vertices" in window.heads.problem or "byte" in window.heads.problem
    press(qtbot, window, Key.Key_Space)
    assert window.session.cursor == 0  # what cannot be shown is not accepted
    press(qtbot, window, Key.Key_X, Key.Key_2)
    assert (stored(window, 0).verdict, stored(window, 0).reason) == ("reject", "broken")
    assert window.session.cursor == 1
    assert window.heads.problem
    press(qtbot, window, Key.Key_Right)
    assert window.heads.ready
    assert window.heads.origin == "none"
    assert "no bone 頭" in window.panel._notes.text()
    press(qtbot, window, Key.Key_Space)
    assert window.session.cursor == 2  # lines that nobody placed are not accepted
    press(qtbot, window, Key.Key_N, Key.Key_Space)
    assert window.session.cursor == 4
    press(qtbot, window, Key.Key_Space)
    assert window.session.counts()["done"] == 2


def saved_unread(model: Any, path: Path) -> None:
    from mmdgen.formats.writer import write_pmx

    path.write_bytes(write_pmx(model))


def test_letters_in_the_search_are_no_commands(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    window.activateWindow()
    qtbot.waitActive(window)
    press(qtbot, window, Key.Key_Slash)
    qtbot.waitUntil(window.queue.search.hasFocus)
    qtbot.keyClicks(window.queue.search, "c.pmx")
    assert window.queue.model.rows == [2]
    assert window.session.counts() == {"proposed": 2, "todo": 2} or not list(library.rglob("annotations/*.json"))
    qtbot.keyClick(window.queue.search, Key.Key_Return)
    assert window.hasFocus()
    press(qtbot, window, Key.Key_N)
    assert window.session.cursor == 2
    qtbot.keyClick(window, Key.Key_G)
    assert window.queue.filter.currentText() == "todo"


def test_the_window_speaks_japanese_and_darkens(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)

    def ground() -> int:
        return window.grab().toImage().pixelColor(3, 300).lightness()

    qtbot.waitUntil(lambda: ground() > 200)
    press(qtbot, window, Key.Key_L, Key.Key_T)
    assert window.menuBar().actions()[0].text() == "判定"
    assert "完了" in window._status.text()
    qtbot.waitUntil(lambda: ground() < 60)
    press(qtbot, window, Key.Key_Question)
    assert "確定して次のモデルへ" in window.overlay.text()
    press(qtbot, window, Key.Key_Escape, Key.Key_L, Key.Key_T)
    assert not window.overlay.isVisible()
    assert window.menuBar().actions()[0].text() == "Decide"


def test_every_text_is_in_japanese() -> None:
    windows = [groups for groups in vars(keys).values() if isinstance(groups, dict) and "Decide" in groups]
    assert len(windows) >= 2
    texts = {c.does for groups in windows for group in groups.values() for c in group} | {t for w in windows for t in w}
    texts |= {text for pair in (*keys.HEAD_MOUSE, *keys.MORPHS_MOUSE, *keys.REVIEW_MOUSE) for text in pair}
    texts |= {*WARNINGS, *keys.SLOTS.values(), *(title for _, title in USED)}
    for path in ANNOTATOR.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                texts |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    assert texts - set(JAPANESE) == set()
    assert all(text.count("{") == japanese.count("{") for text, japanese in JAPANESE.items())


SAYING = ("tr", "MmdgenError")
KILLED = """
import sys
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from annotator.head_window import HeadWindow
from annotator import app
from mmdgen.library.scan import locate

def shown(self, index):
    QTimer.singleShot(0, lambda: work(self))

def work(window):
    name = window.session.current.sha256
    QTest.keyClick(window, Qt.Key.Key_W)
    print("moved", name, window.heads.top, flush=True)
    QTest.keyClick(window, Qt.Key.Key_Space)
    print("accepted", name, flush=True)

begin = HeadWindow.begin
def begun(self):
    self.shown.connect(lambda index: shown(self, index))
    begin(self)
HeadWindow.begin = begun
app.annotate_head(list(locate([sys.argv[1]]).items()), language="en", theme="dark")
"""


@pytest.mark.parametrize("lines", [3, 4])
def test_kill_9_loses_no_decision(library: Path, lines: int) -> None:
    """Kill the real command after a line was moved (3) and after the second model was accepted (4)."""
    command = [sys.executable, "-c", KILLED, str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        said = [process.stdout.readline().split() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        said += [line.split() for line in process.stdout]  # what it managed to say before it died
    session = Session(list(locate([library]).items()))
    accepted = {words[1] for words in said if words[0] == "accepted"}
    assert len(accepted) >= lines // 2
    store = session.entries[0].store
    for words in said:
        known = json.loads((store / f"{words[1]}.json").read_text("utf-8"))
        assert known["head"]["by"] == "person"
        if words[0] == "moved":
            assert known["head"]["top"] == float(words[2])
    session.begin()
    assert session.current.sha256 not in accepted
    assert session.cursor >= lines // 2
    assert not list(store.glob("*.json.part")) or session.counts()
