"""A Ray cluster as the crew: every unit is a task of Ray's, which schedules it, and repeats it when a machine is lost.

All machines see the same folders under the same paths and have mmdgen. A unit is done when its shard is there, so one
that is done twice, by a machine that was believed lost, is the same shard twice.
"""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mmdgen.errors import MmdgenError, UsageError
from mmdgen.generate.crew import Done, Event, Failed, Start, Step
from mmdgen.generate.machine import WORKERS_PER_GPU
from mmdgen.generate.studio import Assignment, Finished, Line

RETRIES = 3  # of a task whose worker or machine is lost; Ray's own default
WAITING = 2  # tasks that Ray is given for each slot, so that none waits for us
GLANCE = 1.0  # seconds between looks at machines that come and go
PATIENCE = 10.0  # seconds for a cluster to answer
MANY = 1_000_000  # tasks before a worker is replaced: Ray's default for GPUs, one, would open OpenGL for each shard


@dataclass(frozen=True)
class Cluster:
    """Which Ray cluster: its ``address``, None for one that is started on this machine for the run alone.

    ``gpu_share`` is what one task takes of a GPU, 0 for none; by default 1/16 where the cluster has any.
    """

    address: str | None = None
    gpu_share: float | None = None


class RayCrew:
    """Does units as tasks of a Ray cluster; a context manager that leaves the cluster."""

    def __init__(self, start: Start, cluster: Cluster, workers: int | None) -> None:
        """Join the cluster. Raises UsageError when Ray is not installed or there is no cluster at the address."""
        self._ray = _ray()
        self._start = start
        self._most = workers
        self._join(cluster, workers)
        resources = self._ray.cluster_resources()
        share = cluster.gpu_share
        if share is None:
            share = 1 / WORKERS_PER_GPU if resources.get("GPU") else 0.0
        self._gpu_share = share
        self._task = self._ray.remote(num_cpus=1, num_gpus=share, max_retries=RETRIES, max_calls=MANY)(make)
        self._running: dict[Any, Assignment] = {}
        self._winding_up = False
        self._cancelled: set[str] = set()

    def _join(self, cluster: Cluster, workers: int | None) -> None:
        quiet = {"logging_level": "error", "log_to_driver": False}
        try:
            _reach(cluster.address)
            if cluster.address is None:
                self._ray.init(num_cpus=workers, include_dashboard=False, **quiet)
            else:
                self._ray.init(address=cluster.address, **quiet)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            found = (str(error) or type(error).__name__).splitlines()[0]
            raise UsageError(
                f"--address {cluster.address}: {found}, expected a Ray cluster; start one first"
            ) from error

    @property
    def slots(self) -> int:
        """How many tasks the cluster does at once, as it is now."""
        resources = self._ray.cluster_resources()
        slots = int(resources.get("CPU", 0))
        if self._gpu_share:
            slots = min(slots, int(resources.get("GPU", 0) / self._gpu_share))
        return max(1, slots if self._most is None else min(slots, self._most))

    @property
    def driver(self) -> str:
        """What draws, for a person."""
        machines = sum(node["Alive"] for node in self._ray.nodes())
        return f"Ray on {machines} machine{'s' * (machines > 1)}{', GPUs' if self._gpu_share else ''}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._ray.shutdown()

    def wind_up(self) -> None:
        """Begin no more tasks: ``run`` ends when those in hand are done. May be called from a signal handler."""
        self._winding_up = True

    def run(self, tasks: Iterable[Assignment]) -> Iterator[Event]:
        """Give all tasks to the cluster, and yield what becomes of them."""
        waiting = iter(tasks)
        while True:
            if self._winding_up:
                self._withdraw()
            else:
                at_once = self.slots if self._most is not None else WAITING * self.slots
                for work in islice(waiting, max(0, at_once - len(self._running))):
                    self._running[self._task.remote(self._start, work)] = work
            if not self._running:
                return
            for reference in self._ray.wait(list(self._running), timeout=GLANCE)[0]:
                yield from self._collect(reference)

    def _collect(self, reference: Any) -> Iterator[Event]:
        work = self._running.pop(reference)
        try:
            finished = self._ray.get(reference)
        except self._ray.exceptions.TaskCancelledError:
            return
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            yield Failed(work, str(cause) if isinstance(cause, MmdgenError) else f"{type(cause).__name__}: {cause}")
        except self._ray.exceptions.RayError as error:
            yield Failed(work, f"{type(error).__name__}, {RETRIES + 1} times")
        else:
            yield Step(work, len(work))
            yield Done(work, finished)

    def _withdraw(self) -> None:
        """Cancel the tasks that did not begin: those without an unfinished shard."""
        for reference, work in self._running.items():
            path = Path(work.path)
            if work.path not in self._cancelled and not any(path.parent.glob(f"{path.name}.*.part")):
                self._cancelled.add(work.path)
                self._ray.cancel(reference)


def make(start: Start, work: Assignment) -> Finished:
    """Make one shard, in a worker of Ray's; one that is there already is done."""
    path = Path(work.path)
    if path.exists():
        return Finished(path.stat().st_size)
    gpus = _ray().get_gpu_ids()
    line = _line(start, int(gpus[0]) if gpus else 0)
    return line(work, lambda _: None).result()


@lru_cache(1)
def _line(start: Start, number: int) -> Line:
    """Return this process's line: the last one is used again by the next task."""
    os.environ.setdefault("LP_NUM_THREADS", "1")  # one processor is what a task has
    line = start(number)
    assert isinstance(line, Line)
    line.tag = f"{platform.node()}-{os.getpid()}"
    return line


def _reach(address: str | None) -> None:
    """Raise OSError when nobody listens at an address; Ray would try for minutes."""
    host, found, port = (address or "").rpartition("://")[2].rpartition(":")
    if found and port.isdecimal():
        socket.create_connection((host, int(port)), PATIENCE).close()


def _ray() -> Any:
    try:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read while Ray is imported: no reports to anyone
        import ray
    except ImportError as error:
        raise UsageError(f"--engine ray: {error}, expected Ray; pip install 'mmdgen[ray]'") from error
    return ray
