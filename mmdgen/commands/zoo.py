"""``mmdgen zoo``: characters that belong to no one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from mmdgen.commands import console


def zoo(
    directory: Path,
    *,
    count: Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))] = 24,
    seed: Annotated[int, Parameter(validator=Number(gte=0, lt=2**63))] = 0,
    only: Annotated[list[int] | None, Parameter(negative="", consume_multiple=True)] = None,
    symmetric: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    annotate: bool = True,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Make procedural anime characters as PMX models with textures, free of all rights (CC0 1.0).

    The same seed gives the same files, byte for byte. A larger --count adds characters to what is there.

    Args:
        directory: The folder for the models; each gets a folder of its own, beside manifest.json.
        count: How many characters.
        seed: Another seed gives other characters.
        only: Make only these of them, by number from 0.
        symmetric: Make the first so many characters exactly symmetric, for tests.
        annotate: Write the true head ranges and morphs as annotations.
        dry_run: Say what would be made, write nothing.
        json: Print the manifest as JSON.
    """
    from mmdgen.errors import UsageError
    from mmdgen.zoo.draw import draw_traits
    from mmdgen.zoo.library import Order, check, manifest, write

    if only and not all(0 <= k < count for k in only):
        raise UsageError(f"--only: {only}, expected numbers from 0 to {count - 1}; raise --count")
    order = Order(count, seed, min(symmetric, count), tuple(only or ()))
    if dry_run:
        check(directory, order)
        planned = [draw_traits(seed, k, symmetric=k < order.symmetric) for k in order.indices()]
        if json:
            console.emit_json({"directory": str(directory), "seed": seed, "characters": [t.as_json() for t in planned]})
        else:
            for traits in planned:
                console.out.print(traits.summary(), markup=False)
        return 0
    entries: list[dict[str, Any]] = []
    start = time.perf_counter()
    with console.progress("characters") as bar:
        task = bar.add_task("zoo", total=len(order.indices()), rate="…")
        for made in write(directory, order, annotate=annotate):
            entries.append(made.as_json())
            bar.update(task, advance=1, rate=f"{len(entries) / (time.perf_counter() - start):.1f}")
    if json:
        console.emit_json(manifest(order, entries))
    else:
        size = sum(entry["bytes"] for entry in entries)
        console.out.print(
            f"{directory}: {len(entries)} characters, {size / 1e6:.1f} MB, {time.perf_counter() - start:.1f} s",
            markup=False,
        )
    return 0
