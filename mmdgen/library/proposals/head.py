"""The head range: chin and top of the skull."""

from __future__ import annotations

import numpy as np

from mmdgen.annotation import HeadRange
from mmdgen.library.proposals.blink import SIDES, Blink, find_blink
from mmdgen.library.proposals.chin import find_chin
from mmdgen.library.proposals.crown import find_crown
from mmdgen.library.proposals.displacement import Move
from mmdgen.library.proposals.mouth import find_mouth
from mmdgen.library.proposals.subject import BY, Subject
from mmdgen.model import Model


def propose_head(model: Model) -> HeadRange | None:
    """Return where a model's head begins and ends in the bind pose, or None where eyes or mouth cannot be told."""
    subject = Subject.of(model)
    if subject is None:
        return None
    blink = find_blink(subject)
    mouth = None if blink is None else find_mouth(subject, blink.eye_level)
    return head_of(subject, blink, mouth[0] if mouth else None)


def head_of(subject: Subject, blink: Blink | None, mouth: Move | None) -> HeadRange | None:
    """Return the head range, given which morphs close the eyes and open the mouth."""
    if blink is None or mouth is None:
        return None
    chin = find_chin(subject, blink, mouth)
    if chin is None:
        return None
    crown = find_crown(subject, chin.y, _eyes(subject, blink), chin.scale)
    if crown is None or crown.y <= chin.y:
        return None
    return HeadRange(chin.y, crown.y, BY, round(min(chin.confidence, crown.confidence), 2))


def _eyes(subject: Subject, blink: Blink) -> tuple[float, float]:
    """Return the y and z of what the blink moves, weighted by how far it moves."""
    places = [
        np.average(subject.surface.position[part.index, 1:], axis=0, weights=np.linalg.norm(part.offset, axis=1))
        for part in (blink.part[side] for side in SIDES)
    ]
    y, z = np.mean(places, axis=0)
    return float(y), float(z)
