"""What is said in words beside the pictures: where a model stands, what it lacks, what is wrong with its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from annotator.edits import State
from annotator.keys import Command
from annotator.theme import STATE_COLORS, colors
from annotator.translation import tr
from annotator.work import Work

SHOWN = 4  # warnings


def told(work: Work, state: State, lines: Iterable[tuple[str, str]]) -> str:
    """Return rich text: the model's state where that is to be said, ``lines`` with their colours, its warnings."""
    stored = work.stored
    said = []
    if stored is not None and state == "rejected":
        said.append((tr("Rejected: {}").format(tr(stored.reason)), STATE_COLORS["rejected"]))
    if state == "flagged":
        said.append((tr("Put off for later"), STATE_COLORS["flagged"]))
    said += lines
    warnings = work.loaded.warnings if work.loaded else ()
    said += [(text.rpartition(": ")[2] if len(text) > 160 else text, colors().dim) for text in warnings[:SHOWN]]
    if len(warnings) > SHOWN:
        said.append((tr("and {} more").format(len(warnings) - SHOWN), colors().dim))
    return "".join(f"<p style='color:{color}; margin:0 0 6px 0'>{_breakable(escape(text))}</p>" for text, color in said)


def hints(groups: Mapping[str, Sequence[Command]], names: Sequence[str]) -> str:
    """Return rich text: the keys of some commands."""
    dim = colors().dim
    rows = [
        f"<tr><td style='padding-right:14px'><b>{escape(c.keys[0])}</b></td>"
        f"<td style='color:{dim}'>{escape(tr(c.does))}</td></tr>"
        for group in groups.values()
        for c in group
        if c.name in names
    ]
    return f"<table>{''.join(rows)}</table>"


def _breakable(text: str) -> str:
    """Let long paths break where folders end."""
    return text.replace("/", "/\u200b").replace("\\", "\\\u200b")
