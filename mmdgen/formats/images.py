"""Texture files to pixels, recognised by content: names lie (.spa is a BMP, .bmp may be a PNG).

Pillow reads most. 32-bit BMP and all TGA are read here: Pillow loses the alpha of the former and refuses run-length
packets of the latter that cross lines.
"""

from __future__ import annotations

import io
import warnings

import numpy as np

from mmdgen.errors import FormatError
from mmdgen.formats.bmp import decode_bmp32, is_bmp32
from mmdgen.formats.pixels import check_size
from mmdgen.formats.tga import decode_tga, looks_like_tga
from mmdgen.model import U1

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8": "JPEG",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"DDS ": "DDS",
    b"RIFF": "WEBP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}


def decode_image(data: bytes) -> U1:
    """Return the picture as (H, W, 4) uint8 RGBA, straight alpha, row 0 on top; raise FormatError when broken."""
    if is_bmp32(data):
        return np.ascontiguousarray(decode_bmp32(data))
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            return _decode_with_pillow(data, kind)
    if looks_like_tga(data):
        return np.ascontiguousarray(decode_tga(data))
    raise FormatError(
        f"image: it begins with {data[:8]!r}, expected PNG, JPEG, BMP, TGA, GIF or DDS; convert it to PNG"
    )


def _decode_with_pillow(data: bytes, kind: str) -> U1:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata; what matters raises
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=(kind,)) as picture:
                check_size(*picture.size)
                if picture.mode.startswith("I"):  # grey of 16 bits, which Pillow would clip
                    grey = (np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8)
                    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])
                return np.asarray(picture if picture.mode == "RGBA" else picture.convert("RGBA"))
    except FormatError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever they stumble over
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FormatError(f"image: {kind} with {reason}, expected a whole picture; convert it to PNG") from error
