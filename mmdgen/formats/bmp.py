"""BMP pictures of every kind that Windows and OS/2 write.

The fourth byte of a pixel of 32 bits is alpha to MMD even where the header does not say so; channels may lie under any
masks; run-length coding leaves out pixels, which are of the first colour.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import FormatError
from mmdgen.formats.pixels import check_bytes, check_size, painted, unpacked, with_real_alpha
from mmdgen.model import U1

PLAIN, RUNS_8, RUNS_4, MASKED, MASKED_ALPHA = 0, 1, 2, 3, 6  # compression
RUNS = {RUNS_8: 8, RUNS_4: 4}  # bits a pixel of each run-length code
OS2_V1, WINDOWS = 12, 40  # bytes of headers
MASKS = {16: (0x7C00, 0x3E0, 0x1F, 0), 24: (0xFF0000, 0xFF00, 0xFF, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0xFF000000)}


@dataclass(frozen=True)
class _Header:
    size: int
    start: int
    width: int
    height: int
    upside_down: bool
    bits: int
    compression: int
    colors: int


def decode_bmp(data: bytes) -> U1:
    """Return (H, W, 4) RGBA, row 0 on top; raise FormatError when it is no BMP that we know or pixels are missing."""
    header = _header(data)
    runs = header.compression in RUNS
    check_size(header.width, header.height, len(data), 5 if runs else 4)
    width, height = header.width, header.height
    if runs:
        stored = _unpack_runs(data, header)
    else:
        row = (width * header.bits + 7) // 8
        pitch = -(-width * header.bits // 32) * 4
        check_bytes("BMP", len(data) - header.start, pitch * (height - 1) + row)
        stored = np.ndarray((height, row), np.uint8, data, header.start, (pitch, 1))
    if header.bits <= 8:
        bits = 8 if runs else header.bits
        rows = partial(_indexed, stored, _palette(data, header), bits, width)
        return painted(width, height, rows, upside_down=header.upside_down)
    rows = partial(_masked, stored, _masks(data, header), width)
    picture = painted(width, height, rows, upside_down=header.upside_down)
    return with_real_alpha(picture)


def _header(data: bytes) -> _Header:
    if len(data) < 14 + OS2_V1 or not data.startswith(b"BM"):
        raise FormatError("image: no BMP header, expected one; convert it to PNG")
    start, size = struct.unpack_from("<II", data, 10)
    compression = colors = 0
    if size == OS2_V1:
        width, height, _, bits = struct.unpack_from("<4H", data, 18)
    elif size >= 16 and len(data) >= 14 + min(size, WINDOWS):
        fields = struct.unpack("<iiHHIIiiI", data[18 : 14 + min(size, 36)].ljust(32, b"\0"))
        width, height, _, bits, compression, _, _, _, colors = fields
    else:
        raise FormatError(f"image: BMP with a header of {size} bytes, expected 12 to 124; convert it to PNG")
    usable = {PLAIN: (1, 2, 4, 8, 16, 24, 32), RUNS_8: (8,), RUNS_4: (4,), MASKED: (16, 32), MASKED_ALPHA: (16, 32)}
    if bits not in usable.get(compression, ()):
        raise FormatError(f"image: BMP of {bits} bits, compression {compression}, expected one we know; convert to PNG")
    return _Header(size, start, width, abs(height), height > 0, bits, compression, colors)


def _masks(data: bytes, header: _Header) -> tuple[int, int, int, int]:
    """Return where red, green, blue and alpha lie; alpha is 0 where the file has no room for it."""
    if header.compression == PLAIN or len(data) < 14 + WINDOWS + 16:
        return MASKS[header.bits]
    red, green, blue, alpha = struct.unpack_from("<4I", data, 14 + WINDOWS)
    if header.size < WINDOWS + 16 and header.compression != MASKED_ALPHA:
        alpha = 0xFF000000 if (red, green, blue) == MASKS[32][:3] and header.bits == 32 else 0
    return red, green, blue, alpha


def _palette(data: bytes, header: _Header) -> U1:
    """Return the 2 ** bits colours, (n, 4) RGBA; what the file leaves out is black."""
    entry = 3 if header.size == OS2_V1 else 4
    count = min(header.colors or 1 << header.bits, 1 << header.bits)
    at = 14 + header.size
    stored = np.frombuffer(data[at : at + count * entry], np.uint8)
    known = len(stored) // entry
    palette = np.zeros((1 << header.bits, 4), np.uint8)
    palette[:known, :3] = stored[: known * entry].reshape(known, entry)[:, 2::-1]
    palette[:, 3] = 255
    return palette


def _indexed(stored: U1, palette: U1, bits: int, width: int, stripe: slice) -> U1:
    number = stored[stripe]
    if bits < 8:
        shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
        number = (number[..., None] >> shifts & np.uint8((1 << bits) - 1)).reshape(len(number), -1)[:, :width]
    return palette[number]


def _masked(stored: U1, masks: tuple[int, int, int, int], width: int, stripe: slice) -> U1:
    return unpacked(stored[stripe].reshape(-1, width, stored.shape[1] // width), masks)


def _unpack_runs(data: bytes, header: _Header) -> NDArray[np.uint8]:
    """Return the palette numbers (H, W) of run-length coded rows, lowest row first; runs stop at the row's end."""
    out = np.zeros((header.height, header.width), np.uint8)
    four = header.compression == RUNS_4
    at, x, y = header.start, 0, 0
    while y < header.height:
        if at + 2 > len(data) and y == header.height - 1 and x >= header.width:
            break  # only the mark of the end is missing
        if at + 2 > len(data):
            raise FormatError(f"image: BMP cut in row {y} of {header.height}, expected all; get the file again")
        count, value = data[at], data[at + 1]
        at += 2
        if count == 0 and value < 3:  # end of row, end of picture, a leap
            if value == 1:
                break
            if value == 0:
                x, y = 0, y + 1
            elif at + 2 <= len(data):
                x, y, at = x + data[at], y + data[at + 1], at + 2
            continue
        if count:
            codes = bytes((value,)) if not four else bytes((value >> 4, value & 15))
            codes = (codes * (count // len(codes) + 1))[:count]
        else:  # that many numbers, padded to an even number of bytes
            size = (value + 1) // 2 if four else value
            codes = data[at : at + size]
            at += size + size % 2
            codes = bytes(n for byte in codes for n in (byte >> 4, byte & 15))[:value] if four else codes
        room = codes[: max(header.width - x, 0)]
        out[y, x : x + len(room)] = np.frombuffer(room, np.uint8)
        x += len(codes)
    return out
