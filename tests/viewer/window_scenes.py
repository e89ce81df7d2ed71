"""What the real window must do: run as a script on a display, it plays every scene and prints {scene: traceback}."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import glfw
import numpy as np
from builders import head_model, saved
from PIL import Image

from mmdgen.model import Panel
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS
from mmdgen.puppet import Puppet
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.viewer import app as loop
from mmdgen.viewer.app import App
from mmdgen.viewer.character import read_character
from mmdgen.viewer.keys import BY_KEY
from mmdgen.viewer.session import Session
from mmdgen.viewer.stage import drawn_size
from mmdgen.viewer.view import View

WINDOW = (760, 560)
SIZE = 64  # of saved pictures
SCENES: list[Callable[[Desk], None]] = []


class Desk:
    """A window on a model, and hands for its keyboard and mouse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        plain = head_model()
        lined = tuple(replace(m, flags=replace(m.flags, edge=True)) for m in plain.materials)
        model = saved(replace(plain, materials=lined), folder / "head.pmx")
        saved(replace(model, morphs=tuple(m for m in model.morphs if m.panel == Panel.MOUTH)), folder / "plain.pmx")
        (folder / "broken.pmx").write_bytes((folder / "head.pmx").read_bytes()[:400])
        self.store = folder / "annotations"
        self.session = Session([(folder / "head.pmx", self.store)], None, folder, toon=False)
        self.app = App(self.session, read_character(folder / "head.pmx", self.store), SIZE, 0.75)
        glfw.set_window_size(self.app.window, *WINDOW)
        self.look()

    def look(self) -> np.ndarray:
        """Let the window settle and return its pixels."""
        return self.app.settle().copy()

    def stage(self) -> np.ndarray:
        """Return the pixels of the picture's place alone."""
        left, top, width, height = map(round, self.app.inputs.stage)
        return self.look()[top : top + height, left : left + width]

    def press(self, key: int, shift: bool = False) -> None:
        post, code = self.app.inputs.post, glfw.get_key_scancode(key)
        for action in (glfw.PRESS, glfw.RELEASE):
            post(self.app.inputs._key, key, code, action, glfw.MOD_SHIFT * shift)
        self.app.step()

    def type(self, text: str) -> None:
        for letter in text:
            if letter.isascii():
                self.press(ord(letter.upper()))
            self.app.inputs.post(self.app.inputs._letter, ord(letter))
            self.app.step()

    def move(self, x: float, y: float) -> None:
        self.app.inputs.post(self.app.inputs._move, x, y)
        self.app.step()
        self.app.step()

    def button(self, number: int, action: int) -> None:
        self.app.inputs.post(self.app.inputs._button, number, action, 0)
        self.app.step()
        self.app.step()

    def click(self, place: str, at: float = 0.5, button: int = glfw.MOUSE_BUTTON_LEFT) -> None:
        """Click a widget of the panel, ``at`` that share of its width."""
        left, top, width, height = self.app.panel.places[place]
        self.move(left + width * at, top + height / 2)
        self.button(button, glfw.PRESS)
        self.button(button, glfw.RELEASE)

    def drag(self, start: tuple[float, float], end: tuple[float, float], button: int = 0) -> None:
        self.move(*start)
        self.button(button, glfw.PRESS)
        self.move(*end)
        self.button(button, glfw.RELEASE)

    def drop(self, *names: str) -> None:
        self.app.inputs.post(self.app.inputs._drop, [str(self.folder / name) for name in names])
        self.look()

    def puppet(self, size: int = SIZE) -> Puppet:
        character = self.session.character
        return Puppet.open(
            character.path, character.annotation, Renderer(self.app._context, RenderSettings(size)), allow_smile=True
        )


def scene(play: Callable[[Desk], None]) -> Callable[[Desk], None]:
    SCENES.append(play)
    return play


@scene
def saved_pictures_are_the_datasets_own(desk: Desk) -> None:
    pose = (0.3, -0.4, 0.5, 0.6, 0.0, 0.25)
    for name, value in zip(NAMES, pose, strict=True):
        desk.session.set_pose(name, value)
    desk.session.view = View(yaw=1.0, zoom=2.0)
    desk.press(glfw.KEY_S)
    expected = desk.puppet().draw(np.array([pose]))[0]
    picture = np.asarray(Image.open(desk.folder / "head-001.png"))
    assert picture.shape == (SIZE, SIZE, 4)
    assert np.array_equal(picture, expected)
    desk.press(glfw.KEY_S, shift=True)
    assert not np.array_equal(np.asarray(Image.open(desk.folder / "head-002.png")), expected)


@scene
def the_window_shows_the_datasets_picture(desk: Desk) -> None:
    desk.session.ground = 1
    seen = desk.stage()
    height, width = seen.shape[:2]
    size, frame = drawn_size(max(width, height)), min(width, height) * loop.MARGIN
    puppet = desk.puppet(size)
    wide = desk.session.view.framing(puppet.framing, size / frame)
    picture = puppet.figure.draw(puppet.binding.state(np.array([IDENTITY])), wide)[0].astype(float)
    alpha = picture[..., 3:] / 255
    flat = picture[..., :3] * alpha + 255 * (1 - alpha)
    top, left = -((height - size) // 2), -((width - size) // 2)
    assert np.abs(flat[top : top + height, left : left + width] - seen)[:-1].max() <= 1  # the status line begins within
    assert (seen < 250).any((1, 2)).sum() > height / 2


@scene
def switches_change_the_picture_and_back(desk: Desk) -> None:
    before = desk.stage()
    for key in (glfw.KEY_T, glfw.KEY_E, glfw.KEY_F, glfw.KEY_W, glfw.KEY_F1):
        desk.press(key)
        assert not np.array_equal(desk.stage(), before), glfw.get_key_name(key, 0)
        desk.press(key)
        assert np.array_equal(desk.stage(), before), glfw.get_key_name(key, 0)
    for switch in ("toon", "edge", "frame", "whole", "ik"):
        desk.click(switch)
        assert getattr(desk.session, switch), switch
        desk.click(switch)
        assert not getattr(desk.session, switch), switch


@scene
def sliders_and_keys_pose(desk: Desk) -> None:
    for parameter in PARAMETERS:
        for at, value in ((0.995, parameter.high), (0.005, parameter.low)):
            desk.click(parameter.name, at)
            assert desk.session.pose[NAMES.index(parameter.name)] == value, parameter.name
    desk.click("Rest")
    assert desk.session.pose == IDENTITY
    before = desk.stage()
    for key in (glfw.KEY_UP, glfw.KEY_RIGHT, glfw.KEY_D, glfw.KEY_1, glfw.KEY_2):
        desk.press(key)
    desk.press(glfw.KEY_3, shift=True)
    assert desk.session.pose == (0.1, -0.1, -0.1, 0.1, 0.1, 0.9)
    assert not np.array_equal(desk.stage(), before)


@scene
def morphs_are_searched_and_moved(desk: Desk) -> None:
    before = desk.stage()
    (morph,) = desk.session.character.model.morphs_named("笑い")
    desk.app.inputs.post(desk.app.inputs._letter, ord("/"))
    desk.look()
    desk.type("笑い")
    assert desk.session.search == "笑い"
    desk.look()
    assert [name for name in desk.app.panel.places if name.startswith("morph")] == [f"morph {morph}"]
    desk.click(f"morph {morph}", 0.99)
    assert desk.session.weights == {morph: 1.0}
    assert not np.array_equal(desk.stage(), before)
    desk.click(f"morph {morph}", button=glfw.MOUSE_BUTTON_RIGHT)
    assert desk.session.weights == {morph: 0.0}
    assert np.array_equal(desk.stage(), before)


@scene
def what_is_typed_into_the_search_commands_nothing(desk: Desk) -> None:
    desk.click("search")
    desk.type("teq")
    assert desk.session.search == "teq"
    assert not any((desk.session.toon, desk.session.edge, desk.session.quitting))
    desk.press(glfw.KEY_BACKSPACE)
    desk.look()
    assert desk.session.search == "te"


@scene
def the_mouse_moves_the_view(desk: Desk) -> None:
    _, _, width, height = desk.app.inputs.stage
    middle = (width / 2, height / 2)
    desk.drag(middle, (middle[0] + 50, middle[1]))
    assert desk.session.view.yaw < 0
    assert desk.session.view.x == 0
    desk.drag(middle, (middle[0] + 50, middle[1]), glfw.MOUSE_BUTTON_RIGHT)
    assert desk.session.view.x < 0
    desk.app.inputs.post(desk.app.inputs._scroll, 0.0, 2.0)
    desk.look()
    assert desk.session.view.zoom > 1
    desk.click("Front")
    assert desk.session.view == View()
    desk.move(desk.app.panel.places["head_x"][0] + 5, middle[1])
    desk.app.inputs.post(desk.app.inputs._scroll, 0.0, 2.0)
    desk.look()
    assert desk.session.view == View()


@scene
def another_model_takes_its_place(desk: Desk) -> None:
    desk.session.set_pose("head_y", 0.5)
    before = desk.stage()
    desk.drop("plain.pmx")
    assert desk.session.character.path.name == "plain.pmx"
    assert set(desk.session.character.idle) == {"eye_left", "eye_right"}
    assert desk.session.pose[1] == 0.5
    desk.click("eye_left", 0.99)
    assert desk.session.pose[3] == 0.0
    assert not np.array_equal(desk.stage(), before)  # it has no lids and its head is proposed anew
    desk.drop(".")
    assert [path.name for path, _ in desk.session.shelf] == ["broken.pmx", "head.pmx", "plain.pmx"]
    desk.press(glfw.KEY_PAGE_DOWN)
    desk.look()
    assert desk.session.character.path.name == "head.pmx"
    assert np.array_equal(desk.stage(), before)


@scene
def a_broken_model_shows_its_error_and_keeps_the_old(desk: Desk) -> None:
    before, character = desk.stage(), desk.session.character
    desk.drop("broken.pmx")
    assert desk.session.message.error
    assert "broken.pmx" in desk.session.message.text
    after = desk.stage()
    changed = np.flatnonzero((after != before).any((1, 2)))
    assert changed.size
    assert changed.min() > len(after) / 2  # the message below, the character above
    assert desk.session.character is character
    desk.press(glfw.KEY_ESCAPE)
    assert np.array_equal(desk.stage(), before)


@scene
def at_rest_nothing_is_drawn(desk: Desk) -> None:
    desk.look()
    desk.app._hint_at = float("inf")  # no tooltip is due
    drawn = []
    draw, desk.app._draw = desk.app._draw, lambda: drawn.append(1)
    for _ in range(5):
        desk.app.step()
    assert not drawn
    desk.press(glfw.KEY_UP)
    assert drawn
    desk.app._draw = draw


@scene
def a_moving_picture_is_rough_and_a_resting_one_fine(desk: Desk) -> None:
    desk.look()
    desk.press(glfw.KEY_UP)
    assert desk.app._drawn[2] == loop.MOVING
    desk.look()
    assert desk.app._drawn[2] == loop.RESTING


@scene
def it_closes_when_asked(desk: Desk) -> None:
    started = time.perf_counter()
    desk.press(glfw.KEY_Q)
    desk.app.run()
    desk.session.quitting = False
    glfw.set_window_should_close(desk.app.window, True)
    desk.app.run()
    desk.app.close()
    assert time.perf_counter() - started < 5


def main(folder: Path) -> None:
    loop.REST = 0.0
    desk, report = Desk(folder), {}
    for play in SCENES:
        session, start = desk.session, read_character(folder / "head.pmx", desk.store)
        session.toon = session.edge = session.frame = session.whole = session.ik = session.help = False
        session.ground, session.search, session.view, session.message = 0, "", View(), None
        session.shelf, session.place = [(start.path, desk.store)], 0
        desk.app._take(start)
        session.do("rest")
        desk.move(1, 1)
        try:
            play(desk)
        except Exception:  # noqa: BLE001 - the test tells it
            report[play.__name__] = traceback.format_exc()
        else:
            report[play.__name__] = ""
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    assert set(BY_KEY)
    main(Path(sys.argv[1]))
