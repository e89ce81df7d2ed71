"""Queue, decisions, undo and redo, with files and without a window."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from annotator import edits
from annotator.identities import FILE, Identities
from annotator.pace import PAUSE, Pace
from annotator.session import Session
from mmdgen.annotation import AGAIN, Annotation, HeadRange, Slot, load, save
from mmdgen.errors import FormatError, MmdgenError
from mmdgen.library.scan import locate

AUTO = HeadRange(1.0, 2.0, "auto 1", 0.9)
BLINK = Slot("まばたき", 3, None, "auto 1", 0.95)


def library(folder: Path, count: int = 4) -> Path:
    """Write files that need be no models: the session never looks inside."""
    for number in range(count):
        path = folder / f"{number:02d}" / "model.pmx"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"model %d" % number)
    return folder


def opened(folder: Path) -> Session:
    session = Session(list(locate([folder]).items()))
    session.begin()
    return session


def accept(session: Session, bottom: float = 1.0, top: float = 2.0) -> Annotation:
    return session.decide(None, lambda a: edits.accepted(a, bottom, top))


def test_decisions_are_on_disk_and_the_next_session_goes_on_behind_them(tmp_path: Path) -> None:
    session = opened(library(tmp_path))
    accept(session)
    session.cursor = session.next_open()
    session.decide(None, lambda a: edits.rejected(a, "broken"))
    session.cursor = session.next_open()
    session.decide(None, edits.flagged)
    again = opened(tmp_path)
    assert [again.look(i) for i in range(4)] == ["done", "rejected", "flagged", "todo"]
    assert again.cursor == 3
    assert again.annotation(1).reason == "broken"
    accept(again)
    assert again.next_open() == 2  # what was put off comes last
    assert opened(tmp_path).cursor == 2


def test_lines_that_were_moved_are_kept_and_still_to_be_accepted(tmp_path: Path) -> None:
    session = opened(library(tmp_path))
    session.decide(None, lambda a: edits.moved(a, 3.0, 4.0))
    again = opened(tmp_path)
    assert (again.cursor, again.state(0)) == (0, "proposed")
    assert again.annotation(0).head == HeadRange(3.0, 4.0, "person", 1.0)
    accept(again, 3.0, 4.0)
    again.decide(None, lambda a: edits.moved(a, 3.5, 4.0))
    assert again.state(0) == "done"  # a correction of what was done stays done


@pytest.mark.parametrize("change", [lambda a: edits.rejected(a, "broken"), edits.flagged])
def test_moving_lines_changes_no_state_but_of_what_was_to_do(tmp_path: Path, change: Callable) -> None:
    session = opened(library(tmp_path, 1))
    before = session.decide(None, change)
    after = session.decide(None, lambda a: edits.moved(a, 3.0, 4.0))
    assert (after.verdict, after.reason) == (before.verdict, before.reason)
    assert accept(session).reason == ""
    assert session.state(0) == "done"


def test_a_decision_keeps_the_proposed_morphs_and_the_name(tmp_path: Path) -> None:
    session = opened(library(tmp_path))
    sha256 = session.current.sha256
    proposal = Annotation(sha256, head=AUTO, slots=dict(Annotation(sha256).slots) | {"normal_both": BLINK})
    written = session.decide(proposal, lambda a: edits.accepted(a, 5.0, 6.0))
    assert written == load(session.current.store, sha256)
    assert written.slots["normal_both"] == BLINK
    assert written.names_seen == ("model.pmx",)


def test_the_same_file_in_two_places_is_decided_once(tmp_path: Path) -> None:
    folder = library(tmp_path, 2)
    (folder / "01" / "model.pmx").write_bytes(b"model 0")
    session = opened(folder)
    accept(session)
    assert session.next_open() is None
    assert session.state(1) == "done"


def test_what_cannot_be_read_is_met_once_and_stops_nothing(tmp_path: Path) -> None:
    folder = library(tmp_path, 3)
    (folder / "00" / "model.pmx").unlink()
    (folder / "00" / "model.pmx").symlink_to("nowhere")
    session = opened(folder)
    assert session.cursor == 0
    assert "nowhere" in session.current.problem or "No such file" in session.current.problem
    with pytest.raises(MmdgenError):
        accept(session)
    for expected in (1, 2):
        session.cursor = session.next_open()
        assert session.cursor == expected
        accept(session)
    assert session.next_open() is None


def test_a_damaged_annotation_is_said_and_left_alone(tmp_path: Path) -> None:
    session = opened(library(tmp_path, 1))
    path = session.current.store / f"{session.current.sha256}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    again = opened(tmp_path)
    assert str(path) in again.current.problem
    with pytest.raises(MmdgenError):
        accept(again)
    assert path.read_text() == "{"


def test_a_store_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    folder = library(tmp_path, 1)
    store = tmp_path / "file"
    store.write_text("")
    session = Session([(folder / "00" / "model.pmx", store / "below")])
    session.begin()
    with pytest.raises(MmdgenError):
        accept(session)
    assert session.state(0) == "todo"
    assert not session.undo()


def test_undo_keeps_what_others_wrote_meanwhile(tmp_path: Path) -> None:
    session = opened(library(tmp_path))
    accept(session)
    store, sha256 = session.current.store, session.current.sha256
    mouth = Slot("あ", 1, None, "person", 1.0)
    save(store, replace(load(store, sha256), slots=dict(Annotation(sha256).slots) | {"mouth": mouth}))
    assert session.undo()
    kept = load(store, sha256)
    assert kept.head is None
    assert kept.slots["mouth"] == mouth


def test_filter_and_search(tmp_path: Path) -> None:
    session = opened(library(tmp_path))
    accept(session)
    assert session.matching("0 MODEL", ()) == [0, 1, 2, 3]
    assert session.matching("02") == [2]
    assert session.matching("", ("todo",)) == [1, 2, 3]
    assert session.next_open([0, 3]) == 3
    assert (session.step(1, [0, 2]), session.step(-1, [0, 2])) == (2, 0)


def test_upcoming_are_the_current_and_the_next_few_open(tmp_path: Path) -> None:
    session = opened(library(tmp_path, 8))
    session.cursor = 2
    accept(session)
    session.cursor = 1
    assert session.upcoming() == [1, 3, 4, 5, 2, 0]


def test_the_survey_finds_the_same_in_the_background(tmp_path: Path) -> None:
    accept(opened(library(tmp_path)))
    session = opened(tmp_path)
    session.survey().join()
    assert session.poll()
    assert all(entry.looked_at for entry in session.entries)
    assert session.counts() == {"done": 1, "todo": 3}


class Sitting(RuleBasedStateMachine):
    """However a person decides, wanders and takes back: as many undos restore every file, redos bring all back."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.session = opened(self.folder)
        self.begun = self.files()
        self.done = 0

    def files(self) -> dict[str, object]:
        return {p.name: json.loads(p.read_text("utf-8")) for p in self.folder.rglob("*.json")}

    @rule(index=st.integers(0, 2))
    def wander(self, index: int) -> None:
        self.session.cursor = index

    @rule(bottom=st.integers(0, 5), height=st.integers(1, 5), how=st.sampled_from([edits.moved, edits.accepted]))
    def lines(self, bottom: int, height: int, how: object) -> None:
        self.session.decide(None, lambda a: how(a, float(bottom), float(bottom + height)))
        self.done += 1

    @rule(reason=st.sampled_from(edits.REASONS))
    def reject(self, reason: str) -> None:
        self.session.decide(None, lambda a: edits.rejected(a, reason))
        self.done += 1

    @rule()
    def flag(self) -> None:
        self.session.decide(None, edits.flagged)
        self.done += 1

    @rule()
    def undo(self) -> None:
        assert self.session.undo() == (self.done > 0)
        self.done = max(self.done - 1, 0)

    @rule()
    @precondition(lambda self: self.done)
    def all_back_and_forth(self) -> None:
        now = self.files()
        for _ in range(self.done):
            assert self.session.undo()
        assert not self.session.undo()
        assert self.files() == self.begun
        for _ in range(self.done):
            assert self.session.redo()
        assert self.files() == now

    def teardown(self) -> None:
        while self.session.undo():
            pass
        assert self.files() == self.begun


def test_edits_then_as_many_undos_restore_every_file(tmp_path: Path) -> None:
    Sitting.folder = library(tmp_path, 3)
    run_state_machine_as_test(Sitting, settings=settings(max_examples=12, stateful_step_count=12, deadline=None))


annotations = st.builds(
    Annotation,
    sha256=st.just("0" * 64),
    verdict=st.sampled_from(["todo", "keep", "reject"]),
    reason=st.sampled_from(["", "later", "broken"]),
    head=st.none() | st.builds(HeadRange, st.just(0.0), st.integers(1, 3), st.just("person"), st.just(1.0)),
    note=st.sampled_from(["", "note"]),
)


@given(annotations, annotations, annotations)
@settings(deadline=None)
def test_a_carried_change_touches_only_what_it_changed(current: Annotation, old: Annotation, new: Annotation) -> None:
    result = edits.carried(current, old, new)
    for field in edits.FIELDS:
        changed = getattr(old, field) != getattr(new, field)
        assert getattr(result, field) == getattr(new if changed else current, field)


def test_identities_are_remembered_until_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = library(tmp_path, 1) / "00" / "model.pmx"
    store = tmp_path / "store"
    sha256 = Identities(store).sha256(model)
    kept = (store / FILE).read_text()
    (store / FILE).write_text(kept + '{"path": "torn')
    monkeypatch.setattr("annotator.identities.hashlib.sha256", None)  # nothing is read again
    assert Identities(store).sha256(model) == sha256
    monkeypatch.undo()
    model.write_bytes(b"other bytes")
    assert Identities(store).sha256(model) != sha256
    with pytest.raises(FormatError):
        Identities(store).sha256(tmp_path)


def test_pace_leaves_breaks_out() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert pace.minutes(10) is None
    for seconds in (3, 3, 3, 3600):
        now[0] += seconds
        pace.step()
    assert pace.per_minute == pytest.approx(60 * 4 / (9 + PAUSE))
    assert pace.minutes(8) == pytest.approx(8 / pace.per_minute)


def test_several_decisions_are_one_step(tmp_path: Path) -> None:
    session = opened(library(tmp_path))
    session.decide_all([(i, None, lambda a: edits.rejected(a, "other")) for i in (0, 2, 3)])
    assert [session.look(i) for i in range(4)] == ["rejected", "todo", "rejected", "rejected"]
    assert session.undo()
    assert [session.state(i) for i in range(4)] == ["todo"] * 4
    assert not list(session.entries[0].store.glob("*.json"))
    assert session.cursor == 0
    assert session.redo()
    assert [session.state(i) for i in range(4)] == ["rejected", "todo", "rejected", "rejected"]
    assert session.undo()
    assert not session.undo()


def test_what_cannot_be_decided_leaves_what_was_decided_before_it(tmp_path: Path) -> None:
    session = opened(library(tmp_path))
    session.entries[2].path.unlink()
    with pytest.raises(MmdgenError):
        session.decide_all([(i, None, lambda a: edits.rejected(a, "other")) for i in range(4)])
    assert [session.look(i) for i in range(4)] == ["rejected", "rejected", "todo", "todo"]
    assert session.undo()
    assert [session.look(i) for i in range(4)] == ["todo"] * 4


def test_a_head_that_was_sent_back_is_to_do_until_it_is_accepted(tmp_path: Path) -> None:
    session = opened(library(tmp_path, 2))
    accept(session)
    session.decide(None, lambda a: edits.marked(a, *AGAIN.values()))
    again = opened(tmp_path)
    assert (again.cursor, again.state(0)) == (0, "sent back")
    again.decide(None, lambda a: edits.moved(a, 3.0, 4.0))
    assert again.state(0) == "sent back"
    assert accept(again, 3.0, 4.0).sent_back == ("morphs",)  # that is for another window
    assert again.state(0) == "done"


def test_putting_off_forgets_nothing(tmp_path: Path) -> None:
    session = opened(library(tmp_path, 1))
    session.decide(None, lambda a: edits.moved(a, 3.0, 4.0))
    session.decide(None, edits.flagged)
    assert session.state(0) == "flagged"
    session.decide(None, edits.flagged)
    assert session.state(0) == "proposed"  # the lines are still to be accepted


def test_a_kept_model_is_done(tmp_path: Path) -> None:
    session = opened(library(tmp_path, 1))
    session.decide(None, lambda a: replace(a, verdict="keep", head=AUTO))
    assert session.state(0) == "done"
    session.decide(None, lambda a: edits.moved(a, 3.0, 4.0))
    assert accept(session).verdict == "keep"
