"""What decisions change in an annotation: pure functions. Changes are carried over to what others wrote since."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mmdgen.annotation import PERSON, SLOTS, Annotation, HeadRange

State = Literal["todo", "proposed", "done", "rejected", "flagged"]
STATES: tuple[State, ...] = ("todo", "proposed", "done", "rejected", "flagged")
OPEN: tuple[State, ...] = ("todo", "proposed")
REASONS = ("not a character", "broken", "duplicate", "terms forbid", "other")
LATER = "later"  # the reason of a model without verdict that was put off
BEGUN = "in work"  # likewise of one whose lines were moved and not yet accepted
FIELDS = ("verdict", "reason", "head", "note")


def by_person(value: HeadRange | None) -> bool:
    """Tell whether a person gave a head range."""
    return value is not None and value.by == PERSON


def head_state(annotation: Annotation | None) -> State:
    """Return how far the head of a model is annotated."""
    if annotation is None:
        return "todo"
    if annotation.verdict == "reject":
        return "rejected"
    if annotation.reason == LATER:
        return "flagged"
    if by_person(annotation.head) and annotation.reason != BEGUN:
        return "done"
    return "proposed" if annotation.head is not None else "todo"


def moved(annotation: Annotation, bottom: float, top: float) -> Annotation:
    """Return the annotation with a person's lines; where the model was to do, they are still to be accepted."""
    lines = HeadRange(bottom, top, PERSON, 1.0)
    return replace(annotation, head=lines, reason=BEGUN if head_state(annotation) in OPEN else annotation.reason)


def accepted(annotation: Annotation, bottom: float, top: float) -> Annotation:
    """Return the annotation with these lines as a person's word; a rejected or flagged model is taken back in."""
    kept = annotation.verdict == "keep"
    lines = HeadRange(bottom, top, PERSON, 1.0)
    return replace(annotation, head=lines, verdict="keep" if kept else "todo", reason="")


def rejected(annotation: Annotation, reason: str) -> Annotation:
    """Return the annotation of a model that is not to be used."""
    return replace(annotation, verdict="reject", reason=reason)


def flagged(annotation: Annotation) -> Annotation:
    """Return the annotation put off, or no longer put off."""
    return replace(annotation, verdict="todo", reason="" if head_state(annotation) == "flagged" else LATER)


def proposed_again(annotation: Annotation, proposal: HeadRange | None) -> Annotation:
    """Return the annotation with the proposed lines in place of a person's."""
    return replace(annotation, head=proposal, reason="" if annotation.reason == BEGUN else annotation.reason)


def carried(current: Annotation | None, old: Annotation | None, new: Annotation | None) -> Annotation | None:
    """Make the change from ``old`` to ``new`` in ``current``; what others changed there since stays."""
    if current == old:
        return new
    blank = Annotation((current or old or new or _NOBODY).sha256)
    before, after, here = old or blank, new or blank, current or blank
    fields = {f: getattr(after if getattr(before, f) != getattr(after, f) else here, f) for f in FIELDS}
    slots = {s: after.slots[s] if before.slots[s] != after.slots[s] else here.slots[s] for s in SLOTS}
    names = tuple(dict.fromkeys((*here.names_seen, *after.names_seen)))
    return replace(here, names_seen=names, slots=slots, **fields)


_NOBODY = Annotation("")
