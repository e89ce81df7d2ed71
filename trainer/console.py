"""What the commands tell people: results on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mmdgen.shell import plain

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Write one line to stderr, markup untouched (file names may hold brackets)."""
    err.print(plain(message), markup=False)


def emit_json(data: Any) -> None:
    """Write one JSON document to stdout, in UTF-8 whatever the locale; numbers that JSON lacks become null."""
    text = json.dumps(finite(data), ensure_ascii=False, indent=1, allow_nan=False)
    sys.stdout.buffer.write(text.encode(errors="backslashreplace") + b"\n")  # a lone surrogate is spelled as JSON does
    sys.stdout.flush()


def finite(data: Any) -> Any:
    """Return JSON-ready data with null for the numbers that JSON lacks."""
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def progress(*, show: bool = True) -> Progress:
    """Return a bar with count, a free ``note`` and the remaining time; it shows only on a terminal, if at all."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=err,
        disable=not (show and sys.stderr.isatty()),
    )


def clock(seconds: float) -> str:
    """Return a duration as h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
