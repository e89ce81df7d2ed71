"""The tables of ``trainer eval``, each line below 80 columns unless a name is long."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trainer.metrics import CHANGED_LEVELS

FORMATS = {"mse": "#.3g", "rmse": "#.3g", "psnr": ".2f", "ssim": ".4f"}
MOST_CHARACTERS = 30  # in the table
WIDEST = 1000  # characters a line
MARK = "*"  # stands for a note below the table
NAMES = {"network": "network", "input": "output = input"}


def overall(summary: dict[str, Any], answers: Sequence[str], note: Callable[[str], str]) -> list[Table]:
    """Return a table for each space: the measures of every answer over all pixels and over those that change."""
    tables = []
    for space in summary[answers[0]]:
        if space == "lpips":
            continue
        table = _table(["answer"], [m.upper() for m in FORMATS] + [f"{m.upper()}\nch." for m in FORMATS])
        table.title = f"{space}; ch.: over the pixels that differ by more than {CHANGED_LEVELS} levels from the input"
        notes = dict.fromkeys(said for answer in answers if (said := note(answer)))
        table.caption = f"{MARK} trained with {'; or with '.join(notes)}" if notes else None
        for answer in answers:
            found = [summary[answer][space][pixels] for pixels in ("all", "changed")]
            cells = [_number(key, some[key]) for some in found for key in FORMATS]
            table.add_row(_named(answer, note), *cells)
        tables.append(table)
    if "lpips" in summary[answers[0]]:
        table = _table(["answer"], ["LPIPS"])
        table.title = "LPIPS, of sRGB pictures on white"
        for answer in answers:
            table.add_row(_named(answer, note), f"{summary[answer]['lpips']:.4f}")
        tables.append(table)
    return tables


def characters(summaries: list[dict[str, Any]], answer: str) -> Table:
    """Return one row a character, the worst first: sRGB measures of one answer and the input, where pixels change."""
    worst = sorted(summaries, key=lambda summary: -_changed_mse(summary, answer))[:MOST_CHARACTERS]
    table = _beside([(summary["name"], summary) for summary in worst], "character", answer)
    if len(summaries) > len(worst):
        table.caption = f"the worst {len(worst)} of {len(summaries)}; --json has all"
    return table


def parameters(by_name: dict[str, list[dict[str, Any]]], answer: str) -> Table:
    """Return one row for each range of each parameter, whatever its sign, with the columns of ``characters``."""
    rows = [
        (f"{name} {'±' if name.startswith(('head', 'neck')) else ''}{found['from']:g}–{found['to']:g}", found)
        for name, bins in by_name.items()
        for found in bins
        if found["images"]
    ]
    return _beside(rows, "parameter", answer)


def show(console: Console, table: Table) -> None:
    """Print a table as wide as its numbers are: a narrow terminal breaks lines, but no number is cut short."""
    wide = table.__rich_measure__(console, console.options.update(width=WIDEST)).maximum
    table.width = wide if wide > console.width else None
    console.print(table)


def _beside(rows: list[tuple[str, dict[str, Any]]], what: str, answer: str) -> Table:
    table = _table([what], ["images", "MSE", "of input", "change", "SSIM", "of input"])
    table.title = f"{answer}: sRGB, over the pixels that differ by more than {CHANGED_LEVELS} levels"
    for name, summary in rows:
        network, still = (summary[method]["sRGB"]["changed"] for method in (answer, "input"))
        table.add_row(
            escape(name),
            f"{summary['images']:,}",
            _number("mse", network["mse"]),
            _number("mse", still["mse"]),
            f"{network['mse'] / still['mse'] - 1:+.1%}" if still["mse"] else "",
            _number("ssim", network["ssim"]),
            _number("ssim", still["ssim"]),
        )
    return table


def _changed_mse(summary: dict[str, Any], answer: str) -> float:
    found: float = summary[answer]["sRGB"]["changed"]["mse"]
    return found if math.isfinite(found) else 0.0


def _named(answer: str, note: Callable[[str], str]) -> str:
    return escape(NAMES.get(answer, answer) + (f" {MARK}" if note(answer) else ""))


def _table(words: list[str], numbers: list[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left", caption_justify="left")
    for name in words:
        table.add_column(name, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _number(measure: str, value: float) -> str:
    return f"{value:,.0f}" if measure in ("mse", "rmse") and value >= 100 else f"{value:{FORMATS[measure]}}"
