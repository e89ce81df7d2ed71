"""Pictures of every kind that models bring, recognised by content, whole or refused."""

from __future__ import annotations

import io
import struct
from itertools import product

import numpy as np
import pytest
from limits import within_limits
from PIL import Image

from mmdgen.errors import FormatError
from mmdgen.formats.images import decode_image
from mmdgen.model import U1

RANDOM = np.random.default_rng(5)


def picture(height: int = 7, width: int = 5, alpha: bool = True) -> U1:
    """Noise with a flat upper half, so that run-length coding has something to do."""
    rgba = RANDOM.integers(0, 256, (height, width, 4), np.uint8)
    rgba[: height // 2] = (10, 200, 30, 128)
    if not alpha:
        rgba[..., 3] = 255
    return rgba


def by_pillow(pixels: U1, kind: str, mode: str = "RGBA", **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, kind, **options)
    return out.getvalue()


def bmp32(pixels: U1, header: int = 40, compression: int = 0, top_down: bool = False) -> bytes:
    height, width = pixels.shape[:2]
    rows = pixels if top_down else pixels[::-1]
    body = np.ascontiguousarray(rows[..., [2, 1, 0, 3]]).tobytes()
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) if compression else b""
    info = struct.pack(
        "<IiiHHIIiiII", header, width, -height if top_down else height, 1, 32, compression, len(body), 0, 0, 0, 0
    )
    info = (info + masks).ljust(max(header, 40 + len(masks)), b"\0")
    return struct.pack("<2sIHHI", b"BM", 14 + len(info) + len(body), 0, 0, 14 + len(info)) + info + body


def tga(
    kind: int,
    stored: np.ndarray,
    bits: int,
    runs: bool = False,
    corner: int = 0,
    alpha_bits: int = 0,
    palette: tuple = (),
) -> bytes:
    """``stored`` (H, W, bytes) as in the file; ``palette``: (first, bits, (n, bytes) colours)."""
    height, width = stored.shape[:2]
    first, color_bits, colors = palette or (0, 0, np.zeros((0, 0), np.uint8))
    head = struct.pack(
        "<BBBHHBHHHHBB",
        3,
        bool(palette),
        kind + 8 * runs,
        first,
        len(colors),
        color_bits,
        0,
        0,
        width,
        height,
        bits,
        corner << 4 | alpha_bits,
    )
    body = pack_runs(stored.reshape(-1, stored.shape[2])) if runs else stored.tobytes()
    return head + b"id!" + colors.tobytes() + body + b"\0" * 8 + b"TRUEVISION-XFILE.\0"


def pack_runs(pixels: np.ndarray) -> bytes:
    """Code runs without regard to lines; single pixels become raw packets of up to three."""
    out, i = bytearray(), 0
    while i < len(pixels):
        run = 1
        while run < 128 and i + run < len(pixels) and (pixels[i + run] == pixels[i]).all():
            run += 1
        if run > 1:
            out += bytes((127 + run,)) + pixels[i].tobytes()
        else:
            run = min(3, len(pixels) - i)
            out += bytes((run - 1,)) + pixels[i : i + run].tobytes()
        i += run
    return bytes(out)


def turned(pixels: np.ndarray, corner: int) -> np.ndarray:
    """Order the rows and columns of a picture as a TGA with that corner stores them."""
    return np.ascontiguousarray(pixels[:: 1 if corner & 2 else -1, :: -1 if corner & 1 else 1])


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "DDS"])
def test_lossless_formats_with_alpha(kind: str) -> None:
    pixels = picture(8, 8)
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    np.testing.assert_array_equal(decode_image(by_pillow(pixels, kind, **options)), pixels)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("BMP", "RGB"), ("PNG", "P"), ("BMP", "P"), ("GIF", "P"), ("PNG", "L"), ("BMP", "1")],
)
def test_opaque_formats_and_palettes(kind: str, mode: str) -> None:
    pixels = picture(alpha=False)
    want = np.array(Image.fromarray(pixels).convert(mode).convert("RGBA"))
    np.testing.assert_array_equal(decode_image(by_pillow(pixels, kind, mode)), want)


def test_palette_with_a_transparent_colour() -> None:
    indexed = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), "L").convert("P")
    out = io.BytesIO()
    indexed.save(out, "PNG", transparency=0)
    assert decode_image(out.getvalue())[..., 3].tolist() == [[0, 255], [255, 0]]


def test_grey_of_16_bits_keeps_its_scale() -> None:
    out = io.BytesIO()
    Image.fromarray(np.array([[0, 0x8000, 0xFFFF]], np.uint16)).save(out, "PNG")
    assert decode_image(out.getvalue()).tolist() == [[[0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255]]]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg(mode: str) -> None:
    pixels = np.full((16, 16, 4), (200, 120, 40, 255), np.uint8)
    found = decode_image(by_pillow(pixels, "JPEG", mode, quality=95)).astype(int)
    want = np.array(Image.fromarray(pixels).convert(mode).convert("RGBA")).astype(int)
    assert np.abs(found - want).max() <= 4


@pytest.mark.parametrize(
    ("header", "compression", "top_down"),
    [(40, 0, False), (40, 0, True), (40, 3, False), (108, 3, False), (124, 0, True)],
)
def test_bmp_of_32_bits_keeps_its_alpha(header: int, compression: int, top_down: bool) -> None:
    pixels = picture()
    np.testing.assert_array_equal(decode_image(bmp32(pixels, header, compression, top_down)), pixels)


@pytest.mark.parametrize("unused", [0, 255])
def test_a_fourth_byte_that_is_the_same_everywhere_is_no_alpha(unused: int) -> None:
    pixels = picture()
    pixels[..., 3] = unused
    want = pixels.copy()
    want[..., 3] = 255
    np.testing.assert_array_equal(decode_image(bmp32(pixels)), want)
    np.testing.assert_array_equal(decode_image(tga(2, np.ascontiguousarray(pixels[::-1, :, [2, 1, 0, 3]]), 32)), want)


@pytest.mark.parametrize(("runs", "corner", "bits"), list(product((False, True), range(4), (24, 32))))
def test_tga_true_colour_from_every_corner(runs: bool, corner: int, bits: int) -> None:
    pixels = picture(alpha=bits == 32)
    stored = turned(pixels[..., [2, 1, 0, 3][: bits // 8]], corner)
    np.testing.assert_array_equal(decode_image(tga(2, stored, bits, runs, corner, alpha_bits=8)), pixels)


def test_tga_runs_cross_lines() -> None:
    data = tga(2, np.full((3, 5, 3), 7, np.uint8), 24, runs=True)
    assert data[21] == 127 + 15, "one packet covers three lines"
    assert (decode_image(data) == (7, 7, 7, 255)).all()


@pytest.mark.parametrize("runs", [False, True])
def test_tga_grey_palette_and_16_bits(runs: bool) -> None:
    grey = turned(picture()[..., :1], 0)
    want = grey[::-1].repeat(3, -1)
    np.testing.assert_array_equal(decode_image(tga(3, grey, 8, runs))[..., :3], want)
    both = turned(picture()[..., [0, 3]], 0)
    np.testing.assert_array_equal(decode_image(tga(3, both, 16, runs)), both[::-1][..., [0, 0, 0, 1]])
    colors = RANDOM.integers(0, 256, (16, 3), np.uint8)
    index = RANDOM.integers(3, 19, (7, 5, 1), np.uint8)
    found = decode_image(tga(1, index, 8, runs, palette=(3, 24, colors)))
    np.testing.assert_array_equal(found[..., :3], colors[index[::-1, :, 0] - 3][..., ::-1])
    packed = np.array(
        [[0b0_11111_00000_00000, 0b0_00000_11111_00000], [0b1_00000_00000_11111, 0b0_10000_10000_10000]], "<u2"
    )
    opaque = decode_image(tga(2, packed.view(np.uint8).reshape(2, 2, 2), 16, runs, corner=2))
    assert opaque.tolist() == [[[255, 0, 0, 255], [0, 255, 0, 255]], [[0, 0, 255, 255], [132, 132, 132, 255]]]
    masked = decode_image(tga(2, packed.view(np.uint8).reshape(2, 2, 2), 16, runs, corner=2, alpha_bits=1))
    assert masked[..., 3].tolist() == [[0, 0], [255, 0]]


@pytest.mark.parametrize("options", [{}, {"compression": "tga_rle"}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_tga_agrees_with_another_writer(mode: str, options: dict) -> None:
    pixels = picture(40, 300)
    want = np.array(Image.fromarray(pixels).convert(mode).convert("RGBA"))
    np.testing.assert_array_equal(decode_image(by_pillow(pixels, "TGA", mode, **options)), want)


def test_results_are_whole_arrays_of_their_own() -> None:
    for data in (bmp32(picture()), tga(2, picture()[..., :3], 24), by_pillow(picture(), "PNG")):
        found = decode_image(data)
        assert found.flags.c_contiguous
        assert (found.dtype, found.shape) == (np.uint8, (7, 5, 4))


PNG_60000 = by_pillow(picture(1, 1), "PNG").replace(struct.pack(">II", 1, 1), struct.pack(">II", 60000, 60000), 1)
REFUSED = {
    "nothing": b"",
    "text": b"this is no picture at all, only text",
    "huge TGA": tga(2, np.zeros((1, 1, 3), np.uint8), 24)[:12]
    + struct.pack("<HH", 65535, 65535)
    + bytes((24, 0)) * 400,
    "huge BMP": bmp32(picture())[:18] + struct.pack("<ii", 2**30, 2**30) + bmp32(picture())[26:],
    "negative BMP": bmp32(picture())[:18] + struct.pack("<ii", -5, 7) + bmp32(picture())[26:],
    "huge PNG": PNG_60000,
    "flat TGA": tga(2, np.zeros((0, 5, 3), np.uint8), 24),
    "short PNG": by_pillow(picture(64, 64), "PNG")[:-200],
    "short JPEG": by_pillow(picture(64, 64), "JPEG", "RGB")[:-200],
    "short BMP": by_pillow(picture(64, 64), "BMP", "RGB")[:-200],
    "short BMP 32": bmp32(picture())[:-1],
    "short TGA": tga(2, picture()[..., :3], 24)[:-40],
    "short TGA runs": tga(2, picture()[..., :3], 24, runs=True)[:-50],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_whole_picture_is_refused_in_a_sentence(name: str) -> None:
    with within_limits(), pytest.raises(FormatError, match=r"^image: .+, expected .+; .+$"):
        decode_image(REFUSED[name])


WHOLE = {
    "png": by_pillow(picture(20, 20), "PNG"),
    "palette png": by_pillow(picture(20, 20), "PNG", "P"),
    "jpeg": by_pillow(picture(20, 20), "JPEG", "RGB"),
    "progressive": by_pillow(picture(20, 20), "JPEG", "RGB", progressive=True),
    "bmp": by_pillow(picture(20, 20), "BMP", "RGB"),
    "bmp palette": by_pillow(picture(20, 20), "BMP", "P"),
    "bmp32": bmp32(picture(20, 20)),
    "tga": tga(2, picture(20, 20), 32),
    "tga runs": tga(2, picture(20, 20), 32, runs=True),
    "tga palette": tga(1, picture(20, 20)[..., :1], 8, runs=True, palette=(0, 32, picture(16, 16).reshape(256, 4))),
    "gif": by_pillow(picture(20, 20), "GIF", "P"),
    "dds": by_pillow(picture(20, 20), "DDS"),
    "webp": by_pillow(picture(20, 20), "WEBP"),
    "tiff": by_pillow(picture(20, 20), "TIFF"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_damaged_pictures_are_refused_or_shown_but_never_break_anything(name: str) -> None:
    data, random = WHOLE[name], np.random.default_rng(6)
    for trial in range(120):
        damaged = bytearray(data)
        if trial % 2:
            del damaged[int(random.integers(len(data))) :]
        else:
            for at in random.integers(len(data) if trial % 4 else min(len(data), 60), size=random.choice((1, 4))):
                damaged[at] = int(random.integers(256))
        with within_limits():
            try:
                found = decode_image(bytes(damaged))
            except FormatError:
                continue
        assert found.dtype == np.uint8
        assert found.shape[2] == 4
