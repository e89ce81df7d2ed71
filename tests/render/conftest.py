"""Fixtures that the tests of pictures share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import builders
import pytest

from mmdgen.annotation import Annotation, HeadRange, Slot, save


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Return a folder with one annotated character, a/head.pmx."""
    model = builders.saved(builders.head_model(), tmp_path / "a" / "head.pmx")
    names = {"normal_left": "ウィンク２", "normal_right": "ｳｨﾝｸ２右", "mouth": "あ"}
    slots = {n: Slot(m, model.morphs_named(m)[0], None, "person", 1.0) for n, m in names.items()}
    annotation = Annotation(model.source.sha256, head=HeadRange(builders.CHIN, builders.TOP, "person", 1.0))
    store = tmp_path / ".mmdgen" / "annotations"
    save(store, replace(annotation, slots={**annotation.slots, **slots}))
    return tmp_path
