"""The large picture of ``annotate-head``: the model from the front, with two lines to drag."""

from __future__ import annotations

from dataclasses import replace
from math import pi

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from annotator.heads import Heads
from annotator.model_view import ModelView
from annotator.picking import Canvas, Line, nearest_line, snapped
from annotator.stage import Shot, Stage, base_framing
from annotator.theme import CHIN_COLOR, OTHER_LINE, TOP_COLOR, colors
from annotator.translation import tr
from annotator.work import Work
from mmdgen.space import Framing
from mmdgen.viewer.view import View

SIDEWAYS = -pi / 2  # the character looks to the left


class HeadView(ModelView):
    """Shows what ``heads`` holds. ``moving`` tells of lines being dragged, ``moved`` of lines that were let go."""

    moving = Signal()
    moved = Signal()

    def __init__(self, heads: Heads, stage: Stage) -> None:
        super().__init__(heads, stage)
        self._heads = heads
        self._dragged: Line | None = None

    def first(self, work: Work) -> tuple[Framing, View]:
        """Return the frame that a model is first shown in: of its head."""
        assert isinstance(work, Heads)
        assert work.loaded is not None
        return base_framing(work.loaded, work.known_range), View()

    def shot(self, work: Work, base: Framing, view: View) -> Shot:  # noqa: ARG002
        """Return the bind pose."""
        return Shot(base, view, *self.reach_and_size())

    def show_model(self) -> None:
        """Show the model that ``heads`` holds now, from the front."""
        self._dragged = None
        super().show_model()

    @property
    def canvas(self) -> Canvas:
        """What lies where on the widget."""
        reach, _ = self.reach_and_size()
        return Canvas.of(self.width(), self.height(), self._view.framing(self._base, reach))

    def fit(self) -> None:
        """Show the head as at first."""
        self.look(replace(View(), yaw=self._view.yaw))

    def turn(self) -> None:
        """Look from the side, or from the front again."""
        self.look(replace(self._view, yaw=0.0 if self._view.yaw else SIDEWAYS))

    # --- events -------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take a line, or the view."""
        if self._heads.ready and event.button() == Qt.MouseButton.LeftButton:
            self._dragged = self._line_at(event.position())
        if self._dragged is None:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move what was taken."""
        if self._dragged is not None:
            canvas, y = self.canvas, self.canvas.y(event.position().y())
            proposed = self._heads.proposed
            if proposed is not None and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
                y = snapped(canvas, y, [getattr(proposed, self._dragged)])
            self._heads.hold(self._dragged, y)
            self.moving.emit()
            self.update()
            return
        super().mouseMoveEvent(event)
        if self._panned is None and self._heads.ready:
            over = self._line_at(event.position())
            self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        super().mouseReleaseEvent(event)
        dragged, self._dragged = self._dragged, None
        if dragged is not None:
            self.moved.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Fit the head, unless a line was meant."""
        if self._heads.ready and self._line_at(event.position()) is None:
            self.fit()

    def _line_at(self, at: QPointF) -> Line | None:
        return nearest_line(self.canvas, at.y(), self._heads.bottom, self._heads.top)

    # --- painting -----------------------------------------------------------------------------------------------------

    def paint_over(self, painter: QPainter) -> None:
        """Paint the proposal and the lines."""
        canvas, heads = self.canvas, self._heads
        if (proposed := heads.proposed) is not None:
            painter.setPen(QPen(QColor(OTHER_LINE), 1, Qt.PenStyle.DashLine))
            for y in (proposed.bottom, proposed.top):
                painter.drawLine(QPointF(0, canvas.pixel_y(y)), QPointF(self.width(), canvas.pixel_y(y)))
        self._paint_line(
            painter, canvas.pixel_y(heads.top), TOP_COLOR, f"{tr('Top of the skull')}  {heads.top:.3f}", -1
        )
        self._paint_line(painter, canvas.pixel_y(heads.bottom), CHIN_COLOR, f"{tr('Chin')}  {heads.bottom:.3f}", 1)
        if self._view.yaw:
            painter.setPen(QColor(colors().text))
            painter.drawText(self.rect().adjusted(12, 10, -12, -10), Qt.AlignmentFlag.AlignRight, tr("side view"))

    def _paint_line(self, painter: QPainter, y: float, color: str, text: str, side: int) -> None:
        painter.setPen(QPen(QColor(color), 2))
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(text) + 16, metrics.height() + 6
        box = QRectF(10, y - height - 3 if side < 0 else y + 3, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
