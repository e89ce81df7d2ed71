"""Hidden materials that morphs of the same names raise: tears, a pale face, the marks of comics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.atlas import OVERLAY, Cell
from mmdgen.zoo.hair.hair import Hair
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import Mesh, both, in_cell, mirrored, moved, sheet
from mmdgen.zoo.traits import Traits


@dataclass(frozen=True)
class Overlay:
    """A mesh that is drawn only when raised."""

    name: str
    name_en: str
    mesh: Mesh


def overlays(traits: Traits, skull: Skull) -> list[Overlay]:
    """Return what lies on the skin, beneath the hair."""
    eye, made = traits.eyes, []
    if "pale" in traits.surface.overlays:
        wide = 0.97 * float(skull.half_width(np.array(1.35)))
        made.append(Overlay("青ざめ", "pale", both(_on_skin(skull, (0.0, wide), (0.86, 2.06), 0.010, OVERLAY["pale"]))))
    if "tears" in traits.surface.overlays:
        low = eye.y - eye.bottom
        drop = _on_skin(skull, (eye.x - 0.14, eye.x + 0.20), (low - 0.30, low + 0.05), 0.022, OVERLAY["tear"])
        made.append(Overlay("涙", "tears", both(drop)))
    return made


def raised_over_hair(traits: Traits, hair: Hair) -> list[Overlay]:
    """Return the marks that float before the hair."""
    made = []
    for key, name, turn, q, size in (("anger", "怒りマーク", 34.0, 0.62, 0.20), ("sweat", "汗", 62.0, 0.82, 0.15)):
        if key in traits.surface.overlays:
            x, y, z = hair.guide.at(np.radians(turn), np.array(q), 0.32)
            square = np.stack(np.meshgrid([-size, size], [-size, size]), -1)
            grid = np.concatenate([square, np.zeros((2, 2, 1))], -1)
            uv = np.array([[(0.0, 1.0), (1.0, 1.0)], [(0.0, 0.0), (1.0, 0.0)]])
            mark = in_cell(moved(sheet(grid, uv), np.eye(3), (float(x), float(y), float(z))), OVERLAY[key])
            made.append(Overlay(name, key, mark if traits.worn.side > 0 else mirrored(mark)))
    return made


def _on_skin(skull: Skull, x: tuple[float, float], y: tuple[float, float], lift: float, cell: Cell) -> Mesh:
    grid_x, grid_y = np.meshgrid(np.linspace(*x, 11), np.linspace(*y, 11))
    points = skull.surface(grid_x, grid_y)
    points[..., 2] -= lift
    u, v = np.meshgrid(np.linspace(0, 1, 11), np.linspace(1, 0, 11))
    return in_cell(sheet(points, np.stack([u, v], -1), normal=skull.soft_normal(points)), cell)
