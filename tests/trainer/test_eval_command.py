"""``trainer eval``: tables, JSON and the page, and what it refuses."""

from __future__ import annotations

import base64
import errno
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_faces import draw, random_poses, write_shard
from PIL import Image
from tiny_runs import write_published, write_runs

from mmdgen.pose_spec import IDENTITY, NAMES
from mmdgen.shell import run
from trainer.cli import app
from trainer.page.pictures import difference, ranked, url
from trainer.poser import CONFIGURATIONS

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run ``trainer eval`` on val shards and all runs below tmp_path; exit code, stdout, stderr."""
    write_shard(tmp_path / "shards", split="val", characters=range(3), each=4)
    write_runs(tmp_path / "runs", vgg="seeded")

    def go(*options: str, runs: bool = True) -> tuple[int, str, str]:
        common = ["eval", str(tmp_path / "shards"), "--device", "cpu", "--workers", "1"]
        code = run(app, [*common, *(("--runs", str(tmp_path / "runs")) if runs else ()), *options])
        return code, *capfd.readouterr()

    return go


def test_tables_hold_every_configuration_and_say_what_was_seeded(command: Command, tmp_path: Path) -> None:
    code, out, err = command("--published", str(write_published(tmp_path / "published")))
    assert code == 0, err
    for name in (*CONFIGURATIONS, "published ZH", "output = input"):
        rows = re.findall(rf"^ ?{re.escape(name)}( \*)? +[\d.,]", out, re.MULTILINE)
        assert len(rows) == (6 if name == "output = input" else 4), name  # two spaces for each task
        assert all(bool(mark) == ("P" in name.split("-")) for mark in rows), name
    assert out.count("* trained with seeded VGG") == 4
    for words in ("rest to posed, on 12 val images of 3 characters", "rest to expression", "network space", "sRGB",
                  "head_y ±0.75–1", "face 2", "FU-P-P: sRGB"):  # fmt: skip
        assert words in out
    assert "…" not in out
    assert (
        max(len(line) for line in out.splitlines() if not line.startswith(("morpher", "rotator", "comb", "publ"))) <= 90
    )


def test_json_holds_all_numbers_by_task(command: Command) -> None:
    code, out, err = command("--json", "--limit", "6")
    assert code == 0, err
    found = json.loads(out)
    assert list(found["tasks"]) == ["rest to posed", "rest to expression", "expression to posed"]
    whole = found["tasks"]["rest to posed"]
    assert whole["overall"]["images"] == 6
    assert set(CONFIGURATIONS) | {"input"} <= set(whole["overall"])
    assert set(whole["parameters"]) == set(NAMES)
    assert set(found["tasks"]["expression to posed"]["parameters"]) == {"head_x", "head_y", "neck_z"}
    for space in ("network space", "sRGB"):
        for pixels in ("all", "changed"):
            assert set(whole["overall"]["FU-P-P"][space][pixels]) == {"mse", "rmse", "psnr", "ssim"}
    assert found["networks"]["combiner-l1-perceptual"]["notes"] == ["seeded VGG"]
    assert found["notes"]["rest to posed"]["FU-L1-P"] == "seeded VGG"
    assert "FU-L1-L1" not in found["notes"]["rest to posed"]


def page_data(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    found: dict[str, Any] = json.loads(re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)[0])
    return found


def decoded(address: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/webp;base64,")))))


def test_the_page_shows_the_worst_first_and_pictures_that_belong_together(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    code, _, err = command("--html", str(page), "--strips", "6", "--batch", "5")
    assert code == 0, err
    found = page_data(page)
    errors = [strip["errors"][found["focus"]] for strip in found["strips"]]
    assert found["focus"] == "FU-P-P"
    assert len(errors) == 6
    assert errors == sorted(errors, reverse=True)
    assert [strip["rank"] for strip in found["strips"]][:3] == [1, 2, 3]
    assert found["strips"][-1]["rank"] == 12
    examples = opened_val(tmp_path / "shards")
    for strip in found["strips"]:
        shard, sample = strip["sample"].split(":")
        assert shard == "val-00000.h5"
        stored = {"target": examples.picture(int(sample), "posed"), "input": examples.picture(int(sample), "rest")}
        assert np.abs(decoded(strip["target"]).astype(int)[..., 3] - stored["target"][..., 3]).max() <= 2
        assert np.abs(decoded(strip["answers"]["input"]).astype(int)[..., 3] - stored["input"][..., 3]).max() <= 2
        assert strip["pose"] == {n: round(float(v), 3) for n, v in zip(NAMES, examples.poses[int(sample)], strict=True)}
        assert set(strip["answers"]) == set(strip["differences"]) == {*CONFIGURATIONS, "input"}
    clip = found["clips"][0]
    assert set(clip["frames"]) == {*CONFIGURATIONS, "input", "target"}
    assert {len(frames) for frames in clip["frames"].values()} == {len(clip["poses"])} == {4}


def test_numbers_are_told_even_when_the_page_cannot_be_written(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert command("--html", str(tmp_path / "new" / "folder" / "page.html"), "--strips", "1")[0] == 0
    monkeypatch.setattr("os.fsync", full)
    code, out, err = command("--html", str(tmp_path / "page.html"), "--json")
    assert (code, json.loads(out)["runs"]) == (1, str(tmp_path / "runs"))
    assert err.splitlines()[-1].startswith(f"{tmp_path / 'page.html'}: No space left on device, expected")
    assert not list(tmp_path.glob("*page.html*"))


def test_pictures_of_another_size_than_learned_from_are_told(command: Command, tmp_path: Path) -> None:
    assert "learned from" not in command()[2]
    about = tmp_path / "runs/morpher/snapshots/morpher-000001000.json"
    about.write_text(json.dumps({"trained_on": {"data": {"size": 64}}}))
    assert "measuring pictures of 32 × 32, but networks learned from 64 × 64" in command()[2]


def test_a_narrow_terminal_cuts_no_number_short(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = command()[1]
    monkeypatch.setattr("trainer.console.out._width", 40)
    assert [line.split() for line in command()[1].splitlines() if "±" in line] == [
        line.split() for line in wide.splitlines() if "±" in line
    ]


def opened_val(folder: Path) -> Any:
    from trainer.data import open_examples

    return open_examples([folder], ("val",))


def film(folder: Path, poses: np.ndarray, size: int = 32) -> Path:
    """Draw what ``mmdgen shot --motion`` would, of one face."""
    folder.mkdir()
    for i, pose in enumerate(poses):
        Image.fromarray(draw(size, 9, pose)).save(folder / f"frame-{i:05d}.png")
    return folder


def table(path: Path, poses: np.ndarray) -> Path:
    rows = "\n".join(",".join(f"{v:.6f}" for v in pose) for pose in poses)
    path.write_text(f"{','.join(NAMES)}\n{rows}\n", encoding="utf-8")
    return path


def test_the_player_plays_films_of_a_motion_before_examples(command: Command, tmp_path: Path) -> None:
    poses = np.concatenate([[IDENTITY], random_poses(np.random.default_rng(2), 5)]).astype(np.float32)
    motion = table(tmp_path / "poses.csv", poses)
    frames = [str(film(tmp_path / name, poses)) for name in ("miku", "ミク")]
    page = tmp_path / "page.html"
    code, _, err = command("--html", str(page), "--motion", str(motion), "--frames", *frames, "--batch", "4")
    assert code == 0, err
    clip, second = page_data(page)["clips"][:2]
    assert second["title"] == "ミク, poses.csv"
    assert (clip["title"], clip["moving"], clip["ms"][:3]) == ("miku, poses.csv", True, [33, 34, 33])
    assert len(clip["frames"]["FU-L1-L1"]) == 6
    for i in (0, 5):
        truth = decoded(clip["frames"]["target"][i]).astype(int)
        assert np.abs(truth[..., 3] - draw(32, 9, poses[i])[..., 3]).max() <= 2
        assert np.array_equal(decoded(clip["frames"]["input"][i]), decoded(clip["frames"]["input"][0]))


def without_rest(folder: Path) -> list[str]:
    poses = random_poses(np.random.default_rng(2), 3)
    return ["--motion", str(table(folder / "p.csv", poses)), "--frames", str(film(folder / "f", poses))]


def too_few_frames(folder: Path) -> list[str]:
    poses = np.float32([IDENTITY] * 3)
    return ["--motion", str(table(folder / "p.csv", poses)), "--frames", str(film(folder / "f", poses[:2]))]


def other_size(folder: Path) -> list[str]:
    poses = np.float32([IDENTITY] * 3)
    return ["--motion", str(table(folder / "p.csv", poses)), "--frames", str(film(folder / "f", poses, 40))]


def a_cut_frame(folder: Path) -> list[str]:
    poses = np.float32([IDENTITY] * 3)
    last = film(folder / "f", poses) / "frame-00002.png"
    last.write_bytes(last.read_bytes()[:300])
    return ["--motion", str(table(folder / "p.csv", poses)), "--frames", str(folder / "f")]


@pytest.mark.parametrize(
    ("options", "refused", "said"),
    [
        (without_rest, 2, "no frame at rest"),
        (too_few_frames, 2, "2 frames, expected the 3"),
        (other_size, 2, "40 × 40, expected 32 × 32"),
        (a_cut_frame, 1, "frame-00002.png: image file is truncated, expected a whole picture"),
    ],
)
def test_films_that_do_not_fit_are_refused_before_anything_is_measured(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Callable[[Path], list[str]],
    refused: int,
    said: str,
) -> None:
    monkeypatch.setattr("trainer.evaluation.measure", None)
    code, _, err = command("--html", str(tmp_path / "page.html"), *options(tmp_path))
    assert code == refused
    assert said in err
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--snapshot", "x"], 2, "--snapshot: beside --runs"),
        (["--motion", "x"], 2, "--motion, --frames"),
        (["--motion", "x", "--frames", "y"], 2, "add --html"),
        (["--strips", "0"], 2, "--strips"),
        (["--workers", "0"], 2, "--workers"),
        (["--published", "nowhere"], 2, "no face_morpher.pt"),
        (["--split", "test"], 2, "no test shards"),
        (["--html", "{tmp}/runs"], 2, "a folder, expected a file"),
    ],
)
def test_what_is_refused(command: Command, tmp_path: Path, options: list[str], code: int, said: str) -> None:
    found, _, err = command(*(option.format(tmp=tmp_path) for option in options))
    assert (found, said in err) == (code, True), err
    assert "Traceback" not in err


def test_names_of_strangers_are_data_in_the_page(command: Command, tmp_path: Path) -> None:
    from trainer.page.page import render

    page = render({"name": "</script><script>alert(1)</script>\u202e"})
    assert page.count("<script") == 2
    assert "\u202e" not in page


def test_ranking_takes_the_worst_and_spreads_the_rest() -> None:
    class Fake:
        def errors(self, _: str) -> np.ndarray:
            return np.arange(100.0)

    found = ranked(Fake(), "x", 10)  # type: ignore[arg-type]
    assert found[:5].tolist() == [99, 98, 97, 96, 95]
    assert found[-1] == 0
    assert (np.diff(found) < 0).all()
    assert ranked(Fake(), "x", 1000).tolist() == list(range(99, -1, -1))  # type: ignore[arg-type]


def test_differences_are_grey_where_there_is_none_and_amplified() -> None:
    a = torch.full((8, 8, 4), 255, dtype=torch.uint8)
    b = a.clone()
    b[0, 0, 0] = 250
    found = difference(b, a)
    assert found[0, 0].tolist() == [128 - 4 * 5, 128, 128]
    assert (found.reshape(-1, 3)[1:] == 128).all()
    assert decoded(url(found)).shape == (8, 8, 3)
