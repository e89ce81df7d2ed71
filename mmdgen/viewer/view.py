"""The viewer's camera: a turntable about the middle of the frame, and the stretch of space that is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import F4
from mmdgen.space import Framing, euler_quaternion, quaternion_product, rotation_matrices
from mmdgen.state import Deformation

STEEPEST = math.radians(85)  # beyond, up and down would change places
ZOOMS = (0.05, 40.0)


@dataclass(frozen=True)
class View:
    """How the frame is looked at; the default shows it as the dataset does.

    ``yaw`` and ``pitch`` turn the character in radians; ``zoom`` enlarges; ``x`` and ``y`` are what lies in the middle
    of the view, right and up from the frame's middle, in halves of the frame's side.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def turned(self, yaw: float, pitch: float) -> View:
        """Return the view with the character turned further."""
        steep = min(max(self.pitch + pitch, -STEEPEST), STEEPEST)
        return replace(self, yaw=math.remainder(self.yaw + yaw, math.tau), pitch=steep)

    def panned(self, right: float, up: float) -> View:
        """Return the view with the picture moved by halves of the frame's side as they are shown."""
        return replace(self, x=self.x - right / self.zoom, y=self.y - up / self.zoom)

    def zoomed(self, factor: float, right: float = 0.0, up: float = 0.0) -> View:
        """Return the view enlarged about a place of the picture, which stays: halves of the frame's side as shown."""
        zoom = min(max(self.zoom * factor, ZOOMS[0]), ZOOMS[1])
        move = 1 / self.zoom - 1 / zoom
        return replace(self, zoom=zoom, x=self.x + right * move, y=self.y + up * move)

    def framing(self, frame: Framing, reach: float = 1.0) -> Framing:
        """Return the camera that shows ``reach`` times the frame's side."""
        unit, half = frame.unit, frame.unit * reach / self.zoom / 2
        x, y = frame.center_x + self.x * unit, frame.center_y + self.y * unit
        return replace(frame, bottom=y - half, top=y + half, center_x=x) if self.moved or reach != 1 else frame

    @property
    def moved(self) -> bool:
        """True unless the camera stands where the dataset's does."""
        return (self.zoom, self.x, self.y) != (1, 0, 0)

    def turn(self, deformation: Deformation, pivot: NDArray[np.floating]) -> Deformation:
        """Turn posed characters about ``pivot`` (3,): yaw about their y first, then pitch about the picture's x."""
        if not (self.yaw or self.pitch):
            return deformation
        turn = quaternion_product(euler_quaternion(self.pitch, 0, 0), euler_quaternion(0, self.yaw, 0))
        matrix = rotation_matrices(turn)
        moved = matrix @ deformation.matrix.astype(np.float64)
        moved[..., 3] += pivot - matrix @ pivot
        rotation = quaternion_product(turn, deformation.rotation.astype(np.float64))
        return replace(deformation, matrix=_f4(moved), rotation=_f4(rotation))


def _f4(array: NDArray[np.floating]) -> F4:
    return np.ascontiguousarray(array, np.float32)
