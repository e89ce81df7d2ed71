"""A small library of head models, and windows on Qt's offscreen platform."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import head_model, saved

from mmdgen.library.scan import locate
from mmdgen.model import Model

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def named(name: str, **changes: object) -> Model:
    """Return a head model that differs from the others in its name."""
    return replace(head_model(), name=name, **changes)


@pytest.fixture(autouse=True)
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where windows look for keys instead of in the folder of whoever tests; there is no such file yet."""
    file = tmp_path / "config" / "keys.toml"
    monkeypatch.setattr("annotator.bindings.default_file", lambda: file)
    return file


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Four good models a to d."""
    for name in "abcd":
        saved(named(name), tmp_path / "models" / name / f"{name}.pmx")
    return tmp_path / "models"


@pytest.fixture
def open_any(qtbot: Any, gl_context: Any) -> Iterator[Callable[..., Any]]:
    """Open windows as the commands do; what runs behind them ends with the test."""
    from annotator.prefetch import Prefetch
    from annotator.reading import read
    from annotator.session import Session
    from annotator.stage import Stage
    from annotator.translation import Translation

    ends: list[Callable[[], None]] = []
    windows: list[Any] = []

    def make(kind: type, folder: Path, *state_of: Any, reader: Any = read, size: tuple[int, int] = (900, 600)) -> Any:
        prefetch = Prefetch(lambda: windows[-1].read.emit() if windows else None, reader)
        stage = Stage(gl_context)
        ends.extend((prefetch.close, stage.release))
        translation = Translation()
        translation.use("en")
        window = kind(Session(list(locate([folder]).items()), *state_of), prefetch, stage, translation)
        windows.append(window)
        window.use_theme("light")
        window.resize(*size)
        qtbot.addWidget(window)
        window.show()
        window.begin()
        return window

    yield make
    for window in windows:
        window.close()
    windows.clear()
    for end in ends:
        end()
