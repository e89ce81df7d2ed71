"""Group and flip morphs resolved: which plain morphs they move, and by how much.

A flip morph (PMX 2.1) of n members stands for n + 1 equal stretches of its weight from 0 to 1: in the first it moves
nothing, in the next its first member by that member's own weight, and so on; at 1 it is the last member. That is how
MMDAI's libvpvl2, the one runtime that plays them, reads the format. MMD itself stops at PMX 2.0.
"""

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
    """The morphs ``index`` (K,), ascending, that one morph moves at weight 1, each by ``weight`` (K,)."""

    index: NDArray[np.intp]
    weight: NDArray[np.float64]


class Groups:
    """The groups of a model; nested groups multiply, a reference that would close a loop is dropped with a warning."""

    def __init__(self, morphs: Sequence[Morph]) -> None:
        self._count = len(morphs)
        self._leaves: dict[int, Leaves] = {}
        groups = {i: m.data for i, m in enumerate(morphs) if isinstance(m.data, GroupMorph)}
        needs = [_others(i, groups[i]) if i in groups else [] for i in range(len(morphs))]
        order, cut = dependency_order(needs)
        dropped = set(cut)
        self.warnings = tuple(
            f"morph {i} {morphs[i].name!r}: holds morph {j} {morphs[j].name!r} that holds it; the reference is dropped"
            for i, j in cut
        )
        self._choices: dict[int, list[Leaves]] = {}  # of flip morphs, those that hold others first
        for i in order:
            members = self._members(i, groups[i], dropped) if i in groups else []
            if i in groups and groups[i].flip:
                self._choices = {i: members} | self._choices
            elif i in groups:
                self._leaves[i] = _sum(members)

    def _members(self, number: int, group: GroupMorph, dropped: set[tuple[int, int]]) -> list[Leaves]:
        """Return what each member of a group moves at the group's weight 1."""
        found = []
        for child, factor in zip(group.index.tolist(), group.weight.tolist(), strict=True):
            leaves = _NOTHING if child == number or (number, child) in dropped else self._linear(child)
            found.append(Leaves(leaves.index, factor * leaves.weight))
        return found

    def _linear(self, morph: int) -> Leaves:
        """Return the plain and flip morphs behind a morph: itself for one that is no group."""
        return self._leaves.get(morph) or Leaves(np.array([morph]), np.ones(1))

    def leaves(self, morph: int) -> Leaves:
        """Return the plain morphs behind a morph at weight 1: itself for one that is no group."""
        found = self._linear(morph)
        if not self._choices or not np.isin(found.index, list(self._choices)).any():
            return found
        alone = np.zeros((1, self._count))
        alone[0, morph] = 1
        weight = self.resolve(alone)[0]
        index = np.flatnonzero(weight)
        return Leaves(index, weight[index])

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
        for flip, members in self._choices.items():
            chosen = np.floor((len(members) + 1) * resolved[:, flip].clip(0, 1)).clip(max=len(members))
            resolved[:, flip] = 0
            for number, leaves in enumerate(members, 1):
                rows = np.flatnonzero(chosen == number)
                resolved[rows[:, None], leaves.index] += leaves.weight
        return resolved


_NOTHING = Leaves(np.zeros(0, np.intp), np.zeros(0))


def _others(number: int, group: GroupMorph) -> list[int]:
    """Return the members of a group; a flip morph's own number is no loop but the choice of nothing."""
    members: list[int] = group.index.tolist()
    return [i for i in members if i != number] if group.flip else members


def _sum(members: list[Leaves]) -> Leaves:
    total: dict[int, float] = {}
    for leaves in members:
        for leaf, weight in zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True):
            total[leaf] = total.get(leaf, 0.0) + weight
    index = sorted(total)
    return Leaves(np.array(index, np.intp), np.array([total[i] for i in index], np.float64))
