"""Rendering: the same bytes whatever the workers, order and interruptions; a shard is whole or absent."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from fake_studio import (
    FakeArtist,
    FakeStudio,
    add_model,
    contents,
    leftovers,
    make_library,
    request,
    samples,
    store_of,
)

from mmdgen import annotation as annotations
from mmdgen.errors import MmdgenError, ShardError, UsageError
from mmdgen.formats.load import read_model
from mmdgen.generate import Job
from mmdgen.generate.survey import Surveyor
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import verify

FAKE = FakeStudio()


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    return make_library(tmp_path_factory.mktemp("models"), "abc")


@pytest.fixture(scope="module")
def whole(library, tmp_path_factory) -> Path:
    """25 triplets in 4 shards, rendered without any trouble."""
    out = tmp_path_factory.mktemp("whole")
    render(library, out, 25, workers=2)
    return out


def plan(library, out, n, names=None, **changed) -> Job:
    """Survey in this process, which is quicker."""
    wanted = request(library, out, n, names, **{"workers": 1} | changed)
    surveyor = Surveyor(wanted.min_confidence, wanted.allow_smile)
    found = [surveyor.survey(Path(q.path), Path(q.store)) for q in wanted.models]
    return Job(wanted, found, [])


def render(library, out, n, names=None, studio=FAKE, watch=lambda _: None, **changed):
    return plan(library, out, n, names, **changed).run(watch, studio)


class Stop:
    """A watch that is interrupted once it has seen so many triplets."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, more: int) -> None:
        self.left -= more
        if self.left <= 0:
            raise KeyboardInterrupt


# --- what is rendered -------------------------------------------------------------------------------------------------


def test_triplets_are_spread_evenly_and_keep_every_promise(whole):
    found = samples(whole)
    assert sorted(Counter(name for _, name, _ in found).values()) == [8, 8, 9]
    assert sorted(contents(whole)) == [f"train-0000{i}.h5" for i in range(4)]
    assert [problem for path in whole.glob("*.h5") for problem in verify(path)] == []
    assert leftovers(whole) == []


def test_the_outcome_counts(library, tmp_path):
    steps = []
    outcome = render(library, tmp_path, 25, watch=steps.append)
    assert (outcome.triplets, outcome.shards, outcome.models, outcome.failed) == (25, 4, 3, [])
    assert outcome.bytes == sum(map(len, contents(tmp_path).values()))
    assert sum(steps) == 25


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_do_not_change_a_byte(library, whole, tmp_path, workers):
    render(library, tmp_path, 25, workers=workers)
    assert contents(tmp_path) == contents(whole)


def test_the_order_of_models_does_not_change_a_byte(library, whole, tmp_path):
    render(library, tmp_path, 25, "cab")
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize(
    ("n", "names", "changed"),
    [(7, "abc", {}), (60, "abc", {}), (25, "b", {}), (25, "ca", {"per_shard": 5})],
    ids=["fewer", "more", "one model", "two models, other shards"],
)
def test_a_sample_is_the_same_whatever_is_rendered_with_it(library, whole, tmp_path, n, names, changed):
    render(library, tmp_path, n, names, **changed)
    ours, theirs = samples(tmp_path), samples(whole)
    common = ours.keys() & theirs.keys()
    assert len(common) >= 7
    assert {key: ours[key] for key in common} == {key: theirs[key] for key in common}


def test_another_seed_gives_other_samples(library, whole, tmp_path):
    render(library, tmp_path, 25, seed=1)
    ours, theirs = samples(tmp_path), samples(whole)
    assert ours.keys() == theirs.keys()
    assert not any(ours[key][0] == theirs[key][0] for key in ours)


def test_splits_hold_out_models(library, tmp_path):
    render(library, tmp_path, 100, patterns={"val": ["b.pmx"], "test": ["c*"]}, n_test=11)
    counts = Counter((split, name) for split, name, _ in samples(tmp_path))
    assert counts == {("train", "a"): 100, ("val", "b"): 2, ("test", "c"): 11}
    assert {name.split("-")[0] for name in contents(tmp_path)} == {"train", "val", "test"}
    assert [problem for path in tmp_path.glob("*.h5") for problem in verify(path)] == []


def test_splits_without_models_are_refused(library, tmp_path):
    with pytest.raises(UsageError, match="--n-val: 5"):
        render(library, tmp_path, 10, n_val=5)
    with pytest.raises(UsageError, match="every model is in val or test"):
        render(library, tmp_path, 10, patterns={"val": ["*"], "test": []})


# --- going on ---------------------------------------------------------------------------------------------------------


def test_a_command_that_is_done_has_nothing_to_do(library, whole):
    before = {path.name: path.stat().st_mtime_ns for path in whole.iterdir()}
    outcome = render(library, whole, 25)
    assert (outcome.shards, outcome.failed) == (0, [])
    assert {
        path.name: path.stat().st_mtime_ns for path in whole.iterdir() if path.suffix != ".lock"
    }.items() <= before.items()


@pytest.mark.parametrize("after", [1, 9, 20])
def test_an_interrupted_command_leaves_whole_shards_and_goes_on(library, whole, tmp_path, after):
    with pytest.raises(KeyboardInterrupt):
        render(library, tmp_path, 25, workers=2, studio=FakeStudio(delay=0.02), watch=Stop(after))
    assert leftovers(tmp_path) == []
    assert contents(tmp_path).items() <= contents(whole).items()
    assert len(contents(tmp_path)) < 4
    render(library, tmp_path, 25)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_finishes_what_is_in_hand(library, whole, tmp_path):
    heard, steps = [], []

    def press(more):
        steps.append(more)
        if not heard:
            signal.raise_signal(signal.SIGINT)

    job = plan(library, tmp_path, 25, workers=2)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        job.run(press, FakeStudio(delay=0.05), heard.append)
    assert signal.getsignal(signal.SIGINT) == before
    assert len(heard) == 1
    assert "press Ctrl-C again" in heard[0]
    assert 1 <= len(contents(tmp_path)) <= 2, "one shard for each worker"
    assert sum(steps) == 8 * len(contents(tmp_path)), "nothing that was drawn is lost"
    assert job.outcome.shards == len(contents(tmp_path))
    assert leftovers(tmp_path) == []
    render(library, tmp_path, 25)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_second_ctrl_c_stops_at_once(library, tmp_path):
    def press(_more):
        signal.raise_signal(signal.SIGINT)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        plan(library, tmp_path, 800, per_shard=400).run(press, FakeStudio(delay=0.2))
    assert time.monotonic() - began < 15, "400 triplets take 20 s"
    assert contents(tmp_path) == {}
    assert leftovers(tmp_path) == []


def test_a_model_at_the_border_of_two_shards_is_read_once(library, whole, tmp_path, monkeypatch):
    read = []
    original = FakeArtist.read
    monkeypatch.setattr(FakeArtist, "read", lambda self, model: read.append(model.name) or original(self, model))
    job = plan(library, tmp_path, 25)
    units = [job.assignment(unit) for unit in job.units]
    line = FAKE(0)
    for unit, following in zip(units, [*units[1:], None], strict=True):
        if unit is units[0]:
            line.ahead(unit)
        if following is not None:
            line.ahead(following)
        line(unit, lambda _: None).result(20)
    assert Counter(read) == {"a": 1, "b": 1, "c": 1}
    assert contents(tmp_path) == contents(whole)


def test_a_shard_that_was_deleted_is_made_again(library, whole, tmp_path):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    (tmp_path / "train-00002.h5").unlink()
    assert render(library, tmp_path, 25).shards == 1
    assert contents(tmp_path) == contents(whole)


def test_a_larger_n_adds_shards_and_leaves_the_others_alone(library, whole, tmp_path):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    assert render(library, tmp_path, 40).triplets == 15
    assert contents(whole).items() <= contents(tmp_path).items()
    assert sorted(Counter(name for _, name, _ in samples(tmp_path)).values()) == [13, 13, 14]
    assert render(library, tmp_path, 40).shards == 0


def test_an_interrupted_command_may_be_followed_by_a_larger_one(library, whole, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        render(library, tmp_path, 25, studio=FakeStudio(delay=0.02), watch=Stop(9))
    render(library, tmp_path, 40)
    assert contents(whole).items() <= contents(tmp_path).items()
    assert len(samples(tmp_path)) == 40


@pytest.mark.parametrize(
    ("named", "changed"),
    [
        ("seed 0 → 1", {"seed": 1}),
        ("size 32 → 64", {"settings": RenderSettings(64)}),
        ("ambient 0.5 → 0.6", {"settings": RenderSettings(32, ambient=0.6)}),
        ("allow-smile False → True", {"allow_smile": True}),
        ("min-confidence 0.8 → 0.7", {"min_confidence": 0.7}),
        ("per-shard 8 → 9", {"per_shard": 9}),
        ("train triplets 25 → 24", {"n": 24}),
        (r"1 models \(.*c.pmx\) missing", {"names": "ab"}),
        (r"1 models \(.*a.pmx\) moved to another split", {"patterns": {"val": ["a.pmx"], "test": []}}),
    ],
)
def test_a_changed_command_is_refused_and_says_what_changed(library, whole, named, changed):
    before = contents(whole), (whole / "render.json").read_bytes()
    with pytest.raises(UsageError, match=f"{named}.*--out"):
        render(library, whole, **{"n": 50} | changed)
    assert (contents(whole), (whole / "render.json").read_bytes()) == before


def test_changed_models_are_refused(library, whole, tmp_path):
    copy = shutil.copytree(library, tmp_path / "m")
    add_model(copy, "d")
    with pytest.raises(UsageError, match=r"1 models \(.*d.pmx\) new"):
        render(copy, whole, 25)
    (copy / "d.pmx").unlink()
    sha256 = read_model(copy / "a.pmx").source.sha256
    said = annotations.load(store_of(copy), sha256)
    annotations.save(store_of(copy), annotations.replace(said, note="nice"))
    assert render(copy, whole, 25).shards == 0, "a note changes no picture"
    raised = annotations.HeadRange(said.head.bottom, said.head.top + 0.1, "person", 1.0)
    annotations.save(store_of(copy), annotations.replace(said, head=raised))
    with pytest.raises(UsageError, match=r"1 models \(.*a.pmx\) annotated otherwise"):
        render(copy, whole, 25)


def test_shards_of_unknown_origin_are_left_alone(library, whole, tmp_path):
    shutil.copy(whole / "train-00000.h5", tmp_path)
    with pytest.raises(UsageError, match="another --out"):
        render(library, tmp_path, 25)


def test_a_plan_of_which_nothing_was_made_may_change(library, whole, tmp_path):
    with pytest.raises(MmdgenError):
        render(library, tmp_path, 40, studio=FakeStudio(broken=True), seed=1)
    assert (tmp_path / "render.json").exists()
    render(library, tmp_path, 25)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[" * 100_000, '{"format": 2}', '{"format": 1}', '{"format": 1, "models": [{}]}']
)
def test_a_broken_manifest_is_one_sentence(library, tmp_path, text):
    (tmp_path / "render.json").write_text(text)
    with pytest.raises(ShardError, match=r"render\.json: .* expected"):
        render(library, tmp_path, 25)


def test_two_renders_do_not_share_a_folder(library, tmp_path):
    stale = plan(library, tmp_path, 40, seed=1)

    def second(_more):
        with pytest.raises(UsageError, match="another render"):
            other.run(start=FAKE)

    other = plan(library, tmp_path, 40)
    render(library, tmp_path, 25, watch=second)
    assert other.run(start=FAKE).triplets == 15, "planned before the other began, it goes on where that ended"
    with pytest.raises(UsageError, match="seed 0 → 1"):
        stale.run(start=FAKE)


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.fixture
def faults(tmp_path) -> Path:
    folder = tmp_path / "faults"
    folder.mkdir()
    return folder


def test_a_worker_that_dies_costs_a_retry(library, whole, tmp_path, faults):
    (faults / "kill b").touch()
    steps = []
    outcome = render(library, tmp_path / "out", 25, studio=FakeStudio(faults), watch=steps.append, workers=2)
    assert outcome.failed == []
    assert len(outcome.retried) == 1
    assert "worker died (SIGKILL)" in outcome.retried[0]
    assert sum(steps) == 25
    assert contents(tmp_path / "out") == contents(whole)
    assert leftovers(tmp_path / "out") == []


@pytest.mark.parametrize(("fault", "message"), [("always kill", "SIGKILL.* 2 times"), ("raise", "refused")])
def test_a_shard_that_cannot_be_made_is_reported_and_the_others_are_made(
    library, whole, tmp_path, faults, fault, message
):
    culprit = faults / f"{fault} b"
    culprit.touch()
    out = tmp_path / "out"
    job = plan(library, out, 25, workers=2)
    outcome = job.run(start=FakeStudio(faults))
    guilty = {unit.name for unit in job.units if any(job.models[run.model].name == "b" for run in unit.runs)}
    assert {Path(failure.split(": ")[0]).name for failure in outcome.failed} == guilty, "and no neighbour's"
    for failure in outcome.failed:
        assert re.search(rf"train-\d+\.h5: .*{message}", failure)
    assert len(contents(out)) + len(outcome.failed) == 4
    assert contents(out).items() < contents(whole).items()
    assert leftovers(out) == []
    culprit.unlink()
    assert render(library, out, 25, studio=FakeStudio(faults)).shards == len(outcome.failed)
    assert contents(out) == contents(whole)


def test_workers_that_cannot_start_end_the_run(library, tmp_path):
    with pytest.raises(MmdgenError, match=r"expected OpenGL 3\.3"):
        render(library, tmp_path, 25, studio=FakeStudio(broken=True))
    assert contents(tmp_path) == {}
    assert leftovers(tmp_path) == []


def test_a_model_that_changed_after_planning_is_noticed(tmp_path):
    library = make_library(tmp_path / "m", "ab")
    job = plan(library, tmp_path / "out", 16, per_shard=4)
    path = library / "a.pmx"
    path.write_bytes(path.read_bytes() + b"\0")
    outcome = job.run(start=FakeStudio())
    assert len(outcome.failed) == 2
    assert all("a.pmx: changed since the plan was made" in failure for failure in outcome.failed)
    assert len(contents(tmp_path / "out")) == 2


RENDER = """
import sys; sys.path[:0] = {paths!r}
from pathlib import Path
from fake_studio import FakeStudio, request
from mmdgen.generate import Job
from mmdgen.generate.survey import Surveyor
if __name__ == "__main__":
    def watch(more):
        print(more, flush=True)
    Job.survey(request(Path({library!r}), Path({out!r}), 25)).run(watch, FakeStudio(delay=0.05))
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_render_that_is_killed_goes_on_and_its_workers_go_away(library, whole, tmp_path):
    script, out = tmp_path / "script.py", tmp_path / "out"
    here = Path(__file__).parent
    script.write_text(RENDER.format(paths=[str(here), str(here.parent)], library=str(library), out=str(out)))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(3):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 10
        child.stdout.read()  # until the last worker, which has the other end, is gone
        assert time.monotonic() < deadline
    assert contents(out).items() <= contents(whole).items()
    render(library, out, 25)
    assert contents(out) == contents(whole)
    assert leftovers(out) == []


def test_the_manifest_says_what_was_rendered(library, whole):
    data = json.loads((whole / "render.json").read_text(encoding="utf-8"))
    assert data["extents"] == [{"train": 25, "val": 0, "test": 0}]
    assert data["settings"]["size"] == 32
    assert [m["name"] for m in sorted(data["models"], key=lambda m: m["path"])] == ["a", "b", "c"]
    assert Path(data["models"][0]["path"]).parent == library
