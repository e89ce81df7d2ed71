"""The command line as a whole: quick help, exit codes, one line for an error."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from mmdgen.cli import COMMANDS

HEAVY = ("numpy", "moderngl", "glfw", "PySide6", "torch", "h5py", "scipy", "PIL")


def run(*args: str, module: str = "mmdgen.cli") -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.argv = ['mmdgen', *sys.argv[1:]]; from {module} import main; main()"
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    code = (
        "import sys; from mmdgen.cli import app, run; "
        f"code = run(app, {[*command.split(), '--help']!r}); "
        f"print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules]); sys.exit(code)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert "HEAVY []" in result.stdout
    assert "Usage: mmdgen" in result.stdout


def test_help_is_quick() -> None:
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        assert run("--help").returncode == 0
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5


def test_wrong_usage_exits_2_with_a_hint() -> None:
    result = run("rendr")
    assert result.returncode == 2
    assert "render" in result.stderr + result.stdout


@pytest.mark.parametrize("command", [["inspect"], ["shot", "-o", "out.png"], ["verify"], ["annotate-auto"]])
def test_a_missing_file_is_one_line_and_no_traceback(command: list[str]) -> None:
    result = run(command[0], "no-such-file.pmx", *command[1:])
    assert result.returncode in (1, 2)
    assert "no-such-file.pmx" in result.stderr
    assert "Traceback" not in result.stderr
