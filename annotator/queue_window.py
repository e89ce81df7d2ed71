"""A window that goes through the queue, one model after the other, with the next ones prepared ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from annotator.edits import REASONS
from annotator.prefetch import Prefetch
from annotator.queue_panel import QueuePanel
from annotator.reading import Loaded
from annotator.session import Session
from annotator.stage import Stage
from annotator.translation import Translation, tr
from annotator.window import Window
from annotator.work import Work
from mmdgen.errors import MmdgenError

REST = 15  # milliseconds between pieces of work ahead, for keys to come through
POLL = 300  # milliseconds between looks at what the survey found


class QueueWindow(Window):
    """Session, prefetch and stage are whoever's made them. ``shown`` tells of a new model.

    Those that inherit give ``work``, lay out their widgets by ``place``, and say what ``show_model``, ``paint_now`` and
    ``pieces`` are.
    """

    shown = Signal(int)
    read = Signal()  # from the reading thread

    def __init__(
        self,
        session: Session,
        prefetch: Prefetch,
        stage: Stage,
        translation: Translation,
        mouse: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(session, translation, mouse)
        self._prefetch, self.stage = prefetch, stage
        self.queue = QueuePanel(session)
        self._closed = False  # then what was read comes too late
        self._reading = False  # true while the current model is awaited
        self._pieces: dict[int, Iterator[None]] = {}
        self._idler = QTimer(self, singleShot=True, interval=REST)
        self._idler.timeout.connect(self._idle)
        self._survey_timer = QTimer(self, interval=POLL)
        self._survey_timer.timeout.connect(self._surveyed)
        self._survey_timer.start()
        self.read.connect(self._arrived)
        self.queue.chosen.connect(self.go)
        self.queue.left.connect(self.setFocus)

    @property
    def work(self) -> Work:
        """What is worked on."""
        raise NotImplementedError

    def show_model(self) -> None:
        """Show the model that ``work`` holds now."""
        raise NotImplementedError

    def paint_now(self) -> None:
        """Paint it at once: work ahead would come before what is only asked to be painted."""
        raise NotImplementedError

    def pieces(self, index: int, loaded: Loaded) -> Iterator[None]:
        """Prepare a model that can be shown, the current or the next, a piece at every step."""
        raise NotImplementedError

    def place(self, *widgets: QWidget) -> None:
        """Lay widgets out beside the queue; the first takes what room there is."""
        right = QWidget()
        layout = QHBoxLayout(right)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            layout.addWidget(widget, int(widget is widgets[0]))
        splitter = QSplitter()
        splitter.addWidget(self.queue)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([280, 1000])
        self.setCentralWidget(splitter)

    # --- which model --------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Show the first model that is to do, and look at all others in the background."""
        self.session.begin()
        self.session.survey()
        self.go(self.session.cursor)

    def go(self, index: int) -> None:
        """Show a model."""
        self.session.cursor = index
        self.session.look(index)
        self._want()
        self._show_current()

    def _want(self) -> None:
        ahead = self.session.upcoming(self.queue.among)
        self._prefetch.want([self.session.entries[i].path for i in ahead])

    def _show_current(self) -> None:
        loaded = self._prefetch.get(self.session.current.path)
        self._reading = loaded is None
        self.work.show(loaded)
        self.show_model()
        self.refresh()
        self.queue.mark()
        self.setWindowTitle(f"{self.session.current.name} – mmdgen {self.NAME}")
        if loaded is not None:
            self.paint_now()
            self.shown.emit(self.session.cursor)
        self._idler.start()

    def _arrived(self) -> None:
        if not self._closed and self._prefetch.poll():
            if self._reading and self._prefetch.get(self.session.current.path) is not None:
                self._show_current()
            self._idler.start()

    def _idle(self) -> None:
        """Do one piece of work ahead while nobody waits: what the next model will need, and thumbnails."""
        near = self.session.upcoming(self.queue.among)[:2]
        self._pieces = {index: pieces for index, pieces in self._pieces.items() if index in near}
        for index in near:
            loaded = self._prefetch.get(self.session.entries[index].path)
            if loaded is None or loaded.model is None:
                continue
            pieces = self._pieces.setdefault(index, self.pieces(index, loaded))
            try:
                next(pieces)
            except StopIteration:
                continue
            except MmdgenError:  # said when the model is shown
                pass
            self._idler.start()
            return

    @property
    def busy(self) -> bool:
        """True while there is something to prepare, as far as models are read."""
        return self._idler.isActive()

    def prepare_again(self) -> None:
        """Draw what a change of the current model calls for, while nobody waits."""
        self._pieces.pop(self.session.cursor, None)
        self._idler.start()

    def keep_thumbnail(self, index: int, work: Work) -> None:
        """Draw a model's thumbnail for the queue, where its head is known."""
        if (annotation := work.annotation()) is not None and work.loaded is not None:
            self.queue.model.take(index, self.stage.rest(work.loaded, annotation))
            self.queue.list.viewport().update()

    def _surveyed(self) -> None:
        """Take over what was found out about the queue."""
        if self.session.poll():
            self.queue.list.viewport().update()
            self.show_progress()

    # --- commands -----------------------------------------------------------------------------------------------------

    def _do_reject(self) -> None:
        def reject(number: int) -> None:
            if self.attempt(lambda: self.work.reject(REASONS[number])):
                self.advance()

        self.ask(tr("Reject because"), [tr(reason) for reason in REASONS], reject)

    def _do_flag(self) -> None:
        if self.attempt(self.work.flag) and self.session.state(self.session.cursor) == "flagged":
            self.advance()

    def turned(self) -> None:
        """Take over what undo or redo changed of the model that is shown."""
        self.work.refresh()
        super().turned()

    def advance(self) -> None:
        """Go to the next model that is to do; to the very next where the filter leaves none."""
        among = self.queue.among
        following = self.session.next_open(among)
        if following is None and among is not None:
            following = self.session.step(1, among)
        if following is None or following == self.session.cursor:
            self.say(tr("Everything is decided"))
            self.refresh()
            self.queue.mark()
        else:
            self.go(following)

    def _do_open(self) -> None:
        self.advance()

    def _do_next(self) -> None:
        self.go(self.session.step(1, self.queue.among))

    def _do_previous(self) -> None:
        self.go(self.session.step(-1, self.queue.among))

    def _do_find(self) -> None:
        self.queue.search.setFocus()
        self.queue.search.selectAll()

    def _do_filter(self) -> None:
        self.queue.next_filter()

    def translate(self) -> None:
        """Say everything in the language of the window."""
        super().translate()
        self.queue.translate()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop what runs in the background; every decision is on disk."""
        self._closed = True
        for timer in (self._idler, self._survey_timer):
            timer.stop()
        super().closeEvent(event)
