"""What all pages share: one HTML file that needs nothing else. All texts are strangers' and escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from importlib.resources import files

from mmdgen.shell import plain

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # nothing is loaded, nothing runs


def page(title: str, command: str, body: Iterable[str]) -> str:
    """Return a whole page: its title, the command that made it, and what it shows, as HTML."""
    style = files("mmdgen.page").joinpath("style.css").read_text(encoding="utf-8")
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{text(POLICY)}">\n',
        f"<title>{text(title)} · {command}</title>\n<style>\n{style}</style>\n</head>\n<body>\n",
        *body,
        "</body>\n</html>\n",
    ]
    return "".join(parts)


def text(said: object) -> str:
    """Return a stranger's text of one line for a page: nothing in it is markup, or turns the direction of writing."""
    return html.escape(plain(str(said)))


def lines(said: Iterable[str]) -> str:
    """Return several lines of a stranger's text."""
    return "\n".join(text(line) for line in said)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table without the columns that say nothing."""
    columns = [c for c in range(len(heads)) if any(row[c] not in (None, "") for row in rows)]
    head = "".join(f"<th>{text(heads[c])}</th>" for c in columns)
    body = "".join(f"<tr>{''.join(_cell(row[c]) for c in columns)}</tr>\n" for row in rows)
    return f'<div class="table"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n'


def _cell(value: object) -> str:
    kind = ' class="number"' if isinstance(value, int) else ""
    return f"<td{kind}>{'' if value is None else text(value)}</td>"


def details(title: str, content: str, count: int) -> str:
    """Return something folded away, nothing where there is none of it."""
    return f"<details><summary>{text(title)} <small>{count}</small></summary>\n{content}</details>\n" if count else ""


def section(title: str, content: str) -> str:
    """Return a part of a page under its title."""
    return f"<h3>{text(title)}</h3>\n{content}"


def listed(said: Iterable[str]) -> str:
    """Return a list of sentences."""
    return f'<ul class="warnings">{"".join(f"<li>{text(line)}</li>" for line in said)}</ul>\n'
