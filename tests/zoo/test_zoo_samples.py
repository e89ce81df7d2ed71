"""What lies in samples/ is what its README says: made by these commands, small, and whole."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmdgen import annotation
from mmdgen.formats.images import decode_image
from mmdgen.formats.load import load_textures, parse_model, read_model
from mmdgen.library.scan import find_models
from mmdgen.pose.binding import bind
from mmdgen.shard import find_shards, verify
from mmdgen.zoo.library import MANIFEST
from mmdgen.zoo.making import Order, make

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MODELS = SAMPLES / "models"
ORDER = Order(28, 36, symmetric=1, only=(0, 5, 19, 21, 23, 27))
FOUND = find_models([MODELS])


def test_the_readme_names_the_command() -> None:
    numbers = " ".join(map(str, ORDER.only))
    command = f"mmdgen zoo samples/models --count {ORDER.count} --seed {ORDER.seed} --symmetric 1 --only {numbers}\n"
    assert command in (SAMPLES / "README.md").read_text("utf-8")


@pytest.mark.parametrize("index", ORDER.only)
def test_the_zoo_makes_them_again(index: int) -> None:
    """Processors round the last bit differently, so positions may differ by a rounding step and texels by a shade."""
    for name, data in make(ORDER, index).files.items():
        stored = (MODELS / name).read_bytes()
        if name.endswith(".pmx"):
            again, known = parse_model(data), parse_model(stored)
            assert np.allclose(again.vertices.position, known.vertices.position, atol=2e-4)
            assert np.array_equal(again.faces, known.faces)
            assert [m.name for m in again.morphs] == [m.name for m in known.morphs]
            assert (again.materials, again.bones) == (known.materials, known.bones)
        else:
            difference = np.abs(decode_image(data).astype(int) - decode_image(stored))
            assert difference.mean() < 0.5


def test_they_are_six_and_small() -> None:
    files = [p for p in MODELS.rglob("*") if p.is_file()]
    assert len(FOUND) == 6
    assert sum(p.stat().st_size for p in files) < 5.5e6
    assert sum(not p.name.isascii() for p in FOUND) == 2
    assert "CC0 1.0 Universal" in (SAMPLES / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("path", FOUND, ids=lambda p: p.parent.name)
def test_each_is_sound_and_its_truth_binds(path: Path) -> None:
    model = read_model(path)
    assert (model.warnings, load_textures(model).warnings) == ((), ())
    truth = annotation.load(annotation.folder(MODELS), model.source.sha256)
    assert truth is not None
    assert bind(model, truth).head == truth.head
    entries = json.loads((MODELS / MANIFEST).read_text("utf-8"))["characters"]
    assert model.source.sha256 in {e["sha256"] for e in entries}


def test_the_shard_is_whole_and_small() -> None:
    (shard,) = find_shards([SAMPLES / "shards"])
    assert shard.stat().st_size < 700_000
    assert list(verify(shard)) == []
