"""The window of ``mmdgen review``: what keys and mouse do to the sitting, and what is drawn when."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from annotator import keys, previews
from annotator.edits import REASONS
from annotator.gallery import Gallery
from annotator.prefetch import Ahead
from annotator.previews import Preview
from annotator.review import FILTERS, Review
from annotator.translation import Translation, tr
from annotator.window import Window

REST = 5  # milliseconds between pieces of work ahead, for keys to come through
POLL = 300  # milliseconds between looks at what the survey found
WORDS = {"todo": "to review", "done": "kept"}  # of states, where they are named otherwise than for annotating


class ReviewWindow(Window):
    """Keeps, sends back and rejects. ``review`` and ``ahead`` are whoever's made them."""

    NAME = "review"
    FINISHED = ("done", "rejected", "sent back")
    read = Signal()  # from the reading thread
    drawn = Signal()  # all pictures of the page are there

    def __init__(self, review: Review, ahead: Ahead[Preview], translation: Translation) -> None:
        super().__init__(review.session, translation, keys.REVIEW_MOUSE)
        self.review, self._ahead = review, ahead
        self.gallery = Gallery(review)
        self.search, self.filter = QLineEdit(clearButtonEnabled=True), QComboBox()
        self._page, self._notes = QLabel(), QLabel()
        self._build()
        self._pieces: Iterator[None] = iter(())
        self._idler = QTimer(self, singleShot=True, interval=REST)
        self._idler.timeout.connect(self._idle)
        self._survey_timer = QTimer(self, interval=POLL)
        self._survey_timer.timeout.connect(self._surveyed)
        self._survey_timer.start()
        self.read.connect(self._arrived)
        self.translate()

    def _build(self) -> None:
        self.search.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.search.setMaximumWidth(360)
        self.filter.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.filter.addItems(list(FILTERS))
        top = QHBoxLayout()
        for widget in (self.search, self.filter):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self._page)
        self._notes.setWordWrap(True)
        self._notes.setTextFormat(Qt.TextFormat.PlainText)
        self._notes.setFixedHeight(3 * self._notes.fontMetrics().lineSpacing() + 4)
        self._notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(8, 8, 8, 4)
        layout.addLayout(top)
        layout.addWidget(self.gallery, 1)
        layout.addWidget(self._notes)
        self.setCentralWidget(middle)
        self.search.textChanged.connect(self._refilter)
        self.search.returnPressed.connect(self.setFocus)
        self.filter.currentIndexChanged.connect(self._refilter)
        self.gallery.picked.connect(self.go)
        self.gallery.opened.connect(self._opened)
        self.gallery.turned.connect(lambda by: self._move(lambda: self.review.turn(by)))

    # --- which models -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Show the page of the first model that is to review, and look at all others in the background."""
        self.session.begin()
        self.session.survey()
        self.go(self.session.cursor)
        if self.review.unscanned:
            self.say(tr("{} models not scanned: mmdgen scan finds those alike").format(self.review.unscanned))

    def go(self, index: int) -> None:
        """Put the cursor on a model, and show its page."""
        if index not in self.review.among:
            self.search.clear()
            self.filter.setCurrentIndex(0)
        self.session.cursor = index
        self.show_page()

    def show_page(self) -> None:
        """Show the page of the cursor, and have drawn what is not there yet."""
        for index in self.review.page:
            self.session.look(index)
        self._ahead.want(self.review.wanted())
        self.refresh()
        self.repaint_all()
        self.setWindowTitle(f"{self.session.current.name} – mmdgen review")
        self._work()

    def _move(self, step: Callable[[], object]) -> None:
        step()
        self.show_page()

    def _arrived(self) -> None:
        if self._ahead.poll():
            self.refresh()
            self.repaint_all()
            self._work()

    def _work(self) -> None:
        """Begin to scale pictures while nobody waits; tell when the page is whole."""
        self._pieces = self.gallery.prepare()
        self._idler.start()
        if all(self.review.preview(index) is not None for index in self.review.page):
            self.drawn.emit()

    def _idle(self) -> None:
        for _ in self._pieces:
            self._idler.start()
            return

    def _surveyed(self) -> None:
        if self.session.poll():
            self.gallery.update()
            self.show_progress()

    def _refilter(self) -> None:
        self.review.look_for(self.search.text(), FILTERS[max(self.filter.currentIndex(), 0)])
        self.show_page()

    def _opened(self, index: int) -> None:
        self.go(index)
        self._do_enlarge()

    # --- commands -----------------------------------------------------------------------------------------------------

    def _do_keep(self) -> None:
        if self.attempt(self.review.keep):
            self._advance()

    def _do_page(self) -> None:
        counts: list[tuple[int, int]] = []
        if self.attempt(lambda: counts.append(self.review.keep_page())):
            kept, left = counts[0]
            self._advance(left=left)
            text = tr("{} kept").format(kept)
            self.say(f"{text}; {tr('{} of this page need a word each').format(left)}" if left else text)

    def _do_heads(self) -> None:
        self._send_back("heads")

    def _do_morphs(self) -> None:
        self._send_back("morphs")

    def _send_back(self, part: str) -> None:
        back: list[bool] = []
        if self.attempt(lambda: back.append(self.review.send_back(part))) and back[0]:
            self._advance()

    def _do_reject(self) -> None:
        def reject(number: int) -> None:
            if self.attempt(lambda: self.review.reject(REASONS[number])):
                self._advance()

        self.ask(tr("Reject because"), [tr(reason) for reason in REASONS], reject)

    def _do_unjudge(self) -> None:
        self.attempt(self.review.unjudge)

    def _advance(self, left: int = 0) -> None:
        """Go on to the next model to review; with some ``left`` of the page, to the first of them."""
        if left:
            self.session.cursor = next(i for i in self.review.page if self.session.state(i) == "todo")
        elif not self.review.advance():
            self.say(tr("Everything is reviewed"))
        self.show_page()

    def _do_open(self) -> None:
        self._advance()

    def _do_right(self) -> None:
        self._move(lambda: self.review.step(1))

    def _do_left(self) -> None:
        self._move(lambda: self.review.step(-1))

    def _do_down(self) -> None:
        self._move(lambda: self.review.step(1 if self.gallery.enlarged else self.gallery.grid.columns))

    def _do_up(self) -> None:
        self._move(lambda: self.review.step(-1 if self.gallery.enlarged else -self.gallery.grid.columns))

    def _do_later(self) -> None:
        self._move(lambda: self.review.turn(1))

    def _do_earlier(self) -> None:
        self._move(lambda: self.review.turn(-1))

    def _do_find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _do_filter(self) -> None:
        self.filter.setCurrentIndex((self.filter.currentIndex() + 1) % self.filter.count())

    def _do_enlarge(self) -> None:
        self.gallery.enlarged = not self.gallery.enlarged
        self.gallery.update()

    def _do_more(self) -> None:
        self._move(lambda: self.gallery.widen(1))

    def _do_fewer(self) -> None:
        self._move(lambda: self.gallery.widen(-1))

    def _do_redraw(self) -> None:
        previews.forget(self.session.current.path, self.session.current.store)
        self._ahead.again(self.session.current.path)
        self.repaint_all()

    def _do_away(self) -> None:
        if not self.overlay.isVisible():
            self.gallery.enlarged = False
        super()._do_away()
        self.gallery.update()

    # --- what is said -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is known of the model under the cursor, and the progress."""
        super().refresh()
        page, pages = self.review.pages
        self._page.setText(tr("page {} of {}").format(page, pages))
        self._notes.setText("\n".join(self._lines()) if self.review.page else "")

    def _lines(self) -> list[str]:
        index = self.session.cursor
        entry, preview = self.session.entries[index], self.review.preview(index)
        entries = self.session.entries
        kin = [f"≈ {entries[other].name}: {how}" for other, how in self.review.kin(index)]
        reasons = list(preview.reasons) if preview else []
        warnings = (
            [text.rpartition(": ")[2] if len(text) > 160 else text for text in preview.warnings] if preview else []
        )
        return [f"{entry.name}  –  {self.gallery.said(index)}", "   ".join([*reasons, *kin]), "   ".join(warnings)]

    def repaint_all(self) -> None:
        """Have the page painted anew."""
        self.gallery.update()

    def translate(self) -> None:
        """Say everything in the language of the window."""
        super().translate()
        self.search.setPlaceholderText(f"{tr('Search names')}  (/)")
        for at, word in enumerate(FILTERS):
            self.filter.setItemText(at, tr(WORDS.get(word, word)))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop what runs in the background; every decision is on disk."""
        for timer in (self._idler, self._survey_timer):
            timer.stop()
        super().closeEvent(event)
