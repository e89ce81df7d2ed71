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

from pathlib import Path

from mmdgen.annotation import SLOTS, Annotation
from mmdgen.library.proposals.blink import find_blink
from mmdgen.library.proposals.head import head_of
from mmdgen.library.proposals.morphs import slots_of
from mmdgen.library.proposals.mouth import find_mouth
from mmdgen.library.proposals.subject import Subject
from mmdgen.model import Model


def propose(model: Model) -> Annotation:
    """Propose head range and slots; a model without a bone 頭 or without closing eyes gets few of them, or none."""
    seen = (Path(model.source.path).name,) if model.source.path else ()
    subject = Subject.of(model)
    if subject is None:
        return Annotation(model.source.sha256, seen, slots=dict.fromkeys(SLOTS))
    blink = find_blink(subject)
    mouth = find_mouth(subject, blink.eye_level if blink else None)
    head = head_of(subject, blink, mouth[0] if mouth else None)
    return Annotation(model.source.sha256, seen, head=head, slots=slots_of(subject, blink, mouth))
