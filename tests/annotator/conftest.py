"""A small library of head models, and windows on Qt's offscreen platform."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from builders import head_model, saved

from mmdgen.model import Model

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def named(name: str, **changes: object) -> Model:
    """Return a head model that differs from the others in its name."""
    return replace(head_model(), name=name, **changes)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Four good models a to d."""
    for name in "abcd":
        saved(named(name), tmp_path / "models" / name / f"{name}.pmx")
    return tmp_path / "models"
