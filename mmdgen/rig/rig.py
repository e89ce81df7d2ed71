"""The rig of one model: from joint angles and morph weights to all that skinning and drawing need."""

from __future__ import annotations

import numpy as np

from mmdgen.groups import Groups
from mmdgen.model import F4, Model, UVMorph, VertexMorph
from mmdgen.quaternions import F8, normalized
from mmdgen.rig.bones import Skeleton
from mmdgen.rig.ik import Solver
from mmdgen.rig.limits import twist
from mmdgen.rig.morphs import morphed_materials, move_bones
from mmdgen.rig.narrow import narrow
from mmdgen.space import rotation_matrices
from mmdgen.state import Deformation, RigState


class Rig:
    """A model's groups and bones, prepared once. ``warnings`` lists references that were ignored because they loop.

    A bone with a fixed axis takes of its rotation, morphs included, the part about that axis. IK is off unless asked
    for: then links of IK chains turn from where the state says to where the IK bones pull them (see ``ik``).
    """

    def __init__(self, model: Model, *, ik: bool = False) -> None:
        self.model = model
        self._groups = Groups(model.morphs)
        self._skeleton = Skeleton(model.bones)
        self._local = Solver(model.bones, self._skeleton.parent, self._skeleton.append).local if ik else None
        self._axes = [(i, np.array(b.fixed_axis, np.float64)) for i, b in enumerate(model.bones) if b.fixed_axis]
        self._shows = np.array([isinstance(m.data, VertexMorph | UVMorph) for m in model.morphs], bool)
        self.warnings = (*self._skeleton.warnings, *self._groups.warnings)

    def evaluate(self, state: RigState) -> Deformation:
        """Evaluate N states of this model; every pose's numbers are finite, and the same in whatever batch it comes.

        Raises ValueError when ``state`` was made for another model.
        """
        shape, expected = (
            (*state.rotation.shape[1:2], *state.weight.shape[1:]),
            (
                len(self.model.bones),
                len(self.model.morphs),
            ),
        )
        if shape != expected:
            raise ValueError(f"rig state: {shape} bones and morphs, expected {expected}; make it for this model")
        with np.errstate(over="ignore", invalid="ignore"):  # chains of appends and groups multiply without end
            return self._evaluate(state)

    def _evaluate(self, state: RigState) -> Deformation:
        weight = self._groups.resolve(state.weight)
        rotation = normalized(state.rotation.swapaxes(0, 1))
        translation = state.translation.swapaxes(0, 1).astype(np.float64)
        move_bones(self.model, weight, rotation, translation)
        for bone, axis in self._axes:
            rotation[bone] = twist(rotation[bone], axis)
        local = self._local or self._skeleton.local
        rotation, offset = self._skeleton.compose(*local(rotation, translation))
        return Deformation(
            matrix=_matrices(rotation, offset),
            rotation=narrow(rotation.swapaxes(0, 1)),
            weight=narrow(np.where(self._shows, weight, 0)),
            material=narrow(morphed_materials(self.model, weight)),
        )


def _matrices(rotation: F8, offset: F8) -> F4:
    """Return the matrices (N, B, 3, 4) float32 of rotations (B, N, 4) and offsets (B, N, 3)."""
    matrix = np.concatenate([rotation_matrices(rotation), offset[..., None]], -1)
    return narrow(matrix.swapaxes(0, 1))
