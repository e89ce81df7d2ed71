"""Damaged models: whatever the reader lets through, proposing ends with a result."""

from __future__ import annotations

import numpy as np
import pytest
from builders import head_model

from mmdgen.errors import FormatError
from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.library.proposals import propose


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
