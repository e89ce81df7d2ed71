"""Annotations that people share: nobody's word gets lost, no conflict goes unsaid, and strangers' files are checked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen.annotation import NOTHING, PERSON, SLOTS, Annotation, HeadRange, Slot, folder, load, save, to_json
from mmdgen.cli import app
from mmdgen.errors import AnnotationError
from mmdgen.library.exchange import FORMAT, combined, read_bundle, write_bundle
from mmdgen.shell import run

SHA, OTHER = "ab" * 32, "cd" * 32
BY = st.sampled_from([PERSON, "auto 0.1.0"])
SLOT = st.builds(Slot, st.sampled_from("あい"), st.integers(0, 1), st.none(), BY, st.sampled_from([0.5, 1.0]))
HEAD = st.builds(HeadRange, st.sampled_from([0.0, 1.0]), st.just(2.0), BY, st.sampled_from([0.5, 1.0]))
ANNOTATION = st.builds(
    Annotation,
    sha256=st.just(SHA),
    names_seen=st.lists(st.sampled_from("xyz"), max_size=2, unique=True).map(tuple),
    verdict=st.sampled_from(["todo", "keep", "reject"]),
    reason=st.sampled_from(["", "a prop"]),
    head=st.none() | HEAD,
    note=st.sampled_from(["", "odd", "fine"]),
).flatmap(
    lambda one: st.fixed_dictionaries({s: st.sampled_from([None, NOTHING]) | SLOT for s in SLOTS}).map(one.saying)
)


def words(annotation):
    """What people said: by field."""
    values = {"head": annotation.head, **annotation.words}
    said = {
        k: (v.bottom, v.top) if k == "head" else (v.name, v.index)
        for k, v in values.items()
        if v is not None and v.by == PERSON
    }
    if annotation.verdict != "todo":
        said["verdict"] = (annotation.verdict, annotation.reason)
    return said | ({"note": annotation.note} if annotation.note else {})


@settings(deadline=None)
@given(ANNOTATION, ANNOTATION)
def test_every_word_of_a_person_is_kept_or_listed(mine, theirs):
    result, conflicts = combined(mine, theirs)
    a, b = words(mine), words(theirs)
    assert words(result) == b | a
    assert {c.field for c in conflicts} == {k for k in a if k in b and a[k] != b[k]}
    other, again = combined(mine, theirs, prefer_theirs=True)
    assert words(other) == a | b
    assert again == conflicts
    assert {c.field for c in combined(theirs, mine)[1]} == {c.field for c in conflicts}


@settings(deadline=None)
@given(ANNOTATION, ANNOTATION)
def test_bringing_the_same_twice_changes_nothing_more(mine, theirs):
    once, _ = combined(mine, theirs)
    assert combined(once, theirs)[0] == once
    assert combined(mine, mine) == (mine, [])
    for field in ("head", *SLOTS):  # a proposal fills what is empty, and no more
        values = [a.head if field == "head" else a.words[field] for a in (mine, theirs, once)]
        assert (values[2] is None) == (values[0] is None and values[1] is None)


@settings(deadline=None)
@given(ANNOTATION)
def test_a_shared_file_gives_back_what_was_written(tmp_path_factory, annotation):
    path = tmp_path_factory.mktemp("shared") / "a.json"
    both = {SHA: annotation, OTHER: replace(annotation, sha256=OTHER)}
    write_bundle(path, both)
    assert read_bundle(path) == (both, [])


HEAD_BY_ME = HeadRange(15.0, 19.0, PERSON, 1.0)
MINE = Annotation(SHA, ("mine.pmx",), "keep", head=HEAD_BY_ME, note="as it was")
PROPOSAL = Slot("あ", 3, None, "auto 0.1.0", 0.9)


@pytest.fixture
def library(tmp_path):
    root = tmp_path / "models"
    save(folder(root), MINE)
    return root


def shared(path, *annotations):
    write_bundle(path, {a.sha256: a for a in annotations})
    return path


def annotations(*arguments) -> int:
    return run(app, ["annotations", *map(str, arguments)])


def test_a_library_is_shared_and_taken_over_by_another(library, tmp_path, capfd):
    assert annotations("export", library, "-o", tmp_path / "a.json") == 0
    assert "a.json: 1 annotations" in capfd.readouterr().out
    (tmp_path / "theirs").mkdir()
    assert annotations("import", tmp_path / "a.json", "--into", tmp_path / "theirs") == 0
    assert load(folder(tmp_path / "theirs"), SHA) == MINE
    assert annotations("import", tmp_path / "a.json", "--into", library, "--json") == 0
    report = json.loads(capfd.readouterr().out.split("as they were\n", 1)[1])
    assert (report["same"], report["new"], report["conflicts"]) == (1, 0, [])


def test_conflicts_are_listed_and_mine_stays_until_told_otherwise(library, tmp_path, capfd):
    theirs = replace(MINE, head=HeadRange(14.0, 19.0, PERSON, 1.0), slots={**MINE.slots, "mouth": PROPOSAL})
    file = shared(tmp_path / "b.json", theirs)
    assert annotations("import", file, "--into", library, "--dry-run") == 1
    assert load(folder(library), SHA) == MINE
    assert annotations("import", file, "--into", library) == 1
    out, err = capfd.readouterr()
    assert "abababababab mine.pmx: head: bottom 15.0 top 19.0 here, bottom 14.0 top 19.0 there" in out
    assert "1 conflict: the value here was kept; decide with --prefer" in err
    kept = load(folder(library), SHA)
    assert (kept.head, kept.slots["mouth"]) == (HEAD_BY_ME, PROPOSAL)
    assert annotations("import", file, "--into", library, "--prefer", "theirs", "--json") == 0
    (conflict,) = json.loads(capfd.readouterr().out)["conflicts"]
    assert conflict == {
        "sha256": SHA,
        "names": ["mine.pmx"],
        "field": "head",
        "mine": {"bottom": 15.0, "top": 19.0},
        "theirs": {"bottom": 14.0, "top": 19.0},
    }
    assert load(folder(library), SHA).head == theirs.head


def test_what_is_shared_may_leave_out_proposals_and_names(library, tmp_path):
    save(folder(library), replace(Annotation(OTHER), slots={**MINE.slots, "mouth": PROPOSAL}))
    assert annotations("export", library, "-o", tmp_path / "all.json") == 0
    assert set(read_bundle(tmp_path / "all.json")[0]) == {SHA, OTHER}
    assert annotations("export", library, "-o", tmp_path / "a.json", "--no-proposals", "--no-names") == 0
    assert read_bundle(tmp_path / "a.json")[0] == {SHA: replace(MINE, names_seen=(), note="")}


def test_files_are_merged_and_their_conflicts_listed(tmp_path, capfd):
    one = shared(tmp_path / "1.json", MINE)
    two = shared(
        tmp_path / "2.json", replace(MINE, verdict="reject", reason="a prop"), Annotation(OTHER, verdict="keep")
    )
    out = tmp_path / "all.json"
    assert annotations("merge", one, two, "-o", out, "--dry-run") == 1
    assert not out.exists()
    assert annotations("merge", one, two, "-o", out) == 1
    assert "verdict: verdict 'keep' here, verdict 'reject' reason 'a prop' there" in capfd.readouterr().out
    assert read_bundle(out) == ({SHA: MINE, OTHER: Annotation(OTHER, verdict="keep")}, [])
    assert annotations("merge", one, two, "-o", out, "--prefer", "last") == 0
    assert read_bundle(out)[0][SHA].verdict == "reject"


def damaged(**changes):
    return {**to_json(MINE), **changes}


HEAD_JSON = to_json(MINE)["head"]
SLOT_JSON = {"name": "あ", "index": 0, "side_split": None, "by": "person", "confidence": 1.0}


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("../../etc/passwd", damaged(sha256="../../etc/passwd")),
        (SHA.upper(), damaged(sha256=SHA.upper())),
        (SHA, damaged(sha256=OTHER)),
        (SHA, damaged(version=2)),
        (SHA, damaged(verdict="yes")),
        (SHA, damaged(note=7)),
        (SHA, damaged(note="x" * 30_000)),
        (SHA, damaged(names_seen="abc")),
        (SHA, damaged(names_seen=["a"] * 2000)),
        (SHA, damaged(head={**HEAD_JSON, "top": 1.0})),
        (SHA, damaged(head={**HEAD_JSON, "top": float("nan")})),
        (SHA, damaged(head={**HEAD_JSON, "by": "PERSON"})),
        (SHA, damaged(head={**HEAD_JSON, "confidence": 2})),
        (SHA, damaged(head=[1, 2])),
        (SHA, damaged(slots={})),
        (SHA, damaged(slots={**MINE.slots, "mouth": {**SLOT_JSON, "index": -1}})),
        (SHA, damaged(slots={**MINE.slots, "mouth": {**SLOT_JSON, "side_split": "up"}})),
        (SHA, damaged(slots={**MINE.slots, "mouth": {"name": "あ"}})),
        (SHA, damaged(slots={**MINE.slots, "mouth": {**SLOT_JSON, "name": 3}})),
        (SHA, "an annotation"),
        (SHA, None),
    ],
)
def test_one_bad_annotation_of_strangers_is_left_out_with_a_sentence(tmp_path, key, entry, library, capfd):
    path = tmp_path / "bad.json"
    good = to_json(Annotation(OTHER, verdict="keep"))
    path.write_text(json.dumps({"format": FORMAT, "version": 1, "annotations": {key: entry, OTHER: good}}))
    found, problems = read_bundle(path)
    assert set(found) == {OTHER}
    assert len(problems) == 1
    assert annotations("import", path, "--into", library) == 1
    assert "left out" in capfd.readouterr().err
    assert load(folder(library), OTHER).verdict == "keep"
    assert {p.suffix for p in folder(library).iterdir()} <= {".json", ".lock", ""}
    assert load(folder(library), SHA) == MINE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"annotations": {}}',
        "[" * 100_000,
        "\x80",
        '{"format": "mmdgen annotations", "version": 2, "annotations": {}}',
        '{"format": "mmdgen annotations", "version": 1, "annotations": []}',
        f'{{"format": "mmdgen annotations", "version": 1, "annotations": {{"{SHA}": null, "{SHA}": null}}}}',
    ],
)
def test_other_files_are_refused_whole_and_nothing_is_written(tmp_path, library, text, capfd):
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(AnnotationError, match=r"bad\.json"):
        read_bundle(path)
    assert annotations("import", shared(tmp_path / "good.json", Annotation(OTHER)), path, "--into", library) == 1
    assert annotations("merge", path, "-o", tmp_path / "out.json") == 1
    assert len(list(folder(library).glob("*.json"))) == 1
    assert not (tmp_path / "out.json").exists()


def test_a_damaged_stored_annotation_stays_and_stops_nobody_else(library, tmp_path, capfd):
    (folder(library) / f"{SHA}.json").write_text("{")
    file = shared(tmp_path / "a.json", MINE, Annotation(OTHER, verdict="keep"))
    assert annotations("import", file, "--into", library) == 1
    assert (folder(library) / f"{SHA}.json").read_text() == "{"
    assert load(folder(library), OTHER).verdict == "keep"
    assert annotations("export", library, "-o", tmp_path / "b.json") == 1
    assert set(read_bundle(tmp_path / "b.json")[0]) == {OTHER}


def test_nothing_to_share_and_no_library_are_wrong_usage(tmp_path, capfd):
    assert annotations("export", tmp_path, "-o", tmp_path / "a.json") == 2
    assert annotations("export", tmp_path / "none", "-o", tmp_path / "a.json") == 2
    assert annotations("import", shared(tmp_path / "b.json", MINE), "--into", tmp_path / "none") == 2
    assert annotations("import", tmp_path / "missing.json", "--into", tmp_path) == 1
