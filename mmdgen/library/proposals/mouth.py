"""Which morph opens the mouth as for あ."""

from __future__ import annotations

import numpy as np

from mmdgen.library.proposals import names
from mmdgen.library.proposals.displacement import Move
from mmdgen.library.proposals.subject import Subject
from mmdgen.model import Panel

ELSEWHERE = 0.15  # of all movement may happen above the eyes or off the head
LOPSIDED = 0.3  # of all movement, at most, by which one side may exceed the other
FEEBLE = 0.15  # of the widest opening: less hardly opens the mouth
CERTAIN = (0.95, 0.9, 0.85)  # confidence by the rank of a name that the geometry bears out
WIDE = 0.5  # of the widest opening: what あ opens at least, being the first of the vowels in nearly every file
SWAPPED, GUESS = 0.8, 0.5


def find_mouth(subject: Subject, eye_level: float | None) -> tuple[Move, float] | None:
    """Return the morph for あ and how sure that is.

    It must lower something below ``eye_level`` (y; where it is not known, the eye bones), on both sides alike, and do
    little else; among those that do, only names tell あ from え and お.
    """
    able = mouth_moves(subject, eye_level)
    widest = max((gap for _, gap in able), default=0.0)
    ranked = ((names.rank(move.name, names.MOUTH), move, gap) for move, gap in able)
    named = sorted(((r, m.number, m, gap) for r, m, gap in ranked if r is not None), key=lambda n: n[:2])
    for rank, _, move, gap in named:
        if gap > FEEBLE * widest:
            return move, CERTAIN[rank]
    if named:  # a mouth that is exchanged rather than opened
        return named[0][2], SWAPPED if named[0][0] == 0 else GUESS
    wide = [move for move, gap in able if gap > 0 and gap >= WIDE * widest]
    listed = [move for move in wide if subject.model.morphs[move.number].panel == Panel.MOUTH]
    return ((listed or wide)[0], GUESS) if wide else None


def mouth_moves(subject: Subject, eye_level: float | None) -> list[tuple[Move, float]]:
    """Return what moves the mouth and little else, each with how far it parts it in MMD units."""
    level = min(subject.eye_bone_heights, default=np.inf) if eye_level is None else eye_level
    gaps = ((move, _gap(subject, move, level)) for move in subject.moves)
    return [(move, gap) for move, gap in gaps if gap is not None]


def _gap(subject: Subject, move: Move, level: float) -> float | None:
    """Return how far a morph parts what lies below the eyes, in MMD units; None for one that is not of the mouth."""
    displacement = move.displacement
    energy = (displacement.offset**2).sum(1)
    total = energy.sum()
    if not total:
        return None
    position = subject.surface.position[displacement.index]
    face = subject.on_head[displacement.index] & (position[:, 1] < level)
    side = np.sign(position[:, 0] - subject.center_x)
    if energy[~face].sum() > ELSEWHERE * total or abs((energy * side).sum()) > LOPSIDED * total:
        return None
    rise = displacement.offset[face, 1]
    lowered = float(-rise.min(initial=0.0))
    return lowered + min(float(rise.max(initial=0.0)), lowered)
