"""A picture to draw on in a part's own units: polygons, lines and soft patches, antialiased by supersampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mmdgen.zoo.mesh import F8, curve
from mmdgen.zoo.traits import Color

U1 = NDArray[np.uint8]
F4 = NDArray[np.float32]
Place = Callable[[F8], F8]  # (n, 2) in units to (n, 2) in texels
_FINE = 2  # samples per texel and axis


class Canvas:
    """An RGBA picture of (width, height) texels; ``place`` maps a part's coordinates to texels."""

    def __init__(self, width: int, height: int, ground: Color, place: Place | None = None, alpha: float = 1.0) -> None:
        self.width, self.height = width, height
        self._place = place or (lambda p: p)
        self._image = Image.new("RGBA", (width * _FINE, height * _FINE), _bytes(ground, alpha))

    def polygon(self, points: Sequence[Sequence[float]] | F8, color: Color, alpha: float = 1.0, blur: float = 0) -> None:
        """Fill a polygon; ``blur`` softens its edge by that many texels."""
        self._stroke(lambda draw: draw.polygon(self._texels(points), fill=255), color, alpha, blur)

    def triangles(self, corners: F8, color: Color, alpha: float, blur: float = 0) -> None:
        """Fill triangles (n, 3, 2) as one shape: where they overlap, they do not darken twice."""
        texels = (self._place(corners.reshape(-1, 2)) * _FINE).reshape(-1, 6).round(1).tolist()

        def fill(draw: ImageDraw.ImageDraw) -> None:
            for triangle in texels:
                draw.polygon(triangle, fill=255)

        self._stroke(fill, color, alpha, blur)

    def line(self, points: Sequence[Sequence[float]] | F8, color: Color, width: float, alpha: float = 1.0) -> None:
        """Draw a line ``width`` texels wide."""
        size = max(1, round(width * _FINE))
        texels = self._texels(points)

        def stroke(draw: ImageDraw.ImageDraw) -> None:
            draw.line(texels, fill=255, width=size, joint="curve")

        self._stroke(stroke, color, alpha, 0)

    def ellipse(self, x: float, y: float, rx: float, ry: float, color: Color, alpha: float = 1, blur: float = 0) -> None:
        """Fill an ellipse given in units."""
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        points = np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], -1)
        self.polygon(points, color, alpha, blur)

    def _texels(self, points: Sequence[Sequence[float]] | F8) -> list[tuple[float, float]]:
        placed = self._place(np.asarray(points, np.float64)) * _FINE
        return [(float(x), float(y)) for x, y in placed]

    def _stroke(self, draw: Callable[[ImageDraw.ImageDraw], None], color: Color, alpha: float, blur: float) -> None:
        mask = Image.new("L", self._image.size, 0)
        draw(ImageDraw.Draw(mask))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * _FINE))
        if alpha < 1:
            mask = mask.point([round(alpha * k) for k in range(256)])
        self._image.paste(Image.new("RGBA", self._image.size, _bytes(color, 1)), (0, 0), mask)

    def array(self) -> U1:
        """Return the picture (height, width, 4), straight alpha."""
        return np.asarray(self._image.reduce(_FINE))


def _bytes(color: Color, alpha: float) -> tuple[int, int, int, int]:
    r, g, b = (round(255 * min(max(c, 0.0), 1.0)) for c in color)
    return r, g, b, round(255 * alpha)


def smooth(points: Sequence[Sequence[float]], steps: int = 24) -> F8:
    """Return a smooth curve (steps, 2) through points."""
    return curve(np.linspace(0, 1, len(points)), np.asarray(points, np.float64), np.linspace(0, 1, steps))


def to_bytes(colors: F4 | F8) -> U1:
    """Return numbers from 0 to 1 as bytes."""
    return np.asarray(np.clip(colors * 255 + 0.5, 0, 255), np.uint8)


def blend(under: F4, color: Color | F4, alpha: F4) -> F4:
    """Return colours (..., 3) with ``color`` laid over them where ``alpha`` (...) says."""
    result: F4 = under + (np.asarray(color, np.float32) - under) * alpha[..., None]
    return result
