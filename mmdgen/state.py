"""What passes between posing, rigging and drawing: arrays over N poses of one model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.model import F4, MATERIAL_COLUMNS, Columns, Model, column


@dataclass(frozen=True, eq=False)
class RigState(Columns):
    """N settings of a character's own joints and morphs, before groups, appends and skinning.

    Rotations are unit quaternions x, y, z, w about each bone's head in the file's axes; translations are in MMD units.
    """

    rotation: F4 = column("f4", "N", "B", 4)
    translation: F4 = column("f4", "N", "B", 3)
    weight: F4 = column("f4", "N", "M")

    def __len__(self) -> int:
        return len(self.weight)

    @staticmethod
    def identity(model: Model, n: int = 1) -> RigState:
        """Return N copies of the bind pose."""
        rotation = np.zeros((n, len(model.bones), 4), np.float32)
        rotation[..., 3] = 1
        translation = np.zeros((n, len(model.bones), 3), np.float32)
        return RigState(rotation, translation, np.zeros((n, len(model.morphs)), np.float32))


@dataclass(frozen=True, eq=False)
class Deformation(Columns):
    """N evaluated rigs: all that skinning and drawing need, on the CPU or the GPU.

    ``matrix`` maps bind-pose points to posed points (``M @ (p, 1)``); ``rotation`` is its rotation as x, y, z, w.
    ``weight`` has groups resolved: it is what vertex and UV morphs are multiplied with (0 for morphs of other kinds).
    ``material`` holds every material's numbers after material morphs, in the order of ``MaterialMorph.value``.
    """

    matrix: F4 = column("f4", "N", "B", 3, 4)
    rotation: F4 = column("f4", "N", "B", 4)
    weight: F4 = column("f4", "N", "M")
    material: F4 = column("f4", "N", "K", MATERIAL_COLUMNS)

    def __len__(self) -> int:
        return len(self.weight)
