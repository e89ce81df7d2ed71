"""A large picture of the current model that wheel and mouse move: coarse at once, fine when nothing moves any more."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from annotator.stage import Shot, Stage, drawn_size
from annotator.theme import colors
from annotator.translation import tr
from annotator.work import Work
from mmdgen.errors import RenderError
from mmdgen.space import Framing
from mmdgen.viewer.view import View

FINE, COARSE = 4, 1  # samples a pixel: at rest, and while something moves
SETTLED = 400  # milliseconds without movement after which the picture is drawn finely
WHEEL = 1.2  # enlargement by a wheel's notch


class ModelView(QWidget):
    """Shows what ``work`` holds. Those that inherit say which frame is first, and paint over the picture."""

    def __init__(self, work: Work, stage: Stage) -> None:
        super().__init__()
        self._work, self._stage = work, stage
        self._view, self._base = View(), Framing(0, 1, 0, -1, 1)
        self._image: QImage | None = None
        self._message = ""
        self._panned: QPointF | None = None
        self._settle = QTimer(self, singleShot=True, interval=SETTLED)
        self._settle.timeout.connect(self._refine)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 320)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def first(self, work: Work) -> tuple[Framing, View]:
        """Return the frame that a model is first shown in, and how it is looked at."""
        raise NotImplementedError

    def shot(self, work: Work, base: Framing, view: View) -> Shot:
        """Return what is to be drawn of a model."""
        raise NotImplementedError

    def paint_over(self, painter: QPainter) -> None:
        """Paint what lies over the picture."""

    def show_model(self) -> None:
        """Show the model that is worked on now, from the front."""
        self._panned = None
        self._view = View()
        if self._work.ready:
            self._base, self._view = self.first(self._work)
        self.redraw()

    def stop(self) -> None:
        """Draw nothing any more: the stage goes."""
        self._settle.stop()

    def prepare(self, work: Work) -> None:
        """Have the picture drawn that will be shown first of another model."""
        assert work.loaded is not None
        self._stage.view(work.loaded, self.shot(work, *self.first(work)), FINE)

    # --- pictures -----------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw the picture anew: finely if it is known already, else coarsely now and finely later."""
        self._image, self._message = None, ""
        self._settle.stop()
        loaded = self._work.loaded
        if self._work.ready and loaded is not None:
            fine = self._stage.has_view(loaded, self.shot(self._work, self._base, self._view), FINE)
            self._show(FINE if fine else COARSE)
            if not fine:
                self._settle.start()
        self.update()

    def _refine(self) -> None:
        if self._work.ready:
            self._show(FINE)
            self.update()

    def _show(self, samples: int) -> None:
        loaded = self._work.loaded
        assert loaded is not None
        try:
            picture = self._stage.view(loaded, self.shot(self._work, self._base, self._view), samples)
        except RenderError as error:
            self._message = str(error)
            return
        size = len(picture)
        self._image = QImage(picture.tobytes(), size, size, 4 * size, QImage.Format.Format_RGBA8888).copy()

    def reach_and_size(self) -> tuple[float, int]:
        """Return how far the picture reaches beyond the frame, which fills the shorter side; and the picture's size."""
        long, short = max(self.width(), self.height()), min(self.width(), self.height())
        return long / max(short, 1), drawn_size(long * self.devicePixelRatioF())

    # --- camera -------------------------------------------------------------------------------------------------------

    def zoom(self, factor: float) -> None:
        """Enlarge about the middle."""
        self.look(self._view.zoomed(factor))

    def fit(self) -> None:
        """Show the model as at first."""
        if self._work.ready:
            self.look(self.first(self._work)[1])

    def look(self, view: View) -> None:
        """Look in another way."""
        self._view = view
        self.redraw()

    def _place(self, at: QPointF) -> tuple[float, float]:
        """Return a place right and up from the middle, in halves of the shorter side."""
        half = min(self.width(), self.height()) / 2
        return (at.x() - self.width() / 2) / half, (self.height() / 2 - at.y()) / half

    # --- events -------------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom about the pointer."""
        if self._work.ready:
            self.look(self._view.zoomed(WHEEL ** (event.angleDelta().y() / 120), *self._place(event.position())))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the view."""
        if self._work.ready:
            self._panned = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move the view."""
        if self._panned is not None:
            (x0, y0), (x1, y1) = self._place(self._panned), self._place(event.position())
            self._panned = event.position()
            self.look(self._view.panned(x1 - x0, y1 - y0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, ARG002
        """Let go."""
        self._panned = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802, ARG002
        """Show the model as at first."""
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, ARG002
        """Draw for the new size."""
        self.redraw()

    # --- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint the picture and what lies over it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(colors().stage))
        if self._image is None:
            self._paint_message(painter)
            return
        side = max(self.width(), self.height())
        painter.drawImage(QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side), self._image)
        self.paint_over(painter)

    def _paint_message(self, painter: QPainter) -> None:
        problem = self._message or self._work.problem
        painter.setPen(QColor(colors().text))
        area = self.rect().adjusted(40, 40, -40, -40)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWrapAnywhere
        text = tr("reading…")
        if problem:
            advice = tr("Reject it ({}), or go on ({})").format(*self.advice)
            text = f"{tr('This model cannot be shown')}\n\n{problem}\n\n{advice}"
        painter.drawText(area, flags, text)

    advice: tuple[str, ...] = ("", "")  # keys for rejecting and for going on
