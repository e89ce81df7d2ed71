"""``mmdgen annotate-auto``: proposals for the models that no person has annotated."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mmdgen.commands import console
from mmdgen.commands.inspect import PIPE_WIDTH
from mmdgen.shell import plain

if TYPE_CHECKING:
    from mmdgen.annotation import Annotation, Slot
    from mmdgen.library.annotate import Proposed

MODELS_PER_WORKER = 8  # fewer are not worth another process
SIDES = ("left", "right", "both")


def annotate_auto(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    annotations: Path | None = None,
    workers: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Propose head range and morphs for the models that no person has annotated.

    What a person has said is never overwritten; earlier proposals are. Exit code 1 when nothing could be proposed.

    Args:
        models: PMX or PMD files, folders of them or globs; ./models by default.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        workers: Processes; by default as many as there are processors, fewer for few models.
        dry_run: Propose, but write nothing.
        json: Print the proposals as JSON.
    """
    from mmdgen.annotation import save
    from mmdgen.errors import AnnotationError, UsageError
    from mmdgen.library.scan import locate

    paths = models or ["models"]
    stores = locate(paths, annotations)
    if not stores:
        raise UsageError(f"{', '.join(paths)}: no .pmx or .pmd file, expected models; name another folder")
    results: list[tuple[Proposed, Annotation | None]] = []
    for found in _proposals(list(stores), workers):
        proposed, kept = found, found.annotation
        try:
            if kept is not None and not _judged(stores[proposed.path], kept.sha256) and not dry_run:
                kept = save(stores[proposed.path], kept)
        except AnnotationError as error:  # what is there may be a person's work: it stays, and the others go on
            proposed, kept = replace(proposed, problem=str(error)), None
        results.append((proposed, kept))
    results.sort(key=lambda r: r[0].path.as_posix())
    if json:
        console.emit_json(_as_json(results, dry_run=dry_run))
    else:
        _show(results, dry_run=dry_run)
    return 0 if any(kept for _, kept in results) else 1


def _judged(store: Path, sha256: str) -> bool:
    """Tell whether a person has kept or rejected the model: then nothing is proposed any more."""
    from mmdgen.annotation import load

    known = load(store, sha256)
    return known is not None and known.verdict != "todo"


def _proposals(paths: list[Path], workers: int | None) -> Iterator[Proposed]:
    """Yield the proposals for all models as they come, showing progress on a terminal."""
    from mmdgen.generate.crew import Crew, Done, Failed, processors
    from mmdgen.library.annotate import Proposed

    count = workers or min(processors(), -(-len(paths) // MODELS_PER_WORKER))
    began, done = time.monotonic(), 0
    with console.progress("models") as bar, Crew(_start, count) as crew:
        task = bar.add_task("proposing", total=len(paths), rate="–")
        for event in crew.run(paths):
            if not isinstance(event, Done | Failed):
                continue
            yield event.answer if isinstance(event, Done) else Proposed(event.task, None, event.message)
            done += 1
            bar.update(task, advance=1, rate=f"{done / max(time.monotonic() - began, 1e-3):.1f}")


def _start(_worker: int) -> Any:
    """Begin work in a worker process."""
    from mmdgen.library.annotate import propose_file

    return lambda path, _: propose_file(path)


# --- reports ----------------------------------------------------------------------------------------------------------


def _show(results: list[tuple[Proposed, Annotation | None]], *, dry_run: bool) -> None:
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for head in ("model", "chin", "top", "sure", "normal left, right, both", "smile left, right, both", "mouth", ""):
        table.add_column(head, overflow="fold")
    for proposed, kept in results:
        table.add_row(*(Text(plain(cell)) for cell in _row(proposed, kept)))
    Console(highlight=False, width=None if console.out.is_terminal else PIPE_WIDTH).print(table)
    ready = sum(1 for proposed, kept in results if kept and not _problem(proposed, kept))
    skipped = sum(1 for _, kept in results if kept is None)
    console.say(
        f"{'would annotate' if dry_run else 'annotated'} {len(results) - skipped} of {len(results)} models, "
        f"{ready} of them ready to render; a ? marks what is not sure"
    )


def _row(proposed: Proposed, kept: Annotation | None) -> list[str]:
    if kept is None:
        return [str(proposed.path), *[""] * 6, _problem(proposed, kept)]
    head = ("–", "–", "–") if kept.head is None else (f"{kept.head.bottom:.2f}", f"{kept.head.top:.2f}", _sure(kept))
    eyes = (", ".join(_cell(kept.slots[f"{kind}_{side}"]) for side in SIDES) for kind in ("normal", "smile"))
    return [str(proposed.path), *head, *eyes, _cell(kept.slots["mouth"]), _problem(proposed, kept)]


def _problem(proposed: Proposed, kept: Annotation | None) -> str:
    from mmdgen.library.annotate import lacking

    said = [proposed.problem] if proposed.problem else []
    return "; ".join([*said, *(lacking(kept) if kept else [])])


def _sure(kept: Annotation) -> str:
    assert kept.head is not None
    return "person" if kept.head.by == "person" else f"{kept.head.confidence:.2f}"


def _cell(slot: Slot | None) -> str:
    from mmdgen.library.annotate import trusted

    return "–" if slot is None else slot.name.strip() + ("" if trusted(slot) else "?")


def _as_json(results: list[tuple[Proposed, Annotation | None]], *, dry_run: bool) -> dict[str, Any]:
    from mmdgen.annotation import to_json

    return {
        "written": not dry_run,
        "models": [
            {"path": str(p.path), "annotation": to_json(kept) if kept else None, "problem": _problem(p, kept) or None}
            for p, kept in results
        ],
    }
