"""The head as a surface: horizontal cross-sections whose width and depth change with the height above the chin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmdgen.zoo.mesh import F8, curve, spline

# Heights are shares of the skull's height; widths of its greatest half-width; depths of DEPTH.
_FRONT = ((0, 0.015, 0.05, 0.10, 0.16, 0.25, 0.36, 0.45, 0.56, 0.68, 0.80, 0.90, 0.965, 1.0),
          (0.62, 0.75, 0.83, 0.845, 0.86, 0.885, 0.90, 0.915, 0.965, 0.98, 0.915, 0.715, 0.43, -0.1))  # fmt: skip
_BACK = ((0, 0.05, 0.10, 0.18, 0.28, 0.40, 0.55, 0.70, 0.85, 0.95, 1.0),
         (-0.55, -0.30, -0.10, 0.20, 0.60, 0.95, 1.15, 1.15, 0.92, 0.50, 0.10))  # fmt: skip
_WIDTH_AT = (0, 0.012, 0.04, 0.13, 0.24, 0.36, 0.50, 0.62, 0.74, 0.85, 0.93, 0.98, 1.0)
DEPTH = 1.06
_MIDDLE = 0.52  # where between front and back a cross-section is widest
FLATNESS = 2.35  # exponent of the cross-section's front half: 2 is an ellipse, more is a flatter face


@dataclass(frozen=True)
class Skull:
    """A skull of ``height`` above the chin and greatest half-width ``width``; the other numbers shape the face.

    ``chin`` is the half-width just above the chin, ``jaw`` that of the jaw, ``cheek`` that under the eyes, each as a
    share of ``width``; ``tip`` is how wide the very end of the chin is, as a share of ``chin``; ``nose`` is how far the
    nose stands out at height ``nose_y``.
    """

    height: float
    width: float
    tip: float
    chin: float
    jaw: float
    cheek: float
    nose: float
    nose_y: float

    @cached_property
    def _profiles(self) -> Callable[[F8], F8]:
        """Half-width, front and back as one spline over the share of the height."""
        widths = (0, self.tip * self.chin, self.chin, self.jaw, self.cheek, 0.955, 1.0, 1.0, 0.96, 0.82, 0.59, 0.31, 0)
        at = np.unique(np.concatenate([_WIDTH_AT, _FRONT[0], _BACK[0]]))
        columns = (
            self.width * curve(_WIDTH_AT, widths, at),
            -DEPTH * curve(*_FRONT, at=at),
            DEPTH * curve(*_BACK, at=at),
        )
        return spline(at, np.stack(columns, -1))

    def profile(self, y: F8) -> tuple[F8, F8, F8]:
        """Return half-width, z in front (without the nose) and z behind at heights y."""
        found = self._profiles(y / self.height)
        return found[..., 0], found[..., 1], found[..., 2]

    def half_width(self, y: F8) -> F8:
        """Return the half-width of the cross-section at height y."""
        return self.profile(y)[0]

    def z(self, x: F8, y: F8) -> F8:
        """Return z of the face at (x, y), nose included; x beyond the outline is taken at the outline."""
        width, front, back = self.profile(y)
        across = np.clip(np.abs(x) / np.maximum(width, 1e-9), 0, 1)
        middle = front + (back - front) * _MIDDLE
        bare: F8 = middle - (middle - front) * (1 - across**FLATNESS) ** (1 / FLATNESS)
        return bare - self._nose(x, y)

    def _nose(self, x: F8, y: F8) -> F8:
        below = y < self.nose_y
        steep = np.where(below, 0.045, 0.15)
        tip = np.exp(-((x / 0.075) ** 2) - ((y - self.nose_y) / steep) ** 2)
        bridge = np.exp(-((x / 0.09) ** 2) - ((y - self.nose_y - 0.22) / 0.16) ** 2)
        result: F8 = self.nose * (tip + 0.22 * bridge)
        return result

    def surface(self, x: F8, y: F8) -> F8:
        """Return points (..., 3) of the face above (x, y)."""
        return np.stack([x, y, self.z(x, y)], -1)

    def behind(self, turn: F8, y: F8) -> F8:
        """Return points (..., 3) of the back half: ``turn`` runs from 0 (the character's left) to pi (its right)."""
        width, front, back = self.profile(y)
        middle = front + (back - front) * _MIDDLE
        x, z = width * np.cos(turn), middle + (back - middle) * np.sin(turn)
        return np.stack(np.broadcast_arrays(x, y, z), -1)

    def outside(self, points: F8, gap: float, drawn: F8 | float = 0.0) -> F8:
        """Return points (..., 3) moved level out of the skull where they are less than ``gap`` off it.

        Those farther off come nearer by the share ``drawn`` (...) of the way.
        """
        x, y, z = np.moveaxis(points, -1, 0)
        width, front, back = (np.maximum(np.abs(v), 1e-3) * np.sign(v) for v in self.profile(y))
        middle = front + (back - front) * _MIDDLE
        ahead = z < middle
        depth = np.where(ahead, middle - front, back - middle) + gap
        power = np.where(ahead, FLATNESS, 2.0)
        size = (np.abs(x / (width + gap)) ** power + np.abs((z - middle) / depth) ** power) ** (1 / power)
        onto = 1 / np.maximum(size, 0.5)
        grow = np.where(onto > 1, onto, 1 + (onto - 1) * drawn)
        grow = np.where((y > 0) & (y < 0.95 * self.height), grow, 1)
        return np.stack([x * grow, y, middle + (z - middle) * grow], -1)

    def soft_normal(self, points: F8) -> F8:
        """Return normals (..., 3) of an egg in the skull's place, turned to the viewer: a face lit like a drawing."""
        centre = np.array([0.0, 0.52 * self.height, 0.1])
        radius = np.array([self.width, 0.56 * self.height, DEPTH * 1.1])
        outward = (points - centre) / radius**2
        outward /= np.maximum(np.linalg.norm(outward, axis=-1, keepdims=True), 1e-9)
        front = np.clip(-outward[..., 2:], 0, 1)
        drawn = outward + np.array([0.0, 0.0, -0.9]) * front
        result: F8 = drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)
        return result
