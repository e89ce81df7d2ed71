"""Damaged models: whatever the reader lets through, proposing ends with a result."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from builders import CHIN, group, head_model

from mmdgen.errors import FormatError
from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.library.proposals import propose
from mmdgen.model import Bone, Morph, Panel


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers beyond all measure overflow
def test_flipped_bytes_never_break_a_proposal():
    data, rng = write_pmx(head_model()), np.random.default_rng(5)
    survived = 0
    for _ in range(150):
        broken = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 40)):
            broken[place] = rng.integers(0, 256)
        try:
            model = parse_model(bytes(broken))
        except FormatError:
            continue
        annotation = propose(model)
        survived += annotation.head is not None
        for value in (annotation.head, *annotation.slots.values()):
            assert value is None or 0 <= value.confidence <= 1
    assert survived > 10


def test_a_model_without_anything_drawn_gets_a_result():
    assert propose(replace(head_model(), materials=())).head is None


def test_long_chains_take_time_in_proportion():
    """Twenty thousand bones and groups in chains: quadratic time would take minutes."""
    model, count = head_model(), 20_000
    names = len(model.bones), len(model.morphs)
    bones = [Bone(f"{i}", "", (0, 17, 0), names[0] + i - 1 if i else 3, 0, (0, 1, 0)) for i in range(count)]
    groups = [Morph(f"{i}", "", Panel.OTHER, group([names[1] + i - 1 if i else 6])) for i in range(count)]
    began = time.monotonic()
    found = propose(replace(model, bones=(*model.bones, *bones), morphs=(*model.morphs, *groups)))
    assert time.monotonic() - began < 20
    assert found.head is not None
    assert found.head.bottom == pytest.approx(CHIN, abs=0.2)
