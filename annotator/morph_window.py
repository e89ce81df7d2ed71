"""The window of ``mmdgen annotate-morphs``: what keys and mouse do to the slots, and what is drawn when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from annotator import keys
from annotator.choices import Choice
from annotator.model_view import FINE
from annotator.morph_panel import MorphPanel
from annotator.morph_view import MorphView, named
from annotator.morphs import STEPS, Morphs
from annotator.prefetch import Prefetch
from annotator.queue_window import QueueWindow
from annotator.reading import Loaded
from annotator.session import Session
from annotator.stage import Stage
from annotator.theme import colors
from annotator.translation import Translation, tr
from mmdgen.annotation import SLOTS

ZOOM = 1.25
AT_ONCE = 3  # small pictures drawn between two keys
FINER = 10  # of the slider's own steps in one of a key's
AROUND = 3  # morphs named before and after the one that is looked at


class MorphWindow(QueueWindow):
    """Fills slots."""

    NAME = "annotate-morphs"

    def __init__(self, session: Session, prefetch: Prefetch, stage: Stage, translation: Translation) -> None:
        super().__init__(session, prefetch, stage, translation, keys.MORPHS_MOUSE)
        self.morphs = Morphs(session)
        self.view, self.panel = MorphView(self.morphs, stage), MorphPanel(self.morphs, stage, self.commands)
        self.view.advice = self.keys_of("reject", "next")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMaximum(STEPS * FINER)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._weight, self._turns = QLabel(), QLabel()
        self._weight.setFixedWidth(48)
        self._turns.setTextFormat(Qt.TextFormat.RichText)
        self._turns.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._turns.setMinimumWidth(1)  # names may be as long as they like
        self.place(self._face(), self.panel)
        self.slider.valueChanged.connect(self._slid)
        self.panel.slots.picked.connect(self._picked)
        self.panel.slots.chosen.connect(self._chosen)
        self.translate()

    def _face(self) -> QWidget:
        face = QWidget()
        layout = QVBoxLayout(face)
        layout.setContentsMargins(0, 0, 0, 6)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 8, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self._weight)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)
        layout.addWidget(self._turns)
        return face

    @property
    def work(self) -> Morphs:
        """The slots of the current model."""
        return self.morphs

    def show_model(self) -> None:
        """Show the face that ``morphs`` looks at now."""
        self.view.show_model()

    def paint_now(self) -> None:
        """Paint the face and the slots."""
        self.view.repaint()
        self.panel.slots.repaint()

    def repaint_all(self) -> None:
        """Have everything painted anew."""
        self.update()
        self.view.update()

    def refresh(self) -> None:
        """Show the state of the current model and the progress."""
        morphs = self.morphs
        self.panel.refresh()
        self.slider.blockSignals(True)
        self.slider.setValue(round(morphs.weight * STEPS * FINER))
        self.slider.blockSignals(False)
        self.slider.setEnabled(morphs.shown is not None)
        self._weight.setText(f"{morphs.weight:.0%}" if morphs.shown else "")
        self._turns.setText(self._turn_names())
        super().refresh()

    def _turn_names(self) -> str:
        """Return the morphs that take turns around the one that is looked at, as rich text."""
        turns, shown = self.morphs.round(), self.morphs.shown
        if not turns:
            return ""
        numbers = [choice.number for choice in turns]
        at = numbers.index(shown.number) if shown and shown.number in numbers else 0
        low = max(0, min(at - AROUND, len(turns) - 2 * AROUND - 1))
        c = colors()
        names = [
            f"<b style='color:{c.accent}'>{escape(t.name)}</b>"
            if shown and t.number == shown.number
            else f"<span style='color:{c.dim}'>{escape(t.name)}</span>"
            for t in turns[low : low + 2 * AROUND + 1]
        ]
        place = f"{at + 1}/{len(turns)}" if shown and shown.number in numbers else f"–/{len(turns)}"
        return f"← {'&nbsp; · &nbsp;'.join(names)} → &nbsp; <span style='color:{c.dim}'>{place}</span>"

    def pieces(self, index: int, loaded: Loaded) -> Iterator[None]:
        """Bring a model to the GPU, draw its face, a few small pictures at a time, and its thumbnail."""
        current = index == self.session.cursor
        morphs = self.morphs if current else Morphs(self.session, index)
        if not current:
            morphs.show(loaded)
        self.stage.prepare(loaded)
        yield
        if not current:
            self.view.prepare(morphs)
            yield
        while missing := self.panel.slots.missing(morphs):
            for shot in missing[:AT_ONCE]:
                self.stage.view(loaded, shot, FINE)
            if current:
                self.panel.slots.update()
            yield
        self.keep_thumbnail(index, morphs)
        yield

    # --- commands -----------------------------------------------------------------------------------------------------

    def do(self, command: str) -> None:
        """Carry out a command of ``keys.MORPHS`` by its name."""
        what, _, slot = command.partition(" ")
        by = 1 if what.endswith("+") else -1
        morphs = self.morphs
        match what.rstrip("+-"):
            case "put":
                self._change(lambda: morphs.put_shown(slot))
            case "none":
                self._change(lambda: morphs.put_none(slot or morphs.slot))
            case "slot":
                self._change(lambda: morphs.step_slot(by))
            case "best":
                self._change(lambda: morphs.step_candidate(by))
            case "morph":
                self._change(lambda: morphs.step_morph(by))
            case "weight":
                self._change(lambda: morphs.step_weight(by))
            case "zoom":
                self.view.zoom(ZOOM**by)
            case _:
                super().do(command)

    def _change(self, action: Callable[[], object]) -> None:
        """Do something that changes what is looked at, or a slot."""
        self.attempt(action)
        self.view.redraw()
        self.prepare_again()

    def turned(self) -> None:
        """Take over what undo or redo changed of the model that is shown."""
        self.morphs.refresh()
        self.morphs.choose(self.morphs.slot)
        super().turned()
        self.view.redraw()
        self.prepare_again()

    def _do_accept(self) -> None:
        if self.attempt(self.morphs.accept):
            self.advance()

    def _do_reset(self) -> None:
        self._change(lambda: self.morphs.reset((self.morphs.slot,)))

    def _do_reset_all(self) -> None:
        self._change(lambda: self.morphs.reset(SLOTS))

    def _do_everything(self) -> None:
        self.morphs.everything = not self.morphs.everything
        self.say(tr("all morphs take turns") if self.morphs.everything else tr("morphs of the eyes, or of the mouth"))
        self.refresh()

    def _do_compare(self) -> None:
        self._change(self.morphs.compare)

    def _do_fit(self) -> None:
        self.view.fit()

    def _slid(self, value: int) -> None:
        self._change(lambda: self.morphs.weigh(value / STEPS / FINER))

    def _picked(self, slot: str, choice: Choice) -> None:
        def pick() -> None:
            self.morphs.put(slot, choice)
            self.morphs.choose(slot)

        self._change(pick)
        self.say(f"{tr(keys.SLOTS[slot])}: {named(choice)}")

    def _chosen(self, slot: str) -> None:
        self._change(lambda: self.morphs.choose(slot))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop what runs in the background; every decision is on disk."""
        self.view.stop()
        super().closeEvent(event)
