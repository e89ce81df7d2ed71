"""The real window on a virtual screen, and the command that opens it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from builders import head_model, saved
from PIL import Image

HERE = Path(__file__).resolve().parent
pytestmark = [pytest.mark.gui, pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is of Linux")]
COMMAND = "import sys; sys.argv[0] = 'mmdgen'; from mmdgen.cli import main; main()"


@pytest.fixture(scope="session")
def screen() -> Iterator[dict[str, str]]:
    """Start a virtual screen and return an environment in which windows open there."""
    if shutil.which("Xvfb") is None:
        if os.environ.get("CI"):
            pytest.fail("no Xvfb; scripts/setup.sh dev installs it", pytrace=False)
        pytest.skip("no Xvfb; install xvfb")
    receive, send = os.pipe()
    options = ["-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(send), *options], pass_fds=[send], stderr=subprocess.DEVNULL
    ) as xvfb:
        os.close(send)
        with os.fdopen(receive) as number:
            display = f":{number.readline().strip()}"
        assert display != ":", "Xvfb did not start"
        yield without_screen() | {"DISPLAY": display}
        xvfb.terminate()


def without_screen() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE")}


def run(code: str, *arguments: object, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_every_scene(screen: dict[str, str], tmp_path: Path) -> None:
    """Play them in one process of their own: OpenGL contexts of two kinds do not share one."""
    command = [sys.executable, str(HERE / "window_scenes.py"), str(tmp_path)]
    done = subprocess.run(command, env=screen, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert len(report) >= 12
    failed = [f"{scene}\n{told}" for scene, told in report.items() if told]
    assert not failed, "\n".join(failed)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    saved(head_model(), tmp_path / "head.pmx")
    return tmp_path / "head.pmx"


def test_a_screenshot_shows_the_window(screen: dict[str, str], model: Path, tmp_path: Path) -> None:
    done = run(COMMAND, "view", model, "--screenshot", tmp_path / "window.png", environment=screen)
    assert (done.returncode, done.stderr) == (0, "")
    picture = np.asarray(Image.open(tmp_path / "window.png"))
    assert picture.shape == (800, 1280, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100


def test_ctrl_c_exits_130(screen: dict[str, str], model: Path) -> None:
    code = (
        "import os, signal, sys, threading; from mmdgen.viewer.app import App; run = App.run\n"
        "def running(app):\n"
        "    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "    run(app)\n"
        f"App.run = running; {COMMAND}"
    )
    done = run(code, "view", model, environment=screen)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 1, "xvfb-run"),
        (["--size", "60"], 2, "multiple of 8"),
        (["--screenshot", "x.jpg"], 2, ".png"),
        (["--scale", "9"], 2, "0.5 to 4"),
    ],
)
def test_what_cannot_be_is_one_line(model: Path, arguments: list[str], code: int, told: str) -> None:
    done = run(COMMAND, "view", model, *arguments, environment=without_screen())
    assert done.returncode == code
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_package_is_named(model: Path) -> None:
    code = f"import sys; sys.modules['slimgui'] = None; {COMMAND}"
    done = run(code, "view", model, environment=without_screen())
    assert done.returncode == 1
    assert 'pip install "mmdgen[viewer]"' in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bad_model_opens_no_window(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:300])
    done = run(COMMAND, "view", model, environment=without_screen())
    assert done.returncode == 1
    assert str(model) in done.stderr
    assert done.stderr.count("\n") == 1
