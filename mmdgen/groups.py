"""Group and flip morphs resolved: which plain morphs they move, and by how much.

A flip morph (PMX 2.1) of n members stands for n + 1 equal stretches of its weight from 0 to 1: in the first it moves
nothing, in the next its first member by that member's own weight, and so on; at 1 it is the last member. That is how
MMDAI's libvpvl2, the one runtime that plays them, reads the format. MMD itself stops at PMX 2.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.graph import dependency_order
from mmdgen.model import GroupMorph, Morph

Floats = NDArray[np.floating]
MOST = 2**20  # morphs behind all groups together: files can nest groups so that they hold more than any memory
MOST_FLIPS = 64  # that choose; hardly any file has one


@dataclass(frozen=True)
class Leaves:
    """The morphs ``index`` (K,), ascending, that one morph moves at weight 1, each by ``weight`` (K,)."""

    index: NDArray[np.intp]
    weight: NDArray[np.float64]


class Groups:
    """The groups of a model; nested groups multiply.

    References that would close a loop, or make the groups hold more than MOST, are dropped with a warning. Products
    beyond float64 are infinite, and may become no number.
    """

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
        choices: list[tuple[int, list[Leaves]]] = []
        self._room = MOST
        for i in order:
            if i not in groups:
                continue
            members = self._members(i, groups[i], dropped)
            if groups[i].flip:
                choices.append((i, members))
            else:
                self._leaves[i] = _sum(members)
        if self._room < 0:
            self.warnings += (f"morphs: the groups hold more than {MOST} morphs; the members beyond are dropped",)
        if len(choices) > MOST_FLIPS:
            self.warnings += (f"morphs: {len(choices)} flip morphs; those beyond {MOST_FLIPS} move nothing",)
        self._choices = dict(reversed(choices[:MOST_FLIPS]))  # of flip morphs, those that hold others first
        self._leaves |= {i: _NOTHING for i, _ in choices[MOST_FLIPS:]}
        self._chooses = np.zeros(self._count, bool)
        self._chooses[list(self._choices)] = True

    def _members(self, number: int, group: GroupMorph, dropped: set[tuple[int, int]]) -> list[Leaves]:
        """Return what each member of a group moves at the group's weight 1."""
        found = []
        for child, factor in zip(group.index.tolist(), group.weight.tolist(), strict=True):
            leaves = _NOTHING if child == number or (number, child) in dropped else self._linear(child)
            self._room -= len(leaves.index)
            if self._room < 0:
                leaves = _NOTHING
            with np.errstate(over="ignore", invalid="ignore"):
                found.append(Leaves(leaves.index, factor * leaves.weight))
        return found

    def _linear(self, morph: int) -> Leaves:
        """Return the plain and flip morphs behind a morph: itself for one that is no group."""
        return self._leaves.get(morph) or Leaves(np.array([morph]), np.ones(1))

    def leaves(self, morph: int) -> Leaves:
        """Return the plain morphs behind a morph at weight 1: itself for one that is no group."""
        found = self._linear(morph)
        if not self._chooses[found.index].any():
            return found
        total = dict(zip(found.index.tolist(), found.weight.tolist(), strict=True))
        for flip, members in self._choices.items():
            if flip in total:
                chosen = int(_chosen(len(members), np.array(total.pop(flip))))
                for leaf, weight in _pairs(members[chosen - 1] if chosen else _NOTHING):
                    total[leaf] = total.get(leaf, 0.0) + weight
        return _leaves(total)

    def resolve(self, weight: Floats) -> NDArray[np.float64]:
        """Return the plain morphs' weights (N, M) for weights (N, M) of all morphs; 0 for the groups themselves.

        Row by row the same arithmetic whatever N is, so that a pose does not depend on its batch.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self._resolve(weight)

    def _resolve(self, weight: Floats) -> NDArray[np.float64]:
        resolved = weight.astype(np.float64)
        resolved[:, list(self._leaves)] = 0
        for group, leaves in self._leaves.items():
            given = weight[:, group, None].astype(np.float64)
            if given.any():
                resolved[:, leaves.index] += given * leaves.weight
        for flip, members in self._choices.items():
            chosen = _chosen(len(members), resolved[:, flip])
            resolved[:, flip] = 0
            for number in np.unique(chosen[chosen > 0]).astype(int).tolist():
                rows = np.flatnonzero(chosen == number)
                resolved[rows[:, None], members[number - 1].index] += members[number - 1].weight
        return resolved


_NOTHING = Leaves(np.zeros(0, np.intp), np.zeros(0))


def _others(number: int, group: GroupMorph) -> list[int]:
    """Return the members of a group; a flip morph's own number is no loop but the choice of nothing."""
    members: list[int] = group.index.tolist()
    return [i for i in members if i != number] if group.flip else members


def _chosen(members: int, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return which member of a flip morph its weight chooses, counted from 1; 0 is none."""
    return np.asarray(np.nan_to_num(np.floor((members + 1) * weight.clip(0, 1)).clip(max=members)), np.float64)


def _sum(members: list[Leaves]) -> Leaves:
    total: dict[int, float] = {}
    for leaves in members:
        for leaf, weight in _pairs(leaves):
            total[leaf] = total.get(leaf, 0.0) + weight
    return _leaves(total)


def _pairs(leaves: Leaves) -> Iterator[tuple[int, float]]:
    return zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True)


def _leaves(total: dict[int, float]) -> Leaves:
    index = sorted(total)
    return Leaves(np.array(index, np.intp), np.array([total[i] for i in index], np.float64))
