"""Pages, verdicts, sending back, undo and redo, with files and without a window or OpenGL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from annotator.previews import Preview
from annotator.review import Review
from mmdgen.annotation import Annotation, HeadRange, Slot, folder, load, save
from mmdgen.errors import MmdgenError
from mmdgen.library.kinship import Kinship
from mmdgen.library.scan import locate

AUTO = HeadRange(1.0, 2.0, "auto 1", 0.9)
BLINK = Slot("まばたき", 3, None, "auto 1", 0.5)
SMILE = Slot("笑い", 4, None, "auto 1", 0.5)
DRAWN = ("head", "normal_both", "mouth")


def library(root: Path, count: int = 6) -> Path:
    """Write files that need be no models: nobody looks inside."""
    for number in range(count):
        path = root / f"{number:02d}" / "model.pmx"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"model %d" % number)
    return root


class Shown:
    """Stands for the process that draws; models are ready unless said otherwise."""

    def __init__(self, **readiness: str) -> None:
        self.readiness = {int(k[1:]): v for k, v in readiness.items()}

    def __call__(self, path: Path) -> Preview | None:
        found = self.readiness.get(int(path.parent.name), "ready")
        if found == "undrawn":
            return None
        known = Annotation(sha(path), head=AUTO)
        known = replace(known, slots={**known.slots, "normal_both": BLINK, "smile_both": SMILE})
        drawn = DRAWN if found in ("ready", "unsure") else ()
        return Preview(path, found, () if found == "ready" else ("a reason",), b"", drawn, known)


def sha(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def opened(root: Path, shown: Shown | None = None, per_page: int = 4) -> Review:
    review = Review(list(locate([root]).items()), shown or Shown(), per_page)
    review.session.begin()
    return review


def states(review: Review) -> list[str]:
    return [review.session.look(i) for i in range(len(review.session.entries))]


def stored(review: Review, index: int) -> Annotation | None:
    entry = review.session.entries[index]
    return load(entry.store, entry.sha256)


def test_one_key_keeps_a_model_and_moves_on(tmp_path: Path) -> None:
    review = opened(library(tmp_path))
    review.keep()
    assert review.advance()
    assert (stored(review, 0).verdict, review.session.cursor) == ("keep", 1)
    assert stored(review, 0).head == AUTO  # sure already: whose word it is stays
    review.reject("duplicate")
    assert review.advance()
    review.send_back("heads")
    assert review.advance()
    again = opened(tmp_path)
    assert states(again) == ["done", "rejected", "sent back", "todo", "todo", "todo"]
    assert again.session.cursor == 3
    assert again.session.annotation(1).reason == "duplicate"


def test_one_key_keeps_a_page_and_one_takes_it_back(tmp_path: Path) -> None:
    review = opened(library(tmp_path), Shown(m1="unsure", m2="lacking"))
    review.session.cursor = 3
    review.reject("other")
    assert review.keep_page() == (1, 2)
    assert states(review) == ["done", "todo", "todo", "rejected", "todo", "todo"]
    review.turn(1)
    assert review.keep_page() == (2, 0)
    assert states(review)[4:] == ["done", "done"]
    assert review.session.undo()
    assert states(review)[4:] == ["todo", "todo"]
    assert review.session.undo()
    assert states(review)[:4] == ["todo", "todo", "todo", "rejected"]


def test_nothing_is_kept_that_nobody_saw(tmp_path: Path) -> None:
    review = opened(library(tmp_path), Shown(m0="undrawn", m3="undrawn"))
    for keep in (review.keep, review.keep_page):
        with pytest.raises(MmdgenError, match="still being drawn"):
            keep()
    assert states(review) == ["todo"] * 6
    review.look_for("no such name", "all")
    for decide in (review.keep, lambda: review.reject("other"), lambda: review.send_back("heads")):
        with pytest.raises(MmdgenError, match="No model is shown"):
            decide()
    assert not review.page


@pytest.mark.parametrize("readiness", ["lacking", "unreadable"])
def test_what_cannot_be_rendered_is_rejected_or_sent_back_but_not_kept(tmp_path: Path, readiness: str) -> None:
    review = opened(library(tmp_path), Shown(m0=readiness))
    with pytest.raises(MmdgenError, match="send it back, or reject"):
        review.keep()
    review.send_back("morphs")
    assert stored(review, 0).sent_back == ("morphs",)
    review.reject("broken")
    assert stored(review, 0).verdict == "reject"


def test_keeping_what_was_unsure_makes_what_was_shown_a_persons_word(tmp_path: Path) -> None:
    review = opened(library(tmp_path), Shown(m0="unsure"))
    review.keep()
    known = stored(review, 0)
    assert (known.verdict, known.head.by, known.slots["normal_both"].by) == ("keep", "person", "person")
    assert known.slots["normal_both"].confidence == 1.0
    assert known.slots["smile_both"] == SMILE  # nobody saw it


def test_sending_back_is_a_mark_for_each_part_and_can_be_taken_back(tmp_path: Path) -> None:
    review = opened(library(tmp_path))
    review.keep()
    assert review.send_back("heads")
    assert review.send_back("morphs")
    assert (stored(review, 0).verdict, stored(review, 0).sent_back) == ("todo", ("heads", "morphs"))
    assert review.send_back("heads")
    assert stored(review, 0).sent_back == ("morphs",)
    assert not review.send_back("morphs")
    assert states(review)[0] == "todo"
    review.reject("other")
    review.unjudge()
    assert (stored(review, 0).verdict, stored(review, 0).reason) == ("todo", "")
    review.unjudge()  # nothing to take back: no step for undo
    assert review.session.undo()
    assert states(review)[0] == "rejected"


def test_marks_of_other_windows_stay(tmp_path: Path) -> None:
    review = opened(library(tmp_path, 1))
    store, name = review.session.entries[0].store, sha(review.session.entries[0].path)
    save(store, Annotation(name, reason="in work"))
    review = opened(tmp_path)
    review.send_back("morphs")
    assert load(store, name).reason == "in work, morphs again"
    review.unjudge()
    assert load(store, name).reason == "in work"


def test_relatives_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kin = {0: ((4, "look alike"),), 4: ((0, "look alike"),)}
    known = Kinship((0, 4, 1, 2, 3, 5), (0, 1, 2, 3, 0, 5), kin, 2)
    monkeypatch.setattr("annotator.review.kinship", lambda _: known)
    review = opened(library(tmp_path))
    assert [e.path.parent.name for e in review.session.entries] == ["00", "04", "01", "02", "03", "05"]
    assert review.kin(0) == ((1, "look alike"),)
    assert review.kin(1) == ((0, "look alike"),)
    assert review.relatives(0, 1)
    assert not review.relatives(1, 2)
    review.look_for("", "alike")
    assert review.page == [0, 1]


def test_search_and_filter_turn_over_some_models_only(tmp_path: Path) -> None:
    review = opened(library(tmp_path, 12), per_page=4)
    review.session.cursor = 9
    review.reject("other")
    review.look_for("1", "all")  # 01, 10, 11
    assert (review.page, review.pages) == ([1, 10, 11], (1, 1))
    assert review.session.cursor == 10
    review.look_for("", "rejected")
    assert (review.page, review.session.cursor) == ([9], 9)
    review.look_for("", "all")
    assert (review.page, review.pages) == ([8, 9, 10, 11], (3, 3))
    assert [p.parent.name for p in review.wanted()][:5] == ["09", "08", "10", "11", "04"]


def test_cursor_and_pages_end_at_the_ends(tmp_path: Path) -> None:
    review = opened(library(tmp_path))
    for move, where in ((-1, 0), (4, 4), (4, 5), (1, 5), (-4, 1)):
        review.step(move)
        assert review.session.cursor == where
    for turn, where in ((1, 5), (1, 5), (-1, 1), (-1, 1)):
        review.turn(turn)
        assert review.session.cursor == where
    assert not Review([], Shown()).page


def test_going_on_ends_when_all_is_reviewed(tmp_path: Path) -> None:
    review = opened(library(tmp_path, 2))
    review.keep()
    assert review.advance()
    review.keep()
    assert not review.advance()
    assert review.session.counts() == {"done": 2}
    assert opened(tmp_path).session.cursor == 0


class Sitting(RuleBasedStateMachine):
    """Any sequence of decisions: disk and memory agree, and undoing all of them leaves what was there before."""

    root: Path

    def __init__(self) -> None:
        super().__init__()
        for file in folder(self.root).glob("*.json"):
            file.unlink()
        self.review = opened(self.root, Shown(m1="unsure", m3="lacking"))
        self.steps = 0

    @rule(index=st.integers(0, 5))
    def go(self, index: int) -> None:
        self.review.session.cursor = index

    @rule(what=st.sampled_from(["keep", "page", "heads", "morphs", "reject", "unjudge"]))
    def decide(self, what: str) -> None:
        actions = {
            "keep": self.review.keep,
            "page": self.review.keep_page,
            "heads": lambda: self.review.send_back("heads"),
            "morphs": lambda: self.review.send_back("morphs"),
            "reject": lambda: self.review.reject("other"),
            "unjudge": self.review.unjudge,
        }
        before = [stored(self.review, i) for i in range(6) if self.review.session.look(i)]
        try:
            actions[what]()
        except MmdgenError:
            return
        self.steps += before != [stored(self.review, i) for i in range(6)]

    @precondition(lambda self: self.steps)
    @rule()
    def back_and_forth(self) -> None:
        before = states(self.review)
        assert self.review.session.undo()
        assert self.review.session.redo()
        assert states(self.review) == before

    def teardown(self) -> None:
        assert states(opened(self.root)) == states(self.review)
        while self.review.session.undo():
            pass
        assert not list(folder(self.root).glob("*.json"))


def test_any_sitting_can_be_undone(tmp_path_factory: pytest.TempPathFactory) -> None:
    class Here(Sitting):
        root = library(tmp_path_factory.mktemp("models"))

    run_state_machine_as_test(Here, settings=settings(max_examples=15, stateful_step_count=12, deadline=None))


@given(st.integers(0, 30), st.integers(1, 9))
@settings(deadline=None, max_examples=60)
def test_pages_show_every_model_once(count: int, per_page: int) -> None:
    review = Review([(Path(f"{i:02d}.pmx"), Path("none")) for i in range(count)], Shown(), per_page)
    shown = []
    for number in range(review.pages[1]):
        review.session.cursor = min(number * per_page, count - 1)
        assert review.session.cursor in review.page
        assert review.pages[0] == number + 1
        shown += review.page
    assert shown == list(range(count))
