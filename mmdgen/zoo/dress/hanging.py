"""Bones of what hangs: columns around a skirt or across a cape, as makers name and place them.

Points are in the body's own space, see figure.py. A vertex follows at most two bones, so that files of two bones a
vertex (PMD, BDEF2) bend it alike: between two columns it fades from one into the other, along a column it bends where a
bone begins, which lies in the cloth itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.zoo.figure import BODY_LIFT, Figure
from mmdgen.zoo.mesh import F8, Mesh, smoothstep
from mmdgen.zoo.rigging import FALLS, Body, Joint, Point, capsule
from mmdgen.zoo.traits import RigTraits

FRAME = "服"
AXIS = 0.06  # z of the axis that a skirt's columns stand around
_SLACK = 0.03  # y by which the inside of a sheet may lie off its outside
_TRUNK, _CLOTH = 0, 5  # collision groups
_ENGLISH = {"スカート": "Skirt", "マント": "Cape"}
_WHERE = {  # columns of the left half, by part and their count
    "スカート": {3: ("前", "横", "後"), 4: ("前", "前横", "後横", "後")},
    "マント": {2: ("外", "内"), 3: ("外", "中", "内")},
}
_ZERO = ord("０")


def _side(part: str, column: int, columns: int) -> str:
    """Return where a column lies, in a maker's words; the right ones follow the left ones, their mirror images."""
    half = columns // 2
    left = column < half
    return ("左" if left else "右") + _WHERE[part][half][column if left else columns - 1 - column]


def _wide(number: int) -> str:
    return "".join(chr(_ZERO + int(digit)) for digit in str(number))


Naming = Callable[[str, int, int, int], str]  # part, row and column from 0, count of columns
NAMINGS: Mapping[str, Naming] = {
    "grid": lambda part, row, column, _: f"{part}_{row}_{column}",
    "wide": lambda part, row, column, _: f"{part}{_wide(column + 1)}＿{_wide(row + 1)}",
    "sides": lambda part, row, column, count: f"{_side(part, column, count)}{part}{row + 1 if row else ''}",
    "latin": lambda part, row, column, _: f"{_ENGLISH[part]}_{column:02d}_{row + 1:02d}",
}


@dataclass(frozen=True)
class Hanging:
    """Bones that begin at ``points`` (rows + 1, columns, 3), the last row of which is where the last ones end.

    ``parent`` is the bone they hang on, ``body`` the rigid body; ``place`` returns for points (V, 3) which column they
    belong to, with fractions; ``ring`` says that the last column lies beside the first.
    """

    part: str
    parent: str
    body: str
    points: F8
    place: Callable[[F8], F8]
    ring: bool
    naming: str

    def hang(self, mesh: Mesh) -> Mesh:
        """Return the mesh with what lies below the first joints on these bones, the rest on its own."""
        rows, columns = len(self.points) - 1, self.points.shape[1]
        row = (mesh.position[:, 1:2] < self.points[:rows, 0, 1] - _SLACK).sum(1) - 1
        at = self.place(mesh.position)
        left = np.floor(at).astype(int)
        share = smoothstep(0.0, 1.0, at - left)
        weight = {name: np.where(row < 0, w, 0.0) for name, w in mesh.weight.items()}
        for r in range(rows):
            for c in range(columns):
                here = np.where(left % columns == c, 1 - share, 0.0) + np.where((left + 1) % columns == c, share, 0.0)
                if (bone := np.where(row == r, here, 0.0)).any():
                    weight[self._bone(r, c)] = bone
        return replace(mesh, weight=weight)

    def joints(self, figure: Figure, parent: str) -> Iterator[Joint]:
        """Yield the bones where this figure has them, those of the first row on ``parent``."""
        at, count = self._placed(figure), self.points.shape[1]
        rows = len(at) - 1
        for r in range(rows):
            for c in range(count):
                tail: str | Point = self._bone(r + 1, c) if r + 1 < rows else _minus(at[r + 1][c], at[r][c])
                english = f"{_ENGLISH[self.part].lower()}_{r}_{c}"
                above = self._bone(r - 1, c) if r else parent
                yield Joint(self._bone(r, c), english, at[r][c], above, tail, frame=FRAME)

    def bodies(self, figure: Figure) -> Iterator[Body]:
        """Yield a capsule for each bone, tied to the one above it and around a skirt to the one beside it."""
        at, count = self._placed(figure), self.points.shape[1]
        for r in range(len(at) - 1):
            for c in range(count):
                name = self._bone(r, c)
                solid = capsule(name, name, at[r][c], at[r + 1][c], 0.14 * figure.body.size)
                yield replace(
                    solid,
                    mode=FALLS,
                    group=_CLOTH,
                    passes=(_CLOTH,) if r else (_CLOTH, _TRUNK),
                    mass=round(0.5 * 0.7**r, 3),
                    damping=0.95,
                    hangs_on=self._bone(r - 1, c) if r else self.body,
                    beside=self._bone(r, (c - 1) % count) if self.ring or c else None,
                    swing=0.25,
                )

    def _bone(self, row: int, column: int) -> str:
        return NAMINGS[self.naming](self.part, row, column, self.points.shape[1])

    def _placed(self, figure: Figure) -> list[list[Point]]:
        """Return where the joints lie in the zoo's space; the right half mirrors the left one to the bit."""
        made = []
        for row in self.points:
            left = [figure.joint((abs(x), y + BODY_LIFT, z)) for x, y, z in row.tolist()]
            made.append([(float(np.copysign(p[0], q[0])), *p[1:]) for p, q in zip(left, row, strict=True)])
        return made


def _minus(end: Point, start: Point) -> Point:
    x, y, z = (round(a - b, 4) for a, b in zip(end, start, strict=True))
    return x, y, z


def around(part: str, grid: F8, top: float, rig: RigTraits) -> Hanging:
    """Return the bones of a skirt: ``grid`` (R, C, 3) is its left half, rows from the hem, columns from the front."""
    count = rig.cloth_columns
    angles = (np.arange(count // 2) + 0.5) * 2 * np.pi / count

    def turn(points: F8) -> F8:
        return np.arctan2(points[..., 0], AXIS - points[..., 2])

    rows = _chosen(grid, top, rig.cloth_rows)
    left = np.stack([np.stack([np.interp(angles, turn(row), row[:, k]) for k in range(3)], -1) for row in rows])
    points = np.concatenate([left, left[:, ::-1] * [-1, 1, 1]], 1)

    def place(position: F8) -> F8:
        # by the left half, so that mirror images belong to mirrored columns to the bit
        half = turn(position * np.where(position[:, :1] < 0, [-1.0, 1.0, 1.0], 1.0))
        at = half * count / (2 * np.pi)
        return np.where(position[:, 0] < 0, count - at, at) - 0.5

    return Hanging(part, "下半身", "下半身", points, place, True, rig.cloth)


def across(part: str, grid: F8, top: float, rig: RigTraits) -> Hanging:
    """Return the bones of a cape: ``grid`` (R, C, 3) is its left half, rows from the hem, columns from the back."""
    count = 6 if rig.cloth_columns > 8 else 4
    rows = _chosen(grid, top, rig.cloth_rows)
    share = (np.arange(count // 2)[::-1] * 2 + 1) / count  # of the way to the left edge
    columns = np.linspace(0, 1, grid.shape[1])
    left = np.stack([np.stack([np.interp(share, columns, row[:, k]) for k in range(3)], -1) for row in rows])
    points = np.concatenate([left, left[:, ::-1] * [-1, 1, 1]], 1)
    heights, edges = grid[:, -1, 1], grid[:, -1, 0]

    def place(position: F8) -> F8:
        out = np.clip(position[:, 0] / np.interp(position[:, 1], heights, edges), -1, 1)
        return np.clip((1 - out) * count / 2 - 0.5, 0, count - 1)

    return Hanging(part, "上半身2", "上半身", points, place, False, rig.cloth)


def _chosen(grid: F8, top: float, rows: int) -> F8:
    """Return the rows of a sheet at which ``rows`` bones begin, and its hem: evenly from ``top`` down."""
    below = np.flatnonzero(grid[:, 0, 1] <= top)[::-1]
    count = max(1, min(rows, (len(below) - 1) // 2))
    goals = np.linspace(grid[below[0], 0, 1], grid[0, 0, 1], count + 1)
    numbers = [int(np.abs(grid[:, 0, 1] - goal).argmin()) for goal in goals]
    return np.asarray(grid[numbers])
