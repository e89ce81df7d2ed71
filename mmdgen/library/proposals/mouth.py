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
GUESS = 0.5


def find_mouth(subject: Subject, eye_level: float | None) -> tuple[Move, float] | None:
    """Return the morph for あ and how sure that is.

    It must lower something near the face's middle below ``eye_level`` (y; bone 頭 where the eyes are not known) and
    little else; among those that do, only names tell あ from え and お.
    """
    level = float(subject.head[1]) + 1e-6 if eye_level is None else eye_level
    gap = {m.number: opened for m in subject.moves if (opened := _gap(subject, m, level)) > 0}
    if not gap:
        return None
    widest = max(gap.values())
    named = sorted(
        (r, m.number, m)
        for m in subject.moves
        if m.number in gap and (r := names.rank(m.name, names.MOUTH)) is not None
    )
    for rank, number, move in named:
        if gap[number] >= FEEBLE * widest:
            return move, CERTAIN[rank]
    wide = [m for m in subject.moves if gap.get(m.number, 0) >= WIDE * widest]
    listed = [m for m in wide if subject.model.morphs[m.number].panel == Panel.MOUTH]
    return (listed or wide)[0], GUESS


def _gap(subject: Subject, move: Move, level: float) -> float:
    """Return how far a morph parts what lies in the face's middle, in MMD units; 0 for no opening of the mouth."""
    displacement = move.displacement
    energy = (displacement.offset**2).sum(1)
    total = energy.sum()
    if not total:
        return 0.0
    position = subject.surface.position[displacement.index]
    face = subject.on_head[displacement.index] & (position[:, 1] < level)
    side = np.sign(position[:, 0] - subject.center_x)
    if energy[~face].sum() > ELSEWHERE * total or abs((energy * side).sum()) > LOPSIDED * total:
        return 0.0
    rise = displacement.offset[face, 1]
    lowered = float(-rise.min(initial=0.0))
    return lowered + min(float(rise.max(initial=0.0)), lowered)
