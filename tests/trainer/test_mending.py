"""Mending drawings: backgrounds go, outlines stay soft, nothing dark shines in, the head fills its box."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdgen.motion.films import laid_on
from mmdgen.shard import ShardReader
from mmdgen.shell import run
from trainer.cli import app
from trainer.drawing import Drawing
from trainer.drawing_checks import cut_off, judge, misplaced
from trainer.drawing_head import Head, find_head
from trainer.drawing_mending import cut_out, mend, resampled
from trainer.errors import DrawingError

SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "shards").glob("*.h5"))
GROUNDS = {"white": (255, 255, 255), "sky": (136, 204, 238), "black": (0, 0, 0)}


@pytest.fixture(scope="module")
def rests() -> np.ndarray:
    """Rest pictures (6, 128, 128, 4) of our own characters, whose heads fill rows 32 to 96."""
    with ShardReader(SAMPLES[0]) as shard:
        return np.stack([shard.rest(row) for row in range(len(shard.header.models))])


def drawing(pixels: np.ndarray) -> Drawing:
    return Drawing(Path("x.png"), pixels, bool((pixels[..., 3] < 255).any()), ())


def codes(pixels: np.ndarray, size: int) -> list[str]:
    return [finding.code for finding in judge(drawing(pixels), size)]


def placed(picture: np.ndarray, canvas: tuple[int, int], x: int, y: int) -> np.ndarray:
    """Return a transparent picture of (width, height) with another one at x, y."""
    page = Image.new("RGBA", canvas)
    page.paste(Image.fromarray(picture), (x, y))
    return np.asarray(page)


def test_rendered_rest_pictures_have_nothing_wrong(rests: np.ndarray) -> None:
    for picture in rests:
        assert codes(picture, 128) == []
        mended, _ = mend(drawing(picture), 128)
        assert np.array_equal(mended.pixels, picture), "what is right is left alone"


def test_heads_of_rendered_pictures_are_found_wherever_they_lie(rests: np.ndarray) -> None:
    for picture in rests:
        here = find_head(picture[..., 3])
        assert here is not None
        assert not misplaced(here, 128, 128)
        for scale in (2, 5):
            large = placed(picture.repeat(scale, 0).repeat(scale, 1), (900, 800), 100, 37)
            there = find_head(large[..., 3])
            assert there is not None
            slack = 0.08 * scale * here.height
            assert there.top == pytest.approx(37 + scale * here.top, abs=slack)
            assert there.bottom == pytest.approx(37 + scale * here.bottom, abs=slack)
            assert there.center == pytest.approx(100 + scale * here.center, abs=slack)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (150, 10), (40, 120)])
def test_a_head_said_by_a_person_is_moved_into_its_box_exactly(rests: np.ndarray, x: int, y: int) -> None:
    for picture in rests[:3]:
        mended, head = mend(drawing(placed(picture, (300, 250), x, y)), 128, (y + 32, y + 96), x + 64)
        assert head.by == "person"
        assert np.array_equal(mended.pixels, np.where(picture[..., 3:] > 0, picture, 0))


def test_misplaced_heads_are_told_and_moved_into_the_box(rests: np.ndarray) -> None:
    moved = [placed(np.asarray(Image.fromarray(p).resize((200, 200))), (400, 400), 180, 200) for p in rests]
    for picture in moved:
        assert {"size", "head"} <= set(codes(picture, 128))
        left = codes(mend(drawing(picture), 128)[0].pixels, 128)
        assert set(left) <= {"cut"}, "bodies end where the samples' pictures do"


def rim_on_magenta(found: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Return by how many levels each pixel is off when both are laid on another colour."""
    other = (255, 0, 255)
    return np.abs(laid_on(found, other).astype(int) - laid_on(picture, other)).mean(-1)


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
def test_a_flat_background_is_cut_out_and_the_outline_stays_soft(rests: np.ndarray, ground: tuple[int, ...]) -> None:
    """Laid on the very ground again, the picture is as it was; on another, no rim of the old ground is left."""
    for picture in rests:
        opaque = laid_on(picture, ground)
        found, enclosed = cut_out(drawing(opaque), opaque)
        assert 0 <= enclosed < 1
        assert np.abs(laid_on(found, ground).astype(int) - opaque).max() <= 32
        clear = picture[..., 3] == 0
        assert (found[..., 3][clear] == 0).mean() > 0.9, "what is enclosed by the drawing stays"
        hard = opaque.copy()
        hard[..., 3] = np.where(found[..., 3] > 0, 255, 0)
        soft = (picture[..., 3] > 0) & (picture[..., 3] < 255)
        rim, hard_rim = (rim_on_magenta(cut, picture)[soft].mean() for cut in (found, hard))
        assert rim < hard_rim * (0.75 if ground == (0, 0, 0) else 0.6), "outlines are dark themselves"


def test_backgrounds_that_are_not_flat_are_refused(rests: np.ndarray) -> None:
    ramp = np.full((128, 128, 4), 255, np.uint8)
    ramp[..., :3] = np.linspace(0, 255, 128).astype(np.uint8)[:, None, None]
    with pytest.raises(DrawingError, match="expected a flat background or none; erase"):
        mend(drawing(ramp), 128)
    with pytest.raises(DrawingError, match="nothing but one colour"):
        mend(drawing(np.full((64, 64, 4), 255, np.uint8)), 128)
    with pytest.raises(DrawingError, match="shows no head"):
        mend(drawing(np.zeros((64, 64, 4), np.uint8)), 128)
    for shape in ((1, 1), (1, 5000), (5000, 40), (16, 16)):
        for value in (0, 9, 255):
            with pytest.raises(DrawingError, match="expected a figure"):
                mend(drawing(np.full((*shape, 4), value, np.uint8)), 128)


def test_resampling_lets_no_hidden_colour_shine_in() -> None:
    disc = np.zeros((200, 200, 4), np.uint8)
    y, x = np.mgrid[:200, :200]
    disc[..., :3] = (0, 255, 0)  # under alpha 0
    disc[np.hypot(x - 100, y - 100) < 80] = 255, 200, 180, 255
    for box in ((0.0, 0.0, 200.0, 200.0), (-51.3, -20.0, 248.7, 280.0), (80.0, 80.0, 120.5, 120.5)):
        small = resampled(disc, box, 64)
        shown = small[..., 3] > 8
        assert np.abs(small[shown][:, :3].astype(int) - (255, 200, 180)).max() <= 255 // 8 // 2
        assert not small[small[..., 3] == 0].any()
    whole = resampled(disc, (0, 0, 200, 200), 200)
    assert np.array_equal(whole, np.where(disc[..., 3:] > 0, disc, 0))


def test_huge_drawings_are_reduced_first(rests: np.ndarray) -> None:
    large = drawing(rests[0].repeat(40, 0).repeat(40, 1))  # 5120 × 5120
    mended, _ = mend(large, 128)
    difference = np.abs(mended.pixels.astype(int) - np.where(rests[0][..., 3:] > 0, rests[0], 0))
    assert difference[rests[0][..., 3] == 255].mean() < 3


def test_dirt_bodies_and_blur_are_told(rests: np.ndarray) -> None:
    dirty = rests[0].copy()
    dirty[dirty[..., 3] == 0] = 9, 9, 9, 0
    assert codes(dirty, 128) == ["dirty"]
    assert np.array_equal(mend(drawing(dirty), 128)[0].pixels, rests[0])
    cut = rests[0].copy()
    cut[115:] = 0
    assert codes(cut, 128) == ["cut"]
    assert codes(laid_on(rests[0], (255, 255, 255)), 128) == ["opaque"]
    assert codes(np.zeros_like(cut), 128) == ["empty"]
    filled = rests[0].copy()
    filled[:120] = 255
    assert "background" in codes(filled, 128)
    assert [f.code for f in mend(drawing(rests[0]), 256)[0].findings] == ["blurred"]


@pytest.mark.parametrize(
    ("part", "head", "side"),
    [
        ((slice(56, None), slice(None)), (-24, 40, 64), "at the top"),
        ((slice(None), slice(60, None)), (32, 96, 4), "on the left"),
        ((slice(None), slice(0, 68)), (32, 96, 64), "on the right"),
    ],
)
def test_a_head_that_the_border_cuts_off_is_told_and_stays_told(
    rests: np.ndarray, part: tuple[slice, slice], head: tuple[int, int, int], side: str
) -> None:
    for rest in rests:
        top, bottom, center = head
        [found] = cut_off(rest[part], Head(top, bottom, center, "neck"))
        assert found.found == f"the head seems cut off {side}"
        assert found in mend(drawing(rest[part]), 128, (top, bottom), center)[0].findings


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rests: np.ndarray) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(rests[0]).save("good.png")
    Image.fromarray(laid_on(rests[1], (255, 255, 255))).convert("RGB").save("white.jpg", quality=90)
    return tmp_path


def check(*arguments: str) -> int:
    return run(app, ["check-input", *arguments])


def test_the_command_tells_mends_and_shows(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert check("good.png", "--size", "128") == 0
    assert re.fullmatch(
        r"good\.png: nothing wrong\ngood\.png: head at rows 3\d to 9\d, column 64, says the outline, by its neck\n",
        capfd.readouterr().out,
    )
    assert check("good.png", "white.jpg") == 1
    told = capfd.readouterr().out
    assert "white.jpg: error: no alpha, expected a character on transparent ground; erase" in told
    assert "good.png: error: 128 × 128, expected 256 × 256" in told
    options = ["--size", "128", "--fix", "-o", "out/{name}.png", "--show", "out/{name}-look.png", "--json"]
    assert check("good.png", "white.jpg", *options) == 0
    good, white = json.loads(capfd.readouterr().out)
    assert (good["ok"], good["findings"], good["left"]) == (True, [], [])
    assert [f["code"] for f in white["findings"]] == ["opaque"]
    assert white["head"]["by"] in ("neck", "width")
    assert np.array_equal(np.asarray(Image.open("out/good.png")), np.asarray(Image.open("good.png")))
    assert check("out/white.png", "--size", "128") == 0
    with Image.open("out/white-look.png") as look:
        assert look.width > 2 * 512


def test_one_bad_file_keeps_no_other_from_being_told(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("bad.png").write_bytes(b"no picture")
    assert check("bad.png", "good.png", "--size", "128", "--fix", "-o", "{name}-out.png") == 1
    told = capfd.readouterr()
    assert told.err.startswith("bad.png: no picture that can be read")
    assert "good-out.png" in told.out
    assert not Path("bad-out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "images"),
        (["good.png", "--fix"], 2, "-o: nothing to write"),
        (["good.png", "-o", "x.png"], 2, "nothing is written without --fix"),
        (["good.png", "--fix", "-o", "x.jpg"], 2, "ending in .png"),
        (["good.png", "--fix", "-o", "good.png"], 2, "it is a drawing itself"),
        (["good.png", "--size", "7"], 2, "--size: 7"),
        (["good.png", "--head", "1", "9"], 2, "add --fix"),
        (["good.png", "--fix", "-o", "x.png", "--head", "90", "20"], 2, "--head: 90 to 20, expected rows"),
        (["good.png", "--fix", "-o", "x.png", "--head", "nan", "20"], 2, "--head: nan to 20"),
        (["good.png", "--fix", "-o", "x.png", "--center", "1e9"], 2, "--center: 1e+09"),
        (["nowhere.png"], 2, "nowhere.png: no such file"),
    ],
)
def test_bad_requests_are_told_and_leave_nothing(
    place: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    before = sorted(place.iterdir())
    assert check(*arguments) == code
    assert said in capfd.readouterr().err.replace("IMAGES", "images")
    assert sorted(place.iterdir()) == before
