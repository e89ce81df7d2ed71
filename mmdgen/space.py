"""Axes, quaternions and the camera: pure functions, and the only user of pyrr.

Left-handed, +Y up, the character faces -Z, +X is the character's own left. Quaternions are x, y, z, w; matrices act on
column vectors, ``M @ p``. Because the viewer looks along +Z, the character's left appears on the viewer's right.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

with warnings.catch_warnings():  # its docstrings hold escapes that Python 3.12 warns of when it compiles them
    warnings.simplefilter("ignore", SyntaxWarning)
    from pyrr import matrix44, quaternion

Floats = NDArray[np.floating]


def euler_quaternion(x: float, y: float, z: float) -> Floats:
    """Return the quaternion (4,) float64 of R = Ry · Rx · Rz: z first, then x, then y; radians."""
    qx, qy, qz = (quaternion.create_from_axis_rotation(axis, a) for axis, a in zip(np.eye(3), (x, y, z), strict=True))
    return np.asarray(quaternion.cross(qy, quaternion.cross(qx, qz)), np.float64)


def euler_quaternions(angles: Floats) -> Floats:
    """Vectorised ``euler_quaternion``: (..., 3) radians to (..., 4) float64."""
    half = np.asarray(angles, np.float64) / 2
    (sx, sy, sz), (cx, cy, cz) = np.moveaxis(np.sin(half), -1, 0), np.moveaxis(np.cos(half), -1, 0)
    x = cy * sx * cz + sy * cx * sz
    y = sy * cx * cz - cy * sx * sz
    z = cy * cx * sz - sy * sx * cz
    w = cy * cx * cz + sy * sx * sz
    return np.stack([x, y, z, w], -1)


def quaternion_product(a: Floats, b: Floats) -> Floats:
    """Hamilton product a·b (..., 4): as a rotation, b acts first."""
    ax, ay, az, aw = np.moveaxis(a, -1, 0)
    bx, by, bz, bw = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ],
        -1,
    )


def rotation_matrices(q: Floats) -> Floats:
    """Return the rotation matrices (..., 3, 3) of unit quaternions (..., 4)."""
    x, y, z, w = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


@dataclass(frozen=True)
class Framing:
    """The camera of one model: the head range fills rows S/4 to 3S/4, ``center_x`` lies at u = S/2; orthographic.

    ``near`` and ``far`` are z bounds in MMD units that hold the character in every pose.
    """

    bottom: float
    top: float
    center_x: float
    near: float
    far: float

    @property
    def unit(self) -> float:
        """MMD units that half an image spans: the picture shows center ± unit in both directions."""
        return self.top - self.bottom

    @property
    def center_y(self) -> float:
        """The y that lies on the image's middle."""
        return (self.top + self.bottom) / 2

    def matrix(self) -> Floats:
        """Return the (4, 4) float64 map from file space to clip space: x right, y up, z from -1 (near) to 1 (far).

        The viewer stands at -Z and sees the character's left (+X) on the right.
        """
        half = self.unit
        return np.asarray(
            matrix44.create_orthogonal_projection(
                self.center_x - half,
                self.center_x + half,
                self.center_y - half,
                self.center_y + half,
                -self.near,
                -self.far,
                dtype=np.float64,
            ).T
        )

    def pixel(self, points: Floats, size: int) -> Floats:
        """Return image coordinates (..., 2) as (u right, v down) of points (..., 3)."""
        u = ((points[..., 0] - self.center_x) / self.unit + 1) * size / 2
        v = (1 - (points[..., 1] - self.center_y) / self.unit) * size / 2
        return np.stack([u, v], -1)
