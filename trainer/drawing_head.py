"""Where the head probably is, told from the outline of a drawing alone.

A head is about as wide as it is tall, and below it the outline narrows to a neck before it widens to shoulders. That
is all this knows: it sees no face. Long hair that covers the neck leaves only the width to guess from, large ears,
hats and ribbons count as head, and a figure that lies or looks down is beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SOLID = 128  # alpha from which a pixel belongs to the outline
ROWS = 400  # of the outline that is searched; larger ones are thinned out
# As measured on outlines of rendered characters whose heads are known (docs/posing.md):
WIDTH = 1.1  # of a head with its hair, in heights
WIDTHS = (0.8, 1.3)
TIP = 0.35  # narrower rows above the head are tufts, horns and ribbons
NECK_PLACE = (0.8, 1.3)  # in heights below the top
NECK = 0.62  # of the head's width, at most
SHOULDERS = 1.3  # of the neck's width, at least
LONGER = 1.2  # how much taller heads without a visible neck are than their width says


@dataclass(frozen=True)
class Head:
    """Rows of skull and chin and the column of the middle, in pixels from the top left, and what tells them.

    ``neck``: the outline has one; about four in five such guesses are within 0.15 heights. ``width``: a rough guess.
    """

    top: float
    bottom: float
    center: float
    by: Literal["neck", "width", "person"]

    @property
    def height(self) -> float:
        """Rows from skull to chin."""
        return self.bottom - self.top


@dataclass(frozen=True)
class _Try:
    top: int
    bottom: int
    misfit: float


def find_head(alpha: NDArray[np.uint8]) -> Head | None:
    """Return the head that the outline of ``alpha`` (H, W) suggests, or None where none fits."""
    step = max(1, -(-len(alpha) // ROWS))
    outline = _largest(alpha[::step, ::step] >= SOLID)
    left, right = _longest_runs(outline)
    width = right - left
    filled = np.flatnonzero(width)
    if not len(filled):
        return None
    total = int(filled[-1] - filled[0]) + 1
    necks, others = _tries(width, total)
    tries = necks or others
    if not tries:
        return None
    best = min(tries, key=lambda t: t.misfit)
    top = int(np.flatnonzero(width >= TIP * (best.bottom - best.top))[0])
    rows = slice(top, top + max(1, int(0.8 * (best.bottom - top))))
    center = float(np.median((left + right)[rows])) / 2
    return Head(top * step, best.bottom * step, center * step, "neck" if necks else "width")


def _tries(width: NDArray[np.int64], total: int) -> tuple[list[_Try], list[_Try]]:
    """Return the heads of all heights that the rows' widths allow: with a neck below, and without."""
    necks, others = [], []
    for height in range(12, int(1.1 * total) + 1):
        wide = np.flatnonzero(width >= TIP * height)
        if not len(wide):
            break
        top = int(wide[0])
        if top + height > len(width):
            break
        middle = float(np.median(width[top : top + height]))
        if not WIDTHS[0] <= middle / height <= WIDTHS[1]:
            continue
        large = float(np.log(height / total))  # a ribbon on the head can look like a small head on a neck
        neck = _neck(width, top, height)
        if neck is None:
            misfit = abs(float(np.log(middle / height / WIDTH))) - 0.5 * large
            others.append(_Try(top, round(top + LONGER * height), misfit))
        else:
            row, share = neck
            necks.append(_Try(top, row, share - 0.35 * large))
    return necks, others


def _neck(width: NDArray[np.int64], top: int, height: int) -> tuple[int, float] | None:
    """Return the row of a neck below a head and its share of the head's width, or None."""
    first, last = (top + int(place * height) for place in NECK_PLACE)
    below = width[first:last]
    if len(below) < 3:
        return None
    i = int(np.argmin(below))
    share = float(below[i] / np.percentile(width[top:first], 80))
    shoulders = width[first + i : first + i + int(0.6 * height)].max()
    inside = 0 < i < len(below) - 1
    return (first + i, share) if inside and share < NECK and shoulders > SHOULDERS * below[i] else None


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part: no specks, no letters beside the figure."""
    labels, count = ndimage.label(mask)
    if count < 2:
        return mask
    largest: NDArray[np.bool_] = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return largest


def _longest_runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the longest run of each row begins and ends (H,), both 0 where there is none."""
    change = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    left, right = np.zeros(len(mask), np.int64), np.zeros(len(mask), np.int64)
    for row in np.flatnonzero(mask.any(1)):
        begins, ends = np.flatnonzero(change[row] == 1), np.flatnonzero(change[row] == -1)
        longest = int(np.argmax(ends - begins))
        left[row], right[row] = begins[longest], ends[longest]
    return left, right
