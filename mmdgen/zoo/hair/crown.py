"""What lies on the skull under the locks, and what stands up from the crown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mmdgen.zoo.atlas import HAIR
from mmdgen.zoo.hair.guide import EQUATOR, Guide
from mmdgen.zoo.hair.locks import Lock
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, Mesh, curve, flowing, in_cell, join, mirrored, moved, sheet, smoothstep, unit
from mmdgen.zoo.shapes import ball

CENTER = np.array([0.0, EQUATOR, 0.1])
AHOGE_BONE = "アホ毛"
_LINE = ((0, 30, 52, 68, 80, 100, 125, 180), (2.13, 2.10, 1.85, 1.20, 0.98, 1.30, 0.70, 0.45))  # turn, height
_UNDERCUT = ((0, 30, 52, 68, 80, 100, 125, 180), (2.13, 2.10, 1.95, 1.72, 1.62, 1.55, 1.45, 1.35))


def cap(guide: Guide, skull: Skull, left: str, right: str) -> Mesh:
    """Return the hair that lies on the skull, down to the hairline, its halves in two of the atlas's cells."""
    half = _half_cap(guide, skull, _LINE, 0.035)
    return join([in_cell(half, HAIR[left]), in_cell(mirrored(half), HAIR[right])])


def shaved_cap(guide: Guide, skull: Skull, left: str, right: str) -> Mesh:
    """Return the hair of the upper skull, and stubble below it."""
    above = _half_cap(guide, skull, _UNDERCUT, 0.08)
    below = in_cell(_half_cap(guide, skull, _LINE, 0.045, -0.20), HAIR["shaved"])
    halves = [in_cell(above, HAIR[left]), in_cell(mirrored(above), HAIR[right])]
    return join([below, mirrored(below), *halves])


def _half_cap(
    guide: Guide, skull: Skull, line: tuple[tuple[float, ...], tuple[float, ...]], gap: float, lift: float = -0.03
) -> Mesh:
    """Return the left half down to a hairline (turns, heights), at least ``gap`` off the skull."""
    columns, rows = 25, 12
    turn = np.linspace(0, np.pi, columns)
    edge = np.array([guide.q_of(float(y)) for y in curve(*line, np.degrees(turn))])
    t = np.linspace(0, 1, rows)[:, None]
    low = lift - 0.09 * t**5
    points = guide.at(turn[None, :], edge[None, :] * t, np.broadcast_to(low, (rows, columns)))
    points = skull.outside(points, gap, smoothstep(0.6, 1.0, t) * np.ones(columns))  # the rim lies on the skin
    points[:, [0, -1], 0] = 0
    u = np.abs((np.arange(columns) / 2) % 2 - 1) * 0.9 + 0.05
    v = np.clip(edge[None, :] * t * 0.58, 0, 0.8)  # never as far as the tips
    normal = unit((points - CENTER) * np.array([1.0, 0.6, 1.0]))
    normal[:, [0, -1], 0] = 0
    uv = np.stack(np.broadcast_arrays(u[None, :], v[::-1]), -1)
    return sheet(points[::-1], uv, normal=normal[::-1])


def bun(cell: str, x: float, y: float, z: float, radius: float) -> Mesh:
    """Return a ball of hair with its locks wound around."""
    core = in_cell(ball(radius, rows=9, columns=14, squash=0.92), HAIR[cell])
    return moved(core, np.eye(3), (x, y, z))


def wound(x: float, y: float, z: float, radius: float) -> list[Lock]:
    """Return locks that wind over a bun."""
    locks = []
    middle = np.array([x, y, z])
    a = np.linspace(-0.2 * np.pi, 1.2 * np.pi, 13)
    for k, (tilt, spin) in enumerate(((0.35, 0.0), (0.35, 2.1), (0.35, 4.2), (1.2, 1.0))):
        loop = np.stack([np.cos(a), np.sin(a), np.full(13, -0.35)], -1)
        loop = unit(loop @ _about_x(tilt).T @ _about_z(spin).T)
        half = radius * 0.36 * np.sin(np.linspace(0.12, np.pi - 0.08, 13))
        locks.append(Lock(middle + loop * radius * 0.96, loop, half, 0.35, f"lock{k % 4}", 0.5))
    return locks


def _about_x(a: float) -> F8:
    c, s = np.cos(a), np.sin(a)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_z(a: float) -> F8:
    c, s = np.cos(a), np.sin(a)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


# --- ahoge ------------------------------------------------------------------------------------------------------------


def _curve(
    knots: Sequence[tuple[float, float, float]], side: float, width: float, steps: int = 14, peak: float = 0.4
) -> Lock:
    t = np.linspace(0, 1, steps)
    spine = flowing(np.array(knots) * [side, 1, 1], t)
    half = width * np.clip(0.55 + t / peak * 0.45, 0, 1) * np.clip((1 - t) / (1 - peak), 0, 1) ** 0.8
    return Lock(spine, np.tile([0.0, 0.15, -1.0], (steps, 1)), half, 0.4, "lock0", 0.2, AHOGE_BONE)


def _hook(rng: np.random.Generator, side: float) -> list[Lock]:
    high, reach = rng.uniform(0.38, 0.60), rng.uniform(0.30, 0.55)
    return [_curve([(0, 0, 0), (0.18, high * 0.85, -0.02), (reach, high, -0.1), (reach + 0.22, high * 0.62, -0.12)],
                   side, 0.085)]  # fmt: skip


def _leaf(rng: np.random.Generator, side: float) -> list[Lock]:
    high = rng.uniform(0.40, 0.60)
    return [_curve([(0, 0, 0), (-0.08, high * 0.4, 0), (0.02, high * 0.8, 0), (0.22, high, -0.02)], side, 0.12)]


def _twin(rng: np.random.Generator, _side: float) -> list[Lock]:
    high, reach = rng.uniform(0.30, 0.48), rng.uniform(0.30, 0.5)
    knots = [(0.02, 0, 0), (0.10, high * 0.8, 0), (reach, high, -0.05), (reach + 0.22, high * 0.55, -0.08)]
    return [_curve(knots, s, 0.06) for s in (1.0, -1.0)]


def _swirl(rng: np.random.Generator, side: float) -> list[Lock]:
    a = np.linspace(-0.4 * np.pi, 1.5 * np.pi, 8)
    r = np.linspace(0.26, 0.10, 8)
    high = rng.uniform(0.30, 0.40)
    loop = [(0.16 + float(x), high + float(y), -0.02) for x, y in zip(-r * np.cos(a), r * np.sin(a), strict=True)]
    return [_curve([(0, 0, 0), *loop], side, 0.055, 26, 0.3)]


def _bolt(rng: np.random.Generator, side: float) -> list[Lock]:
    high = rng.uniform(0.5, 0.7)
    return [_curve([(0, 0, 0), (0.22, high * 0.35, 0), (-0.04, high * 0.55, 0), (0.30, high, -0.05)], side, 0.07, 18)]


def _tuft(rng: np.random.Generator, _side: float) -> list[Lock]:
    locks = []
    for lean in (-0.34, -0.12, 0.10, 0.32):
        high = rng.uniform(0.22, 0.38)
        locks.append(_curve([(lean * 0.3, 0, 0), (lean * 0.6, high * 0.6, 0.02), (lean * 1.3, high, 0.05)], 1.0, 0.10))
    return locks


def _heart(rng: np.random.Generator, _side: float) -> list[Lock]:
    high = rng.uniform(0.36, 0.46)
    knots = [(0.0, 0, 0), (0.30, high * 0.65, 0), (0.26, high * 1.25, 0), (0.08, high * 1.2, 0), (0.0, high * 0.85, 0)]
    return [_curve(knots, s, 0.045, 18) for s in (1.0, -1.0)]


def _fallen(rng: np.random.Generator, side: float) -> list[Lock]:
    reach = rng.uniform(0.55, 0.75)
    return [_curve([(0, 0, 0), (0.12, 0.30, -0.2), (reach * 0.7, 0.30, -0.55), (reach, -0.05, -0.85)], side, 0.06)]


_AHOGE: dict[str, Callable[[np.random.Generator, float], list[Lock]]] = {
    "hook": _hook, "leaf": _leaf, "twin": _twin, "swirl": _swirl, "bolt": _bolt, "tuft": _tuft, "heart": _heart,
    "fallen": _fallen,
}  # fmt: skip
AHOGE = ("none", *_AHOGE)
EVEN_AHOGE = ("none", "twin", "heart")  # those that have no left and right


def ahoge(guide: Guide, kind: str, rng: np.random.Generator) -> list[Lock]:
    """Return hairs that stand up from the crown, one of AHOGE."""
    if kind == "none":
        return []
    top = np.array([0.0, EQUATOR + guide.top - 0.06, -0.10])
    side = float(rng.choice([-1, 1]))
    return [replace(lock, spine=lock.spine * guide.spread**0.7 + top) for lock in _AHOGE[kind](rng, side)]
