"""What may fill a slot: candidates in order, what is odd about one, and what rendering makes of all. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from annotator.reading import Loaded
from annotator.stage import Gesture
from mmdgen.annotation import NOTHING, PERSON, SLOTS, Annotation, HeadRange, Side, Slot
from mmdgen.errors import AnnotationError, BindingError
from mmdgen.library.effects import NOTICED, Effect
from mmdgen.library.proposals import names
from mmdgen.library.proposals.blink import SIDES
from mmdgen.library.proposals.morphs import SHUT
from mmdgen.model import Model, Panel
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose_spec import HEAD_BONE

SHOWN = 4  # candidates for a slot
PARTLY = 0.3  # of an eye's opening: what a candidate closes at least
OTHER: dict[Side, Side] = {"left": "right", "right": "left"}
KINDS = {"normal": names.BLINK, "smile": names.SMILE}
ANYWHERE = HeadRange(0.0, 1.0, PERSON, 1.0)  # what closes the eyes does not depend on where the head is

UNKNOWN = "no morph of this model: choose another"
STILL = "moves no vertex"
WRONG_SIDE = {"left": "acts on the right side", "right": "acts on the left side"}
TOO = {"left": "moves the right eye, too", "right": "moves the left eye, too"}
OPEN_EYE = {"left": "closes the left eye by {:.0%} only", "right": "closes the right eye by {:.0%} only"}
SAME_SIDE = "both on the same side"
SHAPES = {"normal": "closes along a smile's line", "smile": "closes along a blink's line"}
NO_MOUTH = "hardly opens the mouth"
WARNINGS = (
    UNKNOWN,
    STILL,
    *WRONG_SIDE.values(),
    *TOO.values(),
    *OPEN_EYE.values(),
    SAME_SIDE,
    *SHAPES.values(),
    NO_MOUTH,
)


@dataclass(frozen=True)
class Choice:
    """What may fill a slot: all morphs called ``name``, ``number`` the first of them, or one side of what they do."""

    name: str
    number: int
    split: Side | None = None

    @staticmethod
    def of(slot: Slot | None) -> Choice | None:
        """Return what a slot has, None for nothing."""
        return None if slot is None or slot == NOTHING else Choice(slot.name, slot.index, slot.side_split)

    @property
    def slot(self) -> Slot:
        """The choice as a person's word."""
        return Slot(self.name, self.number, self.split, PERSON, 1.0)

    def gesture(self, weight: float = 1.0) -> Gesture:
        """Return the choice as something to draw."""
        return Gesture(self.name, self.split, weight)


@dataclass(frozen=True)
class Oddity:
    """Something odd about a slot: one of WARNINGS, with the number that it is about."""

    text: str
    share: float | None = None


@dataclass(frozen=True)
class Use:
    """What ``mmdgen render`` makes of the slots when all are accepted: what closes either eye and opens the mouth.

    ``problem`` says in short why it would leave the model out, besides what the model itself lacks; with ``smiling``
    it would not under --allow-smile.
    """

    left: Choice | None = None
    right: Choice | None = None
    mouth: Choice | None = None
    problem: str = ""
    smiling: bool = False


def parts(slot: str) -> tuple[str, str]:
    """Return what a slot of the eyes is for: normal or smile, and left, right or both."""
    kind, _, side = slot.partition("_")
    return kind, side


# --- candidates -------------------------------------------------------------------------------------------------------


def candidates(loaded: Loaded, slot: str) -> list[Choice]:
    """Return the likeliest choices for a slot, the proposed one first, those that fit best next."""
    proposed = Choice.of(loaded.proposal.slots[slot]) if loaded.proposal else None
    merits = _mouths(loaded) if slot == "mouth" else _eyes(loaded, *parts(slot))
    ranked = sorted(merits, key=lambda choice: (-merits[choice], choice.number))
    first = [proposed] if proposed else []
    return list(dict.fromkeys([*first, *ranked]))[:SHOWN]


def _eyes(loaded: Loaded, kind: str, side: str) -> dict[Choice, float]:
    merits = {}
    for choice, effect in _known(loaded):
        closes = effect.closes
        if not closes:
            continue
        fit = 0.5 * (effect.shape == kind) - 0.5 * (effect.shape not in (kind, None)) + _named(choice.name, kind)
        left, right = closes.get("left", 0.0), closes.get("right", 0.0)
        if side == "both":
            if min(left, right) >= PARTLY:
                merits[choice] = min(left, right) + fit
            continue
        mine, other = (left, right) if side == "left" else (right, left)
        if mine >= PARTLY and other < PARTLY:
            merits[choice] = mine - other + fit
        half = _half(loaded, choice, side)
        if min(left, right) >= PARTLY and half is not None:
            merits[half] = mine + fit - 2  # after all that were made for one eye
    return merits


def _mouths(loaded: Loaded) -> dict[Choice, float]:
    merits = {}
    for choice, effect in _known(loaded):
        rank = names.rank(choice.name, names.MOUTH)
        if effect.opens_mouth is not None or rank == 0:
            merits[choice] = (3 - rank if rank is not None else 0) + (effect.opens_mouth or 0) / 10
    return merits


def _known(loaded: Loaded) -> list[tuple[Choice, Effect]]:
    """Return every name of a model's morphs with what it does."""
    if loaded.model is None or not loaded.effects:
        return []
    found: dict[str, tuple[Choice, Effect]] = {}
    for number, (morph, effect) in enumerate(zip(loaded.model.morphs, loaded.effects, strict=True)):
        found.setdefault(morph.name, (Choice(morph.name, number), effect))
    return list(found.values())


def _named(name: str, kind: str) -> float:
    """Return how much a name speaks for a kind, as little against what its vertices say."""
    ranks = [r for r in (names.rank(name, KINDS[kind]), names.rank(name, names.WINK)) if r is not None]
    return 0.1 * (3 - min(ranks)) / 3 if ranks else 0.0


def _half(loaded: Loaded, choice: Choice, side: str) -> Choice | None:
    return next((replace(choice, split=s) for s in SIDES if s == side and (choice.name, s) in loaded.halves), None)


def round_of(loaded: Loaded, slot: str, *, everything: bool = False) -> list[Choice]:
    """Return the morphs to cycle through for a slot, in the file's order: those of the eyes, or those of the mouth.

    ``everything``: all, as where none are known to be of the eyes or the mouth.
    """
    known = _known(loaded)
    panel = Panel.MOUTH if slot == "mouth" else Panel.EYE
    assert loaded.model is not None
    morphs = loaded.model.morphs
    own = [
        choice
        for choice, effect in known
        if (effect.opens_mouth is not None if slot == "mouth" else bool(effect.closes))
        or morphs[choice.number].panel == panel
    ]
    return [choice for choice, _ in known] if everything or not own else own


# --- what is odd ------------------------------------------------------------------------------------------------------


def warnings(loaded: Loaded, words: Mapping[str, Slot | None]) -> dict[str, list[Oddity]]:
    """Return what is odd about each slot."""
    found: dict[str, list[Oddity]] = {slot: [] for slot in SLOTS}
    for slot in SLOTS:
        choice = Choice.of(words[slot])
        if choice is not None:
            found[slot] = _odd(loaded, slot, choice)
    for kind in KINDS:
        pair = [f"{kind}_{side}" for side in SIDES]
        acting = [_side(loaded, Choice.of(words[slot])) for slot in pair]
        if acting[0] in SIDES and acting[0] == acting[1]:
            for slot in pair:
                found[slot].append(Oddity(SAME_SIDE))
    return found


def effect_of(loaded: Loaded, choice: Choice) -> Effect | None:
    """Return what a choice does, None for what the model does not have."""
    model = loaded.model
    if model is None or not loaded.effects or choice.number not in model.morphs_named(choice.name):
        return None
    effect = loaded.effects[choice.number]
    if choice.split is None:
        return effect
    side = choice.split if effect.side in ("both", choice.split) else None
    closes = {s: share if s == choice.split else 0.0 for s, share in effect.closes.items()}
    return replace(effect, side=side, closes=closes)


def _side(loaded: Loaded, choice: Choice | None) -> str | None:
    effect = effect_of(loaded, choice) if choice else None
    return effect.side if effect else None


def _odd(loaded: Loaded, slot: str, choice: Choice) -> list[Oddity]:
    effect = effect_of(loaded, choice)
    if effect is None:
        return [Oddity(UNKNOWN)]
    if effect.side is None and not effect.closes and f"no bone {HEAD_BONE}" not in loaded.lacks:
        return [Oddity(STILL)]
    if slot == "mouth":
        named = names.rank(choice.name, names.MOUTH) is not None  # some open far wider than for あ
        return [] if effect.opens_mouth is not None or named else [Oddity(NO_MOUTH)]
    kind, side = parts(slot)
    wanted: Sequence[Side] = [s for s in SIDES if side in (s, "both")]
    odd = []
    if side != "both":
        other = OTHER[wanted[0]]
        if effect.side == other:
            return [Oddity(WRONG_SIDE[side])]
        if effect.closes.get(other, 0.0) > NOTICED:
            odd.append(Oddity(TOO[side]))
    if loaded.eye_level is not None:
        shares = {s: effect.closes.get(s, 0.0) for s in wanted}
        odd += [Oddity(OPEN_EYE[s], share) for s, share in shares.items() if share < SHUT]
    if effect.shape is not None and effect.shape != kind:
        odd.append(Oddity(SHAPES[kind]))
    return odd


# --- what rendering makes of it ---------------------------------------------------------------------------------------


def use(loaded: Loaded, annotation: Annotation) -> Use:
    """Return what rendering makes of an annotation's slots; the model's own lacks are not its business."""
    if loaded.model is None or loaded.lacks:
        return Use()
    slots = {name: slot and replace(slot, by=PERSON, confidence=1.0) for name, slot in annotation.slots.items()}
    wanted = Annotation("", head=ANYWHERE, slots=slots)
    problem = ""
    for smiling in (False, True):
        try:
            binding = bind(loaded.model, wanted, allow_smile=smiling)
        except BindingError as error:
            problem = problem or error.reason
        except AnnotationError:
            return Use(problem=UNKNOWN)
        else:
            return Use(*_driven(loaded.model, binding), problem, smiling)
    return Use(problem=problem)


def _driven(model: Model, binding: Binding) -> tuple[Choice, Choice, Choice]:
    """Return what drives the eyes, left and right, and the mouth; what binding made are halves."""
    found = {}
    for drive in binding.drives:
        name, split = binding.model.morphs[drive.morphs[0]].name, None
        if drive.morphs[0] >= len(model.morphs):
            whole, _, side = name.rpartition(" (")
            name, split = whole, next(s for s in SIDES if side.startswith(s))
        found[drive.parameter] = Choice(name, model.morphs_named(name)[0], split)
    return found["eye_left"], found["eye_right"], found["mouth"]
