"""The pages of ``review``: a card for each model, or one model enlarged with those that are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from annotator.edits import State
from annotator.previews import SHOTS, SIDE, Preview
from annotator.review import Review
from annotator.theme import STATE_COLORS, colors
from annotator.translation import tr

ON_CARD = 7  # shots: those that the others follow from are only shown enlarged
COLUMNS, ROWS = 5, 2  # of cells on a card: the first shot fills two by two
NARROWEST = 440  # pixels of a card when the window opens
GAP, PAD, LINE = 10, 6, 19  # pixels between cards, inside them, of a line of text
HELD = 128 << 20  # bytes of scaled pictures
FAMILY_COLORS = ("#d0709a", "#c98a2b", "#4f9f8f", "#7f7fd6", "#9a9a3c")
LARGE = ((2, 0), (3, 0), (0, 2), (1, 2), (2, 2), (3, 2), (2, 1), (3, 1))  # cells of the shots after the first
Scaled = tuple[QImage, QImage]


@dataclass(frozen=True)
class Grid:
    """How cards lie: ``columns`` by ``rows`` of ``width`` by ``height`` pixels, with square cells of ``cell``."""

    columns: int
    rows: int
    width: int
    height: int
    cell: int

    @staticmethod
    def of(width: int, height: int, columns: int) -> Grid:
        """Return the grid of so many columns that fits; cells are a little smaller where that makes room for a row."""
        card = max((width - GAP) // columns - GAP, 60)
        cell = (card - 2 * PAD) // COLUMNS
        beside = 2 * LINE + 2 * PAD + 2  # a card's height but for its cells
        rows = max(round((height - GAP) / (ROWS * cell + beside + GAP)), 1)
        cell = max(min(cell, ((height - GAP) // rows - GAP - beside) // ROWS), 8)
        return Grid(columns, rows, card, ROWS * cell + beside, cell)

    def card(self, place: int) -> QRect:
        """Return where a card lies, by its place on the page."""
        row, column = divmod(place, self.columns)
        return QRect(GAP + column * (self.width + GAP), GAP + row * (self.height + GAP), self.width, self.height)


class Gallery(QWidget):
    """Shows what ``review`` holds. ``picked`` and ``opened`` tell of clicks on a model, ``turned`` of the wheel."""

    picked = Signal(int)
    opened = Signal(int)
    turned = Signal(int)

    def __init__(self, review: Review) -> None:
        super().__init__()
        self._review = review
        self.enlarged = False
        self._columns = 0  # 0: as many as are wide enough
        self._scaled: dict[tuple[Preview, int], Scaled] = {}
        self.setMinimumSize(480, 320)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def grid(self) -> Grid:
        """How cards lie now."""
        most = max(self.width() // NARROWEST, 1)
        grids = [Grid.of(self.width(), self.height(), columns) for columns in range(1, most + 1)]
        room = (grid for grid in grids if grid.columns * grid.rows >= len(self._review.among))
        return self._grid(self._columns) if self._columns else next(room, grids[-1])

    def _grid(self, columns: int) -> Grid:
        return Grid.of(self.width(), self.height(), columns)

    def widen(self, by: int) -> None:
        """Show so many columns more."""
        self._columns = min(max(self.grid.columns + by, 1), 8)
        self.lay_out()

    def lay_out(self) -> None:
        """Tell the review how many models a page has."""
        grid = self.grid
        self._review.per_page = grid.columns * grid.rows
        self.update()

    def prepare(self) -> Iterator[None]:
        """Scale pictures of the page and of the next, one model at every step."""
        review, cell = self._review, self.grid.cell
        page = review.page
        after = review.among[review.among.index(page[-1]) + 1 :][: review.per_page] if page else []
        for index in (*page, *after):
            preview = review.preview(index)
            if preview is not None and preview.strip and (preview, cell) not in self._scaled:
                yield self._pictures(preview, cell) and None

    # --- events -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, ARG002 - Qt's name
        """Lay cards out anew."""
        self.lay_out()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go to a model."""
        if (index := self._at(event.position())) is not None:
            self.picked.emit(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Enlarge a model, or show the page again."""
        index = self._review.session.cursor if self.enlarged else self._at(event.position())
        if index is not None:
            self.opened.emit(index)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Turn pages."""
        if event.angleDelta().y():
            self.turned.emit(-1 if event.angleDelta().y() > 0 else 1)

    def _at(self, where: QPointF) -> int | None:
        if self.enlarged:
            return None
        grid = self.grid
        for place, index in enumerate(self._review.page):
            if grid.card(place).contains(where.toPoint()):
                return index
        return None

    # --- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint the page, or one model."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(colors().ground))
        page = self._review.page
        if not page:
            painter.setPen(QColor(colors().dim))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("No model matches"))
        elif self.enlarged:
            self._paint_enlarged(painter)
        else:
            self._paint_families(painter, page)
            for place, index in enumerate(page):
                self._paint_card(painter, self.grid.card(place), index)

    def _paint_families(self, painter: QPainter, page: list[int]) -> None:
        """Paint a ground behind relatives that reaches from one to the next."""
        grid = self.grid
        painter.setPen(Qt.PenStyle.NoPen)
        for place, index in enumerate(page):
            if not self._review.kin(index):
                continue
            area = grid.card(place).adjusted(-5, -5, 5, 5)
            following = page[place + 1] if place + 1 < len(page) else None
            joined = following is not None and (place + 1) % grid.columns and self._review.relatives(index, following)
            if joined:
                area.setRight(area.right() + GAP)
            painter.setBrush(QColor(FAMILY_COLORS[self._review.family(index) % len(FAMILY_COLORS)]))
            painter.drawRoundedRect(area, 8, 8)

    def _paint_card(self, painter: QPainter, area: QRect, index: int) -> None:
        review, c = self._review, colors()
        preview, state = review.preview(index), review.session.state(index)
        current = index == review.session.cursor
        painter.setPen(QPen(QColor(c.accent), 4) if current else QPen(QColor(c.dim), 1))
        painter.setBrush(QColor(c.base))
        painter.drawRoundedRect(QRectF(area), 6, 6)
        inner = area.adjusted(PAD, PAD, -PAD, -PAD)
        cell = self.grid.cell
        painter.fillRect(QRect(inner.x(), inner.y(), inner.width(), ROWS * cell), QColor(c.stage))
        ground = QRect(inner.x() + (inner.width() - COLUMNS * cell) // 2, inner.y(), COLUMNS * cell, ROWS * cell)
        if preview is None:
            self._write(painter, ground, tr("drawing…"), c.dim, Qt.AlignmentFlag.AlignCenter)
        else:
            self._paint_pictures(painter, ground, preview, cell)
        if state != "todo":
            self._badge(painter, ground, self.said(index), STATE_COLORS[state], state)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        line = QRect(inner.x(), ground.bottom() + 2, inner.width(), LINE)
        self._write(painter, line, review.session.entries[index].name.rpartition("/")[2], c.text, left, one=True)
        self._write(painter, line.translated(0, LINE), *self._told(index, preview), left, one=True)

    def _paint_pictures(self, painter: QPainter, ground: QRect, preview: Preview, cell: int) -> None:
        if preview.strip:
            first, strip = self._pictures(preview, cell)
            painter.drawImage(
                QRect(ground.topLeft(), ground.topLeft()).adjusted(0, 0, 2 * cell - 1, 2 * cell - 1), first
            )
            device = strip.height()
            for number in range(1, min(ON_CARD, strip.width() // device)):
                row, column = divmod(number - 1, COLUMNS - 2)
                place = QRect(ground.x() + (column + 2) * cell, ground.y() + row * cell, cell, cell)
                painter.drawImage(place, strip, QRect(number * device, 0, device, device))
        if preview.readiness in ("lacking", "unreadable"):
            start = 2 * cell + PAD if preview.strip else PAD
            area = ground.adjusted(start, PAD, -PAD, -PAD)
            self._write(painter, area, "\n".join(preview.reasons), STATE_COLORS["rejected"], Qt.AlignmentFlag.AlignLeft)

    def _told(self, index: int, preview: Preview | None) -> tuple[str, str]:
        """Return a card's second line and its colour: what keeps the model back, else whom it is like."""
        if preview is not None and preview.readiness == "unsure":
            return "? " + "; ".join(preview.reasons), STATE_COLORS["flagged"]
        kin = self._review.kin(index)
        if kin:
            other, how = kin[0]
            name = self._review.session.entries[other].name.rpartition("/")[2]
            return f"≈ {name}: {how}", FAMILY_COLORS[self._review.family(index) % len(FAMILY_COLORS)]
        folder = self._review.session.entries[index].name.rpartition("/")[0]
        return folder, colors().dim

    def said(self, index: int) -> str:
        """Return what was decided about a model, in words."""
        state, stored = self._review.session.state(index), self._review.session.annotation(index)
        if stored is not None and state == "rejected":
            return tr("Rejected: {}").format(tr(stored.reason))
        if stored is not None and state == "sent back":
            return tr("Sent back: {}").format(", ".join(tr(f"{part} again") for part in stored.sent_back))
        return tr({"done": "kept", "todo": "to review"}.get(state, state))

    def _badge(self, painter: QPainter, ground: QRect, text: str, color: str, state: State) -> None:
        if state == "rejected":
            wash = QColor(colors().base)
            wash.setAlpha(190)
            painter.fillRect(ground, wash)
        width = painter.fontMetrics().horizontalAdvance(text) + 14
        box = QRectF(ground.x() + 4, ground.bottom() - LINE - 4, min(width, ground.width() - 8), LINE + 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(box, 4, 4)
        self._write(painter, box.toRect(), text, "#ffffff", Qt.AlignmentFlag.AlignCenter, one=True)

    def _paint_enlarged(self, painter: QPainter) -> None:
        review, index, c = self._review, self._review.session.cursor, colors()
        preview = review.preview(index)
        kin = review.kin(index)
        side = self.width() // 5 if kin else 0
        cell = min((self.width() - side - 2 * GAP) // 4, (self.height() - 2 * GAP) // 3)
        ground = QRect((self.width() - side - 4 * cell) // 2, (self.height() - 3 * cell) // 2, 4 * cell, 3 * cell)
        painter.fillRect(ground, QColor(c.stage))
        if preview is None:
            self._write(painter, ground, tr("drawing…"), c.dim, Qt.AlignmentFlag.AlignCenter)
        elif preview.strip:
            first, strip = self._pictures(preview, cell)
            painter.drawImage(QRect(ground.x(), ground.y(), 2 * cell, 2 * cell), first)
            device = strip.height()
            names = list(SHOTS)
            for number, (column, row) in enumerate(LARGE[: strip.width() // device - 1], 1):
                place = QRect(ground.x() + column * cell, ground.y() + row * cell, cell, cell)
                painter.drawImage(place, strip, QRect(number * device, 0, device, device))
                self._write(painter, place.adjusted(4, 2, -4, -2), tr(names[number]), c.dim, _TOP, one=True)
        if preview is not None and preview.reasons:
            area = ground.adjusted(2 * cell + PAD, PAD, -PAD, -PAD) if preview.readiness != "unsure" else ground
            color = STATE_COLORS["flagged" if preview.readiness == "unsure" else "rejected"]
            bottom = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            self._write(painter, area, "\n".join(preview.reasons), color, bottom)
        if (state := review.session.state(index)) != "todo":
            self._badge(painter, ground, self.said(index), STATE_COLORS[state], "done")
        if kin:
            self._paint_kin(painter, QRect(self.width() - side, GAP, side - GAP, self.height() - 2 * GAP), kin)

    def _paint_kin(self, painter: QPainter, area: QRect, kin: tuple[tuple[int, str], ...]) -> None:
        """Paint the first pictures of those that are alike, one below the other."""
        side = min(area.width(), area.height() // min(len(kin), 3) - 3 * LINE)
        top = area.y()
        for other, how in kin:
            if top + side > area.bottom():
                break
            place = QRect(area.x(), top, side, side)
            painter.fillRect(place, QColor(colors().stage))
            preview = self._review.preview(other)
            if preview is not None and preview.strip:
                painter.drawImage(place, self._pictures(preview, side // 2)[0])
            if (state := self._review.session.state(other)) != "todo":
                self._badge(painter, place, self.said(other), STATE_COLORS[state], "done")
            line = QRect(area.x(), top + side, area.width(), LINE)
            name = self._review.session.entries[other].name.rpartition("/")[2]
            self._write(painter, line, name, colors().text, Qt.AlignmentFlag.AlignLeft, one=True)
            self._write(painter, line.translated(0, LINE), how, colors().dim, Qt.AlignmentFlag.AlignLeft, one=True)
            top += side + 3 * LINE

    def _write(
        self, painter: QPainter, area: QRect, text: str, color: str, flags: Qt.AlignmentFlag, *, one: bool = False
    ) -> None:
        painter.setPen(QColor(color))
        if one:
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
            painter.drawText(area, flags, text)
        else:
            painter.drawText(area, flags | Qt.TextFlag.TextWrapAnywhere, text)

    def _pictures(self, preview: Preview, cell: int) -> Scaled:
        """Return the first shot two cells wide and the strip one cell high, in the screen's own pixels."""
        key = (preview, cell)
        found = self._scaled.pop(key, None)
        if found is None:
            ratio = self.devicePixelRatioF()
            strip = decoded(preview.strip)
            smooth = Qt.TransformationMode.SmoothTransformation
            device = max(round(cell * ratio), 1)
            shots = max(strip.width() // SIDE, 1)
            keep = Qt.AspectRatioMode.IgnoreAspectRatio
            first = strip.copy(0, 0, SIDE, SIDE).scaled(2 * device, 2 * device, keep, smooth)
            found = first, strip.scaled(shots * device, device, keep, smooth)
        self._scaled[key] = found  # the newest last
        held = sum(image.sizeInBytes() for images in self._scaled.values() for image in images)
        while held > HELD and len(self._scaled) > 1:
            held -= sum(image.sizeInBytes() for image in self._scaled.pop(next(iter(self._scaled))))
        return found


_TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


def decoded(strip: bytes) -> QImage:
    """Return a strip as a premultiplied picture; an empty one where it is damaged."""
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(strip)) as image:
            data, (width, height) = image.convert("RGBA").tobytes(), image.size
    except (OSError, ValueError, SyntaxError):
        return QImage(SIDE, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    picture = QImage(data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
