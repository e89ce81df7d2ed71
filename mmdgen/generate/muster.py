"""The processes of a run as they gather: while some survey models, others see who can draw, and those open OpenGL.

    template ──fork──► surveyors  ─ questions ─────────────► plan ─┐
                       scouts     ─ who can draw? ─┐               ▼
                       drawers                     └► open, compile, wait ─► units

Nothing here waits for what it does not need: opening a GPU takes seconds, and every process can do so meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from mmdgen.errors import RenderError
from mmdgen.generate.crew import Advance, Crew, Done, Event, Failed, Handler, processors
from mmdgen.generate.machine import Drivers, Lineup, Probe, Scouts, lineup
from mmdgen.generate.profile import Profile
from mmdgen.generate.request import Request
from mmdgen.generate.studio import Assignment, Studio
from mmdgen.generate.survey import Candidate, Question, Skipped, Surveyor

MODELS_PER_SURVEYOR = 8  # starting a process costs about as much as surveying so many
SURVEYORS = 64  # at most: they survey a thousand models in half a second
Watch = Callable[[int], None]  # told how many more models or triplets are done; negative when work was lost


class Muster:
    """The crews of one run; a context manager that leaves none behind.

    ``draw``: get those who draw ready while models are surveyed. What the run spends its time on is noted in
    ``profile``; its phases begin at ``began``, seconds since 1970, by default now.
    """

    def __init__(self, request: Request, *, draw: bool = True, began: float | None = None) -> None:
        self.profile = Profile(began=began or time.time())
        self._request = request
        self._early = draw and request.cluster is None
        self._scouts = Scouts(request.devices)
        self._stack = ExitStack()
        self._helpers: Crew | None = None  # who survey and scout,
        self._since = 0.0  # and when they were called
        self._drawers: tuple[Lineup, Crew] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for crew in (self._helpers, self._drawers and self._drawers[1]):
            if crew is not None:
                crew.dismiss()  # together: ending a process that holds a GPU takes its time
        self._stack.close()

    def survey(self, watch: Watch = lambda _: None) -> tuple[list[Candidate], list[Skipped]]:
        """Read and bind every model, and get those who draw ready; return who can be rendered, and who cannot."""
        request, began = self._request, time.time()
        found: list[Candidate] = []
        skipped: list[Skipped] = []
        workers = min(processors(), SURVEYORS, -(-len(request.models) // MODELS_PER_SURVEYOR))
        expected = self._expected() if self._early else 0
        self.profile.reach("find models")
        crew = self._gather(workers, scout=expected > 0)
        for event in crew.run(request.models):
            if isinstance(event.task, Probe):
                self._note(event, expected)
            else:
                if isinstance(event, Failed):
                    path = event.task.path
                    skipped.append(Skipped(path, "crash", f"{path}: {event.message}"))
                elif isinstance(event, Done):
                    (found if isinstance(event.answer, Candidate) else skipped).append(event.answer)
                watch(isinstance(event, Done | Failed))
                if len(found) + len(skipped) == len(request.models):
                    self.profile.reach("survey")
        for phase in ("survey", "wait for GPUs"):
            self.profile.reach(phase)
        self.profile.survey(len(request.models), workers, began, self.profile.phases["survey"][1])
        return found, skipped

    def _gather(self, surveyors: int, *, scout: bool) -> Crew:
        request = self._request
        self.settled()
        start = Helpers(Surveyor(request.min_confidence, request.allow_smile))
        # A scout keeps its GPU awake until those who draw have opened it: they stay.
        crew = self._stack.enter_context(Crew(start, surveyors, lambda _task, _steps: True, stay=True))
        self._helpers, self._since = crew, time.time()
        for task in self._scouts.tasks if scout else ():
            crew.add(task)
        return crew

    def _note(self, event: Event, units: int) -> None:
        """Take in what a scout found, ask what follows from it, and start those who draw, if any units, with that."""
        crew, scouts = self._helpers, self._scouts
        assert crew is not None
        if not isinstance(event, Done | Failed):
            return
        for task in scouts.take(event.task, event.answer if isinstance(event, Done) else event.message):
            crew.add(task)
        if scouts.found or scouts.trouble:
            self.profile.asides["look for GPUs"] = self._since, time.time()
        drivers = scouts.found or scouts.likely
        if drivers and units and (scouts.found or event.task.count):
            self._prepare(drivers, units)

    def _expected(self) -> int:
        """Return about how many shards will be made: one too few costs a little time, one too many a process."""
        request = self._request
        return max(0, -(-request.n // request.per_shard) - sum(1 for _ in request.out.glob("*.h5")))

    def _prepare(self, drivers: Drivers, units: int) -> None:
        """Start those who draw so many units, unless the same are there already."""
        request = self._request
        line = lineup(drivers, request.workers, units, request.devices)
        if self._drawers is not None and replace(self._drawers[0], driver=line.driver) == line:
            self._drawers = line, self._drawers[1]
            return
        if self._drawers is not None:
            self._drawers[1].dismiss()
        studio = replace(self.studio(), devices=line.devices, threads=line.threads, helpers=line.helpers)
        crew = self._stack.enter_context(Crew(studio, line.workers, nearly_done))
        self._drawers = line, crew
        crew.hire(line.workers)

    def studio(self) -> Studio:
        """Return what those who draw are given, but for what depends on the machine."""
        request = self._request
        return Studio(request.settings, request.allow_smile, request.ik, spans=request.trace)

    def drawers(self, units: int) -> tuple[Lineup, Crew]:
        """Return those who draw so many units, and their line-up. Raises RenderError when nothing can draw."""
        if not (self._scouts.found or self._scouts.trouble):
            for event in self._gather(0, scout=True).run(()):
                self._note(event, units)
        if self._scouts.found is None:
            raise RenderError(self._scouts.trouble)
        self._prepare(self._scouts.found, units)
        assert self._drawers is not None
        return self._drawers

    def settled(self) -> None:
        """Let those go who survey and scout, now that others draw."""
        if self._helpers is not None:
            self._helpers.dismiss()
            self._helpers = None


@dataclass(frozen=True)
class Helpers:
    """How a process begins that surveys models or opens devices."""

    surveyor: Surveyor

    def __call__(self, _worker: int) -> Handler:
        """Start in a worker."""
        return partial(_help, self.surveyor)


def _help(surveyor: Surveyor, task: Question | Probe, _advance: Advance) -> object:
    return task() if isinstance(task, Probe) else surveyor.survey(Path(task.path), Path(task.store))


def nearly_done(work: Assignment, triplets: int) -> bool:
    """Tell whether a worker should prepare for its next unit: late, so that the last units are spread evenly."""
    return triplets * 3 >= len(work) * 2
