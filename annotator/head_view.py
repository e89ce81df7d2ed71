"""The large picture of ``annotate-head``: the model from the front, with two lines to drag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import pi

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from annotator.heads import Heads
from annotator.picking import Canvas, Line, nearest_line, snapped
from annotator.stage import Stage, base_framing, drawn_size
from annotator.theme import CHIN_COLOR, OTHER_LINE, TOP_COLOR, colors
from annotator.translation import tr
from mmdgen.errors import RenderError
from mmdgen.model import U1
from mmdgen.space import Framing
from mmdgen.viewer.view import View

FINE, COARSE = 4, 1  # samples a pixel: at rest, and while something moves
SETTLED = 400  # milliseconds without movement after which the picture is drawn finely
WHEEL = 1.2  # enlargement by a wheel's notch
SIDEWAYS = -pi / 2  # the character looks to the left


class HeadView(QWidget):
    """Shows what ``heads`` holds. ``moving`` tells of lines being dragged, ``moved`` of lines that were let go."""

    moving = Signal()
    moved = Signal()

    def __init__(self, heads: Heads, stage: Stage) -> None:
        super().__init__()
        self._heads, self._stage = heads, stage
        self._view, self._base = View(), Framing(0, 1, 0, -1, 1)
        self._image: QImage | None = None
        self._message = ""
        self._dragged: Line | None = None
        self._panned: QPointF | None = None
        self._settle = QTimer(self, singleShot=True, interval=SETTLED)
        self._settle.timeout.connect(self._refine)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 320)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_model(self) -> None:
        """Show the model that ``heads`` holds now, from the front."""
        self._dragged = self._panned = None
        self._view = View()
        if self._heads.ready:
            self._base = self.first_frame(self._heads)
        self.redraw()

    @staticmethod
    def first_frame(heads: Heads) -> Framing:
        """Return the frame that a model is first shown in."""
        assert heads.loaded is not None
        return base_framing(heads.loaded, heads.known_range)

    def stop(self) -> None:
        """Draw nothing any more: the stage goes."""
        self._settle.stop()

    def prepare(self, heads: Heads) -> None:
        """Have the picture drawn that will be shown first of another model."""
        assert heads.loaded is not None
        reach, size = self._reach_and_size()
        self._stage.view(heads.loaded, self.first_frame(heads), View(), reach, size, FINE)

    # --- pictures -----------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw the picture anew: finely if it is known already, else coarsely now and finely later."""
        self._image, self._message = None, ""
        self._settle.stop()
        loaded = self._heads.loaded
        if self._heads.ready and loaded is not None:
            reach, size = self._reach_and_size()
            asked = (loaded, self._base, self._view, reach, size)
            fine = self._stage.has_view(*asked, FINE)
            self._show(lambda: self._stage.view(*asked, FINE if fine else COARSE))
            if not fine:
                self._settle.start()
        self.update()

    def _refine(self) -> None:
        loaded = self._heads.loaded
        if self._heads.ready and loaded is not None:
            reach, size = self._reach_and_size()
            self._show(lambda: self._stage.view(loaded, self._base, self._view, reach, size, FINE))
            self.update()

    def _show(self, draw: Callable[[], U1]) -> None:
        try:
            picture = draw()
        except RenderError as error:
            self._message = str(error)
            return
        size = len(picture)
        self._image = QImage(picture.tobytes(), size, size, 4 * size, QImage.Format.Format_RGBA8888).copy()

    def _reach_and_size(self) -> tuple[float, int]:
        """Return how far the picture reaches beyond the frame, which fills the shorter side; and the picture's size."""
        long, short = max(self.width(), self.height()), min(self.width(), self.height())
        return long / max(short, 1), drawn_size(long * self.devicePixelRatioF())

    @property
    def canvas(self) -> Canvas:
        """What lies where on the widget."""
        reach, _ = self._reach_and_size()
        return Canvas.of(self.width(), self.height(), self._view.framing(self._base, reach))

    # --- camera -------------------------------------------------------------------------------------------------------

    def zoom(self, factor: float) -> None:
        """Enlarge about the middle."""
        self._look(self._view.zoomed(factor))

    def fit(self) -> None:
        """Show the head as at first."""
        self._look(replace(View(), yaw=self._view.yaw))

    def turn(self) -> None:
        """Look from the side, or from the front again."""
        self._look(replace(self._view, yaw=0.0 if self._view.yaw else SIDEWAYS))

    def _look(self, view: View) -> None:
        self._view = view
        self.redraw()

    def _place(self, at: QPointF) -> tuple[float, float]:
        """Return a place right and up from the middle, in halves of the shorter side."""
        half = min(self.width(), self.height()) / 2
        return (at.x() - self.width() / 2) / half, (self.height() / 2 - at.y()) / half

    # --- events -------------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom about the pointer."""
        if self._heads.ready:
            self._look(self._view.zoomed(WHEEL ** (event.angleDelta().y() / 120), *self._place(event.position())))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take a line, or the view."""
        if not self._heads.ready:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = self._line_at(event.position())
        if self._dragged is None:
            self._panned = event.position()

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
        elif self._panned is not None:
            (x0, y0), (x1, y1) = self._place(self._panned), self._place(event.position())
            self._panned = event.position()
            self._look(self._view.panned(x1 - x0, y1 - y0))
        elif self._heads.ready:
            over = self._line_at(event.position())
            self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, ARG002
        """Let go."""
        dragged, self._dragged, self._panned = self._dragged, None, None
        if dragged is not None:
            self.moved.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Fit the head, unless a line was meant."""
        if self._heads.ready and self._line_at(event.position()) is None:
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, ARG002
        """Draw for the new size."""
        self.redraw()

    def _line_at(self, at: QPointF) -> Line | None:
        return nearest_line(self.canvas, at.y(), self._heads.bottom, self._heads.top)

    # --- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint the picture, the proposal and the lines."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(colors().stage))
        if self._image is None:
            self._paint_message(painter)
            return
        side = max(self.width(), self.height())
        painter.drawImage(QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side), self._image)
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

    def _paint_message(self, painter: QPainter) -> None:
        problem = self._message or self._heads.problem
        painter.setPen(QColor(colors().text))
        area = self.rect().adjusted(40, 40, -40, -40)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWrapAnywhere
        text = tr("reading…")
        if problem:
            advice = tr("Reject it ({}), or go on ({})").format("X", "→")
            text = f"{tr('This model cannot be shown')}\n\n{problem}\n\n{advice}"
        painter.drawText(area, flags, text)
