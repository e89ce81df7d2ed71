"""Joints: from every bone's own rotation and translation to the transforms that carry its vertices.

MMD evaluates bones by (after_physics, layer, number). Without IK nothing depends on that order except that a parent and
an append source come first, which is how bones are ordered here wherever the file lists them. With IK, ``ik.Solver``
takes the place of ``Skeleton.local``.

Local append. The format says that an append takes the source's "user value, IK link and multiple append", and a local
append "the source's local deformation": all that moves the source relative to its parent. The two differ by what
physics does to the source, and here is no physics, so both take the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.graph import dependency_order
from mmdgen.model import Append, Bone
from mmdgen.quaternions import F8, displacement, power, product

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class _Followers:
    """Bones that append from bones of earlier steps: numbers (K,), and per bone the share of each kind it takes."""

    bone: Indices
    source: Indices
    turn: F8
    move: F8


class Skeleton:
    """The bones of one model, arranged so that all bones of one depth are evaluated together.

    A parent or append source that would close a loop is ignored, with a line in ``warnings``; ``parent`` and ``append``
    hold by bone number those that remain.
    """

    def __init__(self, bones: Sequence[Bone]) -> None:
        self.position: F8 = np.array([b.position for b in bones], np.float64).reshape(-1, 3)
        parent = {i: b.parent for i, b in enumerate(bones) if b.parent is not None}
        append = {i: b.append for i, b in enumerate(bones) if b.append is not None}
        source = {i: a.bone for i, a in append.items()}
        tree, cut_parents = _levels(len(bones), parent)
        chain, cut_sources = _levels(len(bones), source)
        self._tree = [(level, np.array([parent[i] for i in level], np.intp)) for level in tree[1:]]
        self._followers = [_followers(level, append) for level in chain[1:]]
        self.parent = {i: parent[i] for level in tree[1:] for i in level.tolist()}
        self.append = {i: append[i] for level in chain[1:] for i in level.tolist()}
        self.warnings = tuple(
            f"bone {i} {bones[i].name!r}: its {kind} {j} {bones[j].name!r} depends on it; treated as having none"
            for kind, cut in (("parent", cut_parents), ("append source", cut_sources))
            for i, j in cut
        )

    def local(self, rotation: F8, translation: F8) -> tuple[F8, F8]:
        """Add to the bones' own rotations (B, N, 4) and translations (B, N, 3) what they append from others.

        A follower takes its share of what its source is moved by, the source's own appends included; ratios may be
        negative or above 1. The appended rotation acts before the bone's own.
        """
        rotation, translation = rotation.copy(), translation.copy()
        for f in self._followers:
            shared = power(rotation[f.source], f.turn[:, None])
            rotation[f.bone] = product(rotation[f.bone], shared)
            translation[f.bone] += f.move[:, None, None] * translation[f.source]
        return rotation, translation

    def compose(self, rotation: F8, translation: F8) -> tuple[F8, F8]:
        """Combine local rotations (B, N, 4) and translations (B, N, 3) down the tree, in place.

        Returns rotation q and offset t, of the same shapes, that take a bind-pose point p to R(q) p + t.
        """
        offset = translation - displacement(rotation, self.position[:, None])
        for bone, parent in self._tree:
            turn = rotation[parent]
            here = offset[bone]
            rotation[bone] = product(turn, rotation[bone])
            offset[bone] = offset[parent] + here + displacement(turn, here)
        return rotation, offset


def _levels(count: int, reference: dict[int, int]) -> tuple[list[Indices], list[tuple[int, int]]]:
    """Group items by how long their chain of references is, cutting loops; level 0 refers to nothing."""
    order, cut = dependency_order([[reference[i]] if i in reference else [] for i in range(count)])
    loose = {i for i, _ in cut}
    depth = [0] * count
    for i in order:
        if i in reference and i not in loose:
            depth[i] = depth[reference[i]] + 1
    sorted_by_depth = np.argsort(depth, kind="stable")
    borders = np.cumsum(np.bincount(depth)) if count else np.zeros(1, np.intp)
    return np.split(sorted_by_depth, borders[:-1]), cut


def _followers(level: Indices, append: dict[int, Append]) -> _Followers:
    records = [append[i] for i in level.tolist()]
    return _Followers(
        bone=level,
        source=np.array([a.bone for a in records], np.intp),
        turn=np.array([a.ratio if a.rotate else 0.0 for a in records]),
        move=np.array([a.ratio if a.translate else 0.0 for a in records]),
    )
