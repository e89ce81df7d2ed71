"""``mmdgen scan``: triage of a folder of models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mmdgen.commands import console
from mmdgen.commands.inspect import PIPE_WIDTH
from mmdgen.commands.triaging import triaged
from mmdgen.shell import plain

if TYPE_CHECKING:
    from mmdgen.library.census import Census

Flag = Annotated[bool, Parameter(negative="")]
SIDES = ("left", "right", "both")


def scan(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    html: Path | None = None,
    annotations: Path | None = None,
    pictures: bool = True,
    fresh: Flag = False,
    workers: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Triage folders of models: what can be rendered, what is there twice or looks alike, and why the rest is left out.

    What is found out is kept in .mmdgen/scan.jsonl of each folder of models, so that the next scan looks only at what
    is new or changed; an interrupted scan goes on where it was.

    Args:
        models: PMX or PMD files, folders of them or globs; ./models by default.
        html: Also write one page with a picture of every model, those alike side by side, and the terms of use.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        pictures: Draw each model, to find those that look alike; needs OpenGL.
        fresh: Forget earlier scans and look at every model again.
        workers: Processes; by default as many as there are processors, fewer for few models.
        dry_run: Write nothing, neither the page nor what is found out.
        json: Print everything as JSON.
    """
    from mmdgen.errors import UsageError
    from mmdgen.library.census import Census

    if html and (html.is_dir() or not html.parent.is_dir()):
        raise UsageError(f"{html}: no place for a page, expected a file in a folder that exists; use another --html")
    items = triaged(
        models or ["models"], annotations, workers=workers, pictures=pictures, fresh=fresh, keep=not dry_run
    )
    census = Census.of(items)
    written = _write(html, census, dry_run=dry_run) if html else {}
    if json:
        console.emit_json(census.as_json() | written)
        return 0
    _show(census)
    if html:
        size = f", {written['bytes'] / 1e6:.1f} MB" if written["written"] else ""
        console.out.print(f"{'would write ' if dry_run else ''}{html}{size}", markup=False)
    return 0


def _write(path: Path, census: Census, *, dry_run: bool) -> dict[str, Any]:
    """Write the page whole or not at all; return what to report."""
    if dry_run:
        return {"html": str(path), "written": False}
    from mmdgen.files import write_atomically
    from mmdgen.page.triage import triage_page

    data = triage_page(census).encode(errors="replace")  # names that are no Unicode hold lone surrogates
    write_atomically(path, data)
    return {"html": str(path), "written": True, "bytes": len(data)}


# --- the table --------------------------------------------------------------------------------------------------------


def _show(census: Census) -> None:
    from mmdgen.library.standing import HOW_TO_GO_ON

    out = Console(highlight=False, width=None if console.out.is_terminal else PIPE_WIDTH)
    table = _table("model", "state", "bones", "normal", "smile", "mouth", "textures", "why")
    for number, (item, standing) in enumerate(zip(census.items, census.standings, strict=True)):
        cells = (str(item.place.path), standing.state, *_facts(item.record), "; ".join(standing.reasons))
        alike = ", ".join(
            f"{how} as {census.items[other].place.path}" for other, how in census.kin(number, before=True)
        )
        said = "; ".join(filter(None, (cells[-1], alike if standing.state != "duplicate" else "")))
        table.add_row(*(Text(plain(cell)) for cell in (*cells[:-1], said)))
    out.print(table)
    counts = census.counts()
    summary = _table("", "models", "", title="")
    for state, count in counts.items():
        summary.add_row(state, str(count), HOW_TO_GO_ON[state].replace("`", ""))
    out.print(summary)
    filled = (f"{name.replace('_', ' ')} {n['filled']}" for name, n in census.coverage().items() if n["filled"])
    if said := ", ".join(filled):
        out.print(f"characters with a morph for: {said}", markup=False)
    for what, groups in census.groups().items():
        if groups:
            models = sum(map(len, groups))
            said = f"{what}: {models} models in {len(groups)} group{'' if len(groups) == 1 else 's'}"
            out.print(said, markup=False)
    _say_reasons(census)


def _say_reasons(census: Census) -> None:
    """Say on stderr what keeps most models out."""
    counted = Counter(reason for s in census.standings if s.state == "not ready" for reason in s.reasons)
    for reason, count in counted.most_common(5):
        console.say(f"{count} not ready: {reason}")


def _table(*heads: str, title: str | None = None) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False, title=title)
    for head in heads:
        table.add_column(head, overflow="fold", justify="right" if head == "models" else "left")
    return table


def _facts(record: Any) -> Sequence[str]:
    """Return what the table says of bones, slots and textures."""
    study, judgement = record.study, record.judgement
    if study is None or judgement is None:
        return ("", "", "", "", "")
    bones = " ".join(name if there else f"no {name}" for name, there in study.bones.items())
    slots = judgement.slots
    eyes = ("".join(_mark(slots[f"{kind}_{side}"], side[0]) for side in SIDES) for kind in ("normal", "smile"))
    missing = f"{len(study.missing)} missing" if study.missing else "all"
    return (bones, *eyes, _mark(slots["mouth"], "あ"), missing)


def _mark(slot: dict[str, Any] | None, letter: str) -> str:
    """Return a letter for a slot that something fills, with ? where that is not sure."""
    return "–" if slot is None else letter + ("" if slot["trusted"] else "?")
