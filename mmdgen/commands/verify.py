"""``mmdgen verify``: every promise of every shard."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mmdgen.commands import console

FEW = 3  # shards that are read faster than other processes start
AT_ONCE = 64  # pictures between two words about progress


def verify(
    shards: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Read shards completely and check every promise of the format; exit code 1 when one is broken.

    Args:
        shards: Shards, folders of shards or globs; ./shards by default.
        json: Print the result as JSON.
    """
    from mmdgen.shard import find_shards

    paths = find_shards(shards or ["shards"])
    found: dict[Path, list[str]] = {}
    pictures = 0
    began = time.monotonic()

    with console.progress("pictures") as bar:
        task = bar.add_task("verifying", total=len(paths), rate="–")
        for path, more in _checked(paths):
            if isinstance(more, int):
                pictures += more
            else:
                found[path] = more
            rate = f"{pictures / (time.monotonic() - began):,.0f}"
            bar.update(task, completed=len(found), rate=rate)
    problems = [problem for path in paths for problem in found[path]]
    broken = sum(map(bool, found.values()))
    if json:
        console.emit_json({"shards": len(paths), "broken": broken, "pictures": pictures, "problems": problems})
    else:
        for problem in problems:
            console.out.print(problem, markup=False)
        kept = f"{broken} of them broken" if broken else "all promises kept"
        console.out.print(f"{len(paths)} shards, {pictures} pictures: {kept}")
    return 1 if broken else 0


def _checked(paths: list[Path]) -> Iterator[tuple[Path, int | list[str]]]:
    """Yield, for many shards at a time, how many more pictures of one were read, and at its end its problems."""
    from mmdgen.generate.crew import Crew, Done, Failed, Step, processors

    if len(paths) <= FEW:
        for path in paths:
            counts: list[int] = []
            problems = check(path, counts.append)
            yield path, sum(counts)
            yield path, problems
        return
    with Crew(checker, min(processors(), len(paths))) as crew:
        for event in crew.run(paths):
            if isinstance(event, Step):
                yield event.task, event.count
            elif isinstance(event, Done):
                yield event.task, event.answer
            elif isinstance(event, Failed):  # HDF5 itself crashed
                yield event.task, [f"{event.task}: {event.message} while reading it, expected a shard; render it again"]


def checker(_worker: int) -> Callable[[Path, Callable[[int], None]], list[str]]:
    """Start a worker that checks shards."""
    return check


def check(path: Path, advance: Callable[[int], None]) -> list[str]:
    """Return the problems of one shard; ``advance`` is told of pictures, many at a time."""
    from mmdgen.shard import verify as problems_of

    waiting = 0

    def note(count: int) -> None:
        nonlocal waiting
        waiting += count
        if waiting >= AT_ONCE:
            advance(waiting)
            waiting = 0

    found = problems_of(path, note)
    advance(waiting)
    return found
