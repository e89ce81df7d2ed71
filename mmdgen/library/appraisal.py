"""What ``mmdgen render`` would make of a model as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mmdgen.annotation import Annotation
from mmdgen.errors import AnnotationError, BindingError
from mmdgen.library.annotate import lacking, trusted
from mmdgen.model import Model
from mmdgen.pose.binding import bind
from mmdgen.pose_spec import HEAD_BONE, NECK_BONE


@dataclass(frozen=True)
class Appraisal:
    """Whether a model can be rendered, and what keeps it from that, in short phrases.

    ``annotation`` is what was judged: the stored one, or else the proposal, which is no longer only one once
    ``annotate-auto`` has written it. ``with_smile`` tells that --allow-smile would make the difference.
    """

    annotation: Annotation
    stored: bool
    ready: bool
    reasons: tuple[str, ...] = ()
    with_smile: bool = False


def appraise(model: Model, stored: Annotation | None, proposed: Annotation) -> Appraisal:
    """Judge a model by its stored annotation, or by the proposal where there is none."""
    known = stored if stored is not None else proposed
    is_stored = stored is not None
    if known.verdict == "reject":
        return Appraisal(known, is_stored, ready=False, reasons=(f"rejected{known.reason and f': {known.reason}'}",))
    if known.sent_back:
        return Appraisal(known, is_stored, ready=False, reasons=(f"sent back for its {' and '.join(known.sent_back)}",))
    slots = {name: slot if trusted(slot) else None for name, slot in known.slots.items()}
    used = replace(known, head=known.head if trusted(known.head) else None, slots=slots)
    if refusal := _refusal(model, used, allow_smile=False):
        bones = [f"no bone {bone}" for bone in (HEAD_BONE, NECK_BONE) if model.bone(bone) is None]
        with_smile = _refusal(model, used, allow_smile=True) is None
        return Appraisal(known, is_stored, False, tuple(bones or lacking(known) or [refusal]), with_smile)
    return Appraisal(known, is_stored, ready=True)


def _refusal(model: Model, annotation: Annotation, *, allow_smile: bool) -> str | None:
    """Return why a model cannot be bound, or None when it can."""
    try:
        bind(model, annotation, allow_smile=allow_smile)
    except BindingError as error:
        return error.reason
    except AnnotationError as error:
        return f"the annotation does not fit ({error})"
    return None
