"""What parts of a character say about their bones and rigid bodies, and how that becomes the file's records.

Everything is in zoo space (see mesh.py) and refers to bones and bodies by name, so that parts need not know numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmdgen.model import IK, Append, Bone, IKLink, JointKind, RigidBody
from mmdgen.model import Joint as Spring

Point = tuple[float, float, float]
SPHERE, BOX, CAPSULE = range(3)
FOLLOWS, FALLS, FALLS_AT_BONE = range(3)  # what moves a body: its bone, physics, physics at its bone's place
MAIN_FRAME = "体"


@dataclass(frozen=True)
class Chain:
    """Inverse kinematics: the bone that owns this brings ``target`` to itself by turning ``links``, nearest first."""

    target: str
    links: tuple[str, ...]
    loops: int = 40
    max_angle: float = 2.0
    knees: tuple[str, ...] = ()  # links that bend backward only


@dataclass(frozen=True)
class Joint:
    """One bone to be. ``tail`` is a bone's name or an offset; ``append`` a bone's name and the share of its turn.

    Bones come in the file in the order in which they are given; ``frame`` is the display group that lists them, "" for
    none. ``axis`` fixes the axis of its turns, ``local`` gives the directions of its own x and z.
    """

    name: str
    name_en: str
    at: Point
    parent: str | None
    tail: str | Point = (0.0, 0.0, 0.0)
    movable: bool = False
    rotatable: bool = True
    visible: bool = True
    frame: str = MAIN_FRAME
    layer: int = 0
    append: tuple[str, float] | None = None
    append_local: bool = False
    axis: Point | None = None
    local: tuple[Point, Point] | None = None
    chain: Chain | None = None
    after_physics: bool = False


@dataclass(frozen=True)
class Body:
    """One rigid body to be: ``size`` is (radius,), (radius, length along its y) or a box's half-edges.

    ``turn`` are its angles in radians; ``hangs_on`` and ``beside`` name bodies that springs at the
    bone tie it to.
    """

    name: str
    bone: str
    at: Point
    size: tuple[float, ...]
    shape: int = CAPSULE
    turn: Point = (0.0, 0.0, 0.0)
    mode: int = FOLLOWS
    group: int = 0  # 0 to 15
    passes: tuple[int, ...] = ()  # groups that it does not collide with
    mass: float = 1.0
    damping: float = 0.9
    hangs_on: str | None = None
    beside: str | None = None
    swing: float = 0.35  # radians that the spring allows about each axis


def in_file(numbers: Sequence[float]) -> Point:
    """Return three numbers as a file holds them."""
    x, y, z = (float(np.float32(v)) for v in numbers)
    return x, y, z


def bones(joints: Sequence[Joint], scale: float, lift: float) -> tuple[Bone, ...]:
    """Return the bones in the order of ``joints``, everything ``scale`` times as large and then raised by ``lift``."""
    number = {joint.name: k for k, joint in enumerate(joints)}
    return tuple(_bone(joint, number, scale, lift) for joint in joints)


def _bone(joint: Joint, number: Mapping[str, int], scale: float, lift: float) -> Bone:
    x, y, z = (scale * v for v in joint.at)
    append = joint.append
    return Bone(
        name=joint.name,
        name_en=joint.name_en,
        position=in_file((x, y + lift, z)),
        parent=None if joint.parent is None else number[joint.parent],
        layer=joint.layer,
        tail=number[joint.tail] if isinstance(joint.tail, str) else in_file([scale * v for v in joint.tail]),
        rotatable=joint.rotatable,
        movable=joint.movable,
        visible=joint.visible,
        after_physics=joint.after_physics,
        append=None
        if append is None
        else Append(
            number[append[0]], float(np.float32(append[1])), rotate=True, translate=False, local=joint.append_local
        ),
        fixed_axis=None if joint.axis is None else in_file(_unit(joint.axis)),
        local_axes=None if joint.local is None else (in_file(_unit(joint.local[0])), in_file(_unit(joint.local[1]))),
        ik=None if joint.chain is None else _ik(joint.chain, number),
    )


def _ik(chain: Chain, number: Mapping[str, int]) -> IK:
    bend = (in_file((-np.pi, 0.0, 0.0)), in_file((np.radians(-0.5), 0.0, 0.0)))
    links = tuple(IKLink(number[name], bend if name in chain.knees else None) for name in chain.links)
    return IK(number[chain.target], chain.loops, float(np.float32(chain.max_angle)), links)


def _unit(vector: Point) -> Point:
    length = float(np.linalg.norm(vector))
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def capsule(name: str, bone: str, start: Point, end: Point, radius: float) -> Body:
    """Return a capsule from ``start`` to ``end``: MMD turns its y about z first, then about x."""
    way = np.subtract(end, start) if end[1] > start[1] else np.subtract(start, end)
    length = float(np.linalg.norm(way))
    roll = -float(np.arcsin(np.clip(way[0] / length, -1, 1)))
    tilt = float(np.arctan2(way[2], way[1]))
    x, y, z = (float(v) for v in (np.add(start, end) / 2))
    return Body(name, bone, (x, y, z), (radius, max(length - radius, 0.05)), turn=(tilt, 0.0, roll))


def physics(
    bodies: Iterable[Body], joints: Sequence[Joint], scale: float, lift: float
) -> tuple[tuple[RigidBody, ...], tuple[Spring, ...]]:
    """Return the rigid bodies, and a spring at its bone's head for each that another holds."""
    bodies = list(bodies)
    bone = {joint.name: k for k, joint in enumerate(joints)}
    head = {joint.name: joint.at for joint in joints}
    number = {body.name: k for k, body in enumerate(bodies)}
    solids, springs = [], []
    for body in bodies:
        x, y, z = (scale * v for v in body.at)
        size = (*(scale * v for v in body.size), 0.0, 0.0)[:3]
        numbers = (*size, x, y + lift, z, *body.turn, body.mass, body.damping, body.damping, 0.0, 0.5)
        mask = 0xFFFF & ~sum(1 << group for group in body.passes)
        solids.append(
            RigidBody(body.name, "", bone[body.bone], body.group, mask, body.shape, _floats(numbers), body.mode)
        )
        x, y, z = (scale * v for v in head[body.bone])
        swing = (-body.swing,) * 3 + (body.swing,) * 3
        rest = _floats((x, y + lift, z, 0, 0, 0, *(0.0,) * 6, *swing, *(0.0,) * 6))
        held = [number[other] for other in (body.hangs_on, body.beside) if other is not None]
        springs += [Spring(body.name, "", JointKind.SPRING_6DOF, k, number[body.name], rest) for k in held]
    return tuple(solids), tuple(springs)


def _floats(numbers: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(np.float32(v)) for v in numbers)
