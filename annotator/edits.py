"""What decisions change in an annotation: pure functions. Changes are carried over to what others wrote since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from mmdgen.annotation import AGAIN, NOTHING, PERSON, SLOTS, Annotation, HeadRange, Slot

State = Literal["todo", "proposed", "sent back", "done", "rejected", "flagged"]
STATES: tuple[State, ...] = ("todo", "proposed", "sent back", "done", "rejected", "flagged")
OPEN: tuple[State, ...] = ("todo", "proposed", "sent back")
REASONS = ("not a character", "broken", "duplicate", "terms forbid", "other")
LATER = "later"  # the mark of a model without verdict that was put off
MORPHS_LATER = "morphs later"  # likewise of one whose morphs were put off
BEGUN = "in work"  # likewise of one whose lines were moved and not yet accepted
FIELDS = ("verdict", "reason", "head", "note")


def by_person(value: HeadRange | Slot | None) -> bool:
    """Tell whether a person gave a value."""
    return value is not None and value.by == PERSON


def head_state(annotation: Annotation | None) -> State:
    """Return how far the head of a model is annotated."""
    if annotation is None:
        return "todo"
    if annotation.verdict == "reject":
        return "rejected"
    if LATER in annotation.marks:
        return "flagged"
    if AGAIN["heads"] in annotation.marks:
        return "sent back"
    if annotation.verdict == "keep" or (by_person(annotation.head) and BEGUN not in annotation.marks):
        return "done"
    return "proposed" if annotation.head is not None else "todo"


def marked(annotation: Annotation, *marks: str, without: Sequence[str] = ()) -> Annotation:
    """Return the annotation, without verdict, with marks added and others taken away."""
    kept = [mark for mark in annotation.marks if mark not in without]
    return replace(annotation, verdict="todo", reason=", ".join(dict.fromkeys((*kept, *marks))))


def moved(annotation: Annotation, bottom: float, top: float) -> Annotation:
    """Return the annotation with a person's lines; where the model was to do, they are still to be accepted."""
    after = replace(annotation, head=HeadRange(bottom, top, PERSON, 1.0))
    return marked(after, BEGUN) if head_state(annotation) in ("todo", "proposed") else after


def accepted(annotation: Annotation, bottom: float, top: float) -> Annotation:
    """Return the annotation with these lines as a person's word; a rejected or flagged model is taken back in."""
    after = replace(annotation, head=HeadRange(bottom, top, PERSON, 1.0))
    return after if annotation.verdict == "keep" else marked(after, without=(LATER, BEGUN, AGAIN["heads"]))


def rejected(annotation: Annotation, reason: str) -> Annotation:
    """Return the annotation of a model that is not to be used."""
    return replace(annotation, verdict="reject", reason=reason)


def flagged(annotation: Annotation) -> Annotation:
    """Return the annotation put off, or no longer put off."""
    if head_state(annotation) == "flagged":
        return marked(annotation, without=[LATER])
    return marked(annotation, LATER)


def proposed_again(annotation: Annotation, proposal: HeadRange | None) -> Annotation:
    """Return the annotation with the proposed lines in place of a person's."""
    after = replace(annotation, head=proposal)
    return marked(after, without=[BEGUN]) if annotation.verdict == "todo" else after


# --- morphs -----------------------------------------------------------------------------------------------------------


def morph_state(annotation: Annotation | None) -> State:
    """Return how far the slots of a model are annotated: done when a person has spoken about all of them."""
    if annotation is None:
        return "todo"
    if annotation.verdict == "reject":
        return "rejected"
    if MORPHS_LATER in annotation.marks:
        return "flagged"
    if AGAIN["morphs"] in annotation.marks:
        return "sent back"
    if annotation.verdict == "keep" or all(by_person(word) for word in annotation.words.values()):
        return "done"
    return "proposed" if any(annotation.slots.values()) else "todo"


def filled(annotation: Annotation, words: Mapping[str, Slot | None]) -> Annotation:
    """Return the annotation with other words on some slots; where the model stands does not change."""
    return annotation.saying({**annotation.words, **words})


def accepted_slots(annotation: Annotation) -> Annotation:
    """Return the annotation with all slots as a person's word; a rejected or flagged model is taken back in."""
    words = {s: NOTHING if w is None else replace(w, by=PERSON, confidence=1.0) for s, w in annotation.words.items()}
    after = annotation.saying(words)
    return after if annotation.verdict == "keep" else marked(after, without=(MORPHS_LATER, AGAIN["morphs"]))


def morphs_flagged(annotation: Annotation) -> Annotation:
    """Return the annotation put off for its morphs, or no longer put off."""
    if morph_state(annotation) == "flagged":
        return marked(annotation, without=[MORPHS_LATER])
    return marked(annotation, MORPHS_LATER)


# --- of a model as a whole --------------------------------------------------------------------------------------------


def review_state(annotation: Annotation | None) -> State:
    """Return how far a model is reviewed."""
    if annotation is None:
        return "todo"
    verdicts: dict[str, State] = {"keep": "done", "reject": "rejected"}
    return verdicts.get(annotation.verdict, "sent back" if annotation.sent_back else "todo")


def kept(annotation: Annotation, shown: Sequence[str] = ()) -> Annotation:
    """Return the annotation of a model that is good, with what was ``shown``, "head" and slots, as a person's word."""
    head = annotation.head
    if head is not None and "head" in shown:
        head = replace(head, by=PERSON, confidence=1.0)
    slots = {s: replace(v, by=PERSON, confidence=1.0) if v and s in shown else v for s, v in annotation.slots.items()}
    return replace(annotation, verdict="keep", reason="", head=head, slots=slots)


def sent_back(annotation: Annotation, part: str) -> Annotation:
    """Return the annotation marked to be done again in a part, a key of AGAIN, or no longer."""
    if part in annotation.sent_back:
        return marked(annotation, without=[AGAIN[part]])
    return marked(annotation, AGAIN[part])


def unjudged(annotation: Annotation) -> Annotation:
    """Return the annotation as it was before it was reviewed."""
    return marked(annotation, without=tuple(AGAIN.values()))


def carried(current: Annotation | None, old: Annotation | None, new: Annotation | None) -> Annotation | None:
    """Make the change from ``old`` to ``new`` in ``current``; what others changed there since stays."""
    if current == old:
        return new
    blank = Annotation((current or old or new or _NOBODY).sha256)
    before, after, here = old or blank, new or blank, current or blank
    fields = {f: getattr(after if getattr(before, f) != getattr(after, f) else here, f) for f in FIELDS}
    words = {s: after.words[s] if before.words[s] != after.words[s] else here.words[s] for s in SLOTS}
    names = tuple(dict.fromkeys((*here.names_seen, *after.names_seen)))
    return replace(here.saying(words), names_seen=names, **fields)


_NOBODY = Annotation("")
