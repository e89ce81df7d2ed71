"""A model's description as tables for the terminal; names are never cut, whatever the width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from mmdgen.page import wording
from mmdgen.shell import plain

WIDE = 130  # columns from which a material's textures have columns of their own
INDENT = 2
COMMENT_LINES = 14  # of a model's comment; --json has all of it


def show(found: dict[str, Any], out: Console) -> None:
    """Print the description of one model."""
    ready = found["render"]["ready"]
    out.print(Text(plain(wording.title(found)), style="bold"), soft_wrap=True)
    out.print(Text(plain(found["path"]), style="dim"), soft_wrap=True)
    mark, style = ("✓", "green") if ready else ("✗", "red")
    _line(f"{mark} {wording.verdict(found)}", out, style=style)
    out.print()
    _section(out, "", _pairs(wording.facts(found)))
    _section(out, "Head and slots", _table(("", "", "by", "confidence"), list(wording.slots(found))))
    for panel, title in wording.PANELS.items():
        _section(
            out, f"Morphs: {title}", _morphs([(i, m) for i, m in enumerate(found["morphs"]) if m["panel"] == panel])
        )
    _section(out, "Materials", _materials(found["materials"], wide=out.width >= WIDE))
    _section(out, "Textures", _textures(found["textures"]))
    _comment(wording.comment(found), out)
    _terms(found["readmes"], out)
    _warnings(found["warnings"], out)
    out.print()


def _section(out: Console, title: str, table: Table) -> None:
    if table.row_count:
        if title:
            _heading(out, title)
        out.print(table)
        out.print()


def _heading(out: Console, title: str) -> None:
    """Print a heading; on a terminal with a line that leads the eye."""
    text = Text(plain(title), style="bold")
    out.print(Rule(text, align="left", style="dim") if out.is_terminal else text)


def _pairs(facts: dict[str, str]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for what, text in facts.items():
        table.add_row(what, Text(plain(text)))
    return table


def _morphs(morphs: Sequence[tuple[int, dict[str, Any]]]) -> Table:
    """List morphs under their numbers in the file, with what they do."""
    rows = [
        (i, m["name"], wording.english(m), m["side"], m["does"], m["kind"], m["elements"], m["moved_vertices"] or None)
        for i, m in morphs
    ]
    return _table(("", "morph", "English", "side", "does", "kind", "elements", "moves"), rows)


def _materials(materials: Sequence[dict[str, Any]], *, wide: bool) -> Table:
    rows = []
    for i, m in enumerate(materials):
        maps = {"texture": m["texture"], "sphere": wording.sphere(m), "toon": m["toon"]}
        lines = [path if what == "texture" else f"{what} {path}" for what, path in maps.items() if path]
        cells = tuple(maps.values()) if wide else (tuple(lines),)
        rows.append((i, m["name"], m["triangles"], f"{m['alpha']:g}", wording.drawn(m), *cells))
    heads = ("texture", "sphere", "toon") if wide else ("texture, sphere, toon",)
    return _table(("", "material", "triangles", "alpha", "drawn", *heads), rows)


def _textures(textures: Sequence[dict[str, Any]]) -> Table:
    rows = [
        (i, t["path"], wording.size(t), "yes" if t["alpha"] else "", " ".join(t["used_as"]))
        for i, t in enumerate(textures)
    ]
    return _table(("", "texture", "size", "alpha", "used as"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Return a table without the columns that say nothing; numbers stay whole, names fold where the line ends."""
    columns = [c for c in range(len(heads)) if any(row[c] not in (None, "", ()) for row in rows)]
    table = Table(box=None, padding=(0, 1), header_style="dim", show_header=any(heads[c] for c in columns))
    for c in columns:
        is_number = all(isinstance(row[c], int | None) for row in rows)
        table.add_column(heads[c], justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[c]) for c in columns))
    return table


def _cell(value: object) -> Text:
    """Return a cell; of a tuple each item on a line of its own."""
    lines = value if isinstance(value, tuple) else () if value is None else (value,)
    return Text("\n".join(plain(str(line)) for line in lines))


# --- texts ------------------------------------------------------------------------------------------------------------


def _comment(lines: Sequence[str], out: Console) -> None:
    if lines:
        _heading(out, "The model's own comment")
        for line in lines[:COMMENT_LINES]:
            _line(line, out, INDENT)
        if len(lines) > COMMENT_LINES:
            _line(f"… {len(lines) - COMMENT_LINES} more lines, see --json", out, INDENT, "dim")
        out.print()


def _terms(readmes: Sequence[dict[str, Any]], out: Console) -> None:
    """Quote what the readmes say of terms, in their own language; name the others."""
    for readme in readmes:
        if readme["terms"]:
            _heading(out, f"Terms in {readme['path']} ({readme['encoding']})")
            for number, passage in enumerate(readme["terms"]):
                if number:
                    _line("…", out, INDENT, "dim")
                for line in passage.split("\n"):
                    _line(line, out, INDENT)
            out.print()
    others = ", ".join(readme["path"] for readme in readmes if not readme["terms"])
    if others:
        _line(f"Beside it, nothing quoted: {others}", out, style="dim")
        out.print()


def _warnings(warnings: Sequence[str], out: Console) -> None:
    verdict = f"Wrong with it ({len(warnings)}):" if warnings else "Nothing is wrong."
    out.print(Text(verdict, style="bold"))
    for warning in wording.collapsed(warnings):
        _line(warning, out, INDENT)


def _line(text: str, out: Console, indent: int = 0, style: str = "") -> None:
    """Print one line; a terminal folds it within its indent, a pipe gets it whole."""
    line = Text(plain(text), style=style, overflow="fold")
    if out.is_terminal:
        out.print(Padding(line, (0, 0, 0, indent)))
    else:
        out.print(Text(" " * indent) + line, soft_wrap=True)
