"""Pictures: seeds of every kind, and mutations that keep the checksums of PNG right."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
from guard import bounded, silence

MOST_PIXELS = 2048 * 2048  # while fuzzing: within the bound on memory for any small file, and quick
MODULES = tuple(f"PIL.{kind}ImagePlugin" for kind in ("Png", "Bmp", "Jpeg", "Gif", "Dds", "Tiff", "WebP"))
PNG = b"\x89PNG\r\n\x1a\n"
SAVED = (  # kind, mode, options of Pillow
    *[("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
    ("PNG", "RGB", {"transparency": (10, 200, 30)}),
    *[("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")],
    *[("JPEG", mode, {}) for mode in ("L", "RGB", "CMYK")],
    ("JPEG", "RGB", {"progressive": True}),
    *[("GIF", mode, {}) for mode in ("L", "P", "RGBA")],
    *[("TGA", mode, {"compression": code}) for mode in ("L", "LA", "P", "RGB", "RGBA") for code in (None, "tga_rle")],
    *[("TIFF", mode, {"compression": code}) for mode in ("L", "RGBA") for code in ("raw", "packbits", "tiff_lzw")],
    ("WEBP", "RGBA", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("DDS", "RGBA", {}),
    *[("DDS", "RGBA", {"pixel_format": code}) for code in ("DXT1", "DXT3", "DXT5")],
)


def seeds() -> list[bytes]:
    """Return small pictures of every kind that models bring."""
    return [*_saved(), *_animated(), *_bitmaps(), *_targas()]


def check(data: bytes, thorough: bool) -> bool:
    """Decode a picture."""
    import promises

    del thorough
    with mock.patch("mmdgen.formats.pixels.MOST_PIXELS", MOST_PIXELS), silence(), bounded(len(data)):
        return promises.check_image(data)


def mutated(data: bytes, limit: int, seed: int, plain: Any) -> bytes:
    """Bend chunks of a PNG behind right checksums, single numbers near the start, or anything."""
    dice = random.Random(seed)
    if data.startswith(PNG) and dice.random() < 0.8:
        return _bent_png(data, dice, plain)[:limit]
    if len(data) > 8 and dice.random() < 0.4:
        bent = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(min(len(data) - 4, 160))
            value = dice.choice((0, 1, 2, 3, 4, 8, 15, 16, 24, 32, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1))
            layout = dice.choice(("<B", "<H", "<I", ">H", ">I"))
            struct.pack_into(layout, bent, at, value & 256 ** struct.calcsize(layout) - 1)
        return bytes(bent[:limit])
    return bytes(plain(data, limit))


def _bent_png(data: bytes, dice: random.Random, plain: Any) -> bytes:
    chunks = list(_chunks(data))
    if not chunks:
        return bytes(plain(data, len(data) + 64))
    for _ in range(dice.randrange(1, 4)):
        i = dice.randrange(len(chunks))
        kind, body = chunks[i]
        match dice.randrange(6):
            case 0:
                chunks.insert(dice.randrange(len(chunks)), (kind, body))
            case 1 if len(chunks) > 1:
                del chunks[i]
                continue
            case 2:
                names = (
                    b"tRNS",
                    b"PLTE",
                    b"IDAT",
                    b"gAMA",
                    b"iCCP",
                    b"eXIf",
                    b"tEXt",
                    b"zTXt",
                    b"iTXt",
                    b"acTL",
                    b"fcTL",
                )
                chunks.insert(i, (dice.choice(names), body))
            case 3 if kind == b"IDAT":
                chunks[i] = (kind, _repacked(body, plain))
            case _:
                chunks[i] = (kind, bytes(plain(body, len(body) + 16)) if body else b"")
    return PNG + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at + 12 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def _repacked(body: bytes, plain: Any) -> bytes:
    try:
        rows = zlib.decompressobj().decompress(body, 1 << 16)
    except zlib.error:
        return body
    return zlib.compress(bytes(plain(rows, len(rows) + 16)) if rows else b"")


def _picture() -> np.ndarray:
    rgba = np.random.default_rng(5).integers(0, 256, (7, 5, 4), np.uint8)
    rgba[:3] = (10, 200, 30, 128)
    return rgba


def _saved() -> Iterator[bytes]:
    from PIL import Image

    for kind, mode, options in SAVED:
        picture = Image.fromarray(_picture())
        if mode == "I;16":
            picture = Image.fromarray(_picture()[..., 0].astype(np.uint16) * 200)
        elif mode == "CMYK":
            picture = picture.convert("RGB").convert(mode)
        else:
            picture = picture.convert(mode)
        out = io.BytesIO()
        picture.save(out, kind, **{key: value for key, value in options.items() if value is not None})
        yield out.getvalue()


def _animated() -> Iterator[bytes]:
    from PIL import Image

    frames = [Image.fromarray(_picture()), Image.fromarray(_picture()[:, ::-1])]
    for kind in ("PNG", "GIF", "WEBP", "TIFF"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        yield out.getvalue()


def _bitmaps() -> Iterator[bytes]:
    """Yield BMPs that Pillow does not write: alpha, masks, 16 bits, runs."""
    rows = _picture()[..., [2, 1, 0, 3]].tobytes()
    words = np.pad(_picture()[..., :2].reshape(7, 10), ((0, 0), (0, 2))).tobytes()
    runs = b"\5\1\0\0" * 7 + b"\0\1"
    for header, bits, code, body, masks in (
        (40, 32, 0, rows, b""),
        (108, 32, 3, rows, struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        (56, 16, 3, words, struct.pack("<4I", 0xF00, 0xF0, 0xF, 0xF000)),
        (40, 16, 0, words, b""),
        (40, 8, 1, runs, b""),
        (40, 4, 2, runs, b""),
    ):
        info = struct.pack("<IiiHHIIiiII", header, 5, 7, 1, bits, code, len(body), 0, 0, 0, 0) + masks
        info = info.ljust(header, b"\0") + (bytes(range(64)) if bits <= 8 else b"")
        yield struct.pack("<2sIHHI", b"BM", 14 + len(info) + len(body), 0, 0, 14 + len(info)) + info + body


def _targas() -> Iterator[bytes]:
    """Yield TGAs with what Pillow does not write: 16 bits, wide palettes, runs over lines."""
    for kind, bits, color_bits, body in (
        (2, 16, 0, bytes(range(70))),
        (10, 32, 0, b"\xa2\1\2\3\4"),
        (9, 8, 16, b"\x84\1\x9d\0"),
        (1, 16, 32, bytes(70)),
        (11, 16, 0, b"\xa2\1\2"),
    ):
        colors = 4 if color_bits else 0
        head = struct.pack("<BBBHHBHHHHBB", 0, bool(colors), kind, 0, colors, color_bits, 0, 0, 5, 7, bits, 0x20)
        yield head + bytes(colors * color_bits // 8) + body
