"""What a run spent its time on: the measurements of all its workers, the stage that held it up, and a trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdgen.files import write_atomically
from mmdgen.generate.crew import processors
from mmdgen.generate.meter import (
    COMPRESSING,
    DRAWING,
    FINISHING,
    READING,
    STAGES,
    THREADS,
    WAITS,
    Span,
    Spent,
    Tally,
    process_name,
)

BUSY = 0.9  # of the processors, or of a thread: what holds a run up when it is busy so much of the time
SURVEY = "survey"
PHASES = {  # of the whole command, one after another, and what ends each
    "find models": "the survey begins",
    SURVEY: "the last model is looked at",
    "wait for GPUs": "all have answered",
    "plan": "shards are given out",
    "first pictures": "some of a shard are there",
    "draw": "a worker has nothing left to do",
    "last shards": "all shards are there",
    "stop": "the workers are gone",
}
COMMAND, ASIDE = "phases", "meanwhile"  # threads of the command itself in a trace


@dataclass(frozen=True)
class Row:
    """A stage: what it did, and how it used its threads.

    ``seconds`` and ``cpu`` are sums over its threads. ``idle`` is the share of the run in which the threads that it
    shares with other stages did nothing.
    """

    stage: str
    thread: str
    threads: int
    items: int
    unit: str
    seconds: float
    cpu: float
    idle: float

    @property
    def rate(self) -> float:
        """Items a second while it worked, all its threads together."""
        return self.items * self.threads / self.seconds if self.seconds else 0.0


@dataclass
class Profile:
    """The measurements of one run."""

    workers: int = 0
    helpers: int = 1
    processors: int = field(default_factory=processors)
    began: float = field(default_factory=time.time)
    ended: float = 0.0
    stages: dict[str, Spent] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)  # process → seconds
    memory: dict[str, int] = field(default_factory=dict)  # process → most bytes
    spans: dict[str, list[Span]] = field(default_factory=dict)  # process → pieces of work
    surveyed: Row | None = None
    phases: dict[str, tuple[float, float]] = field(default_factory=dict)  # of PHASES → start and end
    asides: dict[str, tuple[float, float]] = field(default_factory=dict)  # what went on beside them
    drawn: int = 0  # triplets of the phase "draw"

    def reach(self, phase: str) -> None:
        """Note that a phase ends now; it began where the one before ended. Reached again, it changes nothing."""
        self.phases.setdefault(phase, (max((end for _, end in self.phases.values()), default=self.began), time.time()))

    def started(self, workers: Mapping[int, tuple[float, float]]) -> None:
        """Note when workers, by their number in the system, were asked for and when they were ready."""
        for process, (asked, ready) in workers.items():
            self.spans.setdefault(process_name(process), []).insert(0, Span("start", process, asked, ready))
        if workers:
            self.asides["start workers"] = (
                min(asked for asked, _ in workers.values()),
                max(r for _, r in workers.values()),
            )

    @property
    def drawing(self) -> float:
        """Triplets a second while every worker had something to do; 0 where that was never so."""
        start, end = self.phases.get("draw", (0.0, 0.0))
        return self.drawn / (end - start) if end > start else 0.0

    def survey(self, models: int, workers: int, start: float, end: float) -> None:
        """Note how long looking at the models took."""
        self.surveyed = Row(SURVEY, SURVEY, workers, models, "models", (end - start) * workers, 0.0, 0.0)

    def begin(self, workers: int, helpers: int, processors: int) -> None:
        """Note that workers start now, on that many processors."""
        self.workers, self.helpers, self.processors, self.began = workers, helpers, processors, time.time()

    def add(self, tally: Tally) -> None:
        """Take in what a worker measured."""
        self.ended = time.time()
        for name, spent in tally.stages.items():
            self.stages.setdefault(name, Spent()).add(spent)
        self.cpu[tally.process] = tally.cpu
        self.memory[tally.process] = max(self.memory.get(tally.process, 0), tally.memory)
        if tally.spans:
            self.spans.setdefault(tally.process, []).extend(tally.spans)

    @property
    def seconds(self) -> float:
        """Seconds from the start of the workers to the last shard."""
        return max(self.ended - self.began, 1e-9)

    @property
    def load(self) -> float:
        """The share of all processors that the workers used."""
        return sum(self.cpu.values()) / self.seconds / self.processors

    def threads(self, kind: str) -> int:
        """Return how many threads of a kind there were in all workers."""
        return self.workers * {READING: self.helpers, COMPRESSING: self.helpers, DRAWING: 1, FINISHING: 1}[kind]

    def idle(self, kind: str) -> float:
        """Return the share of the run in which threads of a kind did nothing, on average."""
        busy = sum(spent.wall for stage, spent in self.stages.items() if STAGES.get(stage, ("",))[0] == kind)
        return max(0.0, 1 - busy / self.seconds / self.threads(kind))

    def rows(self) -> list[Row]:
        """Return a row for each stage, in the order of the pipeline."""
        rows = [] if self.surveyed is None else [self.surveyed]
        for stage, (kind, unit) in STAGES.items():
            spent = self.stages.get(stage, Spent())
            idle, threads = self.idle(kind), self.threads(kind)
            rows.append(Row(stage, kind, threads, spent.items, unit, spent.wall, spent.cpu, idle))
        return rows

    def waits(self) -> dict[str, float]:
        """Return for each reason to wait the share of the run in which drawing threads waited for it."""
        return {name: self.stages.get(name, Spent()).wall / self.seconds / self.threads(DRAWING) for name in WAITS}

    def bottleneck(self) -> str:
        """Say in a few words what to speed up first."""
        if not self.stages:
            return "nothing was rendered"
        measured = {stage: self.stages.get(stage, Spent()) for stage in STAGES}
        if self.load >= BUSY:
            total = sum(self.cpu.values())
            shares = {stage: spent.cpu / total for stage, spent in measured.items()}
            shares["threads of the OpenGL driver, and starting"] = 1 - sum(shares.values())
            most = max(shares, key=lambda name: shares[name])
            return f"the processors, {self.load:.0%} busy; {shares[most]:.0%} of their time goes to: {most}"
        kind = min(THREADS, key=self.idle)
        most = max((s for s in STAGES if STAGES[s][0] == kind), key=lambda stage: measured[stage].wall)
        spent = measured[most]
        why = "more workers may help" if self.idle(kind) > 1 - BUSY else "no thread of its kind is free"
        if most in ("draw", "read back") and spent.cpu < spent.wall / 2:
            why = "it waits for OpenGL to draw"
        return f"{most}: {kind} is idle {self.idle(kind):.0%} of the time; {why}"

    def as_json(self) -> dict[str, Any]:
        """Return everything but the pieces of work, JSON-ready."""
        return {
            "seconds": round(self.seconds, 3),
            "workers": self.workers,
            "processors": self.processors,
            "processor_load": round(self.load, 4),
            "peak_memory_bytes": max(self.memory.values(), default=0),
            "stages": [
                {
                    "stage": row.stage,
                    "threads": row.threads,
                    "items": row.items,
                    "unit": row.unit,
                    "busy_seconds": round(row.seconds, 3),
                    "cpu_seconds": round(row.cpu, 3),
                    "per_second": round(row.rate, 2),
                    "idle": round(row.idle, 4),
                }
                for row in self.rows()
            ],
            "waits": {name: round(share, 4) for name, share in self.waits().items()},
            "bottleneck": self.bottleneck(),
            "phases": {name: round(end - start, 3) for name, (start, end) in self.phases.items()},
            "meanwhile": {name: round(end - start, 3) for name, (start, end) in self.asides.items()},
            "triplets_per_second_while_drawing": round(self.drawing, 2),
        }

    def write_trace(self, path: Path) -> None:
        """Write all pieces of work as a trace for Perfetto or chrome://tracing; raise MmdgenError when that fails."""
        events = list(self._events())
        write_atomically(path, json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}).encode())

    def _events(self) -> Iterator[dict[str, Any]]:
        origin = min((start for start, _ in self.phases.values()), default=self.began)
        processes = {f"worker {n}, {process}": spans for n, (process, spans) in enumerate(self.spans.items(), 1)}
        rows = enumerate((self.phases, self.asides))
        command = [Span(name, row, *times) for row, its in rows for name, times in its.items()]
        for number, (name, spans) in enumerate({"mmdgen render": command, **processes}.items()):
            if spans:
                yield {"name": "process_name", "ph": "M", "pid": number, "tid": 0, "args": {"name": name}}
            kinds = {span.thread: _thread(span) for span in spans}
            for thread, kind in kinds.items():
                order = {"name": "thread_sort_index", "ph": "M", "pid": number, "tid": thread}
                yield {**order, "args": {"sort_index": (COMMAND, ASIDE, *THREADS).index(kind)}}
                yield {**order, "name": "thread_name", "args": {"name": kind}}
            for span in spans:
                start, length = span.start - origin, span.end - span.start
                times = {"ts": round(start * 1e6, 1), "dur": round(length * 1e6, 1)}
                yield {"name": span.stage, "ph": "X", "pid": number, "tid": span.thread, **times}


def _thread(span: Span) -> str:
    """Return which kind of thread a piece of work is done in."""
    return STAGES.get(span.stage, (DRAWING,))[0] if span.thread > 1 else (COMMAND, ASIDE)[span.thread]
