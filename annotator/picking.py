"""From a picture of a model to heights on it, and back. Pixels here are of the widget, y down, fractions allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mmdgen.space import Framing

Line = Literal["top", "bottom"]
GRAB = 12.0  # pixels around a line where it can be taken
SNAP = 5.0  # pixels around what a line snaps to
ROWS = 128  # rows of the dataset's picture between the lines, at 256 pixels
THINNEST = 1 / 8  # of the proposed range: lines do not come closer


@dataclass(frozen=True)
class Canvas:
    """A rectangle of pixels in whose middle a framing shows its centre; ``scale`` is pixels per MMD unit."""

    width: float
    height: float
    center_x: float
    center_y: float
    scale: float

    @staticmethod
    def of(width: float, height: float, framing: Framing) -> Canvas:
        """Return the canvas whose longer side a picture of ``framing`` fills."""
        return Canvas(width, height, framing.center_x, framing.center_y, max(width, height) / (2 * framing.unit))

    def pixel_y(self, y: float) -> float:
        """Return the pixel row of a height in MMD units."""
        return self.height / 2 - (y - self.center_y) * self.scale

    def y(self, pixel: float) -> float:
        """Return the height in MMD units of a pixel row."""
        return self.center_y + (self.height / 2 - pixel) / self.scale

    def pixel_x(self, x: float) -> float:
        """Return the pixel column of an x in MMD units."""
        return self.width / 2 + (x - self.center_x) * self.scale


def nearest_line(canvas: Canvas, pixel: float, bottom: float, top: float) -> Line | None:
    """Return the line within reach of a pixel row, the nearer of two."""
    distance: dict[Line, float] = {
        "top": abs(canvas.pixel_y(top) - pixel),
        "bottom": abs(canvas.pixel_y(bottom) - pixel),
    }
    line = min(distance, key=distance.__getitem__)
    return line if distance[line] <= GRAB else None


def snapped(canvas: Canvas, y: float, targets: Iterable[float]) -> float:
    """Return the nearest of ``targets`` if it is within reach of ``y`` on the screen, else ``y``."""
    near = min(targets, key=lambda target: abs(target - y), default=y)
    return near if abs(near - y) * canvas.scale <= SNAP else y


def with_line(line: Line, y: float, bottom: float, top: float, thinnest: float) -> tuple[float, float]:
    """Return bottom and top with one line put at ``y``; it stops ``thinnest`` short of the other."""
    return (bottom, max(y, bottom + thinnest)) if line == "top" else (min(y, top - thinnest), top)


def nudged(line: Line, rows: float, bottom: float, top: float, unit: float) -> tuple[float, float]:
    """Return bottom and top with one line moved up by ``rows`` of the dataset's 256; ``unit`` is 128 rows in MMD units.

    ``unit`` belongs to the model and not to the lines, so that steps up and down cancel.
    """
    y = (top if line == "top" else bottom) + rows * unit / ROWS
    return with_line(line, y, bottom, top, unit * THINNEST)
