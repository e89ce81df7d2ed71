"""The whole of `mmdgen render`: survey, plan, manifest, workers."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from filelock import FileLock, Timeout

from mmdgen import pose_spec
from mmdgen.errors import UsageError
from mmdgen.generate import manifest as manifests
from mmdgen.generate.crew import Crew, Done, Event, Failed, Start, Step, processors
from mmdgen.generate.manifest import Manifest
from mmdgen.generate.muster import Muster, Watch, nearly_done
from mmdgen.generate.plan import Unit
from mmdgen.generate.profile import Profile
from mmdgen.generate.ray_crew import RayCrew
from mmdgen.generate.request import Request
from mmdgen.generate.splits import HELD_OUT, assign
from mmdgen.generate.studio import Assignment, shard_models
from mmdgen.generate.survey import Candidate, Skipped, without_duplicates
from mmdgen.shard import SPLITS, ShardHeader

HELD_OUT_DEFAULT = 10_000  # triplets of a split that is not for training,
HELD_OUT_SHARE = 50  # but no more than one for so many training triplets
LOCK = ".render.lock"


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
    def survey(request: Request, watch: Watch = lambda _: None, muster: Muster | None = None) -> Job:
        """Read and bind every model, in worker processes, then plan; those of ``muster`` go on to ``run``."""
        with ExitStack() as stack:
            here = muster or stack.enter_context(Muster(request, draw=False))
            job = Job(request, *here.survey(watch))
            job.outcome.profile = here.profile
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
        made = {path.name for path in self.request.out.glob("*.h5")}
        return [unit for unit in self.units if unit.name not in made]

    def used(self) -> Counter[str]:
        """Count the models of each split."""
        return Counter({split: self.manifest.splits.count(split) for split in SPLITS})

    def run(
        self,
        watch: Watch = lambda _: None,
        start: Start | None = None,
        tell: Callable[[str], None] = lambda _: None,
        muster: Muster | None = None,
    ) -> Outcome:
        """Make every missing shard, in worker processes: those of ``muster``; ``start`` replaces what they do.

        However it is left, no unfinished file stays. A shard that fails is reported and the others are made. The first
        Ctrl-C lets the shards in hand be finished, which ``tell`` is told, before KeyboardInterrupt is raised.
        """
        out, profile = self.request.out, self.outcome.profile
        began = time.monotonic()
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            self.manifest = self._continued(self.manifest)  # another render may have come and gone since planning
            units = self.missing()
            if not units:
                return self.outcome
            manifests.save(out, self.manifest)
            try:
                with ExitStack() as stack:
                    here = muster or stack.enter_context(Muster(self.request))
                    engine = stack.enter_context(self._engine(len(units), start, here))
                    stopped = stack.enter_context(_winding_up(engine, tell))
                    progress = _Progress(self.outcome, watch, units, len(self.models))
                    work = [self.assignment(unit) for unit in units]
                    profile.reach("plan")
                    for event in engine.run(work):
                        progress.note(event)
                        if isinstance(event, Done):
                            here.settled()
                    profile.reach("last shards")
                    if isinstance(engine, Crew):
                        profile.started(engine.starts)
                profile.reach("stop")
            finally:
                self.outcome.seconds = time.monotonic() - began
                _sweep(out, {unit.name for unit in units})
        if stopped.is_set():
            raise KeyboardInterrupt
        return self.outcome

    def _engine(self, units: int, start: Start | None, muster: Muster) -> Engine:
        """Choose who does the work, and what they draw with."""
        request, outcome = self.request, self.outcome
        helpers = 1
        there = processors()
        engine: Engine
        if request.cluster is not None:
            ray = RayCrew(start or muster.studio(), request.cluster, request.workers)
            outcome.driver, outcome.workers, there = ray.driver, min(ray.slots, units), ray.slots
            engine = ray
        elif start is None:
            line, engine = muster.drawers(units)
            outcome.driver, outcome.workers, helpers = line.driver, line.workers, line.helpers
        else:
            outcome.workers = min(request.workers or processors(), units)
            engine = Crew(start, outcome.workers, nearly_done)
        outcome.profile.begin(outcome.workers, helpers, there)
        return engine

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
        self._units = len(units)
        outcome.models = models - len(self._left)

    def note(self, event: Event) -> None:
        """Take one event in."""
        task, outcome, profile = event.task, self._outcome, self._outcome.profile
        profile.reach("first pictures")
        if isinstance(event, Done | Failed):
            self._units -= 1
            if self._units < outcome.workers:
                profile.reach("draw")
        if isinstance(event, Step):
            profile.drawn += event.count * ("draw" not in profile.phases)
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
