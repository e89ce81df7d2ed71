"""Rotations as quaternions x, y, z, w in arrays (..., 4) of float64; exact at the identity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmdgen.space import quaternion_product

F8 = NDArray[np.float64]


def product(a: F8, b: F8) -> F8:
    """Return the Hamilton product a·b: as a rotation, b acts first."""
    return np.asarray(quaternion_product(a, b), np.float64)


def cross(a: F8, b: F8) -> F8:
    """Return the cross product (..., 3); numpy's own is slow on small batches."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1)


def displacement(q: F8, v: F8) -> F8:
    """Return R(q) v - v (..., 3) for unit quaternions: exactly 0 at the identity."""
    axis = q[..., :3]
    once = 2 * cross(axis, v)
    return q[..., 3:] * once + cross(axis, once)


def normalized(q: NDArray[np.floating]) -> F8:
    """Return q as float64 of length 1; the identity where the length is 0."""
    wide = q.astype(np.float64)
    length = np.sqrt((wide * wide).sum(-1, keepdims=True))
    identity = np.array([0.0, 0.0, 0.0, 1.0])
    return np.where(length > 0, wide / np.where(length > 0, length, 1), identity)


def power(q: F8, exponent: F8 | float) -> F8:
    """Scale the angle of a unit quaternion, taken the short way round; any exponent (...), negative or above 1."""
    q = np.where(q[..., 3:] < 0, -q, q)
    axis = q[..., :3]
    sine = np.sqrt((axis * axis).sum(-1))
    half = exponent * np.arctan2(sine, q[..., 3])
    factor = np.sin(half) / np.where(sine > 0, sine, 1)
    return np.concatenate([axis * factor[..., None], np.cos(half)[..., None]], -1)


def slerp(a: F8, b: F8, t: F8 | float) -> F8:
    """Turn from a to b by the share t (...) of the way, the short way round."""
    return product(a, power(product(conjugate(a), b), t))


def conjugate(q: F8) -> F8:
    """Return the inverse of unit quaternions."""
    return np.asarray(q * [-1.0, -1.0, -1.0, 1.0], np.float64)
