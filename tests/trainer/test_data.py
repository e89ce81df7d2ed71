"""Examples: what is read, in which order, and what is refused."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from drawn_faces import draw, random_poses, write_shard

from mmdgen.errors import ShardError, UsageError
from mmdgen.pose_spec import IDENTITY
from trainer.data import Examples, batches, open_examples, spread, training_order
from trainer.stages import MORPHER


def test_every_picture_is_found_again_over_several_shards(tmp_path: Path) -> None:
    write_shard(tmp_path, ordinal=1, characters=range(1, 4), each=3)
    write_shard(tmp_path, ordinal=0, characters=range(2), each=2)
    examples = open_examples([tmp_path], ("train",))
    assert examples is not None
    assert len(examples) == 13
    assert [key.name for key in examples.keys] == ["face 0", "face 1", "face 2", "face 3"]
    rest = {k.name: draw(32, int(k.name.split()[1]), np.float32(IDENTITY)) for k in examples.keys}
    batch = examples.batch(MORPHER, np.arange(13))
    for row in range(13):
        character = examples.models[row]
        pose = examples.poses[row]
        expression = draw(32, character, pose * np.float32([0, 0, 0, 1, 1, 1]))
        assert np.array_equal(batch.source[row], rest[f"face {character}"])
        assert np.array_equal(batch.target[row], expression)
        assert np.array_equal(examples.picture(row, "posed"), draw(32, character, pose))
        assert np.array_equal(batch.pose[row], pose[3:])
    assert np.array_equal(examples.poses[4 + 0], random_poses(np.random.default_rng([1, 1]), 3)[0])
    examples.close()


def test_order_is_a_permutation_an_epoch_and_a_function_of_seed_and_position() -> None:
    whole = np.concatenate(list(islice(training_order(10, 4, seed=3), 15)))  # 60 images: 6 epochs
    for epoch in range(6):
        assert sorted(whole[10 * epoch : 10 * epoch + 10]) == list(range(10))
    assert len({tuple(whole[10 * e : 10 * e + 10]) for e in range(6)}) == 6
    later = np.concatenate(list(islice(training_order(10, 4, seed=3, seen=24), 9)))
    assert np.array_equal(later, whole[24:])
    other = np.concatenate(list(islice(training_order(10, 4, seed=4), 15)))
    assert not np.array_equal(other, whole)


@pytest.mark.parametrize("workers", [1, 4])
def test_batches_come_in_order_whatever_the_number_of_threads(tmp_path: Path, workers: int) -> None:
    write_shard(tmp_path, each=10)
    examples = Examples([tmp_path / "train-00000.h5"])
    order = list(islice(training_order(20, 3, seed=0), 20))
    found = list(batches(examples, MORPHER, order, workers=workers))
    assert [b.rows.tolist() for b in found] == [rows.tolist() for rows in order]
    for batch in found:
        assert torch.equal(batch.target, examples.batch(MORPHER, batch.rows).target)


def test_a_generator_that_is_closed_early_stops_its_threads(tmp_path: Path) -> None:
    write_shard(tmp_path)
    examples = Examples([tmp_path / "train-00000.h5"])
    endless = batches(examples, MORPHER, training_order(8, 2, seed=0))
    next(endless)
    endless.close()
    with pytest.raises(StopIteration):
        next(endless)


def test_order_of_the_arguments_does_not_matter_and_content_does(tmp_path: Path) -> None:
    a, b = write_shard(tmp_path, ordinal=0), write_shard(tmp_path, ordinal=1)
    assert Examples([a, b]).fingerprint == Examples([b, a]).fingerprint
    assert Examples([a, b]).fingerprint != Examples([a]).fingerprint


def test_splits_are_chosen_in_the_order_asked_for(tmp_path: Path) -> None:
    write_shard(tmp_path, split="train")
    write_shard(tmp_path, split="val", characters=range(5, 7))
    chosen = open_examples([tmp_path], ("test", "val", "train"))
    assert chosen is not None
    assert chosen.split == "val"
    assert open_examples([tmp_path], ("test",)) is None


def test_spread_takes_as_many_models_as_possible() -> None:
    models = np.array([0] * 10 + [1] * 2 + [4])
    assert sorted(models[spread(models, 3)]) == [0, 1, 4]
    assert sorted(models[spread(models, 6)]) == [0, 0, 0, 1, 1, 4]
    assert sorted(spread(models, 99)) == list(range(13))
    assert np.array_equal(spread(models, 5), spread(models, 5))


def refusal(*paths: Path) -> str:
    with pytest.raises((ShardError, UsageError)) as caught:
        open_examples(paths, ("train",))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_mixed_sizes_and_shadings_are_refused(tmp_path: Path) -> None:
    write_shard(tmp_path, ordinal=0)
    other = write_shard(tmp_path, ordinal=1, size=40)
    assert str(other) in refusal(tmp_path)
    assert "size 40, expected 32" in refusal(tmp_path)
    other = write_shard(tmp_path, ordinal=1, shading="toon")
    assert "shading toon, expected phong" in refusal(tmp_path)


@pytest.mark.parametrize(("value", "said"), [(np.nan, "nan"), (1.5, "1.5"), (-0.5, "-0.5")])
def test_a_pose_that_is_none_is_refused(tmp_path: Path, value: float, said: str) -> None:
    path = write_shard(tmp_path)
    with h5py.File(path, "r+") as file:
        file["pose"][3, 5] = value
    assert f"pose of sample 3: mouth is {said}, expected 0 to 1" in refusal(path)


def test_no_samples_are_refused(tmp_path: Path) -> None:
    path = write_shard(tmp_path)
    with h5py.File(path, "r+") as file:
        for name in ("pose", "model", "index", "crc/expression", "crc/posed"):
            dtype, shape = file[name].dtype, file[name].shape
            del file[name]
            file.create_dataset(name, (0, *shape[1:]), dtype)
        for name in ("expression", "posed"):
            side = file[name].shape[1:]
            del file[name]
            file.create_dataset(name, (0, *side), "u1", maxshape=(None, *side), chunks=(1, *side), compression="gzip")
    assert "expected at least one" in refusal(path)


@pytest.mark.parametrize("name", ["pose", "rest", "expression", "posed", "model", "crc/posed"])
def test_a_missing_field_is_named(tmp_path: Path, name: str) -> None:
    path = write_shard(tmp_path)
    with h5py.File(path, "r+") as file:
        del file[name]
    assert name in refusal(path)


def test_nothing_there(tmp_path: Path) -> None:
    assert "no-such-folder" in refusal(tmp_path / "no-such-folder")


def test_a_picture_that_cannot_be_read_ends_the_batches_with_its_name(tmp_path: Path) -> None:
    path = write_shard(tmp_path)
    with h5py.File(path, "r+") as file:
        file["expression"].id.write_direct_chunk((2, 0, 0, 0), b"\x78\x01 this is no deflate stream")
    examples = Examples([path])
    with pytest.raises(ShardError, match="expression 2"):
        list(batches(examples, MORPHER, [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]))
