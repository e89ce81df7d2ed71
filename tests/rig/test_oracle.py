"""Posed vertices against two independent MMD runtimes, for every file and pose that the reference lists."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from corpus import corpus_folder
from posed_samples import state

from mmdgen.formats.load import read_model
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin

pytestmark = pytest.mark.corpus
TOLERANCE = 1e-4  # MMD units


def oracle_rows() -> list[tuple[Path, str, dict]]:
    folder = corpus_folder()
    rows = []
    for index in sorted(folder.parent.glob("reference/posed/*/index.json")) if folder else []:
        for name, row in json.loads(index.read_text(encoding="utf-8")).items():
            rows.append((index.parent / f"{name}.npz", str(folder / row["file"]), row))
    return rows


@pytest.mark.parametrize(("reference", "path", "row"), [pytest.param(*r, id=Path(r[1]).name) for r in oracle_rows()])
def test_posed_vertices_agree_with_two_runtimes(reference: Path, path: str, row: dict) -> None:
    model = read_model(Path(path))
    posed = skin(model, Rig(model).evaluate(state(model, row["poses"])))
    expected = np.load(reference)
    for i, pose in enumerate(row["poses"]):
        vertex, position = expected[f"{pose['pose']}/vertex"], expected[f"{pose['pose']}/position"]
        difference = np.abs(posed.position[i, vertex] - position)
        worst = int(difference.max(1).argmax())
        assert difference[worst].max() <= TOLERANCE, (
            f"{pose['pose']}: vertex {vertex[worst]} off by {difference[worst]}"
        )


def test_the_reference_was_found(corpus: Path) -> None:
    if not (corpus.parent / "reference" / "posed").is_dir():
        pytest.skip("no posed vertices beside the corpus")
    assert oracle_rows()
