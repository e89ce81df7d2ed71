"""The surface that hair follows: half an egg over the skull that goes on as a cylinder beside and behind the face.

A place on it is (turn, q): ``turn`` in radians from the front (0) over the character's left (pi/2) to the back (pi);
``q`` is 0 at the crown, 1 at the egg's equator, and grows by 1 per ``EQUATOR`` units on the way down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.head.skull import DEPTH, FLATNESS, Skull
from mmdgen.zoo.mesh import F8, curve, smoothstep, unit
from mmdgen.zoo.traits import BodyTraits, HairTraits

EQUATOR = 1.5  # height of the equator above the chin
_DOME = 2.02  # exponent of the vertical section
SHOULDER = -0.62  # y below which hair has to go around a middling body
_PIVOT_Y, _PIVOT_Z = 0.14, 0.24  # where neck and skull meet, see figure.py
_AXIS = 0.12  # z of the body's middle
_THICK_AT = (0.40, 0.68, 0.93, 1.35, 1.70, 2.10, 2.60, 3.20, 4.40, 6.0)  # -y of a middling body
_THICK = np.array([(0.30, 0.46), (0.42, 0.60), (0.56, 0.66), (0.72, 0.68), (0.84, 0.66), (0.92, 0.62), (0.86, 0.56),
                   (0.74, 0.52), (0.80, 0.66), (0.95, 0.85)])  # in front and behind, clothes included  # fmt: skip


@dataclass(frozen=True)
class Guide:
    """``side``, ``front`` and ``back`` are the radii in x and z, ``top`` that in y, about (0, EQUATOR, 0).

    ``eyes`` is the height that bangs keep above, unless they mean to hide an eye; ``body`` is what long hair goes
    around; ``spread`` is the hair's.
    """

    side: float
    front: float
    back: float
    top: float
    eyes: float
    body: BodyTraits
    spread: float = 1.0

    @staticmethod
    def around(skull: Skull, hair: HairTraits, eyes: float, body: BodyTraits) -> Guide:
        """Return the guide that lies the hair's volume above the skull, and its fullness times that at the sides."""
        volume = hair.volume
        beside = skull.width + max(min(volume * hair.fullness, 0.30), 0.09)
        front, back = DEPTH + 0.05 + 0.35 * min(volume, 0.2), DEPTH * 1.16 + volume
        return Guide(beside, front, back, skull.height - EQUATOR + 0.05 + 1.15 * volume, eyes, body, hair.spread)

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

    def place(self, points: F8) -> tuple[F8, F8]:
        """Return turn and q (...) of the places under points (..., 3)."""
        out, up, turn = self._normed(points)
        return turn, np.where(up > 0, np.arctan2(out, np.maximum(up, 0)) * 2 / np.pi, 1 - up * self.top / EQUATOR)

    def rise(self, points: F8) -> F8:
        """Return how far (...) points (..., 3) lie off the surface, about in units."""
        out, up, _ = self._normed(points)
        radius = (np.abs(out) ** _DOME + np.maximum(up, 0) ** _DOME) ** (1 / _DOME)
        return np.asarray((radius - 1) * self.top)

    def _normed(self, points: F8) -> tuple[F8, F8, F8]:
        """Return distance from the axis and height in shares of the radii, and turn."""
        x, y, z = np.moveaxis(points, -1, 0)
        across, along = x / self.side, -z / np.where(z <= 0, self.front, self.back)
        out = (np.abs(across) ** FLATNESS + np.abs(along) ** FLATNESS) ** (1 / FLATNESS)
        return out, (y - EQUATOR) / self.top, np.arctan2(across, along)

    def q_of(self, y: float) -> float:
        """Return the q whose height is y."""
        if y < EQUATOR:
            return 1 + (EQUATOR - y) / EQUATOR
        q = np.linspace(0, 1, 200)
        heights = EQUATOR + self.top * _box(np.sin(q * np.pi / 2), np.cos(q * np.pi / 2), _DOME)[1]
        return float(np.interp(-y, -heights, q))

    def clear_of_body(self, points: F8) -> F8:
        """Return points (..., 3) pushed in front of or behind neck and shoulders where they would run into them."""
        b = self.body
        x, y, z = np.moveaxis(points, -1, 0)
        across = np.abs(x) / (b.size * b.shoulders)
        down = -(_PIVOT_Y + (y - _PIVOT_Y) / b.size - (1 - b.neck_length) * 0.55)
        depth = _PIVOT_Z + (z - _PIVOT_Z) / b.size
        low = smoothstep(-SHOULDER - 0.75, -SHOULDER + 0.55, down)
        thick = curve(_THICK_AT, _THICK, down) * np.sqrt(np.clip(1.0 - (across / 2.3) ** 2, 0.05, 1))[..., None]
        front, back = thick[..., 0] + 0.7 * b.bust * smoothstep(1.0, 1.5, down), thick[..., 1]
        ahead, behind = np.minimum(depth, _AXIS - front * low), np.maximum(depth, _AXIS + 0.18 + back * low)
        pushed = np.where(depth < 0.05, ahead, behind)
        cleared = _PIVOT_Z + (pushed - _PIVOT_Z) * b.size
        return np.stack([x, y, np.where(low > 0, z + (cleared - z) * low, z)], -1)


def _box(s: F8, c: F8, power: float) -> tuple[F8, F8]:
    """Return sine and cosine blown up from a circle to the superellipse of an exponent."""
    size = (np.abs(s) ** power + np.abs(c) ** power) ** (-1 / power)
    return s * size, c * size
