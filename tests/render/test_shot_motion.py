"""``mmdgen shot --motion`` from end to end: the frames are the puppet's own pictures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import builders
import numpy as np
import pytest
from PIL import Image, ImageSequence
from test_pictures import random_poses
from test_shot import shot

from mmdgen.annotation import load
from mmdgen.pose_spec import NAMES
from mmdgen.puppet import Puppet
from mmdgen.render.atlas import Atlas
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings


def written_table(folder: Path, poses: np.ndarray, *, times: list[float] | None = None) -> Path:
    header = [*NAMES, *(["time"] if times else [])]
    rows = [[repr(float(v)) for v in pose] + ([repr(times[i])] if times else []) for i, pose in enumerate(poses)]
    path = folder / "poses.csv"
    path.write_text("\n".join(",".join(line) for line in (header, *rows)))
    return path


def expected(context, library: Path, poses: np.ndarray, size: int) -> np.ndarray:
    model = library / "a" / "head.pmx"
    store = library / ".mmdgen" / "annotations"
    annotation = load(store, builders.saved(builders.head_model(), model).source.sha256)
    renderer = Renderer(context, RenderSettings(size))
    puppet = Puppet.open(model, annotation, renderer)
    try:
        return puppet.draw(poses)
    finally:
        puppet.release()
        renderer.release()


def frames(path: Path) -> list[np.ndarray]:
    if path.is_dir():
        return [np.asarray(Image.open(p)) for p in sorted(path.iterdir())]
    with Image.open(path) as image:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]


@pytest.mark.gl
@pytest.mark.parametrize("name", ["film/", "film.webp", "film.apng"])
def test_frames_are_the_puppets_pictures_whatever_the_batch(gl_context, library: Path, name: str, capsys) -> None:
    size = 512
    poses = random_poses(Atlas.plan(RenderSettings(size)).slots + 2)
    table = written_table(library, poses)
    output = f"{library}/{name}"
    assert shot(library / "a" / "head.pmx", "--motion", table, "-o", output, "--size", size, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["fps"], told["seconds"]) == (len(poses), 30, pytest.approx(len(poses) / 30))
    assert told["renderer"]
    assert np.array_equal(frames(Path(output)), expected(gl_context, library, poses, size))


@pytest.mark.gl
def test_bones_and_morphs_stay_fixed_in_all_frames(gl_context, library: Path) -> None:
    poses = random_poses(3)
    fixed = poses.copy()
    fixed[:, NAMES.index("mouth")] = 0.25
    wished = ("--size", 64, "--morph", "あ=0.25")
    model, table = library / "a" / "head.pmx", written_table(library, poses)
    assert shot(model, "--motion", table, "-o", library / "film", *wished) == 0
    assert np.array_equal(frames(library / "film"), expected(gl_context, library, fixed, 64))


@pytest.mark.gl
def test_every_option_of_a_picture_holds_for_a_film(gl_context, library: Path) -> None:
    options = ("--size", 64, "--shading", "toon", "--edge", 2, "--hue-deg", 90, "--ambient", 0.7, "--samples", 1)
    options = (*options, "--bone", "上半身=0,0,10", "--morph", "まばたき=0.5", "--background", "#123456", "--ik")
    model, poses = library / "a" / "head.pmx", random_poses(1)
    table = written_table(library, poses)
    pose = ",".join(f"{name}={float(value)!r}" for name, value in zip(NAMES, poses[0], strict=True))
    assert shot(model, "--motion", table, "-o", library / "film.webp", *options) == 0
    assert shot(model, "--pose", pose, "-o", library / "still.png", *options) == 0
    still = np.asarray(Image.open(library / "still.png"))
    assert np.array_equal(frames(library / "film.webp"), [still])
    assert shot(model, "--pose", pose, "-o", library / "plain.png", "--size", 64) == 0
    assert not np.array_equal(np.asarray(Image.open(library / "plain.png")), still)


@pytest.mark.gl
def test_times_of_the_table_are_told(gl_context, library: Path, capsys) -> None:
    table = written_table(library, random_poses(3), times=[1.0, 1.5, 1.75])
    out = library / "film.webp"
    assert shot(library / "a" / "head.pmx", "--motion", table, "-o", out, "--size", 32, "--json", "--loop", 2) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["fps"], told["seconds"], told["codec"]) == (None, 1.0, "webp")


@pytest.mark.gl
@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "film.apng", "film/"])
def test_a_dry_run_writes_no_film(gl_context, library: Path, name: str) -> None:
    table = written_table(library, random_poses(2))
    before = sorted(library.rglob("*"))
    arguments = ("--motion", table, "-o", f"{library}/{name}", "--size", 32, "--dry-run")
    assert shot(library / "a" / "head.pmx", *arguments) == 0
    assert sorted(library.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("-o", "x.mp4", "--pose", "mouth=0"), 2, "a pose beside --motion"),
        (("-o", "x.mp4", "--vertices", "v.npy"), 2, "--vertices beside --motion"),
        ((), 2, "nothing to write, expected -o"),
        (("--vertices", "v.npy"), 2, "nothing to write, expected -o"),
        (("-o", "x.gif"), 2, "extension '.gif'"),
        (("-o", "x.mp4", "--fps", "0"), 2, "--fps: 0"),
        (("-o", "x.mp4", "--background", "?"), 2, "expected a colour"),
        (("-o", "x.mp4", "--motion", "none.csv"), 2, "none.csv: no such file"),
        (("-o", "x.mp4", "--motion", "wrong.csv"), 2, "wrong.csv: line 2, column 1: mouth=2"),
        (("-o", "x.mp4", "--bone", "左=1,2,3"), 2, "did you mean 左目"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(library: Path, monkeypatch, capsys, arguments, code, words) -> None:
    monkeypatch.chdir(library)
    written_table(library, random_poses(2))
    (library / "wrong.csv").write_text("mouth\n2\n")
    motion = () if "--motion" in arguments else ("--motion", "poses.csv")
    assert shot("a/head.pmx", *motion, *arguments) == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert sorted(p.name for p in library.iterdir()) == [".mmdgen", "a", "poses.csv", "wrong.csv"]


@pytest.mark.gl
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for others")
def test_ctrl_c_leaves_nothing_half(gl_context, library: Path) -> None:
    table = written_table(library, np.tile(random_poses(50), (100, 1)))
    command = [sys.executable, "-c", "from mmdgen.cli import main; main()", "shot", library / "a" / "head.pmx"]
    process = subprocess.Popen([*command, "--motion", table, "-o", library / "x.mp4", "--size", "512"])
    deadline = time.monotonic() + 60
    while not list(library.glob("*.part")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(library.glob(".x.mp4*.part"))
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert sorted(p.name for p in library.iterdir()) == [".mmdgen", "a", "poses.csv"]
