"""``mmdgen verify``: every promise of every shard."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mmdgen.commands import console


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
    problems: list[str] = []
    pictures = broken = 0
    began = time.monotonic()

    def watch(more: int) -> None:
        nonlocal pictures
        pictures += more

    with console.progress("picture") as bar:
        task = bar.add_task("verifying", total=len(paths), rate="–")
        for found in _checked(paths, watch):
            problems += found
            broken += bool(found)
            bar.update(task, advance=1, rate=f"{pictures / (time.monotonic() - began):.0f}")
            if not json:
                for problem in found:
                    console.out.print(problem, markup=False)
    if json:
        console.emit_json({"shards": len(paths), "broken": broken, "pictures": pictures, "problems": problems})
    else:
        kept = f"{broken} of them broken" if broken else "all promises kept"
        console.out.print(f"{len(paths)} shards, {pictures} pictures: {kept}")
    return 1 if broken else 0


def _checked(paths: list[Path], watch: Callable[[int], None]) -> Iterator[list[str]]:
    """Yield each shard's problems, in order, several shards at a time: inflating does not hold Python's lock."""
    from concurrent.futures import ThreadPoolExecutor
    from functools import partial

    from mmdgen.shard import verify as check

    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        yield from pool.map(partial(check, advance=watch), paths)
    finally:
        pool.shutdown(cancel_futures=True)
