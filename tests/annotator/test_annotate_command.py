"""The command around the window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from annotator import app
from mmdgen.annotation import Annotation, edit, load
from mmdgen.errors import MmdgenError

COMMAND = "import sys; sys.argv[0] = 'mmdgen'; from mmdgen.cli import main; main()"
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def run(*arguments: object, command: str = "annotate-head", **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in SCREENS} | environment
    line = [sys.executable, "-c", COMMAND, command, *map(str, arguments)]
    return subprocess.run(line, env=kept, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_without_a_screen_one_line_says_what_to_do(library: Path) -> None:
    done = run(library)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("screen: ")
    assert "xvfb-run" in done.stderr
    assert done.stderr.count("\n") == 1


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in SCREENS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setattr(app, "XCB", {"libnone.so.1": "libnone1", **app.XCB})
    with pytest.raises(MmdgenError, match="apt-get install -y libnone1"):
        app.check_screen()


@pytest.mark.gl
@pytest.mark.gui
@pytest.mark.parametrize("command", ["annotate-head", "annotate-morphs"])
def test_a_screenshot_shows_the_window(library: Path, tmp_path: Path, command: str) -> None:
    picture = tmp_path / "window.png"
    options = ("--screenshot", picture, "--language", "ja")
    done = run(library, *options, command=command, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = run(library, "--screenshot", tmp_path / "window.gif", QT_QPA_PLATFORM="offscreen")
    assert refused.returncode == 2


def test_no_models_are_a_wrong_usage(tmp_path: Path) -> None:
    done = run(tmp_path, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 2
    assert "no .pmx or .pmd" in done.stderr


def test_an_edit_that_leaves_nothing_removes_the_file(tmp_path: Path) -> None:
    sha256 = "ab" * 32
    assert edit(tmp_path, sha256, lambda old: Annotation(sha256) if old is None else None) == Annotation(sha256)
    assert load(tmp_path, sha256) == Annotation(sha256)
    assert edit(tmp_path, sha256, lambda _: None) is None
    assert load(tmp_path, sha256) is None


@pytest.mark.gl
@pytest.mark.gui
def test_a_screenshot_shows_the_first_page_of_review(library: Path, tmp_path: Path) -> None:
    picture, store = tmp_path / "review.png", tmp_path / "annotations"
    options = ("--annotations", store, "--screenshot", picture, "--language", "ja")
    done = run(library, *options, command="review", QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(list((store / ".previews").glob("*.json"))) == 4
    assert not list(library.rglob(".mmdgen"))
