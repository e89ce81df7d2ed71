"""``mmdgen annotate-head``: a window in which a person marks where heads begin and end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def annotate_head(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    annotations: Path | None = None,
    language: Literal["en", "ja"] | None = None,
    theme: Literal["light", "dark"] | None = None,
    screenshot: Path | None = None,
) -> int:
    """Mark the top of the skull and the chin of many models, mostly with one key each.

    Space accepts the proposed lines and shows the next model; ? shows all keys. Every decision is on disk at once:
    close the window when you like, and go on later where you stopped.

    Args:
        models: PMX or PMD files, folders of them or globs; ./models by default.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        language: en or ja; by default the system's.
        theme: light or dark; by default the desktop's.
        screenshot: Write a PNG of the window, and exit.
    """
    from mmdgen.commands.windows import opened

    return opened("head", models, annotations, language=language, theme=theme, screenshot=screenshot)
