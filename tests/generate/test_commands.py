"""`mmdgen render` and `mmdgen verify` as a person runs them, with OpenGL."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from fake_studio import add_model, contents, leftovers, make_library, samples
from shards import write

from mmdgen import annotation as annotations
from mmdgen.annotation import Annotation, HeadRange, Slot
from mmdgen.cli import app
from mmdgen.formats.load import read_model
from mmdgen.library.scan import find_models
from mmdgen.pose_spec import mirrored
from mmdgen.shard import ShardReader
from mmdgen.shell import run

SMALL = ("--size", "64", "--per-shard", "8")


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    return make_library(tmp_path_factory.mktemp("models"), "abc")


@pytest.fixture(scope="module")
def whole(library, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    assert run(app, ["render", str(library), "--n", "40", "--out", str(out), *SMALL, "--workers", "2"]) == 0
    return out


# --- render -----------------------------------------------------------------------------------------------------------


@pytest.mark.gl
def test_rendered_shards_keep_every_promise(whole, capsys):
    assert run(app, ["verify", str(whole)]) == 0
    assert "5 shards, 87 pictures: all promises kept" in capsys.readouterr().out
    assert leftovers(whole) == []
    assert len(samples(whole)) == 40


@pytest.mark.gl
@pytest.mark.parametrize("options", [["--n", "40", "--workers", "1"]], ids=["one worker"])
def test_the_same_command_makes_the_same_bytes(library, whole, tmp_path, options):
    models = [str(library / f"{name}.pmx") for name in "cab"]
    assert run(app, ["render", *models, "--out", str(tmp_path), *SMALL, *options]) == 0
    assert contents(tmp_path) == contents(whole)


@pytest.mark.gl
@pytest.mark.parametrize(
    ("n", "names"), [("13", "abc"), ("47", "cab"), ("15", "b")], ids=["fewer", "more", "one model"]
)
def test_a_sample_is_the_same_whatever_is_rendered_with_it(library, whole, tmp_path, n, names):
    models = [str(library / f"{name}.pmx") for name in names]
    common = ["--out", str(tmp_path), "--size", "64", "--per-shard", "30", "--workers", "1"]
    assert run(app, ["render", *models, "--n", n, *common]) == 0
    ours, theirs = samples(tmp_path), samples(whole)
    both = ours.keys() & theirs.keys()
    assert len(both) >= 13
    assert {key: ours[key] for key in both} == {key: theirs[key] for key in both}


@pytest.mark.gl
def test_pictures_follow_the_pose_vector(whole):
    """Closing the character's left eye darkens the viewer's right; turning changes the posed picture alone."""
    with ShardReader(whole / "train-00000.h5") as shard:
        rest = shard.rest(0).astype(int)
        changed = {"left": 0.0, "right": 0.0}
        for i in np.flatnonzero(shard.model_rows == 0):
            assert (shard.poses[i] != mirrored(tuple(shard.poses[i]))).any()
            difference = np.abs(shard.expression(i).astype(int) - rest).sum(2)
            eyes = difference[24:44]
            changed["left"] += eyes[:, 32:].sum() * (shard.poses[i][3] - shard.poses[i][4])
            changed["right"] += eyes[:, :32].sum() * (shard.poses[i][4] - shard.poses[i][3])
            assert difference[:16].sum() == 0
    assert changed["left"] > 0
    assert changed["right"] > 0


@pytest.mark.gl
def test_a_second_run_has_nothing_to_do_and_a_larger_n_adds(library, whole, tmp_path, capsys):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    command = ["render", str(library), "--out", str(tmp_path), *SMALL, "--workers", "1"]
    assert run(app, [*command, "--n", "40"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert run(app, [*command, "--n", "46", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["rendered"]["triplets"] == 6
    assert result["triplets"] == {"train": 46, "val": 0, "test": 0}
    assert result["models"] == {"found": 3, "used": 3, "by_split": {"train": 3, "val": 0, "test": 0}}
    assert contents(whole).items() <= contents(tmp_path).items()
    assert run(app, [*command, "--n", "46", "--ambient", "0.7"]) == 2
    assert "ambient 0.5 → 0.7" in capsys.readouterr().err


@pytest.mark.gl
@pytest.mark.skipif(os.name != "posix", reason="process groups")
def test_ctrl_c_leaves_whole_shards_and_the_same_command_goes_on(library, whole, tmp_path):
    command = [
        sys.executable,
        "-c",
        "from mmdgen.cli import main; main()",
        "render",
        str(library),
        "--out",
        str(tmp_path),
    ]
    command += ["--n", "40", *SMALL, "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as child:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("train-*.part")) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to the workers too
        message = child.communicate(timeout=30)[1]
    assert child.returncode == 130, message
    assert message == (
        "interrupted: finishing the shards in hand; press Ctrl-C again to drop them\n"
        "interrupted; run the same command again to go on\n"
    )
    assert leftovers(tmp_path) == []
    assert contents(tmp_path).items() <= contents(whole).items()
    assert 1 <= len(contents(tmp_path)) < 5, "what was in hand is finished, no more is begun"
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.gl
def test_without_opengl_the_driver_s_sentence_is_all_that_comes_out(library, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GLCONTEXT_DEVICE_INDEX", "99")
    assert run(app, ["render", str(library), "--n", "4", "--out", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("EGL device 99: ")
    assert message.count("\n") == 1
    assert contents(tmp_path) == {}


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(library, tmp_path, capsys):
    (library / "broken.pmx").write_bytes(b"")
    try:
        command = ["render", "--models", str(library), "--n", "30", "--out", str(tmp_path / "out"), "--dry-run"]
        assert run(app, command) == 0
        text = capsys.readouterr().out
        assert "would render 30 triplets in 1 shards for: 30 train triplets of 3 models" in text
        assert "unreadable" in text
        assert run(app, [*command, "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert result["missing"] == {"shards": 1, "triplets": 30}
        assert result["skipped"] == {"unreadable": 1}
        assert result["skipped_models"][0]["message"].startswith(str(library / "broken.pmx"))
        assert not (tmp_path / "out").exists()
    finally:
        (library / "broken.pmx").unlink()


def test_a_split_file_is_matched_against_the_library(tmp_path, capsys):
    add_model(tmp_path / "m", "a")
    add_model(tmp_path / "m" / "deep", "b")
    shutil.move(tmp_path / "m" / "deep" / ".mmdgen", tmp_path / "elsewhere")
    for path in (tmp_path / "elsewhere" / "annotations").glob("*.json"):
        shutil.move(path, tmp_path / "m" / ".mmdgen" / "annotations")
    split = tmp_path / "split.toml"
    split.write_text('val = ["deep/*"]')
    command = ["render", str(tmp_path / "m"), "--n", "100", "--split-file", str(split), "--dry-run", "--json"]
    assert run(app, command) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["triplets"] == {"train": 100, "val": 2, "test": 0}
    assert result["models"]["by_split"] == {"train": 1, "val": 1, "test": 0}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--n", "0"], "--n"),
        (["--n", "x"], "--n"),
        ([], "--n"),
        (["--n", "5", "--size", "33"], "multiple of 8"),
        (["--n", "5", "--samples", "3"], "samples"),
        (["--n", "5", "--n-val", "3"], "--split-file"),
        (["--n", "5", "--min-confidence", "2"], "min-confidence"),
        (["--n", "5", "--split-file", "missing.toml"], "missing.toml"),
        (["--n", "5", "--annotations", "/nowhere"], "annotate-auto"),
        (["/nowhere", "--n", "5"], "/nowhere"),
        (["--n", "5", "--out", __file__], "expected a folder"),
        (["--n", "5", "--devices", "gpu"], "--devices: 'gpu'"),
        (["--n", "5", "--address", "auto"], "add --engine ray"),
        (["--n", "5", "--engine", "slurm"], "slurm"),
        (["--n", "5", "--engine", "ray", "--devices", "0"], "--gpu-share"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_done(library, tmp_path, capsys, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    assert run(app, ["render", str(library), *options]) == 2
    assert said in "".join(capsys.readouterr().err.split("\n"))
    assert list(tmp_path.iterdir()) == []


def test_the_reason_is_said_when_nothing_can_be_rendered(tmp_path, capsys):
    library = make_library(tmp_path / "models", "a")
    model = find_models([library])[0]
    stored = library / ".mmdgen" / "annotations" / f"{read_model(model).source.sha256}.json"
    stored.write_text("{")
    assert run(app, ["render", str(library), "--n", "5", "--out", str(tmp_path / "out")]) == 2
    assert str(stored) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# --- verify -----------------------------------------------------------------------------------------------------------


def test_verify_prints_a_line_for_each_problem_and_fails(tmp_path, capsys):
    for number in range(3):
        write(tmp_path / f"train-0000{number}.h5")
    assert run(app, ["verify", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"shards": 3, "broken": 0, "pictures": 36, "problems": []}
    with h5py.File(tmp_path / "train-00001.h5", "r+") as f:
        f["crc/rest"][0] = 5
    (tmp_path / "train-00002.h5").write_bytes(b"hello")
    assert run(app, ["verify", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [Path(line.split(": ")[0]).name for line in lines[:-1]] == ["train-00001.h5", "train-00002.h5"]
    assert lines[-1] == "3 shards, 24 pictures: 2 of them broken"
    assert run(app, ["verify", str(tmp_path), "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["broken"] == 2
    assert len(result["problems"]) == 2
    assert run(app, ["verify", str(tmp_path / "none-*.h5")]) == 2
    assert "expected shards" in capsys.readouterr().err


def test_many_shards_are_verified_by_several_processes(tmp_path, capsys):
    for number in range(6):
        write(tmp_path / f"train-0000{number}.h5")
    for number in (4, 1):
        with h5py.File(tmp_path / f"train-0000{number}.h5", "r+") as f:
            f["crc/rest"][0] = 5
    (tmp_path / "train-00002.h5").write_bytes(b"hello")
    assert run(app, ["verify", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    names = [Path(line.split(": ")[0]).name for line in lines[:-1]]
    assert list(dict.fromkeys(names)) == ["train-00001.h5", "train-00002.h5", "train-00004.h5"]
    assert lines[-1] == "6 shards, 60 pictures: 3 of them broken"


# --- real characters --------------------------------------------------------------------------------------------------

LABELS = Path(__file__).parents[1] / "library" / "corpus_labels.json"


@pytest.mark.gl
@pytest.mark.corpus
def test_every_labelled_character_is_rendered(corpus, tmp_path, capsys):
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    found = set()
    for path in find_models([corpus / "characters"]):
        model = read_model(path)
        label = labels.get(model.source.sha256)
        if label is not None:
            found.add(model.source.sha256)
            slots = {
                name: None if i is None else Slot(model.morphs[i].name, i, None, "person", 1.0)
                for name, i in label["slots"].items()
            }
            head = HeadRange(label["bottom"], label["top"], "person", 1.0)
            annotations.save(tmp_path / "ann", Annotation(model.source.sha256, head=head, slots=slots))
    out = tmp_path / "shards"
    command = ["render", str(corpus / "characters"), "--annotations", str(tmp_path / "ann"), "--out", str(out)]
    assert run(app, [*command, "--n", str(2 * len(found)), "--size", "128", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["models"]["used"] == len(found)
    assert set(result["skipped"]) <= {"no annotation", "no bone 頭", "duplicate"}
    assert run(app, ["verify", str(out)]) == 0
    shown = {model.sha256 for path in out.glob("*.h5") for model in ShardReader(path).header.models}
    assert shown == found
