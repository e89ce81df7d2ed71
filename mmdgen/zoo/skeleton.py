"""The standard bones of an MMD character, and weights that are smooth over neck, waist and arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mmdgen.model import Append, Bone
from mmdgen.zoo.mesh import F8, Mesh, moved, smoothstep

BODY_LIFT = 0.14  # the body is shaped, painted and weighted in a space this much lower: it sets the length of the neck
HEAD_JOINT = (0.0, 0.12, 0.22)
NECK_JOINT = (0.0, -0.46, 0.30)
SHOULDER, ELBOW, WRIST = (1.18, -1.12, 0.12), (2.12, -2.30, 0.16), (2.88, -3.42, 0.02)


@dataclass(frozen=True)
class _Joint:
    name: str
    name_en: str
    at: tuple[float, float, float]  # zoo space
    parent: str | None
    tail: str | tuple[float, float, float]
    movable: bool = False


def _joints(eye: tuple[float, float, float]) -> list[_Joint]:
    up = (0.0, 1.0, 0.0)
    x, y, z = eye
    joints = [
        _Joint("センター", "center", (0.0, -8.0, 0.0), None, up, movable=True),
        _Joint("上半身", "upper body", (0.0, -3.9, 0.05), "センター", "上半身2"),
        _Joint("下半身", "lower body", (0.0, -3.9, 0.05), "センター", (0.0, -1.5, 0.0)),
        _Joint("上半身2", "upper body2", (0.0, -2.6, 0.02), "上半身", "首"),
        _Joint("首", "neck", NECK_JOINT, "上半身2", "頭"),
        _Joint("頭", "head", HEAD_JOINT, "首", (0.0, 1.6, 0.0)),
        _Joint("両目", "eyes", (0.0, 3.9, 0.2), "頭", (0.0, 0.0, -0.5)),
        _Joint("左目", "eye_L", (x, y, z), "頭", (0.0, 0.0, -0.4)),
        _Joint("右目", "eye_R", (-x, y, z), "頭", (0.0, 0.0, -0.4)),
    ]
    for side, en, s in (("左", "L", 1), ("右", "R", -1)):
        chain = (
            ("肩", "shoulder", (0.42, -0.85, 0.25)),
            ("腕", "arm", SHOULDER),
            ("ひじ", "elbow", ELBOW),
            ("手首", "wrist", WRIST),
        )
        parent = "上半身2"
        for k, (name, name_en, (jx, jy, jz)) in enumerate(chain):
            tail: str | tuple[float, float, float] = side + chain[k + 1][0] if k < 3 else (0.3 * s, -0.45, 0.0)
            joints.append(_Joint(side + name, f"{name_en}_{en}", (s * jx, jy + BODY_LIFT, jz), parent, tail))
            parent = side + name
    return joints


def bones(eye: tuple[float, float, float], chin: float) -> tuple[Bone, ...]:
    """Return the bones in file order; ``eye`` is the left eye's joint, ``chin`` the chin's y in the file."""
    joints = _joints(eye)
    number = {j.name: k for k, j in enumerate(joints)}
    made = []
    for j in joints:
        append = (
            Append(number["両目"], 1.0, rotate=True, translate=False, local=False)
            if j.name in ("左目", "右目")
            else None
        )
        made.append(
            Bone(
                name=j.name,
                name_en=j.name_en,
                position=in_file((j.at[0], j.at[1] + chin, j.at[2])),
                parent=None if j.parent is None else number[j.parent],
                layer=1 if append else 0,
                tail=number[j.tail] if isinstance(j.tail, str) else in_file(j.tail),
                movable=j.movable,
                append=append,
            )
        )
    return tuple(made)


def in_file(numbers: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return three numbers as a file holds them."""
    x, y, z = (float(np.float32(v)) for v in numbers)
    return x, y, z


def raised(mesh: Mesh) -> Mesh:
    """Return a part of the body brought from the body's own height to that of neck and shoulders."""
    return moved(mesh, np.eye(3), (0.0, BODY_LIFT, 0.0))


def trunk_weights(y: F8) -> dict[str, F8]:
    """Return weights by height (V,) for neck and trunk: at most two bones meet anywhere."""
    head = smoothstep(-0.24, 0.20, y)
    neck = smoothstep(-0.84, -0.40, y) - head
    chest = smoothstep(-3.2, -2.4, y)
    waist = smoothstep(-4.2, -3.7, y)
    return {"頭": head, "首": neck, "上半身2": chest - neck - head, "上半身": waist - chest, "下半身": 1 - waist}


def arm_weights(along: F8) -> Mapping[str, F8]:
    """Return the left arm's weights (V,): ``along`` runs from 0 at the shoulder over 1 (elbow) to 2 (wrist)."""
    arm, fore, hand = smoothstep(-0.25, 0.22, along), smoothstep(0.80, 1.20, along), smoothstep(1.88, 2.06, along)
    return {"上半身2": 1 - arm, "左腕": arm - fore, "左ひじ": fore - hand, "左手首": hand}
