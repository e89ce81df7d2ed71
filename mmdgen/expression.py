"""What of a bound model's picture eyes and mouth can change while the head is at rest.

All else is the same in every expression. So an expression is drawn with the triangles that reach into the pixels that
may change, and laid over the rest picture; in those pixels nothing differs from a picture of all triangles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.cropping import by_face, line_widths, touched, visible
from mmdgen.model import I4
from mmdgen.pose.binding import Binding
from mmdgen.reach import Boxes, driven_weights, expressive_reach
from mmdgen.render.atlas import Area
from mmdgen.space import Framing

MARGIN = 0.25  # pixels; rounding is a hundredth of it
LINE_MARGIN = 1.0  # pixels: a line may be drawn one sample wider than it is


@dataclass(frozen=True, eq=False)
class Expressive:
    """The pixels (S, S) that expressions may change, row 0 on top, and the faces (F,) that reach into any of them."""

    pixels: NDArray[np.bool_]
    faces: NDArray[np.bool_]

    @property
    def area(self) -> Area:
        """The smallest rectangle around the pixels; one pixel where there are none."""
        rows, columns = (np.flatnonzero(self.pixels.any(axis)) for axis in (1, 0))
        if not len(rows):
            return Area(0, 0, 1, 1)
        x, y = int(columns[0]), int(rows[0])
        return Area(x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1)


def expressive(binding: Binding, framing: Framing, size: int, *, edged: bool) -> Expressive | None:
    """Return what expressions change in pictures of a size, in poses within their ranges.

    ``edged``: looks may ask for outlines. None where nothing is known: where flip morphs are. IK must be off.
    """
    model = binding.model
    weights = driven_weights(binding)
    if weights is None or not len(model.faces):
        return None
    boxes, changes = expressive_reach(binding, weights)
    corners = np.ascontiguousarray(model.faces.T)
    changing = changes[corners].any(0) | by_face(model, touched(model, weights, slice(None)))
    widths = line_widths(model, weights) * (size / 2) if edged else np.zeros(len(model.faces), np.float32)
    widths += np.where(widths > 0, LINE_MARGIN, 0) + MARGIN
    left, right = _pixels(corners, boxes, 0, framing.center_x, size / 2 / framing.unit, size, widths)
    top, bottom = _pixels(corners, boxes, 1, framing.center_y, -size / 2 / framing.unit, size, widths)
    shown = visible(model, weights) & (left < right) & (top < bottom)
    pixels = _covered(np.stack([left, top, right, bottom])[:, changing & shown], size)
    before = np.pad(pixels.cumsum(0).cumsum(1), ((1, 0), (1, 0)))  # changing pixels above and left of a corner
    reached = before[bottom, right] - before[top, right] - before[bottom, left] + before[top, left]
    return Expressive(pixels, shown & (reached > 0))


@np.errstate(over="ignore", invalid="ignore")  # files may hold any number
def _pixels(
    corners: I4, boxes: Boxes, axis: int, center: float, scale: float, size: int, widths: NDArray[np.floating]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first pixel (F,) along an axis that faces of corners (3, F) may touch, and the one behind the last."""
    ends = [(side[axis] - center) * scale + size / 2 for side in (boxes.low, boxes.high)]
    first, last = ends if scale > 0 else ends[::-1]
    low = np.floor(first[corners].min(0) - widths)
    high = np.ceil(last[corners].max(0) + widths)
    # comparisons with what is no number are false: then a face may be anywhere
    left = np.where(low > 0, np.minimum(low, size), 0)
    right = np.where(high < size, np.maximum(high, 0), size)
    return left.astype(np.intp), right.astype(np.intp)


def _covered(sides: NDArray[np.intp], size: int) -> NDArray[np.bool_]:
    """Return the pixels (S, S) inside any of some rectangles (4, R): left, top, right, bottom."""
    left, top, right, bottom = sides
    steps = np.zeros((size + 1, size + 1), np.int32)
    for rows, columns, step in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        np.add.at(steps, (rows, columns), step)
    return np.asarray(steps.cumsum(0).cumsum(1)[:size, :size] > 0)
