"""What the readers of pictures share: bounds on memory, stripes, and channels packed into bits.

A picture may take 200 MB and ten bytes for each byte of its file while it is read, no more: a file of a kilobyte may
claim to be 60,000 pixels wide. 8192 × 4096 pixels always fit where they are decoded in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import FormatError
from mmdgen.model import U1

MOST_PIXELS = 8192 * 8192
MEMORY, MEMORY_PER_BYTE = 180_000_000, 8  # of the bounds above; the rest is for the file itself and what surrounds it
STRIPE = 1 << 18  # pixels converted at a time


def check_size(width: int, height: int, file_size: int, pixel_size: int = 4) -> None:
    """Raise FormatError for a picture without pixels, or that takes more memory than its file may ask for.

    ``pixel_size`` is how many bytes a pixel takes at most while it is read, the four of the result among them.
    """
    most = min(MOST_PIXELS, (MEMORY + MEMORY_PER_BYTE * file_size) // pixel_size)
    if width < 1 or height < 1 or width * height > most:
        raise FormatError(f"image: {width} × {height} pixels, expected 1 to {most}; save it smaller")


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


def stripes(width: int, height: int) -> Iterator[slice]:
    """Yield the rows of a picture a stripe at a time."""
    rows = max(1, STRIPE // width)
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def painted(width: int, height: int, rows: Callable[[slice], U1], *, upside_down: bool = False) -> U1:
    """Return (H, W, 4) of what ``rows`` returns for stripes of a picture, maybe stored from the lowest row up."""
    out = np.empty((height, width, 4), np.uint8)
    for stripe in stripes(width, height):
        if upside_down:
            out[height - stripe.stop : height - stripe.start] = rows(stripe)[::-1]
        else:
            out[stripe] = rows(stripe)
    return out


def channel(packed: NDArray[np.uint32], mask: int) -> U1:
    """Return the bits under ``mask`` stretched to 0..255: 255 where all are set."""
    shift = (mask & -mask).bit_length() - 1
    top = mask >> shift
    value = (packed & np.uint32(mask)) >> np.uint32(shift)
    if top == 255:
        return value.astype(np.uint8)
    return ((value.astype(np.uint64) * 255 + top // 2) // top).astype(np.uint8)


def unpacked(stored: U1, masks: tuple[int, int, int, int]) -> U1:
    """Return (..., 4) RGBA of pixels (..., 1 to 4 bytes) whose channels lie under four masks.

    Without a mask a colour is 0 and alpha 255.
    """
    packed = np.zeros(stored.shape[:-1], np.uint32)
    for byte in range(stored.shape[-1]):
        packed |= stored[..., byte].astype(np.uint32) << np.uint32(8 * byte)
    rgba = np.zeros((*packed.shape, 4), np.uint8)
    rgba[..., 3] = 255
    for place, mask in enumerate(masks):
        if mask:
            rgba[..., place] = channel(packed, mask)
    return rgba
