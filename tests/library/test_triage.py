"""What a scan finds out about models, keeps from one run to the next, and makes of those that are alike."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from builders import bones, head_model, saved

from mmdgen.annotation import Annotation, folder, save
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import read_model
from mmdgen.library import triage as triage_module
from mmdgen.library.census import Census
from mmdgen.library.geometry import geometry_digest, head_sketch
from mmdgen.library.inventory import Place, take
from mmdgen.library.journal import Journal
from mmdgen.library.proposals import propose
from mmdgen.library.records import Record
from mmdgen.library.resemblance import families, links
from mmdgen.library.scan import locate
from mmdgen.library.standing import COPY, NO_CHARACTER, NOT_READY, READY, REJECTED, UNREADABLE
from mmdgen.library.triage import triage


def scanned(root, *, looked=None, **options):
    """Scan a library without pictures, here; ``looked`` collects the models that were looked at."""

    def run(questions):
        for question in questions:
            if looked is not None:
                looked.append(question.relative)
            yield question, triage(question)

    where = [Place(path, root, store) for path, store in locate([root]).items()]
    return take(where, run, pictures=False, **options)


def states(root):
    census = Census.of(scanned(root))
    return {item.record.path: (s.state, *s.reasons) for item, s in zip(census.items, census.standings, strict=True)}


def recoloured(model, color=(0.1, 0.9, 0.1, 1.0)):
    return replace(model, materials=tuple(replace(m, diffuse=color) for m in model.materials))


@pytest.fixture
def library(tmp_path):
    root = tmp_path / "models"
    saved(head_model(), root / "a" / "girl.pmx")
    saved(head_model(), root / "b" / "again.pmx")
    saved(recoloured(head_model()), root / "b" / "green.pmx")
    stage = replace(head_model(), bones=tuple(replace(b, name=f"骨{i}", name_en="") for i, b in enumerate(bones())))
    saved(stage, root / "c" / "stage.pmx")
    saved(replace(head_model(), morphs=()), root / "c" / "doll.pmx")
    rejected = saved(replace(head_model(), name="rejected"), root / "c" / "rejected.pmx")
    save(folder(root), Annotation(rejected.source.sha256, verdict="reject", reason="not human"))
    (root / "c" / "broken.pmd").write_bytes(b"Pmd\x00\x00\x80?")
    return root


def test_every_model_has_a_standing_and_every_exclusion_a_reason(library):
    found = states(library)
    first = str(library / "a" / "girl.pmx")
    assert found.pop("c/broken.pmd")[0] == UNREADABLE
    assert found == {
        "a/girl.pmx": (READY,),
        "b/again.pmx": (COPY, f"the same as {first}"),
        "b/green.pmx": (READY,),
        "c/doll.pmx": (NOT_READY, "nothing closes the eyes", "nothing opens the mouth", "no head range"),
        "c/rejected.pmx": (REJECTED, "rejected: not human"),
        "c/stage.pmx": (NO_CHARACTER, "none of 12 bones of a body"),
    }


def test_what_was_sent_back_is_not_ready_until_it_is_annotated_again(library):
    girl = read_model(library / "a" / "girl.pmx")
    save(folder(library), replace(propose(girl), reason="heads again, morphs again"))
    assert states(library)["a/girl.pmx"] == (NOT_READY, "sent back for its heads and morphs")


def test_the_report_tells_coverage_groups_and_terms(library):
    (library / "b" / "readme.txt").write_bytes("再配布は禁止です。".encode("cp932"))
    report = Census.of(scanned(library)).as_json()
    assert json.loads(json.dumps(report)) == report
    assert report["counts"] == {
        UNREADABLE: 1,
        NO_CHARACTER: 1,
        REJECTED: 1,
        COPY: 1,
        NOT_READY: 1,
        READY: 2,
    }
    assert report["coverage"]["normal_left"] == {"filled": 3, "trusted": 3}
    names = {what: [[p.rsplit("/", 1)[1] for p in g] for g in report[what]] for what in ("duplicates", "recolours")}
    assert names["duplicates"] == [["girl.pmx", "again.pmx"]]
    assert names["recolours"] == [["girl.pmx", "again.pmx", "green.pmx", "doll.pmx", "rejected.pmx", "stage.pmx"]]
    models = {m["path"].rsplit("/", 1)[1]: m for m in report["models"]}
    assert models["green.pmx"]["readmes"][0]["terms"] == ["再配布は禁止です。"]
    assert models["girl.pmx"]["readmes"] == []
    assert models["girl.pmx"]["slots"]["mouth"]["name"] == "あ"
    assert models["girl.pmx"]["alike"][0]["how"] == "the same file and textures"
    assert models["broken.pmd"]["loadable"] is False


def test_missing_textures_that_are_used_are_named(tmp_path):
    model = head_model()
    first = replace(model.materials[0], texture=0, toon=2)
    model = replace(model, textures=("失.png", "unused.png", "toon01.bmp"), materials=(first, *model.materials[1:]))
    saved(model, tmp_path / "m.pmx")
    (item,) = scanned(tmp_path)
    assert item.record.study.missing == ["失.png"]


def test_english_names_of_bones_count_too(tmp_path):
    english = [
        replace(b, name=e)
        for b, e in zip(bones(), ("root", "Upper Body", "neck", "HEAD", "", "eye_L", ""), strict=True)
    ]
    saved(replace(head_model(), bones=tuple(english)), tmp_path / "m.pmx")
    assert states(tmp_path) == {"m.pmx": (NOT_READY, "no bone 頭", "no bone 首")}


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_nothing_is_looked_at_twice_until_it_changes(library):
    first = scanned(library)
    looked = []
    assert [i.record for i in scanned(library, looked=looked)] == [i.record for i in first]
    assert looked == []
    saved(recoloured(head_model(), (0.5, 0.5, 0.5, 1.0)), library / "b" / "green.pmx")
    (library / "new.pmx").write_bytes(b"PMX ")
    scanned(library, looked=looked)
    assert sorted(looked) == ["b/green.pmx", "new.pmx"]
    looked.clear()
    scanned(library, looked=looked, fresh=True)
    assert len(looked) == 8


def test_a_moved_model_keeps_what_was_found_out(library, monkeypatch):
    before = {i.record.sha256: i.record.study for i in scanned(library)}
    (library / "b").rename(library / "z")
    monkeypatch.setattr(triage_module, "study", None)  # would be called for a model that is studied anew
    after = scanned(library)
    assert {i.record.sha256: i.record.study for i in after} == before
    assert [i.record.path for i in after if i.record.path.startswith("z/")] == ["z/again.pmx", "z/green.pmx"]


def test_a_persons_word_and_a_texture_that_came_are_seen(library, monkeypatch):
    model = replace(head_model(), textures=("face.png",))
    model = replace(model, materials=(replace(model.materials[0], texture=0), *model.materials[1:]))
    path = library / "a" / "girl.pmx"
    sha256 = saved(model, path).source.sha256
    scanned(library)
    save(folder(library), Annotation(sha256, verdict="reject", reason="terms forbid"))
    with monkeypatch.context() as patch:
        patch.setattr(triage_module, "study", None)  # a new annotation needs no new study
        assert states(library)["a/girl.pmx"] == (REJECTED, "rejected: terms forbid")
    (library / "a" / "face.png").write_bytes(b"no picture, but there")
    looked = []
    scanned(library, looked=looked)
    assert looked == ["a/girl.pmx"]


def test_an_interrupted_scan_goes_on_where_it_was(library):
    def some(questions):
        for number, question in enumerate(questions):
            if number == 3:
                raise KeyboardInterrupt
            yield question, triage(question)

    where = [Place(path, library, store) for path, store in locate([library]).items()]
    with pytest.raises(KeyboardInterrupt):
        take(where, some, pictures=False)
    looked = []
    scanned(library, looked=looked)
    assert looked == [place.relative for place in where[3:]]


def test_a_damaged_journal_costs_only_what_is_damaged(library):
    scanned(library)
    path = library / ".mmdgen" / "scan.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[2] = b'{"path": "a", "study": {}, "judgement": null}'
    lines[3] = b"[" * 10_000
    path.write_bytes(b"\n".join(lines)[:-40])  # and torn at the end
    looked = []
    scanned(library, looked=looked)
    assert len(looked) == 3
    assert len(Journal(library)) == 7
    path.write_bytes(b'{"version":0}\n')
    assert len(Journal(library)) == 0


@pytest.mark.parametrize(
    ("where", "value"),
    [("path", 7), ("name", None), ("missing", [1]), ("sketch", ["a"]), ("ready", 3), ("slots", {}), ("proposal", [])],
)
def test_a_line_of_another_kind_counts_as_none(tmp_path, where, value):
    saved(head_model(), tmp_path / "m.pmx")
    (item,) = scanned(tmp_path)
    data = item.record.as_json()
    part = next(p for p in (data, data["study"], data["judgement"]) if where in p)
    part[where] = value
    path = tmp_path / ".mmdgen" / "scan.jsonl"
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n" + json.dumps(data).encode() + b"\n")
    assert len(Journal(tmp_path)) == 0
    assert [i.record for i in scanned(tmp_path)] == [item.record]


def test_a_failed_answer_is_not_kept(library):
    where = [Place(path, library, store) for path, store in locate([library]).items()]
    items = take(where, lambda questions: ((q, "worker died") for q in questions), pictures=False)
    assert {i.record.error for i in items} == {"worker died"}
    looked = []
    scanned(library, looked=looked)
    assert len(looked) == len(where)


def test_nothing_is_written_where_nothing_may_be(library):
    scanned(library, keep=False)
    assert not (library / ".mmdgen" / "scan.jsonl").exists()
    (library / ".mmdgen" / "scan.jsonl").mkdir()
    with pytest.raises(MmdgenError, match="scan"):
        scanned(library)


def test_records_survive_json(library):
    for item in scanned(library):
        assert Record.from_json(json.loads(json.dumps(item.record.as_json()))) == item.record


# --- who is alike -----------------------------------------------------------------------------------------------------


def overlap(a, b):
    return np.mean(np.array(head_sketch(a)) == np.array(head_sketch(b)))


def test_a_sketch_tells_the_share_of_the_head_in_common():
    model = head_model()
    v = model.vertices
    assert overlap(model, replace(model, vertices=replace(v, position=v.position * 2 + np.float32(1)))) == 1
    assert overlap(model, replace(model, vertices=replace(v, uv=v.uv + np.float32(1e-6)))) > 0.9
    head = np.flatnonzero(v.bone[:, 0] >= 3)
    for share in (0.3, 0.7):
        uv = v.uv.copy()
        points, group = np.unique(np.rint(uv * 4096), axis=0, return_inverse=True)
        kept = np.random.default_rng(1).random(len(points)) < share
        uv[~kept[group.reshape(-1)]] += 0.5
        other = replace(model, vertices=replace(v, uv=uv))
        ours, theirs = ({tuple(p) for p in np.rint(x[head] * 4096).tolist()} for x in (v.uv, uv))
        expected = len(ours & theirs) / len(ours | theirs)
        assert overlap(model, other) == pytest.approx(expected, abs=0.2)
    assert overlap(model, replace(model, vertices=replace(v, uv=v.uv + np.float32(0.3)))) < 0.2


def test_a_model_without_much_of_a_head_has_no_sketch():
    model = head_model()
    flat = replace(model, vertices=replace(model.vertices, uv=np.zeros_like(model.vertices.uv)))
    wild = replace(model, vertices=replace(model.vertices, uv=np.full_like(model.vertices.uv, np.nan)))
    assert head_sketch(flat) == head_sketch(wild) == ()
    assert head_sketch(replace(model, bones=())) == ()


def test_a_mesh_keeps_its_digest_under_other_colours_and_names_alone():
    model = head_model()
    digest = geometry_digest(model)
    assert geometry_digest(recoloured(replace(model, name="other", morphs=()))) == digest
    moved = model.vertices.position.copy()
    moved[0, 0] += 1e-3
    assert geometry_digest(replace(model, vertices=replace(model.vertices, position=moved))) != digest
    assert geometry_digest(replace(model, faces=model.faces[:-1])) != digest


def drawn(record, look):
    """Give a record another look and a head that is unwrapped like none other."""
    data = base64.b64encode(look.astype(np.uint8).tobytes()).decode()
    return replace(
        record, study=replace(record.study, look=data, sketch=[], geometry=hashlib.sha256(look.tobytes()).hexdigest())
    )


def test_models_look_alike_by_the_head_alone(tmp_path):
    saved(head_model(), tmp_path / "m.pmx")
    (item,) = scanned(tmp_path)
    rng = np.random.default_rng(5)
    base = rng.integers(0, 255, (16, 16, 4))
    base[..., 3] = 255
    dressed, noisy, other = base.copy(), base + rng.integers(-8, 9, base.shape), rng.integers(0, 255, base.shape)
    dressed[12:] = 255 - dressed[12:]
    other[..., 3] = 255
    looks = [base, other, dressed, np.clip(noisy, 0, 255), np.zeros_like(base), np.zeros_like(base)]
    records = [drawn(replace(item.record, sha256=str(i)), look) for i, look in enumerate(looks)]
    records[5] = replace(records[5], study=replace(records[5].study, geometry="another", look="no base64"))
    found = [(link.first, link.second, link.kind) for link in links(records)]
    assert [f for f in found if f[2] == "alike"] == [(0, 2, "alike"), (0, 3, "alike"), (2, 3, "alike")]
    rejected = replace(records[2], judgement=replace(records[2].judgement, verdict="reject"))
    assert [f.second for f in links([records[0], rejected, records[3]])] == [2]


def test_copies_hang_together_whichever_of_them_was_rejected(tmp_path):
    for name in "abc":
        saved(head_model(), tmp_path / f"{name}.pmx")
    records = [item.record for item in scanned(tmp_path)]
    for rejected in range(3):
        judged = list(records)
        judged[rejected] = replace(judged[rejected], judgement=replace(judged[rejected].judgement, verdict="reject"))
        for change in (lambda r: r, lambda r: replace(r, sha256=r.path)):  # copies, then recolours
            left = [link for link in links(list(map(change, judged))) if rejected not in (link.first, link.second)]
            assert len(left) == 1


def test_families_are_all_that_links_lead_to():
    from mmdgen.library.resemblance import Link

    chain = [Link(0, 3, "alike", ""), Link(3, 4, "alike", ""), Link(1, 5, "recolour", "")]
    assert families(6, chain).tolist() == [0, 1, 2, 0, 0, 1]
    assert families(6, chain[::-1]).tolist() == [0, 1, 2, 0, 0, 1]
    assert families(0, []).tolist() == []


def test_a_loop_of_links_is_unreadable_and_stops_nobody(library):
    (library / "loop.pmx").symlink_to("loop.pmx")
    assert states(library)["loop.pmx"][0] == UNREADABLE
