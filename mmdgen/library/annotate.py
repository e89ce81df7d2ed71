"""From a model's path to what is proposed for it, and what is still missing before it can be posed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmdgen.annotation import PERSON, Annotation, HeadRange, Slot
from mmdgen.errors import FormatError
from mmdgen.formats.load import read_model
from mmdgen.library.proposals import names, propose
from mmdgen.model import Model
from mmdgen.pose_spec import HEAD_BONE, NECK_BONE

TRUSTED = 0.8  # confidence from which `mmdgen render` uses a proposal


@dataclass(frozen=True)
class Proposed:
    """What is proposed for the model at ``path``: an annotation, or None and the reason.

    ``problem`` is that reason, or what in the model itself keeps it from being posed, or empty.
    """

    path: Path
    annotation: Annotation | None
    problem: str


def propose_file(path: Path) -> Proposed:
    """Read a model and propose; one that cannot be read, has no head bone or no face gets no annotation."""
    try:
        model = read_model(path)
    except FormatError as error:
        return Proposed(path, None, str(error))
    if model.bone(HEAD_BONE) is None:
        return Proposed(path, None, f"no bone {HEAD_BONE}")
    annotation = propose(model)
    if annotation.head is None and not any(annotation.slots.values()):
        return Proposed(path, None, "no morph closes eyes or opens a mouth")
    return Proposed(path, annotation, "; ".join(_problems(model, annotation)))


def _problems(model: Model, annotation: Annotation) -> list[str]:
    problems = [] if model.bone(NECK_BONE) is not None else [f"no bone {NECK_BONE}"]
    blinks = [m.name.strip() for m in model.morphs if names.rank(m.name, names.BLINK) is not None]
    if blinks and annotation.slots["normal_both"] is None:
        problems.append(f"{blinks[0]} covers no eyes")
    return problems


def trusted(value: HeadRange | Slot | None) -> bool:
    """Tell whether ``mmdgen render`` uses a value by default."""
    return value is not None and (value.by == PERSON or value.confidence >= TRUSTED)


def lacking(annotation: Annotation) -> list[str]:
    """Return what an annotation lacks for rendering by default, in short phrases."""
    slots = annotation.slots
    eyes = [slots["normal_both"], *(slots[f"normal_{side}"] for side in ("left", "right"))]
    missing = []
    if not (trusted(eyes[0]) or (trusted(eyes[1]) and trusted(eyes[2]))):
        missing.append("not sure what closes the eyes" if any(eyes) else "nothing closes the eyes")
    if not trusted(slots["mouth"]):
        missing.append("not sure what opens the mouth" if slots["mouth"] else "nothing opens the mouth")
    if not trusted(annotation.head):
        missing.append("not sure of the head range" if annotation.head else "no head range")
    return missing
