"""What every sheet of pictures needs: a checkerboard under transparency, captions that fit, and a whole file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from mmdgen.errors import UsageError
from mmdgen.files import write_atomically
from mmdgen.fonts import JAPANESE, system_fonts

U1 = NDArray[np.uint8]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
SQUARE = 8  # pixels of the checkerboard's squares
LIGHT, DARK = 250, 228  # its greys
INK = (40, 40, 40)
GAP = 6
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def on_checkerboard(picture: U1) -> U1:
    """Return a picture (H, W, 4), straight alpha, as (H, W, 3) over light squares."""
    y, x = np.indices(picture.shape[:2]) // SQUARE
    ground = np.where((x + y) % 2, DARK, LIGHT)[..., None]
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(picture[..., :3] * alpha + ground * (1 - alpha)), np.uint8)


def fitting(caption: str, face: Font, width: int) -> str:
    """Cut a caption to a width in pixels."""
    while caption and face.getlength(caption) > width:
        caption = caption[:-1]
    return caption


def font(size: int) -> tuple[Font, bool]:
    """Return a font, and whether it shows Japanese: a system's own, else Pillow's for Latin letters."""
    for path in system_fonts(JAPANESE):
        try:
            return ImageFont.truetype(path, size), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture whole or not at all, in the format that the path's extension names."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{path}: extension {path.suffix!r}, expected {', '.join(FORMATS)}; try .png")
    data = io.BytesIO()
    picture.save(data, kind)
    write_atomically(path, data.getvalue())
