"""Brows: two strips that float just in front of the forehead."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.atlas import EYE
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, Mesh, both, in_cell, sheet
from mmdgen.zoo.traits import BrowTraits, EyeTraits

_POINTS = 11
_T = np.linspace(0, 1, _POINTS)  # inner to outer end

# Each morph changes slope (units of rise outward), arch, and height.
_MOODS = {
    "brow_sad": (-0.20, -0.02, 0.05),
    "brow_angry": (0.17, -0.02, -0.05),
    "brow_happy": (0.0, 0.06, 0.06),
    "brow_serious": (0.10, -0.03, -0.05),
    "brow_up": (0.0, 0.0, 0.12),
    "brow_down": (0.0, 0.0, -0.10),
}


def _angle(t: F8) -> F8:
    """Return the height of a brow that breaks behind its middle."""
    return np.interp(t, (0, 0.62, 1), (0, 1, 0.1))


def _profile(kind: str) -> F8:
    """Return how thick a brow of this kind is from its inner to its outer end, at most about 1."""
    start = 1 - np.exp(-_T * 14 - 0.9)
    result: F8 = np.clip(1.25 * (1 - _T) ** 0.6 * start, 0.02, None)
    if kind == "short":
        result = np.sqrt(np.clip(1 - (2 * _T - 1) ** 2, 0.02, None))
    elif kind in ("thick", "straight"):
        result = start * np.clip((1 - _T) * 2.2, 0.02, 1) ** 0.7
    return result


def brows(skull: Skull, eye: EyeTraits, traits: BrowTraits, lift: float) -> Mesh:
    """Return both brows, ``lift`` in front of the skin, with their morphs."""

    def points(slope: float, arch: float, height: float) -> F8:
        x = eye.x - 0.02 + traits.length * (_T - 0.42) - (0.10 if traits.kind == "short" else 0.0)
        y = eye.y + eye.top + traits.gap + height
        bow = _angle(_T) if traits.kind == "angled" else np.sin(np.pi * _T**0.85)
        middle = y + (traits.slope + slope) * (_T - 0.5) + (traits.arch + arch) * bow
        thick = traits.thickness * _profile(traits.kind)
        flat_y = np.stack([middle - thick / 2, middle + thick / 2])
        solid = skull.surface(np.broadcast_to(x, flat_y.shape), flat_y)
        solid[..., 2] -= lift
        return solid

    rest = points(0, 0, 0)
    uv = np.stack(np.broadcast_arrays(_T, np.array([[1.0], [0.0]])), -1)
    mesh = sheet(rest, uv, normal=np.tile([0.0, 0.0, -1.0], (2, _POINTS, 1)))
    morph = {name: (points(*mood) - rest).reshape(-1, 3) for name, mood in _MOODS.items()}
    left = Mesh(mesh.position, mesh.faces, mesh.uv, mesh.normal, mesh.weight, morph)
    return both(in_cell(left, EYE["brow"]))
