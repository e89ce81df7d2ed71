"""The surface that hair follows: half an egg over the skull that goes on as a cylinder beside and behind the face.

A place on it is (turn, q): ``turn`` in radians from the front (0) over the character's left (pi/2) to the back (pi);
``q`` is 0 at the crown, 1 at the egg's equator, and grows by 1 per ``EQUATOR`` units on the way down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.head.skull import DEPTH, FLATNESS, Skull
from mmdgen.zoo.mesh import F8, smoothstep, unit

EQUATOR = 1.5  # height of the equator above the chin
_DOME = 2.12  # exponent of the vertical section
SHOULDER = -0.62  # y below which hair has to go around the body


@dataclass(frozen=True)
class Guide:
    """``side``, ``front`` and ``back`` are the radii in x and z, ``top`` that in y, about (0, EQUATOR, 0)."""

    side: float
    front: float
    back: float
    top: float

    @staticmethod
    def around(skull: Skull, volume: float) -> Guide:
        """Return the guide that lies ``volume`` above the skull."""
        return Guide(skull.width + volume, DEPTH + 0.7 * volume, DEPTH * 1.16 + volume, skull.height - EQUATOR + volume)

    def at(self, turn: F8, q: F8, lift: F8 | float = 0.0) -> F8:
        """Return points (..., 3), ``lift`` units off the surface."""
        polar = np.clip(q, 0, 1) * np.pi / 2
        across, along = _box(np.sin(turn), np.cos(turn), FLATNESS)
        out, up = _box(np.sin(polar), np.cos(polar), _DOME)
        depth = np.where(along > 0, self.front, self.back)
        x = self.side * out * across
        z = -depth * out * along
        y = EQUATOR + self.top * up - np.maximum(q - 1, 0) * EQUATOR
        points = np.stack(np.broadcast_arrays(x, y, z), -1)
        lifted: F8 = points + self.normal(turn, q) * np.asarray(lift)[..., None]
        return lifted

    def normal(self, turn: F8, q: F8) -> F8:
        """Return outward unit normals (..., 3)."""
        polar = np.clip(q, 0, 1) * np.pi / 2
        along = np.cos(turn)
        depth = np.where(along > 0, self.front, self.back)
        x, z = np.sin(polar) * np.sin(turn) / self.side, -np.sin(polar) * along / depth
        return unit(np.stack(np.broadcast_arrays(x, np.cos(polar) / self.top, z), -1))

    def q_of(self, y: float) -> float:
        """Return the q whose height is y."""
        if y < EQUATOR:
            return 1 + (EQUATOR - y) / EQUATOR
        q = np.linspace(0, 1, 200)
        heights = EQUATOR + self.top * _box(np.sin(q * np.pi / 2), np.cos(q * np.pi / 2), _DOME)[1]
        return float(np.interp(-y, -heights, q))


def _box(s: F8, c: F8, power: float) -> tuple[F8, F8]:
    """Return sine and cosine blown up from a circle to the superellipse of an exponent."""
    size = (np.abs(s) ** power + np.abs(c) ** power) ** (-1 / power)
    return s * size, c * size


def clear_of_body(points: F8) -> F8:
    """Return points (..., 3) pushed in front of or behind neck and shoulders where they would run into them."""
    x, y, z = np.moveaxis(points, -1, 0)
    low = smoothstep(-SHOULDER - 0.75, -SHOULDER + 0.55, -y)
    thick = 0.62 * np.sqrt(np.clip(1.0 - (np.abs(x) / 2.3) ** 2, 0.05, 1))
    pushed = np.where(z < 0.05, np.minimum(z, 0.12 - thick * low), np.maximum(z, 0.30 + thick * low))
    return np.stack([x, y, np.where(low > 0, z + (pushed - z) * low, z)], -1)
