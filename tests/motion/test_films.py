"""Films: decoded again, they show the frames that went in, each at its time, and are never half there."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence
from scipy.ndimage import gaussian_filter

from mmdgen.errors import MmdgenError, UsageError
from mmdgen.motion.films import WHITE, Film, colour, laid_on
from mmdgen.motion.table import Motion
from mmdgen.motion.video import bled

SIZE = 64
LOSSLESS = ("x.webp", "x.apng", "x.png", "x/", "x")
TIMES = [0, 33, 67, 100, 150, 400, 401, 1000, 1600]


def timed(times: list[int] | None = None, frames: int = 8) -> Motion:
    ticks = np.array(times or range(frames + 1), np.int64)
    base = Fraction(1, 1000) if times else Fraction(1, 30)
    return Motion(np.zeros((len(ticks) - 1, 6)), ticks, base, None if times else 30.0)


def moving(frames: int = 8) -> np.ndarray:
    """Return a smooth disc with a soft rim that wanders; with a frame that repeats, an empty one and a small change."""
    rng = np.random.default_rng(0)
    texture = gaussian_filter(rng.uniform(0, 255, (SIZE, SIZE, 3)), (8, 8, 0))
    texture = (texture - texture.min()) / np.ptp(texture) * 255
    y, x = np.mgrid[:SIZE, :SIZE]
    pictures = np.zeros((frames, SIZE, SIZE, 4), np.uint8)
    for i, picture in enumerate(pictures):
        rim = 20 - np.hypot(x - 24 - 2 * i, y - 32)
        picture[..., 3] = (np.clip(rim, 0, 1) * 255).astype(np.uint8)
        picture[..., :3] = np.where(picture[..., 3:] > 0, texture, 0)
    pictures[3] = pictures[2]
    pictures[5] = 0
    pictures[7] = pictures[6]
    pictures[7, 33, 35] = 1, 2, 3, 255
    return pictures


def make(path: Path | str, motion: Motion, pictures: np.ndarray, **options: object) -> Film:
    film = Film(str(path), motion, SIZE, **options)
    with film.open() as put:
        for picture in laid_on(pictures, film.background):
            put(picture)
    return film


def decoded(path: Path, name: str | None = None) -> list[av.VideoFrame]:
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        decoder = av.CodecContext.create(name, "r") if name else stream.codec_context
        return [frame for packet in file.demux(stream) for frame in decoder.decode(packet)]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * np.log10(255**2 / max(np.mean((a.astype(float) - b) ** 2), 1e-9))


@pytest.mark.parametrize("times", [None, TIMES])
@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_films_hold_every_byte_at_its_time(tmp_path: Path, name: str, times: list[int] | None) -> None:
    pictures, motion = moving(), timed(times)
    make(f"{tmp_path}/{name}", motion, pictures)
    if name.startswith("x."):
        with Image.open(tmp_path / name) as image:
            found, durations = [], []
            for frame in ImageSequence.Iterator(image):
                found.append(np.asarray(frame.convert("RGBA")))
                durations.append(frame.info["duration"])
            assert image.info["loop"] == 0
        exact = (np.diff(motion.ticks) * float(motion.base * 1000)).tolist()
        assert durations == pytest.approx(motion.milliseconds().tolist() if name == "x.webp" else exact)
    else:
        files = sorted((tmp_path / "x").iterdir())
        assert [f.name for f in files] == [f"frame-{i:05d}.png" for i in range(8)]
        found = [np.asarray(Image.open(f)) for f in files]
    assert np.array_equal(found, pictures)


@pytest.mark.parametrize("name", LOSSLESS[:3])
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    results = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        make(tmp_path / folder / name, timed(), moving(), loop=3)
        results.append((tmp_path / folder / name).read_bytes())
        with Image.open(tmp_path / folder / name) as image:
            assert image.info["loop"] == 3
    assert results[0] == results[1]


@pytest.mark.parametrize("times", [None, TIMES])
def test_mp4_shows_the_frames_on_their_background_at_their_times(tmp_path: Path, times: list[int] | None) -> None:
    pictures, motion = moving(), timed(times)
    film = make(tmp_path / "x.mp4", motion, pictures)
    frames = decoded(tmp_path / "x.mp4")
    assert film.codec == "libx264"
    assert [frame.pts * frame.time_base for frame in frames] == [int(t) * motion.base for t in motion.ticks[:-1]]
    assert {frame.format.name for frame in frames} == {"yuv420p"}
    with av.open(str(tmp_path / "x.mp4")) as file:
        stream = file.streams.video[0]
        assert stream.duration * stream.time_base == int(motion.ticks[-1]) * motion.base
    shown = laid_on(pictures, WHITE)[..., :3]
    assert min(psnr(f.to_ndarray(format="rgb24"), s) for f, s in zip(frames, shown, strict=True)) > 35


@pytest.mark.parametrize("times", [None, TIMES])
def test_webm_keeps_transparency(tmp_path: Path, times: list[int] | None) -> None:
    pictures, motion = moving(), timed(times)
    make(tmp_path / "x.webm", motion, pictures)
    frames = decoded(tmp_path / "x.webm", "libvpx-vp9")
    starts = [0, *np.cumsum(motion.milliseconds())[:-1].tolist()]
    assert [frame.pts for frame in frames] == starts
    assert {frame.format.name for frame in frames} == {"yuva420p"}
    for frame, picture in zip(frames, pictures, strict=True):
        found = frame.to_ndarray(format="rgba")
        assert psnr(found[..., 3], picture[..., 3]) > 35
        for ground in ((0, 0, 0), WHITE):
            assert psnr(laid_on(found, ground), laid_on(picture, ground)) > 35


def test_colours_go_on_beyond_the_outline_and_alpha_does_not() -> None:
    for picture in (*moving(), np.full((SIZE, SIZE, 4), 255, np.uint8)):
        grown, inside = bled(picture), picture[..., 3] > 0
        assert np.array_equal(grown[inside], picture[inside])
        assert np.array_equal(grown[..., 3], picture[..., 3])
    red = np.zeros((SIZE, SIZE, 4), np.uint8)
    red[30:34, 30:34] = 255, 0, 0, 128
    assert (bled(red)[20:40, 20:40, :3] == (255, 0, 0)).all()
    assert (bled(red)[0, 0] == 0).all()


@pytest.mark.parametrize("name", ["x.mp4", "x.webm", "x.webp", "x.apng", "x"])
def test_an_interrupt_leaves_nothing_half(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.mp4").write_bytes(b"before")
    film = Film(str(tmp_path / name), timed(), SIZE)

    def interrupted() -> None:
        with film.open() as put:
            for picture in moving()[:4]:
                put(picture)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({"x.mp4", *(["x"] if name == "x" else [])})
    assert (tmp_path / "x.mp4").read_bytes() == b"before"
    make(tmp_path / name, timed(), moving())
    assert not list(tmp_path.rglob("*.part"))


def test_frames_of_a_longer_motion_are_never_mixed_in(tmp_path: Path) -> None:
    make(tmp_path / "x", timed(), moving())
    make(tmp_path / "x", timed(), moving()[::-1])
    with pytest.raises(UsageError, match=r"frame-00004\.png of another motion, expected at most 4 frames"):
        Film(str(tmp_path / "x"), timed(frames=4), SIZE)


@pytest.mark.parametrize("name", ["x.mp4", "x.webm"])
def test_a_missing_library_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MmdgenError, match=r"pip install 'mmdgen\[video\]', or write \.webp"):
        Film(str(tmp_path / name), timed(), SIZE)
    Film(str(tmp_path / "x.webp"), timed(), SIZE)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("x.gif", {}, r"extension '\.gif', expected \.mp4"),
        ("x.mp4", {"loop": 2}, "--loop: .* plays as its player likes"),
        ("x.webp", {"loop": 70_000}, "expected 0 to 65535"),
        ("x.webp", {"loop": -1}, "expected 0 to 65535"),
    ],
)
def test_impossible_films_are_refused(tmp_path: Path, name: str, options: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Film(str(tmp_path / name), timed(), SIZE, **options)


@pytest.mark.parametrize("name", ["no/x.mp4", "no/x.webp"])
def test_a_missing_folder_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(MmdgenError, match="check the folder"):
        make(tmp_path / name, timed(), moving())


def test_laying_on_a_colour_is_exact_to_half_a_step() -> None:
    value, alpha = np.meshgrid(np.arange(256), np.arange(256))
    pictures = np.stack([value, value, value, alpha], -1).astype(np.uint8)
    for ground in ((0, 128, 255), WHITE):
        exact = (value[..., None] * alpha[..., None] + np.array(ground) * (255 - alpha[..., None])) / 255
        result = laid_on(pictures, ground)
        assert np.abs(result[..., :3] - exact).max() <= 0.5
        assert (result[..., 3] == 255).all()
    assert laid_on(pictures, None) is pictures


def test_colours_are_read() -> None:
    assert (colour("white"), colour("#ff8000"), colour("#F80")) == (WHITE, (255, 128, 0), (255, 136, 0))
    with pytest.raises(UsageError, match="--background: 'blurple', expected a colour"):
        colour("blurple")
