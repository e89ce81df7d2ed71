"""The queue: thumbnails, names and states of the models, with a search field and a filter."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from annotator import thumbnails
from annotator.edits import STATES, State
from annotator.session import Session
from annotator.theme import STATE_COLORS, colors
from annotator.translation import tr
from mmdgen.model import U1

ROW, THUMBNAIL, GAP = 56, 48, 8  # pixels
PIXMAPS = 400  # thumbnails held; the others are read again
Index = QModelIndex | QPersistentModelIndex


class QueueModel(QAbstractListModel):
    """The entries that match the search and the filter; ``rows`` are their numbers."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._pixmaps: dict[str, QPixmap | None] = {}
        self.rows = session.matching()

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 - Qt's name
        """Return how many entries are shown."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return an entry's name, or its path for the tooltip."""
        entry = self._session.entries[self.rows[index.row()]]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        return (entry.problem or str(entry.path)) if role == Qt.ItemDataRole.ToolTipRole else None

    def show(self, text: str, states: tuple[State, ...]) -> None:
        """Show other entries."""
        self.beginResetModel()
        self.rows = self._session.matching(text, states)
        self.endResetModel()

    def thumbnail(self, number: int) -> QPixmap | None:
        """Return an entry's thumbnail, None while there is none."""
        entry = self._session.entries[number]
        if entry.sha256 is None:
            return None
        if entry.sha256 not in self._pixmaps:
            self._keep(entry.sha256, thumbnails.kept(entry.store, entry.sha256))
        return self._pixmaps[entry.sha256]

    def take(self, number: int, picture: U1) -> None:
        """Take an entry's dataset picture for its thumbnail."""
        entry = self._session.entries[number]
        if entry.sha256 is not None:
            small = thumbnails.small(picture)
            thumbnails.keep(entry.store, entry.sha256, small)
            self._keep(entry.sha256, small)

    def _keep(self, sha256: str, picture: U1 | None) -> None:
        pixmap = None
        if picture is not None:
            side = thumbnails.SIDE
            image = QImage(picture.tobytes(), side, side, 4 * side, QImage.Format.Format_RGBA8888)
            pixmap = QPixmap.fromImage(image)
        self._pixmaps.pop(sha256, None)
        self._pixmaps[sha256] = pixmap
        while len(self._pixmaps) > PIXMAPS:
            self._pixmaps.pop(next(iter(self._pixmaps)))

    def state(self, number: int) -> tuple[State, bool]:
        """Return an entry's state, and whether something is wrong with it."""
        return self._session.state(number), bool(self._session.entries[number].problem)


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802, ARG002
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, QueueModel)
        number = model.rows[index.row()]
        area: QRect = option.rect
        current = bool(option.state & QStyle.StateFlag.State_Selected)
        c = colors()
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if current:
            painter.fillRect(area, QColor(c.chosen))
        place = QRect(area.x() + 4, area.y() + (ROW - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)
        painter.fillRect(place, QColor(c.stage))
        if (pixmap := model.thumbnail(number)) is not None:
            painter.drawPixmap(place, pixmap)
        text = area.adjusted(THUMBNAIL + 4 + GAP, 6, -GAP, -6)
        painter.setPen(QColor("#ffffff" if current else c.text))
        name = painter.fontMetrics().elidedText(
            str(index.data()).rpartition("/")[2], Qt.TextElideMode.ElideMiddle, text.width()
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, name)
        self._paint_state(painter, text, *model.state(number), current=current)
        painter.restore()

    def _paint_state(self, painter: QPainter, text: QRect, state: State, wrong: bool, *, current: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(STATE_COLORS[state]))
        dot = QRect(text.x(), text.bottom() - 12, 9, 9)
        if current:
            painter.setPen(QColor("#ffffff"))
        painter.drawEllipse(dot)
        painter.setPen(QColor("#ffffff" if current else colors().dim))
        words = tr(state) + (" ⚠" if wrong else "")
        painter.drawText(text.adjusted(16, 0, 0, 2), Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, words)


class QueuePanel(QWidget):
    """``chosen`` tells which entry was clicked; ``left`` that the search is over and the window has the keys again."""

    chosen = Signal(int)
    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.model = QueueModel(session)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.filter = QComboBox()
        self.filter.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.filter.addItems(["", *STATES])
        self.list = QListView(uniformItemSizes=True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        for widget in (self.search, self.filter, self.list):
            layout.addWidget(widget)
        self.search.textChanged.connect(self.refilter)
        self.search.returnPressed.connect(self.left)
        self.filter.currentIndexChanged.connect(self.refilter)
        self.list.clicked.connect(lambda index: self.chosen.emit(self.model.rows[index.row()]))
        self.setMinimumWidth(220)
        self.translate()

    def translate(self) -> None:
        """Say everything in the language of the window."""
        self.search.setPlaceholderText(f"{tr('Search names')}  (/)")
        for at, word in enumerate(("all", *STATES)):
            self.filter.setItemText(at, tr(word))

    def refilter(self) -> None:
        """Show what the search and the filter ask for now."""
        at = self.filter.currentIndex()
        self.model.show(self.search.text(), STATES[at - 1 : at] if at > 0 else ())
        self.mark()

    def next_filter(self) -> None:
        """Show the next state only, after the last all again."""
        self.filter.setCurrentIndex((self.filter.currentIndex() + 1) % self.filter.count())

    @property
    def among(self) -> list[int] | None:
        """The entries to move among; None for all."""
        return self.model.rows if self.search.text() or self.filter.currentIndex() > 0 else None

    def mark(self) -> None:
        """Mark the current entry and repaint the states."""
        rows = self.model.rows
        if self._session.cursor in rows:
            index = self.model.index(rows.index(self._session.cursor))
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)
        else:
            self.list.clearSelection()
        self.list.viewport().update()
