"""A view of the body to dress: cloth with its pattern, seams, buttons and the folds of a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mmdgen.zoo.atlas import BODY_BOTTOM, BODY_HALF, BODY_TOP, BODY_VIEW
from mmdgen.zoo.mesh import F8
from mmdgen.zoo.paint.canvas import U1, Canvas, smooth
from mmdgen.zoo.paint.color import luminance, shade
from mmdgen.zoo.paint.patterns import opacity
from mmdgen.zoo.traits import Color, OutfitTraits

Points = list[tuple[float, float]]
SHIRT: Color = (0.97, 0.97, 0.99)
_BLURS = {"cel": 0.5, "soft": 7.0, "flat": 0.5}
_DEPTHS = {"cel": 0.52, "soft": 0.58, "flat": 0.0}


def _place(points: F8) -> F8:
    x = (points[:, 0] / BODY_HALF * 0.5 + 0.5) * BODY_VIEW[0]
    return np.stack([x, (BODY_TOP - points[:, 1]) / (BODY_TOP - BODY_BOTTOM) * BODY_VIEW[1]], -1)


def mirror(points: Points) -> Points:
    """Return a line from the right edge to the middle, continued by its mirror image."""
    return [*points, *((-x, y) for x, y in reversed(points))]


def wedge(a: Sequence[float], b: Sequence[float], width: float, bend: float = 0.0) -> F8:
    """Return a fold: a stroke from ``a`` to a point at ``b``, ``width`` wide where it starts, bent to one side."""
    start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
    way = end - start
    across = np.array([-way[1], way[0]]) / max(float(np.linalg.norm(way)), 1e-9)
    t = np.linspace(0, 1, 12)[:, None]
    spine = start + way * t + across * (bend * 4 * t * (1 - t))
    half = width * 0.5 * (1 - t) ** 0.8
    return np.concatenate([spine + across * half, (spine - across * half)[::-1]])


@dataclass
class View:
    """The front or the back of the body, as a canvas in the body's units."""

    outfit: OutfitTraits
    skin: Color
    back: bool = False
    canvas: Canvas = field(init=False)
    _print: F8 | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.canvas = Canvas(*BODY_VIEW, self.skin, _place)
        if self.outfit.pattern != "none":
            w, h = BODY_VIEW
            px = 2 * BODY_HALF / w
            x, y = np.meshgrid((np.arange(w) + 0.5) * px - BODY_HALF, (np.arange(h) + 0.5) * px)
            self._print = opacity(self.outfit.pattern, x, y, px)

    def cloth(self, points: Points | F8, color: Color | None = None, *, printed: bool | None = None) -> None:
        """Fill a polygon with cloth, of the main colour and printed unless told otherwise."""
        self.canvas.polygon(points, color or self.outfit.main)
        if self._print is not None and (color is None if printed is None else printed):
            self.canvas.printed(points, self._print, self.outfit.pattern_color)

    def below(self, neckline: Points | F8, color: Color | None = None) -> None:
        """Cover everything below a neckline that runs from the character's right to its left."""
        line = [(float(x), float(y)) for x, y in neckline]
        self.cloth([(-2.2, line[0][1]), *line, (2.2, line[-1][1]), (2.2, -6), (-2.2, -6)], color)

    def hem(self, neckline: Points | F8, color: Color, width: float = 5.0) -> None:
        """Draw the hem of a neckline, and the shadow that it casts on the skin above."""
        self.canvas.line([(x, y) for x, y in neckline], color, width)
        self.canvas.line([(x, y - 0.03) for x, y in neckline], shade(color, 0.5), 1.4, 0.8)

    def panel(self, points: Points | F8, color: Color, *, outline: bool = True, shadow: float = 0.05) -> None:
        """Lay a piece of other cloth on, outlined and with its shadow under it."""
        if shadow and self.outfit.paint != "flat":
            self.canvas.shadow([(x * 1.01, y - shadow) for x, y in points], 0.45, 0.5)
        self.canvas.polygon(points, color)
        if outline:
            self.canvas.line([*points, points[0]], shade(color, 0.62), 2.0, 0.9)

    def seam(self, points: Points | F8, color: Color | None = None, width: float = 1.6) -> None:
        """Draw a seam."""
        self.canvas.line(points, color or shade(self.outfit.main, 0.55), width, 0.85)

    def button(self, x: float, y: float, color: Color, size: float = 0.055) -> None:
        """Sew a button on."""
        self.canvas.ellipse(x + 0.012, y - 0.018, size, size, shade(self.outfit.main, 0.6))
        self.canvas.ellipse(x, y, size, size, color)
        self.canvas.ellipse(x - size * 0.25, y + size * 0.3, size * 0.35, size * 0.3, (1, 1, 1), 0.7)

    def shadow(self, points: Points | F8, depth: float = 1.0) -> None:
        """Shade a polygon as the character's drawing manner wants it: with a clean edge, softly or not at all."""
        manner = self.outfit.paint
        if _DEPTHS[manner]:
            self.canvas.shadow(points, depth * _DEPTHS[manner], _BLURS[manner])

    def folds(self, *, bust: float) -> None:
        """Shade the sides and draw folds: under the arms, under the bust and at the waist."""
        rng = np.random.default_rng(self.outfit.fold)
        for s in (-1, 1):
            side = [(1.32, -1.2), (1.06, -1.75), (0.93, -2.6), (0.76, -3.3), (0.86, -4.0), (1.05, -5.6), (1.9, -5.6),
                    (1.9, -1.2), (1.32, -1.2)]  # fmt: skip
            self.shadow(smooth([(s * x, y) for x, y in side], 60), 0.9)
        for k in range(int(rng.integers(2, 4))):
            length, drop, width = rng.uniform(0.22, 0.5), rng.uniform(0.05, 0.34), rng.uniform(0.05, 0.09)
            y = -1.16 - 0.17 * k
            for s in (-1, 1):
                self.shadow(wedge((s * 1.22, y), (s * (1.16 - length), y - drop), width, -s * 0.05), 0.6)
        for _ in range(int(rng.integers(2, 5))):
            y, length, rise = rng.uniform(-3.7, -2.8), rng.uniform(0.25, 0.6), rng.uniform(-0.05, 0.18)
            for s in (-1, 1):
                self.shadow(wedge((s * 0.95, y), (s * (0.92 - length), y + rise), 0.07, s * 0.03), 0.7)
        if self.back:
            self.shadow(wedge((0.0, -1.1), (0.0, -2.9), 0.07), 0.6)
        elif bust > 0.1:
            under = mirror([(-0.92, -1.95), (-0.66, -2.36), (-0.34, -2.34), (0.0, -2.12)])
            upper = mirror([(-0.92, -1.95), (-0.62, -2.22), (-0.32, -2.20), (0.0, -2.12)])
            self.shadow(smooth([*under, *reversed(upper)], 60), 0.9)

    def array(self) -> U1:
        """Return the view as a picture."""
        return self.canvas.array()


def ink_on(color: Color) -> Color:
    """Return the colour of a line drawn on cloth of this colour: dark, or light on what is black already."""
    return shade(color, 0.6) if luminance(color) > 0.16 else (0.40, 0.38, 0.44)
