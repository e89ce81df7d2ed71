"""Small parts that panel and overlays share: the window's layout, lines of text, colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slimgui import imgui

from mmdgen.shell import plain
from mmdgen.viewer.session import Rectangle
from mmdgen.viewer.theme import ACCENT, FAINT

LONGEST = 500  # letters of one text
LATIN_END = 0x250
WIDTH, STATUS = 372.0, 30.0  # of the panel and the status line, in units of the interface's scale
FIXED = (
    imgui.WindowFlags.NO_DECORATION
    | imgui.WindowFlags.NO_MOVE
    | imgui.WindowFlags.NO_SAVED_SETTINGS
    | imgui.WindowFlags.NO_NAV
    | imgui.WindowFlags.NO_BRING_TO_FRONT_ON_FOCUS
)
FLOATING = FIXED & ~imgui.WindowFlags.NO_BRING_TO_FRONT_ON_FOCUS


@dataclass(frozen=True)
class Layout:
    """Where things are in a window of ``size``, in its units; rectangles are left, top, width, height."""

    size: tuple[float, float]
    scale: float

    @property
    def panel(self) -> Rectangle:
        """The column on the right."""
        width = min(WIDTH * self.scale, self.size[0] / 2)
        return (self.size[0] - width, 0, width, self.size[1])

    @property
    def stage(self) -> Rectangle:
        """The picture's place."""
        return (0, 0, max(self.panel[0], 1), max(self.size[1] - STATUS * self.scale, 1))

    @property
    def status(self) -> Rectangle:
        """The line below the picture."""
        return (0, self.stage[3], self.panel[0], STATUS * self.scale)


def covering(name: str, place: Rectangle, build: Callable[[], None]) -> None:
    """Build one window that covers a rectangle."""
    imgui.set_next_window_pos(place[:2])
    imgui.set_next_window_size(place[2:])
    imgui.begin(name, flags=FIXED)
    build()
    imgui.end()


def color(red: float, green: float, blue: float, alpha: float) -> int:
    """Return a colour as the interface packs it."""
    return sum(
        round(part * 255) << shift for part, shift in zip((red, green, blue, alpha), (0, 8, 16, 24), strict=True)
    )


def shown(text: str, *, japanese: bool = True) -> str:
    """Return a stranger's text as letters can show it: one line of some length, Unicode, Latin unless ``japanese``."""
    text = plain(text[:LONGEST]).encode("utf-8", "replace").decode()
    return text if japanese else "".join(c if ord(c) < LATIN_END else "?" for c in text)


def title(text: str) -> None:
    """Write a section's name."""
    imgui.text_colored((*ACCENT, 1.0), text)


def faint(text: str) -> None:
    """Write what matters less."""
    imgui.text_colored((*FAINT, 1.0), text)


def row(left: str, right: str, column: float) -> None:
    """Write two texts side by side, the second ``column`` from the start of the first."""
    start = imgui.get_cursor_pos_x()
    imgui.text(left)
    imgui.same_line()
    imgui.set_cursor_pos_x(start + column)
    faint(right)


def gap(scale: float) -> None:
    """Leave some room before the next section."""
    imgui.dummy((0, 4 * scale))
