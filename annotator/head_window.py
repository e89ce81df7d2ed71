"""The window of ``mmdgen annotate-head``: what keys and mouse do to the lines, and what is drawn when."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QCloseEvent

from annotator import keys
from annotator.head_panel import HeadPanel
from annotator.head_view import HeadView
from annotator.heads import Heads
from annotator.prefetch import Prefetch
from annotator.queue_window import QueueWindow
from annotator.reading import Loaded
from annotator.session import Session
from annotator.stage import Stage
from annotator.translation import Translation

FINE, COARSE = 1, 5  # rows of the dataset's picture
ZOOM = 1.25


class HeadWindow(QueueWindow):
    """Marks heads."""

    NAME = "annotate-head"

    def __init__(self, session: Session, prefetch: Prefetch, stage: Stage, translation: Translation) -> None:
        super().__init__(session, prefetch, stage, translation, keys.HEAD_MOUSE)
        self.heads = Heads(session)
        self.view, self.panel = HeadView(self.heads, stage), HeadPanel(self.heads, stage, self.commands)
        self.view.advice = self.keys_of("reject", "next")
        self.place(self.view, self.panel)
        self.view.moving.connect(self.panel.refresh)
        self.view.moved.connect(lambda: self.attempt(self.heads.place))
        self.translate()

    @property
    def work(self) -> Heads:
        """The lines of the current model."""
        return self.heads

    def show_model(self) -> None:
        """Show the model that ``heads`` holds now."""
        self.view.show_model()

    def paint_now(self) -> None:
        """Paint both pictures."""
        self.view.repaint()
        self.panel.inset.repaint()

    def repaint_all(self) -> None:
        """Have the lines painted anew."""
        self.update()
        self.view.update()

    def refresh(self) -> None:
        """Show the state of the current model and the progress."""
        self.panel.refresh()
        super().refresh()

    def pieces(self, index: int, loaded: Loaded) -> Iterator[None]:
        """Bring a model to the GPU, draw its first picture and its thumbnail."""
        heads = Heads(self.session, index)
        heads.show(loaded)
        self.stage.prepare(loaded)
        yield
        if index != self.session.cursor:
            self.view.prepare(heads)
            yield
        self.keep_thumbnail(index, heads)
        yield

    # --- commands -----------------------------------------------------------------------------------------------------

    def do(self, command: str) -> None:
        """Carry out a command of ``keys.HEAD`` by its name."""
        line, steps = command.rstrip("+-"), command.count("+") - command.count("-")
        if line in ("top", "bottom"):
            rows = {1: FINE, 2: COARSE}[abs(steps)] * (1 if steps > 0 else -1)
            self.attempt(lambda: self.heads.nudge("top" if line == "top" else "bottom", rows))
        elif line == "zoom":
            self.view.zoom(ZOOM**steps)
        else:
            super().do(command)

    def _do_accept(self) -> None:
        if self.attempt(self.heads.accept):
            self.advance()

    def _do_reset(self) -> None:
        self.attempt(self.heads.reset)

    def _do_side(self) -> None:
        self.view.turn()

    def _do_fit(self) -> None:
        self.view.fit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop what runs in the background; every decision is on disk."""
        self.view.stop()
        super().closeEvent(event)
