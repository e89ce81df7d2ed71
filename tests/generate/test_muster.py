"""Those who draw get ready while models are surveyed, and what processes are forked from a template."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from fake_studio import FakeStudio, contents, make_library, request
from test_job import plan

from mmdgen import template
from mmdgen.errors import RenderError, UsageError
from mmdgen.generate import Job, Muster
from mmdgen.generate.crew import Crew, Done, Failed
from mmdgen.generate.profile import PHASES
from mmdgen.render.context import Driver


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    return make_library(tmp_path_factory.mktemp("models"), "abc")


def where(_worker):
    """Start workers that tell who they are, as a task asks."""
    asked = {
        "pid": os.getpid,
        "parent": os.getppid,
        "variable": lambda: os.environ.get("MMDGEN_TEST"),
        "interrupts": lambda: signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        "threads": threading.active_count,
    }
    return lambda task, _: time.sleep(task) if isinstance(task, float) else asked[task]()


def answers(crew: Crew, *tasks) -> list:
    return [event.answer for event in crew.run(tasks) if isinstance(event, Done)]


# --- the muster -------------------------------------------------------------------------------------------------------


@pytest.mark.gl
def test_those_who_draw_are_ready_before_the_plan_is_and_make_the_same_shards(library, tmp_path):
    wanted = request(library, tmp_path / "early", 25)
    with Muster(wanted) as muster:
        job = Job.survey(wanted, muster=muster)
        line, crew = muster._drawers
        assert (line.workers, len(crew._workers)) == (2, 2)
        processes = [worker.process for worker in crew._workers]
        outcome = job.run(muster=muster)
        assert muster.drawers(4)[1] is crew
    assert outcome.shards == 4
    assert not any(process.is_alive() for process in processes)
    assert sorted(crew.starts) == sorted(process.pid for process in processes)
    late = Job.survey(request(library, tmp_path / "late", 25)).run()
    assert late.driver == outcome.driver
    assert contents(tmp_path / "late") == contents(tmp_path / "early")


@pytest.mark.gl
def test_the_phases_of_a_command_follow_one_another(library, tmp_path):
    wanted = request(library, tmp_path / "out", 60, trace=True)
    began = time.time()
    with Muster(wanted, began=began) as muster:
        outcome = Job.survey(wanted, muster=muster).run(muster=muster)
    profile = outcome.profile
    assert list(profile.phases) == list(PHASES)
    times = list(profile.phases.values())
    assert times[0][0] == began
    assert all(before[1] == after[0] for before, after in pairwise(times))
    assert all(start <= end for start, end in times)
    assert times[-1][1] - began <= time.time() - began
    assert 0 < profile.drawn <= 60
    assert profile.drawing > 0
    profile.write_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    work = [event for event in events if event["ph"] == "X"]
    assert [event["name"] for event in work if event["pid"] == 0][: len(PHASES)] == list(PHASES)
    assert {"look for GPUs", "start workers"} <= {event["name"] for event in work if event["pid"] == 0}
    assert all(event["ts"] >= 0 for event in work)
    workers = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert len(workers) == 3
    assert len(set(workers.values())) == 3, "each process has its own row"
    assert {event["name"] for event in work if event["pid"] == 1} >= {"start", "read", "draw", "finish"}


@pytest.mark.gl
def test_where_everything_is_there_nothing_is_opened(library, tmp_path, monkeypatch):
    wanted = request(library, tmp_path / "out", 25)
    Job.survey(wanted).run()
    monkeypatch.setenv("GLCONTEXT_DEVICE_INDEX", "99")  # would fail
    with Muster(wanted) as muster:
        assert Job.survey(wanted, muster=muster).run(muster=muster).shards == 0
        assert muster._drawers is None
    more = request(library, tmp_path / "out", 40)
    with pytest.raises(RenderError, match="EGL device 99"), Muster(more) as muster:
        Job.survey(more, muster=muster).run(muster=muster)


@pytest.mark.gl
def test_a_wrong_device_is_refused_while_models_are_surveyed(library, tmp_path):
    wanted = request(library, tmp_path / "out", 25, devices=(77,))
    with pytest.raises(UsageError, match="--devices: 77 is no GPU"), Muster(wanted) as muster:
        Job.survey(wanted, muster=muster)
    assert not (tmp_path / "out").exists()


@pytest.mark.gl
def test_another_number_of_shards_than_expected_is_no_matter(library, tmp_path):
    out = tmp_path / "out"
    plan(library, tmp_path / "whole", 60, per_shard=5).run()
    plan(library, out, 60, per_shard=5).run()
    for path in sorted(out.glob("*.h5"))[:9]:
        path.rename(path.with_name(f"other-{path.name}"))  # looks as if little were missing
    wanted = request(library, out, 60, per_shard=5)
    with Muster(wanted) as muster:
        assert Job.survey(wanted, muster=muster).run(muster=muster).shards == 9
    for path in out.glob("other-*"):
        path.unlink()
    assert contents(out) == contents(tmp_path / "whole")


class HiredCrew:
    """What the muster sees of a crew."""

    made: ClassVar[list] = []

    def __init__(self, start, workers, *_, **__):
        self.start, self.workers, self.hired, self.gone, self.added = start, workers, 0, False, []
        self.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.dismiss()

    def hire(self, count):
        self.hired = count

    def add(self, task):
        self.added.append(task)

    def dismiss(self):
        self.gone = True


@pytest.mark.parametrize("refused", [False, True], ids=["both open", "one is refused"])
def test_workers_are_hired_for_the_gpus_there_before_these_are_open(library, tmp_path, monkeypatch, refused):
    monkeypatch.setattr("mmdgen.generate.muster.Crew", HiredCrew)
    monkeypatch.setattr("mmdgen.generate.machine.processors", lambda: 64)
    monkeypatch.setattr(HiredCrew, "made", [])
    with Muster(request(library, tmp_path, 8000, workers=None)) as muster:
        helpers = muster._gather(0, scout=True)
        muster._note(Done(helpers.added[0], (0, 1)), 1000)
        early = HiredCrew.made[1]
        assert (early.workers, early.hired, early.start.devices) == (32, 32, (0, 1))
        muster._note(Done(helpers.added[1], Driver("", "H100", "")), 1000)
        answer = Failed(helpers.added[2], "closed") if refused else Done(helpers.added[2], Driver("", "H100", ""))
        muster._note(answer, 1000)
        line, crew = muster.drawers(1000)
        assert early.gone == refused
        assert (line.devices, line.driver) == (((0,), "H100") if refused else ((0, 1), "2 × H100"))
        assert crew.hired == (16 if refused else 32)
        assert (crew is early) != refused
        assert not helpers.gone, "it keeps the GPUs awake"
        muster.settled()
        assert helpers.gone
    assert all(crew.gone for crew in HiredCrew.made)


# --- the crew ---------------------------------------------------------------------------------------------------------


def test_added_tasks_have_workers_of_their_own():
    with Crew(where, 1, stay=True) as crew:
        crew.add("pid")
        crew.add("pid")
        pids = answers(crew, "pid", "pid", 0.2)
        assert len(pids) == 5
        assert len(set(pids) - {None}) == 3
        assert len(answers(crew, "pid")) == 1, "they stay for another run"


def test_no_task_waits_behind_an_added_one():
    with Crew(where, 1, lambda *_: True, stay=True) as crew:
        crew.add(1.0)
        order = [event.task for event in crew.run(["pid"] * 8) if isinstance(event, Done)]
    assert order == ["pid"] * 8 + [1.0]


def test_workers_for_whom_nothing_is_left_are_let_go_while_others_finish():
    with Crew(where, 3) as crew:
        events = crew.run([0.01, 0.01, 0.6])
        left = [len(crew._workers) for _ in events]
    assert left[-1] == 1


def test_workers_that_are_hired_early_wait_for_tasks():
    with Crew(where, 2) as crew:
        crew.hire(5)
        pids = {worker.process.pid for worker in crew._workers}
        assert len(pids) == 2
        assert set(answers(crew, "pid", "pid", "pid")) <= pids


# --- the template -----------------------------------------------------------------------------------------------------


def test_a_worker_has_the_variables_of_the_parent_as_it_is_now(monkeypatch):
    for value in ("one", "two"):
        monkeypatch.setenv("MMDGEN_TEST", value)
        with Crew(where, 1) as crew:
            assert answers(crew, "variable", "interrupts", "threads") == [value, True, 2]
    monkeypatch.delenv("MMDGEN_TEST")
    with Crew(where, 1) as crew:
        assert answers(crew, "variable") == [None]


@pytest.mark.skipif(os.name != "posix", reason="forks")
def test_without_a_template_processes_are_spawned(monkeypatch):
    monkeypatch.setattr(template, "prepare", lambda: False)
    with Crew(where, 1) as crew:
        assert answers(crew, "parent", "interrupts") == [os.getpid(), True]


LIMITED = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
from mmdgen import template
print(template.prepare(), resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 40)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is no template")
@pytest.mark.parametrize(("folder", "there"), [("t", True), ("t" * 200, False)], ids=["there", "no place for it"])
def test_the_template_needs_a_short_temporary_folder_and_makes_room_for_files(tmp_path, folder, there):
    (tmp_path / folder).mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / folder)}
    command = [sys.executable, "-c", LIMITED]
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    assert said == [str(there), "True"]


def test_a_ctrl_c_while_processes_start_is_put_off_and_not_lost():
    done = []

    def start():
        with template.interrupts_put_off():
            signal.raise_signal(signal.SIGINT)
            done.append("started")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["started"]


def test_a_studio_that_cannot_start_says_so_even_when_it_was_hired_early(library, tmp_path):
    with Crew(FakeStudio(broken=True), 2) as crew:
        crew.hire(2)
        time.sleep(0.3)
        job = plan(library, tmp_path, 25)
        with pytest.raises(RenderError.__base__, match=r"expected OpenGL 3\.3"):
            list(crew.run([job.assignment(unit) for unit in job.units]))
