"""``mmdgen annotate-morphs``: a window in which a person chooses the morphs of eyes and mouth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def annotate_morphs(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    annotations: Path | None = None,
    language: Literal["en", "ja"] | None = None,
    theme: Literal["light", "dark"] | None = None,
    screenshot: Path | None = None,
) -> int:
    """Choose the morphs that close the eyes and open the mouth of many models, mostly with one key each.

    Space accepts all seven slots as proposed, empty ones as well, and shows the next model; ? shows all keys. Every
    decision is on disk at once: close the window when you like, and go on later where you stopped.

    Args:
        models: PMX or PMD files, folders of them or globs; ./models by default.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        language: en or ja; by default the system's.
        theme: light or dark; by default the desktop's.
        screenshot: Write a PNG of the window, and exit.
    """
    from mmdgen.commands.windows import opened

    return opened("morphs", models, annotations, language=language, theme=theme, screenshot=screenshot)
