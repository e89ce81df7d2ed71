"""One minimal picture for each thing that texture files do, with the pixels that must come out.

Oracles: colours that are exact by construction, Pillow's own reading where it is right, or a formula beside the test.
"""

from __future__ import annotations

import io
import struct
import zlib
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from test_images import bmp32, by_pillow, picture, tga

from mmdgen.errors import FormatError
from mmdgen.formats.images import decode_image
from mmdgen.model import U1

RED, GREEN, BLUE, WHITE, BLACK = (
    (255, 0, 0, 255),
    (0, 255, 0, 255),
    (0, 0, 255, 255),
    (255,) * 4,
    (0, 0, 0, 255),
)
COLORS = [BLACK, RED, GREEN, BLUE]  # the palette of most pictures here


def decoded(data: bytes) -> list:
    return [[tuple(pixel) for pixel in row] for row in decode_image(data).tolist()]


# --- BMP --------------------------------------------------------------------------------------------------------------


def bmp(width: int, height: int, bits: int, body: bytes, compression=0, header=40, masks=(), palette=()) -> bytes:
    """``body`` are the rows as stored, padding included; ``palette`` RGBA colours."""
    if header == 12:
        info = struct.pack("<I4H", 12, width, height, 1, bits)
    else:
        info = struct.pack(
            "<IiiHHIIiiII", header, width, height, 1, bits, compression, len(body), 0, 0, len(palette), 0
        )
        info = (info + struct.pack(f"<{len(masks)}I", *masks)).ljust(header, b"\0")
    entry = 3 if header == 12 else 4
    colors = b"".join(bytes((b, g, r, 0)[:entry]) for r, g, b, _ in palette)
    start = 14 + len(info) + len(colors)
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + info + colors + body


V4, V5 = 108, 124
MASKED = {
    "4444": (16, 3, V4, (0xF00, 0xF0, 0xF, 0xF000), [0x8F00, 0x00F8], [(255, 0, 0, 136), (0, 255, 136, 0)]),
    "4444 under a header of 40": (16, 3, 40, (0xF00, 0xF0, 0xF), [0x0F00, 0x00F8], [RED, (0, 255, 136, 255)]),
    "565": (16, 3, 40, (0xF800, 0x7E0, 0x1F), [0xF800, 0x0410], [RED, (0, 130, 132, 255)]),
    "555 without masks": (16, 0, 40, (), [0x7C00, 0x8210], [RED, (0, 132, 132, 255)]),
    "1555": (16, 3, V5, (0x7C00, 0x3E0, 0x1F, 0x8000), [0xFC00, 0x03E0], [RED, (0, 255, 0, 0)]),
    "32 bits as red, green, blue, alpha": (
        32,
        3,
        V4,
        (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        [0x80030201, 0x00FF0000],
        [(1, 2, 3, 128), (0, 0, 255, 0)],
    ),
    "ten bits a channel": (
        32,
        3,
        V5,
        (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000),
        [0xFFF00000, 0x400803FF],
        [RED, (0, 128, 255, 85)],
    ),
    "an alpha mask that nothing uses": (32, 3, V4, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), [0xFF0000, 0xFF], [RED, BLUE]),
    "compression 6": (
        32,
        6,
        40,
        (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        [0x40FF0000, 0xFF],
        [(255, 0, 0, 64), (0, 0, 255, 0)],
    ),
    "no blue mask": (16, 3, V4, (0xFF, 0xFF00, 0, 0), [0xFF, 0xFF00], [RED, GREEN]),
}


@pytest.mark.parametrize("name", MASKED)
def test_bmp_channel_masks(name: str) -> None:
    bits, compression, header, masks, stored, want = MASKED[name]
    body = struct.pack("<2H" if bits == 16 else "<2I", *stored)
    assert decoded(bmp(2, 1, bits, body, compression, header, masks)) == [want]


@pytest.mark.parametrize("header", [12, 40, 64, V4])
@pytest.mark.parametrize(
    ("bits", "low", "high"),
    [
        (1, b"\x40", b"\xa0"),
        (2, b"\x1b\x00", b"\xe4\x80"),
        (4, b"\x01\x23\x10", b"\x32\x10\x00"),
        (8, bytes(5), bytes((3, 2, 1, 0, 0))),
    ],
)
def test_bmp_palettes(header: int, bits: int, low: bytes, high: bytes) -> None:
    width = {1: 3}.get(bits, 5)
    palette = COLORS[: 1 << bits] if header != 12 else (COLORS + [BLACK] * 252)[: 1 << bits]
    data = bmp(width, 2, bits, low.ljust(8, b"\0")[: 4 + 4 * (bits == 8)] + high, header=header, palette=palette)
    numbers = {1: ("101", "010"), 2: ("32102", "01230"), 4: ("32100", "01231"), 8: ("32100", "00000")}[bits]
    assert decoded(data) == [[COLORS[int(n)] for n in row] for row in numbers]


def test_bmp_palette_that_is_too_short_is_black_beyond() -> None:
    assert decoded(bmp(4, 1, 8, bytes((0, 1, 2, 200)), palette=[WHITE, RED])) == [[WHITE, RED, *[BLACK] * 2]]


@pytest.mark.parametrize("header", [12, 40])
def test_bmp_of_24_bits_with_padded_rows(header: int) -> None:
    rows = bytes((0, 0, 255, 0, 255, 0, 9, 9)) + bytes((255, 0, 0, 255, 255, 255, 9, 9))
    assert decoded(bmp(2, 2, 24, rows, header=header)) == [[BLUE, WHITE], [RED, GREEN]]
    assert decoded(bmp(2, 2, 24, rows[:-2], header=header)) == [[BLUE, WHITE], [RED, GREEN]], "padding of the last row"


RLE8 = bytes((3, 1, 0, 0)) + bytes((0, 3, 1, 2, 3, 0, 0, 0)) + bytes((0, 2, 1, 0, 9, 3, 0, 1))
RLE4 = bytes((3, 0x12, 0, 0)) + bytes((0, 3, 0x12, 0x30, 0, 0)) + bytes((0, 2, 1, 0, 9, 0x33, 0, 1))


@pytest.mark.parametrize(("compression", "body", "lowest"), [(1, RLE8, "1110"), (2, RLE4, "1210")])
def test_bmp_runs(compression: int, body: bytes, lowest: str) -> None:
    data = bmp(4, 3, 8 // compression, body, compression, palette=COLORS)
    assert decoded(data) == [[COLORS[int(n)] for n in row] for row in ("0333", "1230", lowest)]


def test_bmp_runs_end_at_their_row_and_agree_with_another_reader() -> None:
    body = b"".join(bytes((2, n % 4, 3, (n + 1) % 4, 0, 0)) for n in range(7)) + b"\0\1"
    data = bmp(5, 7, 8, body, 1, palette=COLORS)
    np.testing.assert_array_equal(decode_image(data), np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")))
    assert decoded(bmp(2, 1, 8, bytes((9, 3, 0, 1)), 1, palette=COLORS)) == [[BLUE, BLUE]]
    assert decoded(bmp(2, 1, 8, bytes((2, 3)), 1, palette=COLORS)) == [[BLUE, BLUE]], "without the mark of the end"
    with pytest.raises(FormatError, match=r"BMP cut in row 0 of 1,"):
        decode_image(bmp(2, 1, 8, bytes((1, 3)), 1, palette=COLORS))


@pytest.mark.parametrize(("bits", "compression"), [(3, 0), (24, 1), (8, 2), (1, 3), (0, 4), (0, 5), (16, 77)])
def test_unknown_bmps_are_refused(bits: int, compression: int) -> None:
    with pytest.raises(FormatError, match=rf"BMP of {bits} bits, compression {compression}, expected"):
        decode_image(bmp(1, 1, bits, bytes(64), compression))


# --- DDS --------------------------------------------------------------------------------------------------------------


def dds(flags: int, bits: int, masks: tuple, body: bytes, size=(2, 1), fourcc=b"\0" * 4, mipmaps=0) -> bytes:
    width, height = size
    head = struct.pack("<4s7I44x", b"DDS ", 124, 0x1007, height, width, 0, 0, mipmaps)
    return head + struct.pack("<II4s5I", 32, flags, fourcc, bits, *masks) + bytes(20) + body


ARGB = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
PLAIN_DDS = {
    "A8R8G8B8": (0x41, 32, ARGB, struct.pack("<2I", 0x80010203, 0xFF), [(1, 2, 3, 128), (0, 0, 255, 0)]),
    "A8B8G8R8": (0x41, 32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000), bytes(range(1, 9)), [(1, 2, 3, 4), (5, 6, 7, 8)]),
    "X8R8G8B8": (0x40, 32, (*ARGB[:3], 0), struct.pack("<2I", 0x00FF0000, 0xFF), [RED, BLUE]),
    "R8G8B8": (0x40, 24, (*ARGB[:3], 0), bytes((0, 0, 255, 255, 0, 0)), [RED, BLUE]),
    "R5G6B5": (0x40, 16, (0xF800, 0x7E0, 0x1F, 0), struct.pack("<2H", 0xF800, 0x1F), [RED, BLUE]),
    "A1R5G5B5": (0x41, 16, (0x7C00, 0x3E0, 0x1F, 0x8000), struct.pack("<2H", 0xFC00, 0x1F), [RED, (0, 0, 255, 0)]),
    "A4R4G4B4": (0x41, 16, (0xF00, 0xF0, 0xF, 0xF000), struct.pack("<2H", 0xFF00, 0x800F), [RED, (0, 0, 255, 136)]),
    "L8": (0x20000, 8, (0xFF, 0, 0, 0), bytes((7, 200)), [(7, 7, 7, 255), (200, 200, 200, 255)]),
    "A8L8": (0x20001, 16, (0xFF, 0, 0, 0xFF00), bytes((7, 8, 200, 0)), [(7, 7, 7, 8), (200, 200, 200, 0)]),
    "A4L4": (0x20001, 8, (0xF, 0, 0, 0xF0), bytes((0x8F, 0xF0)), [(255, 255, 255, 136), BLACK]),
    "A8": (0x2, 8, (0, 0, 0, 0xFF), bytes((0, 99)), [(0, 0, 0, 0), (0, 0, 0, 99)]),
}


@pytest.mark.parametrize("mipmaps", [0, 2])
@pytest.mark.parametrize("name", PLAIN_DDS)
def test_uncompressed_dds(name: str, mipmaps: int) -> None:
    flags, bits, masks, body, want = PLAIN_DDS[name]
    smaller = bytes(bits // 8) * bool(mipmaps)
    assert decoded(dds(flags, bits, masks, body + smaller, mipmaps=mipmaps)) == [want]
    with pytest.raises(FormatError, match=r"DDS with .* bytes of pixels"):
        decode_image(dds(flags, bits, masks, body[:-1]))


@pytest.mark.parametrize("kind", ["DXT1", "DXT3", "DXT5"])
@pytest.mark.parametrize("mipmaps", [b"", bytes(64)])
def test_compressed_dds(kind: str, mipmaps: bytes) -> None:
    data = by_pillow(picture(8, 12, alpha=kind != "DXT1"), "DDS", pixel_format=kind) + mipmaps
    np.testing.assert_array_equal(decode_image(data), np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")))


@pytest.mark.parametrize(("kind", "plain"), [(b"DXT2", "DXT3"), (b"DXT4", "DXT5")])
def test_dds_with_multiplied_colours_are_divided(kind: bytes, plain: str) -> None:
    data = by_pillow(picture(8, 8), "DDS", pixel_format=plain)
    stored = decode_image(data).astype(float)
    alpha = stored[..., 3:]
    color = np.where(alpha > 0, np.minimum(np.floor(stored[..., :3] * 255 / np.maximum(alpha, 1) + 0.5), 255), 0)
    found = decode_image(data.replace(plain.encode(), kind, 1))
    np.testing.assert_array_equal(found, np.concatenate([color, alpha], -1))
    assert len(np.unique(found[..., 3])) > 2


@pytest.mark.parametrize(
    "data",
    [
        dds(0, 32, ARGB, bytes(8)),
        dds(0x40, 12, ARGB, bytes(8)),
        dds(0x4, 0, ARGB, bytes(64), fourcc=b"\x71\0\0\0"),
        b"DDS " + bytes(60),
    ],
)
def test_unknown_dds_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^image: DDS .*, expected .*; "):
        decode_image(data)


# --- GIF --------------------------------------------------------------------------------------------------------------


def gif(**options: object) -> bytes:
    frames = [Image.fromarray(np.full((2, 2), n, np.uint8), "L") for n in (0, 1, 2)]
    frames[0].putpixel((1, 0), 3)
    for frame in frames:
        frame.putpalette([v for color in COLORS for v in color[:3]])
    out = io.BytesIO()
    frames[0].save(out, "GIF", append_images=frames[1:], save_all=True, optimize=False, **options)
    return out.getvalue()


def test_gif_shows_its_first_picture_and_its_transparent_colour() -> None:
    assert decoded(gif()) == [[BLACK, BLUE], [BLACK, BLACK]]
    found = decode_image(gif(transparency=3, disposal=2))
    assert found[..., 3].tolist() == [[255, 0], [255, 255]]


# --- PNG --------------------------------------------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, bits: int, color: int, rows: bytes, *extra: bytes, interlaced: bool = False) -> bytes:
    """``rows`` with their filter bytes; ``extra`` chunks come before the pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlaced))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_png_of_16_bits_keeps_the_upper_eight() -> None:
    values = (0x0102, 0x80FF, 0xFF00, 0x7F80)
    for color, channels, want in (
        (2, 3, (1, 128, 255, 255)),
        (6, 4, (1, 128, 255, 127)),
        (4, 2, (1, 1, 1, 128)),
        (0, 1, (1, 1, 1, 255)),
    ):
        row = b"\0" + struct.pack(f">{channels}H", *values[:channels])
        assert decoded(png(1, 1, 16, color, row)) == [[want]]


@pytest.mark.parametrize(
    ("bits", "color", "row", "key", "want"),
    [
        (8, 0, bytes((7, 9)), (9,), [(7, 7, 7, 255), (9, 9, 9, 0)]),
        (8, 2, bytes((1, 2, 3, 4, 5, 6)), (4, 5, 6), [(1, 2, 3, 255), (4, 5, 6, 0)]),
        (1, 0, b"\x40", (1,), [BLACK, (255, 255, 255, 0)]),
        (2, 0, b"\x60", (1,), [(85, 85, 85, 0), (170, 170, 170, 255)]),
        (16, 0, struct.pack(">2H", 0x0708, 0x0709), (0x0709,), [(7, 7, 7, 255), (7, 7, 7, 0)]),
    ],
)
def test_png_with_one_transparent_colour(bits: int, color: int, row: bytes, key: tuple, want: list) -> None:
    data = png(2, 1, bits, color, b"\0" + row, chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)))
    assert decoded(data) == [want]


@pytest.mark.parametrize(("bits", "row"), [(1, b"\x40"), (2, b"\x10"), (4, b"\x01"), (8, b"\0\1")])
def test_png_palette_with_alpha_of_some_colours(bits: int, row: bytes) -> None:
    palette = chunk(b"PLTE", bytes((255, 0, 0, 0, 255, 0))) + chunk(b"tRNS", b"\x40")
    assert decoded(png(2, 1, bits, 3, b"\0" + row, palette)) == [[(255, 0, 0, 64), GREEN]]


def test_png_grey_with_alpha() -> None:
    assert decoded(png(2, 1, 8, 4, b"\0\7\x08\xc8\0")) == [[(7, 7, 7, 8), (200, 200, 200, 0)]]


def test_interlaced_png() -> None:
    pixels = picture(7, 5)
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    rows = b"".join(
        b"\0" + row.tobytes() for y, x, dy, dx in passes for row in pixels[y::dy, x::dx] if pixels[y::dy, x::dx].size
    )
    np.testing.assert_array_equal(decode_image(png(5, 7, 8, 6, rows, interlaced=True)), pixels)


def test_animated_png_shows_its_first_picture() -> None:
    first, out = picture(4, 4), io.BytesIO()
    Image.fromarray(first).save(out, "PNG", save_all=True, append_images=[Image.fromarray(picture(4, 4))])
    assert b"acTL" in out.getvalue()
    np.testing.assert_array_equal(decode_image(out.getvalue()), first)
    odd = (chunk(b"acTL", bytes(8)), chunk(b"fcTL", bytes(26)), chunk(b"fdAT", bytes(9)))
    assert decoded(png(1, 1, 8, 2, b"\0\1\2\3", *odd)) == [[(1, 2, 3, 255)]]


def test_png_without_pixels_is_refused() -> None:
    data = png(1, 1, 8, 6, b"")
    empty = data[: data.index(b"IDAT") - 4] + chunk(b"IEND", b"")
    for broken in (empty, empty[:40]):
        with pytest.raises(FormatError, match=r"^image: PNG "):
            decode_image(broken)


def test_colour_profiles_gamma_and_orientation_change_nothing() -> None:
    from PIL import ImageCms

    plain = b"\0" + bytes(range(100, 106))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    for extra in (
        chunk(b"gAMA", struct.pack(">I", 100_000)),
        chunk(b"sRGB", b"\0"),
        chunk(b"iCCP", b"odd\0\0" + zlib.compress(profile)),
        chunk(b"cHRM", struct.pack(">8I", *range(8))),
        chunk(b"eXIf", exif.tobytes()[6:]),
    ):
        assert decoded(png(2, 1, 8, 2, plain, extra)) == [[(100, 101, 102, 255), (103, 104, 105, 255)]]
    pixels = picture(8, 16)
    np.testing.assert_array_equal(
        decode_image(by_pillow(pixels, "JPEG", "RGB", icc_profile=profile, exif=exif)),
        decode_image(by_pillow(pixels, "JPEG", "RGB")),
    )


# --- what is missing --------------------------------------------------------------------------------------------------


def alike(a: U1, b: U1) -> bool:
    return a.shape == b.shape and bool((a == b).all())


BIG = picture(24, 20)
CUT = {
    "png": by_pillow(BIG, "PNG"),
    "palette png": by_pillow(BIG, "PNG", "P"),
    "jpeg": by_pillow(BIG, "JPEG", "RGB"),
    "progressive jpeg": by_pillow(BIG, "JPEG", "RGB", progressive=True),
    "gif": by_pillow(BIG, "GIF", "P"),
    "bmp": by_pillow(BIG, "BMP", "RGB"),
    "bmp 32": bmp32(BIG),
    "bmp palette": by_pillow(BIG, "BMP", "P"),
    "bmp runs": bmp(4, 3, 8, RLE8, 1, palette=COLORS),
    "tga": tga(2, BIG, 32),
    "tga runs": tga(2, BIG, 32, runs=True),
    "dds": by_pillow(BIG, "DDS"),
    "dxt5": by_pillow(BIG, "DDS", pixel_format="DXT5"),
}


@pytest.mark.parametrize("name", CUT)
def test_a_cut_picture_is_whole_or_refused(name: str) -> None:
    data = CUT[name]
    whole = decode_image(data)
    shown = []
    for end in range(len(data)):
        try:
            found = decode_image(data[:end])
        except FormatError:
            continue
        shown.append(end)
        assert alike(found, whole), f"cut at {end} of {len(data)}"
    assert all(b - a == 1 for a, b in pairwise(shown)), "only what follows the pixels is spared"
