"""Cheeks that a material morph makes blush: patches that float just above the skin, drawn only when raised."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.atlas import EYE
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import Mesh, both, in_cell, sheet
from mmdgen.zoo.traits import EyeTraits


def cheek_height(eye: EyeTraits) -> float:
    """Return the height of the middle of a blush: just under the eye."""
    return max(eye.y - eye.bottom - 0.13, 0.44)


def cheeks(skull: Skull, eye: EyeTraits) -> Mesh:
    """Return both patches."""
    x = np.linspace(eye.x - 0.26, min(eye.x + 0.28, 0.93 * float(skull.half_width(np.array(0.62)))), 9)
    y = np.linspace(-0.14, 0.14, 6) + cheek_height(eye)
    grid_x, grid_y = np.meshgrid(x, y)
    points = skull.surface(grid_x, grid_y)
    points[..., 2] -= 0.012
    u, v = np.meshgrid(np.linspace(0, 1, 9), np.linspace(1, 0, 6))
    mesh = sheet(points, np.stack([u, v], -1), normal=skull.soft_normal(points))
    return in_cell(both(mesh), EYE["blush"])
