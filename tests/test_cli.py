"""The command line as a whole: quick help, exit codes, one line for an error."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmdgen.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "moderngl", "glfw", "PySide6", "torch", "h5py", "scipy", "PIL")


def run(*args: str, module: str = "mmdgen.cli") -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.argv = ['mmdgen', *sys.argv[1:]]; from {module} import main; main()"
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    code = (
        "import sys; from mmdgen.cli import app; from mmdgen.shell import run; "
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


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_goes_away_is_met_with_silence(options: list[str]) -> None:
    code = "import sys; from mmdgen.cli import main; sys.argv[0] = 'mmdgen'; main()"
    command = [sys.executable, "-c", code, "inspect", "samples/models", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in (0, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="shells elsewhere close streams so")
def test_closed_streams_stop_nothing() -> None:
    code = "import sys; from mmdgen.cli import main; sys.argv[0] = 'mmdgen'; main()"
    for closed, options in ((">&-", "--json"), (">&-", ""), ("2>&-", "--json"), ("<&-", "")):
        line = f'"$0" -c "$1" inspect samples/models/0019-kozuka {options} {closed}'
        command = ["sh", "-c", line, sys.executable, code]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert (result.returncode, result.stderr) == (0, ""), line


def test_a_path_that_the_system_refuses_is_one_line() -> None:
    result = run("inspect", "x" * 5000)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "expected" in result.stderr
    assert "--debug" not in result.stderr


def test_a_strangers_name_does_not_steer_the_terminal() -> None:
    result = run("inspect", "no\n\x1b[2J\u202esuch.pmx")
    assert result.returncode == 2
    assert result.stderr == "no �[2J�such.pmx: no such file or folder, expected models; check the path\n"


@pytest.mark.parametrize("command", [["render"], ["render", "--n", "0"], ["zoo", "x", "--count", "many"], ["--nope"]])
def test_wrong_usage_is_one_line(command: list[str]) -> None:
    result = run(*command)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "--help" in result.stderr
