"""Skinning: a model's vertices under N deformations. Readable arrays; the slow twin of what the GPU does.

Every rule is written as a displacement from the bind pose, so that vertices of bones at rest keep their very bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.influences import influences, spherical
from mmdgen.model import F4, Columns, Deform, Model, UVMorph, VertexMorph, Vertices, column
from mmdgen.quaternions import F8, cross, displacement, normalized, product, slerp
from mmdgen.rig.narrow import narrow
from mmdgen.state import Deformation

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Posed(Columns):
    """N posed copies of a model's V vertices, in the file's own axes, units and order; normals keep their length."""

    position: F4 = column("f4", "N", "V", 3)
    normal: F4 = column("f4", "N", "V", 3)
    uv: F4 = column("f4", "N", "V", 2)
    extra_uv: F4 = column("f4", "N", "V", "A", 4)


def skin(model: Model, deformation: Deformation) -> Posed:
    """Pose a model's vertices, normals and texture coordinates: morphs first, then bones."""
    n, v = len(deformation), len(model.vertices)
    skinner = Skinner(model.vertices)
    position, normal = np.empty((n, v, 3), np.float32), np.empty((n, v, 3), np.float32)
    uv = np.empty((n, v, 2), np.float32)
    extra_uv = np.empty((n, *model.vertices.extra_uv.shape), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(n):
            morphed, *coordinates = morph(model, deformation.weight[i])
            uv[i], extra_uv[i] = map(narrow, coordinates)
            moved = skinner.pose(morphed, deformation.matrix[i], deformation.rotation[i])
            position[i], normal[i] = map(narrow, moved)
    return Posed(position, normal, uv, extra_uv)


def morph(model: Model, weight: F4) -> tuple[F8, F8, F8]:
    """Return positions (V, 3), uv (V, 2) and additional uv (V, A, 4) under weights (M,) of plain morphs."""
    position = model.vertices.position.astype(np.float64)
    uv = model.vertices.uv.astype(np.float64)
    extra_uv = model.vertices.extra_uv.astype(np.float64)
    for number in np.flatnonzero(weight):
        data, w = model.morphs[number].data, np.float64(weight[number])
        if isinstance(data, VertexMorph):
            np.add.at(position, data.index, w * data.offset)
        elif isinstance(data, UVMorph) and data.channel == 0:
            np.add.at(uv, data.index, w * data.offset[:, :2])
        elif isinstance(data, UVMorph) and data.channel <= extra_uv.shape[1]:
            np.add.at(extra_uv[:, data.channel - 1], data.index, w * data.offset)
    return position, uv, extra_uv


class Skinner:
    """Which vertices follow which rule, found once."""

    def __init__(self, vertices: Vertices) -> None:
        self.normal = vertices.normal.astype(np.float64)
        self.bone, self.weight = influences(vertices)
        self.spherical = spherical(vertices, self.weight)
        self.row = np.full(len(vertices), -1)  # into spherical
        self.row[self.spherical.vertex] = np.arange(len(self.spherical.vertex))
        self.sdef = self.row >= 0
        self.qdef = vertices.deform == Deform.QDEF

    def pose(self, position: F8, matrix: F4, rotation: F4) -> tuple[F8, F8]:
        """Carry morphed positions (V, 3) and the bind-pose normals by matrices (B, 3, 4) and rotations (B, 4)."""
        moved, turned = position.copy(), self.normal.copy()
        if len(matrix) == 0:
            return moved, turned
        change = matrix - np.eye(3, 4)  # what a matrix does beyond the identity
        unit = normalized(rotation)
        moving = np.any(change != 0, axis=(1, 2))[self.bone].any(1)
        parts = ((self.sdef, self._sdef), (self.qdef, self.dual), (~(self.sdef | self.qdef), self._bdef))
        for which, rule in parts:
            rows = np.flatnonzero(which & moving)
            if len(rows):
                shift, turn = rule(rows, position[rows], change, unit)
                moved[rows] += shift
                turned[rows] = _keep_length(self.normal[rows], turn)
        return moved, turned

    def _bdef(self, rows: Indices, position: F8, change: F8, unit: F8) -> tuple[F8, F8]:
        """Blend matrices linearly (BDEF1, BDEF2, BDEF4); returns displacements of positions and normals (R, 3)."""
        del unit
        blend = np.zeros((len(rows), 3, 4))
        for slot in range(4):
            weight = self.weight[rows, slot]
            used = np.flatnonzero(weight)
            blend[used] += weight[used, None, None] * change[self.bone[rows[used], slot]]
        return apply(blend, position), np.einsum("rij,rj->ri", blend[..., :3], self.normal[rows])

    def _sdef(self, rows: Indices, position: F8, change: F8, unit: F8) -> tuple[F8, F8]:
        """Turn about C by the rotation between the two bones; each bone carries one of the two points whose mean is C.

        The usual formula R (p - C) + w0 M0 a + w1 M1 b, less p: since w0 a + w1 b = C, all parts are displacements.
        """
        bone, weight = self.bone[rows], self.weight[rows]
        found, at = self.spherical, self.row[rows]
        turn = slerp(unit[bone[:, 0]], unit[bone[:, 1]], weight[:, 1])
        shift = displacement(turn, position - found.center[at])
        shift += weight[:, :1] * apply(change[bone[:, 0]], found.first[at])
        shift += weight[:, 1:2] * apply(change[bone[:, 1]], found.second[at])
        return shift, displacement(turn, self.normal[rows])

    def dual(self, rows: Indices, position: F8, change: F8, unit: F8) -> tuple[F8, F8]:
        """Blend dual quaternions (Kavan et al. 2008), signs aligned with the first bone's."""
        bone, weight = self.bone[rows], self.weight[rows]
        real = unit[bone]  # (R, 4, 4)
        offset = np.concatenate([change[..., 3], np.zeros((len(change), 1))], -1)
        dual = product(offset, unit)[bone] / 2
        sign = np.where((real * real[:, :1]).sum(-1) < 0, -1.0, 1.0)
        share = (weight * sign)[..., None]
        real, dual = (share * real).sum(1), (share * dual).sum(1)
        length = np.sqrt((real * real).sum(-1, keepdims=True))
        length[length == 0] = 1
        real, dual = real / length, dual / length
        # translation = 2 dual · conjugate(real), vector part
        move = 2 * (real[:, 3:] * dual[:, :3] - dual[:, 3:] * real[:, :3] + cross(real[:, :3], dual[:, :3]))
        return displacement(real, position) + move, displacement(real, self.normal[rows])


def apply(change: F8, points: F8) -> F8:
    """Return what matrices (..., 3, 4) make of points (..., 3)."""
    return np.asarray(np.einsum("...ij,...j->...i", change[..., :3], points) + change[..., 3], np.float64)


def _keep_length(normal: F8, shift: F8) -> F8:
    """Return normal + shift at the length of normal: exactly normal where shift is 0."""
    turned = normal + shift
    before, after = ((v * v).sum(-1, keepdims=True) for v in (normal, turned))
    return np.asarray(turned * np.sqrt(before / np.where(after > 0, after, 1)), np.float64)
