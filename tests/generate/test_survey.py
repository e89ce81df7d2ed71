"""The survey: which models can be rendered, and why the others cannot."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from builders import saved
from fake_studio import MORPHS, add_model, annotated, base_model, make_library, request, store_of

from mmdgen import annotation as annotations
from mmdgen.annotation import Slot
from mmdgen.errors import UsageError
from mmdgen.generate import Job
from mmdgen.generate.survey import Candidate, Surveyor


def saved_elsewhere(model, path: Path) -> Path:
    saved(model, path)
    return path


def survey(path: Path, min_confidence: float = 0.8, *, allow_smile: bool = False):
    return Surveyor(min_confidence, allow_smile).survey(path, store_of(path.parent))


def test_an_annotated_model_is_a_candidate(tmp_path):
    found = survey(add_model(tmp_path, "a"))
    assert isinstance(found, Candidate)
    assert found.name == "a"
    assert len(found.sha256) == len(found.textures_sha256) == 64


@pytest.mark.parametrize(
    ("reason", "annotation"),
    [
        ("rejected", {"verdict": "reject", "reason": "a car"}),
        ("sent back", {"reason": "heads again, morphs again"}),
        ("no head range", {"head": None}),
        ("no mouth morph", {"mouth": None}),
        ("no eye closing", dict.fromkeys(("normal_left", "normal_both"))),
        ("low confidence", {"by": "auto 1", "confidence": 0.79}),
        ("annotation does not fit", {"mouth": Slot("あ", 99, None, "person", 1.0)}),
    ],
)
def test_reasons_for_skipping(tmp_path, reason, annotation):
    path = add_model(tmp_path, "a", **annotation)
    found = survey(path)
    assert found.reason == reason
    assert found.message.startswith(str(path))
    assert "\n" not in found.message


def test_what_was_kept_or_not_judged_at_all_is_rendered_alike(tmp_path):
    for verdict, reason in (("todo", ""), ("todo", "later"), ("keep", "")):
        assert isinstance(survey(add_model(tmp_path, "a", verdict=verdict, reason=reason)), Candidate)


def test_more_reasons_for_skipping(tmp_path):
    path = add_model(tmp_path, "a")
    model = base_model()
    saved(replace(model, name="b"), path)
    assert survey(path).reason == "no annotation"
    path.write_bytes(b"PMX ")
    assert survey(path).reason == "unreadable"
    assert survey(tmp_path / "missing.pmx").reason == "unreadable"
    headless = tuple(replace(b, name="x") if b.name == "頭" else b for b in model.bones)
    model = saved(replace(model, bones=headless), path)
    annotations.save(store_of(tmp_path), annotated(model))
    assert survey(path).reason == "no bone 頭"
    assert survey(saved_elsewhere(model, tmp_path / "x" / "a.pmx")).reason == "no bone 頭"
    (store_of(tmp_path) / f"{model.source.sha256}.json").write_text("{")
    assert survey(path).reason == "annotation does not fit"


def test_confidence_is_asked_of_proposals_alone(tmp_path):
    path = add_model(tmp_path, "a", by="auto 1", confidence=0.5)
    assert isinstance(survey(path, 0.5), Candidate)
    assert survey(path, 0.51).reason == "low confidence"
    doubted = Slot(MORPHS["normal_left"], 0, None, "auto 1", 0.1)
    path = add_model(tmp_path, "b", normal_left=doubted)
    found = survey(path)
    assert isinstance(found, Candidate), "the halves of the both-eyes morph are left"
    assert '"normal_left": null' in found.annotation


def test_smiles_close_eyes_only_when_allowed(tmp_path):
    path = add_model(tmp_path, "a", **dict.fromkeys(("normal_left", "normal_right", "normal_both")))
    assert survey(path).reason == "no eye closing"
    assert isinstance(survey(path, allow_smile=True), Candidate)


def test_the_job_counts_what_it_skips_and_uses_a_model_once(tmp_path):
    library = make_library(tmp_path / "m", "abc")
    shutil.copy(library / "b.pmx", library / "a-copy.pmx")
    (library / "broken.pmx").write_bytes(b"nothing")
    add_model(library, "r", verdict="reject")
    seen = []
    job = Job.survey(request(library, tmp_path / "out", 10), seen.append)
    assert {(Path(s.path).name, s.reason) for s in job.skipped} == {
        ("b.pmx", "duplicate"),
        ("broken.pmx", "unreadable"),
        ("r.pmx", "rejected"),
    }
    assert sorted(Path(m.path).name for m in job.models) == ["a-copy.pmx", "a.pmx", "c.pmx"]
    assert sum(seen) == 6
    assert not (tmp_path / "out").exists(), "planning writes nothing"


def test_the_same_file_with_other_textures_is_another_model(tmp_path):
    for name in ("a", "b"):
        folder = tmp_path / name
        model = saved(replace(base_model(), textures=("t.png",)), folder / "m.pmx")
        (folder / "t.png").write_bytes(name.encode())
        annotations.save(store_of(tmp_path), annotated(model))
    job = Job.survey(request(tmp_path, tmp_path / "out", 10))
    assert len(job.models) == 2
    assert not job.skipped


def test_libraries_without_anything_to_render_say_what_to_do(tmp_path):
    library = make_library(tmp_path / "m", "ab")
    shutil.rmtree(library / ".mmdgen")
    with pytest.raises(UsageError, match="mmdgen annotate-auto"):
        Job.survey(request(library, tmp_path / "out", 10))
    for path in library.glob("*.pmx"):
        path.write_bytes(b"")
    with pytest.raises(UsageError, match="2 unreadable"):
        Job.survey(request(library, tmp_path / "out", 10))
    with pytest.raises(UsageError, match="none found"):
        Job.survey(request(library, tmp_path / "out", 10, models=()))
