"""Pictures into animated WebP, animated PNG and folders of PNGs: lossless, one picture in memory at a time.

Pillow encodes each frame; it would hold all of them to write an animation, so the containers are put together here:
https://developers.google.com/speed/webp/docs/riff_container and https://www.w3.org/TR/png-3/#apng-frame-based-animation
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmdgen.errors import MmdgenError, UsageError
from mmdgen.files import write_atomically, written
from mmdgen.motion.table import U1, Motion

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
ALPHA_AND_ANIMATION = 0x12  # flags of VP8X
OVERWRITE = 0x02  # flag of ANMF: no blending with the frame before; none is cleared away
LOSSLESS: dict[str, Any] = {"lossless": True, "exact": True, "method": 1, "quality": 30}  # a fifth of Pillow's time
LARGEST_RIFF = (1 << 32) - 10  # bytes, by its own header

Put = Callable[[U1], None]


@contextmanager
def webp(path: Path, motion: Motion, size: int, loop: int) -> Iterator[Put]:
    """Yield what takes the frames (S, S, 4) uint8; ``loop`` is how often they play, 0 for ever. Times are in ms."""
    with written(path) as part, part.open("wb") as out:
        canvas = struct.pack("<I", size - 1)[:3] * 2
        out.write(b"RIFF\0\0\0\0WEBP" + _riff(b"VP8X", struct.pack("<I", ALPHA_AND_ANIMATION) + canvas))
        out.write(_riff(b"ANIM", struct.pack("<IH", 0, loop)))
        durations = iter(motion.milliseconds().tolist())
        before: U1 | None = None

        def put(picture: U1) -> None:
            nonlocal before
            x, y, part = _changed(picture, before)
            before = picture
            numbers = (x // 2, y // 2, part.shape[1] - 1, part.shape[0] - 1, next(durations))
            head = b"".join(struct.pack("<I", number)[:3] for number in numbers)
            out.write(_riff(b"ANMF", head + bytes([OVERWRITE]) + _still(part, "WEBP", **LOSSLESS)[12:]))
            if out.tell() > LARGEST_RIFF:
                raise MmdgenError(f"{path}: more than 4 GiB, expected less of a WebP; write .webm or .apng")

        yield put
        end = out.tell()
        out.seek(4)
        out.write(struct.pack("<I", end - 8))


def _riff(tag: bytes, body: bytes) -> bytes:
    return tag + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


@contextmanager
def apng(path: Path, motion: Motion, size: int, loop: int) -> Iterator[Put]:
    """Yield what takes the frames (S, S, 4) uint8; ``loop`` is how often they play, 0 for ever. Times are exact."""
    with written(path) as part, part.open("wb") as out:
        out.write(PNG_SIGNATURE + _png(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)))
        out.write(_png(b"acTL", struct.pack(">II", len(motion), loop)))
        durations = iter(np.diff(motion.ticks).tolist())
        before: U1 | None = None
        sequence = 0

        def put(picture: U1) -> None:
            nonlocal before, sequence
            x, y, part = _changed(picture, before)
            seconds = next(durations) * motion.base
            height, width = part.shape[:2]
            numbers = (sequence, width, height, x, y, seconds.numerator, seconds.denominator, 0, 0)
            out.write(_png(b"fcTL", struct.pack(">IIIIIHHBB", *numbers)))
            pixels = b"".join(body for tag, body in _chunks(_still(part, "PNG")) if tag == b"IDAT")
            sequence += 1
            if before is None:
                out.write(_png(b"IDAT", pixels))
            else:
                out.write(_png(b"fdAT", struct.pack(">I", sequence) + pixels))
                sequence += 1
            before = picture

        yield put
        out.write(_png(b"IEND", b""))


def _png(tag: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the tags and bodies of a PNG that Pillow wrote."""
    at = len(PNG_SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _still(picture: U1, form: str, **options: object) -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(data, form, **options)
    return data.getvalue()


def _changed(picture: U1, before: U1 | None) -> tuple[int, int, U1]:
    """Return x, y and content of the smallest part that differs from the frame before; x and y are even, as in WebP."""
    if before is None:
        return 0, 0, picture
    rows, columns = np.nonzero((picture != before).any(-1))
    if not len(rows):
        return 0, 0, picture[:1, :1]
    y, x = int(rows.min()) & ~1, int(columns.min()) & ~1
    return x, y, picture[y : int(rows.max()) + 1, x : int(columns.max()) + 1]


@contextmanager
def pngs(folder: Path, motion: Motion) -> Iterator[Put]:
    """Yield what takes the frames (S, S, 4) uint8 and writes each to its own file, frame-00000.png and so on.

    Each file appears when it is complete. Raises UsageError when the folder holds frames of a longer motion.
    """
    check_folder(folder, motion)
    folder.mkdir(parents=True, exist_ok=True)
    names = iter(_names(motion))
    yield lambda picture: write_atomically(folder / next(names), _still(picture, "PNG"))


def check_folder(folder: Path, motion: Motion) -> None:
    """Raise UsageError when frames would lie in ``folder`` after those of ``motion``, as if they went on."""
    ours = set(_names(motion))
    longer = sorted(p.name for p in folder.glob("frame-*.png") if p.name not in ours) if folder.is_dir() else []
    if longer:
        found = f"{longer[0]} of another motion, expected at most {len(motion)} frames"
        raise UsageError(f"{folder}: {found}; name another folder, or empty this one")


def _names(motion: Motion) -> list[str]:
    digits = max(5, len(str(len(motion) - 1)))
    return [f"frame-{number:0{digits}d}.png" for number in range(len(motion))]
