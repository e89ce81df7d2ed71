"""``mmdgen zoo``: characters that belong to no one."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mmdgen.commands import console

if TYPE_CHECKING:
    from mmdgen.zoo.library import Run
    from mmdgen.zoo.making import Order

FEW = 4  # characters that are made before other processes would have started
Flag = Annotated[bool, Parameter(negative="")]


def zoo(
    directory: Path,
    *,
    count: Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))] = 24,
    seed: Annotated[int, Parameter(validator=Number(gte=0, lt=2**63))] = 0,
    style: Annotated[list[str] | None, Parameter(negative="")] = None,
    defects: Annotated[float, Parameter(validator=Number(gte=0, lte=1))] = 0.0,
    format: Literal["pmx", "pmd", "mixed"] = "pmx",  # noqa: A002  the option's name
    only: Annotated[list[int] | None, Parameter(negative="", consume_multiple=True)] = None,
    symmetric: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    annotate: bool = True,
    workers: Annotated[int | None, Parameter(validator=Number(gte=1, lte=256))] = None,
    sheet: Annotated[Path | None, Parameter(negative="")] = None,
    sheet_count: Annotated[int, Parameter(validator=Number(gte=1, lte=1000))] = 100,
    shading: Literal["phong", "toon"] = "phong",
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Make procedural anime characters as PMX models with textures, free of all rights (CC0 1.0).

    The same seed gives the same files, byte for byte, whatever the workers. A larger --count adds characters to what is
    there, and a stopped run goes on where it was.

    Args:
        directory: The folder for the models; each gets a folder of its own, beside manifest.json.
        count: How many characters.
        seed: Another seed gives other characters.
        style: Only such characters: female, male, child, teen, adult, chibi, fantasy, animal or plain; several combine.
        defects: The share of characters with a fault, 0 to 1, for testing what reads models; the manifest names each.
        format: Files of this kind; mixed makes one in seven a PMD.
        only: Make only these of them, by number from 0.
        symmetric: Make the first so many characters exactly symmetric, for tests; they have no faults.
        annotate: Write the true head ranges and morphs as annotations.
        workers: Processes; one for each processor by default.
        sheet: Also draw a contact sheet of random ones of them into this picture.
        sheet_count: How many characters on the sheet.
        shading: The sheet's shading.
        dry_run: Say what would be made, write nothing.
        json: Print the manifest as JSON.
    """
    from mmdgen.errors import UsageError
    from mmdgen.zoo.draw.styles import checked
    from mmdgen.zoo.library import check, manifest, write
    from mmdgen.zoo.making import Order

    if only and not all(0 <= k < count for k in only):
        raise UsageError(f"--only: {only}, expected numbers from 0 to {count - 1}; raise --count")
    numbers = tuple(only or ())
    order = Order(count, seed, min(symmetric, count), numbers, checked(style or ()), defects, format)
    if dry_run:
        check(directory, order)
        return _plan(directory, order, as_json=json)
    entries: list[dict[str, Any]] = []
    start = time.perf_counter()
    with (
        console.progress("characters") as bar,
        closing(write(directory, order, annotate=annotate, run=_run(workers))) as made,
    ):
        task = bar.add_task("zoo", total=len(order.indices()), rate="…")
        for entry in made:
            entries.append(entry)
            bar.update(task, advance=1, rate=f"{len(entries) / (time.perf_counter() - start):.1f}")
    entries.sort(key=lambda entry: entry["index"])
    seconds = time.perf_counter() - start
    if sheet is not None:
        on_sheet = _draw(directory, entries, sheet, sheet_count, seed, shading)
    if json:
        console.emit_json(manifest(order, entries))
    else:
        size = sum(entry["bytes"] for entry in entries)
        faulty = sum(bool(entry["defects"]) for entry in entries)
        faults = f", {faulty} with a fault" if faulty else ""
        console.out.print(
            f"{directory}: {len(entries)} characters{faults}, {size / 1e6:.1f} MB, {seconds:.1f} s", markup=False
        )
        if sheet is not None:
            console.out.print(f"{sheet}: {on_sheet} characters", markup=False)
    return 0


def _plan(directory: Path, order: Order, *, as_json: bool) -> int:
    """Say who would be made."""
    planned = [order.traits(k) for k in order.indices()]
    if as_json:
        console.emit_json(
            {"directory": str(directory), **order.as_json(), "characters": [t.as_json() for t in planned]}
        )
    else:
        for traits in planned:
            console.out.print(traits.summary(), markup=False)
    return 0


def _run(workers: int | None) -> Run:
    """Return what makes characters in ``workers`` processes, here where they are few."""
    from mmdgen.generate.crew import processors
    from mmdgen.zoo.library import one_by_one

    size = processors() if workers is None else workers

    def crewed(work: Any, indices: list[int]) -> Any:
        from mmdgen.errors import MmdgenError
        from mmdgen.generate.crew import Crew, Done, Failed

        if size == 1 or len(indices) <= FEW:
            yield from one_by_one(work, indices)
            return
        with Crew(Workshop(work), size) as crew:
            for event in crew.run(indices):
                if isinstance(event, Failed):
                    raise MmdgenError(f"character {event.task}: {event.message}")
                if isinstance(event, Done):
                    yield event.answer

    return crewed


class Workshop:
    """What a worker process does: make the characters whose numbers it is given."""

    def __init__(self, work: Any) -> None:
        self.work = work

    def __call__(self, _number: int) -> Any:
        """Return the handler of tasks."""
        return lambda index, _advance: self.work(index)


def _draw(root: Path, entries: list[dict[str, Any]], path: Path, count: int, seed: int, shading: str) -> int:
    """Draw the contact sheet and return how many characters are on it."""
    from mmdgen.canvas import save
    from mmdgen.commands.zoo_sheet import chosen, examples
    from mmdgen.sheet import sheet as laid_out

    picked = chosen(entries, count, seed)
    with console.progress("characters") as bar:
        drawn = list(bar.track(examples(root, picked, shading), total=len(picked), description="sheet"))
    save(laid_out(drawn), path)
    return len(drawn)
