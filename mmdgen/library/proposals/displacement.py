"""How far each morph, alone at full weight, moves each vertex: groups flattened, bone morphs carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmdgen.groups import Groups
from mmdgen.library.proposals.rays import F8, Indices, Mask
from mmdgen.model import BoneMorph, Model, Morphing, VertexMorph
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.state import RigState

STILL = 1e-5  # MMD units; less is numerical noise of skinning
MOST_POSED = 128  # names that move bones, each of which takes a pose of the whole model; the rest count as still
FARTHEST = 1e6  # MMD units; what a damaged file moves farther stays


@dataclass(frozen=True, eq=False)
class Displacement:
    """The vertices ``index`` (N,), ascending, that something moves, and their ``offset`` (N, 3) in MMD units."""

    index: Indices
    offset: F8

    def dense(self, count: int) -> F8:
        """Return the offsets of all ``count`` vertices (count, 3)."""
        result = np.zeros((count, 3))
        result[self.index] = self.offset
        return result

    def where(self, vertices: Mask) -> Displacement:
        """Return the part that moves the vertices of the mask (V,)."""
        rows = vertices[self.index]
        return Displacement(self.index[rows], self.offset[rows])

    @property
    def size(self) -> float:
        """The length of all offsets together, as one vector."""
        return float(np.linalg.norm(self.offset))


def distance(one: Displacement, other: Displacement) -> float:
    """Return the size of the difference of two displacements."""
    index, rows = np.unique(np.concatenate([one.index, other.index]), return_inverse=True)
    difference = np.zeros((len(index), 3))
    difference[rows[: len(one.index)]] += one.offset
    difference[rows[len(one.index) :]] -= other.offset
    return float(np.linalg.norm(difference))


@dataclass(frozen=True, eq=False)
class Move:
    """What a name does at weight 1: all morphs of that name together, as in MMD; ``number`` is the first of them."""

    name: str
    number: int
    displacement: Displacement


def moves(model: Model) -> tuple[Move, ...]:
    """Return what every morph name does to the vertices, in the order of the morphs; UV and material morphs nothing."""
    groups, rig = Groups(model.morphs), Rig(model)
    by_bones = 0
    named: dict[str, list[int]] = {}
    for number, morph in enumerate(model.morphs):
        named.setdefault(morph.name, []).append(number)
    found = []
    for name, numbers in named.items():
        parts = [(model.morphs[leaf].data, weight) for number in numbers for leaf, weight in _leaves(groups, number)]
        posed = any(isinstance(data, BoneMorph) for data, _ in parts)
        by_bones += posed
        if posed and by_bones > MOST_POSED:
            displacement = Displacement(np.zeros(0, np.intp), np.zeros((0, 3)))
        else:
            displacement = _displacement(model, rig, numbers, parts, posed=posed)
        found.append(Move(name, numbers[0], displacement))
    return tuple(found)


def _leaves(groups: Groups, number: int) -> Iterator[tuple[int, float]]:
    leaves = groups.leaves(number)
    return zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True)


@np.errstate(over="ignore", invalid="ignore")  # what is no number in the end is dropped below
def _displacement(
    model: Model, rig: Rig, numbers: list[int], parts: Sequence[tuple[Morphing, float]], *, posed: bool
) -> Displacement:
    if posed:
        state = RigState.identity(model)
        weights = state.weight.copy()
        weights[0, numbers] = 1
        moved = skin(model, rig.evaluate(RigState(state.rotation, state.translation, weights)))
        index = np.arange(len(model.vertices))
        total = moved.position[0].astype(np.float64) - model.vertices.position
    else:
        vertex = [(data, weight) for data, weight in parts if isinstance(data, VertexMorph)]
        index = np.unique(np.concatenate([np.zeros(0, np.intp), *(data.index for data, _ in vertex)]))
        total = np.zeros((len(index), 3))
        for data, weight in vertex:
            np.add.at(total, np.searchsorted(index, data.index), weight * data.offset.astype(np.float64))
    total[~(np.abs(total) < FARTHEST).all(1)] = 0
    moving = (np.abs(total) > STILL).any(1)
    return Displacement(index[moving], total[moving])
