"""``trainer pose``: what is drawn is what the networks give, in pictures, sheets and films; bad requests are told."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from drawn_faces import draw
from PIL import Image, ImageSequence
from still_networks import save_runs

from mmdgen.motion.films import WHITE, laid_on
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS
from mmdgen.shell import run
from trainer.cli import app
from trainer.motions import built_in
from trainer.pose_sheet import COLUMNS, grid
from trainer.posing import Actor
from trainer.weights import choose

SIZE = 32
REST = np.array(IDENTITY, np.float32)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two drawings, in which commands run."""
    monkeypatch.chdir(tmp_path)
    for name, character in (("a", 1), ("b", 2)):
        Image.fromarray(draw(SIZE, character, REST)).save(tmp_path / f"{name}.png")
    return tmp_path


def posed(character: int, poses: np.ndarray) -> np.ndarray:
    """Return what the networks below runs/ give, by the library."""
    actor = Actor(choose(Path("runs"), None), torch.device("cpu"))
    return np.concatenate(list(actor.draw(draw(SIZE, character, REST), poses, 3)))


def cpu(*arguments: str) -> int:
    return run(app, ["pose", *arguments, *([] if "--device" in arguments else ["--device", "cpu"])])


def test_still_networks_give_the_drawing_back_in_every_pose(place: Path) -> None:
    save_runs(place / "runs")
    drawing = np.asarray(Image.open("a.png"))
    for options in ([], ["--eye-left", "1", "--mouth", "0"], ["--head-x", "-1", "--head-y", "0.5", "--neck-z", "1"]):
        assert cpu("a.png", "-o", "out.png", *options) == 0
        found = np.asarray(Image.open("out.png"))
        assert np.abs(found.astype(int) - drawing).max() <= 1
        assert not found[found[..., 3] == 0].any()


def test_pictures_are_what_the_networks_give(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_runs(place / "runs", lifeless=False)
    assert cpu("a.png", "b.png", "-o", "out/{name}-posed.png", "--head-y", "-0.5", "--eye-right", "1", "--json") == 0
    told = json.loads(capfd.readouterr().out)
    pose = np.array([[0, -0.5, 0, 0, 1, 1]])
    for character, name, about in zip((1, 2), "ab", told, strict=True):
        assert np.array_equal(np.asarray(Image.open(f"out/{name}-posed.png")), posed(character, pose)[0])
        assert about["output"] == f"out/{name}-posed.png"
        assert list(about["pose"].values()) == pose[0].tolist()
        assert about["config"] == "FU-L1-L1"
        assert about["networks"]["combiner"] == "runs/combiner-l1-l1/snapshots/combiner-000000102.safetensors"
    assert not np.array_equal(*(np.asarray(Image.open(f"out/{name}-posed.png")) for name in "ab"))


def test_sheets_move_one_parameter_in_each_row(place: Path) -> None:
    names, poses = grid(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    assert names == list(NAMES)
    for row, parameter in enumerate(PARAMETERS):
        some = poses[row * COLUMNS : (row + 1) * COLUMNS]
        assert np.array_equal(some[:, row], np.linspace(parameter.low, parameter.high, COLUMNS))
        assert np.array_equal(np.delete(some, row, 1), np.delete(np.tile(np.arange(1, 7) / 10, (COLUMNS, 1)), row, 1))
    save_runs(place / "runs", lifeless=False)
    assert cpu("a.png", "-o", "out.png", "--sheet", "--neck-z", "0.3") == 0
    page = np.asarray(Image.open("out.png"))
    wide, tall = (page.shape[1] - 6) // 6, (page.shape[0] - 6) // 6
    tiles = [
        page[6 + r * tall : 6 + r * tall + 96, 6 + c * wide : 6 + c * wide + 96] for r in range(6) for c in range(6)
    ]
    from mmdgen.canvas import on_checkerboard

    pictures = posed(1, grid(np.array([0, 0, 0.3, 0, 0, 1]))[1])
    for row in range(6):
        for column in range(COLUMNS):
            shown = np.repeat(np.repeat(on_checkerboard(pictures[row * COLUMNS + column]), 3, 0), 3, 1)
            assert np.array_equal(tiles[row * 6 + column + 1], shown)


@pytest.mark.parametrize("output", ["film.webp", "film.apng", "film/"])
def test_lossless_films_hold_what_the_networks_give(place: Path, output: str) -> None:
    save_runs(place / "runs", lifeless=False)
    Path("poses.csv").write_text("head_x,mouth,time\n0,1,0\n0.5,0.5,0.1\n-1,0,0.25\n", encoding="utf-8")
    assert cpu("a.png", "-o", output, "--motion", "poses.csv", "--batch", "2") == 0
    expected = posed(1, np.array([[0, 0, 0, 0, 0, 1], [0.5, 0, 0, 0, 0, 0.5], [-1, 0, 0, 0, 0, 0]]))
    if output.endswith("/"):
        found = [np.asarray(Image.open(f)) for f in sorted(Path(output).iterdir())]
    else:
        with Image.open(output) as film:
            found, times = [], []
            for frame in ImageSequence.Iterator(film):
                found.append(np.asarray(frame.convert("RGBA")))
                times.append(frame.info["duration"])
        assert times == [100, 150, 150]
    assert np.array_equal(found, expected)


def test_mp4_shows_the_drawing_on_white_through_the_built_in_motion(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    save_runs(place / "runs")
    picture = draw(SIZE, 1, REST).repeat(2, 0).repeat(2, 1)  # so that four pixels can share a colour
    Image.fromarray(picture).save("large.png")
    assert cpu("large.png", "--size", "64", "-o", "film.mp4", "--video", "--fps", "4", "--json") == 0
    (told,) = json.loads(capfd.readouterr().out)
    motion = built_in(4)
    assert (told["frames"], told["fps"]) == (len(motion), 4)
    with av.open("film.mp4") as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(frames) == len(motion)
    shown = laid_on(picture, WHITE)[..., :3].astype(float)
    for frame in frames:
        assert 10 * np.log10(255**2 / ((frame - shown) ** 2).mean()) > 35


@pytest.mark.parametrize("head", [True, False])
def test_the_built_in_motion_shows_every_parameter_from_rest_to_rest(head: bool) -> None:
    motion = built_in(30, head=head)
    assert np.array_equal(motion.poses[0], IDENTITY)
    assert np.abs(motion.poses[-1] - IDENTITY).max() < 0.1
    reached = np.abs(motion.poses - IDENTITY).max(0)
    assert (reached[3:] > 0.99).all()
    assert (reached[:3] > 0.99).all() if head else not reached[:3].any()
    assert np.abs(np.diff(motion.poses, axis=0)).max() < 0.4, "smooth: a blink takes some frames"


def test_a_morpher_alone_moves_eyes_and_mouth_only(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_runs(place / "runs", folders=("morpher",))
    assert cpu("a.png", "-o", "out.png", "--eye-left", "0.5") == 0
    assert capfd.readouterr().err.splitlines()[-1].startswith("morpher: runs/morpher/snapshots")
    assert cpu("a.png", "-o", "sheet.png", "--sheet") == 0
    with Image.open("sheet.png") as sheet:
        assert sheet.height < sheet.width, "three rows"
    assert cpu("a.png", "-o", "out.webp", "--video", "--fps", "2") == 0
    assert cpu("a.png", "-o", "out.png", "--head-x", "0.5") == 2
    assert "train rotator and combiner too" in capfd.readouterr().err


def test_mending_first_poses_what_check_input_would_have_written(place: Path) -> None:
    save_runs(place / "runs")
    large = Image.open("a.png").resize((96, 96), Image.Resampling.NEAREST)
    white = Image.new("RGB", (96, 96), "white")
    white.paste(large, mask=large.getchannel("A"))
    white.save("white.png")
    assert cpu("white.png", "-o", "out.png") == 1
    assert run(app, ["check-input", "white.png", "--size", "32", "--fix", "-o", "fixed.png", "--head", "16", "80"]) == 0
    assert cpu("fixed.png", "-o", "from-fixed.png") == 0
    found, fixed = (np.asarray(Image.open(name)).astype(int) for name in ("from-fixed.png", "fixed.png"))
    assert np.abs(found - fixed).max() <= 1


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "-o: nothing to write"),
        (["-o", "out.jpg"], 2, "out.jpg: extension '.jpg', expected .png"),
        (["-o", "out.gif", "--video"], 2, "extension '.gif'"),
        (["-o", "out.gif", "--sheet"], 2, "extension '.gif'"),
        (["-o", "out.png", "--eye-left", "1.5"], 2, "--eye-left: 1.5, expected 0 to 1"),
        (["-o", "out.png", "--head-x", "nan"], 2, "--head-x: nan, expected -1 to 1"),
        (["-o", "out.png", "--mouth", "open"], 2, "--mouth"),
        (["-o", "out.png", "--fps", "5"], 2, "--fps or --loop without a film"),
        (["-o", "out.mp4", "--video", "--fps", "0"], 2, "--fps: 0, expected 0.1 to 240"),
        (["-o", "out.webp", "--video", "--eye-left", "1"], 2, "a pose beside a film"),
        (["-o", "out.webp", "--video", "--sheet"], 2, "--sheet beside --video"),
        (["-o", "out.webp", "--motion", "no.csv"], 2, "no.csv: no such file"),
        (["-o", "out.png", "--background", "reddish"], 2, "--background"),
        (["-o", "out.png", "--config", "FU-P-P"], 2, "FU-L1-L1, ZH-L1, PU-L1, morpher trained, expected FU-P-P"),
        (["-o", "out.png", "--config", "best"], 2, "--config best: unknown"),
        (["-o", "out.png", "--runs", "nowhere"], 2, "nothing trained"),
        (["-o", "out.png", "--published", "runs"], 2, "no face_morpher.pt"),
        (["-o", "out.png", "--published", "runs", "--config", "ZH-L1"], 2, "expected one of them"),
        (["-o", "out.png", "--combiner", "runs/combiner-l1-l1"], 2, "--combiner: not enough"),
        (["-o", "out.png", "--morpher", "runs/rotator-l1"], 1, "a rotator, expected a morpher"),
        (["-o", "out.png", "--morpher", "a.png"], 1, "a.png"),
        (["-o", "out.png", "--size", "100"], 2, "--size: 100, expected a multiple of 8"),
        (["-o", "out.png", "--size", "64"], 1, "32 × 32, expected 64 × 64"),
        (["-o", "out.png", "--batch", "0"], 2, "--batch: 0"),
        (["-o", "out.png", "--device", "abacus"], 2, "--device abacus"),
        (["-o", "a.png"], 2, "it is a drawing itself"),
        (["b.png", "-o", "out.png"], 2, "one file for 2 drawings, expected {name}"),
        (["no.png", "-o", "{name}-x.png"], 2, "no.png: no such file"),
        (["runs", "-o", "{name}-x.png"], 2, "runs: a folder, expected a picture"),
        (["x/a.png", "-o", "{name}-x.png"], 2, "are both a-x.png"),
        (["broken.png", "-o", "{name}-x.png"], 1, "broken.png: "),
    ],
)
def test_bad_requests_are_told_and_leave_nothing(
    place: Path, capfd: pytest.CaptureFixture[str], options: list[str], code: int, said: str
) -> None:
    save_runs(place / "runs")
    Path("broken.png").write_bytes(Path("a.png").read_bytes()[:200])
    before = sorted(place.iterdir())
    assert cpu("a.png", *options) == code
    told = capfd.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err
    assert told.out == ""
    assert sorted(place.iterdir()) == before


def test_without_a_drawing_the_command_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["pose", "-o", "x.png"]) == 2
    assert "images" in capfd.readouterr().err.lower()


def test_a_dry_run_checks_and_writes_nothing(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_runs(place / "runs")
    assert cpu("a.png", "-o", "new/out.mp4", "--video", "--dry-run", "--json") == 0
    assert json.loads(capfd.readouterr().out)[0]["codec"] == "libx264"
    assert not Path("new").exists()
