"""The dataset's own picture, pixel by pixel, with the rows between which the head belongs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annotator.theme import CHIN_COLOR, TOP_COLOR, colors
from mmdgen.model import U1

SIDE = 256
TOP_ROW, CHIN_ROW = SIDE // 4, 3 * SIDE // 4
MARGIN = 16  # pixels beside the picture, for the marks


class Inset(QWidget):
    """Shows one picture (256, 256, 4) without smoothing; ``picture`` is what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: U1 | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """One pixel of the picture is one of the screen, at its scale."""
        return QSize(SIDE + 2 * MARGIN, SIDE)

    def show_picture(self, picture: U1 | None) -> None:
        """Show another picture, or none."""
        self.picture = picture
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint the picture and the middle 128 rows' limits, which are kept off the face."""
        painter = QPainter(self)
        painter.fillRect(QRectF(MARGIN, 0, SIDE, SIDE), QColor(colors().stage))
        if self.picture is not None:
            data = self.picture.tobytes()
            image = QImage(data, SIDE, SIDE, 4 * SIDE, QImage.Format.Format_RGBA8888)
            painter.drawImage(QRectF(MARGIN, 0, SIDE, SIDE), image)
        for row, color in ((TOP_ROW, TOP_COLOR), (CHIN_ROW, CHIN_COLOR)):
            painter.setPen(QPen(QColor(color), 2))
            for x in (0, MARGIN + SIDE):
                painter.drawLine(QPointF(x, row), QPointF(x + MARGIN, row))
            faint = QColor(color)
            faint.setAlpha(140)
            painter.setPen(QPen(faint, 1))
            painter.drawLine(QPointF(MARGIN, row), QPointF(MARGIN + SIDE, row))
        painter.setPen(QPen(QColor(colors().dim), 2))
        for middle in (MARGIN / 2, 1.5 * MARGIN + SIDE):
            painter.drawLine(QPointF(middle, TOP_ROW), QPointF(middle, CHIN_ROW))
