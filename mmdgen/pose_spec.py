"""The pose vector: six numbers that mean the same for every character. Imports nothing.

| index | name      | range   | meaning                                                                            |
|-------|-----------|---------|------------------------------------------------------------------------------------|
| 0     | head_x    | [-1, 1] | bone 頭 about x, ±15 degrees; positive lifts the chin                               |
| 1     | head_y    | [-1, 1] | bone 頭 about y, ±15 degrees; positive turns the face to the viewer's left          |
| 2     | neck_z    | [-1, 1] | bone 首 about z, ±15 degrees; positive is counter-clockwise as the viewer sees it   |
| 3     | eye_left  | [0, 1]  | the character's own left eye (the viewer's right): 0 open, 1 closed                |
| 4     | eye_right | [0, 1]  | the character's own right eye: 0 open, 1 closed                                    |
| 5     | mouth     | [0, 1]  | weight of morph あ: 0 closed, 1 wide open                                          |

Angles are right as they stand in the files' own left-handed frame (+Y up, the character faces -Z): each is +angle with
the standard rotation matrices. A face is at rest with its eyes open and its mouth OPEN, so that a network only ever
closes things that its input shows.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """One pose parameter: where it lies in the vector, its range and the value that leaves the rest image as it is."""

    name: str
    low: float
    high: float
    identity: float
    mirror: str  # the parameter that takes this one's value in a mirrored picture
    mirror_sign: int


PARAMETERS = (
    Parameter("head_x", -1.0, 1.0, 0.0, "head_x", 1),
    Parameter("head_y", -1.0, 1.0, 0.0, "head_y", -1),
    Parameter("neck_z", -1.0, 1.0, 0.0, "neck_z", -1),
    Parameter("eye_left", 0.0, 1.0, 0.0, "eye_right", 1),
    Parameter("eye_right", 0.0, 1.0, 0.0, "eye_left", 1),
    Parameter("mouth", 0.0, 1.0, 1.0, "mouth", 1),
)
NAMES = tuple(p.name for p in PARAMETERS)
IDENTITY = tuple(p.identity for p in PARAMETERS)
HEAD = slice(0, 3)  # head_x, head_y, neck_z: what the rotator and the combiner are given
FACE = slice(3, 6)  # eye_left, eye_right, mouth: what the morpher is given
MAX_ANGLE_DEG = 15.0

HEAD_BONE = "頭"  # neck tip
NECK_BONE = "首"  # neck root


def mirrored(pose: tuple[float, ...]) -> tuple[float, ...]:
    """Return the pose (6 numbers) whose picture is the left-right mirror image, for a symmetric character."""
    by_name = dict(zip(NAMES, pose, strict=True))
    return tuple(p.mirror_sign * by_name[p.mirror] for p in PARAMETERS)
