"""The figure: brings body and clothes, which are all cut for one middling body, to a character's own proportions.

Meshes come in the body's own space, BODY_LIFT below the zoo's, in A-pose; joints come in the zoo's space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mmdgen.zoo.mesh import F8, Mesh, smoothstep, spline, unit
from mmdgen.zoo.traits import BodyTraits

BODY_LIFT = 0.14  # it sets the length of the neck
SHOULDER, ELBOW, WRIST = (1.18, -1.12, 0.12), (2.12, -2.30, 0.16), (2.88, -3.42, 0.02)
HIP, KNEE, ANKLE = (0.52, -5.35, 0.10), (0.55, -10.1, 0.06), (0.57, -15.4, 0.22)
SOLE = -16.6
_PIVOT = np.array([0.0, 0.14, 0.24])  # where the neck meets the skull: it stays when the body's size changes
_ARM = ("腕", "ひじ", "手", "親指", "人指", "中指", "薬指", "小指")
_STEP = 1e-4


def is_arm(bone: str) -> bool:
    """Return whether a bone is an arm's, from 腕 to the fingers."""
    return bone[:1] in "左右" and bone[1:].startswith(_ARM)


@dataclass(frozen=True)
class Figure:
    """The proportions of one character's body."""

    body: BodyTraits

    @property
    def ground(self) -> float:
        """Return y of the ground the feet stand on, in the zoo's space."""
        return float(self.place(np.array([[0.5, SOLE, 0.1]]), np.zeros(1))[0, 1])

    def joint(self, at: tuple[float, float, float], *, arm: bool = False) -> tuple[float, float, float]:
        """Return where a joint of the middling body lies, both in the zoo's space; ``arm`` if the arm's turn moves it.

        The left side's and the middle's joints; the right ones mirror them.
        """
        x, y, z = at
        found = self.place(np.array([[abs(x), y - BODY_LIFT, z]]), np.array([float(arm)]))[0]
        return float(np.sign(x) * found[0]), float(found[1]), float(found[2])

    def shaped(self, mesh: Mesh) -> Mesh:
        """Return a part of body or clothes at this figure's proportions, in the zoo's space; its morphs follow."""
        share = np.zeros(len(mesh))
        for name, weight in mesh.weight.items():
            if is_arm(name):
                share += weight
        position = self.place(mesh.position, share)
        ways = [self.place(mesh.position + s, share) - self.place(mesh.position - s, share) for s in np.eye(3) * _STEP]
        jacobian = np.stack(ways, -1) / (2 * _STEP)  # (V, 3, 3): columns are the axes' images
        turned = np.linalg.inv(jacobian).swapaxes(1, 2) @ mesh.normal[..., None]
        morph = {k: (jacobian @ v[..., None])[..., 0] for k, v in mesh.morph.items()}
        return replace(mesh, position=position, normal=unit(np.asarray(turned[..., 0], np.float64)), morph=morph)

    def place(self, points: F8, arm: F8) -> F8:
        """Return points (n, 3) of the body's space in the zoo's; ``arm`` (n,) is how far each belongs to an arm."""
        b = self.body
        side = np.where(points[:, 0] < 0, -1.0, 1.0)
        x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
        wide = self._widths(-y)
        x = (1 - arm) * x * wide + arm * (x + SHOULDER[0] * (b.shoulders - 1))
        high = smoothstep(-0.75, -0.45, y)
        z = z + (z - 0.22) * (b.neck - 1) * high * (1 - arm)
        front = smoothstep(0.25, -0.35, z) * (1 - arm)
        swell = np.exp(-(((x - 0.50) / 0.42) ** 2) - ((y + 1.86) / np.where(y < -1.86, 0.34, 0.50)) ** 2)
        z = z - b.bust * swell * front
        y = y + (1 - b.neck_length) * 0.55 * smoothstep(-0.20, -0.60, y) + BODY_LIFT
        below = np.minimum(y - HIP[1] - BODY_LIFT, 0)
        y = y + below * (b.legs - 1)
        turned = self._raised_arm(np.stack([x, y, z], -1), arm)
        turned[:, 0] *= side
        result: F8 = _PIVOT + (turned - _PIVOT) * b.size
        return result

    @cached_property
    def _widths(self) -> Callable[[F8], F8]:
        """Return how much wider than the middling body this one is, by depth below the chin."""
        b = self.body
        factors = (b.neck, 0.4 * b.neck + 0.6 * b.shoulders, b.shoulders, 0.5 * b.shoulders + 0.5, b.waist, 1.0)
        return spline((0.55, 0.80, 1.05, 1.7, 3.1, 4.6), factors)

    def _raised_arm(self, points: F8, arm: F8) -> F8:
        """Return points (n, 3) of the left half with the arm raised about the shoulder, as its weights say."""
        b = self.body
        joint = np.array([SHOULDER[0] * b.shoulders, SHOULDER[1] + BODY_LIFT + (1 - b.neck_length) * 0.55])
        angle = np.radians(b.arm_turn) * arm
        away = points[:, :2] - joint
        c, s = np.cos(angle), np.sin(angle)
        turned = np.stack([c * away[:, 0] - s * away[:, 1], s * away[:, 0] + c * away[:, 1]], -1)
        return np.column_stack([joint + turned, points[:, 2]])
