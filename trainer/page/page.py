"""The page itself: numbers and pictures as JSON, and the style and script that show them."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdgen.files import write_atomically
from mmdgen.shell import plain
from trainer.console import finite, progress
from trainer.lineup import WHOLE
from trainer.page.pictures import Clip, example_clips, play, ranked, strips

if TYPE_CHECKING:
    from trainer.evaluation import Found

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"  # nothing is loaded


def write_page(found: Found, path: Path, motions: Sequence[Clip]) -> None:
    """Write the page of what was measured; networks run once more over the examples that it shows."""
    asked, measured = found.asked, found.measured[0]
    clips = [*motions, *example_clips(found.examples, measured, asked.batch)]
    focus = found.focus(measured.task)
    with progress() as bar:
        total = len(ranked(measured, focus, asked.strips)) + sum(clip.count for clip in clips)
        task = bar.add_task("pictures", total=total, note="")

        def advance(count: int) -> None:
            bar.advance(task, count)

        shown = strips(found.lineup, found.examples, measured, focus, asked.strips, asked.batch, advance)
        played = [play(found.lineup, clip, WHOLE if clip.moving else measured.task, advance) for clip in clips]
    write_atomically(path, render(_data(found, focus, shown, played)).encode())


def _data(found: Found, focus: str, shown: list[dict[str, Any]], played: list[dict[str, Any]]) -> dict[str, Any]:
    first = found.measured[0].task
    return {
        "about": found.about,
        "reports": found.reports,
        "answers": {one.task.name: one.answers for one in found.measured},
        "notes": {one.task.name: {a: found.lineup.note(one.task, a) for a in one.answers} for one in found.measured},
        "task": first.name,
        "source": first.source,
        "target": first.target,
        "focus": focus,
        "strips": shown,
        "clips": played,
    }


def render(data: dict[str, Any]) -> str:
    """Return the whole page; strangers' texts are data, never markup."""
    here = files("trainer.page")
    style, script = (here.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    embedded = json.dumps(finite(_plain(data)), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">\n'
        f"<title>trainer eval</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main></main>\n"
        f'<script type="application/json" id="data">{embedded}</script>\n'
        f"<script>\n{script}</script>\n</body>\n</html>\n"
    )


def _plain(data: Any) -> Any:
    """Take control characters, and those that turn the direction of writing, out of all texts."""
    if isinstance(data, str):
        return data if data.startswith("data:image/webp;base64,") else plain(data)
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    return [_plain(value) for value in data] if isinstance(data, list | tuple) else data
