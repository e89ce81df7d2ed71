"""``mmdgen render``: models and their annotations become shards."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.table import Table
from rich.text import Text

from mmdgen.commands import console

if TYPE_CHECKING:
    from mmdgen.generate import Job, Outcome
    from mmdgen.generate.survey import Question

EXAMPLES = 3  # skipped models that are named for each reason
Positive = Annotated[int, Parameter(validator=Number(gte=1))]
Share = Annotated[float, Parameter(validator=Number(gte=0, lte=1))]


def render(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    n: Positive,
    out: Path = Path("shards"),
    seed: Annotated[int, Parameter(validator=Number(gte=0, lt=2**63))] = 0,
    size: int = 256,
    split_file: Path | None = None,
    n_val: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    n_test: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    workers: Positive | None = None,
    min_confidence: Share = 0.8,
    allow_smile: Annotated[bool, Parameter(negative="")] = False,
    annotations: Path | None = None,
    per_shard: Positive | None = None,
    ambient: float = 0.5,
    directional: float = 0.5,
    specular: float = 0.5,
    shading: str = "phong",
    edge: float | None = None,
    samples: int = 4,
    ik: Annotated[bool, Parameter(negative="")] = False,
    randomize: Annotated[list[str] | None, Parameter(negative="")] = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Render training triplets of annotated models into shards.

    The same command run again goes on where it stopped. A larger --n adds triplets to what is there.

    Args:
        models: Models, folders of models or globs; ./models by default.
        n: Training triplets in all, spread evenly over the models.
        out: The folder for the shards.
        seed: Another seed gives other poses.
        size: Width and height of the pictures in pixels, a multiple of 8 from 32 to 1024.
        split_file: TOML with the models kept for validation and testing: val = ["glob", …], test = ["glob", …].
        n_val: Triplets for validation; by default n / 50, at most 10,000, when the split file names models for it.
        n_test: Triplets for testing, likewise.
        workers: Processes; by default eight for each GPU, or without one as many as processors.
        min_confidence: Proposals of annotate-auto with less confidence count as missing.
        allow_smile: Let smiling winks close the eyes of models that have no others.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        per_shard: Triplets in one shard.
        ambient: Strength of the light that comes from everywhere.
        directional: Strength of the light that comes from the viewer.
        specular: Strength of highlights.
        shading: phong or toon, as MMD shades.
        edge: Width of the outlines, times what the file says; by default 1 under toon and 0, none, under phong.
        samples: Samples for each pixel: 1, 4, 9 or 16.
        ik: Let the models' IK bones pull their chains, legs for example.
        randomize: What differs from sample to sample, any of light,shading,edge,colour; a triplet's three pictures
            share it, and the shards record it.
        dry_run: Say what would be rendered, and write nothing.
        json: Print the result as JSON.
    """
    from mmdgen.errors import UsageError
    from mmdgen.generate import Job, Request
    from mmdgen.generate.looks import read_groups
    from mmdgen.generate.plan import TRIPLETS_PER_SHARD
    from mmdgen.generate.splits import read_split_file
    from mmdgen.render.settings import RenderSettings

    if split_file is None and (n_val or n_test):
        raise UsageError("--n-val, --n-test: no --split-file, expected one that names models for them; give it too")
    request = Request(
        models=_questions(models or ["models"], annotations),
        out=out,
        n=n,
        n_val=n_val,
        n_test=n_test,
        seed=seed,
        settings=RenderSettings(size, ambient, directional, specular, shading, samples, edge),
        patterns=read_split_file(split_file) if split_file else {"val": [], "test": []},
        workers=workers,
        min_confidence=min_confidence,
        allow_smile=allow_smile,
        ik=ik,
        randomize=read_groups(randomize or []),
        per_shard=per_shard or TRIPLETS_PER_SHARD,
    )
    with _bar("model", len(request.models), lambda: "looking at models") as watch:
        job = Job.survey(request, watch)
    outcome = None if dry_run else _run(job)
    if json:
        console.emit_json(_as_json(job, outcome))
    else:
        _report(job, outcome)
    return 1 if outcome and outcome.failed else 0


def _questions(paths: list[str], annotations: Path | None) -> tuple[Question, ...]:
    """Find the models, each with its path relative to its library."""
    from mmdgen.generate.survey import Question
    from mmdgen.library.scan import locate

    libraries = {path: store.parent.parent for path, store in locate(paths).items()}
    stores = locate(paths, annotations)
    return tuple(Question(str(p), _relative(p, libraries[p]), str(store)) for p, store in stores.items())


def _relative(path: Path, library: Path) -> str:
    try:
        return path.absolute().relative_to(library.absolute()).as_posix()
    except ValueError:
        return path.name


def _run(job: Job) -> Outcome:
    missing = job.missing()
    done = sum(map(len, job.units)) - sum(map(len, missing))

    def what() -> str:
        outcome = job.outcome
        trouble = f", {len(outcome.retried)} workers died" if outcome.retried else ""
        trouble += f", {len(outcome.failed)} shards failed" if outcome.failed else ""
        return f"{outcome.models}/{len(job.models)} models, {outcome.bytes / 1e6:.0f} MB{trouble}"

    with _bar("triplet", sum(map(len, job.units)), what, done) as watch:
        return job.run(watch)


@contextmanager
def _bar(unit: str, total: int, what: Callable[[], str], done: int = 0) -> Iterator[Callable[[int], None]]:
    """Show progress on a terminal; the rate counts only what this run did."""
    began = time.monotonic()
    count = 0
    with console.progress(unit) as progress:
        task = progress.add_task(what(), total=total, completed=done, rate="–")

        def watch(more: int) -> None:
            nonlocal count
            count += more
            rate = f"{count / max(time.monotonic() - began, 1e-3):.1f}"
            progress.update(task, advance=more, rate=rate, description=what())

        yield watch


def _report(job: Job, outcome: Outcome | None) -> None:
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


def _as_json(job: Job, outcome: Outcome | None) -> dict[str, Any]:
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
    return result
