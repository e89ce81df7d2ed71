"""Skinning of many poses at once: the quick twin of ``skin`` on the CPU, in float32 and as products of sparse matrices.

A linear vertex moves by a sum over its bones of weight · (M - 1) · p, and its morphs by weight · M · offset: both are
linear in the numbers of a pose's matrices. So each vertex is a row of a sparse matrix, and each coordinate of each pose
a column of a dense one. Bones at rest, morphs that are off and vertices that nothing moves cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmdgen.influences import influences, spherical
from mmdgen.model import F4, Deform, Model, VertexMorph
from mmdgen.quaternions import F8, displacement, normalized, slerp
from mmdgen.rig.skin import Skinner, apply
from mmdgen.state import Deformation

Indices = NDArray[np.intp]
POSES = 16  # posed at a time: few enough for the caches, enough to read the sparse matrices rarely
NOTHING = np.zeros(0, np.intp)


@dataclass(frozen=True)
class _Plan:
    """What a set of moving bones and active morphs asks for; rows of vertices that do not follow linearly are empty."""

    bones: Indices
    morphs: Indices
    pairs: Indices  # (P, 2): places in ``morphs``, and bones that carry what those move
    place: Any  # csr (V, 4 bones + 3 pairs)
    turn: Any  # csr (V, 3 bones)
    sdef: Indices  # places in ``spherical``
    qdef: Indices


class BatchSkinner:
    """A model's vertices, ready to be posed over and over; what its moving bones and active morphs need is kept."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._bone, self._weight = influences(model.vertices)
        self._spherical = spherical(model.vertices, self._weight)
        self._linear = model.vertices.deform != Deform.QDEF
        self._linear[self._spherical.vertex] = False
        self._skinner: Skinner | None = None  # made for QDEF alone
        self._plan = self._planned(NOTHING, NOTHING)

    def pose(self, deformation: Deformation) -> tuple[F4, F4]:
        """Return positions and normals (N, V, 3) float32 under N deformations, in the file's axes and units.

        They agree with ``skin``, only that a normal has the length that the blend of its rotations gives it.
        """
        n, vertices = len(deformation), self._model.vertices
        position, normal = (np.empty((len(vertices), 3, n), np.float32) for _ in range(2))  # poses side by side
        if len(self._model.bones):
            with np.errstate(over="ignore", invalid="ignore"):
                self._move(deformation, position, normal)
        else:
            position[:], normal[:] = vertices.position[..., None], vertices.normal[..., None]
        return position.transpose(2, 0, 1), normal.transpose(2, 0, 1)

    def _move(self, deformation: Deformation, position: F4, normal: F4) -> None:
        change = deformation.matrix - np.eye(3, 4, dtype=np.float32)
        bones = np.flatnonzero(change.any((0, 2, 3)))
        morphs = np.flatnonzero(deformation.weight.any(0))
        plan = self._plan
        if not (np.isin(bones, plan.bones).all() and np.isin(morphs, plan.morphs).all()):
            plan = self._plan = self._planned(np.union1d(bones, plan.bones), np.union1d(morphs, plan.morphs))
        for start in range(0, len(deformation), POSES):
            part = slice(start, start + POSES)
            some, weight = change[part], deformation.weight[part]
            shape = len(position), 3, len(some)
            moved, turned = (plan.place @ _columns(plan, some, weight)).reshape(shape), plan.turn @ _turns(plan, some)
            np.add(self._model.vertices.position[..., None], moved, out=position[..., part])
            np.add(self._model.vertices.normal[..., None], turned.reshape(shape), out=normal[..., part])
            if len(plan.sdef):
                self._bend(plan, some, deformation.rotation[part], weight, position[..., part], normal[..., part])
        if len(plan.qdef):
            self._blend(plan, deformation, position, normal)

    def _bend(self, plan: _Plan, change: F4, rotation: F4, weight: F4, position: F4, normal: F4) -> None:
        """Pose the vertices of SDEF, by the formula of ``Skinner``."""
        found, at = self._spherical, plan.sdef
        rows = found.vertex[at]
        first, second = self._bone[rows, 0], self._bone[rows, 1]
        share = self._weight[rows]
        unit = normalized(rotation)
        turn = slerp(unit[:, first], unit[:, second], share[:, 1])
        morphed = self._morphed(plan, rows, weight)
        shift = displacement(turn, morphed - found.center[at])
        shift += share[:, :1] * apply(change[:, first].astype(np.float64), found.first[at])
        shift += share[:, 1:2] * apply(change[:, second].astype(np.float64), found.second[at])
        position[rows] = (morphed + shift).transpose(1, 2, 0)
        still = self._model.vertices.normal[rows].astype(np.float64)
        normal[rows] = (still + displacement(turn, np.broadcast_to(still, shift.shape))).transpose(1, 2, 0)

    def _blend(self, plan: _Plan, deformation: Deformation, position: F4, normal: F4) -> None:
        """Pose the vertices of QDEF, of which hardly any model has one, as ``skin`` does."""
        self._skinner = self._skinner or Skinner(self._model.vertices)
        morphed = self._morphed(plan, plan.qdef, deformation.weight)
        for i, (matrix, rotation) in enumerate(zip(deformation.matrix, deformation.rotation, strict=True)):
            shift, turn = self._skinner.dual(plan.qdef, morphed[i], matrix - np.eye(3, 4), normalized(rotation))
            position[plan.qdef, :, i] = morphed[i] + shift
            normal[plan.qdef, :, i] = self._model.vertices.normal[plan.qdef] + turn

    def _morphed(self, plan: _Plan, rows: Indices, weight: F4) -> F8:
        """Return the morphed positions (N, R, 3) of some vertices."""
        result = np.repeat(self._model.vertices.position[None, rows].astype(np.float64), len(weight), 0)
        place = np.full(len(self._model.vertices), -1)
        place[rows] = np.arange(len(rows))
        for number in plan.morphs:
            data = self._model.morphs[number].data
            if isinstance(data, VertexMorph):
                at = place[data.index]
                for one, w in zip(result, weight[:, number], strict=True):
                    np.add.at(one, at[at >= 0], w * data.offset[at >= 0])
        return result

    def _planned(self, bones: Indices, morphs: Indices) -> _Plan:
        moving = np.zeros(max(len(self._model.bones), 1), bool)
        moving[bones] = True
        follows = (moving[self._bone] & (self._weight != 0)).any(1)
        moves = [(i, data) for i, m in enumerate(morphs) if isinstance(data := self._model.morphs[m].data, VertexMorph)]
        for _, data in moves:
            follows[data.index] = True
        place, turn, pairs = self._operators(bones, moves)
        return _Plan(
            bones,
            morphs,
            pairs,
            place,
            turn,
            np.flatnonzero(follows[self._spherical.vertex]),
            np.flatnonzero(follows & (self._model.vertices.deform == Deform.QDEF)),
        )

    def _operators(self, bones: Indices, moves: list[tuple[int, VertexMorph]]) -> tuple[Any, Any, Indices]:
        """Return the sparse matrices of positions and normals, and the pairs of morphs and bones in the former."""
        vertices, count = self._model.vertices, max(len(self._model.bones), 1)
        local = np.full(count, -1)
        local[bones] = np.arange(len(bones))
        used = (self._weight != 0) & self._linear[:, None]
        vertex, slot = np.nonzero(used & (local[self._bone] >= 0))
        weight, column = self._weight[vertex, slot, None], local[self._bone[vertex, slot], None]
        points = np.concatenate([vertices.position, np.ones((len(vertices), 1), np.float32)], 1)
        place = [(vertex, 4 * column + np.arange(4), weight * points[vertex])]
        turn = [(vertex, 3 * column + np.arange(3), weight * vertices.normal[vertex])]

        keys, parts = [NOTHING], []
        for morph, data in moves:
            entry, slot = np.nonzero(used[data.index])
            vertex = data.index[entry].astype(np.intp)
            key = morph * count + self._bone[vertex, slot]
            keys.append(np.unique(key))
            parts.append((vertex, key, self._weight[vertex, slot, None] * data.offset[entry]))
        known = np.unique(np.concatenate(keys))
        for at, key, values in parts:
            place.append((at, 4 * len(bones) + 3 * np.searchsorted(known, key)[:, None] + np.arange(3), values))
        shape = len(vertices), 4 * len(bones) + 3 * len(known)
        return _sparse(place, shape), _sparse(turn, (len(vertices), 3 * len(bones))), np.stack(divmod(known, count), 1)


def _turns(plan: _Plan, change: F4) -> F4:
    """Return the numbers (3 bones, 3 N) of N poses that normals are linear in."""
    return change[:, plan.bones, :, :3].transpose(1, 3, 2, 0).reshape(3 * len(plan.bones), 3 * len(change))


def _columns(plan: _Plan, change: F4, weight: F4) -> F4:
    """Return the numbers (4 bones + 3 pairs, 3 N) of N poses that positions are linear in."""
    n = len(change)
    carried = change[:, plan.bones].transpose(1, 3, 2, 0).reshape(4 * len(plan.bones), 3 * n)
    morph, bone = plan.pairs[:, 0], plan.pairs[:, 1]
    moved = weight[:, plan.morphs[morph], None, None] * (change[:, bone, :, :3] + np.eye(3, dtype=np.float32))
    return np.concatenate([carried, moved.transpose(1, 3, 2, 0).reshape(3 * len(bone), 3 * n)])


def _sparse(parts: Sequence[tuple[Indices, Indices, NDArray[np.floating]]], shape: tuple[int, int]) -> Any:
    """Return the csr matrix that has, for each of (E,) rows, values (E, K) in columns (E, K)."""
    row = np.concatenate([np.repeat(at, columns.shape[1]) for at, columns, _ in parts])
    column = np.concatenate([columns.ravel() for _, columns, _ in parts])
    values = np.concatenate([np.asarray(v, np.float32).ravel() for _, _, v in parts])
    return csr_array((values, (row, column)), shape=shape)
