"""Plain solids for ornaments: balls, tubes, plates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mmdgen.zoo.mesh import F8, Mesh, both, flowing, piece, sheet, sheet_faces, unit


def ball(radius: float, *, rows: int = 8, columns: int = 12, squash: float = 1.0) -> Mesh:
    """Return a ball about the origin, ``squash`` times as deep as wide, made of two halves that mirror each other.

    UVs run from the front around to the back and from top to bottom.
    """
    up = np.linspace(np.pi, 0, rows)[:, None]
    turn = np.linspace(0, np.pi, columns // 2 + 1)[None, :]
    points = np.stack(np.broadcast_arrays(np.sin(up) * np.sin(turn), np.cos(up), -np.sin(up) * np.cos(turn)), -1)
    points[:, [0, -1], 0] = 0
    size = radius * np.array([1.0, 1.0, squash])
    uv = np.stack(np.broadcast_arrays(turn / np.pi, up / np.pi), -1)
    return both(sheet(points * size, uv, normal=unit(points / size)))


def tube(
    spine: F8, radius: F8, *, around: int = 8, flat: float = 1.0, up: Sequence[float] = (0, 0, -1), cap: bool = True
) -> Mesh:
    """Return a tube along ``spine`` (N, 3) of ``radius`` (N,); ``flat`` scales its thickness along ``up``."""
    if cap:
        spine = np.concatenate([spine[:1], spine, spine[-1:]])
        radius = np.concatenate([[0.0], radius, [0.0]])
    along = np.gradient(spine, axis=0)
    if cap:
        along[[0, -1]] = along[[1, -2]]
    tangent = unit(along)
    side = unit(np.cross(tangent, np.asarray(up, np.float64)))
    other = np.cross(side, tangent)
    a = np.linspace(0, 2 * np.pi, around + 1)
    ring = side[:, None] * np.cos(a)[None, :, None] + other[:, None] * (np.sin(a) * flat)[None, :, None]
    ring[:, -1] = ring[:, 0]
    points = spine[:, None] + ring * radius[:, None, None]
    uv = np.stack(np.broadcast_arrays(np.linspace(0, 1, around + 1), np.linspace(0, 1, len(spine))[:, None]), -1)
    faces = sheet_faces(len(spine), around + 1)
    position = points.reshape(-1, 3)
    corner = position[faces]
    outward = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    if (outward * ring.reshape(-1, 3)[faces[:, 0]]).sum() < 0:
        faces = faces[:, ::-1].copy()
    return piece(position, faces, uv.reshape(-1, 2))


def half_tube(spine: F8, radius: F8, *, around: int = 8, up: Sequence[float] = (0, 0, -1)) -> Mesh:
    """Return a tube along a spine of the left side and its mirror image, closed where the spine meets the middle."""
    half = tube(spine, radius, around=around, up=up, cap=False)
    position = half.position.reshape(len(spine), around + 1, 3).copy()
    for end in (0, -1):
        if abs(spine[end, 0]) < 1e-9:
            position[end, :, 0] = 0
    return both(replace(half, position=position.reshape(-1, 3)))


def arc(knots: Sequence[Sequence[float]] | F8, steps: int) -> F8:
    """Return a smooth curve (steps, 3) through the knots."""
    return flowing(np.asarray(knots, np.float64), np.linspace(0, 1, steps))


def plate(outline: F8, thickness: float, bulge: float = 0.0) -> Mesh:
    """Return a plate about an outline (n, 2) that is star-shaped from its mean, facing the viewer, front and back."""
    n = len(outline)
    area = (outline[:, 0] * np.roll(outline[:, 1], -1) - np.roll(outline[:, 0], -1) * outline[:, 1]).sum()
    loop = outline if area < 0 else outline[::-1]
    center = loop.mean(0)
    half = thickness / 2
    front = np.column_stack([np.concatenate([loop, center[None]]), np.append(np.full(n, -half), -half - bulge)])
    back = front * np.array([1.0, 1.0, -1.0])
    k, after = np.arange(n), (np.arange(n) + 1) % n
    fan = np.stack([k, after, np.full(n, n)], -1)
    start = n + 1
    edge = np.concatenate([np.stack([k, k + start, after], -1), np.stack([after, k + start, after + start], -1)])
    faces = np.concatenate([fan, fan[:, ::-1] + start, edge]).astype(np.int32)
    position = np.concatenate([front, back])
    low, high = loop.min(0), loop.max(0)
    uv = (position[:, :2] - low) / (high - low)
    uv[:, 1] = 1 - uv[:, 1]
    return piece(position, faces, uv)
