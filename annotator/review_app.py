"""The door to the reviewer's window: what ``mmdgen review`` opens."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from annotator import previews
from annotator.app import HEARTBEAT, check_screen
from annotator.prefetch import Ahead
from annotator.previews import Preview, Previewer
from annotator.review import Review
from annotator.review_window import ReviewWindow
from annotator.theme import system_theme
from annotator.translation import Translation, system_language

SIZE = (1600, 900)


def review(
    shelf: Sequence[tuple[Path, Path]],
    *,
    language: str | None = None,
    theme: str | None = None,
    screenshot: Path | None = None,
) -> int:
    """Open the window on models with the folders of their annotations, and return when it is closed.

    With ``screenshot``, save a PNG of the window when the first page is drawn, and close it.
    """
    check_screen()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("mmdgen")
    translation = Translation()
    translation.use(language or system_language())
    windows: list[ReviewWindow] = []
    ahead: Ahead[Preview] = Ahead(
        Previewer(dict(shelf)), previews.failed, lambda: windows[0].read.emit() if windows else None
    )
    try:
        window = ReviewWindow(Review(shelf, ahead.get), ahead, translation)
        windows.append(window)
        window.use_theme(theme or system_theme())
        window.resize(*SIZE)
        window.show()
        window.begin()
        if screenshot is not None:
            window.drawn.connect(lambda: QTimer.singleShot(0, lambda: _saved(window, screenshot)))
        signal.signal(signal.SIGINT, lambda *_: window.close())
        beat = QTimer(interval=HEARTBEAT)
        beat.timeout.connect(lambda: None)
        beat.start()
        return app.exec()
    finally:
        windows.clear()
        ahead.close()


def _saved(window: ReviewWindow, path: Path) -> None:
    window.grab().save(str(path), "PNG")
    window.close()
