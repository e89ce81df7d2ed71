"""The tables of ``trainer eval``, each line below 80 columns unless a character's name is long."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from trainer.metrics import CHANGED_LEVELS

FORMATS = {"mse": ".5g", "rmse": ".5g", "psnr": ".2f", "ssim": ".4f"}
SPACES = {"network space": "network", "sRGB": "sRGB"}
ROWS = {"network": "network", "input": "output = input"}


def overall(summary: dict[str, Any]) -> Table:
    """Return the measures of the network beside those of its input, in each space and over each kind of pixels."""
    table = _table(["space", "pixels", "answer"], ["MSE", "RMSE", "PSNR", "SSIM"])
    for space, by_pixels in summary["network"].items():
        for pixels in by_pixels:
            for method, name in ROWS.items():
                found = summary[method][space][pixels]
                table.add_row(SPACES[space], pixels, name, *(_number(key, found[key]) for key in FORMATS))
    return table


def characters(summaries: list[dict[str, Any]]) -> Table:
    """Return one row a character: sRGB measures over the pixels that change, each beside that of the input."""
    table = _table(["character"], ["images", "MSE", "of input", "change", "SSIM", "of input"])
    table.title = f"sRGB, over the pixels that differ by more than {CHANGED_LEVELS} levels"
    table.title_justify = "left"
    for summary in summaries:
        network, still = (summary[method]["sRGB"]["changed"] for method in ROWS)
        table.add_row(
            escape(summary["name"]),
            f"{summary['images']:,}",
            _number("mse", network["mse"]),
            _number("mse", still["mse"]),
            f"{network['mse'] / still['mse'] - 1:+.1%}" if still["mse"] else "",
            _number("ssim", network["ssim"]),
            _number("ssim", still["ssim"]),
        )
    return table


def _table(words: list[str], numbers: list[str]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for name in words:
        table.add_column(name, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _number(measure: str, value: float) -> str:
    return f"{value:{FORMATS[measure]}}"
