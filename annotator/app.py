"""The door to the windows: what ``mmdgen annotate-head`` and ``annotate-morphs`` open."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from annotator.edits import morph_state
from annotator.head_window import HeadWindow
from annotator.morph_window import MorphWindow
from annotator.prefetch import Prefetch
from annotator.queue_window import QueueWindow
from annotator.reading import Loaded, read, read_morphs
from annotator.session import Session
from annotator.stage import Stage
from annotator.theme import system_theme
from annotator.translation import Translation, system_language
from mmdgen.errors import MmdgenError
from mmdgen.render.context import open_context

XCB = {  # what Qt's windows on X need, and Debian's packages of it
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
HEARTBEAT = 200  # milliseconds; Python sees Ctrl-C only when it runs
SIZE = (1440, 900)
Shelf = Sequence[tuple[Path, Path]]  # models with the folders of their annotations


def annotate_head(shelf: Shelf, **options: Any) -> int:
    """Open the window for heads; see ``_opened``."""
    return _opened(HeadWindow, Session(shelf), read, **options)


def annotate_morphs(shelf: Shelf, **options: Any) -> int:
    """Open the window for morphs; see ``_opened``."""
    return _opened(MorphWindow, Session(shelf, morph_state), read_morphs, **options)


def _opened(
    kind: type[HeadWindow | MorphWindow],
    session: Session,
    reader: Callable[[Path], Loaded],
    *,
    language: str | None = None,
    theme: str | None = None,
    screenshot: Path | None = None,
) -> int:
    """Open a window on the models of a session, and return when it is closed.

    With ``screenshot``, save a PNG of the window when the first model is there, and close it. Raises RenderError when
    there is no OpenGL.
    """
    check_screen()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("mmdgen")
    translation = Translation()
    translation.use(language or system_language())
    context = open_context()
    stage = Stage(context)
    windows: list[QueueWindow] = []
    prefetch = Prefetch(lambda: windows[0].read.emit() if windows else None, reader)
    try:
        window = kind(session, prefetch, stage, translation)
        windows.append(window)
        window.use_theme(theme or system_theme())
        window.resize(*SIZE)
        window.show()
        window.begin()
        if screenshot is not None:
            _save_when_ready(window, screenshot)
        signal.signal(signal.SIGINT, lambda *_: window.close())
        beat = QTimer(interval=HEARTBEAT)
        beat.timeout.connect(lambda: None)
        beat.start()
        return app.exec()
    finally:
        windows.clear()
        prefetch.close()
        stage.release()
        context.release()


def check_screen() -> None:
    """Raise MmdgenError where Qt would end the process, for want of a screen or of libraries."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return
    if os.environ.get("WAYLAND_DISPLAY"):
        return
    if not os.environ.get("DISPLAY"):
        found = "neither DISPLAY nor WAYLAND_DISPLAY is set"
        raise MmdgenError(f"screen: {found}, expected a desktop; start it there, or by xvfb-run -a")
    missing = [package for library, package in XCB.items() if not _loads(library)]
    if missing:
        remedy = f"on Debian and Ubuntu type: sudo apt-get install -y {' '.join(missing)}"
        raise MmdgenError(f"Qt: libraries for windows on X are missing, expected {len(XCB)}; {remedy}")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _save_when_ready(window: QueueWindow, path: Path) -> None:
    """Save a picture of the window once it has settled, then close it."""
    from annotator.model_view import SETTLED

    def save() -> None:
        if window.busy:
            QTimer.singleShot(SETTLED, save)
            return
        window.grab().save(str(path), "PNG")
        window.close()

    window.shown.connect(lambda _: QTimer.singleShot(4 * SETTLED, save))
