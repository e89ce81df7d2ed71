"""One pose of one model by name: what ``mmdgen shot`` asks for, and the rig state and framing that it means."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdgen.annotation import Annotation, load, merged
from mmdgen.errors import BindingError, UsageError
from mmdgen.model import Model
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose_spec import NAMES, PARAMETERS
from mmdgen.space import euler_quaternion
from mmdgen.state import RigState


@dataclass(frozen=True)
class Wish:
    """What a shot is to show. ``bones`` are degrees about x, y, z; ``pose`` None leaves the bind pose.

    Bones and morphs replace what the pose gives them; a morph's name means all morphs of that name, a bone's the first.
    """

    pose: Mapping[str, float] | None = None
    bones: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    morphs: Mapping[str, float] = field(default_factory=dict)

    def over(self, other: Wish) -> Wish:
        """Return both wishes; where they differ, this one's."""
        pose = None if self.pose is None and other.pose is None else {**(other.pose or {}), **(self.pose or {})}
        return Wish(pose, {**other.bones, **self.bones}, {**other.morphs, **self.morphs})


@dataclass(frozen=True, eq=False)
class Sitting:
    """A model that holds still for a wish: ``binding`` where it has a pose; ``missing`` are names that the model lacks.

    ``rotations`` (x, y, z, w by bone) and ``weights`` (by morph) replace what any pose gives them.
    """

    model: Model
    binding: Binding | None
    pose: tuple[float, ...]  # the wished one, in the order of pose_spec.NAMES
    rotations: Mapping[int, NDArray[np.floating]]
    weights: Mapping[int, float]
    missing: tuple[str, ...]

    @property
    def state(self) -> RigState:
        """The one state of the wished pose."""
        return self.states(np.array([self.pose]))

    def states(self, poses: NDArray[np.floating]) -> RigState:
        """Return the states of ``model`` for poses (N, 6); without a binding they differ in nothing."""
        state = self.binding.state(poses) if self.binding else RigState.identity(self.model, len(poses))
        rotation, weight = state.rotation.copy(), state.weight.copy()
        for bone, turned in self.rotations.items():
            rotation[:, bone] = turned
        for morph, value in self.weights.items():
            weight[:, morph] = value
        return RigState(rotation, state.translation, weight)


def wish(pose: Sequence[str], bones: Sequence[str], morphs: Sequence[str]) -> Wish:
    """Read the options ``head_x=0.5,eye_left=1``, ``NAME=rx,ry,rz`` and ``NAME=W``; raise UsageError."""
    pairs = [_pair("--pose", part) for text in pose for part in text.split(",") if part.strip()]
    return Wish(
        _pose({name: _number("--pose", name, value) for name, value in pairs}, "--pose") if pose else None,
        {name: _angles("--bone", name, value.split(",")) for name, value in (_pair("--bone", b) for b in bones)},
        {name: _number("--morph", name, value) for name, value in (_pair("--morph", m) for m in morphs)},
    )


def read_wish(path: Path) -> Wish:
    """Read ``{"pose": {…}, "bones": {name: [rx, ry, rz]}, "morphs": {name: weight}}``; every part may be left out."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}, expected JSON; check the file") from error
    parts = ("pose", "bones", "morphs")
    if not isinstance(data, dict) or not all(isinstance(data.get(part, {}), dict) for part in parts):
        raise UsageError(
            f"{path}: {repr(data)[:60]}, expected an object of objects {', '.join(parts)}; see shot --help"
        )
    if unknown := set(data) - {*parts}:
        raise UsageError(f"{path}: {_unknown(unknown, parts)}")
    subject = str(path)
    pose = {name: _number(subject, name, value) for name, value in data.get("pose", {}).items()}
    return Wish(
        _pose(pose, subject) if "pose" in data else None,
        {name: _angles(subject, name, value) for name, value in data.get("bones", {}).items()},
        {name: _number(subject, name, value) for name, value in data.get("morphs", {}).items()},
    )


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not equals:
        raise UsageError(f"{option} {text}: no '=', expected NAME=VALUE; see shot --help")
    return name.strip(), value


def _number(subject: str, name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{subject}: {name}={value}, expected a number; correct it")
    return number


def _angles(subject: str, name: str, values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != 3:
        raise UsageError(f"{subject}: {name}={values}, expected three angles rx,ry,rz in degrees; correct it")
    return tuple(_number(subject, name, value) for value in values)


def _pose(values: Mapping[str, float], subject: str) -> Mapping[str, float]:
    if unknown := set(values) - set(NAMES):
        raise UsageError(f"{subject}: {_unknown(unknown, NAMES)}")
    for parameter in PARAMETERS:
        value = values.get(parameter.name, parameter.identity)
        if not parameter.low <= value <= parameter.high:
            found = f"{parameter.name}={value:g}, expected {parameter.low:g} to {parameter.high:g}"
            raise UsageError(f"{subject}: {found}; correct it")
    return values


def _unknown(names: Iterable[str], known: Sequence[str]) -> str:
    """Say which names are unknown and what was perhaps meant."""
    names = sorted(names)
    close = list(dict.fromkeys(match for name in names for match in get_close_matches(name, known, 3, 0.4)))
    remedy = f"did you mean {', '.join(close)}?" if close else "see `mmdgen inspect` for the names"
    return f"{', '.join(names)} is not there, expected one of {len(known)} names; {remedy}"


def sit(model: Model, wishes: Wish, annotation: Annotation) -> Sitting:
    """Pose a model; raise BindingError when it cannot take a pose."""
    bound = bind(model, annotation, allow_smile=True) if wishes.pose is not None else None
    pose = tuple((wishes.pose or {}).get(p.name, p.identity) for p in PARAMETERS)
    missing = [name for name in wishes.bones if model.bone(name) is None]
    missing += [name for name in wishes.morphs if not model.morphs_named(name)]
    turned = ((model.bone(name), angles) for name, angles in wishes.bones.items())
    return Sitting(
        bound.model if bound else model,
        bound,
        pose,
        {bone: euler_quaternion(*np.radians(angles)) for bone, angles in turned if bone is not None},
        {morph: value for name, value in wishes.morphs.items() for morph in model.morphs_named(name)},
        tuple(missing),
    )


def check_names(model: Model, wishes: Wish) -> None:
    """Raise UsageError when the model lacks a bone or morph, with the names that come close."""
    for option, wanted, known in (
        ("--bone", wishes.bones, [b.name for b in model.bones]),
        ("--morph", wishes.morphs, [m.name for m in model.morphs]),
    ):
        if unknown := set(wanted) - set(known):
            raise UsageError(f"{model.source.path}: {option} {_unknown(unknown, known)}")


def known_about(model: Model, store: Path, wishes: Wish) -> tuple[Annotation, str]:
    """Return what the store says of a model, completed by a proposal where a shot needs more; and who said it."""
    stored = load(store, model.source.sha256)
    if stored is not None and stored.head is not None and (wishes.pose is None or _binds(model, stored)):
        return stored, "annotation"
    from mmdgen.library.proposals import propose

    return merged(stored, propose(model)), "proposal"


def _binds(model: Model, annotation: Annotation) -> bool:
    try:
        bind(model, annotation, allow_smile=True)
    except BindingError:
        return False
    return True
