"""What every command shares: results on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from mmdgen.shell import plain

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Write one line for the user to stderr, markup untouched (file names may hold brackets)."""
    err.print(plain(message), markup=False)


def emit_json(data: Any) -> None:
    """Write one JSON document to stdout, in UTF-8 whatever the locale."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    sys.stdout.buffer.write(text.encode(errors="backslashreplace") + b"\n")  # a lone surrogate is spelled as JSON does
    sys.stdout.flush()


def progress(unit: str, window: float = 30.0) -> Progress:
    """Return a progress bar with count, rate and remaining time; it shows only on a terminal.

    The remaining time follows from the last ``window`` seconds.
    """
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} " + unit + "/s"),
        TimeRemainingColumn(),
        console=err,
        speed_estimate_period=window,
        disable=not sys.stderr.isatty(),
        transient=False,
    )
