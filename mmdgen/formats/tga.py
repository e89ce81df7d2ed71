"""TGA pictures: true colour, palette and grey, plain and run-length coded, stored from any corner."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import FormatError
from mmdgen.formats.pixels import check_bytes, check_size, with_real_alpha
from mmdgen.model import U1

PALETTE, COLOR, GREY = 1, 2, 3
RUNS = 8  # added to the type where runs are coded
CHUNK = 1 << 20  # pixels looked up in a palette at a time
BITS = {PALETTE: (8, 16), COLOR: (15, 16, 24, 32), GREY: (8, 16)}


@dataclass(frozen=True)
class _Header:
    kind: int
    runs: bool
    first_color: int
    colors: int
    color_bits: int
    palette_at: int
    width: int
    height: int
    bits: int
    alpha_bits: int
    from_right: bool
    from_top: bool


def looks_like_tga(data: bytes) -> bool:
    """Tell whether the first bytes make sense as a TGA header; there is no signature."""
    return _header(data) is not None


def decode_tga(data: bytes) -> U1:
    """Return (H, W, 4) RGBA, row 0 on top; raise FormatError when pixels are missing."""
    header = _header(data)
    if header is None:
        raise FormatError("image: no TGA header, expected one; convert it to PNG")
    check_size(header.width, header.height)
    count, width = header.width * header.height, _bytes(header.bits)
    start = header.palette_at + header.colors * _bytes(header.color_bits)
    if header.runs:
        stored = _unpack_runs(data, start, count * width, width)
    else:
        check_bytes("TGA", len(data) - start, count * width)
        stored = np.frombuffer(data, np.uint8, count * width, start)
    pixels = _rgba(data, header, stored.reshape(count, width)).reshape(header.height, header.width, 4)
    return pixels[:: 1 if header.from_top else -1, :: -1 if header.from_right else 1]


def _header(data: bytes) -> _Header | None:
    if len(data) < 18:
        return None
    values = struct.unpack_from("<BBBHHBHHHHBB", data)
    id_size, has_palette, kind, first, colors, color_bits, _, _, width, height, bits, flags = values
    if kind & ~RUNS not in BITS or bits not in BITS[kind & ~RUNS] or has_palette > 1 or not (width and height):
        return None
    if not has_palette:
        colors = color_bits = 0
    if (colors and color_bits not in BITS[COLOR]) or (kind & ~RUNS == PALETTE and not colors):
        return None
    return _Header(
        kind=kind & ~RUNS,
        runs=bool(kind & RUNS),
        first_color=first,
        colors=colors,
        color_bits=color_bits,
        palette_at=18 + id_size,
        width=width,
        height=height,
        bits=bits,
        alpha_bits=flags & 15,
        from_right=bool(flags & 16),
        from_top=bool(flags & 32),
    )


def _bytes(bits: int) -> int:
    return (bits + 7) // 8


def _unpack_runs(data: bytes, at: int, size: int, width: int) -> NDArray[np.uint8]:
    """Return ``size`` bytes of pixels of ``width`` bytes each; packets may cross lines."""
    out = bytearray()
    while len(out) < size and at < len(data):
        count = (data[at] & 127) + 1
        if data[at] & 128:
            out += data[at + 1 : at + 1 + width] * count
            at += 1 + width
        else:
            out += data[at + 1 : at + 1 + width * count]
            at += 1 + width * count
    check_bytes("TGA", len(out), size)
    return np.frombuffer(out, np.uint8, size)


def _rgba(data: bytes, header: _Header, stored: NDArray[np.uint8]) -> U1:
    """Return (count, 4) colours of the stored pixels (count, bytes)."""
    if header.kind == GREY:
        grey = stored[:, :1]
        alpha = stored[:, 1:] if stored.shape[1] == 2 else np.full_like(grey, 255)
        return with_real_alpha(np.concatenate([grey, grey, grey, alpha], 1))
    if header.kind == COLOR:
        return _from_bgr(stored, header.alpha_bits)
    size = _bytes(header.color_bits)
    check_bytes("TGA palette", len(data) - header.palette_at, header.colors * size)
    palette = np.frombuffer(data, np.uint8, header.colors * size, header.palette_at).reshape(header.colors, size)
    colors = _from_bgr(palette, header.alpha_bits)
    number = stored[:, 0] if stored.shape[1] == 1 else np.ascontiguousarray(stored).view("<u2")[:, 0]
    rgba = np.empty((len(number), 4), np.uint8)
    for first in range(0, len(number), CHUNK):  # indices become 8 bytes each on the way
        some = number[first : first + CHUNK].astype(np.intp) - header.first_color
        rgba[first : first + CHUNK] = colors[some.clip(0, header.colors - 1)]
    return rgba


def _from_bgr(stored: NDArray[np.uint8], alpha_bits: int) -> U1:
    """Return (n, 4) RGBA of blue, green, red and maybe alpha in 2, 3 or 4 bytes."""
    rgba = np.full((len(stored), 4), 255, np.uint8)
    if stored.shape[1] == 2:  # 5 bits each, and one of alpha
        packed = np.ascontiguousarray(stored).view("<u2")[:, 0]
        for channel, shift in enumerate((10, 5, 0)):
            five = packed >> shift & 31
            rgba[:, channel] = five << 3 | five >> 2
        if alpha_bits:
            rgba[:, 3] = (packed >> 15) * 255
    else:
        rgba[:, :3] = stored[:, 2::-1]
        if stored.shape[1] == 4:
            rgba[:, 3] = stored[:, 3]
    return with_real_alpha(rgba)
