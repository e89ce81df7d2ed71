"""What clothes are made of: sheets laid on the trunk, bands, frills, bows and ties; all cut for the middling body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.zoo.atlas import BODY
from mmdgen.zoo.dress.body import lit, trunk_point
from mmdgen.zoo.mesh import F8, Mesh, both, curve, in_cell, join, lined, moved, on_bone, sheet
from mmdgen.zoo.shapes import ball, plate
from mmdgen.zoo.skeleton import trunk_weights

CHEST = "上半身2"
Edge = Sequence[tuple[float, float, float]]  # degrees from the front, y, lift off the trunk


@dataclass(frozen=True)
class Piece:
    """A part of the clothes that is a material of its own; ``kind`` says how it is finished, see surface.py."""

    name: str
    name_en: str
    mesh: Mesh
    kind: str = "cloth"  # cloth, metal


def drape(
    inner: Edge, outer: Edge, cell: str, *, columns: int = 25, rows: int = 5, thick: bool = True, rigid: bool = False
) -> Mesh:
    """Return a sheet on the trunk between two edges, from the front to the back, with its mirror image.

    UVs run along the edges from front to back and across from ``inner`` to ``outer``; ``thick`` gives it an inside.
    """
    t = np.linspace(0, 1, columns)
    ends = [curve(np.linspace(0, 1, len(e)), np.asarray(e, np.float64), t) for e in (inner, outer)]
    share = np.linspace(1, 0, rows)[:, None, None]
    grid = ends[0] + (ends[1] - ends[0]) * share
    turn, y, lift = np.radians(grid[..., 0]), grid[..., 1], grid[..., 2]
    points = np.stack([trunk_point(turn[r], y[r]) for r in range(rows)])
    points += _outward(turn) * lift[..., None]
    points[np.isclose(np.sin(turn), 0)] *= [0, 1, 1]
    uv = np.stack(np.broadcast_arrays(t[None, :], share[..., 0]), -1)
    outer_side = sheet(points, uv)
    weight = trunk_weights(outer_side.position[:, 1])
    outer_side = replace(outer_side, normal=lit(outer_side.normal), weight=weight)
    made = in_cell(both(lined(outer_side) if thick else outer_side), BODY[cell])
    return on_bone(made, CHEST) if rigid else made


def _outward(turn: F8) -> F8:
    """Return horizontal directions away from the trunk's middle, with a little up so that collars lie on shoulders."""
    return np.stack([np.sin(turn), np.full_like(turn, 0.35), -np.cos(turn)], -1)


def band(y: tuple[float, float], lift: tuple[float, float], cell: str, *, turn: tuple[float, float] = (0, 180)) -> Mesh:
    """Return a band around neck or trunk between two heights, open in front where ``turn`` starts after 0 degrees."""
    ends: list[Edge] = [[(d, h, o) for d in np.linspace(*turn, 4)] for h, o in zip(y, lift, strict=True)]
    return drape(ends[1], ends[0], cell, columns=15)


def frill(edge: Edge, drop: float, cell: str, *, waves: int = 28, depth: float = 0.05, flare: float = 0.06) -> Mesh:
    """Return a wavy frill that hangs ``drop`` below an edge on the trunk."""
    n = waves * 2 + 1
    t = np.linspace(0, 1, n)
    line = curve(np.linspace(0, 1, len(edge)), np.asarray(edge, np.float64), t)
    turn = np.radians(line[:, 0])
    upper = trunk_point(turn, line[:, 1]) + _outward(turn) * line[:, 2:]
    wave = depth * np.cos(np.pi * np.arange(n))
    lower = trunk_point(turn, line[:, 1] - drop) + _outward(turn) * (line[:, 2] + flare + wave)[:, None]
    points = np.stack([lower, 0.5 * (lower + upper) + _outward(turn) * 0.25 * wave[:, None], upper])
    points[:, np.isclose(np.sin(turn), 0)] *= [0, 1, 1]
    uv = np.stack(np.broadcast_arrays(t, np.array([[1.0], [0.5], [0.0]])), -1)
    front = sheet(points, uv)
    front = lined(replace(front, normal=lit(front.normal)))
    return on_bone(in_cell(both(front), BODY[cell]), CHEST)


_LOOPS = {
    "round": ((0.06, 0.05), (0.45, 0.42), (0.85, 0.46), (1.0, 0.22), (0.98, -0.18), (0.80, -0.40), (0.42, -0.30),
              (0.06, -0.06)),
    "sharp": ((0.06, 0.06), (0.50, 0.36), (1.0, 0.52), (0.90, 0.02), (1.0, -0.42), (0.50, -0.26), (0.06, -0.06)),
    "thin": ((0.05, 0.04), (0.42, 0.30), (0.80, 0.30), (0.92, 0.12), (0.80, -0.06), (0.40, -0.10), (0.05, -0.05)),
}  # fmt: skip


def bow(size: float, cell: str, *, tails: float = 1.0, shape: str = "round") -> Mesh:
    """Return a bow of half-width ``size`` about the origin, facing the viewer."""
    loop = np.array(_LOOPS[shape])
    tail = np.array([(0.0, -0.05), (0.16, 0.0), (0.62, -0.95), (0.40, -0.88), (0.24, -1.05)]) * [1, tails]
    parts = [both(moved(plate(loop * size, 0.06 * size, 0.22 * size), np.eye(3), (0, 0, -0.02 * size)))]
    if tails:
        parts.insert(0, both(plate(tail * size, 0.05 * size, 0.05 * size)))
    parts.append(moved(ball(0.20 * size, rows=7, columns=9, squash=0.8), np.eye(3), (0, 0, -0.16 * size)))
    return in_cell(join(parts), BODY[cell])


def tie(cell: str, length: float = 1.0, width: float = 1.0) -> Mesh:
    """Return a tie whose knot is at the origin."""
    knot = plate(np.array([(0.0, 0.10), (0.11, 0.10), (0.075, -0.10), (0.0, -0.10)]) * [width, 1], 0.06)
    blade = plate(np.array([(0.0, 0.0), (0.06, 0.0), (0.17, -1.0), (0.0, -1.18)]) * [width, length], 0.03)
    half = join([moved(blade, np.eye(3), (0, -0.08, 0.01)), knot])
    return in_cell(both(replace(half, normal=np.tile([0.0, 0.0, -1.0], (len(half), 1)))), BODY[cell])


def cravat(cell: str) -> Mesh:
    """Return a loose scarf of a sailor suit: a knot and two long ends that spread."""
    end = np.array([(0.0, 0.0), (0.12, 0.02), (0.30, -0.50), (0.42, -0.95), (0.20, -0.86), (0.08, -0.45)])
    wing = np.array([(0.03, 0.10), (0.30, 0.36), (0.44, 0.40), (0.12, -0.02)])
    knot = plate(np.array([(0.0, 0.11), (0.10, 0.09), (0.12, -0.10), (0.0, -0.12)]), 0.08, 0.03)
    half = join([plate(end, 0.04, 0.03), plate(wing, 0.04), moved(knot, np.eye(3), (0, 0, -0.05))])
    return in_cell(both(half), BODY[cell])


def on_chest(mesh: Mesh, y: float, lift: float = 0.03) -> Mesh:
    """Return the mesh moved to the middle of the chest at height y, leaning as the chest does."""
    at, below = (trunk_point(np.zeros(1), np.array([h]))[0] for h in (y, y - 0.3))
    lean = np.arctan2(at[2] - below[2], 0.3)
    c, s = np.cos(lean), np.sin(lean)
    turned = moved(mesh, np.array([[1, 0, 0], [0, c, -s], [0, s, c]]), (0.0, at[1], at[2] - lift))
    return on_bone(turned, CHEST)


def stud(x: float, y: float, size: float, cell: str, lift: float = 0.02) -> Mesh:
    """Return a button on the chest at (x, y) of the front view."""
    turn = np.arcsin(np.clip(x / 1.2, -1, 1))
    at = trunk_point(np.array([turn]), np.array([y]), lift)[0]
    made = moved(ball(size, rows=5, columns=8, squash=0.5), np.eye(3), (x, at[1], at[2]))
    return on_bone(in_cell(made, BODY[cell]), CHEST)
