"""What keeps a drawing from being posed well: alpha, size, and where its head lies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import UsageError
from trainer.drawing import U1, Drawing, Finding
from trainer.drawing_head import SOLID, Head, find_head

BACKGROUND_SHARE = 0.9  # of the upper border; a body reaches the lower one
OFF = 0.15  # head heights by which a head may be off: hair hides the skull, and the outline shows no more
TALLER = 1.3  # than the box, or shorter
CUT = 0.5  # of a head's height or width: hair alone may well reach the border
MEND = "run `trainer check-input --fix`"


def judge(drawing: Drawing, size: int) -> list[Finding]:
    """Return all that is wrong with a drawing for networks of pictures of ``size``, the worst first."""
    found = [*drawing.findings, *_alpha(drawing), *_dirt(drawing.pixels), *_size(drawing.pixels, size)]
    if not any(f.code in ("empty", "opaque", "background") for f in found):
        found += _place(drawing.pixels)
    return sorted(found, key=lambda f: ("error", "warning", "note").index(f.level))


def check_picture_size(size: int) -> None:
    """Raise UsageError for a size that no picture of a triplet has."""
    if not 32 <= size <= 1024 or size % 8:
        raise UsageError(f"--size: {size}, expected a multiple of 8 from 32 to 1024; try 256")


def upper_border(pixels: U1) -> U1:
    """Return the pixels (N, 4) of the top row and of the upper halves of both sides, where no body is."""
    half = max(1, len(pixels) // 2)
    return np.concatenate([pixels[0], pixels[:half, 0], pixels[:half, -1]])


def _alpha(drawing: Drawing) -> Iterator[Finding]:
    alpha = drawing.pixels[..., 3]
    expected = "a character on transparent ground"
    if (alpha == 255).all():
        found = "alpha is 255 everywhere" if drawing.has_alpha else "no alpha"
        yield Finding("error", "opaque", found, expected, f"erase the background, or {MEND}")
    elif not (alpha >= SOLID).any():
        yield Finding("error", "empty", "nothing but transparent pixels", "a character", "check the file")
    elif (share := (upper_border(drawing.pixels)[:, 3] >= SOLID).mean()) >= BACKGROUND_SHARE:
        found = f"{share:.0%} of the upper border is opaque"
        yield Finding("error", "background", found, expected, f"erase the background, or {MEND}")


def _dirt(pixels: U1) -> Iterator[Finding]:
    clear = pixels[..., 3] == 0
    dirty = int((pixels[..., :3].any(-1) & clear).sum())
    if dirty:
        found = f"colours under {dirty:,} of {clear.sum():,} transparent pixels"
        yield Finding(
            "warning", "dirty", found, "0, 0, 0 there, as in training", f"`trainer pose` clears them; or {MEND}"
        )


def _size(pixels: U1, size: int) -> Iterator[Finding]:
    height, width = pixels.shape[:2]
    if (width, height) != (size, size):
        yield Finding("error", "size", f"{width} × {height}", f"{size} × {size}", f"{MEND}, not a plain resize")


def _place(pixels: U1) -> Iterator[Finding]:
    """Tell where the outline says that the head is off; the picture need not have the right size."""
    height, width = pixels.shape[:2]
    head = find_head(pixels[..., 3])
    if head is None:
        what = "a head above a neck or shoulders"
        yield Finding(
            "warning", "head", "an outline that shows no head", what, "look with --show; give --head and --center"
        )
        return
    off = misplaced(head, width, height)
    if off:
        box = f"rows {height // 4} to {height * 3 // 4} and the middle"
        remedy = f"{MEND}; the outline alone tells this: look with --show"
        yield Finding("warning", "head", f"the head seems {', '.join(off)}", box, remedy)
    yield from cut_off(pixels, head)
    solid_rows = np.flatnonzero((pixels[..., 3] >= SOLID).any(1))
    if not off and height - 1 - solid_rows[-1] > height // 16:
        found = f"nothing in the lowest {height - 1 - solid_rows[-1]} rows"
        yield Finding("warning", "cut", found, "a body that goes on", "draw shoulders down to the lower border")


def cut_off(pixels: U1, head: Head) -> Iterator[Finding]:
    """Tell where the border of a picture (H, W, 4) runs through its head."""
    solid = pixels[..., 3] >= SOLID
    rows = solid[max(0, int(head.top)) : max(1, int(head.bottom))]
    half = head.height / 2
    across = solid[0, max(0, int(head.center - half)) : max(1, int(head.center + half))]
    sides = {"at the top": across, "on the left": rows[:, 0], "on the right": rows[:, -1]}
    if cut := [side for side, border in sides.items() if border.mean() > CUT]:
        found, remedy = (
            f"the head seems cut off {' and '.join(cut)}",
            "give more of the picture, or draw what is missing",
        )
        yield Finding("warning", "cropped", found, "a whole one", remedy)


def misplaced(head: Head, width: int, height: int) -> list[str]:
    """Return in words how a head misses the box of a picture; nothing where it fills it, as far as outlines show."""
    box = height / 2
    off = []
    if not 1 / TALLER <= head.height / box <= TALLER:
        off.append(f"{'too tall' if head.height > box else 'too short'} ({head.height:.0f} rows, not {box:.0f})")
    elif abs(drop := (head.top + head.bottom) / 2 - height / 2) > OFF * box:
        off.append(f"too {'low' if drop > 0 else 'high'} by {abs(drop):.0f} rows")
    if abs(shift := head.center - width / 2) > OFF * box:
        off.append(f"too far {'right' if shift > 0 else 'left'} by {abs(shift):.0f} columns")
    return off


def extent(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """Return the first and last column, and the first and last row, of all that is not transparent; None of nothing."""
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    return (int(columns[0]), int(columns[-1]), int(rows[0]), int(rows[-1])) if len(rows) else None
