"""``mmdgen review``: a window in which a person looks at what will be rendered, many models a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def review(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    annotations: Path | None = None,
    language: Literal["en", "ja"] | None = None,
    theme: Literal["light", "dark"] | None = None,
    screenshot: Path | None = None,
) -> int:
    """Keep, send back or reject models by their final pictures, many a page; those alike side by side.

    Space keeps a model, P all of the page that are ready, H and M send it back to heads or morphs, X rejects it; ?
    shows all keys. Every decision is on disk at once: close the window when you like, and go on later where you
    stopped. What is alike is known from `mmdgen scan`.

    Args:
        models: PMX or PMD files, folders of them or globs; ./models by default.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        language: en or ja; by default the system's.
        theme: light or dark; by default the desktop's.
        screenshot: Write a PNG of the window, and exit.
    """
    from mmdgen.commands.windows import opened

    return opened("review", models, annotations, language=language, theme=theme, screenshot=screenshot)
