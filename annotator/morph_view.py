"""The large picture of ``annotate-morphs``: the face, with the morph that is looked at."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from annotator.choices import Choice
from annotator.model_view import ModelView
from annotator.morphs import Morphs
from annotator.stage import Shot, Stage
from annotator.theme import SIDE_COLORS
from annotator.translation import tr
from annotator.work import Work
from mmdgen.library.effects import Effect
from mmdgen.space import Framing
from mmdgen.viewer.view import View

FACE = 2.1  # times as large as the whole head
HALF = "½"
PLATE = QColor(20, 20, 24, 200)


class MorphView(ModelView):
    """Shows what ``morphs`` looks at."""

    def __init__(self, morphs: Morphs, stage: Stage) -> None:
        super().__init__(morphs, stage)
        self._morphs = morphs

    def first(self, work: Work) -> tuple[Framing, View]:
        """Return the frame that a model is first shown in: of its face, as far as its head is known."""
        assert isinstance(work, Morphs)
        return work.framed(FACE, "eyes", "mouth")

    def shot(self, work: Work, base: Framing, view: View) -> Shot:
        """Return the face with its morph."""
        assert isinstance(work, Morphs)
        return Shot(base, view, *self.reach_and_size(), work.gestures)

    def paint_over(self, painter: QPainter) -> None:
        """Name the sides and the morph."""
        area = self.rect().adjusted(10, 10, -10, -10)
        for side, flag in (("right", Qt.AlignmentFlag.AlignLeft), ("left", Qt.AlignmentFlag.AlignRight)):
            text = tr("◀ character's right") if side == "right" else tr("character's left ▶")
            self._plate(painter, QRectF(area), text, flag | Qt.AlignmentFlag.AlignBottom, QColor(SIDE_COLORS[side]))
        morphs = self._morphs
        title = tr("at rest") if not morphs.gestures else named(morphs.shown)
        if morphs.gestures and morphs.shown and morphs.shown.split:
            half = tr("left half of {}") if morphs.shown.split == "left" else tr("right half of {}")
            title = half.format(morphs.shown.name)
        if morphs.gestures and morphs.weight < 1:
            title += f"  {morphs.weight:.0%}"
        lines = [title]
        if morphs.gestures and morphs.shown and (effect := morphs.effect(morphs.shown)) is not None:
            lines.append(described(effect))
        self._plate(
            painter, QRectF(area), "\n".join(lines), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter, PLATE
        )

    def _plate(self, painter: QPainter, area: QRectF, text: str, where: Qt.AlignmentFlag, color: QColor) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.15)
        painter.setFont(font)
        box = painter.boundingRect(area.adjusted(10, 5, -10, -5), where, text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(box.adjusted(-8, -4, 8, 4), 5, 5)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def named(choice: Choice | None) -> str:
    """Return how a choice is called: its morph's name, marked where it is only half of it."""
    if choice is None:
        return tr("none")
    return choice.name if choice.split is None else f"{HALF} {choice.name}"


def described(effect: Effect) -> str:
    """Say in words what a morph does."""
    said = []
    if effect.closes:
        left, right = (effect.closes.get(side, 0.0) for side in ("left", "right"))
        said.append(tr("closes the left eye {:.0%}, the right {:.0%}").format(left, right))
        if effect.shape is not None:
            said.append(tr("like a blink") if effect.shape == "normal" else tr("like a smile"))
    if effect.opens_mouth is not None:
        said.append(tr("opens the mouth"))
    if not said:
        words = {None: "moves no vertex", "left": "moves the left side", "right": "moves the right side"}
        said.append(tr(words.get(effect.side, "moves both sides")))
    return " · ".join(said)
