"""Reading drawings of every kind: they come as they look, and what cannot be read is told in one sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from mmdgen.errors import UsageError
from trainer.drawing import MOST_PIXELS, read_drawing
from trainer.errors import DrawingError

CORNERS = np.zeros((16, 16, 4), np.uint8)  # red, green / blue, clear
CORNERS[:8, :8], CORNERS[:8, 8:], CORNERS[8:, :8] = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)


def codes(path: Path) -> list[str]:
    return [finding.code for finding in read_drawing(path).findings]


def png(width: int, height: int, depth: int, kind: int, pixels: bytes) -> bytes:
    def chunk(tag: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["png", "webp", "tiff", "tga", "gif"])
def test_lossless_kinds_come_as_they_are(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    Image.fromarray(CORNERS).save(path, **({"lossless": True, "exact": True} if kind == "webp" else {}))
    drawing = read_drawing(path)
    assert drawing.has_alpha
    found = np.where(drawing.pixels[..., 3:] > 0, drawing.pixels, 0)  # GIF has some colour under alpha 0
    assert np.array_equal(found, CORNERS)
    assert codes(path) == (["mode"] if kind == "gif" else [])


def test_colours_under_alpha_0_are_kept_to_be_told(tmp_path: Path) -> None:
    dirty = CORNERS.copy()
    dirty[8:, 8:] = 1, 2, 3, 0
    Image.fromarray(dirty).save(tmp_path / "x.png")
    assert np.array_equal(read_drawing(tmp_path / "x.png").pixels, dirty)


def test_opaque_kinds_have_no_alpha(tmp_path: Path) -> None:
    for mode, name in (
        ("RGB", "x.bmp"),
        ("RGB", "x.jpg"),
        ("L", "x.png"),
        ("CMYK", "y.jpg"),
        ("P", "y.png"),
        ("1", "z.png"),
    ):
        Image.new(mode, (16, 16)).save(tmp_path / name)
        drawing = read_drawing(tmp_path / name)
        assert not drawing.has_alpha
        assert (drawing.pixels[..., 3] == 255).all()
        assert [f.code for f in drawing.findings] == ([] if mode == "RGB" else ["mode"])


def test_palettes_with_a_transparent_colour_are_transparent_there(tmp_path: Path) -> None:
    Image.fromarray(CORNERS).quantize(4).save(tmp_path / "x.png")
    drawing = read_drawing(tmp_path / "x.png")
    assert drawing.has_alpha
    assert np.array_equal(drawing.pixels[..., 3], CORNERS[..., 3])


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_of_16_bits_the_upper_8_count(tmp_path: Path, kind: int, channels: int) -> None:
    values = np.random.default_rng(kind).integers(0, 1 << 16, (8, 8, channels), dtype=np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    (tmp_path / "x.png").write_bytes(png(8, 8, 16, kind, rows))
    drawing = read_drawing(tmp_path / "x.png")
    assert "deep" in [f.code for f in drawing.findings]
    high = (values >> 8).astype(np.uint8)
    assert np.abs(drawing.pixels[..., 0].astype(int) - high[..., 0]).max() <= 1
    if channels in (2, 4):
        assert np.abs(drawing.pixels[..., 3].astype(int) - high[..., -1]).max() <= 1


@pytest.mark.parametrize("turn", range(1, 9))
def test_what_a_camera_turned_is_turned_back(tmp_path: Path, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    upright = Image.fromarray(CORNERS)
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(back[turn]) if turn in back else upright
    stored.save(tmp_path / "x.png", exif=exif)
    drawing = read_drawing(tmp_path / "x.png")
    assert np.array_equal(drawing.pixels, CORNERS)
    assert [f.code for f in drawing.findings] == (["orientation"] if turn > 1 else [])


def test_other_colour_profiles_are_taken_to_srgb_with_their_alpha(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # does not fit RGB
    for name, profile, expected in (("s", srgb, []), ("l", lab, ["profile"]), ("x", b"no profile", ["profile"])):
        Image.fromarray(CORNERS).save(tmp_path / f"{name}.png", icc_profile=profile)
        assert codes(tmp_path / f"{name}.png") == expected
        assert np.array_equal(read_drawing(tmp_path / f"{name}.png").pixels, CORNERS)
    wide = bytearray(srgb)  # the same curves with red and green primaries exchanged, under another name
    red, green = wide.find(b"rXYZ", 128), wide.find(b"gXYZ", 128)
    wide[red : red + 4], wide[green : green + 4] = b"gXYZ", b"rXYZ"
    wide = wide.replace(b"s\0R\0G\0B", b"q\0R\0G\0B")
    Image.fromarray(CORNERS).save(tmp_path / "w.png", icc_profile=bytes(wide))
    drawing = read_drawing(tmp_path / "w.png")
    assert [f.code for f in drawing.findings] == ["profile"]
    assert np.array_equal(drawing.pixels[..., 3], CORNERS[..., 3])
    assert np.abs(drawing.pixels[:8, :8, :3].astype(int) - (0, 255, 0)).max() <= 2, "red and green exchanged"


def test_of_an_animation_the_first_picture_counts(tmp_path: Path) -> None:
    frames = [Image.fromarray(CORNERS), Image.new("RGBA", (16, 16), "white")]
    for name in ("x.gif", "x.webp", "x.png"):
        options = {"lossless": True} if name == "x.webp" else {}
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        drawing = read_drawing(tmp_path / name)
        assert "animated" in [f.code for f in drawing.findings]
        assert np.array_equal(drawing.pixels[:8], CORNERS[:8])


def whole_png() -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 4), dtype=np.uint8)).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.4",
        whole_png()[:100],
        whole_png()[:2000],
        whole_png().replace(b"IDAT", b"IDOT"),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        png(60_000, 60_000, 8, 6, b""),
        png(8_200, 8_200, 1, 0, b""),
        png(0, 8, 8, 6, b""),
        b"GIF89a" + b"\xff" * 64,
        b"RIFF\xff\xff\xff\xffWEBPVP8L" + b"\0" * 32,
        b"\xff\xd8\xff\xe0" + b"\0" * 64,
        b"BM" + b"\xff" * 64,
        b"II*\0" + b"\xff" * 64,
    ],
)
def test_what_is_no_whole_picture_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(DrawingError, match=r"x\.png: .*, expected .*; ") as told:
        read_drawing(tmp_path / "x.png")
    assert "\n" not in str(told.value)
    assert str(MOST_PIXELS) not in str(told.value), "numbers are for people"


def test_floating_point_is_refused(tmp_path: Path) -> None:
    Image.new("F", (8, 8), 0.5).save(tmp_path / "x.tiff")
    with pytest.raises(DrawingError, match="floating point"):
        read_drawing(tmp_path / "x.tiff")


def test_what_is_no_file_is_wrong_usage(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no.png", Path("/dev/zero"), Path("nul\0l.png")):
        with pytest.raises(UsageError):
            read_drawing(path)
