"""Where the real models are that tests marked `corpus` read."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def corpus_folder() -> Path | None:
    """Return the folder of real models, or None where there is none."""
    folder = Path(os.environ.get("MMDGEN_CORPUS", ROOT.parent / "shared" / "corpus"))
    return folder if folder.is_dir() else None


def corpus_models() -> list[Path]:
    """Return every PMX and PMD file of the corpus, sorted; empty without a corpus."""
    folder = corpus_folder()
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".pmx", ".pmd")) if folder else []


def corpus_characters() -> list[Path]:
    """Return the files of real characters of the corpus: its fixtures are left out."""
    folder = corpus_folder()
    return [p for p in corpus_models() if folder and "fixtures" not in p.relative_to(folder).parts]
