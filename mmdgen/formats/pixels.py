"""What the readers of pictures share."""

from __future__ import annotations

from mmdgen.errors import FormatError
from mmdgen.model import U1

MOST_PIXELS = 8192 * 8192


def check_size(width: int, height: int) -> None:
    """Raise FormatError for a picture without pixels or with more than anybody needs."""
    if width < 1 or height < 1 or width * height > MOST_PIXELS:
        raise FormatError(f"image: {width} × {height} pixels, expected 1 to {MOST_PIXELS}; save it smaller")


def check_bytes(kind: str, found: int, expected: int) -> None:
    """Raise FormatError when a picture has fewer bytes of pixels than its size needs."""
    if found < expected:
        raise FormatError(
            f"image: {kind} with {max(found, 0)} bytes of pixels, expected {expected}; get the file again"
        )


def with_real_alpha(pixels: U1) -> U1:
    """Make (..., 4) pixels opaque when none of them has any alpha: the file's fourth byte is padding then."""
    if not pixels[..., 3].any():
        pixels[..., 3] = 255
    return pixels
