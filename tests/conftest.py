"""Fixtures that several tests share: the corpus of real models and one OpenGL context for the whole run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def corpus_folder() -> Path | None:
    """Return the folder of real models, or None where there is none."""
    folder = Path(os.environ.get("MMDGEN_CORPUS", ROOT.parent / "shared" / "corpus"))
    return folder if folder.is_dir() else None


def corpus_models() -> list[Path]:
    """Return every PMX and PMD file of the corpus, sorted; empty without a corpus."""
    folder = corpus_folder()
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".pmx", ".pmd")) if folder else []


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = corpus_folder()
    if folder is None:
        pytest.skip("no corpus; set MMDGEN_CORPUS to a folder of real models")
    return folder
