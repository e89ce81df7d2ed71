"""``mmdgen import``: archives as makers pack them into a library of models."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.markup import escape
from rich.progress import Progress, TaskID

from mmdgen.commands import console
from mmdgen.shell import plain


def import_(
    archives: Annotated[list[str], Parameter(negative="")],
    *,
    into: Path = Path("models"),
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Unpack archives of models, a folder for each; again: only what is new. Exit code 1 when one is refused.

    Names are read in the encoding under which the models find their textures. Links and paths that lead out are left
    out with a word; an archive that is damaged, encrypted or suspiciously large is refused whole. 7z and rar need
    `pip install mmdgen[archives]`, rar also unrar, unar or 7z.

    Args:
        archives: Zip, 7z or rar files, folders of them or globs.
        into: The folder of models; each archive gets a folder there.
        dry_run: Read the archives and say what would be imported; the library stays as it is.
        json: Print what became of each archive as JSON.
    """
    from mmdgen.library.imports import find_archives, import_archives

    found = find_archives(archives)
    outcomes = []
    with console.progress("MB") as bar:
        task = bar.add_task("import", total=len(found), rate="…")
        for outcome in import_archives(found, into, dry_run=dry_run, watch=_watch(bar, task)):
            outcomes.append(outcome)
            for sentence in (*outcome.notes, outcome.error):
                if sentence:
                    console.say(sentence)
            bar.update(task, advance=1)
    counts = {status: sum(o.status == status for o in outcomes) for status in ("imported", "known", "refused")}
    if json:
        console.emit_json(
            {"into": str(into), "dry_run": dry_run, **counts, "archives": [o.as_json() for o in outcomes]}
        )
    else:
        _show(outcomes, counts, into, dry_run=dry_run)
    return 1 if counts["refused"] else 0


def _watch(bar: Progress, task: TaskID) -> Callable[[Path, int, int], None]:
    """Return what shows how far the archive at hand is; the rate is over all of them."""
    start = time.perf_counter()
    before, current = 0, (Path(), 0)  # bytes of the archives before; the archive at hand and its bytes so far

    def watch(archive: Path, size: int, entries: int) -> None:
        nonlocal before, current
        if size < current[1] or archive != current[0]:
            before += current[1]
        current = archive, size
        rate = (before + size) / 1e6 / (time.perf_counter() - start)
        what = plain(f"{archive.name[-32:]}: {size / 1e6:.0f} MB of {entries} files")
        bar.update(task, description=escape(what), rate=f"{rate:.1f}")

    return watch


def _show(outcomes: list[Any], counts: dict[str, int], into: Path, *, dry_run: bool) -> None:
    for outcome in outcomes:
        if outcome.status == "imported":
            where = into / outcome.folder
            what = f"{len(outcome.models)} models, {outcome.files} files, {outcome.bytes / 1e6:.1f} MB"
            console.out.print(plain(f"{where}: {what}, names in {outcome.encoding}"), markup=False)
    verb = "would be imported" if dry_run else "imported"
    console.out.print(
        plain(f"{into}: {counts['imported']} archives {verb}, {counts['known']} known, {counts['refused']} refused"),
        markup=False,
    )
