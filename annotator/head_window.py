"""The window of ``mmdgen annotate-head``: what keys and mouse do to the session, and what is drawn when."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QKeyCombination, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QMainWindow, QProgressBar, QSplitter, QWidget

from annotator import keys
from annotator.edits import REASONS
from annotator.head_panel import HeadPanel
from annotator.head_view import HeadView
from annotator.heads import Heads
from annotator.overlay import Overlay
from annotator.prefetch import Prefetch
from annotator.queue_panel import QueuePanel
from annotator.session import Session
from annotator.stage import Stage
from annotator.theme import THEMES, system_theme, use_theme
from annotator.translation import Translation, tr
from annotator.wording import LANGUAGES
from mmdgen.errors import MmdgenError

BY_KEY = keys.by_key(keys.HEAD)
FINE, COARSE = 1, 5  # rows of the dataset's picture
ZOOM = 1.25
TOLD = 6000  # milliseconds that a message stays
REST = 15  # milliseconds between pieces of work ahead, for keys to come through
POLL = 300  # milliseconds between looks at what the survey found


class HeadWindow(QMainWindow):
    """Owns nothing but widgets: session, prefetch and stage are whoever's made them. ``shown`` tells of a new model."""

    shown = Signal(int)
    read = Signal()  # from the reading thread

    def __init__(self, session: Session, prefetch: Prefetch, stage: Stage, translation: Translation) -> None:
        super().__init__()
        self.session, self._prefetch, self._stage, self._translation = session, prefetch, stage, translation
        self.heads = Heads(session)
        self.queue, self.view, self.panel = (
            QueuePanel(session),
            HeadView(self.heads, stage),
            HeadPanel(self.heads, stage),
        )
        self._reading = False  # true while the current model is awaited
        self._asking = False
        self._prepared: dict[int, int] = {}
        self._theme = system_theme()
        self._build()
        self._idler = QTimer(self, singleShot=True, interval=REST)
        self._idler.timeout.connect(self._idle)
        self._survey_timer = QTimer(self, interval=POLL)
        self._survey_timer.timeout.connect(self._surveyed)
        self._survey_timer.start()
        self.read.connect(self._arrived)
        self.translate()

    def _build(self) -> None:
        right = QWidget()
        layout = QHBoxLayout(right)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.panel)
        splitter = QSplitter()
        splitter.addWidget(self.queue)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([280, 1000])
        self.setCentralWidget(splitter)
        self.overlay = Overlay(self)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setFixedSize(160, 10)
        self._status = QLabel()
        self.statusBar().addPermanentWidget(self._status)
        self.statusBar().addPermanentWidget(self._progress)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)  # keys are commands, not letters
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.queue.chosen.connect(self.go)
        self.queue.left.connect(self.setFocus)
        self.view.moving.connect(self.panel.refresh)
        self.view.moved.connect(lambda: self._try(self.heads.place))

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
        self.heads.show(loaded)
        self.view.show_model()
        self.refresh()
        self.queue.mark()
        self.setWindowTitle(f"{self.session.current.name} – mmdgen annotate-head")
        if loaded is not None:
            self.view.repaint()  # at once: work ahead would come before what is only asked to be painted
            self.panel.inset.repaint()
            self.shown.emit(self.session.cursor)
        self._idler.start()

    def _arrived(self) -> None:
        if self._prefetch.poll():
            if self._reading and self._prefetch.get(self.session.current.path) is not None:
                self._show_current()
            self._idler.start()

    def _idle(self) -> None:
        """Do one piece of work ahead while nobody waits: what the next model will need, and thumbnails."""
        near = self.session.upcoming(self.queue.among)[:2]
        self._prepared = {index: step for index, step in self._prepared.items() if index in near}
        if any(self._ahead(index) for index in near):
            self._idler.start()

    def _ahead(self, index: int) -> bool:
        """Do the next piece of work for a model; False when there is none."""
        loaded = self._prefetch.get(self.session.entries[index].path)
        step = self._prepared.get(index, 0)
        if loaded is None or loaded.model is None or step > 2:
            return False
        self._prepared[index] = step + 1
        heads = Heads(self.session, index)
        heads.show(loaded)
        try:
            if step == 0:
                self._stage.prepare(loaded)
            elif step == 1 and index != self.session.cursor:
                self.view.prepare(heads)
            elif step == 2 and (annotation := heads.annotation()) is not None:
                self.queue.model.take(index, self._stage.rest(loaded, annotation))
                self.queue.list.viewport().update()
        except MmdgenError:  # said when the model is shown
            self._prepared[index] = 3
        return True

    def _surveyed(self) -> None:
        """Take over what was found out about the queue."""
        if self.session.poll():
            self.queue.list.viewport().update()
            self._show_progress()

    # --- commands -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Do what the key means."""
        name = key_name(event.keyCombination())
        if self._asking:
            self._answer(name)
        elif name in BY_KEY:
            self.do(BY_KEY[name])
        else:
            super().keyPressEvent(event)

    def do(self, command: str) -> None:
        """Carry out a command of ``keys.HEAD`` by its name."""
        line, steps = command.rstrip("+-"), command.count("+") - command.count("-")
        if line in ("top", "bottom"):
            rows = {1: FINE, 2: COARSE}[abs(steps)] * (1 if steps > 0 else -1)
            self._try(lambda: self.heads.nudge("top" if line == "top" else "bottom", rows))
        elif line == "zoom":
            self.view.zoom(ZOOM**steps)
        else:
            getattr(self, f"_do_{command}")()

    def _try(self, action: Callable[[], object]) -> bool:
        """Do something that may be refused; say why. True when it was done."""
        try:
            action()
        except MmdgenError as error:
            self.say(tr(str(error)))
            return False
        finally:
            self.refresh()
            self.view.update()
        return True

    def _do_accept(self) -> None:
        if self._try(self.heads.accept):
            self._advance()

    def _do_reject(self) -> None:
        self._asking = True
        self.overlay.ask(tr("Reject because"), [tr(reason) for reason in REASONS], tr("Esc: not at all"))

    def _answer(self, name: str) -> None:
        if name == "Esc" or (name.isdigit() and 1 <= int(name) <= len(REASONS)):
            self._asking = False
            self.overlay.hide()
            if name != "Esc" and self._try(lambda: self.heads.reject(REASONS[int(name) - 1])):
                self._advance()

    def _do_flag(self) -> None:
        if self._try(self.heads.flag) and self.session.state(self.session.cursor) == "flagged":
            self._advance()

    def _do_reset(self) -> None:
        self._try(self.heads.reset)

    def _do_undo(self) -> None:
        self._turn(self.session.undo, "Nothing to undo")

    def _do_redo(self) -> None:
        self._turn(self.session.redo, "Nothing to redo")

    def _turn(self, turn: Callable[[], bool], nothing: str) -> None:
        at = self.session.cursor
        done: list[bool] = []
        if self._try(lambda: done.append(turn())) and not done[0]:
            self.say(tr(nothing))
        if self.session.cursor != at:
            self.go(self.session.cursor)
        elif done:
            self.heads.refresh()
            self.refresh()
            self.view.update()

    def _advance(self) -> None:
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
        self._advance()

    def _do_next(self) -> None:
        self.go(self.session.step(1, self.queue.among))

    def _do_previous(self) -> None:
        self.go(self.session.step(-1, self.queue.among))

    def _do_find(self) -> None:
        self.queue.search.setFocus()
        self.queue.search.selectAll()

    def _do_filter(self) -> None:
        self.queue.next_filter()

    def _do_side(self) -> None:
        self.view.turn()

    def _do_fit(self) -> None:
        self.view.fit()

    def _do_theme(self) -> None:
        self.use_theme(THEMES[(THEMES.index(self._theme) + 1) % len(THEMES)])

    def _do_language(self) -> None:
        languages = LANGUAGES.index(self._translation.language) + 1
        self._translation.use(LANGUAGES[languages % len(LANGUAGES)])
        self.translate()

    def _do_help(self) -> None:
        if self.overlay.isVisible():
            self.overlay.hide()
        else:
            self.overlay.show_help(keys.HEAD, keys.HEAD_MOUSE)

    def _do_away(self) -> None:
        self.overlay.hide()
        self.setFocus()

    def _do_quit(self) -> None:
        self.close()

    # --- what is said -------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Show a message for a moment."""
        self.statusBar().showMessage(text, TOLD)

    def refresh(self) -> None:
        """Show the state of the current model and the progress."""
        self.panel.refresh()
        self._show_progress()

    def _show_progress(self) -> None:
        counts, total = self.session.counts(), len(self.session.entries)
        done = counts["done"] + counts["rejected"]
        parts = [tr("{} of {} done").format(done, total)]
        parts += [tr(words).format(n) for words, n in _counted(counts["rejected"], counts["flagged"]) if n]
        if (pace := self.session.pace.per_minute) is not None:
            parts.append(tr("{:.1f} models/min").format(pace))
            left = math.ceil(self.session.pace.minutes(total - done) or 0)
            time = tr("{} h {} min").format(*divmod(left, 60)) if left >= 60 else tr("{} min").format(left)
            parts.append(tr("about {} left").format(time))
        self._status.setText("  ·  ".join(parts))
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(done)

    def use_theme(self, theme: str) -> None:
        """Switch to a theme of THEMES."""
        self._theme = theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        use_theme(app, theme)
        self.overlay.hide()
        self.refresh()
        self.update()

    def translate(self) -> None:
        """Say everything in the language of the window."""
        self.menuBar().clear()
        for title, commands in keys.HEAD.items():
            menu = self.menuBar().addMenu(tr(title))
            for command in commands:
                action = QAction(f"{tr(command.does)}\t{command.keys[0]}", menu)
                action.triggered.connect(lambda _=False, name=command.name: self.do(name))
                menu.addAction(action)
        self.queue.translate()
        self.overlay.hide()
        self.refresh()
        self.view.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep what lies over the window in its middle."""
        super().resizeEvent(event)
        self.overlay.center()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Stop what runs in the background; every decision is on disk."""
        for timer in (self._idler, self._survey_timer):
            timer.stop()
        self.view.stop()
        self.session.close()
        super().closeEvent(event)


def key_name(combination: QKeyCombination) -> str:
    """Return a key as ``keys`` writes it: Shift counts for letters only, for it is how others are typed."""
    key, modifiers = combination.key(), combination.keyboardModifiers()
    modifiers &= ~Qt.KeyboardModifier.KeypadModifier
    letter = Qt.Key.Key_A <= key <= Qt.Key.Key_Z
    if not letter:
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeySequence(QKeyCombination(modifiers, key)).toString(QKeySequence.SequenceFormat.PortableText)


def _counted(rejected: int, flagged: int) -> tuple[tuple[str, int], ...]:
    return ("{} rejected", rejected), ("{} put off", flagged)
