"""BMP pictures of 32 bits a pixel, whose fourth byte is alpha to MMD; Pillow reads all other BMPs."""

from __future__ import annotations

import struct

import numpy as np

from mmdgen.formats.pixels import check_bytes, check_size, with_real_alpha
from mmdgen.model import U1

PLAIN, MASKED = 0, 3  # compression
USUAL_MASKS = (0xFF0000, 0xFF00, 0xFF)


def is_bmp32(data: bytes) -> bool:
    """Tell whether it is an uncompressed BMP whose pixels are blue, green, red, alpha."""
    if len(data) < 54 or not data.startswith(b"BM"):
        return False
    (header,), (bits, compression) = struct.unpack_from("<I", data, 14), struct.unpack_from("<HI", data, 28)
    usual = compression == MASKED and len(data) >= 66 and struct.unpack_from("<3I", data, 54) == USUAL_MASKS
    return bool(header >= 40 and bits == 32 and (compression == PLAIN or usual))


def decode_bmp32(data: bytes) -> U1:
    """Return (H, W, 4) RGBA, row 0 on top; raise FormatError when pixels are missing."""
    (start,), (width, height) = struct.unpack_from("<I", data, 10), struct.unpack_from("<ii", data, 18)
    check_size(width, abs(height))
    size = width * abs(height) * 4
    check_bytes("BMP", len(data) - start, size)
    pixels = np.frombuffer(data, np.uint8, size, start).reshape(abs(height), width, 4)
    upright = pixels[::-1] if height > 0 else pixels
    return with_real_alpha(upright[..., [2, 1, 0, 3]])
