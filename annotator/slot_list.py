"""The seven slots with pictures of what may fill them, and what rendering will use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annotator.choices import SHOWN, Choice, Oddity, parts
from annotator.edits import by_person
from annotator.keys import SLOTS
from annotator.model_view import FINE
from annotator.morph_view import HALF, PLATE, named
from annotator.morphs import Morphs
from annotator.stage import Shot, Stage, drawn_size
from annotator.theme import SIDE_COLORS, STATE_COLORS, colors
from annotator.translation import tr

EYES, MOUTH = 2.9, 3.4  # times as large as the whole head
WIDE, HIGH, GAP = 76, 54, 6  # pixels of a picture and beside it
NAME = 15  # pixels of a name below its picture
WORDS = 196  # pixels before the pictures
ROW = HIGH + NAME + 9
STRIP = ROW + 26
LINES = 3  # beside the pictures
USED = (("left", "Left eye"), ("right", "Right eye"), ("mouth", "Mouth"))


@dataclass(frozen=True)
class Spot:
    """A picture in the list: where it is, of what, and for which slot; without ``offered`` it cannot be picked."""

    place: QRect
    choice: Choice
    slot: str
    offered: bool = True


class SlotList(QWidget):
    """Shows what ``morphs`` holds. ``picked`` tells of a slot and a choice, ``chosen`` of a slot."""

    picked = Signal(str, object)
    chosen = Signal(str)

    def __init__(self, morphs: Morphs, stage: Stage) -> None:
        super().__init__()
        self._morphs, self._stage = morphs, stage
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Seven rows, and what rendering uses."""
        return QSize(WORDS + SHOWN * (WIDE + GAP) + GAP, len(SLOTS) * ROW + STRIP)

    # --- pictures -----------------------------------------------------------------------------------------------------

    def spots(self, morphs: Morphs) -> Iterator[Spot]:
        """Yield the pictures that are shown of a model."""
        for row, slot in enumerate(SLOTS):
            for column, choice in enumerate(morphs.candidates(slot)):
                yield Spot(_place(row * ROW + 3, column), choice, slot)
        for column, (part, _) in enumerate(USED):
            choice = getattr(morphs.use, part)
            if choice is not None:
                slot = "mouth" if part == "mouth" else "normal_both"
                yield Spot(_place(len(SLOTS) * ROW + STRIP - ROW + 3, column), choice, slot, offered=False)

    def shot(self, morphs: Morphs, spot: Spot) -> Shot:
        """Return what one picture shows."""
        framed = morphs.framed(MOUTH, "mouth") if spot.slot == "mouth" else morphs.framed(EYES, "eyes")
        return Shot(*framed, 1.0, drawn_size(WIDE * self.devicePixelRatioF()), (spot.choice.gesture(),))

    def missing(self, morphs: Morphs) -> list[Shot]:
        """Return the pictures that are still to be drawn."""
        if not morphs.ready or morphs.loaded is None:
            return []
        shots = dict.fromkeys(self.shot(morphs, spot) for spot in self.spots(morphs))
        return [shot for shot in shots if not self._stage.has_view(morphs.loaded, shot, FINE)]

    # --- events -------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Pick a picture, or choose a slot."""
        at = event.position().toPoint()
        for spot in self.spots(self._morphs):
            if spot.offered and spot.place.adjusted(0, 0, 0, NAME).contains(at):
                self.picked.emit(spot.slot, spot.choice)
                return
        row = at.y() // ROW
        if 0 <= row < len(SLOTS):
            self.chosen.emit(list(SLOTS)[row])

    # --- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint all rows and pictures."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for row, slot in enumerate(SLOTS):
            self._paint_row(painter, QRect(0, row * ROW, self.width(), ROW), slot, row + 1)
        self._paint_strip(painter, QRect(0, len(SLOTS) * ROW, self.width(), STRIP))
        for spot in self.spots(self._morphs):
            self._paint_spot(painter, spot)

    def _paint_row(self, painter: QPainter, area: QRect, slot: str, digit: int) -> None:
        c, morphs = colors(), self._morphs
        if slot == morphs.slot:
            painter.fillRect(area, QColor(c.base))
            painter.fillRect(QRect(area.x(), area.y(), 4, area.height()), QColor(c.accent))
        painter.setPen(QPen(QColor(c.stage), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        text = area.adjusted(12, 7, area.x() - area.width() + WORDS - 4, -6)
        bold, plain = QFont(self.font()), QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        side = "" if slot == "mouth" else parts(slot)[1]
        painter.setPen(QColor(SIDE_COLORS.get(side, c.text)))
        painter.drawText(text, Qt.AlignmentFlag.AlignTop, f"{digit}  {tr(SLOTS[slot])}")
        painter.setFont(plain)
        line = painter.fontMetrics().lineSpacing()
        word = morphs.words[slot]
        lines = [(tr("nothing proposed"), c.dim) if word is None else (named(Choice.of(word)), c.text)]
        lines += _origin(morphs, slot)
        for number, (said, color) in enumerate(lines[:LINES], 1):
            painter.setPen(QColor(color))
            shown = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, text.width())
            painter.drawText(text.adjusted(0, number * (line + 1), 0, 0), Qt.AlignmentFlag.AlignTop, shown)

    def _paint_strip(self, painter: QPainter, area: QRect) -> None:
        c, use = colors(), self._morphs.use
        painter.setPen(QColor(c.dim))
        head = area.adjusted(12, 6, -12, 0)
        painter.drawText(head, Qt.AlignmentFlag.AlignTop, tr("What mmdgen render will use"))
        if use.problem:
            painter.setPen(QColor(STATE_COLORS["flagged"]))
            text = tr("leaves the model out: {}").format(tr(use.problem))
            if use.smiling:
                text = tr("only with --allow-smile; else it {}").format(text)
            where = head.adjusted(0, 22, 0, 0)
            where.setWidth(WORDS - 20)
            painter.drawText(where, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, text)
            return
        lines = [(tr(title), getattr(use, part)) for part, title in USED]
        metrics = painter.fontMetrics()
        for number, (title, choice) in enumerate(lines):
            painter.setPen(QColor(c.text))
            text = metrics.elidedText(f"{title}: {named(choice)}", Qt.TextElideMode.ElideRight, WORDS - 16)
            painter.drawText(
                head.adjusted(0, 26 + number * (metrics.lineSpacing() + 3), 0, 0), Qt.AlignmentFlag.AlignTop, text
            )

    def _paint_spot(self, painter: QPainter, spot: Spot) -> None:
        c, morphs = colors(), self._morphs
        place = spot.place
        painter.fillRect(place, QColor(c.stage))
        shot = self.shot(morphs, spot)
        if morphs.loaded is not None and self._stage.has_view(morphs.loaded, shot, FINE):
            picture = self._stage.view(morphs.loaded, shot, FINE)
            size = len(picture)
            image = QImage(picture.tobytes(), size, size, 4 * size, QImage.Format.Format_RGBA8888)
            high = size * place.height() / place.width()
            painter.drawImage(QRectF(place), image, QRectF(0, (size - high) / 2, size, high))
        word = morphs.words[spot.slot]
        if spot.offered and Choice.of(word) == spot.choice:
            state = "done" if by_person(word) else "proposed"
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(STATE_COLORS[state]), 3))
            painter.drawRect(place)
        if spot.choice.split is not None:
            plate = QRect(place.x() + 3, place.y() + 3, 18, 18)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(PLATE)
            painter.drawRoundedRect(plate, 4, 4)
            painter.setPen(QColor("#ffffff"))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, HALF)
        small = QFont(self.font())
        small.setPointSizeF(small.pointSizeF() * 0.85)
        painter.setFont(small)
        painter.setPen(QColor(c.text if spot.offered and Choice.of(word) == spot.choice else c.dim))
        below = QRect(place.x() - 2, place.bottom() + 2, place.width() + 4, NAME)
        name = painter.fontMetrics().elidedText(spot.choice.name, Qt.TextElideMode.ElideMiddle, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(self.font())


def said(odd: Oddity) -> str:
    """Return what is odd in the language in use."""
    return tr(odd.text) if odd.share is None else tr(odd.text).format(odd.share)


def _origin(morphs: Morphs, slot: str) -> list[tuple[str, str]]:
    """Return who gave a slot its morph, and what is odd about it, with colours."""
    word, lines = morphs.words[slot], [(f"⚠ {said(odd)}", STATE_COLORS["flagged"]) for odd in morphs.odd[slot]]
    if Choice.of(word) is None and (used := morphs.effective(slot)) is not None:
        lines.append((tr("render splits {}").format(used.name), colors().dim))
    if by_person(word):
        lines.append((tr("person"), STATE_COLORS["done"]))
    elif word is not None:
        lines.append((tr("proposal, {:.0%} sure").format(word.confidence), STATE_COLORS["proposed"]))
    return lines


def _place(y: int, column: int) -> QRect:
    return QRect(WORDS + column * (WIDE + GAP), y, WIDE, HIGH)
