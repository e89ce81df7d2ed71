"""Where the pose parameters can bring each vertex: boxes that hold it in every pose, whatever the parameters are.

A box starts as a vertex with its driven morphs between none and all of their weight. Every joint that can move carries
it on: the head by turns about x, then y, and the neck by turns about z, each of up to 15 degrees, exactly as far as
boxes can tell; any other turn (appends, bone morphs) as a ball around the joint. Bounds are only ever too wide.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.groups import Groups
from mmdgen.influences import F8, influences, spherical
from mmdgen.model import F4, BoneMorph, Deform, GroupMorph, Model, UVMorph, VertexMorph
from mmdgen.pose.binding import MAX_ANGLE, Binding
from mmdgen.rig.bones import Skeleton

SINE, COSINE = float(np.sin(MAX_ANGLE)), float(np.cos(MAX_ANGLE))
X, Y, Z = range(3)
TURNS = {"head": ((Y, Z), (Z, X)), "neck": ((X, Y),)}  # planes of the turns about x and y, and about z, first to last
FURTHEST = np.pi  # a turn by more is a shorter one the other way
BEND = np.pi / 2  # between two rotations that both turn by less, the shortest way does so too


@dataclass(frozen=True, eq=False)
class Boxes:
    """The lowest and highest coordinates (3, V) of each vertex in the file's axes and units; maybe infinite."""

    low: F4
    high: F4

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Boxes:
        return Boxes(self.low[:, rows], self.high[:, rows])

    def moved(self, offset: F4) -> Boxes:
        """Return the boxes with an offset (3, 1) or (3, V) added."""
        return Boxes(self.low + offset, self.high + offset)

    def grown(self, radius: F4 | float) -> Boxes:
        """Return the boxes larger by a length, or by lengths (V,), on every side."""
        return Boxes(self.low - radius, self.high + radius)

    def scaled(self, factor: F4) -> Boxes:
        """Return the boxes times factors (V,) of 0 or more."""
        return Boxes(self.low * factor, self.high * factor)

    def plus(self, other: Boxes) -> Boxes:
        """Return the boxes of sums."""
        return Boxes(self.low + other.low, self.high + other.high)

    def distance(self) -> F4:
        """Return how far (V,) a box reaches from the origin."""
        furthest = np.maximum(-self.low, self.high)
        return np.asarray(np.sqrt((furthest * furthest).sum(0)), np.float32)

    def turned(self, plane: tuple[int, int]) -> Boxes:
        """Return the boxes of all turns by up to MAX_ANGLE about the origin that mix these two axes."""
        low, high = self.low.copy(), self.high.copy()
        first, second = plane
        corners = list(itertools.product(*((self.low[axis], self.high[axis]) for axis in plane)))
        for axis in (first, second):
            arcs = [_arc(*(pair if axis == first else pair[::-1])) for pair in corners]
            low[axis] = np.minimum.reduce([arc[0] for arc in arcs])
            high[axis] = np.maximum.reduce([arc[1] for arc in arcs])
        return Boxes(low, high)


def _arc(along: F4, across: F4) -> tuple[F4, F4]:
    """Return the range of along · cos t ± across · sin t for t of up to MAX_ANGLE either way."""
    across = abs(across)
    middle, swing = along * COSINE, across * SINE
    peak = np.sqrt(along * along + across * across)
    inside = across <= abs(along) * (SINE / COSINE)  # the extreme of the whole circle lies on the arc
    low, high = middle - swing, middle + swing
    return np.where(inside & (along < 0), -peak, low), np.where(inside & (along > 0), peak, high)


@dataclass
class _Joint:
    """How a bone may move relative to its parent: its own turns, and beside them any turn and any shift up to these."""

    position: F4  # (3, 1)
    turns: tuple[tuple[int, int], ...] = ()
    before: float = 0.0  # radians of appended turns, which act first
    after: float = 0.0  # radians of turns by morphs, or of own ones about an unknown axis, which act last
    shift: float = 0.0  # MMD units

    @property
    def angle(self) -> float:
        """The most that it turns, in radians."""
        return float(min(self.before + len(self.turns) * MAX_ANGLE + self.after, FURTHEST))

    def carry(self, boxes: Boxes) -> Boxes:
        """Return the boxes of all points that points of these may come to."""
        boxes = _swept(boxes.moved(-self.position), self.before)
        for plane in self.turns:
            boxes = boxes.turned(plane)
        return _swept(boxes, self.after).grown(self.shift).moved(self.position)


def _swept(boxes: Boxes, angle: float) -> Boxes:
    """Return the boxes of all turns about the origin by up to an angle, about any axis."""
    return boxes.grown(2 * math.sin(min(angle, FURTHEST) / 2) * boxes.distance()) if angle else boxes


def driven_weights(binding: Binding) -> dict[int, tuple[float, float]] | None:
    """Return the least and most weight of each plain morph that the pose parameters move, None where nothing is known.

    Only flip morphs are beyond this: they jump.
    """
    model = binding.model
    if any(isinstance(m.data, GroupMorph) and m.data.flip for m in model.morphs):
        return None
    groups = Groups(model.morphs)
    weights: dict[int, tuple[float, float]] = {}
    for drive in binding.drives:
        for morph in drive.morphs:
            leaves = groups.leaves(morph)
            for leaf, weight in zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True):
                low, high = weights.get(leaf, (0.0, 0.0))
                weights[leaf] = low + min(weight, 0.0), high + max(weight, 0.0)
    return weights


def reach(binding: Binding, weights: dict[int, tuple[float, float]]) -> Boxes:
    """Return the boxes of all vertices of the bound model under ``driven_weights``, IK left out."""
    return _reach(binding, weights, _Joints(binding, weights))


def expressive_reach(binding: Binding, weights: dict[int, tuple[float, float]]) -> tuple[Boxes, NDArray[np.bool_]]:
    """Return the boxes of all vertices while the head is at rest, and which of them (V,) eyes and mouth change.

    A vertex changes when its place, its normal or its texture coordinates may.
    """
    joints, model = _Joints(binding, weights, turning=False), binding.model
    bone, weight = influences(model.vertices)
    moved = np.array([bool(chain) for chain in joints.chain])
    changes = (moved[bone] & (weight != 0)).T.any(0)
    for number in weights:
        data = model.morphs[number].data
        if isinstance(data, VertexMorph | UVMorph):
            changes[data.index[(data.offset != 0).any(1)]] = True
    return _reach(binding, weights, joints), changes


def _reach(binding: Binding, weights: dict[int, tuple[float, float]], joints: _Joints) -> Boxes:
    model = binding.model
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number is nowhere outside
        return _followed(model, _morphed(model, weights), joints)


def _morphed(model: Model, weights: dict[int, tuple[float, float]]) -> Boxes:
    low, high = model.vertices.position.T.copy(), model.vertices.position.T.copy()
    for number, (least, most) in weights.items():
        data = model.morphs[number].data
        if isinstance(data, VertexMorph):
            ends = least * data.offset.T, most * data.offset.T
            for axis in (X, Y, Z):
                np.add.at(low[axis], data.index, np.minimum(*ends)[axis])
                np.add.at(high[axis], data.index, np.maximum(*ends)[axis])
    return Boxes(low, high)


class _Joints:
    """The bones that can move, and for each bone those between it and the root, its own first."""

    def __init__(self, binding: Binding, weights: dict[int, tuple[float, float]], *, turning: bool = True) -> None:
        model = binding.model
        self._skeleton = Skeleton(model.bones)
        self._moving: dict[int, _Joint] = {}
        if turning:
            self._turn_by_pose(binding)
        for number, bounds in weights.items():
            data, most = model.morphs[number].data, max(map(abs, bounds))
            if isinstance(data, BoneMorph):
                self._move_by_morph(data, most)
        self._append()
        self.chain = [self._ancestors(bone) for bone in range(len(model.bones))] or [()]

    def _joint(self, bone: int) -> _Joint:
        return self._moving.setdefault(bone, _Joint(self._skeleton.position[bone, :, None].astype(np.float32)))

    def _turn_by_pose(self, binding: Binding) -> None:
        for part, bone in (("head", binding.head_bone), ("neck", binding.neck_bone)):
            if binding.model.bones[bone].fixed_axis is None:
                self._joint(bone).turns += TURNS[part]
            else:
                self._joint(bone).after += len(TURNS[part]) * MAX_ANGLE  # the part about its axis is no larger

    def _move_by_morph(self, data: BoneMorph, most: float) -> None:
        half = np.arctan2(np.linalg.norm(data.rotation[:, :3].astype(np.float64), axis=1), abs(data.rotation[:, 3]))
        shift = np.linalg.norm(data.translation.astype(np.float64), axis=1)
        for bone, angle, length in zip(data.index.tolist(), (2 * half).tolist(), shift.tolist(), strict=True):
            self._joint(bone).after += most * angle
            self._joint(bone).shift += most * length

    def _append(self) -> None:
        for bone, append in self._skeleton.append.items():  # sources first
            source = self._moving.get(append.bone)
            if source is not None:
                self._joint(bone).before += abs(append.ratio) * source.angle if append.rotate else 0.0
                self._joint(bone).shift += abs(append.ratio) * source.shift if append.translate else 0.0

    def _ancestors(self, bone: int | None) -> tuple[int, ...]:
        found = []
        while bone is not None:
            if bone in self._moving:
                found.append(bone)
            bone = self._skeleton.parent.get(bone)
        return tuple(found)

    def carry(self, boxes: Boxes, chain: Iterable[int]) -> Boxes:
        """Return where a chain of joints can bring boxes."""
        for bone in chain:
            boxes = self._moving[bone].carry(boxes)
        return boxes

    def angle(self, chain: Iterable[int]) -> float:
        """Return the most that a chain of joints turns, in radians."""
        return sum(self._moving[bone].angle for bone in chain)


def _followed(model: Model, boxes: Boxes, joints: _Joints) -> Boxes:
    """Return where vertices come to: among the places to which each of their bones alone would bring them."""
    vertices = model.vertices
    bone, weight = influences(vertices)
    chains = list(dict.fromkeys([(), *joints.chain]))
    number = np.array([chains.index(chain) for chain in joints.chain], np.intp)[bone]  # (V, 4)
    result = Boxes(np.full_like(boxes.low, np.inf), np.full_like(boxes.high, -np.inf))
    for i, chain in enumerate(chains):
        rows = np.flatnonzero(((number == i) & (weight != 0)).any(1))
        carried = joints.carry(boxes[rows], chain)
        result.low[:, rows] = np.minimum(result.low[:, rows], carried.low)
        result.high[:, rows] = np.maximum(result.high[:, rows], carried.high)
    moving = ((number > 0) & (weight != 0)).any(1)
    _bend(model, boxes, joints, result, moving, weight)
    anywhere = moving & ((weight < 0).any(1) | (vertices.deform == Deform.QDEF))
    result.low[:, anywhere], result.high[:, anywhere] = -np.inf, np.inf
    return result


def _bend(model: Model, boxes: Boxes, joints: _Joints, result: Boxes, moving: NDArray[np.bool_], weight: F8) -> None:
    """Put in place of the boxes of SDEF vertices what that rule makes of them: see ``rig.skin``."""
    found = spherical(model.vertices, weight)
    chains = list(dict.fromkeys(joints.chain))
    number = np.array([chains.index(chain) for chain in joints.chain], np.intp)
    pairs = number[model.vertices.bone[found.vertex, :2]] @ np.array([len(chains), 1])
    for pair in np.unique(pairs[moving[found.vertex]]).tolist():
        which = np.flatnonzero(pairs == pair)
        followed = [chains[i] for i in divmod(pair, len(chains))]
        rows = found.vertex[which]
        angle = max(map(joints.angle, followed))
        if angle >= BEND:
            result.low[:, rows], result.high[:, rows] = -np.inf, np.inf
            continue
        center, *ends = (points[which].T.astype(np.float32) for points in (found.center, found.first, found.second))
        bent = _swept(boxes[rows].moved(-center), angle).moved(center)
        for slot, points in enumerate(ends):
            shifts = joints.carry(Boxes(points, points), followed[slot]).moved(-points)
            bent = bent.plus(shifts.scaled(weight[rows, slot].astype(np.float32)))
        result.low[:, rows], result.high[:, rows] = bent.low, bent.high
