"""``mmdgen annotate-auto`` from the command line to the annotation files."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from builders import head_model, saved

from mmdgen.annotation import Annotation, HeadRange, Slot, load, save
from mmdgen.cli import app
from mmdgen.library.annotate import lacking, propose_file
from mmdgen.library.proposals import propose
from mmdgen.shell import run


@pytest.fixture
def library(tmp_path):
    root = tmp_path / "models"
    model = saved(head_model(), root / "girl" / "[A] 女の子.pmx")
    prop = replace(head_model(), name="prop", bones=tuple(replace(b, name="骨") for b in head_model().bones))
    saved(prop, root / "prop.pmx")
    (root / "broken.pmd").write_bytes(b"Pmd\x00\x00\x80?")
    return root, model


def store(root):
    return root / ".mmdgen" / "annotations"


def annotate(*arguments) -> int:
    return run(app, ["annotate-auto", "--workers", "1", *map(str, arguments)])


def test_a_library_is_annotated_and_what_cannot_be_is_reported(library, capfd):
    root, model = library
    assert annotate(root, "--json") == 0
    report = json.loads(capfd.readouterr().out)
    by_name = {r["path"].rsplit("/", 1)[-1]: r for r in report["models"]}
    assert len(by_name) == 3
    assert by_name["prop.pmx"]["annotation"] is None
    assert by_name["prop.pmx"]["problem"] == "no bone 頭"
    assert "broken.pmd" in by_name["broken.pmd"]["problem"]
    assert by_name["[A] 女の子.pmx"]["problem"] is None
    written = load(store(root), model.source.sha256)
    assert written == propose(model)
    assert written.names_seen == ("[A] 女の子.pmx",)
    assert len(list(store(root).glob("*.json"))) == 1
    assert by_name["[A] 女の子.pmx"]["annotation"]["slots"]["mouth"]["name"] == "あ"


def test_the_table_names_sides_and_reasons(library, capfd):
    root, _ = library
    assert annotate(root) == 0
    out, err = capfd.readouterr()
    rows = {line.split(".pm")[0].rsplit("/", 1)[-1]: line for line in out.splitlines() if ".pm" in line}
    assert "ウィンク２, ｳｨﾝｸ２右, まばたき" in rows["[A] 女の子"]
    assert "16.00" in rows["[A] 女の子"]
    assert "no bone 頭" in rows["prop"]
    assert "annotated 1 of 3 models, 1 of them ready to render" in err


def test_a_persons_values_stay_and_proposals_are_renewed(library, capfd):
    root, model = library
    head = HeadRange(15.5, 19.5, "person", 1.0)
    mouth = Slot("い", 7, None, "person", 1.0)
    stale = Slot("真面目", 8, None, "auto 0.0.1", 0.9)
    mine = Annotation(model.source.sha256, ("mine.pmx",), head=head, note="a note")
    save(store(root), replace(mine, slots={**mine.slots, "mouth": mouth, "normal_both": stale}))
    assert annotate(root) == 0
    found = load(store(root), model.source.sha256)
    assert (found.head, found.slots["mouth"], found.note) == (head, mouth, "a note")
    assert found.slots["normal_both"].name == "まばたき"
    assert "person" in capfd.readouterr().out


@pytest.mark.parametrize("verdict", ["keep", "reject"])
def test_a_model_that_a_person_has_judged_is_left_alone(library, verdict):
    root, model = library
    judged = Annotation(model.source.sha256, verdict=verdict)
    save(store(root), judged)
    assert annotate(root) == 0
    assert load(store(root), model.source.sha256) == judged


def test_a_dry_run_writes_nothing(library, capfd):
    root, _ = library
    assert annotate(root, "--dry-run") == 0
    assert not (root / ".mmdgen").exists()
    assert "would annotate 1 of 3" in capfd.readouterr().err


def test_annotations_may_live_elsewhere_and_a_file_has_its_folders_library(library, tmp_path):
    root, model = library
    path = root / "girl" / "[A] 女の子.pmx"
    assert annotate(path, "--annotations", tmp_path / "else") == 0
    assert load(tmp_path / "else", model.source.sha256) is not None
    assert annotate(path) == 0
    assert load(store(root / "girl"), model.source.sha256) is not None
    assert not store(root).exists()


def test_nothing_to_propose_is_a_failure_and_no_models_are_wrong_usage(library, tmp_path, capfd):
    root, _ = library
    assert annotate(root / "prop.pmx", root / "broken.pmd") == 1
    (tmp_path / "empty").mkdir()
    assert annotate(tmp_path / "empty") == 2
    assert "no .pmx or .pmd file" in capfd.readouterr().err


def test_an_interruption_keeps_what_was_saved(library, monkeypatch):
    root, _ = library
    saved(replace(head_model(), name="second"), root / "second.pmx")
    done = []

    def save_one(folder, annotation):
        if done:
            raise KeyboardInterrupt
        done.append(annotation.sha256)
        return save(folder, annotation)

    monkeypatch.setattr("mmdgen.annotation.save", save_one)
    assert annotate(root) == 130
    assert [p.stem for p in store(root).glob("*.json")] == done
    assert load(store(root), done[0]).slots["mouth"] is not None


def test_what_is_lacking_is_said():
    model = head_model()
    full = propose(model)
    assert lacking(full) == []
    doubt = {**full.slots, "normal_both": replace(full.slots["normal_both"], confidence=0.5), "normal_left": None}
    assert lacking(replace(full, slots=doubt)) == ["not sure what closes the eyes"]
    assert lacking(Annotation("0")) == ["nothing closes the eyes", "nothing opens the mouth", "no head range"]
    by_person = {**doubt, "normal_both": replace(doubt["normal_both"], by="person")}
    assert lacking(replace(full, slots=by_person)) == []


def test_a_blink_that_moves_no_vertices_is_pointed_out(tmp_path):
    model = head_model()
    kept = [m for m in model.morphs if m.name in ("あ", "まばたき")]
    moving = replace(kept[0], data=replace(kept[0].data, index=np.zeros(0, np.int32), weight=np.zeros(0, np.float32)))
    saved(replace(model, morphs=(moving, kept[1])), tmp_path / "m.pmx")
    assert "まばたき covers no eyes" in propose_file(tmp_path / "m.pmx").problem


def test_a_damaged_annotation_stays_and_stops_nobody_else(library, capfd):
    root, model = library
    other = saved(replace(head_model(), name="other"), root / "other.pmx")
    store(root).mkdir(parents=True)
    damaged = store(root) / f"{model.source.sha256}.json"
    damaged.write_text("{", encoding="utf-8")
    assert annotate(root, "--json") == 0
    problems = {r["path"]: r["problem"] for r in json.loads(capfd.readouterr().out)["models"]}
    assert str(damaged) in problems[model.source.path]
    assert damaged.read_text(encoding="utf-8") == "{"
    assert problems[other.source.path] is None
    assert load(store(root), other.source.sha256) is not None
