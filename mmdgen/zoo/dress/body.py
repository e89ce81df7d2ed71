"""Neck, trunk and arms, dressed by their texture; collars and bows that stand off are in outfit.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmdgen.zoo.atlas import BODY, body_uv
from mmdgen.zoo.figure import ELBOW, SHOULDER, WRIST
from mmdgen.zoo.mesh import F8, Mesh, both, curve, in_cell, join, moved, sheet, unit
from mmdgen.zoo.shapes import ball, tube
from mmdgen.zoo.skeleton import arm_weights, trunk_weights

# y, half-width, z in front, z behind
_TRUNK = np.array(
    [
        (0.42, 0.30, -0.10, 0.50), (0.15, 0.305, -0.10, 0.51), (-0.15, 0.31, -0.10, 0.54), (-0.38, 0.335, -0.11, 0.57),
        (-0.55, 0.42, -0.14, 0.61), (-0.68, 0.62, -0.20, 0.64), (-0.80, 0.88, -0.27, 0.66), (-0.93, 1.12, -0.34, 0.67),
        (-1.10, 1.28, -0.41, 0.67), (-1.35, 1.33, -0.50, 0.66), (-1.70, 1.26, -0.60, 0.63), (-2.10, 1.14, -0.68, 0.58),
        (-2.60, 1.02, -0.60, 0.52), (-3.20, 0.92, -0.48, 0.45), (-3.70, 0.96, -0.47, 0.48), (-4.38, 1.16, -0.52, 0.58),
    ]
)  # fmt: skip


def trunk_point(turn: F8, y: F8, lift: float = 0.0) -> F8:
    """Return points (..., 3) of the trunk: ``turn`` is 0 in front, pi/2 at the character's left, pi behind."""
    w, front, back = curve(-_TRUNK[:, 0], _TRUNK[:, 1:], -y).transpose((-1, *range(np.ndim(y))))
    power = 2 / 2.35
    s, c = np.sin(turn), np.cos(turn)
    middle = 0.5 * (front + back)
    half = 0.5 * (back - front) + lift
    x = (w + lift) * np.sign(s) * np.abs(s) ** power
    z = middle - half * np.sign(c) * np.abs(c) ** power
    return np.stack(np.broadcast_arrays(x, y, z), -1)


COLUMNS = 13


def trunk() -> Mesh:
    """Return neck and trunk."""
    y = np.concatenate([np.linspace(-4.38, -1.6, 6), np.linspace(-1.45, -0.50, 13), np.linspace(-0.40, 0.42, 5)])
    turn = np.linspace(0, np.pi, COLUMNS)
    points = trunk_point(turn[None, :], np.broadcast_to(y[:, None], (len(y), COLUMNS)))
    points[:, [0, -1], 0] = 0
    # front and back view need their own vertices at the seam
    split = int(np.searchsorted(turn, np.pi / 2))
    parts = []
    for columns in (slice(0, split + 1), slice(split, COLUMNS)):
        part = points[:, columns]
        view = 0.0 if columns.start == 0 else 1.0
        uv = body_uv(part[..., 0], part[..., 1], np.full(part.shape[:2], view))
        parts.append(sheet(part, uv))
    half = join(parts)
    normal = lit(half.normal)
    normal[half.position[:, 0] == 0, 0] = 0
    half = replace(half, normal=unit(normal), weight=trunk_weights(half.position[:, 1]))
    other = replace(half, position=half.position * [-1, 1, 1], normal=half.normal * [-1, 1, 1])
    other = replace(other, faces=half.faces[:, ::-1].copy(), uv=_other_half(half.uv))
    return join([half, other])


def _other_half(uv: F8) -> F8:
    """Return UVs of the mirrored half: each view mirrors about its own middle."""
    front = body_uv(np.array(0.0), np.array(0.0), np.array(0.0))[0]
    back = body_uv(np.array(0.0), np.array(0.0), np.array(1.0))[0]
    middle = np.where(uv[:, 0] < (front + back) / 2, front, back)
    return np.stack([2 * middle - uv[:, 0], uv[:, 1]], -1)


def lit(normal: F8) -> F8:
    """Return normals turned a little toward the viewer, so that cloth is lit as flatly as the face."""
    front = np.clip(-normal[..., 2:], 0, 1)
    return unit(normal + np.array([0.0, 0.0, -0.6]) * front)


def arms(sleeve: float) -> Mesh:
    """Return both arms: a sleeve ``sleeve`` of the arm's length (0 bare, 1 to the wrist) over a bare arm and a hand."""
    joints = np.array([SHOULDER, ELBOW, WRIST])
    hand = _hand(joints)
    parts = [hand]
    if sleeve < 0.97:
        parts.append(_limb(joints, max(0.12, 2 * sleeve - 0.3), 2.02, (0.27, 0.21, 0.145), "skin"))
    if sleeve > 0:
        parts.append(_limb(joints, -0.21, 2 * sleeve, (0.36, 0.29, 0.26), "sleeve"))
    return both(join(parts))


def _limb(joints: F8, start: float, end: float, radii: tuple[float, float, float], cell: str) -> Mesh:
    dome = [start, -0.19, -0.15, -0.08] if start < 0 else [start]
    along = np.concatenate([dome, np.linspace(max(start, 0) + 0.02, end, 4 + round(3 * (end - start)))])
    inward = joints[0] + (joints[0] - joints[1]) * 0.3
    spine = curve((-0.3, 0, 1, 2, 2.3), np.stack([inward, *joints, joints[2] + (joints[2] - joints[1]) * 0.3]), along)
    at = (-0.21, -0.19, -0.15, -0.08, 0.02, 0.3, 1, 2)
    radius = curve(at, [*(radii[0] * np.array([0.0, 0.42, 0.64, 0.80, 0.90, 0.97])), *radii[1:]], along)
    mesh = tube(spine, radius, around=8)
    where = np.concatenate([along[:1], along, along[-1:]]).repeat(9)
    mesh = replace(in_cell(mesh, BODY[cell]), normal=lit(mesh.normal))
    return replace(mesh, weight=arm_weights(where))


def _hand(joints: F8) -> Mesh:
    """Return a mitten of a hand with a thumb."""
    way = unit(joints[2] - joints[1])
    across = unit(np.cross(way, np.array([0.0, 0.0, 1.0])))
    frame = np.stack([across, -way, np.cross(across, -way)], -1)
    palm = moved(ball(1.0, rows=7, columns=8), np.diag([0.10, 0.30, 0.17]))
    thumb = moved(ball(1.0, rows=5, columns=6), np.diag([0.06, 0.17, 0.06]), (0.02, 0.06, -0.17))
    mesh = moved(join([palm, thumb]), frame, joints[2] + way * 0.24)
    return replace(in_cell(mesh, BODY["skin"]), weight={"左手首": np.ones(len(mesh))})
