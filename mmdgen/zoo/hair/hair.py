"""A head of hair: the cap on the skull, bangs, side locks, back hair and what stands up from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.atlas import HAIR, HAIR_COLUMNS
from mmdgen.zoo.hair.backs import BACKS
from mmdgen.zoo.hair.bangs import BANGS, sides
from mmdgen.zoo.hair.guide import EQUATOR, Guide
from mmdgen.zoo.hair.locks import REACH, Lock, Path, along, lock_mesh
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import Mesh, both, curve, flowing, in_cell, join, moved, sheet, unit
from mmdgen.zoo.rigging import Body, Joint
from mmdgen.zoo.shapes import ball
from mmdgen.zoo.traits import HairTraits

CENTER = np.array([0.0, EQUATOR, 0.1])


@dataclass(frozen=True)
class Hair:
    """``back`` is drawn before ``front``; ``top`` is the height of the hair that lies on the skull."""

    back: Mesh
    front: Mesh
    guide: Guide
    top: float
    ties: Sequence[tuple[float, float, float]]
    joints: Sequence[Joint] = ()  # bones of tails and side locks, parents first; the root of each hangs on 頭
    bodies: Sequence[Body] = ()


def make_hair(skull: Skull, traits: HairTraits, rng: np.random.Generator, *, symmetric: bool) -> Hair:
    """Return the hair; a symmetric one is made of left locks and their mirror images."""
    guide = Guide.around(skull, traits.volume)
    style = BACKS[traits.back](rng, guide)
    front_paths = [*BANGS[traits.bangs](rng, guide, traits.part), *sides(traits.sides, rng, guide)]
    back = [cap(guide), *_meshes(guide, style.paths, traits, symmetric=symmetric, steps=12, inner=True)]
    loose = [lock_mesh(lock, CENTER, across=3) for lock in style.tails] + [_bun(*b) for b in style.balls]
    back += [both(mesh) if style.paired else mesh for mesh in loose]
    front = _meshes(guide, front_paths, traits, symmetric=symmetric, steps=11, inner=False)
    front += [lock_mesh(lock, CENTER, across=3) for lock in _ahoge(guide, traits.ahoge, rng, symmetric=symmetric)]
    body = join(back)
    on_skull = back[: 1 + len(style.paths)]
    return Hair(body, join(front), guide, max(float(m.position[:, 1].max()) for m in on_skull), style.ties)


def _meshes(
    guide: Guide, paths: Sequence[Path], traits: HairTraits, *, symmetric: bool, steps: int, inner: bool
) -> list[Mesh]:
    """Return one mesh a path; tones alternate so that neighbours differ, ``inner`` gives them a dark inside."""
    locks = []
    for k, path in enumerate(paths):
        if symmetric and path.knots[-1][0] <= 0:
            continue
        cell = "streak" if traits.streak and k % 5 == 2 else f"lock{(k * 3 + k // 4) % HAIR_COLUMNS}"
        locks.append(along(guide, path, cell, steps))
    meshes = [lock_mesh(lock, CENTER, inner=inner) for lock in locks]
    return [both(m) for m in meshes] if symmetric else meshes


def cap(guide: Guide) -> Mesh:
    """Return the hair that lies on the skull, from the crown to the hairline; both halves mirror each other."""
    columns, rows = 19, 11
    turn = np.linspace(0, np.pi, columns)
    degrees = np.degrees(turn)
    line = curve((0, 30, 52, 68, 80, 100, 125, 180), (2.13, 2.10, 1.85, 1.20, 0.98, 1.30, 0.70, 0.45), degrees)
    edge = np.array([guide.q_of(float(y)) for y in line])
    t = np.linspace(0, 1, rows)[:, None]
    lift = -0.03 - 0.09 * t**5
    points = guide.at(turn[None, :], edge[None, :] * t, np.broadcast_to(lift, (rows, columns)))
    points[:, [0, -1], 0] = 0
    u = np.abs((np.arange(columns) * 2 / 3) % 2 - 1) * 0.9 + 0.05
    v = np.clip(edge[None, :] * t * 1.9 / REACH, 0, 1)
    normal = unit((points - CENTER) * np.array([1.0, 0.6, 1.0]))
    normal[:, [0, -1], 0] = 0
    mesh = sheet(points[::-1], np.stack(np.broadcast_arrays(u[None, :], v[::-1]), -1), normal=normal[::-1])
    return both(in_cell(mesh, HAIR["lock1"]))


def _bun(x: float, y: float, z: float, radius: float) -> Mesh:
    mesh = in_cell(ball(radius, rows=9, columns=14, squash=0.92), HAIR["lock0"])
    return moved(mesh, np.eye(3), (x, y, z))


def _ahoge(guide: Guide, count: int, rng: np.random.Generator, *, symmetric: bool) -> list[Lock]:
    """Return hairs that stand up from the crown."""
    locks = []
    top = np.array([0.0, EQUATOR + guide.top - 0.06, -0.10])
    for k in range(count):
        side = 1.0 if (k % 2 == 0) == bool(rng.integers(2)) else -1.0
        high, reach = rng.uniform(0.38, 0.60), rng.uniform(0.30, 0.55)
        knots = np.array([[0, 0, 0], [0.18 * side, high * 0.85, -0.02], [reach * side, high, -0.1],
                          [(reach + 0.22) * side, high * 0.62, -0.12]])  # fmt: skip
        t = np.linspace(0, 1, 12)
        spine = top + flowing(knots, t)
        half = 0.085 * np.sin(np.pi * np.clip(t * 0.75 + 0.22, 0, 1)) * np.clip((1 - t) * 3, 0, 1)
        locks.append(Lock(spine, np.tile([0.0, 0.15, -1.0], (12, 1)), half, 0.4, "lock0", 0.2))
    return [] if symmetric else locks
