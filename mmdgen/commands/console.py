"""What every command shares: results on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
STEERING = dict.fromkeys((*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�")


def plain(text: str) -> str:
    """Return a text of a stranger on one line, without control characters that could steer the terminal."""
    return re.sub(r"[^\S ]+", " ", text).translate(STEERING)


def say(message: str) -> None:
    """Write one line for the user to stderr, markup untouched (file names may hold brackets)."""
    err.print(plain(message), markup=False)


def emit_json(data: Any) -> None:
    """Write one JSON document to stdout, in UTF-8 whatever the locale."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    sys.stdout.buffer.write(text.encode(errors="backslashreplace") + b"\n")  # a lone surrogate is spelled as JSON does
    sys.stdout.flush()


def progress(unit: str) -> Progress:
    """Return a progress bar with count, rate and remaining time; it shows only on a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} " + unit + "/s"),
        TimeRemainingColumn(),
        console=err,
        disable=not sys.stderr.isatty(),
        transient=False,
    )
