"""The looks of a pass as numbers: light and edges for the vertices, one matrix of colours for each finished picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import F4
from mmdgen.render.look import NAMES, Look

GREY = np.full((3, 3), 1 / 3)  # maps a colour to the grey of the same mean
THIRD_TURN = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])  # red to green to blue


class LookTable:
    """The looks of N pictures. ``toon`` and ``edged`` (N,) bool: drawn in MMD's manner; drawn with outlines."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self._numbers = np.array([look.numbers() for look in looks], np.float32).reshape(-1, len(NAMES))
        self.toon: NDArray[np.bool_] = self.column("shading") > 0
        self.edged: NDArray[np.bool_] = self.column("edge") > 0

    def column(self, name: str) -> F4:
        """Return one number (N,) float32 of every look, by its name in ``NAMES``."""
        return self._numbers[:, NAMES.index(name)]

    def instances(self, rows: NDArray[np.intp], slot: int) -> F4:
        """Return what the shaders ask of each picture (n, 4) float32: its row, its slot, ambient and directional."""
        return np.stack([rows, slot + rows, self.column("ambient")[rows], self.column("directional")[rows]], 1).astype(
            np.float32
        )

    def color_texels(self) -> F4 | None:
        """Return the matrices of colours as texels (3 N, 4) float32, a row each; None where no colour changes."""
        changes = np.stack([self.column(name) for name in ("hue_deg", "saturation", "brightness")], 1)
        if (changes == (0, 1, 1)).all():
            return None
        matrices = np.stack([color_matrix(*numbers) for numbers in changes.astype(float)])
        return np.insert(matrices.reshape(-1, 3), 3, 0, axis=1)


def color_matrix(hue_deg: float, saturation: float, brightness: float) -> F4:
    """Return the map (3, 3) float32 of straight colours, sRGB numbers, that turns, draws and scales them.

    Hues turn about the axis of greys, red towards green; saturation scales the distance from the grey of the same mean;
    brightness scales all. (0, 1, 1) gives the exact identity.
    """
    angle = np.radians(hue_deg)
    turned = np.cos(angle) * (np.eye(3) - GREY) + np.sin(angle) / np.sqrt(3) * (THIRD_TURN - THIRD_TURN.T)
    return np.asarray(
        brightness * (GREY + saturation * turned), np.float32
    )  # Rodrigues' formula; greys keep their mean
