"""A model as the viewer holds it: read, bound as far as it goes, framed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmdgen.annotation import Annotation, HeadRange, Slot, from_json
from mmdgen.errors import AnnotationError, BindingError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import head_framing, whole_framing
from mmdgen.model import ImpulseMorph, Model, TextureSet
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose_spec import FACE, HEAD, HEAD_BONE, NAMES, NECK_BONE
from mmdgen.shot import Wish, known_about
from mmdgen.space import Framing
from mmdgen.state import RigState

ANYWHERE = HeadRange(0.0, 1.0, "viewer", 0.0)  # a head range for binding models that have none
LONGEST_ANNOTATION = 1 << 20  # bytes
EYES, MOUTH = ("eye_left", "eye_right"), ("mouth",)
LACKS = {  # a refusal's reason: the parameters that it stops, the slots that they need
    "no mouth morph": (MOUTH, ("mouth",)),
    "no eye closing": (EYES, ("normal_left", "normal_right")),
}


@dataclass(frozen=True, eq=False)
class Character:
    """A model with all that the viewer asks of it.

    ``model`` is the bound model: the file's ``listed`` morphs, then halves of split ones. ``idle`` says for each pose
    parameter that cannot act why not; ``binding`` is None when none can. Frames are None where there is no head.
    """

    path: Path
    model: Model
    listed: int
    textures: TextureSet
    annotation: Annotation
    binding: Binding | None
    idle: dict[str, str]

    @cached_property
    def head(self) -> Framing | None:
        """The dataset's camera."""
        return head_framing(self.model, self.annotation.head) if self.annotation.head else None

    @cached_property
    def whole(self) -> Framing:
        """A camera that shows everything."""
        return whole_framing(self.model)

    @cached_property
    def pivots(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What the character turns about (3,), in the head's frame and in the whole one."""
        points = self.model.vertices.position.astype(np.float64)
        if not len(points):
            return np.zeros(3), np.zeros(3)
        middle = (points.min(0) + points.max(0)) / 2
        bone = self.model.bone(HEAD_BONE)
        depth = middle[2] if bone is None else self.model.bones[bone].position[2]
        frame = self.head or self.whole
        return np.array([frame.center_x, frame.center_y, depth]), middle

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the file and its textures."""
        return (*self.model.warnings, *self.textures.warnings)

    def driven_by(self, parameter: str) -> tuple[int, ...]:
        """Return the numbers of the morphs that a pose parameter moves."""
        drives = self.binding.drives if self.binding else ()
        return tuple(number for drive in drives if drive.parameter == parameter for number in drive.morphs)

    def shows(self, morph: int) -> bool:
        """Tell whether a morph can change the picture: pushing rigid bodies does not."""
        return not isinstance(self.model.morphs[morph].data, ImpulseMorph)

    def state(self, pose: tuple[float, ...], weights: dict[int, float]) -> RigState:
        """Return the state of a pose (6 numbers), ``weights`` of morphs in place of what the pose gives them."""
        state = self.binding.state(np.array([pose])) if self.binding else RigState.identity(self.model)
        if not weights:
            return state
        weight = state.weight.copy()
        weight[0, list(weights)] = list(weights.values())
        return replace(state, weight=weight)


def read_character(path: Path, store: Path) -> Character:
    """Read a model and what its store or else a proposal says of it.

    Raises FormatError and AnnotationError. A model that cannot be posed is a character with idle parameters.
    """
    model = read_model(path)
    annotation, _ = known_about(model, store, Wish(pose={}))
    return _character(path, model, load_textures(model), annotation)


def annotated(character: Character, path: Path) -> Character:
    """Return the character as an annotation file says; raise AnnotationError when it is none of this model."""
    try:
        if not path.is_file() or path.stat().st_size > LONGEST_ANNOTATION:
            raise AnnotationError(f"{path}: no small file, expected an annotation; drop a model or its annotation")
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AnnotationError(f"{path}: {error}, expected JSON; restore or delete the file") from error
    annotation = from_json(data, str(path))
    model = character.model
    if annotation.sha256 != model.source.sha256:
        found, expected = annotation.sha256[:12], model.source.sha256[:12]
        raise AnnotationError(f"{path}: written for model {found}, expected {expected}; drop that model first")
    bare = replace(model, morphs=model.morphs[: character.listed])
    return _character(character.path, bare, character.textures, annotation)


def _character(path: Path, model: Model, textures: TextureSet, annotation: Annotation) -> Character:
    binding, idle = _bound(model, annotation)
    bound = binding.model if binding else model
    return Character(path, bound, len(model.morphs), textures, annotation, binding, idle)


def _bound(model: Model, annotation: Annotation) -> tuple[Binding | None, dict[str, str]]:
    """Bind what can be bound; say why the other parameters are idle."""
    idle: dict[str, str] = {}
    slots = dict(annotation.slots)
    while True:
        try:
            known = replace(annotation, head=annotation.head or ANYWHERE, slots=slots, none=())
            binding = bind(model, known, allow_smile=True)
        except BindingError as error:
            parameters, needed = LACKS.get(error.reason, (NAMES, ()))
            again = set(parameters) <= set(idle)
            idle |= dict.fromkeys(parameters, error.reason)
            if again or not needed or not model.morphs:
                return _heads_only(model, annotation, idle)
            slots |= dict.fromkeys(needed, Slot(model.morphs[0].name, 0, None, "viewer", 0.0))  # to see what else lacks
        except AnnotationError as error:
            return None, dict.fromkeys(NAMES, str(error))
        else:
            acting = tuple(drive for drive in binding.drives if drive.parameter not in idle)
            return replace(binding, drives=acting), idle


def _heads_only(model: Model, annotation: Annotation, idle: dict[str, str]) -> tuple[Binding | None, dict[str, str]]:
    """Bind the head of a model without usable morphs, if it has one."""
    head, neck = model.bone(HEAD_BONE), model.bone(NECK_BONE)
    if head is None or neck is None:
        return None, idle
    idle = dict.fromkeys(NAMES[FACE], "no eye closing") | {"mouth": "no mouth morph"} | idle
    idle = {name: reason for name, reason in idle.items() if name not in NAMES[HEAD]}
    x = float(model.bones[head].position[0])
    return Binding(model, annotation.head or ANYWHERE, x, head, neck, ()), idle
