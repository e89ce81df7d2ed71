"""What stands beside the face in ``annotate-morphs``: the slots, and what is to be said in words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from annotator.edits import morph_state
from annotator.keys import Groups
from annotator.morphs import Morphs
from annotator.notes import hints, told
from annotator.slot_list import SlotList, said
from annotator.stage import Stage
from annotator.theme import STATE_COLORS

HINTED = ("accept", "best+", "none", "compare", "help")


class MorphPanel(QFrame):
    """Shows what ``morphs`` holds; ``refresh`` after every change."""

    def __init__(self, morphs: Morphs, stage: Stage, commands: Groups) -> None:
        super().__init__()
        self._morphs, self._commands = morphs, commands
        self.slots = SlotList(morphs, stage)
        self._notes, self._hints = QLabel(), QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 8)
        layout.addWidget(self.slots)
        for label in (self._notes, self._hints):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setFixedWidth(self.slots.sizeHint().width() - 24)
            layout.addWidget(label, alignment=Qt.AlignmentFlag.AlignHCenter)
            if label is self._notes:
                layout.addStretch(1)

    def refresh(self) -> None:
        """Show the current slots."""
        morphs = self._morphs
        lines = [f"⚠ {said(odd)}" for odd in morphs.odd[morphs.slot]]
        lines += morphs.loaded.lacks if morphs.loaded else ()
        colored = [(line, STATE_COLORS["flagged"]) for line in lines]
        self._notes.setText(told(morphs, morph_state(morphs.stored), colored))
        self._hints.setText(hints(self._commands, HINTED))
        self.slots.update()
