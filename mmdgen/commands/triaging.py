"""Triage of the models that a command line names, in worker processes; what ``scan`` and ``split`` share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mmdgen.commands import console

if TYPE_CHECKING:
    from mmdgen.library.inventory import Item
    from mmdgen.library.records import Record
    from mmdgen.library.triage import Question

MODELS_PER_WORKER = 4  # fewer are not worth another process


def triaged(
    paths: list[str],
    annotations: Path | None,
    *,
    workers: int | None,
    pictures: bool = True,
    fresh: bool = False,
    keep: bool = True,
) -> list[Item]:
    """Triage all models, showing progress; raise UsageError when there are none."""
    from mmdgen.errors import UsageError
    from mmdgen.library.inventory import places, take

    where = places(paths, annotations)
    if not where:
        raise UsageError(f"{', '.join(paths)}: no .pmx or .pmd file, expected models; name another folder")
    began, done = time.monotonic(), 0
    with console.progress("models") as bar:
        task = bar.add_task("looking at models", total=len(where), rate="–")

        def watch(more: int) -> None:
            nonlocal done
            done += more
            bar.update(task, advance=more, rate=f"{done / max(time.monotonic() - began, 1e-3):.1f}")

        def run(questions: list[Question]) -> Iterator[tuple[Question, Record | str]]:
            yield from _crewed(questions, workers, pictures=pictures)

        return take(where, run, pictures=pictures, fresh=fresh, keep=keep, watch=watch)


def _crewed(
    questions: list[Question], workers: int | None, *, pictures: bool
) -> Iterator[tuple[Question, Record | str]]:
    from mmdgen.generate.crew import Crew, Done, Failed, processors
    from mmdgen.library.triage import Triager

    count = workers or min(processors(), -(-len(questions) // MODELS_PER_WORKER))
    with Crew(Triager(pictures=pictures), count) as crew:
        for event in crew.run(questions):
            if isinstance(event, Done):
                yield event.task, event.answer
            elif isinstance(event, Failed):
                yield event.task, event.message
