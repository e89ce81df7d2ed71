"""What restricts a joint: an axis that it turns about, or bounds of its three angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.quaternions import F8, normalized, product
from mmdgen.space import rotation_matrices

Triple = tuple[float, float, float]
# axes a, b, c of R = Ra · Rb · Rc: b is the one that must stay within a quarter turn, so MMD chooses by the limits
_ORDERS = ((1, 0, 2), (2, 1, 0), (0, 2, 1))


@dataclass(frozen=True)
class Limits:
    """Bounds (3,) in radians of a link's angles; ``hinge`` is the only axis that may turn, if one alone may."""

    low: F8
    high: F8
    order: tuple[int, int, int]
    hinge: int | None
    locked: bool

    @staticmethod
    def of(limits: tuple[Triple, Triple] | None) -> Limits | None:
        """Prepare a link's limits; bounds in the wrong order are exchanged."""
        if limits is None:
            return None
        low, high = np.sort(np.array(limits, np.float64), 0)
        quarter = np.pi / 2
        order = next((o for o in _ORDERS[:2] if -quarter < low[o[1]] and high[o[1]] < quarter), _ORDERS[2])
        free = np.flatnonzero((low != 0) | (high != 0))
        hinge = int(free[0]) if len(free) == 1 else None
        if hinge is not None:  # a hinge's one angle comes first in the product, where it has the full turn
            order = next(o for o in _ORDERS if o[0] == hinge)
        return Limits(low, high, order, hinge, locked=len(free) == 0)

    def clamp(self, q: F8, *, mirror: bool) -> F8:
        """Return rotations (N, 4) whose angles lie within the bounds.

        With ``mirror`` an angle beyond a bound is reflected at it when that falls within the bounds.
        """
        angles = _angles(q, self.order)
        nearest = np.clip(angles, self.low, self.high)
        if mirror:
            reflected = 2 * nearest - angles
            inside = (reflected >= self.low) & (reflected <= self.high)
            nearest = np.where(inside, reflected, nearest)
        a, b, c = (_about(axis, nearest[:, axis]) for axis in self.order)
        return product(a, product(b, c))


def twist(q: F8, axis: F8) -> F8:
    """Return the part of rotations (..., 4) that turns about an axis (3,); the identity where there is none."""
    length = np.sqrt((axis * axis).sum())
    unit = axis / (length if length > 0 else 1.0)
    along = (q[..., :3] * unit).sum(-1, keepdims=True)
    return normalized(np.concatenate([along * unit, q[..., 3:]], -1))


def _angles(q: F8, order: tuple[int, int, int]) -> F8:
    """Return the angles (N, 3) about x, y, z of R = Ra · Rb · Rc for axes a, b, c in ``order``."""
    a, b, c = order
    sign = 1.0 if (b - a) % 3 == 1 else -1.0  # of the permutation
    m = rotation_matrices(q)
    angles = np.empty((len(q), 3))
    angles[:, b] = np.arcsin(np.clip(sign * m[:, a, c], -1, 1))
    angles[:, a] = np.arctan2(-sign * m[:, b, c], m[:, c, c])
    angles[:, c] = np.arctan2(-sign * m[:, a, b], m[:, a, a])
    return angles


def _about(axis: int, angle: F8) -> F8:
    q = np.zeros((len(angle), 4))
    q[:, axis], q[:, 3] = np.sin(angle / 2), np.cos(angle / 2)
    return q
