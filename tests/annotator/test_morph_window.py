"""The real window for morphs on Qt's offscreen platform, worked by keys alone."""

from __future__ import annotations

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
from PySide6.QtCore import Qt

from annotator.choices import Choice
from annotator.edits import morph_state
from annotator.model_view import FINE
from annotator.morph_window import MorphWindow
from annotator.reading import read_morphs
from annotator.session import Session
from annotator.stage import Gesture, Shot
from mmdgen.annotation import NOTHING, SLOTS, load
from mmdgen.framing import head_framing
from mmdgen.library.scan import locate
from mmdgen.pose_spec import NAMES
from mmdgen.puppet import Puppet
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.viewer.view import View

pytestmark = [pytest.mark.gui, pytest.mark.gl]
Key = Qt.Key
Open = Callable[[Path], MorphWindow]


@pytest.fixture
def open_window(open_any: Any) -> Open:
    """Open windows as ``annotate_morphs`` does."""
    return lambda folder: open_any(MorphWindow, folder, morph_state, reader=read_morphs, size=(1200, 800))


def settle(qtbot: Any, window: MorphWindow) -> None:
    """Wait until the current model is on the screen, or known to be bad."""
    qtbot.waitUntil(lambda: window.morphs.ready or bool(window.morphs.problem), timeout=60000)


def press(qtbot: Any, window: MorphWindow, *pressed: Any) -> None:
    for one in pressed:
        qtbot.keyClick(window, *(one if isinstance(one, tuple) else (one,)))
        settle(qtbot, window)


def stored(window: MorphWindow, number: int) -> Any:
    entry = window.session.entries[number]
    return load(entry.store, entry.sha256)


def test_a_whole_session_with_keys_alone(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    session, morphs = window.session, window.morphs
    proposed = {slot: word.index for slot, word in morphs.words.items()}

    press(qtbot, window, Key.Key_Space)  # a: as proposed
    assert session.cursor == 1
    assert {s: (w.index, w.by) for s, w in stored(window, 0).slots.items()} == {
        s: (n, "person") for s, n in proposed.items()
    }

    press(qtbot, window, Key.Key_Right, Key.Key_Right)  # b: from ウィンク２ to まばたき
    assert morphs.shown.name == "まばたき"
    press(qtbot, window, Key.Key_6)
    assert stored(window, 1).slots["smile_both"].name == "まばたき"  # before anything is accepted
    assert session.state(1) == "proposed"
    assert "smile" not in window.panel._notes.text()
    press(qtbot, window, Key.Key_R)
    assert stored(window, 1).slots["smile_both"].index == proposed["smile_both"]
    press(qtbot, window, (Key.Key_4, Qt.KeyboardModifier.ControlModifier), Key.Key_Down, Key.Key_0)
    assert stored(window, 1).none == ("smile_left", "smile_right")
    press(qtbot, window, Key.Key_W, Key.Key_W, Key.Key_W, Key.Key_W, Key.Key_D, Key.Key_D)
    assert stored(window, 1).slots["normal_left"].side_split == "left"  # the half of まばたき
    press(qtbot, window, Key.Key_A, Key.Key_A, Key.Key_Return)
    assert stored(window, 1).slots["normal_left"].index == proposed["normal_left"]

    press(qtbot, window, Key.Key_X, Key.Key_0, Key.Key_9)  # neither is an answer
    assert stored(window, 2) is None
    press(qtbot, window, Key.Key_2)  # c: broken
    assert (stored(window, 2).verdict, stored(window, 2).reason) == ("reject", "broken")

    press(qtbot, window, Key.Key_F)  # d: later; nothing else is left
    assert session.counts() == {"done": 2, "rejected": 1, "flagged": 1}
    after = {i: stored(window, i) for i in range(4)}

    control = Qt.KeyboardModifier.ControlModifier
    for _ in range(20):
        press(qtbot, window, (Key.Key_Z, control))
    assert session.counts() == {"proposed": 4}
    assert not list(library.rglob("annotations/*.json"))  # as before the session
    for _ in range(20):
        press(qtbot, window, (Key.Key_Y, control))
    assert {i: stored(window, i) for i in range(4)} == after

    press(qtbot, window, Key.Key_PageUp, Key.Key_Backspace)
    assert session.cursor == 1
    press(qtbot, window, Key.Key_PageDown, Key.Key_N)
    assert session.cursor == 3  # what was put off comes last
    assert "3 of 4 done" in window._status.text()


def test_the_face_shows_the_morph_at_any_weight_and_without_it(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    view = window.view

    def fine() -> Any:
        view._refine()
        return view._image.copy()

    shut = fine()
    press(qtbot, window, Key.Key_B)
    rest = fine()
    assert rest != shut
    press(qtbot, window, Key.Key_Tab)
    assert fine() == shut
    for _ in range(12):
        press(qtbot, window, Key.Key_Comma)
    assert window.morphs.weight == 0
    assert fine() == rest
    window.slider.setValue(50)
    assert window.morphs.gestures == (Gesture("ウィンク２", None, 0.5),)
    assert fine() not in (rest, shut)
    press(qtbot, window, Key.Key_Plus)
    assert fine() != shut


def test_pictures_are_drawn_ahead_and_can_be_clicked(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    slots, stage = window.panel.slots, window.stage
    following = window.session.entries[1].path
    qtbot.waitUntil(lambda: window._prefetch.get(following) is not None, timeout=60000)
    qtbot.waitUntil(lambda: not window.busy, timeout=60000)
    assert slots.missing(window.morphs) == []
    spots = list(slots.spots(window.morphs))
    loaded = window.morphs.loaded
    pictures = {spot: stage.view(loaded, slots.shot(window.morphs, spot), FINE) for spot in spots}
    wink = [s for s in spots if s.slot == "normal_left" and s.offered]
    assert len({pictures[spot].tobytes() for spot in wink}) == 2
    assert (pictures[wink[0]] == pictures[wink[2]]).all()  # halves of blink and smile are this model's winks
    qtbot.mouseClick(slots, Qt.MouseButton.LeftButton, pos=wink[1].place.center())
    assert stored(window, 0).slots["normal_left"] == wink[1].choice.slot
    qtbot.mouseClick(slots, Qt.MouseButton.LeftButton, pos=spots[-1].place.center())  # only shown, not offered
    assert stored(window, 0).none == ()
    before = window.morphs.slot
    qtbot.mouseClick(slots, Qt.MouseButton.LeftButton, pos=spots[-5].place.topLeft() - spots[-5].place.topLeft() / 2)
    assert window.morphs.slot != before

    press(qtbot, window, Key.Key_N)  # a copy of the same character
    assert slots.missing(window.morphs) == []  # was drawn while nobody waited


@pytest.mark.parametrize("winks", [True, False])
def test_what_is_shown_as_used_is_what_render_draws(
    qtbot: Any, gl_context: Any, open_window: Open, tmp_path: Path, winks: bool
) -> None:
    model = head_model()
    names = () if winks else ("ウィンク２", "ｳｨﾝｸ２右", "ウィンク", "ウィンク右")
    saved(
        replace(model, morphs=tuple(replace(m, name=m.name * (m.name not in names) or "x") for m in model.morphs)),
        tmp_path / "models" / "a.pmx",
    )
    window = open_window(tmp_path / "models")
    settle(qtbot, window)
    if not winks:
        press(qtbot, window, *(Key.Key_1, Key.Key_0), Key.Key_2, Key.Key_0)
    press(qtbot, window, Key.Key_Space)
    use, loaded = window.morphs.use, window.morphs.loaded
    renderer = Renderer(gl_context, RenderSettings())
    puppet = Puppet.open(loaded.path, stored(window, 0), renderer)
    assert (use.left.split, use.right.split) == ((None, None) if winks else ("left", "right"))
    framing = head_framing(loaded.model, stored(window, 0).head)
    for parameter, choice in (("eye_left", use.left), ("eye_right", use.right), ("mouth", use.mouth)):
        pose = np.zeros((1, len(NAMES)), np.float32)
        pose[0, NAMES.index(parameter)] = 1
        shot = Shot(framing, View(), 1.0, 256, (choice.gesture(),))
        assert (puppet.draw(pose)[0] == window.stage.view(loaded, shot, FINE)).all()
    puppet.release()
    renderer.release()


def test_bad_models_are_shown_with_their_reason_and_stop_nothing(qtbot: Any, open_window: Open, tmp_path: Path) -> None:
    from mmdgen.formats.writer import write_pmx

    folder = tmp_path / "models"
    model = head_model()
    for name in ("0 truncated", "1 no numbers", "2 no head", "4 good"):
        saved(replace(model, name=name), folder / name / "model.pmx")
    truncated = folder / "0 truncated" / "model.pmx"
    truncated.write_bytes(truncated.read_bytes()[:500])
    position = model.vertices.position.copy()
    position[7] = np.nan
    broken = replace(model, vertices=replace(model.vertices, position=position))
    (folder / "1 no numbers" / "model.pmx").write_bytes(write_pmx(broken))
    headless = replace(model, bones=tuple(replace(b, name="x" if b.name == "頭" else b.name) for b in model.bones))
    saved(headless, folder / "2 no head" / "model.pmx")
    saved(replace(model, textures=("none.png",) * 3), folder / "3 no pictures" / "model.pmx")
    window = open_window(folder)
    settle(qtbot, window)

    assert "vertices" in window.morphs.problem or "byte" in window.morphs.problem
    every = [Key.Key_Space, Key.Key_1, Key.Key_0, Key.Key_R, Key.Key_D, Key.Key_Right, Key.Key_Period, Key.Key_B]
    press(qtbot, window, *every)
    assert window.session.cursor == 0  # what cannot be shown is not accepted
    press(qtbot, window, Key.Key_X, Key.Key_2)
    assert (stored(window, 0).verdict, stored(window, 0).reason) == ("reject", "broken")
    assert window.session.cursor == 1
    assert window.morphs.problem
    press(qtbot, window, *every[1:], Key.Key_PageDown)
    assert window.morphs.ready
    assert "no bone 頭" in window.panel._notes.text()
    press(qtbot, window, *every[1:], Key.Key_N)
    press(qtbot, window, Key.Key_Space, Key.Key_Space)
    assert window.session.counts()["done"] == 2


def test_the_window_speaks_japanese_and_darkens(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    press(qtbot, window, Key.Key_L, Key.Key_T)
    assert window.menuBar().actions()[1].text() == "スロット"
    press(qtbot, window, Key.Key_Question)
    assert "全スロットを確定して次のモデルへ" in window.overlay.text()
    press(qtbot, window, Key.Key_Escape, Key.Key_L, Key.Key_T)
    assert window.menuBar().actions()[1].text() == "Slots"


KILLED = """
import sys
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from annotator.morph_window import MorphWindow
from annotator import app
from mmdgen.library.scan import locate

def work(window):
    name = window.session.current.sha256
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    print("none", name, flush=True)
    QTest.keyClick(window, Qt.Key.Key_Space)
    print("accepted", name, flush=True)

begin = MorphWindow.begin
def begun(self):
    self.shown.connect(lambda index: QTimer.singleShot(0, lambda: work(self)))
    begin(self)
MorphWindow.begin = begun
app.annotate_morphs(list(locate([sys.argv[1]]).items()), language="en", theme="dark")
"""


@pytest.mark.parametrize("lines", [3, 4])
def test_kill_9_loses_no_decision(library: Path, lines: int) -> None:
    """Kill the real command after a slot was emptied (3) and after the second model was accepted (4)."""
    command = [sys.executable, "-c", KILLED, str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        said = [process.stdout.readline().split() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        said += [line.split() for line in process.stdout]  # what it managed to say before it died
    session = Session(list(locate([library]).items()), morph_state)
    accepted = {words[1] for words in said if words[0] == "accepted"}
    assert len(accepted) >= lines // 2
    store = session.entries[0].store
    for _, name in said:
        assert json.loads((store / f"{name}.json").read_text("utf-8"))["none"] == ["smile_left"]
        known = load(store, name)
        assert known.words["smile_left"] == NOTHING
        if name in accepted:
            assert all(known.words[slot].by == "person" for slot in SLOTS)
    session.begin()
    assert session.current.sha256 not in accepted


def test_a_choice_that_a_model_does_not_have_draws_nothing(qtbot: Any, open_window: Open, library: Path) -> None:
    window = open_window(library)
    settle(qtbot, window)
    shot = Shot(window.view._base, View(), 1.0, 64)
    rest = window.stage.view(window.morphs.loaded, shot, FINE)
    for choice in (Choice("no such", 99), Choice("あ", 6, "left")):
        odd = replace(shot, gestures=(choice.gesture(),))
        assert (window.stage.view(window.morphs.loaded, odd, FINE) == rest).all()
