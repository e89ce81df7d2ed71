"""Group morphs resolved: which plain morphs a group moves, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.graph import dependency_order
from mmdgen.model import GroupMorph, Morph

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Leaves:
    """The plain morphs ``index`` (K,), ascending, that one morph moves at weight 1, each by ``weight`` (K,)."""

    index: NDArray[np.intp]
    weight: NDArray[np.float64]


class Groups:
    """The groups of a model; nested groups multiply, a reference that would close a loop is dropped with a warning.

    Flip morphs (PMX 2.1) choose instead of adding up; they move nothing here.
    """

    def __init__(self, morphs: Sequence[Morph]) -> None:
        self._count = len(morphs)
        self._leaves: dict[int, Leaves] = {}
        groups = {i: m.data for i, m in enumerate(morphs) if isinstance(m.data, GroupMorph)}
        needs = [groups[i].index.tolist() if i in groups else [] for i in range(len(morphs))]
        order, cut = dependency_order(needs)
        dropped = set(cut)
        self.warnings = tuple(
            f"morph {i} {morphs[i].name!r}: holds morph {j} {morphs[j].name!r} that holds it; the reference is dropped"
            for i, j in cut
        )
        for i in order:
            if i in groups:
                self._leaves[i] = self._resolve(i, groups[i], dropped)

    def _resolve(self, number: int, group: GroupMorph, dropped: set[tuple[int, int]]) -> Leaves:
        total: dict[int, float] = {}
        if not group.flip:
            for child, factor in zip(group.index.tolist(), group.weight.tolist(), strict=True):
                if (number, child) in dropped:
                    continue
                leaves = self.leaves(child)
                for leaf, weight in zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True):
                    total[leaf] = total.get(leaf, 0.0) + factor * weight
        index = sorted(total)
        return Leaves(np.array(index, np.intp), np.array([total[i] for i in index], np.float64))

    def leaves(self, morph: int) -> Leaves:
        """Return the plain morphs behind a morph: itself for one that is no group."""
        return self._leaves.get(morph) or Leaves(np.array([morph]), np.ones(1))

    def resolve(self, weight: Floats) -> NDArray[np.float64]:
        """Return the plain morphs' weights (N, M) for weights (N, M) of all morphs; 0 for the groups themselves.

        Row by row the same arithmetic whatever N is, so that a pose does not depend on its batch.
        """
        resolved = weight.astype(np.float64)
        resolved[:, list(self._leaves)] = 0
        for group, leaves in self._leaves.items():
            given = weight[:, group, None].astype(np.float64)
            if given.any():
                resolved[:, leaves.index] += given * leaves.weight
        return resolved
