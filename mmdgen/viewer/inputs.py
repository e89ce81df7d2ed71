"""Keyboard, mouse and dropped files: from glfw's callbacks to a queue, from there to the interface and the session."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import glfw
from slimgui import imgui

from mmdgen.viewer.keys import BY_KEY
from mmdgen.viewer.session import Session

SPECIAL = {  # glfw's keys whose names are the session's, and what the interface calls those that edit text
    glfw.KEY_UP: ("up", imgui.Key.KEY_UP_ARROW),
    glfw.KEY_DOWN: ("down", imgui.Key.KEY_DOWN_ARROW),
    glfw.KEY_LEFT: ("left", imgui.Key.KEY_LEFT_ARROW),
    glfw.KEY_RIGHT: ("right", imgui.Key.KEY_RIGHT_ARROW),
    glfw.KEY_HOME: ("home", imgui.Key.KEY_HOME),
    glfw.KEY_END: ("end", imgui.Key.KEY_END),
    glfw.KEY_PAGE_UP: ("page up", imgui.Key.KEY_PAGE_UP),
    glfw.KEY_PAGE_DOWN: ("page down", imgui.Key.KEY_PAGE_DOWN),
    glfw.KEY_ESCAPE: ("escape", imgui.Key.KEY_ESCAPE),
    glfw.KEY_F1: ("f1", imgui.Key.KEY_F1),
    glfw.KEY_ENTER: ("enter", imgui.Key.KEY_ENTER),
    glfw.KEY_KP_ENTER: ("enter", imgui.Key.KEY_KEYPAD_ENTER),
    glfw.KEY_TAB: ("tab", imgui.Key.KEY_TAB),
    glfw.KEY_BACKSPACE: ("backspace", imgui.Key.KEY_BACKSPACE),
    glfw.KEY_DELETE: ("delete", imgui.Key.KEY_DELETE),
    glfw.KEY_LEFT_CONTROL: ("", imgui.Key.KEY_LEFT_CTRL),
    glfw.KEY_LEFT_SHIFT: ("", imgui.Key.KEY_LEFT_SHIFT),
    glfw.KEY_KP_ADD: ("+", imgui.Key.KEY_KEYPAD_ADD),
    glfw.KEY_KP_SUBTRACT: ("-", imgui.Key.KEY_KEYPAD_SUBTRACT),
}
EDITING = {"a": imgui.Key.KEY_A, "c": imgui.Key.KEY_C, "v": imgui.Key.KEY_V, "x": imgui.Key.KEY_X, "z": imgui.Key.KEY_Z}
TYPED = "?/"  # letters that lie elsewhere, with Shift, from keyboard to keyboard: taken as they are typed
PHYSICAL = range(128)  # glfw's numbers of keys that bear letters are those of ASCII
LEFT = glfw.MOUSE_BUTTON_LEFT
DOUBLE_CLICK = 0.35  # seconds


class Inputs:
    """Queues what happens; ``process`` acts on it. The last mouse position is in the window's units.

    ``side`` is set by the application: the frame's side as it is shown, and ``stage`` where (left, top, width, height).
    """

    def __init__(self, window: Any, session: Session) -> None:
        self._window = window
        self._session = session
        self._queue: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._pressed: int | None = None  # the button that drags the picture
        self._at = (0.0, 0.0)
        self._clicked = -1.0
        self.side = 1.0
        self.stage = (0.0, 0.0, 1.0, 1.0)
        for register, act in (
            (glfw.set_key_callback, self._key),
            (glfw.set_char_callback, self._letter),
            (glfw.set_cursor_pos_callback, self._move),
            (glfw.set_mouse_button_callback, self._button),
            (glfw.set_scroll_callback, self._scroll),
            (glfw.set_drop_callback, self._drop),
            (glfw.set_window_focus_callback, self._focus),
            (glfw.set_window_refresh_callback, self._refresh),
            (glfw.set_framebuffer_size_callback, self._refresh),
        ):
            register(window, lambda _, *details, act=act: self.post(act, *details))

    def post(self, act: Callable[..., None], *details: Any) -> None:
        """Queue what a callback told."""
        self._queue.append((act, details))

    def process(self) -> bool:
        """Act on all that is queued; return True when there was something."""
        some = bool(self._queue)
        while self._queue:
            act, details = self._queue.popleft()
            act(*details)
        return some

    @property
    def dragging(self) -> bool:
        """True while the mouse turns or moves the picture."""
        return self._pressed is not None

    def _key(self, key: int, scancode: int, action: int, modifiers: int) -> None:
        io = imgui.get_io()
        name, edits = SPECIAL.get(key, ("", None))
        io.add_key_event(imgui.Key.MOD_CTRL, bool(modifiers & glfw.MOD_CONTROL))
        io.add_key_event(imgui.Key.MOD_SHIFT, bool(modifiers & glfw.MOD_SHIFT))
        io.add_key_event(imgui.Key.MOD_SUPER, bool(modifiers & glfw.MOD_SUPER))
        if not name and key < len(PHYSICAL):
            name, physical = (glfw.get_key_name(key, scancode) or "").lower(), chr(key).lower()
            edits = edits or EDITING.get(name)
            name = name if name in (*BY_KEY, *TYPED) else physical  # digits of France, letters of Greece
        if edits is not None and action != glfw.REPEAT:
            io.add_key_event(edits, action == glfw.PRESS)
        if (
            action == glfw.RELEASE
            or io.want_text_input
            or modifiers & (glfw.MOD_CONTROL | glfw.MOD_SUPER | glfw.MOD_ALT)
        ):
            return
        if name not in TYPED:
            shifted = f"shift {name}" if modifiers & glfw.MOD_SHIFT else name
            self._session.key(shifted) or self._session.key(name)

    def _letter(self, code: int) -> None:
        if imgui.get_io().want_text_input:
            imgui.get_io().add_input_character(code)
        elif chr(code) in TYPED:
            self._session.key(chr(code))

    def _move(self, x: float, y: float) -> None:
        imgui.get_io().add_mouse_pos_event(x, y)
        right, down = x - self._at[0], y - self._at[1]
        self._at = (x, y)
        if self._pressed is not None:
            shift = self._shift()
            self._session.drag(right, down, pan=self._pressed != LEFT or shift, side=self.side)

    def _shift(self) -> bool:
        keys = (glfw.KEY_LEFT_SHIFT, glfw.KEY_RIGHT_SHIFT)
        return any(glfw.get_key(self._window, key) == glfw.PRESS for key in keys)

    def _button(self, button: int, action: int, _modifiers: int) -> None:
        imgui.get_io().add_mouse_button_event(button, action == glfw.PRESS)
        if action != glfw.PRESS:
            self._pressed = None if button == self._pressed else self._pressed
        elif self._on_stage():
            now = glfw.get_time()
            if button == LEFT and now - self._clicked < DOUBLE_CLICK:
                self._session.do("view")
            self._clicked = now
            self._pressed = button

    def _on_stage(self) -> bool:
        """Tell whether the mouse is over the picture and over nothing that lies on it."""
        left, top, width, height = self.stage
        x, y = self._at
        inside = left <= x < left + width and top <= y < top + height
        return inside and not imgui.get_io().want_capture_mouse

    def _scroll(self, right: float, up: float) -> None:
        if self._on_stage():
            left, top, width, height = self.stage
            x, y = self._at[0] - left - width / 2, self._at[1] - top - height / 2
            self._session.wheel(up, x, y, side=self.side)
        else:
            imgui.get_io().add_mouse_wheel_event(right, up)

    def _drop(self, paths: list[str]) -> None:
        self._session.drop([Path(path) for path in paths])

    def _focus(self, focused: int) -> None:
        imgui.get_io().add_focus_event(bool(focused))

    def _refresh(self, *_: Any) -> None:
        """Nothing to do but to draw."""
