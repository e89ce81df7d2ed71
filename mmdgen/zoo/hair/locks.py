"""Locks of hair: tapering strips with a bulging outer and a flat inner side, along a curve through space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.atlas import HAIR
from mmdgen.zoo.hair.guide import Guide, clear_of_body
from mmdgen.zoo.mesh import F8, I4, Mesh, curve, in_cell, join, piece, sheet_faces, unit

REACH = 6.5  # units along a lock that the texture's height stands for


@dataclass(frozen=True)
class Lock:
    """A lock: its spine (N, 3), the outward direction there (N, 3), half-widths (N,), and how it is drawn."""

    spine: F8
    outward: F8
    half_width: F8
    bulge: float
    cell: str
    start: float = 0.0  # where along the texture its root lies, in units


def lock_mesh(lock: Lock, center: F8, *, across: int = 4, inner: bool = True) -> Mesh:
    """Return a lock's triangles; normals lean toward those of the whole head of hair about ``center``."""
    tangent = unit(np.gradient(lock.spine, axis=0))
    side = unit(np.cross(tangent, lock.outward))
    outward = unit(np.cross(side, tangent))
    a = np.linspace(-1, 1, across)
    arch = lock.bulge * lock.half_width[:, None] * (1 - a**2)
    points = (
        lock.spine[:, None]
        + side[:, None] * (lock.half_width[:, None] * a)[..., None]
        + outward[:, None] * arch[..., None]
    )
    lean = unit(outward[:, None] + side[:, None] * (0.75 * a)[None, :, None])
    whole = unit((points - center) * np.array([1.0, 0.55, 1.0]))
    normal = unit(lean * 0.55 + whole * 0.75)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(lock.spine, axis=0), axis=1))])
    v = np.clip((lock.start + length) / REACH, 0, 1)
    u, v = np.broadcast_arrays((a + 1) / 2, v[:, None])
    faces = sheet_faces(len(lock.spine), across)
    flat = np.stack([u, v], -1).reshape(-1, 2)
    outer = piece(points.reshape(-1, 3), _facing(points, faces, outward), flat, normal=normal.reshape(-1, 3))
    outer = in_cell(outer, HAIR[lock.cell])
    if not inner:
        return outer
    ends = np.array([-1.0, 1.0])
    under = lock.spine[:, None] + side[:, None] * (lock.half_width[:, None] * ends * 0.98)[..., None]
    faces = sheet_faces(len(lock.spine), 2)
    flat = np.stack(np.broadcast_arrays((ends + 1) / 2, v[:, :1]), -1).reshape(-1, 2)
    normal = unit(np.repeat(-outward, 2, 0) + np.array([0, 0, -0.4]))
    back = piece(under.reshape(-1, 3), _facing(under, faces, -outward), flat, normal=normal)
    return join([outer, in_cell(back, HAIR["inner"])])


def _facing(points: F8, faces: I4, outward: F8) -> I4:
    """Return the faces of a strip turned so that they look along ``outward`` (rows, 3)."""
    flat = points.reshape(-1, 3)
    a, b, c = (flat[faces[:, i]] for i in range(3))
    looks = np.repeat(outward, points.shape[1], 0)[faces[:, 0]]
    agree = (np.cross(b - a, c - a) * looks).sum()
    return faces if agree > 0 else faces[:, ::-1].copy()


@dataclass(frozen=True)
class Path:
    """A lock's way over the guide: knots of (turn, y or q, lift), and its width.

    ``tip`` is the share of the width that is left at the end: 0 is pointed, near 1 is cut straight.
    """

    knots: Sequence[tuple[float, float, float]]
    width: float
    tip: float = 0.0
    root: float = 0.55
    fullest: float = 0.5
    bulge: float = 0.35
    wave: float = 0.0
    waves: float = 2.0


def along(guide: Guide, path: Path, cell: str, steps: int) -> Lock:
    """Return the lock that follows a path; knots give q, so convert heights with ``Guide.q_of`` first."""
    knots = np.asarray(path.knots, np.float64)
    s = np.linspace(0, 1, len(knots))
    t = np.linspace(0, 1, steps)
    turn, q, lift = curve(s, knots, t).T if len(knots) > 2 else np.stack([np.interp(t, s, k) for k in knots.T])
    turn = turn + path.wave * np.sin(2 * np.pi * path.waves * t) * t
    spine = clear_of_body(guide.at(turn, q, lift))
    outward = guide.normal(turn, np.maximum(q, 0.12))
    return Lock(spine, outward, width_profile(t, path), path.bulge, cell, start=max(float(q[0]), 0.0) * 1.9)


def width_profile(t: F8, path: Path) -> F8:
    """Return half-widths (N,) from root to end."""
    grow = path.root + (1 - path.root) * np.clip(t / path.fullest, 0, 1) ** 0.8
    end = np.clip((1 - t) / (1 - path.fullest), 0, 1)
    taper = path.tip + (1 - path.tip) * (1 - (1 - end) ** 2.2)
    return np.asarray(path.width / 2 * np.where(t < path.fullest, grow, taper), np.float64)
