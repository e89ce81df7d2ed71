"""What stands beside the large picture of ``annotate-head``: the dataset's picture, values, what is wrong."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from annotator.edits import head_state
from annotator.heads import Heads
from annotator.inset import Inset
from annotator.keys import Groups
from annotator.notes import hints, told
from annotator.stage import Stage
from annotator.theme import CHIN_COLOR, STATE_COLORS, TOP_COLOR, colors
from annotator.translation import tr
from mmdgen.errors import RenderError

HINTED = ("accept", "reject", "flag", "reset", "undo", "top+", "top-", "bottom+", "bottom-", "side", "help")


class HeadPanel(QFrame):
    """Shows what ``heads`` holds; ``refresh`` after every change."""

    def __init__(self, heads: Heads, stage: Stage, commands: Groups) -> None:
        super().__init__()
        self._heads, self._stage, self._commands = heads, stage, commands
        self.inset = Inset()
        self._caption, self._values, self._notes, self._hints = QLabel(), QLabel(), QLabel(), QLabel()
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self.inset, alignment=Qt.AlignmentFlag.AlignHCenter)
        for label in (self._caption, self._values, self._notes, self._hints):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setFixedWidth(self.inset.sizeHint().width())
            if label is self._hints:
                layout.addStretch(1)
            layout.addWidget(label)

    def refresh(self) -> None:
        """Show the current lines."""
        heads = self._heads
        annotation = heads.annotation() if heads.ready else None
        picture = None
        if annotation is not None and heads.loaded is not None:
            try:
                picture = self._stage.rest(heads.loaded, annotation)
            except RenderError:  # the large picture says why
                picture = None
        self.inset.show_picture(picture)
        c = colors()
        caption = tr("The dataset's rest picture; its middle 128 rows are marked")
        self._caption.setText(f"<span style='color:{c.dim}'>{caption}</span>")
        self._values.setText(self._lines() if annotation is not None else "")
        lacking = [(text, STATE_COLORS["flagged"]) for text in heads.lacking()]
        self._notes.setText(told(heads, head_state(heads.stored), lacking))
        self._hints.setText(hints(self._commands, HINTED))

    def _lines(self) -> str:
        heads = self._heads
        rows = (
            (tr("Top of the skull"), heads.top, TOP_COLOR),
            (tr("Chin"), heads.bottom, CHIN_COLOR),
            (tr("Height"), heads.top - heads.bottom, colors().text),
        )
        cells = "".join(
            f"<tr><td style='color:{color}; padding-right:20px'><b>{escape(name)}</b></td>"
            f"<td align='right'>{value:.3f}</td></tr>"
            for name, value, color in rows
        )
        return f"<table>{cells}</table><p style='margin-top:6px'>{escape(self._origin())}</p>"

    def _origin(self) -> str:
        heads = self._heads
        if heads.origin == "proposal" and heads.proposed is not None:
            return tr("proposal, {:.0%} sure").format(heads.proposed.confidence)
        words = {"person": "person", "moved": "moved, not accepted yet", "none": "no proposal: place both lines"}
        return tr(words.get(heads.origin, heads.origin))
