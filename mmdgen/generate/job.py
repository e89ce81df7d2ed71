"""The whole of `mmdgen render`: survey, plan, manifest, workers."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from filelock import FileLock, Timeout

from mmdgen import pose_spec
from mmdgen.errors import UsageError
from mmdgen.generate import manifest as manifests
from mmdgen.generate.crew import Crew, Done, Event, Failed, Start, Step, processors
from mmdgen.generate.looks import RandomLooks
from mmdgen.generate.machine import lineup
from mmdgen.generate.manifest import Manifest
from mmdgen.generate.plan import TRIPLETS_PER_SHARD, Unit
from mmdgen.generate.profile import Profile
from mmdgen.generate.ray_crew import Cluster, RayCrew
from mmdgen.generate.splits import HELD_OUT, Patterns, assign
from mmdgen.generate.studio import Assignment, Studio, shard_models
from mmdgen.generate.survey import Candidate, Question, Skipped, Surveyor, without_duplicates
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import SPLITS, ShardHeader

HELD_OUT_DEFAULT = 10_000  # triplets of a split that is not for training,
HELD_OUT_SHARE = 50  # but no more than one for so many training triplets
LOCK = ".render.lock"
MODELS_PER_SURVEYOR = 8  # starting a process costs about as much as surveying so many


@dataclass(frozen=True)
class Request:
    """What to render. ``n`` counts training triplets; ``n_val`` and ``n_test`` default to a share of them.

    ``randomize`` names the groups of ``looks.GROUPS`` that differ from sample to sample. ``devices`` are EGL numbers of
    GPUs, by default all; ``trace`` keeps every piece of work in the outcome's profile. With a ``cluster`` the machines
    of a Ray cluster do the work.
    """

    models: tuple[Question, ...]
    out: Path
    n: int
    n_val: int | None = None
    n_test: int | None = None
    seed: int = 0
    settings: RenderSettings = field(default_factory=RenderSettings)
    patterns: Patterns = field(default_factory=lambda: {"val": [], "test": []})
    workers: int | None = None
    min_confidence: float = 0.8
    allow_smile: bool = False
    ik: bool = False
    randomize: tuple[str, ...] = ()
    per_shard: int = TRIPLETS_PER_SHARD
    devices: tuple[int, ...] | None = None
    trace: bool = False
    cluster: Cluster | None = None

    @property
    def looks(self) -> RandomLooks | None:
        """The looks of the samples, or None when all share that of the settings."""
        return RandomLooks(self.settings, self.randomize) if self.randomize else None

    def pictured(self) -> dict[str, Any]:
        """Return every setting that pictures depend on besides model, annotation and seed, JSON-ready."""
        drawn = self.looks.as_json() if self.looks else self.settings.as_json()
        return drawn | {"ik": self.ik, "randomize": list(self.randomize)}


@dataclass
class Outcome:
    """What a run did, or has done so far.

    ``models`` counts those of which nothing is missing any more; ``retried`` and ``failed`` hold a sentence for each
    shard whose worker died once, and for each that could not be made.
    """

    driver: str = ""
    workers: int = 0
    triplets: int = 0
    shards: int = 0
    models: int = 0
    bytes: int = 0
    seconds: float = 0.0
    profile: Profile = field(default_factory=Profile)
    retried: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


Watch = Callable[[int], None]  # told how many more models or triplets are done; negative when work was lost


class Job:
    """A request whose models were surveyed: the plan is made, nothing is written yet."""

    def __init__(self, request: Request, candidates: Sequence[Candidate], skipped: Sequence[Skipped]) -> None:
        """Plan. Raises UsageError when there is nothing to render or --out holds something else."""
        self.request = request
        kept, duplicates = without_duplicates(list(candidates))
        self.models = kept
        self.skipped = sorted([*skipped, *duplicates], key=lambda s: s.path)
        if not kept:
            raise UsageError(_nothing(self.skipped))
        self.manifest = self._continued(self._wanted())
        self.outcome = Outcome()

    @staticmethod
    def survey(request: Request, watch: Watch = lambda _: None) -> Job:
        """Read and bind every model, in worker processes, then plan."""
        began = time.time()
        questions = request.models
        found: list[Candidate] = []
        skipped: list[Skipped] = []
        workers = min(processors(), -(-len(questions) // MODELS_PER_SURVEYOR))
        with Crew(Surveyor(request.min_confidence, request.allow_smile), workers) as crew:
            for event in crew.run(questions):
                if isinstance(event, Failed):
                    path = event.task.path
                    skipped.append(Skipped(path, "crash", f"{path}: {event.message}"))
                elif isinstance(event, Done):
                    (found if isinstance(event.answer, Candidate) else skipped).append(event.answer)
                watch(isinstance(event, Done | Failed))
        job = Job(request, found, skipped)
        job.outcome.profile.survey(len(questions), workers, began, time.time())
        return job

    def _continued(self, wanted: Manifest) -> Manifest:
        return manifests.continued(self.request.out, manifests.load(self.request.out), wanted)

    def _wanted(self) -> Manifest:
        """Return the manifest of this request alone."""
        request = self.request
        relative = {question.path: question.relative for question in request.models}
        splits = tuple(assign([relative[m.path] for m in self.models], request.patterns, list(relative.values())))
        settings = {
            "generator": f"mmdgen {version('mmdgen')}",
            "seed": request.seed,
            **request.pictured(),
            "min-confidence": request.min_confidence,
            "allow-smile": request.allow_smile,
        }
        return Manifest(settings, tuple(self.models), splits, (self._extent(splits),), request.per_shard)

    def _extent(self, splits: Sequence[str]) -> dict[str, int]:
        """Return how many triplets each split shall have."""
        request = self.request
        if "train" not in splits:
            raise UsageError("split file: every model is in val or test, expected some for training; change the globs")
        extent = {"train": request.n}
        for split, wanted in zip(HELD_OUT, (request.n_val, request.n_test), strict=True):
            if split in splits:
                default = min(HELD_OUT_DEFAULT, request.n // HELD_OUT_SHARE)
                extent[split] = default if wanted is None else wanted
            elif wanted:
                raise UsageError(f"--n-{split}: {wanted}, but no model is in {split}; name some in the split file")
            else:
                extent[split] = 0
        return extent

    @cached_property
    def units(self) -> list[Unit]:
        """Every shard of the plan, made or not."""
        return self.manifest.units()

    def missing(self) -> list[Unit]:
        """Return the units whose shards are not there."""
        return [unit for unit in self.units if not (self.request.out / unit.name).exists()]

    def used(self) -> Counter[str]:
        """Count the models of each split."""
        return Counter({split: self.manifest.splits.count(split) for split in SPLITS})

    def run(
        self, watch: Watch = lambda _: None, start: Start | None = None, tell: Callable[[str], None] = lambda _: None
    ) -> Outcome:
        """Make every missing shard, in worker processes; ``start`` replaces what they do.

        However it is left, no unfinished file stays. A shard that fails is reported and the others are made. The first
        Ctrl-C lets the shards in hand be finished, which ``tell`` is told, before KeyboardInterrupt is raised.
        """
        out = self.request.out
        began = time.monotonic()
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            self.manifest = self._continued(self.manifest)  # another render may have come and gone since planning
            units = self.missing()
            if not units:
                return self.outcome
            manifests.save(out, self.manifest)
            progress = _Progress(self.outcome, watch, units, len(self.models))
            try:
                with self._engine(len(units), start) as engine, _winding_up(engine, tell) as stopped:
                    for event in engine.run([self.assignment(unit) for unit in units]):
                        progress.note(event)
            finally:
                self.outcome.seconds = time.monotonic() - began
                _sweep(out, {unit.name for unit in units})
        if stopped.is_set():
            raise KeyboardInterrupt
        return self.outcome

    def _engine(self, units: int, start: Start | None) -> Engine:
        """Choose who does the work, and what they draw with."""
        request, outcome = self.request, self.outcome
        studio = Studio(request.settings, request.allow_smile, request.ik, spans=request.trace)
        if request.cluster is not None:
            ray = RayCrew(start or studio, request.cluster, request.workers)
            outcome.driver, outcome.workers = ray.driver, min(ray.slots, units)
            outcome.profile.begin(outcome.workers, studio.helpers, ray.slots)
            return ray
        if start is None:
            line = lineup(request.workers, units, request.devices)
            start = replace(studio, devices=line.devices, threads=line.threads, helpers=line.helpers)
            outcome.driver, outcome.workers = line.driver, line.workers
        else:
            outcome.workers = min(request.workers or processors(), units)
        outcome.profile.begin(outcome.workers, start.helpers if isinstance(start, Studio) else 1, processors())
        return Crew(start, outcome.workers, _nearly_done)

    def assignment(self, unit: Unit) -> Assignment:
        """Return what a worker needs to make a unit's shard."""
        models = tuple(self.manifest.models[run.model] for run in unit.runs)
        looks, pictured = self.request.looks, self.request.pictured()
        shown = [model for model, run in zip(models, unit.runs, strict=True) for _ in range(len(run) if looks else 1)]
        header = ShardHeader(
            split=unit.split,
            size=self.request.settings.size,
            seed=self.request.seed,
            shading=pictured["shading"],
            settings=pictured,
            models=shard_models(shown),
            generator=self.manifest.settings["generator"],
            look=looks.columns() if looks else None,
            pose_names=pose_spec.NAMES,
        )
        return Assignment(str(self.request.out / unit.name), header, models, unit.runs, looks)


class Engine(Protocol):
    """Does units; a context manager that leaves nothing behind."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all that still runs."""

    def run(self, tasks: Iterable[Assignment]) -> Iterator[Event]:
        """Do all tasks and yield what becomes of them."""

    def wind_up(self) -> None:
        """Begin no more tasks; may be called from a signal handler."""


class _Progress:
    """Follows the crew's events into an outcome and a watch."""

    def __init__(self, outcome: Outcome, watch: Watch, units: Sequence[Unit], models: int) -> None:
        self._outcome = outcome
        self._watch = watch
        self._stepped = Counter[str]()
        self._left = Counter(run.model for unit in units for run in unit.runs)
        outcome.models = models - len(self._left)

    def note(self, event: Event) -> None:
        """Take one event in."""
        task, outcome = event.task, self._outcome
        if isinstance(event, Step):
            self._stepped[task.path] += event.count
            self._watch(event.count)
        elif isinstance(event, Done):
            outcome.triplets += len(task)
            outcome.shards += 1
            outcome.bytes += event.answer.bytes
            outcome.profile.add(event.answer.tally)
            self._left.subtract(run.model for run in task.runs)
            outcome.models += sum(self._left[run.model] == 0 for run in task.runs)
            self._watch(0)
        else:
            where = outcome.failed if isinstance(event, Failed) else outcome.retried
            where.append(f"{task.path}: {event.message}")
            self._watch(-self._stepped.pop(task.path, 0))


def _sweep(out: Path, names: set[str]) -> None:
    """Delete what was left unfinished of shards with these names."""
    for part in out.glob("*.part"):
        if f"{part.name.partition('.h5')[0]}.h5" in names:
            part.unlink(missing_ok=True)


def _nearly_done(work: Assignment, triplets: int) -> bool:
    """Tell whether a worker should prepare for its next unit: late, so that the last units are spread evenly."""
    return triplets * 3 >= len(work) * 2


@contextmanager
def _winding_up(engine: Engine, tell: Callable[[str], None]) -> Iterator[threading.Event]:
    """Let the first Ctrl-C wind the engine up, and set the event; a second one interrupts."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(_signal: int, _frame: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        engine.wind_up()
        tell("interrupted: finishing the shards in hand; press Ctrl-C again to drop them")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep a second render out of the folder."""
    try:
        with FileLock(out / LOCK, timeout=0):
            yield
    except Timeout:
        raise UsageError(f"{out}: another render is writing there, expected none; wait for it to end") from None


def _nothing(skipped: Sequence[Skipped]) -> str:
    """Say why no model can be rendered, and what to do."""
    reasons = Counter(s.reason for s in skipped)
    if not reasons:
        return "models: none found, expected .pmx or .pmd files; name a folder that holds some"
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    remedy = "run `mmdgen annotate-auto` first" if reasons["no annotation"] else f"the first is {skipped[0].message}"
    return f"models: none of {len(skipped)} can be rendered ({counts}), expected some; {remedy}"
