"""Our samples, posed by us and by babylon-mmd (tests/oracle/pose_samples.py)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from posed_samples import REFERENCE, key, poses, samples, state

from mmdgen.formats.load import read_model
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin

TOLERANCE = 1e-4  # MMD units


@pytest.fixture(scope="module")
def reference() -> dict[str, np.ndarray]:
    with np.load(REFERENCE) as file:
        return dict(file)


def test_every_sample_has_its_reference(reference: dict[str, np.ndarray]) -> None:
    sums = {key(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in samples()}
    known = {name.removesuffix("/sha256"): str(v) for name, v in reference.items() if name.endswith("/sha256")}
    assert known == sums, "samples have changed: run tests/oracle/pose_samples.py"
    assert len(sums) >= 4


@pytest.mark.parametrize("path", samples(), ids=key)
def test_our_samples_agree_with_another_runtime(path: Path, reference: dict[str, np.ndarray]) -> None:
    model = read_model(path)
    posed = skin(model, Rig(model).evaluate(state(model, poses(model))))
    vertex, expected = reference[f"{key(path)}/vertex"], reference[f"{key(path)}/position"]
    assert len(vertex) > 100
    assert np.abs(expected[0] - expected[1]).max() > 0.1  # the reference moves at all
    np.testing.assert_allclose(posed.position[:, vertex], expected, rtol=0, atol=TOLERANCE)
