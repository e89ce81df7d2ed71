"""From six pose parameters to one character's own joints and morphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mmdgen.annotation import Annotation, HeadRange, Side, Slot
from mmdgen.errors import AnnotationError, BindingError
from mmdgen.groups import Groups
from mmdgen.model import Model, Morph
from mmdgen.pose.split import half
from mmdgen.pose_spec import HEAD_BONE, MAX_ANGLE_DEG, NAMES, NECK_BONE
from mmdgen.space import euler_quaternions
from mmdgen.state import RigState

MAX_ANGLE = np.radians(MAX_ANGLE_DEG)
HEAD_X, HEAD_Y, NECK_Z = (NAMES.index(name) for name in ("head_x", "head_y", "neck_z"))
Found = Sequence[int | Morph]  # numbers of morphs that the model has, and morphs to be made


@dataclass(frozen=True)
class Drive:
    """How one pose parameter acts on one character: these morphs of ``Binding.model`` take its value as weight."""

    parameter: str
    morphs: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Binding:
    """A model that the pose parameters can drive.

    ``model`` is the model that was bound, with the halves of split morphs appended; ``center_x`` is the x of bone 頭 in
    the bind pose. Values are not clamped, and a morph that two parameters drive takes their sum.
    """

    model: Model
    head: HeadRange
    center_x: float
    head_bone: int
    neck_bone: int
    drives: tuple[Drive, ...]

    def state(self, poses: NDArray[np.floating]) -> RigState:
        """Return the states of ``model`` for poses (N, 6) in the order of ``pose_spec.NAMES``."""
        poses = np.asarray(poses, np.float64)
        if poses.ndim != 2 or poses.shape[1] != len(NAMES):
            raise ValueError(f"poses: shape {poses.shape}, expected (N, {len(NAMES)})")
        identity = RigState.identity(self.model, len(poses))
        rotation, weight = identity.rotation.copy(), identity.weight.astype(np.float64)
        zero = np.zeros(len(poses))
        head = np.stack([poses[:, HEAD_X], poses[:, HEAD_Y], zero], -1)
        neck = np.stack([zero, zero, poses[:, NECK_Z]], -1)
        rotation[:, self.head_bone] = euler_quaternions(head * MAX_ANGLE)
        rotation[:, self.neck_bone] = euler_quaternions(neck * MAX_ANGLE)
        for drive in self.drives:
            for morph in drive.morphs:
                weight[:, morph] += poses[:, NAMES.index(drive.parameter)]
        return RigState(rotation, identity.translation, weight.astype(np.float32))


def bind(model: Model, annotation: Annotation, *, allow_smile: bool = False) -> Binding:
    """Connect the pose parameters with a model's joints and morphs as its annotation says.

    Each eye is closed by its normal wink; else both by the halves of the normal both-eyes morph; else, with
    ``allow_smile``, by the smile winks. A slot means its morph and all others of that name, as in MMD; a slot with
    ``side_split`` means that half of them. Raises BindingError with a short ``reason`` when something is missing, and
    AnnotationError when a slot does not fit the model.
    """
    if annotation.head is None:
        raise _refusal(model, "no head range", "a head range", "annotate it")
    bones = {name: model.bone(name) for name in (HEAD_BONE, NECK_BONE)}
    for name, bone in bones.items():
        if bone is None:
            raise _refusal(model, f"no bone {name}", f"bones {HEAD_BONE} and {NECK_BONE}", "it cannot be posed")
    head_bone, neck_bone = bones[HEAD_BONE], bones[NECK_BONE]
    assert head_bone is not None
    assert neck_bone is not None
    center_x = float(model.bones[head_bone].position[0])
    slots = _Slots(model, annotation, center_x)
    mouth = slots.morphs("mouth")
    if not mouth:
        raise _refusal(model, "no mouth morph", "a morph that opens the mouth", "annotate it")
    eyes = slots.winks("normal") or slots.halves("normal_both") or (slots.winks("smile") if allow_smile else None)
    if eyes is None:
        remedy = "annotate it" if allow_smile else "annotate it, or allow smiling winks"
        raise _refusal(model, "no eye closing", "morphs that close either eye", remedy)
    extended, drives = _drives(model, {"eye_left": eyes[0], "eye_right": eyes[1], "mouth": mouth})
    return Binding(extended, annotation.head, center_x, head_bone, neck_bone, drives)


def _drives(model: Model, found: Mapping[str, Found]) -> tuple[Model, tuple[Drive, ...]]:
    """Return the model with all made morphs that parameters use, and the drives."""
    made: list[Morph] = []
    drives = []
    for parameter, morphs in found.items():
        numbers = []
        for morph in morphs:
            if isinstance(morph, Morph):
                numbers.append(len(model.morphs) + len(made))
                made.append(morph)
            else:
                numbers.append(morph)
        drives.append(Drive(parameter, tuple(numbers)))
    return replace(model, morphs=(*model.morphs, *made)) if made else model, tuple(drives)


class _Slots:
    """Looks up what an annotation's slots mean for one model; an empty tuple or None is nothing usable."""

    def __init__(self, model: Model, annotation: Annotation, center_x: float) -> None:
        self._model = model
        self._annotation = annotation
        self._center_x = center_x
        self._groups = Groups(model.morphs)

    def morphs(self, slot: str) -> Found:
        """Return the morphs that a slot means."""
        value = self._annotation.slots[slot]
        if value is None:
            return ()
        numbers = self._named(slot, value)
        return self._half(numbers, value.side_split) if value.side_split else numbers

    def winks(self, kind: str) -> tuple[Found, Found] | None:
        """Return the one-eyed winks, left and right, if both are there."""
        left, right = self.morphs(f"{kind}_left"), self.morphs(f"{kind}_right")
        return (left, right) if left and right else None

    def halves(self, slot: str) -> tuple[Found, Found] | None:
        """Return the halves of a both-eyes morph, left and right, if it moves both sides."""
        value = self._annotation.slots[slot]
        if value is None or value.side_split:
            return None
        numbers = self._named(slot, value)
        left, right = self._half(numbers, "left"), self._half(numbers, "right")
        return (left, right) if left and right else None

    def _named(self, slot: str, value: Slot) -> tuple[int, ...]:
        numbers = self._model.morphs_named(value.name)
        if value.index not in numbers:
            raise AnnotationError(
                f"{_subject(self._model)}: slot {slot} is morph {value.index} {value.name!r}, expected a morph of that"
                f" number and name among {len(self._model.morphs)}; annotate the model again"
            )
        return numbers

    def _half(self, numbers: Sequence[int], side: Side) -> tuple[Morph, ...]:
        return half(self._model, self._groups, numbers, side, self._center_x)


def _subject(model: Model) -> str:
    return model.source.path or model.name or "model"


def _refusal(model: Model, reason: str, expected: str, remedy: str) -> BindingError:
    return BindingError(f"{_subject(model)}: {reason}, expected {expected}; {remedy}", reason)
