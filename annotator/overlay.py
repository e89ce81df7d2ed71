"""What lies over a window for a moment: its keys, or a question that a digit answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from annotator.keys import Command
from annotator.theme import colors
from annotator.translation import tr


class Overlay(QLabel):
    """A sheet in the middle of its parent; nothing of the keyboard comes here."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_help(self, groups: Mapping[str, Sequence[Command]], mouse: Sequence[tuple[str, str]]) -> None:
        """Show all keys, in two columns."""
        blocks = [(tr(title), [(_keys(c), tr(c.does)) for c in commands]) for title, commands in groups.items()]
        mouse_rows = [(tr(what), tr(does)) for what, does in mouse]
        half = len(blocks) // 2
        columns = (blocks[:half], [*blocks[half:-1], (blocks[-1][0], blocks[-1][1] + mouse_rows)])
        cells = "".join(f"<td style='padding:0 18px'>{''.join(map(_table, column))}</td>" for column in columns)
        self._show(f"<table><tr valign='top'>{cells}</tr></table>{_small(tr('Esc closes this'))}")

    def ask(self, question: str, answers: Sequence[str], away: str) -> None:
        """Show a question whose answers are numbered from 1."""
        rows = [(str(number), answer) for number, answer in enumerate(answers, 1)]
        self._show(f"{_table((question, rows))}{_small(away)}")

    def _show(self, html: str) -> None:
        c = colors()
        self.setStyleSheet(
            f"background:{c.base}; color:{c.text}; border:1px solid {c.dim}; border-radius:8px; padding:18px;"
        )
        self.setText(html)
        self.adjustSize()
        self.center()
        self.show()
        self.raise_()

    def center(self) -> None:
        """Lie in the middle of the parent, whose size may have changed."""
        parent = self.parentWidget()
        assert parent is not None
        self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)


def _keys(command: Command) -> str:
    return ", ".join(command.keys[:3])


def _table(block: tuple[str, Sequence[tuple[str, str]]]) -> str:
    title, rows = block
    lines = "".join(
        f"<tr><td style='padding:2px 14px 2px 0; white-space:nowrap'><b>{escape(key)}</b></td>"
        f"<td style='padding:2px 0; white-space:nowrap'>{escape(text)}</td></tr>"
        for key, text in rows
    )
    return f"<p style='color:{colors().accent}; margin:6px 0 2px 0'><b>{escape(title)}</b></p><table>{lines}</table>"


def _small(text: str) -> str:
    return f"<p style='color:{colors().dim}; margin:10px 0 0 0' align='center'>{escape(text)}</p>"
