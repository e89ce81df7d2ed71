"""DDS pictures: what Pillow cannot read is rewritten for it, or read here. Only the first, largest picture counts.

DXT2 and DXT4 are DXT3 and DXT5 whose colours were multiplied with alpha, which is undone. Uncompressed pictures have
their channels under masks; luminance stands for all three colours, and a picture of nothing but alpha is black, as
Direct3D 9 samples it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from mmdgen.errors import FormatError
from mmdgen.formats.pixels import check_bytes, check_size, painted, stripes, unpacked
from mmdgen.model import U1

HEADER = 128  # bytes
FOURCC_AT = 84
ALPHA_PIXELS, ALPHA, FOURCC, RGB, LUMINANCE = 0x1, 0x2, 0x4, 0x40, 0x20000  # what the pixel format's flags say
PREMULTIPLIED = {b"DXT2": b"DXT3", b"DXT4": b"DXT5"}


def decode_dds(data: bytes, decode_blocks: Callable[[bytes], U1]) -> U1:
    """Return (H, W, 4) RGBA, straight alpha; ``decode_blocks`` reads a DDS of compressed blocks, Pillow does.

    Raises FormatError when it is no DDS that we know or pixels are missing.
    """
    if len(data) < HEADER:
        raise FormatError(f"image: DDS of {len(data)} bytes, expected {HEADER} or more; get the file again")
    height, width = struct.unpack_from("<II", data, 12)
    flags, fourcc, bits, red, green, blue, alpha = struct.unpack_from("<I4s5I", data, 80)
    if flags & FOURCC:
        if fourcc not in PREMULTIPLIED:
            return decode_blocks(data)
        straight = decode_blocks(data[:FOURCC_AT] + PREMULTIPLIED[fourcc] + data[FOURCC_AT + 4 :])
        _divide(straight)
        return straight
    if not flags & (RGB | LUMINANCE | ALPHA) or bits not in (8, 16, 24, 32):
        raise FormatError(
            f"image: DDS with flags {flags:#x} and {bits} bits, expected RGB, grey or alpha; convert to PNG"
        )
    check_size(width, height, len(data))
    size = bits // 8
    check_bytes("DDS", len(data) - HEADER, width * height * size)
    stored = np.frombuffer(data, np.uint8, width * height * size, HEADER).reshape(height, width, size)
    if flags & LUMINANCE:
        green = blue = red
    colors = (red, green, blue) if flags & (RGB | LUMINANCE) else (0, 0, 0)
    masks = (*colors, alpha if flags & (ALPHA_PIXELS | ALPHA) else 0)
    return painted(width, height, lambda rows: unpacked(stored[rows], masks))


def _divide(pixels: U1) -> None:
    """Divide the colours (H, W, 4) by alpha, in place; what has no alpha has no colour."""
    height, width = pixels.shape[:2]
    for rows in stripes(width, height):
        alpha = pixels[rows, :, 3:].astype(np.uint32)
        color = (pixels[rows, :, :3] * np.uint32(255) + alpha // 2) // np.maximum(alpha, 1)
        pixels[rows, :, :3] = np.where(alpha == 0, 0, color.clip(max=255))
