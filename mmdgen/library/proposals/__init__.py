"""What geometry, helped by names, suggests about a model that no person has annotated.

    subject       the model, with what several rules need of it
    displacement  how far every morph moves every vertex
    surface, rays what a viewer would see of it
    blink, eyes   which morph is the plain blink, and what any other closes
    morphs, mouth the slots
    chin, crown   the head range

Confidence from 0.8 up means: geometry leaves no doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmdgen.annotation import SLOTS, Annotation
from mmdgen.library.proposals.blink import Blink, find_blink
from mmdgen.library.proposals.head import head_of
from mmdgen.library.proposals.morphs import Eyes, slots_of
from mmdgen.library.proposals.mouth import find_mouth
from mmdgen.library.proposals.subject import Subject
from mmdgen.model import Model


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found out about a model: the proposal, and what it was drawn from where there is a bone 頭."""

    annotation: Annotation
    subject: Subject | None = None
    blink: Blink | None = None
    eyes: Eyes | None = None


def study(model: Model) -> Findings:
    """Look at a model; one without a bone 頭 or without closing eyes gives few proposals, or none."""
    seen = (Path(model.source.path).name,) if model.source.path else ()
    subject = Subject.of(model)
    if subject is None:
        return Findings(Annotation(model.source.sha256, seen, slots=dict.fromkeys(SLOTS)))
    blink = find_blink(subject)
    mouth = find_mouth(subject, blink.eye_level if blink else None)
    eyes = Eyes(subject, blink) if blink else None
    head = head_of(subject, blink, mouth[0] if mouth else None)
    return Findings(Annotation(model.source.sha256, seen, head=head, slots=slots_of(eyes, mouth)), subject, blink, eyes)


def propose(model: Model) -> Annotation:
    """Propose head range and slots; see ``study``."""
    return study(model).annotation
