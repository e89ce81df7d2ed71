"""Rendering on a Ray cluster: the same bytes as by processes of this machine, whatever machines come and go."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from fake_studio import FakeStudio, contents, leftovers, make_library, request, samples
from test_job import plan

from mmdgen.cli import app
from mmdgen.errors import UsageError
from mmdgen.generate.ray_crew import Cluster, RayCrew
from mmdgen.shell import run

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray's own warnings
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def ray():
    return pytest.importorskip("ray", reason="Ray is not installed: pip install -c constraints.txt 'mmdgen[ray]'")


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    return make_library(tmp_path_factory.mktemp("models"), "abc")


@pytest.fixture(scope="module")
def whole(library, tmp_path_factory) -> Path:
    """96 triplets in 12 shards, by processes."""
    out = tmp_path_factory.mktemp("whole")
    plan(library, out, 96).run(start=FakeStudio())
    return out


@pytest.fixture
def cluster(ray, monkeypatch):
    """Three machines of one processor each, in processes here; the first one is the head."""
    from ray.cluster_utils import Cluster as Machines

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parent), str(HERE.parents[1])]))
    machines = Machines(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        machines.add_node(num_cpus=1)
        machines.add_node(num_cpus=1)
        machines.wait_for_nodes()
        yield machines
    finally:
        ray.shutdown()
        machines.shutdown()


def test_the_shards_are_those_of_processes(cluster, library, whole, tmp_path):
    job = plan(library, tmp_path, 96, workers=None, cluster=Cluster(cluster.address))
    steps = []
    outcome = job.run(steps.append, FakeStudio())
    assert (outcome.shards, outcome.triplets, outcome.failed) == (12, 96, [])
    assert outcome.models == 3
    assert sum(steps) == 96
    assert len(steps) > 12, "progress comes shard by shard"
    assert outcome.driver == "Ray on 3 machines"
    assert outcome.workers == 3
    assert contents(tmp_path) == contents(whole)
    assert samples(tmp_path) == samples(whole)
    assert leftovers(tmp_path) == []


def test_a_machine_that_is_lost_costs_nothing_but_time(cluster, library, whole, tmp_path):
    job = plan(library, tmp_path, 96, workers=None, cluster=Cluster(cluster.address))
    victim = min(cluster.worker_nodes, key=str)
    began = threading.Event()

    def kill():
        deadline = time.monotonic() + 60
        while not contents(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.02)
        began.set()
        cluster.remove_node(victim, allow_graceful=False)

    killer = threading.Thread(target=kill)
    killer.start()
    outcome = job.run(start=FakeStudio(delay=0.1))
    killer.join()
    assert began.is_set()
    assert len(cluster.list_all_nodes()) == 2
    assert (outcome.shards, outcome.failed) == (12, [])
    assert contents(tmp_path) == contents(whole)
    assert leftovers(tmp_path) == []


def test_what_is_there_is_not_made_again_and_a_bad_shard_is_named(cluster, library, whole, tmp_path):
    out, faults = tmp_path / "out", tmp_path / "faults"
    faults.mkdir()
    (faults / "raise b").touch()
    first = plan(library, out, 96, workers=None, cluster=Cluster(cluster.address)).run(start=FakeStudio(faults))
    assert first.failed
    assert all("b: refused, expected better; wait" in failure for failure in first.failed)
    assert first.shards + len(first.failed) == 12
    made = {path.name: path.stat().st_mtime_ns for path in out.glob("*.h5")}
    (faults / "raise b").unlink()
    plan(library, out, 96).run(start=FakeStudio())
    assert contents(out) == contents(whole)
    assert made.items() <= {path.name: path.stat().st_mtime_ns for path in out.glob("*.h5")}.items()


def test_ctrl_c_finishes_what_is_in_hand(cluster, library, whole, tmp_path):
    heard = []

    def press(more):
        if more and not heard:
            signal.raise_signal(signal.SIGINT)

    job = plan(library, tmp_path, 96, workers=None, cluster=Cluster(cluster.address))
    with pytest.raises(KeyboardInterrupt):
        job.run(press, FakeStudio(delay=0.1), heard.append)
    assert len(heard) == 1
    assert 1 <= len(contents(tmp_path)) < 12
    assert leftovers(tmp_path) == []
    plan(library, tmp_path, 96).run(start=FakeStudio())
    assert contents(tmp_path) == contents(whole)


@pytest.mark.gl
def test_the_command_starts_a_cluster_of_its_own(ray, library, tmp_path):
    common = ["render", str(library), "--n", "24", "--size", "64", "--per-shard", "8", "--workers", "2"]
    assert run(app, [*common, "--out", str(tmp_path / "local")]) == 0
    assert run(app, [*common, "--out", str(tmp_path / "ray"), "--engine", "ray", "--profile"]) == 0
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


def test_a_cluster_that_is_not_there_is_one_sentence(ray, library, tmp_path):
    with pytest.raises(UsageError, match=r"--address 127.0.0.1:9: .*expected a Ray cluster"):
        RayCrew(FakeStudio(), Cluster("127.0.0.1:9"), 1)
    assert request(library, tmp_path, 4).cluster is None
