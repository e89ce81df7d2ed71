"""Annotations survive the disk, and proposals never overwrite a person."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen import annotation as an
from mmdgen.errors import AnnotationError, MmdgenError

SHA = "ab" * 32
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
BY = st.sampled_from([an.PERSON, "auto 0.1.0"])
SLOT = st.builds(
    an.Slot,
    name=TEXT,
    index=st.integers(0, 999),
    side_split=st.sampled_from([None, "left", "right"]),
    by=BY,
    confidence=st.floats(0, 1),
)
WORD = st.sampled_from([None, an.NOTHING]) | SLOT
HEAD = st.builds(
    lambda b, h, by, c: an.HeadRange(b, b + h, by, c), st.floats(-50, 50), st.floats(0.1, 20), BY, st.floats(0, 1)
)
ANNOTATION = st.builds(
    an.Annotation,
    sha256=st.just(SHA),
    names_seen=st.lists(TEXT, max_size=3, unique=True).map(tuple),
    verdict=st.sampled_from(["todo", "keep", "reject"]),
    reason=TEXT,
    head=st.none() | HEAD,
    note=TEXT,
).flatmap(lambda one: st.fixed_dictionaries(dict.fromkeys(an.SLOTS, WORD)).map(one.saying))


@settings(deadline=None)
@given(ANNOTATION)
def test_json_round_trip(annotation: an.Annotation) -> None:
    assert an.from_json(json.loads(json.dumps(an.to_json(annotation)))) == annotation


@settings(deadline=None)
@given(ANNOTATION, ANNOTATION)
def test_a_proposal_never_replaces_what_a_person_said(old: an.Annotation, new: an.Annotation) -> None:
    result = an.merged(old, new)
    for mine, theirs, got in [
        (old.head, new.head, result.head),
        *((old.words[s], new.words[s], result.words[s]) for s in an.SLOTS),
    ]:
        if mine is not None and mine.by == an.PERSON and (theirs is None or theirs.by != an.PERSON):
            assert got == mine
    assert an.merged(result, new) == result


@given(ANNOTATION)
def test_words_are_slots_and_nones(annotation: an.Annotation) -> None:
    assert annotation.saying(annotation.words) == annotation
    assert set(annotation.none) == {s for s in an.SLOTS if annotation.words[s] == an.NOTHING}
    assert ("none" in an.to_json(annotation)) == bool(annotation.none)


def test_none_is_a_word_about_an_empty_slot() -> None:
    one = an.Annotation(SHA).saying(dict.fromkeys(an.SLOTS) | {"mouth": an.NOTHING})
    assert (one.none, one.slots["mouth"]) == (("mouth",), None)
    proposal = replace(an.Annotation(SHA), slots=one.slots | {"mouth": an.Slot("あ", 3, None, "auto 0.1.0", 0.9)})
    assert an.merged(one, proposal).none == ("mouth",)
    with pytest.raises(AnnotationError):
        replace(proposal, none=("mouth",))
    for odd in (["nose"], "mouth", {"mouth": 1}, [["mouth"]]):
        with pytest.raises(AnnotationError):
            an.from_json(an.to_json(one) | {"none": odd})


def test_saved_file_loads_and_leaves_nothing_else(tmp_path: Path) -> None:
    slots = dict.fromkeys(an.SLOTS) | {"mouth": an.Slot("あ", 3, None, an.PERSON, 1.0)}
    wanted = an.Annotation(SHA, ("ミク.pmx",), "keep", head=an.HeadRange(1.5, 4.5, an.PERSON, 1.0), slots=slots)
    assert an.save(tmp_path, wanted) == wanted
    assert an.load(tmp_path, SHA) == wanted
    assert "ミク" in (tmp_path / f"{SHA}.json").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*.part"))
    assert an.load(tmp_path, "cd" * 32) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"version": 2}',
        '{"version": 1}',
        "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{SHA}.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(AnnotationError, match=SHA):
        an.load(tmp_path, SHA)


@pytest.mark.parametrize(
    ("key", "value"),
    [("index", "1e999"), ("confidence", "1" + "0" * 400), ("confidence", "NaN"), ("confidence", "1.5")],
)
def test_impossible_numbers_are_refused(tmp_path: Path, key: str, value: str) -> None:
    slots = dict.fromkeys(an.SLOTS) | {"mouth": an.Slot("あ", 3, None, an.PERSON, 1.0)}
    an.save(tmp_path, an.Annotation(SHA, slots=slots))
    path = tmp_path / f"{SHA}.json"
    before = json.dumps({key: {"index": 3, "confidence": 1.0}[key]})[1:-1]
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, f'"{key}": {value}'), encoding="utf-8")
    with pytest.raises(AnnotationError, match=SHA):
        an.load(tmp_path, SHA)


def test_the_name_of_a_file_that_is_not_unicode_survives(tmp_path: Path) -> None:
    wanted = an.Annotation(SHA, ("ok\udcff.pmx",))
    assert an.save(tmp_path, wanted) == wanted
    assert an.load(tmp_path, SHA) == wanted
    (tmp_path / f"{SHA}.json").read_text(encoding="utf-8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{SHA}.json")
    with pytest.raises(AnnotationError, match="no plain file"):
        an.load(tmp_path, SHA)


def test_a_store_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MmdgenError, match=r"file.*expected a folder"):
        an.save(tmp_path / "file" / "store", an.Annotation(SHA))


def test_an_annotation_of_another_model_is_refused(tmp_path: Path) -> None:
    an.save(tmp_path, an.Annotation(SHA))
    (tmp_path / f"{SHA}.json").rename(tmp_path / f"{'cd' * 32}.json")
    with pytest.raises(AnnotationError, match="written for model"):
        an.load(tmp_path, "cd" * 32)


@pytest.mark.parametrize(("bottom", "top"), [(2.0, 1.0), (1.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_an_empty_or_endless_head_range_is_refused(bottom: float, top: float) -> None:
    with pytest.raises(AnnotationError, match="head range"):
        an.HeadRange(bottom, top, an.PERSON, 1.0)


def _save_name(store: Path, name: str) -> None:
    an.save(store, an.Annotation(SHA, (name,)))


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    processes = [get_context("spawn").Process(target=_save_name, args=(tmp_path, f"name {i}")) for i in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    stored = an.load(tmp_path, SHA)
    assert stored is not None
    assert sorted(stored.names_seen) == [f"name {i}" for i in range(4)]
    assert replace(stored, names_seen=()) == an.Annotation(SHA)
