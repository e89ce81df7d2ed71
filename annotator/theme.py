"""Light and dark, in Qt's Fusion style, which looks the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Colors:
    """What our own drawing uses. States' colours are the same in both themes."""

    ground: str
    base: str
    text: str
    dim: str
    stage: str
    accent: str
    chosen: str


COLORS = {
    "light": Colors("#f3f3f1", "#ffffff", "#1d1d1f", "#6a6a70", "#dcdde0", "#1769c2", "#1769c2"),
    "dark": Colors("#242528", "#1a1b1d", "#ececee", "#9a9ba3", "#3a3c42", "#5aa7f5", "#2c62a0"),
}
STATE_COLORS = {
    "todo": "#8a8d93",
    "proposed": "#3f8fe0",
    "sent back": "#a45fd6",
    "done": "#2f9e55",
    "rejected": "#cf4436",
    "flagged": "#d99413",
}
TOP_COLOR, CHIN_COLOR = "#e0489a", "#00a3a3"
SIDE_COLORS = {"left": TOP_COLOR, "right": CHIN_COLOR}  # the character's own
OTHER_LINE = "#8a8d93"


def system_theme() -> str:
    """Return the theme that the desktop asks for."""
    return "dark" if QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def use_theme(app: QApplication, theme: str) -> None:
    """Give all windows a theme of THEMES."""
    app.setStyle("Fusion")
    c = COLORS[theme]
    palette = QPalette(QColor(c.ground))
    role = QPalette.ColorRole
    for colored, color in (
        (role.Window, c.ground),
        (role.Base, c.base),
        (role.AlternateBase, c.ground),
        (role.Button, c.ground),
        (role.ToolTipBase, c.base),
        (role.Highlight, c.chosen),
        (role.HighlightedText, "#ffffff"),
        (role.PlaceholderText, c.dim),
    ):
        palette.setColor(colored, QColor(color))
    for colored in (role.WindowText, role.Text, role.ButtonText, role.ToolTipText):
        palette.setColor(colored, QColor(c.text))
        palette.setColor(QPalette.ColorGroup.Disabled, colored, QColor(c.dim))
    app.setPalette(palette)


def colors() -> Colors:
    """Return the colours of the theme that is in use."""
    dark = QApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128
    return COLORS["dark" if dark else "light"]
