"""The ``trainer`` command: quick help, exit codes, results on stdout, one line for an error."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np
import pytest
from drawn_faces import write_shard

from mmdgen.shell import run
from trainer.cli import COMMANDS, app

HEAVY = ("numpy", "torch", "h5py", "PIL", "tensorboard", "safetensors", "deflate")
TINY = [
    "--batch",
    "4",
    "--width",
    "4",
    "--lr",
    "1e-3",
    "--log-every",
    "8",
    "--snapshot-every",
    "1000",
    "--device",
    "cpu",
]


def python(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    result = python(
        "import sys; from trainer.cli import app; from mmdgen.shell import run; "
        f"code = run(app, {[*command.split(), '--help']!r}); "
        f"print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules]); sys.exit(code)"
    )
    assert result.returncode == 0, result.stderr
    assert "HEAVY []" in result.stdout
    assert "Usage: trainer" in result.stdout


def test_help_is_quick() -> None:
    seconds = []  # of processor time: other work on the machine is not ours to measure
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert python("import sys; from trainer.cli import main; main()", "fit", "--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(seconds) < 0.5


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["fit"], 2, "SHARDS"),
        (["fitt"], 2, "fit"),
        (["fit", "nothing-here", "--imags", "3"], 2, "--images"),
        (["fit", "nothing-here"], 2, "nothing-here"),
        (["eval", "nothing-here"], 2, "nothing-here"),
        (["fit", "{shards}", "--images", "0"], 2, "--images: 0, expected 1 or more"),
        (["fit", "{shards}", "--width", "100000"], 2, "--width: 100000, expected 256 or less"),
        (["fit", "{shards}", "--seed", "99999999999999999999"], 2, "--seed: 99999999999999999999, expected"),
        (["fit", "{shards}", "--device", "quantum"], 2, "--device quantum"),
        (["fit", "{shards}", "--device", "cuda:99"], 2, "--device cuda:99"),
        (["eval", "{shards}", "--split", "test"], 2, "no test shards"),
        (["eval", "{shards}", "--snapshot", "no-such-run"], 1, "no-such-run"),
        (["eval", "{shards}", "--snapshot", "{shards}"], 1, "no snapshots"),
        (["eval", "{shards}", "--snapshot", "{shards}/train-00000.h5"], 1, "train-00000.h5"),
        (["eval", "{shards}", "--batch", "0"], 2, "--batch"),
        (["fit", "{shards}", "--out", "{shards}/train-00000.h5"], 2, "give another --out"),
        (["fit", "{shards}", "--out", "\udcff"], 2, "expected a name that TensorBoard can write"),
    ],
)
def test_errors_are_said_with_their_exit_code(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    write_shard(tmp_path)
    out = ["--out", str(tmp_path / "runs")] if arguments[0] == "fit" and "--out" not in arguments else []
    assert run(app, [a.format(shards=tmp_path) for a in arguments] + out) == code
    printed = capfd.readouterr()
    assert said in printed.err + printed.out
    assert "Traceback" not in printed.err


def no_pose(folder: Path) -> None:
    with h5py.File(write_shard(folder), "r+") as file:
        file["pose"][1, 0] = np.nan


def no_samples(folder: Path) -> None:
    with h5py.File(write_shard(folder), "r+") as file:
        for name in ("pose", "model", "index", "crc/expression", "crc/posed", "expression", "posed"):
            empty = file[name][:0]
            del file[name]
            stored = {"maxshape": (None, *empty.shape[1:]), "chunks": (1, *empty.shape[1:]), "compression": "gzip"}
            file.create_dataset(name, data=empty, **(stored if empty.ndim == 4 else {}))


def no_field(folder: Path) -> None:
    with h5py.File(write_shard(folder), "r+") as file:
        del file["expression"]


def another_size(folder: Path) -> None:
    write_shard(folder)
    write_shard(folder, ordinal=1, size=40)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (no_pose, "head_x is nan"),
        (no_samples, "no samples"),
        (no_field, "/expression: nothing"),
        (another_size, "size 40, expected 32"),
    ],
)
def test_bad_shards_are_named_before_a_device_is_touched(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    spoilt: Callable[[Path], None],
    said: str,
) -> None:
    def touched(name: str) -> None:
        raise AssertionError(name)

    spoilt(tmp_path / "shards")
    monkeypatch.setattr("trainer.world.choose_device", touched)
    assert run(app, ["fit", str(tmp_path / "shards"), "--out", str(tmp_path / "runs")]) == 1
    assert said in capfd.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_dry_run_prints_the_configuration_and_writes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_shard(tmp_path / "shards")
    assert run(app, ["fit", str(tmp_path / "shards"), "--out", str(tmp_path / "runs"), "--dry-run"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [(run["stage"], run["loss"], run["settings"]["batch"]) for run in found] == [
        ("morpher", "l1", 25),
        ("rotator", "l1", 25),
        ("combiner", "l1", 20),
    ]
    assert found[0]["data"]["examples"] == 8
    assert not (tmp_path / "runs").exists()


def test_fit_then_eval(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shards, runs = tmp_path / "shards", str(tmp_path / "runs")
    write_shard(shards)
    write_shard(shards, split="val", characters=range(5, 8), each=3)
    assert run(app, ["fit", str(shards / "*.h5"), "--stage", "morpher", "--images", "16", "--out", runs, *TINY]) == 0
    fitted = capfd.readouterr()
    assert fitted.out.strip() == f"{runs}/morpher/snapshots/morpher-000000016-ema.safetensors"
    assert '"batch": 4' in fitted.err
    assert "16 of 16 images · loss" in fitted.err

    common = ["eval", str(shards), "--snapshot", f"{runs}/morpher", "--device", "cpu"]
    assert run(app, [*common, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["split"] == "val"
    assert found["overall"]["images"] == 9
    assert found["overall"]["network"]["sRGB"]["changed"]["mse"] > 0
    assert [c["name"] for c in found["characters"]] == ["face 5", "face 6", "face 7"]
    assert run(app, [*common, "--limit", "4"]) == 0
    table = capfd.readouterr().out
    assert "on 4 val images of 3 characters" in table
    assert "output = input" in table
    assert "face 6" in table


def test_sigterm_saves_and_exits_130(tmp_path: Path) -> None:
    write_shard(tmp_path / "shards")
    command = [sys.executable, "-c", "from trainer.cli import main; main()", "fit", str(tmp_path / "shards")]
    options = ["--images", "1000000", "--out", str(tmp_path), *TINY]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "8 of 1,000,000 images" in line:
                break
        process.send_signal(signal.SIGTERM)
        told = process.stderr.read()
        assert process.wait(30) == 130
    assert "run the same command again" in told
    assert (tmp_path / "morpher" / "state.safetensors").exists()


def test_ctrl_c_ends_a_program_that_is_starting_even_where_libraries_swallow_it() -> None:
    code = """
import os, signal, sys
from trainer.signals import starting
ignored = sys.argv[1:]  # as a shell does for what it starts in the background, these tests perhaps
signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
with starting():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        print("swallowed")
print("went on")
"""
    found = python(code)
    assert (found.returncode, found.stdout) == (130, "")
    assert found.stderr == "interrupted; run the same command again to go on\n"
    assert python(code, "ignored").returncode == 0


def test_the_version_is_the_distributions(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["--version"]) == 0
    assert capfd.readouterr().out.strip() == version("mmdgen")
