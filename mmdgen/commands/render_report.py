"""What ``mmdgen render`` shows: progress while it runs, then what it did and where the time went."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mmdgen.commands import console
from mmdgen.generate import Job, Muster, Outcome, Request
from mmdgen.generate.profile import Profile

EXAMPLES = 3  # skipped models that are named for each reason
REASONS = 3  # that the progress line names
WINDOW = 60.0  # seconds over which the rate is taken
PICTURES = 2  # of a triplet; rest pictures come on top where each sample has its own


def survey(request: Request, muster: Muster) -> Job:
    """Look at the models, with progress."""
    with _bar("models", len(request.models), lambda: "looking at models") as watch:
        return Job.survey(request, watch, muster)


def run(job: Job, muster: Muster) -> Outcome:
    """Render, with progress."""
    missing = job.missing()
    total = sum(map(len, job.units))
    pictures = PICTURES + bool(job.request.randomize)
    skipped = _skipped_words(job)

    def what() -> str:
        outcome = job.outcome
        trouble = f", {len(outcome.retried)} workers died" if outcome.retried else ""
        trouble += f", {len(outcome.failed)} shards failed" if outcome.failed else ""
        return f"{outcome.models}/{len(job.models)} models, {outcome.bytes / 1e6:,.0f} MB{skipped}{trouble}"

    with _bar("images", total, what, total - sum(map(len, missing)), pictures) as watch:
        return job.run(watch, tell=console.say, muster=muster)


def _skipped_words(job: Job) -> str:
    """Say how many models are skipped, and why most of them."""
    reasons = Counter(s.reason for s in job.skipped).most_common()
    if not reasons:
        return ""
    named = ", ".join(f"{count} {reason}" for reason, count in reasons[:REASONS])
    return f", {len(job.skipped)} skipped ({named}{', …' if len(reasons) > REASONS else ''})"


@contextmanager
def _bar(
    unit: str, total: int, what: Callable[[], str], done: int = 0, each: int = 1
) -> Iterator[Callable[[int], None]]:
    """Show progress on a terminal; the rate is that of the last minute, ``each`` units for one step."""
    pace = Pace()
    with console.progress(unit, WINDOW) as progress:
        task = progress.add_task(what(), total=total, completed=done, rate="–")

        def watch(more: int) -> None:
            rate = pace.after(more, time.monotonic())
            progress.update(task, advance=more, rate=f"{rate * each:,.1f}", description=what())

        yield watch


class Pace:
    """Steps a second over the last minute."""

    def __init__(self) -> None:
        self._count = 0
        self._past = deque([(time.monotonic(), 0)])

    def after(self, more: int, now: float) -> float:
        """Return the rate once ``more`` steps were made until ``now``."""
        self._count += more
        self._past.append((now, self._count))
        while len(self._past) > 2 and self._past[1][0] <= now - WINDOW:
            self._past.popleft()
        since, before = self._past[0]
        return (self._count - before) / max(now - since, 1e-3)


def report(job: Job, outcome: Outcome | None) -> None:
    """Print the summary for a person."""
    total, used = job.manifest.total, job.used()
    parts = [f"{total[s]} {s} triplets of {used[s]} models" for s in total if total[s]]
    if job.request.randomize:
        parts.append(f"each sample with its own {', '.join(job.request.randomize)}")
    missing = job.missing()
    if job.skipped:
        console.out.print(_skipped_table(job))
    if outcome is None:
        left = sum(map(len, missing))
        console.out.print(
            f"would render {left} triplets in {len(missing)} shards for: {', '.join(parts)}", markup=False
        )
        return
    for trouble in (*(f"{line}; tried again" for line in outcome.retried), *outcome.failed):
        console.err.print(trouble, markup=False, style="red")
    where = str(job.request.out)
    if outcome.shards:
        rate = outcome.triplets / outcome.seconds
        console.out.print(
            f"rendered {outcome.triplets} triplets in {outcome.shards} shards, {outcome.bytes / 1e6:.1f} MB, "
            f"{outcome.seconds:.0f} s, {rate:.1f} triplets/s by {outcome.workers} workers with {outcome.driver}",
            markup=False,
        )
    if outcome.failed:
        console.err.print(f"{where}: {len(outcome.failed)} shards failed; run the same command to try them again")
    elif outcome.shards:
        console.out.print(f"{where} is complete: {', '.join(parts)}", markup=False)
    else:
        console.out.print(f"nothing to do, {where} is complete already: {', '.join(parts)}", markup=False)


def _skipped_table(job: Job) -> Table:
    paths = defaultdict(list)
    for skipped in job.skipped:
        paths[skipped.reason].append(skipped.path)
    table = Table(title=f"skipped models: {len(job.skipped)}", title_justify="left")
    for name in ("reason", "models", "such as"):
        table.add_column(name, overflow="fold", justify="right" if name == "models" else "left")
    for reason, its in sorted(paths.items(), key=lambda item: -len(item[1])):
        table.add_row(Text(reason), str(len(its)), Text("\n".join(its[:EXAMPLES])))
    return table


def as_json(job: Job, outcome: Outcome | None, *, profile: bool = False) -> dict[str, Any]:
    """Return the summary for a script."""
    missing = job.missing()
    result: dict[str, Any] = {
        "out": str(job.request.out),
        "triplets": dict(job.manifest.total),
        "settings": dict(job.manifest.settings),
        "models": {"found": len(job.request.models), "used": len(job.models), "by_split": dict(job.used())},
        "skipped": dict(Counter(s.reason for s in job.skipped)),
        "skipped_models": [{"path": s.path, "reason": s.reason, "message": s.message} for s in job.skipped],
        "shards": len(job.units),
        "missing": {"shards": len(missing), "triplets": sum(map(len, missing))},
    }
    if outcome is not None:
        rate = outcome.triplets / outcome.seconds if outcome.shards else None
        result["rendered"] = {
            "driver": outcome.driver,
            "workers": outcome.workers,
            "triplets": outcome.triplets,
            "shards": outcome.shards,
            "bytes": outcome.bytes,
            "seconds": round(outcome.seconds, 3),
            "triplets_per_second": rate and round(rate, 2),
        }
        result |= {"retried": outcome.retried, "failed": outcome.failed}
        if profile:
            result["profile"] = outcome.profile.as_json()
    return result


def profile_table(profile: Profile) -> RenderableType:
    """Return a table of the stages, and what to speed up first."""
    table = Table(title="where the time went", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("stage", no_wrap=True)
    for name in ("threads", "busy s", "CPU s", "items", "", "ms each", "items/s", "idle"):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    for row in profile.rows():
        each = f"{1e3 * row.seconds / row.items:,.2f}" if row.items else "–"
        spent = (f"{row.seconds:,.1f}", f"{row.cpu:,.1f}" if row.cpu else "–")
        items = (f"{row.items:,}", row.unit, each, f"{row.rate:,.0f}")
        table.add_row(row.stage, str(row.threads), *spent, *items, f"{row.idle:.0%}")
    waits = ", ".join(f"{name} {share:.0%}" for name, share in profile.waits().items())
    memory = max(profile.memory.values(), default=0) / 2**20
    phases, meanwhile = (
        ", ".join(f"{name} {end - start:.1f} s" for name, (start, end) in its.items())
        for its in (profile.phases, profile.asides)
    )
    lines = (
        f"one after another: {phases}{meanwhile and f'; meanwhile: {meanwhile}'}",
        f"{profile.workers} workers for {profile.seconds:.1f} s; processors {profile.load:.0%} busy; {waits}",
        f"most memory of a worker: {memory:,.0f} MiB",
        f"bottleneck: {profile.bottleneck()}",
    )
    return Group(table, *(Text(line) for line in lines))
