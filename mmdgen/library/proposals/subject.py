"""The model that a proposal is made for, with what several rules need of it, computed once when first asked for."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import version

import numpy as np

from mmdgen.graph import dependency_order
from mmdgen.influences import influences
from mmdgen.library.proposals.displacement import Move, moves
from mmdgen.library.proposals.rays import F8, Mask
from mmdgen.library.proposals.surface import Surface
from mmdgen.model import Model
from mmdgen.pose_spec import HEAD_BONE

BY = f"auto {version('mmdgen')}"
EYE_BONES = ("左目", "右目")
MOST = 0.5  # of a vertex's weight: it belongs to the head


class Subject:
    """A model that has a bone 頭."""

    def __init__(self, model: Model, head_bone: int) -> None:
        self.model = model
        self.head = np.array(model.bones[head_bone].position, np.float64)
        self._head_bone = head_bone

    @staticmethod
    def of(model: Model) -> Subject | None:
        """Return the subject, or None for a model without a bone 頭 or without anything to see."""
        bone = model.bone(HEAD_BONE)
        return None if bone is None or not len(model.faces) else Subject(model, bone)

    @property
    def center_x(self) -> float:
        """The x of bone 頭: what is greater is the character's left."""
        return float(self.head[0])

    @property
    def eye_bone_heights(self) -> list[float]:
        """The y of the bones 左目 and 右目, of those that there are."""
        bones = (self.model.bone(name) for name in EYE_BONES)
        return [self.model.bones[b].position[1] for b in bones if b is not None]

    @cached_property
    def surface(self) -> Surface:
        """The drawn surface in the bind pose."""
        return Surface.of(self.model)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """What every morph name does."""
        return moves(self.model)

    @cached_property
    def rigid_weight(self) -> F8:
        """Each vertex's weight (V,) on bone 頭 itself."""
        return self._weight({self._head_bone})

    @cached_property
    def on_head(self) -> Mask:
        """Which vertices (V,) follow 頭 or a bone below it: skull, face, hair, what is worn on the head."""
        parents = [bone.parent for bone in self.model.bones]
        bones = {self._head_bone}
        for i in dependency_order([[] if parent is None else [parent] for parent in parents])[0]:
            if parents[i] in bones:
                bones.add(i)
        return self._weight(bones) > MOST

    def _weight(self, bones: set[int]) -> F8:
        bone, weight = influences(self.model.vertices)
        member = np.zeros(len(self.model.bones), bool)
        member[list(bones)] = True
        return np.asarray((weight * member[bone]).sum(1), np.float64)
