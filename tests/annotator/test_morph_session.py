"""Slots, candidates and warnings, with files and without a window."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from builders import group, head_model, morph, moves, saved
from corpus import corpus_models
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from annotator import choices, edits
from annotator.choices import Choice
from annotator.edits import morph_state
from annotator.keys import SLOTS as NAMED_SLOTS
from annotator.morphs import Morphs
from annotator.reading import Loaded, read_morphs
from annotator.session import Session
from annotator.stage import Gesture
from mmdgen.annotation import AGAIN, NOTHING, PERSON, SLOTS, Annotation, HeadRange, Slot, load, save
from mmdgen.errors import AnnotationError, BindingError, MmdgenError
from mmdgen.library.proposals import propose
from mmdgen.library.scan import locate
from mmdgen.model import Model, Panel, VertexMorph
from mmdgen.pose.binding import bind

SMILE = "笑い"


LABELS = json.loads((Path(__file__).parents[1] / "library" / "corpus_labels.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def characters() -> dict[str, Path]:
    """Return the real models that were labelled, by their hashes."""
    found = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in corpus_models()}
    return {sha256: path for sha256, path in found.items() if sha256 in LABELS}


def renamed(model: Model, names: dict[str, str]) -> Model:
    return replace(model, morphs=tuple(replace(m, name=names.get(m.name, m.name)) for m in model.morphs))


def without(model: Model, *names: str) -> Model:
    """Return the model whose morphs of these names are there and move nothing."""
    still = moves(np.zeros(0, np.int32), np.zeros((0, 3)))
    return replace(model, morphs=tuple(replace(m, data=still) if m.name in names else m for m in model.morphs))


def without_winks(model: Model) -> Model:
    """Return the model with the group まばたき made one morph, and without winks."""
    left, right = model.morphs[0].data, model.morphs[1].data
    both = VertexMorph(np.append(left.index, right.index), np.append(left.offset, right.offset, 0))
    morphs = (*model.morphs[:2], replace(model.morphs[2], data=both), *model.morphs[3:])
    return without(replace(model, morphs=morphs), "ウィンク２", "ｳｨﾝｸ２右", "ウィンク", "ウィンク右")


def opened(folder: Path) -> Morphs:
    session = Session(list(locate([folder]).items()), morph_state)
    session.begin()
    return shown(Morphs(session))


def shown(morphs: Morphs) -> Morphs:
    morphs.show(read_morphs(morphs.session.current.path))
    return morphs


def one(folder: Path, model: Model) -> Morphs:
    saved(model, folder / "a" / "model.pmx")
    return opened(folder)


def stored(morphs: Morphs) -> Annotation:
    return load(morphs.session.current.store, morphs.session.current.sha256)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    path = tmp_path_factory.mktemp("model") / "model.pmx"
    saved(head_model(), path)
    return read_morphs(path)


def test_one_key_makes_seven_proposals_a_persons_word(tmp_path: Path) -> None:
    morphs = one(tmp_path, head_model())
    session = morphs.session
    proposed = dict(morphs.loaded.proposal.slots)
    assert all(proposed.values())
    assert session.state(0) == "proposed"
    morphs.accept()
    assert stored(morphs).slots == {s: replace(w, by=PERSON, confidence=1.0) for s, w in proposed.items()}
    assert stored(morphs).none == ()
    assert stored(morphs).verdict == "todo"  # that is for the reviewer
    assert stored(morphs).head == morphs.loaded.proposal.head
    assert session.state(0) == "done"
    assert opened(tmp_path).session.state(0) == "done"


def test_none_is_an_answer_that_no_proposal_overwrites(tmp_path: Path) -> None:
    morphs = one(tmp_path, without_winks(head_model()))
    assert [s for s in SLOTS if morphs.words[s] is None] == ["normal_left", "normal_right", "smile_left", "smile_right"]
    morphs.put_none("mouth")
    assert morphs.session.state(0) == "proposed"  # a word on one slot is no word on the others
    morphs.accept()
    kept = stored(morphs)
    assert set(kept.none) == {"normal_left", "normal_right", "smile_left", "smile_right", "mouth"}
    assert morphs.session.state(0) == "done"
    full = propose(head_model())
    save(morphs.session.current.store, replace(full, sha256=kept.sha256))  # as annotate-auto would
    again = opened(tmp_path)
    assert stored(again).words == kept.words
    assert again.session.state(0) == "done"


def test_a_persons_morph_stays_when_another_slot_is_reset(tmp_path: Path) -> None:
    morphs = one(tmp_path, head_model())
    wink = Choice.of(morphs.words["smile_left"])
    morphs.put("normal_left", wink)
    morphs.put("normal_right", None)
    morphs.reset(("normal_right",))
    assert stored(morphs).slots["normal_left"] == wink.slot
    assert stored(morphs).slots["normal_right"] == morphs.loaded.proposal.slots["normal_right"]
    morphs.reset(SLOTS)
    assert stored(morphs).slots == dict(morphs.loaded.proposal.slots)
    assert morphs.session.state(0) == "proposed"


SWAPPED = {"ウィンク２": "ｳｨﾝｸ２右", "ｳｨﾝｸ２右": "ウィンク２", "ウィンク": "ウィンク右", "ウィンク右": "ウィンク"}


def test_sides_come_from_vertices_and_not_from_names(tmp_path: Path) -> None:
    straight, swapped = one(tmp_path / "1", head_model()), one(tmp_path / "2", renamed(head_model(), SWAPPED))
    for slot in SLOTS:
        assert straight.words[slot].index == swapped.words[slot].index
        assert [c.number for c in straight.candidates(slot)] == [c.number for c in swapped.candidates(slot)]
        assert not straight.odd[slot]
        assert not swapped.odd[slot]
    assert swapped.words["normal_left"].name == "ｳｨﾝｸ２右"


def texts(morphs: Morphs, slot: str) -> set[str]:
    return {odd.text for odd in morphs.odd[slot]}


def test_warnings(tmp_path: Path) -> None:
    model = without(head_model(), "真面目")
    morphs = one(tmp_path, model)
    number = {m.name: i for i, m in enumerate(model.morphs)}

    def put(slot: str, name: str) -> set[str]:
        morphs.put(slot, Choice(name, number[name]))
        return texts(morphs, slot)

    assert put("normal_left", "ｳｨﾝｸ２右") == {"acts on the right side", choices.SAME_SIDE}
    assert choices.SAME_SIDE in texts(morphs, "normal_right")
    assert put("normal_left", "まばたき") == {"moves the right eye, too"}
    assert put("normal_right", "まばたき") == {"moves the left eye, too"}
    assert put("normal_left", "ウィンク") == {"closes along a smile's line"}
    assert put("smile_right", "ｳｨﾝｸ２右") == {"closes along a blink's line"}
    assert put("normal_left", "真面目") == {choices.STILL}
    assert put("normal_both", "ウィンク２") == {"closes the right eye by {:.0%} only"}
    assert put("mouth", "い") == {choices.NO_MOUTH}
    morphs.put("normal_left", Choice("あ", 99))
    assert texts(morphs, "normal_left") == {choices.UNKNOWN}
    assert put("normal_left", "あ") == {"closes the left eye by {:.0%} only"}
    assert put("normal_left", "ウィンク２") == set()
    morphs.put("normal_right", Choice("まばたき", number["まばたき"], "right"))
    assert not morphs.odd["normal_right"]
    morphs.put("normal_right", Choice("まばたき", number["まばたき"], "left"))
    assert texts(morphs, "normal_right") == {"acts on the left side", choices.SAME_SIDE}


def test_a_wrong_proposal_is_what_is_looked_at_first(tmp_path: Path) -> None:
    morphs = one(tmp_path, head_model())
    assert (morphs.slot, morphs.shown.name) == ("normal_left", "ウィンク２")
    morphs.put("smile_right", Choice("まばたき", 2))
    again = opened(tmp_path)
    assert (again.slot, again.shown) == ("smile_right", Choice("まばたき", 2))


def test_candidates_begin_with_the_proposal_and_halves_come_last(loaded: Loaded) -> None:
    for slot in SLOTS:
        offered = choices.candidates(loaded, slot)
        assert offered[0] == Choice.of(loaded.proposal.slots[slot])
        assert len(offered) == len(set(offered)) <= choices.SHOWN
    left = choices.candidates(loaded, "normal_left")
    assert [(c.name, c.split) for c in left] == [
        ("ウィンク２", None),
        ("ウィンク", None),
        ("まばたき", "left"),
        (SMILE, "left"),
    ]
    assert not any(c.split for slot in ("normal_both", "smile_both", "mouth") for c in choices.candidates(loaded, slot))


def test_what_is_in_a_slot_is_among_its_pictures(tmp_path: Path) -> None:
    morphs = one(tmp_path, head_model())
    morphs.put("normal_left", Choice("真面目", 8))
    assert Choice("真面目", 8) in morphs.candidates("normal_left")
    assert len(morphs.candidates("normal_left")) <= choices.SHOWN


def test_turns_go_through_the_morphs_of_the_eyes_or_of_the_mouth(tmp_path: Path) -> None:
    morphs = one(tmp_path, head_model())
    morphs.choose("normal_left")
    met = []
    for _ in range(8):
        met.append(morphs.shown.name)
        morphs.step_morph(1)
    assert met == ["ウィンク２", "ｳｨﾝｸ２右", "まばたき", SMILE, "ウィンク", "ウィンク右", "真面目", "ウィンク２"]
    morphs.look(Choice("まばたき", 2, "left"))  # a half has its place where the whole is
    morphs.step_morph(-1)
    assert morphs.shown.name == "ｳｨﾝｸ２右"
    morphs.choose("mouth")
    morphs.step_morph(1)
    assert morphs.shown.name == "い"
    morphs.everything = True
    morphs.step_morph(1)
    assert morphs.shown.name == "真面目"
    morphs.put_shown("smile_both")
    assert stored(morphs).slots["smile_both"] == Slot("真面目", 8, None, PERSON, 1.0)


def test_weight_and_comparison(tmp_path: Path) -> None:
    morphs = one(tmp_path, head_model())
    morphs.choose("normal_left")
    morphs.step_weight(-1)
    assert morphs.gestures == (Gesture("ウィンク２", None, 0.9),)
    morphs.weigh(0.33)
    morphs.step_weight(1)
    assert morphs.weight == pytest.approx(0.4)
    morphs.compare()
    assert morphs.gestures == ()
    morphs.compare()
    assert morphs.gestures == (Gesture("ウィンク２", None, 0.4),)
    morphs.step_slot(-1)
    assert (morphs.slot, morphs.weight) == ("mouth", 1.0)


def test_states(tmp_path: Path) -> None:
    morphs = one(tmp_path, head_model())
    session = morphs.session
    morphs.flag()
    assert session.state(0) == "flagged"
    assert edits.head_state(stored(morphs)) == "proposed"  # what is put off here is not put off there
    morphs.flag()
    assert session.state(0) == "proposed"
    morphs.accept()
    session.decide(None, lambda a: edits.marked(a, *AGAIN.values()))
    assert session.state(0) == "sent back"
    morphs.put_none("mouth")
    assert session.state(0) == "sent back"
    morphs.accept()
    assert stored(morphs).sent_back == ("heads",)
    assert session.state(0) == "done"
    morphs.reject("broken")
    assert session.state(0) == "rejected"
    morphs.put("mouth", Choice("い", 7))
    assert (stored(morphs).verdict, stored(morphs).reason) == ("reject", "broken")
    morphs.accept()
    assert session.state(0) == "done"
    kept = session.decide(None, lambda a: replace(a, verdict="keep"))
    morphs.put_none("mouth")
    morphs.accept()
    assert stored(morphs).verdict == kept.verdict == "keep"


def test_what_cannot_be_shown_can_only_be_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a" / "model.pmx"
    saved(head_model(), path)
    path.write_bytes(path.read_bytes()[:400])
    morphs = opened(tmp_path)
    for refused in (morphs.accept, lambda: morphs.put_none("mouth"), lambda: morphs.step_morph(1)):
        with pytest.raises(MmdgenError, match=r"model\.pmx"):
            refused()
    morphs.reject("broken")
    assert morphs.session.state(0) == "rejected"


def test_a_model_without_head_bone_or_morphs_is_shown(tmp_path: Path) -> None:
    model = head_model()
    headless = replace(model, bones=tuple(replace(b, name="x" if b.name == "頭" else b.name) for b in model.bones))
    morphs = one(tmp_path / "1", headless)
    assert morphs.loaded.lacks == ("no bone 頭",)
    assert not any(morphs.odd.values())
    morphs.put("mouth", Choice("あ", 6))
    bare = one(tmp_path / "2", replace(model, morphs=()))
    assert bare.shown is None
    assert bare.use.problem == "no mouth morph"
    with pytest.raises(MmdgenError, match="no morphs"):
        bare.step_morph(1)
    with pytest.raises(MmdgenError, match="No morph is shown"):
        bare.put_shown("mouth")
    bare.accept()
    assert set(stored(bare).none) == set(SLOTS)


WORD = st.none() | st.builds(
    Choice, st.just("x"), st.integers(0, 8), st.sampled_from([None, None, None, "left", "right"])
)


@given(words=st.fixed_dictionaries(dict.fromkeys(SLOTS, WORD)))
@settings(deadline=None)
def test_what_rendering_uses_is_what_binding_does(loaded: Loaded, words: dict[str, Choice | None]) -> None:
    model = loaded.model
    named = {s: c and replace(c, name=model.morphs[c.number].name) for s, c in words.items()}
    annotation = Annotation("", slots={s: c and c.slot for s, c in named.items()})
    found = choices.use(loaded, annotation)
    try:
        bound = bind(model, replace(annotation, head=HeadRange(0, 1, PERSON, 1)), allow_smile=found.smiling)
    except (BindingError, AnnotationError) as error:
        refused = getattr(error, "reason", choices.UNKNOWN)
    else:
        refused = ""
    if refused:
        assert found.problem == refused
        return
    assert bool(found.problem) == found.smiling
    driven = {d.parameter: [bound.model.morphs[n].name for n in d.morphs] for d in bound.drives}
    for parameter, choice in (("eye_left", found.left), ("eye_right", found.right), ("mouth", found.mouth)):
        assert set(driven[parameter]) == {f"{choice.name} ({choice.split})" if choice.split else choice.name}


def test_halves_are_those_of_binding(loaded: Loaded) -> None:
    annotation = replace(
        propose(loaded.model),
        slots=dict.fromkeys(SLOTS)
        | {"normal_both": loaded.proposal.slots["normal_both"], "mouth": loaded.proposal.slots["mouth"]},
    )
    bound = bind(loaded.model, annotation)
    for drive in bound.drives[:2]:
        made = [bound.model.morphs[n] for n in drive.morphs]
        side = drive.parameter.removeprefix("eye_")
        assert list(loaded.halves["まばたき", side]) == made


def test_every_slot_has_a_name() -> None:
    assert tuple(NAMED_SLOTS) == SLOTS


class Sitting(RuleBasedStateMachine):
    """However slots are filled, emptied, reset and accepted: as many undos restore every file."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.morphs = opened(self.folder)
        self.begun = self.files()

    def files(self) -> dict[str, object]:
        return {p.name: json.loads(p.read_text("utf-8")) for p in self.folder.rglob("annotations/*.json")}

    @rule(slot=st.sampled_from(SLOTS), number=st.integers(0, 8))
    def put(self, slot: str, number: int) -> None:
        self.morphs.put(slot, Choice(self.morphs.loaded.model.morphs[number].name, number))
        assert self.morphs.words[slot].by == PERSON

    @rule(slot=st.sampled_from(SLOTS))
    def none(self, slot: str) -> None:
        self.morphs.put_none(slot)
        assert self.morphs.words[slot] == NOTHING

    @rule(slot=st.sampled_from(SLOTS), by=st.sampled_from([-1, 1]))
    def candidate(self, slot: str, by: int) -> None:
        self.morphs.choose(slot)
        self.morphs.step_candidate(by)

    @rule()
    def accept(self) -> None:
        self.morphs.accept()
        assert self.morphs.session.state(0) == "done"

    @rule(slots=st.sets(st.sampled_from(SLOTS)))
    def reset(self, slots: set[str]) -> None:
        self.morphs.reset(tuple(slots))

    def teardown(self) -> None:
        now, session, steps = self.files(), self.morphs.session, 0
        while session.undo():
            steps += 1
        assert self.files() == self.begun
        for _ in range(steps):
            assert session.redo()
        assert self.files() == now
        while session.undo():
            pass


def test_edits_then_as_many_undos_restore_every_file(tmp_path: Path) -> None:
    saved(head_model(), tmp_path / "a" / "model.pmx")
    Sitting.folder = tmp_path
    run_state_machine_as_test(Sitting, settings=settings(max_examples=10, stateful_step_count=10, deadline=None))


def test_duplicate_names_are_one_choice(tmp_path: Path) -> None:
    model = head_model()
    again = (*model.morphs, morph("まばたき", Panel.EYE, group([0, 1])))
    morphs = one(tmp_path, replace(model, morphs=again))
    assert [c.number for c in morphs.round()].count(2) == 1
    assert len({c.name for c in morphs.round()}) == len(morphs.round())


@pytest.mark.corpus
@pytest.mark.parametrize("sha256", LABELS)
def test_real_models_hold_what_was_seen_and_nothing_is_odd(
    corpus: Path, characters: dict[str, Path], tmp_path: Path, sha256: str
) -> None:
    """Among them are winks whose names mean the other side, and models that have none."""
    session = Session([(characters[sha256], tmp_path)], morph_state)
    session.begin()
    morphs = shown(Morphs(session))
    assert {slot: word and word.index for slot, word in morphs.words.items()} == LABELS[sha256]["slots"]
    assert not any(morphs.odd.values())
    assert not morphs.use.problem
    winks = [morphs.words[f"normal_{side}"] for side in ("left", "right")]
    assert (morphs.use.left.split, morphs.use.right.split) == ((None, None) if all(winks) else ("left", "right"))
    assert [morphs.effect(c).side for c in (morphs.use.left, morphs.use.right)] == ["left", "right"]
    morphs.accept()
    assert session.state(0) == "done"
