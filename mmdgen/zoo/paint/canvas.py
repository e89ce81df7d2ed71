"""A picture to draw on in a part's own units: polygons, lines and soft patches, antialiased by supersampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mmdgen.zoo.mesh import F8, curve
from mmdgen.zoo.traits import Color

U1 = NDArray[np.uint8]
Points = Sequence[Sequence[float]] | F8
Place = Callable[[F8], F8]  # (n, 2) in units to (n, 2) in texels
_FINE = 2  # samples per texel and axis


class Canvas:
    """An RGBA picture of (width, height) texels; ``place`` maps a part's coordinates to texels."""

    def __init__(self, width: int, height: int, ground: Color, place: Place | None = None, alpha: float = 1.0) -> None:
        self.width, self.height = width, height
        self._place = place or (lambda p: p)
        self._image = Image.new("RGBA", (width * _FINE, height * _FINE), _bytes(ground, alpha))

    def polygon(self, points: Points, color: Color, alpha: float = 1.0, blur: float = 0) -> None:
        """Fill a polygon; ``blur`` softens its edge by that many texels."""
        self._fill([self._samples(points)], color, alpha, blur)

    def triangles(self, corners: F8, color: Color, alpha: float, blur: float = 0) -> None:
        """Fill triangles (n, 3, 2) as one shape: where they overlap, they do not darken twice."""
        self._fill(self._samples(corners.reshape(-1, 2)).reshape(-1, 3, 2), color, alpha, blur)

    def line(self, points: Points, color: Color, width: float, alpha: float = 1.0) -> None:
        """Draw a line ``width`` texels wide."""
        samples = self._samples(points)
        size = max(1, round(width * _FINE))
        patch = _Patch.around(samples, size + 2, self._image.size)
        patch.draw.line(patch.local(samples), fill=255, width=size, joint="curve")
        self._paste(patch, color, alpha, 0)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, color: Color, alpha: float = 1, blur: float = 0
    ) -> None:
        """Fill an ellipse given in units."""
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        points = np.stack([x + rx * np.cos(turn), y + ry * np.sin(turn)], -1)
        self.polygon(points, color, alpha, blur)

    def shadow(self, points: Points, depth: float, blur: float = 0, tint: Color = (0.42, 0.52, 0.34)) -> None:
        """Darken a polygon, whatever is painted there: ``depth`` 1 takes ``tint`` away from each channel."""
        patch = self._patch(points, blur)
        r, g, b = tint
        factor: Color = (1 - depth * r, 1 - depth * g, 1 - depth * b)
        self._change(patch, lambda below: ImageChops.multiply(below, Image.new("RGBA", below.size, _bytes(factor, 1))))

    def gleam(self, points: Points, strength: float, blur: float = 0) -> None:
        """Brighten a polygon, whatever is painted there."""
        patch = self._patch(points, blur)
        color = (strength, strength, strength)
        self._change(patch, lambda below: ImageChops.screen(below, Image.new("RGBA", below.size, _bytes(color, 0))))

    def printed(self, points: Points, opacity: F8, color: Color) -> None:
        """Print a pattern on a polygon: ``opacity`` (height, width) from 0 to 1 says how much of the colour."""
        patch = self._patch(points, 0)
        x, y = patch.corner
        w, h = patch.mask.size
        texels = opacity[y // _FINE : (y + h) // _FINE + 1, x // _FINE : (x + w) // _FINE + 1]
        fine = to_bytes(texels).repeat(_FINE, 0).repeat(_FINE, 1)
        ink = Image.fromarray(np.ascontiguousarray(fine[y % _FINE :, x % _FINE :][:h, :w]))
        mask = ImageChops.multiply(patch.mask, ink)
        self._image.paste(Image.new("RGBA", mask.size, _bytes(color, 1)), patch.corner, mask)

    def _patch(self, points: Points, blur: float) -> _Patch:
        samples = self._samples(points)
        patch = _Patch.around(samples, 2 + 3 * blur * _FINE, self._image.size)
        patch.draw.polygon(patch.local(samples), fill=255)
        return (
            _Patch(patch.mask.filter(ImageFilter.GaussianBlur(blur * _FINE)), patch.draw, patch.corner)
            if blur
            else patch
        )

    def _change(self, patch: _Patch, change: Callable[[Image.Image], Image.Image]) -> None:
        (x, y), (w, h) = patch.corner, patch.mask.size
        self._image.paste(change(self._image.crop((x, y, x + w, y + h))), patch.corner, patch.mask)

    def _samples(self, points: Points) -> F8:
        return self._place(np.asarray(points, np.float64)) * _FINE

    def _fill(self, shapes: Sequence[F8] | F8, color: Color, alpha: float, blur: float) -> None:
        everything = np.concatenate(list(shapes)) if len(shapes) else np.zeros((1, 2))
        patch = _Patch.around(everything, 2 + 3 * blur * _FINE, self._image.size)
        for shape in shapes:
            patch.draw.polygon(patch.local(shape), fill=255)
        self._paste(patch, color, alpha, blur)

    def _paste(self, patch: _Patch, color: Color, alpha: float, blur: float) -> None:
        mask = patch.mask
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * _FINE))
        if alpha < 1:
            mask = mask.point([round(alpha * k) for k in range(256)])
        self._image.paste(Image.new("RGBA", mask.size, _bytes(color, 1)), patch.corner, mask)

    def array(self) -> U1:
        """Return the picture (height, width, 4), straight alpha."""
        return np.asarray(self._image.reduce(_FINE))


@dataclass(frozen=True)
class _Patch:
    """The part of a picture that a stroke can touch, as a mask to draw on."""

    mask: Image.Image
    draw: ImageDraw.ImageDraw
    corner: tuple[int, int]

    @staticmethod
    def around(points: F8, margin: float, size: tuple[int, int]) -> _Patch:
        low = np.clip(np.floor(points.min(0) - margin), 0, np.array(size) - 1).astype(int)
        high = np.clip(np.ceil(points.max(0) + margin), low + 1, size).astype(int)
        mask = Image.new("L", (int(high[0] - low[0]), int(high[1] - low[1])), 0)
        return _Patch(mask, ImageDraw.Draw(mask), (int(low[0]), int(low[1])))

    def local(self, points: F8) -> list[tuple[float, float]]:
        return [(float(x), float(y)) for x, y in points - np.array(self.corner)]


def _bytes(color: Color, alpha: float) -> tuple[int, int, int, int]:
    r, g, b = (round(255 * min(max(c, 0.0), 1.0)) for c in color)
    return r, g, b, round(255 * alpha)


def smooth(points: Sequence[Sequence[float]], steps: int = 24) -> F8:
    """Return a smooth curve (steps, 2) through points."""
    return curve(np.linspace(0, 1, len(points)), np.asarray(points, np.float64), np.linspace(0, 1, steps))


def to_bytes(colors: F8) -> U1:
    """Return numbers from 0 to 1 as bytes."""
    return np.asarray(np.clip(colors * 255 + 0.5, 0, 255), np.uint8)


def few_colors(picture: U1) -> U1:
    """Return an opaque picture (H, W, 4) with at most 256 colours, none far from its own: drawings need no more."""
    image = Image.fromarray(np.ascontiguousarray(picture[..., :3]))
    flat = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGBA")
    return np.asarray(flat).copy()


def blend(under: F8, color: Color | F8, alpha: F8) -> F8:
    """Return colours (..., 3) with ``color`` laid over them where ``alpha`` (...) says."""
    return np.asarray(under + (np.asarray(color) - under) * alpha[..., None])


def half_size(picture: U1) -> U1:
    """Return a picture at half its size; what is transparent lends its colour to nothing."""
    share = picture.astype(np.float64) / 255
    share[..., :3] *= share[..., 3:]
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    small = share[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 4).mean((1, 3))
    small[..., :3] /= np.maximum(small[..., 3:], 1e-6)
    return to_bytes(small)
