"""Inverse kinematics: cyclic coordinate descent at each IK bone's place in MMD's order of evaluation.

Bones are taken by (after_physics, layer, number), a parent and an append source before those that need them. A bone
that appends from an IK link sees what the solver did if it comes after the IK bone, as in MMD; one that comes before
sees the link's own rotation. There is no physics, so "after physics" only means "after all others".

A goal stays where it is while its chain is solved, even if it hangs on one of the links. This is the slow path: links
are turned one after another, for all poses at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.graph import dependency_order
from mmdgen.model import IK, Append, Bone
from mmdgen.quaternions import F8, conjugate, cross, displacement, normalized, power, product
from mmdgen.rig.limits import Limits, twist

LOOPS = 256  # MMD's own limit; files may say 2^31
LINKS = 256  # of one chain; what lies beyond is left alone
STEPS = 2**14  # turns of links that one model may ask for; all chains' loops shrink alike beyond: seconds, never hours
REACHED = 1e-4  # MMD units
TINY = 1e-12


@dataclass(frozen=True)
class _Link:
    """One joint of a chain. ``carried`` are the places in the chain of the joints below it, -1 the effector."""

    bone: int
    limits: Limits | None
    axis: F8 | None
    step: float
    carried: NDArray[np.intp]


@dataclass(frozen=True)
class _Chain:
    """What one IK bone solves: its links from the effector outward, and all bones that place them, parents first."""

    goal: int
    effector: int
    links: tuple[_Link, ...]
    loops: int
    ancestors: tuple[int, ...]


class Solver:
    """The IK bones and followers of one model, in MMD's order. ``parent`` and ``append`` must be free of loops."""

    def __init__(self, bones: Sequence[Bone], parent: dict[int, int], append: dict[int, Append]) -> None:
        self._position: F8 = np.array([b.position for b in bones], np.float64).reshape(-1, 3)
        self._parent, self._append = parent, append
        order = _mmd_order(bones, parent, append)
        self._order = [i for i in order if i in append or bones[i].ik is not None]
        solved = {i: ik for i in self._order if (ik := bones[i].ik) is not None}
        depth = _depths(order, parent)
        wanted = sum(_loops(ik) * len(ik.links[:LINKS]) for ik in solved.values())
        wanted += sum(depth[i] for goal, ik in solved.items() for i in (goal, *_ends(ik)))
        share = min(1.0, STEPS / max(wanted, 1))
        self._chains = {
            i: self._chain(bones, i, ik, loops) for i, ik in solved.items() if (loops := int(_loops(ik) * share))
        }

    def local(self, rotation: F8, translation: F8) -> tuple[F8, F8]:
        """Add to own rotations (B, N, 4) and translations (B, N, 3) what IK and appends make of them.

        The twin of ``Skeleton.local``; what a pose becomes does not depend on the poses beside it.
        """
        rotation, translation = rotation.copy(), translation.copy()
        for bone in self._order:
            if bone in self._append:
                share = self._append[bone]
                if share.rotate:
                    rotation[bone] = product(rotation[bone], power(rotation[share.bone], share.ratio))
                if share.translate:
                    translation[bone] += share.ratio * translation[share.bone]
            if bone in self._chains:
                self._solve(self._chains[bone], rotation, translation)
        return rotation, translation

    def _chain(self, bones: Sequence[Bone], goal: int, ik: IK, loops: int) -> _Chain:
        joints = ik.links[:LINKS]
        path = {i: set(self._path(i)) for i in _ends(ik)}
        links = []
        for number, link in enumerate(joints):
            axis = bones[link.bone].fixed_axis
            below = [j for j, other in enumerate(joints) if j != number and link.bone in path[other.bone]]
            links.append(
                _Link(
                    link.bone,
                    Limits.of(link.limits),
                    None if axis is None else np.array(axis, np.float64),
                    max(ik.max_angle, 0.0) * (number + 1),
                    np.array(below + ([-1] if link.bone in path[ik.target] else []), np.intp),
                )
            )
        needed = dict.fromkeys(i for end in (goal, *path) for i in reversed(self._path(end)))
        return _Chain(goal, ik.target, tuple(links), loops, tuple(needed))

    def _path(self, bone: int) -> list[int]:
        """Return a bone and its ancestors, the root last."""
        path = [bone]
        while path[-1] in self._parent:
            path.append(self._parent[path[-1]])
        return path

    def _place(self, chain: _Chain, rotation: F8, translation: F8) -> dict[int, tuple[F8, F8]]:
        """Return the rotation (N, 4) and place (N, 3) in file space of every bone that the chain needs."""
        placed: dict[int, tuple[F8, F8]] = {}
        for bone in chain.ancestors:
            if bone in self._parent:
                turn, at = placed[self._parent[bone]]
                arm = self._position[bone] - self._position[self._parent[bone]] + translation[bone]
                placed[bone] = product(turn, rotation[bone]), at + arm + displacement(turn, arm)
            else:
                placed[bone] = rotation[bone], self._position[bone] + translation[bone]
        return placed

    def _solve(self, chain: _Chain, rotation: F8, translation: F8) -> None:
        """Turn the chain's links so that the effector comes to the goal; changes ``rotation`` in place."""
        placed = self._place(chain, rotation, translation)
        goal = placed[chain.goal][1]
        ends = (*(link.bone for link in chain.links), chain.effector)
        turn = np.stack([placed[i][0] for i in ends])
        at = np.stack([placed[i][1] for i in ends])
        for loop in range(chain.loops):
            for number, link in enumerate(chain.links):
                rows = np.flatnonzero(((at[-1] - goal) ** 2).sum(-1) > REACHED**2)
                if len(rows) == 0:
                    return
                if len(link.carried) == 0 or (link.limits is not None and link.limits.locked):
                    continue
                before = rotation[link.bone, rows]
                above = normalized(product(turn[number, rows], conjugate(before)))
                reach = at[-1, rows] - at[number, rows], goal[rows] - at[number, rows]
                after = _turned(link, before, above, reach, early=loop < chain.loops // 2)
                rotation[link.bone, rows] = after
                change = normalized(product(above, product(product(after, conjugate(before)), conjugate(above))))
                turn[number, rows] = product(above, after)
                carried = link.carried[:, None], rows
                at[carried] += displacement(change, at[carried] - at[number, rows])
                turn[carried] = product(change, turn[carried])


def _turned(link: _Link, before: F8, above: F8, reach: tuple[F8, F8], *, early: bool) -> F8:
    """Return the local rotations (R, 4) that bring the direction reach[0] nearer reach[1].

    ``above`` is the parents' rotation. A hinge turns about its own axis alone in the first half of the loops, and by
    then what passes a limit is mirrored at it: that is how MMD gets a straight knee to bend the right way.
    """
    now, wanted = (_direction(v) for v in reach)
    axis = cross(now, wanted)
    axis += displacement(conjugate(above), axis)
    angle = np.minimum(np.arctan2(np.sqrt((axis * axis).sum(-1)), (now * wanted).sum(-1)), link.step)
    if early and link.limits is not None and link.limits.hinge is not None:
        sign = np.sign(axis[:, link.limits.hinge])
        axis = np.zeros_like(axis)
        axis[:, link.limits.hinge] = sign
    else:
        axis = _direction(axis)
    angle = np.where(axis.any(-1), angle, 0.0)[:, None]
    after = product(np.concatenate([axis * np.sin(angle / 2), np.cos(angle / 2)], -1), before)
    if link.axis is not None:
        after = twist(after, link.axis)
    if link.limits is not None:
        after = link.limits.clamp(after, mirror=early)
    return normalized(after)


def _direction(v: F8) -> F8:
    """Return v at length 1; 0 where it has next to no length."""
    length = np.sqrt((v * v).sum(-1, keepdims=True))
    return np.where(length > TINY, v / np.where(length > TINY, length, 1), 0.0)


def _mmd_order(bones: Sequence[Bone], parent: dict[int, int], append: dict[int, Append]) -> list[int]:
    """Return the bones' numbers by (after_physics, layer, number); what a bone needs comes before it."""
    order = sorted(range(len(bones)), key=lambda i: (bones[i].after_physics, bones[i].layer, i))
    rank = {bone: i for i, bone in enumerate(order)}
    tables = parent, _sources(append)
    needs = [[rank[table[i]] for table in tables if i in table] for i in order]
    return [order[i] for i in dependency_order(needs)[0]]


def _depths(order: Sequence[int], parent: dict[int, int]) -> list[int]:
    """Return how many ancestors every bone has; almost always parents come first in ``order``."""
    depth = [0] * len(order)
    for i in order:
        depth[i] = depth[parent[i]] + 1 if i in parent else 0
    return depth


def _ends(ik: IK) -> list[int]:
    """Return the target and the links of a chain, each once."""
    return list(dict.fromkeys((ik.target, *(link.bone for link in ik.links[:LINKS]))))


def _loops(ik: IK) -> int:
    return max(0, min(ik.loops, LOOPS))


def _sources(append: dict[int, Append]) -> dict[int, int]:
    return {i: a.bone for i, a in append.items()}
