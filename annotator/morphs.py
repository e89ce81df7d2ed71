"""The seven slots of the model that is shown, the morph that is looked at, and what may be decided about them."""

from __future__ import annotations

from annotator import edits
from annotator.choices import Choice, Oddity, Use, candidates, effect_of, round_of, use, warnings
from annotator.reading import Loaded
from annotator.session import Session
from annotator.stage import Gesture, base_framing
from annotator.work import Work
from mmdgen.annotation import NOTHING, SLOTS, Annotation, HeadRange, Slot, merged
from mmdgen.errors import MmdgenError
from mmdgen.library.effects import Effect
from mmdgen.space import Framing
from mmdgen.viewer.view import View

STEPS = 10  # of the slider, from 0 to 1
EYES_AT, MOUTH_AT = 0.39, 0.14  # of the height of most heads


class Morphs(Work):
    """Works on the slots of the session's current model; see ``Work``.

    ``slot`` is the one that is chosen; ``shown`` the morph in the large picture, at ``weight``, or not while
    ``resting``; ``everything``: not only the morphs of the eyes or of the mouth take turns.
    """

    def __init__(self, session: Session, at: int | None = None) -> None:
        super().__init__(session, at)
        self.slot = SLOTS[0]
        self.shown: Choice | None = None
        self.weight, self.resting, self.everything = 1.0, False, False
        self.words: dict[str, Slot | None] = dict.fromkeys(SLOTS)
        self.odd: dict[str, list[Oddity]] = {slot: [] for slot in SLOTS}
        self.use = Use()
        self._candidates: dict[str, list[Choice]] = {}
        self._known: Annotation | None = None
        self._base: tuple[HeadRange | None, Framing] | None = None

    # --- what is there ------------------------------------------------------------------------------------------------

    def show(self, loaded: Loaded | None) -> None:
        """Take the model under the cursor; None while it is being read."""
        self._candidates, self._base = {}, None
        super().show(loaded)
        self.everything = False
        self.choose(self._first())

    def _first(self) -> str:
        """Return the slot to begin with: the first that is odd, else the first that a person may see something in."""
        odd = [slot for slot in SLOTS if self.odd[slot]]
        return (odd or [slot for slot in SLOTS if self.effective(slot)] or list(SLOTS))[0]

    @property
    def has_proposal(self) -> bool:
        """True when a morph is proposed for any slot."""
        return self._proposal is not None and any(self._proposal.slots.values())

    def refresh(self) -> None:
        """Take over what is stored now, and what it comes to."""
        known = self._known = self._merged()
        self.words = known.words if known else dict.fromkeys(SLOTS)
        if known is not None and self.ready and self.loaded is not None:
            self.odd, self.use = warnings(self.loaded, self.words), use(self.loaded, known)
        else:
            self.odd, self.use = {slot: [] for slot in SLOTS}, Use()

    def _merged(self) -> Annotation | None:
        """Return what is stored, with proposals where nothing is."""
        if self._proposal is None:
            return self.stored
        return merged(self.stored, self._proposal)

    def annotation(self) -> Annotation | None:
        """Return all that is known of the model, for drawing it as the dataset would; None without a head range."""
        return self._known if self.head is not None else None

    @property
    def head(self) -> HeadRange | None:
        """The head range by which the face is framed."""
        return self._known.head if self._known else None

    def framed(self, zoom: float, *parts: str) -> tuple[Framing, View]:
        """Return the head's frame and a view that enlarges parts of the face, "eyes" and "mouth", in its middle.

        Without a head range the whole model, not enlarged.
        """
        assert self.loaded is not None
        if self._base is None or self._base[0] != self.head:
            self._base = self.head, base_framing(self.loaded, self.head)  # looks at every vertex
        base = self._base[1]
        if self.head is None:
            return base, View()
        usual = {"eyes": base.bottom + EYES_AT * base.unit, "mouth": base.bottom + MOUTH_AT * base.unit}
        found = {"eyes": self.loaded.eye_level, "mouth": self.loaded.mouth_level}
        levels = [usual[part] if (level := found[part]) is None else level for part in parts]
        return base, View(zoom=zoom, y=(sum(levels) / len(levels) - base.center_y) / base.unit)

    def candidates(self, slot: str) -> list[Choice]:
        """Return the choices that are offered for a slot; what is in it is one of them, wherever it came from."""
        if not self.ready or self.loaded is None:
            return []
        if slot not in self._candidates:
            self._candidates[slot] = candidates(self.loaded, slot)
        found = list(self._candidates[slot])
        if (mine := Choice.of(self.words[slot])) is not None and mine not in found:
            found = [*found[: max(len(found) - 1, 0)], mine]
            self._candidates[slot] = found
        return found

    def effective(self, slot: str) -> Choice | None:
        """Return what acts in a slot: its morph, or for a one-eyed wink the half that rendering would use instead."""
        mine = Choice.of(self.words[slot])
        if mine is None and slot in ("normal_left", "normal_right"):
            mine = self.use.left if slot == "normal_left" else self.use.right
        return mine

    def effect(self, choice: Choice) -> Effect | None:
        """Return what a choice does."""
        return effect_of(self.loaded, choice) if self.loaded else None

    @property
    def gestures(self) -> tuple[Gesture, ...]:
        """What the large picture shows."""
        if self.shown is None or self.resting or not self.weight:
            return ()
        return (self.shown.gesture(self.weight),)

    # --- looking ------------------------------------------------------------------------------------------------------

    def choose(self, slot: str) -> None:
        """Choose a slot and look at what acts in it."""
        self.slot = slot
        self.look(self.effective(slot))

    def step_slot(self, by: int) -> None:
        """Choose the slot below (1) or above (-1), around the ends."""
        self.choose(SLOTS[(SLOTS.index(self.slot) + by) % len(SLOTS)])

    def look(self, choice: Choice | None) -> None:
        """Look at a morph at full weight."""
        self.shown, self.weight, self.resting = choice, 1.0, False

    def round(self) -> list[Choice]:
        """Return the morphs that take turns."""
        if not self.ready or self.loaded is None:
            return []
        return round_of(self.loaded, self.slot, everything=self.everything)

    def step_morph(self, by: int) -> None:
        """Look at the next (1) or the previous (-1) morph in the file's order, around the ends."""
        self._must_be_ready()
        turns = self.round()
        if not turns:
            raise MmdgenError("This model has no morphs")
        here = self.shown
        if here is None:
            self.look(turns[0 if by > 0 else -1])
            return
        numbers = [choice.number for choice in turns]
        if here.number in numbers:
            at = (numbers.index(here.number) + by) % len(turns)
        else:
            beyond = [i for i, n in enumerate(numbers) if (n > here.number if by > 0 else n < here.number)]
            at = (beyond[0] if by > 0 else beyond[-1]) if beyond else (0 if by > 0 else -1)
        self.look(turns[at])

    def weigh(self, weight: float) -> None:
        """Look at the morph at another weight."""
        self.weight, self.resting = min(max(weight, 0.0), 1.0), False

    def step_weight(self, by: int) -> None:
        """Look at the morph at a step more or less weight."""
        self.weigh(round(self.weight * STEPS + by) / STEPS)

    def compare(self) -> None:
        """Look at the face without the morph, or with it again."""
        self.resting = not self.resting

    # --- decisions ----------------------------------------------------------------------------------------------------

    def put(self, slot: str, choice: Choice | None) -> None:
        """Put a morph in a slot, or say that none fits, and choose the slot."""
        self._must_be_ready()
        word = choice.slot if choice else NOTHING
        if self.words[slot] != word:
            self._decide(lambda a: edits.filled(a, {slot: word}))
        self.slot = slot

    def put_shown(self, slot: str) -> None:
        """Put the morph that is looked at in a slot."""
        self._must_be_ready()
        if self.shown is None:
            raise MmdgenError("No morph is shown: look for one with ← and →")
        self.put(slot, self.shown)

    def put_none(self, slot: str) -> None:
        """Say that no morph fits a slot."""
        self.put(slot, None)
        self.choose(slot)

    def step_candidate(self, by: int) -> None:
        """Put the next (1) or the previous (-1) of the pictures in the chosen slot."""
        self._must_be_ready()
        offered = self.candidates(self.slot)
        if not offered:
            raise MmdgenError("Nothing is offered for this slot: look for a morph with ← and →")
        mine = Choice.of(self.words[self.slot])
        at = offered.index(mine) + by if mine in offered else (0 if by > 0 else -1)
        self.put(self.slot, offered[at % len(offered)])
        self.choose(self.slot)

    def reset(self, slots: tuple[str, ...]) -> None:
        """Put slots back to what is proposed, for a person to accept."""
        self._must_be_ready()
        if self._proposal is None:
            raise MmdgenError("There is no proposal to go back to")
        proposed = {slot: self._proposal.slots[slot] for slot in slots}
        if any(edits.by_person(self.words[slot]) for slot in slots):
            self._decide(lambda a: edits.filled(a, proposed))
        self.choose(self.slot)

    def accept(self) -> None:
        """Make all slots a person's word, empty ones as well."""
        self._must_be_ready()
        self._decide(edits.accepted_slots)

    @staticmethod
    def _flagged(annotation: Annotation) -> Annotation:
        return edits.morphs_flagged(annotation)
