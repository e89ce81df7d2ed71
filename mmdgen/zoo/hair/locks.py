"""Locks of hair: tapering strips with a bulging outer and a flat inner side, along a curve through space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.atlas import HAIR
from mmdgen.zoo.hair.guide import Guide
from mmdgen.zoo.mesh import F8, I4, Mesh, curve, flowing, in_cell, join, piece, sheet_faces, unit

KNEE, KNEE_V = 1.3, 0.4  # a texture's upper part stands for so many units from the crown, the rest runs to the tip
_ROUND = 1.2  # q down to which the guide is strongly curved
_JAGS = np.array([0.86, 1.0, 0.90, 0.97, 0.83])  # how far the columns of a ragged lock reach


@dataclass(frozen=True)
class Lock:
    """A lock: its spine (N, 3), the outward direction there (N, 3), half-widths (N,), and how it is drawn.

    ``chain`` names the bones that it hangs on; without one it follows the head. ``ragged`` gives it several points.
    """

    spine: F8
    outward: F8
    half_width: F8
    bulge: float
    cell: str
    start: float = 0.0  # how far from the crown its root lies, in units
    chain: str = ""
    ragged: bool = False


def lock_mesh(lock: Lock, center: F8, *, across: int = 4, inner: bool = True) -> Mesh:
    """Return a lock's triangles; normals lean toward those of the whole head of hair about ``center``."""
    tangent = unit(np.gradient(lock.spine, axis=0))
    side = unit(np.cross(tangent, lock.outward))
    outward = unit(np.cross(side, tangent))
    across = 5 if lock.ragged else across
    a = np.linspace(-1, 1, across)
    arch = lock.bulge * lock.half_width[:, None] * (1 - a**2)
    points = (
        lock.spine[:, None]
        + side[:, None] * (lock.half_width[:, None] * a)[..., None]
        + outward[:, None] * arch[..., None]
    )
    lean = unit(outward[:, None] + side[:, None] * (0.75 * a)[None, :, None])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(lock.spine, axis=0), axis=1))])
    v = np.repeat(_along_texture(lock.start + length)[:, None], across, 1)
    if lock.ragged:
        points, v = _ragged(points, v)
    whole = unit((points - center) * np.array([1.0, 0.55, 1.0]))
    normal = unit(lean * 0.55 + whole * 0.75)
    u = np.broadcast_to((a + 1) / 2, v.shape)
    faces = sheet_faces(len(lock.spine), across)
    flat = np.stack([u, v], -1).reshape(-1, 2)
    outer = piece(points.reshape(-1, 3), _facing(points, faces, outward), flat, normal=normal.reshape(-1, 3))
    outer = in_cell(outer, HAIR[lock.cell])
    if not inner:
        return outer
    under = points[:, [0, -1]] - outward[:, None] * 0.004
    faces = sheet_faces(len(lock.spine), 2)
    flat = np.stack(np.broadcast_arrays(np.array([0.0, 1.0]), v[:, :1]), -1).reshape(-1, 2)
    normal = unit(np.repeat(-outward, 2, 0) + np.array([0, 0, -0.4]))
    back = piece(under.reshape(-1, 3), _facing(under, faces, -outward), flat, normal=normal)
    return join([outer, in_cell(back, HAIR["inner"])])


def _along_texture(s: F8) -> F8:
    """Return v (N,) for distances from the crown: the ring of light stays at its height, the tip at the lower edge."""
    end = float(s[-1])
    knee = min(KNEE, max(end - 0.35, 0.3 * end))
    return np.where(s < knee, s / knee * KNEE_V, KNEE_V + (s - knee) / (end - knee) * (1 - KNEE_V)).clip(0, 1)


def _ragged(points: F8, v: F8) -> tuple[F8, F8]:
    """Return the columns of a lock drawn up to where each of them ends."""
    t = np.linspace(0, 1, len(points))
    shorter = [np.stack([np.interp(t * end, t, points[:, c, k]) for k in range(3)], -1) for c, end in enumerate(_JAGS)]
    return np.stack(shorter, 1), np.stack([np.interp(t * end, t, v[:, c]) for c, end in enumerate(_JAGS)], 1)


def _facing(points: F8, faces: I4, outward: F8) -> I4:
    """Return the faces of a strip turned so that they look along ``outward`` (rows, 3)."""
    flat = points.reshape(-1, 3)
    a, b, c = (flat[faces[:, i]] for i in range(3))
    looks = np.repeat(outward, points.shape[1], 0)[faces[:, 0]]
    agree = (np.cross(b - a, c - a) * looks).sum()
    return faces if agree > 0 else faces[:, ::-1].copy()


@dataclass(frozen=True)
class Path:
    """A lock's way over the guide: knots of (turn, q, lift), and its width.

    ``tip`` is the share of the width that is left at the end: 0 is pointed, near 1 is cut straight. ``taper`` is how
    full a pointed end stays: 1 is a needle, 4 is round. ``free`` ones keep their own end whatever the character's
    other locks look like.
    """

    knots: Sequence[tuple[float, float, float]]
    width: float
    tip: float = 0.0
    root: float = 0.55
    fullest: float = 0.5
    bulge: float = 0.35
    wave: float = 0.0
    waves: float = 2.0
    taper: float = 2.2
    free: bool = False


def strand(
    guide: Guide,
    root: tuple[float, float],
    tip: tuple[float, float],
    width: float,
    *,
    lift: tuple[float, float, float] = (-0.06, 0.10, 0.0),
    end: float = 0.0,
    fullest: float = 0.5,
    bend: float = 0.45,
    wave: float = 0.0,
    waves: float = 2.0,
    start: float = 0.55,
    free: bool = False,
) -> Path:
    """Return a path from ``root`` (turn in degrees, q) to ``tip`` (turn in degrees, height).

    ``lift`` is the distance from the guide at root, middle and tip; ``bend`` is how far the turn has come half-way,
    ``start`` and ``end`` are shares of the width.
    """
    r, q0, t, q1 = np.radians(root[0]), root[1], np.radians(tip[0]), guide.q_of(tip[1])
    middle = (r + (t - r) * bend, q0 + (q1 - q0) * 0.5, lift[1])
    knots = ((r, q0, lift[0]), middle, (t, q1, lift[2]))
    return Path(knots, width, tip=end, root=start, fullest=fullest, wave=wave, waves=waves, free=free)


def draped(
    guide: Guide,
    points: Sequence[Sequence[float] | F8] | F8,
    width: float,
    lift: Sequence[float],
    *,
    root: float = 0.55,
    tip: float = 0.0,
    fullest: float = 0.5,
) -> Path:
    """Return the path over the guide above a curve through points (K, 3), for ways that cross the crown."""
    t = np.linspace(0, 1, 9)
    turn, q = guide.place(flowing(np.asarray(points, np.float64), t))
    rise = np.interp(t, np.linspace(0, 1, len(lift)), lift)
    knots = [(float(a), float(b), float(c)) for a, b, c in zip(np.unwrap(turn), q, rise, strict=True)]
    return Path(knots, width, root=root, tip=tip, fullest=fullest)


def along(guide: Guide, path: Path, cell: str, steps: int) -> Lock:
    """Return the lock that follows a path; knots give q, so convert heights with ``Guide.q_of`` first."""
    steps = max(steps, round(7 * path.waves)) if path.wave else steps
    knots = np.asarray(path.knots, np.float64)
    s = np.linspace(0, 1, len(knots))
    t = _rows(np.interp(np.linspace(0, 1, 101), s, knots[:, 1]), steps)
    turn, q, lift = curve(s, knots, t).T
    turn = turn + path.wave * np.sin(2 * np.pi * path.waves * t) * t
    lift = lift + 0.9 * path.wave * np.cos(2 * np.pi * path.waves * t) * t
    spine = guide.clear_of_body(guide.at(turn, q, lift))
    outward = guide.normal(turn, np.maximum(q, 0.12))
    return Lock(spine, outward, width_profile(t, path), path.bulge, cell, start=max(float(q[0]), 0.0) * 1.9)


def _rows(q: F8, steps: int) -> F8:
    """Return where along a path of these q (101,) its rows lie, from 0 to 1: closer together over the round crown."""
    dense = np.concatenate([[0.0], np.cumsum(np.where(q[1:] < _ROUND, 2.5, 1.0))])
    return np.interp(np.linspace(0, dense[-1], steps), dense, np.linspace(0, 1, 101))


def width_profile(t: F8, path: Path) -> F8:
    """Return half-widths (N,) from root to end."""
    grow = path.root + (1 - path.root) * np.clip(t / path.fullest, 0, 1) ** 0.8
    end = np.clip((1 - t) / (1 - path.fullest), 0, 1)
    taper = path.tip + (1 - path.tip) * (1 - (1 - end) ** path.taper)
    return np.asarray(path.width / 2 * np.where(t < path.fullest, grow, taper), np.float64)
