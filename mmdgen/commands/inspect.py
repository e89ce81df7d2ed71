"""``mmdgen inspect``: what is in a model, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mmdgen.commands import console
from mmdgen.shell import plain

PIPE_WIDTH = 10_000  # characters: what goes to another program is never folded
NARROWEST = 72  # characters; where a terminal has fewer it folds the lines itself, rather than letters getting lost
KINDS_THAT_MOVE_VERTICES = ("vertex", "group", "uv", "uv1", "uv2", "uv3", "uv4")


def inspect(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show what is in models and what is wrong with them; exit code 1 when one cannot be read.

    Args:
        models: PMX or PMD files, folders of them or globs; ./models by default.
        json: Print everything as JSON.
    """
    from mmdgen.description import describe
    from mmdgen.errors import FormatError, UsageError
    from mmdgen.formats.load import load_textures, read_model
    from mmdgen.library.scan import find_models

    out = Console(highlight=False, width=max(console.out.width, NARROWEST) if console.out.is_terminal else PIPE_WIDTH)
    readable, unreadable = [], []
    paths = models or ["models"]
    found_models = find_models(paths)
    if not found_models:
        raise UsageError(f"{', '.join(paths)}: no .pmx or .pmd file, expected models; name another folder")
    for path in found_models:
        try:
            model = read_model(path)
        except FormatError as error:
            console.say(str(error))
            unreadable.append({"path": str(path), "error": str(error)})
            continue
        found = describe(model, load_textures(model))
        if json:
            readable.append(found)
        else:
            _show(found, out)
    if json:
        console.emit_json({"models": readable, "unreadable": unreadable})
    return 1 if unreadable else 0


def _show(found: dict[str, Any], out: Console) -> None:
    warnings = found["warnings"]
    out.print(Text(plain(found["path"]), style="bold"), soft_wrap=True)
    for table in (
        _facts(found),
        _materials(found["materials"]),
        _textures(found["textures"]),
        _morphs(found["morphs"]),
    ):
        if table.row_count:
            out.print(table)
            out.print()
    verdict = f"Wrong with it ({len(warnings)}):" if warnings else "Nothing is wrong."
    out.print(Text(verdict, style="bold"))
    for warning in warnings:
        out.print(Text(f"  {plain(warning)}"), soft_wrap=True)
    out.print()


def _facts(found: dict[str, Any]) -> Table:
    bones, standard = found["bones"], found["bones"]["standard"]
    name = f"{found['name']} ({found['name_en']})" if found["name_en"].strip() else found["name"]
    box = found["box"]
    facts = {
        "name": name,
        "file": f"{found['format'].upper()} {found['version']:.1f}, sha256 {found['sha256'][:12]}",
        "contents": ", ".join(f"{n} {what.replace('_', ' ')}" for what, n in found["counts"].items() if n),
        "weights": ", ".join(f"{n} {deform}" for deform, n in found["deform"].items()),
        "size": " × ".join(f"{high - low:.1f}" for low, high in zip(box["low"], box["high"], strict=True))
        if box
        else "",
        "bones": " ".join(name if there else f"no {name}" for name, there in standard.items())
        + f"; {bones['ik']} IK, {bones['append']} append, {bones['after_physics']} after physics",
    }
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for what, text in facts.items():
        if text:
            table.add_row(what, Text(plain(text)))
    return table


def _materials(materials: Sequence[dict[str, Any]]) -> Table:
    rows = []
    for i, m in enumerate(materials):
        drawn = [word for word, on in (("two-sided", m["two_sided"]), ("edge", m["edge"])) if on]
        sphere = f"{m['sphere']} {m['sphere_mode']}" if m["sphere"] and m["sphere_mode"] != "none" else None
        rows.append((i, m["name"], m["triangles"], f"{m['alpha']:g}", m["texture"], sphere, m["toon"], " ".join(drawn)))
    return _table(("", "material", "triangles", "alpha", "texture", "sphere", "toon", "drawn"), rows)


def _textures(textures: Sequence[dict[str, Any]]) -> Table:
    rows = []
    for i, t in enumerate(textures):
        gone = "missing" if t["shared_toon"] is None else "MMD's own"
        size = f"{t['size'][0]} × {t['size'][1]}" if t["size"] else gone
        rows.append((i, t["path"], size, "yes" if t["alpha"] else "", " ".join(t["used_as"])))
    return _table(("", "texture", "size", "alpha", "used as"), rows)


def _morphs(morphs: Sequence[dict[str, Any]]) -> Table:
    """List the morphs panel by panel, each under its number in the file."""
    rows = []
    for i, m in sorted(enumerate(morphs), key=lambda pair: pair[1]["panel"]):
        moved = m["moved_vertices"] if m["kind"] in KINDS_THAT_MOVE_VERTICES else None
        rows.append((i, m["name"], m["name_en"], m["panel"], m["kind"], m["elements"], moved))
    return _table(("", "morph", "English", "panel", "kind", "elements", "moves"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Return a table without the columns that say nothing; numbers stay whole, names fold where the line ends."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    columns = [c for c in range(len(heads)) if any(row[c] not in (None, "") for row in rows)]
    for c in columns:
        is_number = all(isinstance(row[c], int | None) for row in rows)
        table.add_column(heads[c], justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[c] is None else plain(str(row[c]))) for c in columns))
    return table
