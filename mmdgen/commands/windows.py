"""Opens the annotator's windows by their entry points, so that mmdgen knows nothing of Qt."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from mmdgen.errors import MmdgenError, UsageError

GROUP = "mmdgen.annotators"


def opened(name: str, models: list[str] | None, annotations: Path | None, **options: Any) -> int:
    """Open a window on the models that a command line means; return its exit code when it is closed."""
    from mmdgen.library.scan import locate

    shot = options.get("screenshot")
    if shot is not None and shot.suffix.lower() != ".png":
        raise UsageError(f"{shot}: extension {shot.suffix!r}, expected .png; write a PNG")
    paths = models or ["models"]
    shelf = list(locate(paths, annotations).items())
    if not shelf:
        raise UsageError(f"{', '.join(paths)}: no .pmx or .pmd file, expected models; name another folder")
    command = name if name == "review" else f"annotate-{name}"
    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        raise MmdgenError(f"{command}: its window is not installed, expected package mmdgen whole; install it again")
    try:
        window = found.load()
    except ImportError as error:
        lacking = f"{error.name or error} is not there"
        raise MmdgenError(
            f'{command}: {lacking}, expected Qt and its libraries; pip install "mmdgen[annotator]"; '
            "see docs/annotating.md"
        ) from error
    code: int = window(shelf, **options)
    return code
