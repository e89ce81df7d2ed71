"""Parallel rays against triangles, in NumPy: what a picture shows, without drawing one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

RAYS = 64  # worked on at once: neighbours, so that few triangles lie in their way
EDGE = 1e-9  # of a triangle: rays through a shared edge meet one of its triangles


def first_hits(points: F8, corners: F8, two_sided: Mask) -> tuple[Indices, F8]:
    """Meet triangles with corners (N, 3, 3) along +Z from ``points`` (P, 2), x and y.

    Returns the numbers of the first triangles (P,), -1 for none, and their z (P,), inf for none. A triangle that is not
    ``two_sided`` (N,) is met only where its front (clockwise as seen along +Z, y up) faces the ray. Points should come
    in an order that keeps neighbours together.
    """
    hit, depth = np.full(len(points), -1), np.full(len(points), np.inf)
    if not len(corners):
        return hit, depth
    a, b, c = np.moveaxis(corners, 1, 0)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    facing = (area != 0) & (two_sided | (area < 0))
    low, high = corners[..., :2].min(1), corners[..., :2].max(1)
    for start in range(0, len(points), RAYS):
        part = slice(start, start + RAYS)
        rays = points[part]
        near = np.flatnonzero(facing & (high >= rays.min(0)).all(1) & (low <= rays.max(0)).all(1))
        if len(near):
            z = _depths(rays, a[near], b[near], c[near], area[near])
            first = z.argmin(1)
            depth[part] = z[np.arange(len(z)), first]
            hit[part] = np.where(np.isfinite(depth[part]), near[first], -1)
    return hit, depth


def _depths(rays: F8, a: F8, b: F8, c: F8, area: F8) -> F8:
    """Return where rays (R, 2) meet the planes of triangles (N): z (R, N), inf outside the triangle."""
    x, y = rays[:, :1], rays[:, 1:]
    u = ((b[:, 0] - x) * (c[:, 1] - y) - (b[:, 1] - y) * (c[:, 0] - x)) / area
    v = ((c[:, 0] - x) * (a[:, 1] - y) - (c[:, 1] - y) * (a[:, 0] - x)) / area
    w = 1 - u - v
    inside = (u >= -EDGE) & (v >= -EDGE) & (w >= -EDGE)
    return np.where(inside, u * a[:, 2] + v * b[:, 2] + w * c[:, 2], np.inf)
