"""What ornaments are made of: coloured solids, turned and placed about a head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.zoo.hair.guide import EQUATOR, Guide
from mmdgen.zoo.hair.hair import Hair
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, Mesh, both, mirrored, moved, sheet
from mmdgen.zoo.shapes import plate
from mmdgen.zoo.traits import Color, Traits


@dataclass(frozen=True)
class Solid:
    """A mesh in one colour; ``kind`` says how it is finished, see surface.py."""

    name: str
    name_en: str
    mesh: Mesh
    color: Color
    alpha: float = 1.0
    kind: str = "cloth"  # cloth, metal, skin, glass

    def reshaped(self, mesh: Mesh) -> Solid:
        """Return the solid with another mesh."""
        return replace(self, mesh=mesh)


@dataclass(frozen=True)
class Wearer:
    """Whom to fit."""

    traits: Traits
    skull: Skull
    hair: Hair

    @property
    def guide(self) -> Guide:
        """Return the surface on which the hair lies."""
        return self.hair.guide

    @property
    def top(self) -> float:
        """Return y of the hair's guide at the crown."""
        return EQUATOR + self.guide.top

    def sided(self, mesh: Mesh) -> Mesh:
        """Return a left side's mesh on the side where the wearer has it, on both if the wearer is symmetric."""
        if self.traits.symmetric:
            return both(mesh)
        return mesh if self.traits.worn.side > 0 else mirrored(mesh)


def turned(mesh: Mesh, yaw: float, roll: float, at: Sequence[float] | F8) -> Mesh:
    """Return the mesh, which faces the viewer, turned by ``yaw`` (to the character's left) and ``roll``, then moved."""
    c, s = np.cos(-yaw), np.sin(-yaw)
    cr, sr = np.cos(roll), np.sin(roll)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return moved(mesh, turn, at)


def pitched(mesh: Mesh, pitch: float, roll: float = 0.0, at: Sequence[float] | F8 = (0, 0, 0)) -> Mesh:
    """Return the mesh tipped backward by ``pitch`` and sideways by ``roll``, then moved."""
    c, s = np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    return moved(
        mesh, np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]), at
    )


def lathe(profile: Sequence[tuple[float, float]], columns: int = 28) -> Mesh:
    """Return a solid of revolution about y from (radius, y) pairs, top to bottom; both halves mirror each other."""
    turn = np.linspace(0, np.pi, columns // 2 + 1)
    r, y = np.array(profile)[::-1].T
    points = np.stack(np.broadcast_arrays(r[:, None] * np.sin(turn), y[:, None], -r[:, None] * np.cos(turn)), -1)
    points[:, [0, -1], 0] = 0
    uv = np.stack(np.broadcast_arrays(turn / np.pi, np.linspace(1, 0, len(r))[:, None]), -1)
    return both(sheet(points, uv))


def over(guide: Guide, lift: float, back: float, reach: float, steps: int = 15) -> F8:
    """Return an arc (steps, 3) over the head from the right to the left side, ``back`` behind its middle."""
    a = np.linspace(-reach, reach, steps)
    x, y = (guide.side + lift) * np.sin(a), EQUATOR + (guide.top + lift) * np.cos(a)
    return np.stack([x, y, np.full(steps, back)], -1)


def star(points: int, outer: float, inner: float) -> F8:
    """Return the outline of a star."""
    a = np.arange(2 * points) * np.pi / points
    reach = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return np.stack([reach * np.sin(a), reach * np.cos(a)], -1)


def heart(size: float) -> F8:
    """Return the outline of a heart."""
    a = np.linspace(0, 2 * np.pi, 21)[:20]
    x, y = np.sin(a) ** 3, 0.81 * np.cos(a) - 0.31 * np.cos(2 * a) - 0.12 * np.cos(3 * a) - 0.06 * np.cos(4 * a)
    return size * np.stack([x, y], -1)


def petals(count: int, size: float) -> list[Mesh]:
    """Return the petals of a flower that faces the viewer."""
    made = []
    for k in range(count):
        c, s = np.cos(2 * np.pi * k / count), np.sin(2 * np.pi * k / count)
        wide = 0.62 * 6 / count
        loop = np.array([(0, 0.07), (0.36 * wide, 0.42), (0.52 * wide, 0.74), (0.30 * wide, 1.0), (0, 0.94),
                         (-0.30 * wide, 1.0), (-0.52 * wide, 0.74), (-0.36 * wide, 0.42)])  # fmt: skip
        made.append(plate(size * loop @ np.array([[c, s], [-s, c]]), 0.1 * size, 0.18 * size))
    return made
