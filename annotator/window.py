"""What all windows have: commands by keys and menus, questions, undo and redo, progress, themes and languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QProgressBar

from annotator import bindings, keys
from annotator.edits import State
from annotator.overlay import Overlay
from annotator.session import Session
from annotator.theme import THEMES, system_theme, use_theme
from annotator.translation import Translation, tr
from annotator.wording import LANGUAGES
from mmdgen.errors import MmdgenError

TOLD = 6000  # milliseconds that a message stays


class Window(QMainWindow):
    """A window whose command ``name`` is its method ``_do_name``. Owns nothing but widgets.

    What a window is about comes from those that inherit: ``refresh``, ``go`` and ``repaint_all``.
    """

    NAME = ""  # of the command, as in ``keys.WINDOWS``
    FINISHED: tuple[State, ...] = ("done", "rejected")

    def __init__(self, session: Session, translation: Translation, mouse: Sequence[tuple[str, str]]) -> None:
        """Build what all windows have; raise MmdgenError where the user's own keys cannot be had."""
        super().__init__()
        self.session, self._translation = session, translation
        self.commands, self._mouse = bindings.commands(self.NAME), mouse
        self._by_key = keys.by_key(self.commands)
        self._asked: tuple[int, Callable[[int], None]] | None = None  # how many answers there are, and what follows
        self._theme = system_theme()
        self.overlay = Overlay(self)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setFixedSize(160, 10)
        self._status = QLabel()
        self.statusBar().addPermanentWidget(self._status)
        self.statusBar().addPermanentWidget(self._progress)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)  # keys are commands, not letters
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def refresh(self) -> None:
        """Show the state of what is worked on, and the progress."""
        self.show_progress()

    def go(self, index: int) -> None:
        """Show another model."""
        raise NotImplementedError

    def repaint_all(self) -> None:
        """Have painted anew what this window draws itself."""
        self.update()

    # --- commands -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Do what the key means."""
        name = key_name(event.keyCombination())
        if self._asked is not None:
            self._answer(name)
        elif name in self._by_key:
            self.do(self._by_key[name])
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802, A002, ARG002 - Qt's names
        """Keep the keys: Tab is a key like others."""
        return False

    def keys_of(self, *names: str) -> tuple[str, ...]:
        """Return the first key of each of some commands."""
        by_name = {c.name: c.keys[0] for listed in self.commands.values() for c in listed}
        return tuple(by_name[name] for name in names)

    def do(self, command: str) -> None:
        """Carry out a command by its name."""
        getattr(self, f"_do_{command}")()

    def attempt(self, action: Callable[[], object]) -> bool:
        """Do something that may be refused; say why. True when it was done."""
        try:
            action()
        except MmdgenError as error:
            self.say(tr(str(error)))
            return False
        finally:
            self.refresh()
            self.repaint_all()
        return True

    def ask(self, question: str, answers: Sequence[str], then: Callable[[int], None]) -> None:
        """Ask what a digit answers; ``then`` is given the answer's number from 0, and is not called after Esc."""
        self._asked = len(answers), then
        self.overlay.ask(question, answers, tr("Esc: not at all"))

    def _answer(self, name: str) -> None:
        assert self._asked is not None
        count, then = self._asked
        if name == "Esc" or (name.isdigit() and 1 <= int(name) <= count):
            self._asked = None
            self.overlay.hide()
            if name != "Esc":
                then(int(name) - 1)

    def _do_undo(self) -> None:
        self._turn(self.session.undo, "Nothing to undo")

    def _do_redo(self) -> None:
        self._turn(self.session.redo, "Nothing to redo")

    def _turn(self, turn: Callable[[], bool], nothing: str) -> None:
        at = self.session.cursor
        done: list[bool] = []
        if self.attempt(lambda: done.append(turn())) and not done[0]:
            self.say(tr(nothing))
        if self.session.cursor != at:
            self.go(self.session.cursor)
        elif done:
            self.turned()

    def turned(self) -> None:
        """Take over what undo or redo changed of what is shown."""
        self.refresh()
        self.repaint_all()

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
            self.overlay.show_help(self.commands, self._mouse)

    def _do_away(self) -> None:
        self.overlay.hide()
        self.setFocus()

    def _do_quit(self) -> None:
        self.close()

    # --- what is said -------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Show a message for a moment."""
        self.statusBar().showMessage(text, TOLD)

    def show_progress(self) -> None:
        """Show how many models are decided, how fast, and how long the rest will take."""
        counts, total = self.session.counts(), len(self.session.entries)
        done = sum(counts[state] for state in self.FINISHED)
        parts = [tr("{} of {} done").format(done, total)]
        parts += [tr(words).format(n) for words, n in _counted(counts) if n]
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
        self.repaint_all()

    def translate(self) -> None:
        """Say everything in the language of the window."""
        self.menuBar().clear()
        for title, commands in self.commands.items():
            menu = self.menuBar().addMenu(tr(title))
            for command in commands:
                action = QAction(f"{tr(command.does)}\t{command.keys[0]}", menu)
                action.triggered.connect(lambda _=False, name=command.name: self.do(name))
                menu.addAction(action)
        self.overlay.hide()
        self.refresh()
        self.repaint_all()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep what lies over the window in its middle."""
        super().resizeEvent(event)
        self.overlay.center()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Stop what runs in the background; every decision is on disk."""
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


def _counted(counts: Mapping[State, int]) -> tuple[tuple[str, int], ...]:
    told: tuple[tuple[str, State], ...] = (
        ("{} rejected", "rejected"),
        ("{} put off", "flagged"),
        ("{} sent back", "sent back"),
    )
    return tuple((words, counts[state]) for words, state in told)
