"""TGA pictures: true colour, palette and grey, plain and run-length coded, stored from any corner."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import FormatError
from mmdgen.formats.pixels import check_bytes, check_size, painted, unpacked, with_real_alpha
from mmdgen.model import U1

PALETTE, COLOR, GREY = 1, 2, 3
RUNS = 8  # added to the type where runs are coded
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
    width, height, size = header.width, header.height, _bytes(header.bits)
    check_size(width, height, len(data), 4 + header.runs * size)
    start = header.palette_at + header.colors * _bytes(header.color_bits)
    if header.runs:
        stored = _unpack_runs(data, start, width * height * size, size)
    else:
        check_bytes("TGA", len(data) - start, width * height * size)
        stored = np.frombuffer(data, np.uint8, width * height * size, start)
    pixels, convert = stored.reshape(height, width, size), _converter(data, header)
    mirror = slice(None, None, -1 if header.from_right else 1)
    picture = painted(width, height, lambda rows: convert(pixels[rows])[:, mirror], upside_down=not header.from_top)
    return with_real_alpha(picture)


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


def _converter(data: bytes, header: _Header) -> Callable[[U1], U1]:
    """Return what makes (..., 4) colours of stored pixels (..., bytes)."""
    if header.kind == GREY:
        return _from_grey
    if header.kind == COLOR:
        return partial(_from_bgr, alpha_bits=header.alpha_bits)
    size = _bytes(header.color_bits)
    check_bytes("TGA palette", len(data) - header.palette_at, header.colors * size)
    palette = np.frombuffer(data, np.uint8, header.colors * size, header.palette_at).reshape(header.colors, size)
    return partial(_from_palette, _from_bgr(palette, header.alpha_bits), header.first_color)


def _from_grey(stored: U1) -> U1:
    both = stored if stored.shape[-1] == 2 else np.concatenate([stored, np.full_like(stored, 255)], -1)
    return both[..., [0, 0, 0, 1]]


def _from_palette(colors: U1, first: int, stored: U1) -> U1:
    number = stored[..., 0].astype(np.intp)
    if stored.shape[-1] == 2:
        number += stored[..., 1].astype(np.intp) << 8
    picked: U1 = colors[(number - first).clip(0, len(colors) - 1)]
    return picked


def _from_bgr(stored: U1, alpha_bits: int) -> U1:
    """Return (..., 4) RGBA of blue, green, red and maybe alpha in 2, 3 or 4 bytes."""
    if stored.shape[-1] == 2:
        return unpacked(stored, (0x7C00, 0x3E0, 0x1F, 0x8000 if alpha_bits else 0))
    alpha = stored[..., 3:] if stored.shape[-1] == 4 else np.full_like(stored[..., :1], 255)
    return np.concatenate([stored[..., 2::-1], alpha], -1)
