"""Shards whose samples have looks of their own: read by everybody, and held to every promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from shards import SIZE, header, model, picture, triplets, write

from mmdgen.canvas import GAP
from mmdgen.errors import ShardError
from mmdgen.shard import LookColumns, ShardReader, ShardWriter, verify
from mmdgen.sheet import look_caption, pick, sheet

COLUMNS = LookColumns(
    ("shading", "ambient", "edge", "hue_deg"), ((0.0, 1.0), (0.5, 0.75), (1.0, 1.0), (-10.0, 10.0)), ("phong", "toon")
)
COUNT, MODELS = 6, 2


def looks(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    columns = (rng.integers(0, 2, COUNT), rng.uniform(0.5, 0.75, COUNT), np.ones(COUNT), rng.uniform(-10, 10, COUNT))
    return np.stack(columns, 1).astype(np.float32)


def write_looks(path: Path) -> Path:
    """A shard of six samples of two models; every sample has its own rest picture."""
    rng = np.random.default_rng(99)
    models = tuple(model(i % MODELS) for i in range(COUNT))
    with ShardWriter(path, replace(header(), models=models, look=COLUMNS), COUNT) as out:
        for i, (_, *triplet) in enumerate(triplets(COUNT, MODELS)):
            out.rest(i, picture(rng))
            out.add(i, *triplet, looks()[i])
    return path


@pytest.fixture
def shard(tmp_path) -> Path:
    return write_looks(tmp_path / "train-00000.h5")


def test_looks_are_read_as_they_were_written(shard):
    with ShardReader(shard) as found:
        assert found.header.look == COLUMNS
        assert np.array_equal(found.looks, looks())
        assert found.looks.dtype == np.float32
        assert not found.looks.flags.writeable
    assert verify(shard) == []
    assert write_looks(shard.with_name("again-00000.h5")).read_bytes() == shard.read_bytes()


def test_shards_of_one_look_have_none_and_are_what_they_were(tmp_path):
    path = write(tmp_path / "train-00000.h5")
    with ShardReader(path) as found:
        assert found.looks is None
        assert found.header.look is None
    with h5py.File(path) as plain:
        assert "look" not in plain
        assert set(plain.attrs) == {
            *("format_version", "pose_names", "size", "split", "seed", "shading", "settings", "generator")
        }


def test_plain_h5py_needs_no_other_rule(shard):
    """What docs/shard-format.md shows works as before, and the look explains itself."""
    with h5py.File(shard) as plain, ShardReader(shard) as ours:
        for i in range(COUNT):
            assert np.array_equal(plain["rest"][plain["model"][i]], ours.rest(i))
            look = dict(zip(plain.attrs["look_names"].astype(str), plain["look"][i], strict=True))
            assert plain.attrs["shadings"].astype(str)[int(look["shading"])] in ("phong", "toon")
            assert look["ambient"] == looks()[i, 1]
        assert plain.attrs["look_ranges"].tolist() == [list(pair) for pair in COLUMNS.ranges]
        assert plain["models/name"].asstr()[plain["model"][3]] == "初音 1"


@pytest.mark.parametrize(("columns", "look"), [(None, [0, 0.5, 1, 0]), (COLUMNS, None)])
def test_a_look_is_written_exactly_where_the_header_explains_it(tmp_path, columns, look):
    head = replace(header(1), look=columns)
    with pytest.raises(ShardError, match="look"), ShardWriter(tmp_path / "train-00000.h5", head, 1) as out:
        out.add(*next(triplets(1, 1)), look)


# --- refused at once --------------------------------------------------------------------------------------------------


def no_look(f):
    del f["look"]


def short_look(f):
    del f["look"]
    f["look"] = np.zeros((COUNT - 1, 4), "f4")


def narrow_look(f):
    del f["look"]
    f["look"] = np.zeros((COUNT, 3), "f4")


def double_look(f):
    del f["look"]
    f["look"] = np.zeros((COUNT, 4), "f8")


def no_ranges(f):
    del f.attrs["look_ranges"]


def ranges_of_fewer(f):
    f.attrs["look_ranges"] = np.zeros((3, 2), "f4")


def ranges_in_words(f):
    f.attrs["look_ranges"] = np.full((4, 2), b"wide")


def no_shadings(f):
    del f.attrs["shadings"]


def names_in_numbers(f):
    f.attrs["look_names"] = np.arange(4)


def one_name(f):
    f.attrs["look_names"] = np.bytes_("shading")


def names_on_the_heap(f):
    f.attrs["look_names"] = ["a", "b", "c", "d"]


def names_no_unicode(f):
    f.attrs["look_names"] = np.array([b"\xff"] * 4)


@pytest.mark.parametrize(
    "change",
    [
        *(no_look, short_look, narrow_look, double_look, no_ranges, ranges_of_fewer, ranges_in_words, no_shadings),
        *(names_in_numbers, one_name, names_on_the_heap, names_no_unicode),
    ],
    ids=lambda c: c.__name__,
)
def test_what_is_not_as_promised_is_refused_at_once(shard, change):
    with h5py.File(shard, "r+") as f:
        change(f)
    with pytest.raises(ShardError, match=r"expected .*; ") as caught, ShardReader(shard) as reader:
        len(reader)
    assert str(shard) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert verify(shard) == [str(caught.value)]


# --- verify -----------------------------------------------------------------------------------------------------------


def out_of_range(f):
    f["look"][2, 1] = 0.8


def not_a_number(f):
    f["look"][2, 3] = np.nan


def half_a_shading(f):
    f["look"][2, 0] = 0.5


def shading_without_name(f):
    f.attrs["shadings"] = np.array([b"phong"])
    f["look"][2, 0] = 1


def constant_that_varies(f):
    f["look"][2, 2] = 1.5


def names_twice(f):
    f.attrs["look_names"] = np.array([b"shading", b"ambient", b"ambient", b"edge"])


def shared_row(f):
    f["model"][2] = 0


def rest_of_another(f):
    f["models/sha256"][0], f["models/annotation"][0] = f["models/sha256"][1], f["models/annotation"][1]
    f["models/textures_sha256"][0] = f["models/textures_sha256"][1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (out_of_range, "/look 2: ambient 0.8, expected 0.5 to 0.75"),
        (not_a_number, "/look 2: hue_deg nan, expected -10 to 10"),
        (half_a_shading, "/look 2: shading 0.5, expected 0 to 1"),
        (shading_without_name, "/look 2: shading 1, expected 0 to 1"),
        (constant_that_varies, "/look 2: edge 1.5, expected 1 to 1"),
        (names_twice, "expected names that differ"),
        (shared_row, "/model 2: 0, expected 2"),
        (rest_of_another, "/index 1: sample 0 of model 1 again"),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_verify_finds_a_broken_promise(shard, change, said):
    with h5py.File(shard, "r+") as f:
        change(f)
    assert any(said in problem for problem in verify(shard)), verify(shard)


# --- readers of many shards -------------------------------------------------------------------------------------------


def test_sheets_count_models_and_say_looks(shard):
    examples = pick([shard], 4, 0)
    assert len({e.model.identity for e in examples}) == MODELS
    assert all(e.look.startswith(("phong  ambient 0.", "toon  ambient 0.")) for e in examples)
    assert "edge" not in examples[0].look, "it is the same in all"
    one = examples[:1]
    plain = [replace(e, look="") for e in one]
    with_look, without = np.asarray(sheet(one)), np.asarray(sheet(plain))
    extra = len(with_look) - len(without)
    assert extra > 0, "a line for the look"
    assert (with_look[len(without) - GAP :] < 200).any()
    top = slice(0, 6 * SIZE)
    assert np.array_equal(with_look[top], without[top])
    assert isinstance(sheet([*one, *plain]), Image.Image), "shards with and without looks on one sheet"


def test_captions_name_the_shading_and_what_varies():
    assert look_caption(COLUMNS, (1.0, 0.625, 1.0, -7.25)) == "toon  ambient 0.62  hue_deg -7.2"


def test_training_counts_models_not_rows(shard, tmp_path):
    torch_data = pytest.importorskip("trainer.data")
    second = shard.rename(shard.with_name("train-00001.h5"))
    first = write(tmp_path / "train-00000.h5", 4)
    examples = torch_data.open_examples([first, second], ("train",))
    try:
        assert [key.name for key in examples.keys] == ["初音 0", "初音 1"]
        assert examples.models.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
        with ShardReader(second) as reader:
            assert all(np.array_equal(examples.picture(4 + i, "rest"), reader.rest(i)) for i in range(COUNT))
    finally:
        examples.close()
