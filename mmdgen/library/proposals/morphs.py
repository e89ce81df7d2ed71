"""Which morphs fill the slots of an annotation. The vertices decide; names break ties and add confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.annotation import SLOTS, Side, Slot
from mmdgen.library.proposals import names
from mmdgen.library.proposals.blink import SAME, SIDES, Blink, find_blink, sided
from mmdgen.library.proposals.displacement import Displacement, Move, distance
from mmdgen.library.proposals.mouth import find_mouth
from mmdgen.library.proposals.rays import Mask
from mmdgen.library.proposals.subject import BY, Subject
from mmdgen.model import Model

SHUT, FULLY, LIDS = 0.8, 0.93, 0.7  # shares of the opening: closed at all, closed as a blink does, covered by lids
OPEN = 0.2  # share up to which the other eye counts as open
HIGHER = 0.06  # how much more arched than a blink's a smile's line is, at least
CLEAR = 0.25  # of the distance between blink and smile: a wink this much nearer to one of them is of its kind
ALIKE = 0.03  # relative distance of blink and smile below which the model has only one closing
STRANGE = 0.75  # relative distance from both blink and smile: another gesture altogether
NAME_COST = (0.0, 0.05, 0.08)  # by rank, added to the distance when several morphs would do
UNNAMED_COST, ODD_COST = 0.15, 1.0
BUSIEST = 2.0  # times the blink's movement: more is an expression of the whole face
BUSY_COST = 0.3  # for each part of movement elsewhere as large as the closing itself
SURE, LIKELY, GUESS = 0.95, 0.85, 0.6


def propose_slots(model: Model) -> dict[str, Slot | None]:
    """Return a proposal for each of ``annotation.SLOTS``, None where no morph fits; see ``slots_of``."""
    subject = Subject.of(model)
    if subject is None:
        return dict.fromkeys(SLOTS)
    blink = find_blink(subject)
    eyes = Eyes(subject, blink) if blink else None
    return slots_of(eyes, find_mouth(subject, blink.eye_level if blink else None))


def slots_of(eyes: Eyes | None, mouth: tuple[Move, float] | None) -> dict[str, Slot | None]:
    """Fill the slots, given what closes the eyes and the morph that opens the mouth with its confidence.

    A one-eyed slot is left empty where only a both-eyes morph exists: binding splits that one itself. Confidence is 0.8
    or more only where geometry leaves no doubt, or where geometry and name agree.
    """
    found: dict[str, Slot | None] = dict.fromkeys(SLOTS)
    if eyes is not None:
        found |= eyes.slots()
    if mouth is not None:
        found["mouth"] = _slot(*mouth)
    return found


def _slot(move: Move, confidence: float) -> Slot:
    return Slot(move.name, move.number, None, BY, round(min(max(confidence, 0.0), 1.0), 2))


@dataclass(frozen=True)
class _Wink:
    """A one-eyed closing: ``kind`` is normal or smile, ``cost`` ranks rivals for one slot, the lowest wins."""

    move: Move
    kind: str
    cost: float
    confidence: float


class Eyes:
    """Everything that closes an eye, compared with the blink and the smile of the same model.

    ``closings`` tells by a move's number what it does to either eye.
    """

    def __init__(self, subject: Subject, blink: Blink) -> None:
        self._subject, self._blink = subject, blink
        self.closings = {m.number: blink.closings(m.displacement) for m in subject.moves}
        self._plain = {side: blink.openings[side].closing(blink.part[side]) for side in SIDES}
        self._parts = {m.number: sided(subject, m.displacement) for m in subject.moves}
        self._flat = any(o.flat for o in blink.openings.values())  # then a smile's line lies in the opening itself
        self._fully = SHUT if self._flat else FULLY
        self._only_smiles = self._blink_is_smile()
        self._smile = self._find_smile()
        self._lids = {side: self._lid_vertices(side) for side in SIDES}

    def slots(self) -> dict[str, Slot | None]:
        """Return the slots of the eyes that something fills."""
        found: dict[str, Slot | None] = {}
        if self._blink.move is not None:
            found[f"{'smile' if self._only_smiles else 'normal'}_both"] = _slot(
                self._blink.move, self._blink.confidence
            )
        if self._smile is not None:
            found["smile_both"] = _slot(*self._smile)
        for side in SIDES:
            winks = [w for m in self._subject.moves if (w := self._wink(m, side)) is not None]
            for kind in ("normal", "smile"):
                best = min((w for w in winks if w.kind == kind), key=lambda w: (w.cost, w.move.number), default=None)
                if best is not None:
                    found[f"{kind}_{side}"] = _slot(best.move, best.confidence)
        return found

    def shape(self, move: Move, side: Side) -> str | None:
        """Tell the line along which a move closes an eye: ``normal``, a blink's, ``smile``, or None for neither."""
        distances = self._distances(move, side)
        return None if min(distances) > STRANGE else self._kind(move, side, *distances)[0]

    def lid_movement(self, move: Move, side: Side) -> float:
        """Return how far a move takes the lids of an eye, in sizes of the blink's movement."""
        return self._parts[move.number][side].where(self._lids[side]).size / self._blink.part[side].size

    # --- the smile ----------------------------------------------------------------------------------------------------

    def _blink_is_smile(self) -> bool:
        """Tell whether what closes both eyes is no blink: called a smile and closing along a smile's line."""
        move = self._blink.move
        named = move is not None and names.rank(move.name, names.SMILE) in (0, 1)
        return named and all(closing.arch > 0 for closing in self._plain.values())

    def _find_smile(self) -> tuple[Move, float] | None:
        """Return the both-eyes closing whose line arches up against the blink's, and how sure that is."""
        if self._blink.move is None or self._only_smiles:
            return None
        rated = [(*rating, -m.number, m) for m in self._subject.moves if (rating := self._rate_smile(m)) is not None]
        if not rated:
            return None
        _, confidence, _, move = max(rated, key=lambda r: (r[0], r[2]))
        return move, confidence

    def _rate_smile(self, move: Move) -> tuple[float, float] | None:
        """Return (merit, confidence) of a move as the smile, None when it is none."""
        closings, blink = self.closings[move.number], self._blink
        assert blink.move is not None
        if not self.shuts(move, SIDES):
            return None
        size = blink.move.displacement.size
        if distance(move.displacement, blink.move.displacement) <= ALIKE * size:
            return None
        higher = sum(closings[s].arch - self._plain[s].arch for s in SIDES) / 2
        rank = names.rank(move.name, names.SMILE)
        if rank is None:
            busy = move.displacement.size / size
            odd = names.says(names.NOT_CLOSING, move.name)
            if higher < HIGHER or odd or busy > BUSIEST:
                return None
            return higher - busy, 0.8 if self._halved(move) else GUESS
        if rank and higher < 0:
            return None
        confidence = SURE if higher >= HIGHER / 2 else LIKELY if higher > -HIGHER / 2 else GUESS
        if self._flat:
            confidence = LIKELY
        if min(c.cover for c in closings.values()) < self._fully:
            confidence = GUESS
        return 3.0 - rank, confidence - 0.05 * rank

    def _halved(self, both: Move) -> bool:
        """Tell whether one-eyed morphs do what either half of a both-eyes morph does."""
        halves = self._parts[both.number]
        others = [m.displacement for m in self._subject.moves if m is not both and len(m.displacement.index)]
        return all(any(distance(o, half) <= SAME * half.size for o in others) for half in halves.values())

    # --- winks --------------------------------------------------------------------------------------------------------

    def _wink(self, move: Move, side: Side) -> _Wink | None:
        """Judge a move as a closing of one eye alone."""
        other: Side = "right" if side == "left" else "left"
        closings = self.closings[move.number]
        if not self.shuts(move, (side,)) or abs(closings[other].cover) > OPEN:
            return None
        size = self._blink.part[side].size
        to_blink, to_smile = self._distances(move, side)
        kind, confidence = self._kind(move, side, to_blink, to_smile)
        strange = min(to_blink, to_smile) > STRANGE and not (self._only_smiles and kind == "normal")
        rank = names.rank(move.name, names.WINK)
        odd = rank is None and names.says(names.NOT_CLOSING, move.name)
        if strange and (rank is None or kind == "normal"):
            return None
        if rank is None:
            confidence -= 0.1
        if closings[side].cover < self._fully or odd or strange:
            confidence = min(confidence, GUESS)
        inside = self._parts[move.number][side].where(self._lids[side]).size
        busy = float(np.sqrt(max(move.displacement.size**2 - inside**2, 0))) / size
        if self._only_smiles:
            cost = to_blink if kind == "smile" else 0.0
        else:
            cost = to_blink if kind == "normal" else to_smile if np.isfinite(to_smile) else 0.0
        cost += BUSY_COST * busy
        cost += ODD_COST if odd else UNNAMED_COST if rank is None else NAME_COST[rank]
        return _Wink(move, kind, cost, confidence)

    def _distances(self, move: Move, side: Side) -> tuple[float, float]:
        """Return how far a move's lids are from the blink's and from the smile's, in sizes of the blink's movement."""
        part = self._parts[move.number][side].where(self._lids[side])
        size = self._blink.part[side].size
        smile = self._smile_part(side)
        to_blink = distance(part, self._blink.part[side].where(self._lids[side])) / size
        return to_blink, np.inf if smile is None else distance(part, smile) / size

    def _kind(self, move: Move, side: Side, to_blink: float, to_smile: float) -> tuple[str, float]:
        """Decide normal or smile by two votes: which of the two the movement is nearer to, and how its line arches."""
        arch, plain = self.closings[move.number][side].arch, self._plain[side].arch
        if not np.isfinite(to_smile):
            if self._only_smiles:
                near = to_blink <= SAME * 2
                return ("smile", SURE) if near else ("normal", LIKELY) if arch < 0 else ("smile", GUESS)
            if to_blink <= SAME * 2:
                return "normal", SURE
            return ("smile", LIKELY - 0.1) if arch - plain > HIGHER else ("normal", GUESS)
        assert self._smile is not None
        smiling = self.closings[self._smile[0].number][side].arch
        apart = self._smile_distance(side)
        by_distance = (to_smile - to_blink) / apart  # 1: the blink's half, -1: the smile's
        by_arch = (plain + smiling - 2 * arch) / (smiling - plain) if smiling - plain > HIGHER else 0.0
        kind = "normal" if by_distance + np.clip(by_arch, -1, 1) / 2 > 0 else "smile"
        sign = 1 if kind == "normal" else -1
        if sign * by_distance >= CLEAR:
            return kind, SURE if sign * by_arch >= 0 or sign * by_distance > 1 - CLEAR else LIKELY
        return kind, GUESS

    def shuts(self, move: Move, sides: tuple[Side, ...]) -> bool:
        """Tell whether a move closes these eyes: with lids, or in another way if it is named for it."""
        closings = [self.closings[move.number][s] for s in sides]
        if not all(c.cover >= SHUT for c in closings):
            return False
        named = any(names.rank(move.name, patterns) is not None for patterns in (names.SMILE, names.WINK))
        return all(c.lids >= LIDS for c in closings) or (named and all(c.cover >= self._fully for c in closings))

    def _smile_part(self, side: Side) -> Displacement | None:
        if self._smile is None:
            return None
        return self._parts[self._smile[0].number][side].where(self._lids[side])

    def _smile_distance(self, side: Side) -> float:
        smile = self._smile_part(side)
        blink = self._blink.part[side]
        assert smile is not None
        return distance(smile, blink.where(self._lids[side])) / blink.size

    def _lid_vertices(self, side: Side) -> Mask:
        """Return the vertices (V,) that blink or smile move on a side: what a wink's kind is judged by."""
        mask = np.zeros(len(self._subject.surface.position), bool)
        mask[self._blink.part[side].index] = True
        if self._smile is not None:
            mask[self._parts[self._smile[0].number][side].index] = True
        return mask
