"""Which morph is the plain blink: the one that every other morph of the eyes is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.annotation import Side
from mmdgen.library.proposals import names
from mmdgen.library.proposals.displacement import Displacement, Move, distance
from mmdgen.library.proposals.eyes import OPEN, SHARE, Closing, Opening, opening
from mmdgen.library.proposals.subject import Subject

SIDES: tuple[Side, Side] = ("left", "right")
COVER, LIDS = 0.93, 0.75  # shares of the opening that a blink's lids cover
NAMED_COVER = 0.8  # what is called a blink may leave corners open
TRIED = 12  # morphs that are looked at closely when no name helps
DESCENT = 0.3  # of all its movement must go straight down, at least, in a blink
MIDDLE = 0.12  # of the distance to its farthest part: eyes keep clear of the face's middle
BUSY = 1.6  # times the smallest movement that closes both eyes: more is an expression, not a blink
SAME = 0.15  # relative distance up to which two displacements are the same gesture
TIE = 0.05  # difference in arch that decides nothing
REVERSED = 0.1  # difference in arch and in the lower lid's share that contradicts the names of blink and smile
CERTAIN = (0.97, 0.93, 0.88)  # confidence by the rank of a name that the geometry bears out


@dataclass(frozen=True, eq=False)
class Blink:
    """The plain closing of both eyes: its part and the opening that it covers, on either side.

    ``move`` is None where only one-eyed morphs close the eyes.
    """

    move: Move | None
    part: Mapping[Side, Displacement]
    openings: Mapping[Side, Opening]
    confidence: float

    @property
    def eye_level(self) -> float:
        """The y of the middle of the openings."""
        return float(np.mean([o.center[1] for o in self.openings.values()]))

    def closings(self, displacement: Displacement) -> dict[Side, Closing]:
        """Judge what a morph does to either eye."""
        return {side: self.openings[side].closing(displacement) for side in SIDES}


def sided(subject: Subject, displacement: Displacement) -> dict[Side, Displacement]:
    """Split a displacement at the face's middle."""
    x = subject.surface.position[:, 0] - subject.center_x
    return {"left": displacement.where(x > 0), "right": displacement.where(x < 0)}


def find_blink(subject: Subject) -> Blink | None:
    """Return the plain blink: the most usual name whose morph covers two openings, else what looks most like one."""
    named = sorted((r, m.number, m) for m in subject.moves if (r := names.rank(m.name, names.BLINK)) is not None)
    for rank, _, move in named:
        found = _as_blink(subject, move, CERTAIN[rank]) or _as_blink(subject, move, CERTAIN[rank] - 0.1, peel=True)
        if found is None:
            continue
        closings = found.closings(move.displacement)
        if all(c.cover >= NAMED_COVER for c in closings.values()):
            doubt = 0.0 if _closes_both(closings) else 0.1
            return _misnamed(subject, found) or replace(found, confidence=found.confidence - doubt)
    return _unnamed(subject) or _from_winks(subject)


def _misnamed(subject: Subject, named: Blink) -> Blink | None:
    """Return what is named as the smile where it is the plain blink, beyond doubt, and the named blink is the smile."""
    assert named.move is not None
    mine = named.closings(named.move.displacement)
    for move in subject.moves:
        if names.rank(move.name, names.SMILE) not in (0, 1):
            continue
        theirs = named.closings(move.displacement)
        lower = all(mine[s].arch - theirs[s].arch > REVERSED for s in SIDES)
        deeper = all(mine[s].lower - theirs[s].lower > REVERSED for s in SIDES)
        if lower and deeper and _closes_both(theirs):
            return _as_blink(subject, move, 0.8)
    return None


def _closes_both(closings: Mapping[Side, Closing]) -> bool:
    return all(c.cover >= COVER and c.lids >= LIDS for c in closings.values())


def _as_blink(subject: Subject, move: Move, confidence: float, *, peel: bool = False) -> Blink | None:
    part = sided(subject, move.displacement)
    openings = {side: opening(subject.surface, part[side], side, subject.center_x, peel=peel) for side in SIDES}
    left, right = openings["left"], openings["right"]
    if left is None or right is None or min(left.share, right.share) < SHARE:
        return None
    return Blink(move, part, {"left": left, "right": right}, confidence)


def _unnamed(subject: Subject) -> Blink | None:
    """Try the morphs that move most downward on both sides; of those that close both eyes, the lowest line is plain."""
    scored = sorted(((_descent(subject, m.displacement), -m.number, m) for m in subject.moves), reverse=True)
    tried = (_as_blink(subject, move, 0.6) for score, _, move in scored[:TRIED] if score > 0)
    guesses = [b for b in tried if b is not None and b.move and _closes_both(b.closings(b.move.displacement))]
    guesses = [b for b in guesses if _at_eye_bones(subject, b)] or guesses
    if not guesses:
        return None
    widest = max(guesses, key=lambda b: min(o.area * o.share for o in b.openings.values()))
    closing = {m.number: c for m in subject.moves if _closes_both(c := widest.closings(m.displacement))}
    able = [m for m in subject.moves if m.number in closing and not names.says(names.NOT_CLOSING, m.name)]
    if not able:
        return None
    least = min(m.displacement.size for m in able)
    calm = [m for m in able if m.displacement.size <= BUSY * least]
    arch = {m.number: sum(c.arch for c in closing[m.number].values()) / 2 for m in calm}
    calm.sort(key=lambda m: (arch[m.number], m.number))
    rivals = [
        m
        for m in calm[1:]
        if arch[m.number] < arch[calm[0].number] + TIE
        and distance(m.displacement, calm[0].displacement) > SAME * calm[0].displacement.size
    ]
    halves = _has_halves(subject, calm[0])
    return _as_blink(subject, calm[0], 0.85 if halves and not rivals else 0.6)


def _at_eye_bones(subject: Subject, guess: Blink) -> bool:
    """Tell whether the openings lie at the height of the eye bones, where the model has them."""
    heights = subject.eye_bone_heights
    return all(abs(o.center[1] - y) <= o.height for o in guess.openings.values() for y in heights)


def _has_halves(subject: Subject, both: Move) -> bool:
    """Tell whether one-eyed morphs do what either half of ``both`` does."""
    part = sided(subject, both.displacement)
    others = [m.displacement for m in subject.moves if m is not both and len(m.displacement.index)]
    return all(any(distance(m, half) <= SAME * half.size for m in others) for half in part.values())


def _descent(subject: Subject, displacement: Displacement) -> float:
    """Return how much a morph moves downward on its lesser side, 0 for one that is no closing of two eyes."""
    total = displacement.size**2
    x = np.abs(subject.surface.position[displacement.index, 0] - subject.center_x)
    energy = (displacement.offset**2).sum(1)
    if not total or energy[x < MIDDLE * x.max()].sum() > MIDDLE * total:
        return 0.0
    if not (subject.on_head[displacement.index] * energy).sum() > total / 2:
        return 0.0
    down = np.minimum(displacement.offset[:, 1], 0)
    if (down**2).sum() < DESCENT * total:
        return 0.0
    side = subject.surface.position[displacement.index, 0] > subject.center_x
    return float(min(-down[side].sum(), -down[~side].sum()))


def _from_winks(subject: Subject) -> Blink | None:
    """Make do with one-eyed morphs, named as such: on either side the one whose closed line runs lowest."""
    found: dict[Side, tuple[float, Displacement, Opening]] = {}
    for move in _winks(subject.moves):
        for side, part in sided(subject, move.displacement).items():
            seen = opening(subject.surface, part, side, subject.center_x)
            closing = OPEN if seen is None else seen.closing(move.displacement)
            if seen is None or seen.share < SHARE or closing.lids < LIDS:
                continue
            if side not in found or closing.arch < found[side][0]:
                found[side] = (closing.arch, part, seen)
    if len(found) < len(SIDES):
        return None
    return Blink(None, {s: found[s][1] for s in SIDES}, {s: found[s][2] for s in SIDES}, 0.6)


def _winks(moves: Iterable[Move]) -> list[Move]:
    return [m for m in moves if names.rank(m.name, names.WINK) is not None]
