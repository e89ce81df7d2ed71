"""Examples: what is read, in which order, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from drawn_faces import draw, random_poses, write_shard

from mmdgen.errors import ShardError, UsageError
from mmdgen.pose_spec import IDENTITY
from mmdgen.shard import LookColumns, ShardHeader, ShardModel, ShardWriter
from trainer.config import Loading
from trainer.data import Draw, Examples, batches, in_turn, open_examples, shrink, spread, training_order
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


def drawn(order: Iterable[Draw]) -> np.ndarray:
    return np.concatenate([draw.rows for draw in order])


def opened(*paths: Path, **loading: Any) -> Examples:
    examples = open_examples(paths, ("train",), Loading(**loading))
    assert examples is not None
    return examples


def test_order_is_a_permutation_an_epoch_and_a_function_of_seed_and_position() -> None:
    whole = drawn(islice(training_order(10, 4, seed=3), 15))  # 60 images: 6 epochs
    for epoch in range(6):
        assert sorted(whole[10 * epoch : 10 * epoch + 10]) == list(range(10))
    assert len({tuple(whole[10 * e : 10 * e + 10]) for e in range(6)}) == 6
    later = drawn(islice(training_order(10, 4, seed=3, seen=24), 9))
    assert np.array_equal(later, whole[24:])
    other = drawn(islice(training_order(10, 4, seed=4), 15))
    assert not np.array_equal(other, whole)


@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_ranks_share_every_batch_of_one_process(ranks: int) -> None:
    alone = list(islice(training_order(10, 6, seed=3, seen=12), 9))
    shared = [islice(training_order(10, 6, seed=3, seen=12, rank=r, ranks=ranks), 9) for r in range(ranks)]
    for whole, *parts in zip(alone, *shared, strict=True):
        for rank, part in enumerate(parts):
            assert np.array_equal(part.numbers, whole.numbers[rank::ranks])
            assert np.array_equal(part.rows, whole.rows[rank::ranks])
    assert np.array_equal(np.concatenate([draw.numbers for draw in alone]), np.arange(12, 66))


@pytest.mark.parametrize("workers", [1, 4])
def test_batches_come_in_order_whatever_the_number_of_threads(tmp_path: Path, workers: int) -> None:
    write_shard(tmp_path, each=10)
    examples = opened(tmp_path)
    order = list(islice(training_order(20, 3, seed=0), 20))
    found = list(batches(examples, MORPHER, order, workers=workers))
    assert [b.rows.tolist() for b in found] == [draw.rows.tolist() for draw in order]
    assert [b.numbers.tolist() for b in found] == [draw.numbers.tolist() for draw in order]
    for batch in found:
        assert torch.equal(batch.target, examples.batch(MORPHER, batch.rows).target)


def test_a_generator_that_is_closed_early_stops_its_threads(tmp_path: Path) -> None:
    write_shard(tmp_path)
    examples = opened(tmp_path)
    endless = batches(examples, MORPHER, training_order(8, 2, seed=0))
    next(endless)
    endless.close()
    with pytest.raises(StopIteration):
        next(endless)


def test_order_of_the_arguments_does_not_matter_and_content_does(tmp_path: Path) -> None:
    a, b = write_shard(tmp_path, ordinal=0), write_shard(tmp_path, ordinal=1)
    assert opened(a, b).fingerprint == opened(b, a).fingerprint
    assert opened(a, b).fingerprint != opened(a).fingerprint


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


def spoil(path: Path, kind: str, i: int) -> None:
    """Make one picture of a shard unreadable."""
    with h5py.File(path, "r+") as file:
        file[kind].id.write_direct_chunk((i, 0, 0, 0), b"\x78\x01 this is no deflate stream")


def test_a_picture_that_cannot_be_read_ends_the_batches_with_its_name(tmp_path: Path) -> None:
    path = write_shard(tmp_path)
    spoil(path, "expression", 2)
    order = [Draw(np.arange(2 * i, 2 * i + 2), np.arange(2 * i, 2 * i + 2)) for i in range(3)]
    with pytest.raises(ShardError, match="expression 2"):
        list(batches(opened(path), MORPHER, order))


def test_skipped_pictures_give_way_to_the_next_and_are_said_once_and_counted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_shard(tmp_path)  # 8 examples
    for i in (2, 3, 7):
        spoil(path, "expression", i)
    spoil(path, "posed", 5)  # which the morpher does not need
    examples = opened(path, corrupt="skip")
    order = [Draw(np.arange(8), np.arange(8)), Draw(np.arange(8, 12), np.array([7, 2, 0, 3]))]
    first, second = batches(examples, MORPHER, order, workers=2)
    assert first.rows.tolist() == [0, 1, 4, 4, 4, 5, 6, 0]
    assert first.numbers.tolist() == list(range(8))
    assert second.rows.tolist() == [0, 4, 0, 4]
    assert torch.equal(first.target, examples.batch(MORPHER, first.rows).target)
    assert np.array_equal(first.pose, examples.poses[first.rows, 3:])
    said = capfd.readouterr().err
    assert [said.count(f"{path}: /expression {i}: damaged") for i in (2, 3, 7)] == [1, 1, 1]
    assert "3 of 8 examples could not be read and were skipped" in said
    left = list(in_turn(examples, np.arange(8), 3, workers=2))
    assert [triplets.rows.tolist() for triplets in left] == [[0, 1], [4], [6]]
    assert np.array_equal(left[2].posed[0], examples.picture(6, "posed"))
    assert "4 of 8 examples could not be read" in capfd.readouterr().err


def test_when_nothing_can_be_read_skipping_ends(tmp_path: Path) -> None:
    path = write_shard(tmp_path, each=1)
    for i in range(2):
        spoil(path, "expression", i)
    with pytest.raises(ShardError, match="not one example can be read"):
        opened(path, corrupt="skip").batch(MORPHER, np.arange(2))


def test_skipped_shards_are_named_and_counted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = write_shard(tmp_path)
    write_shard(tmp_path, ordinal=1).write_bytes(b"no HDF5")
    with h5py.File(write_shard(tmp_path, ordinal=2), "r+") as file:
        file["pose"][0, 0] = np.nan
    assert len(opened(tmp_path, corrupt="skip")) == len(opened(good))
    said = capfd.readouterr().err
    assert "train-00001.h5" in said
    assert "train-00002.h5: pose of sample 0: head_x is nan" in said
    assert "2 of 3 shards could not be read and are skipped" in said
    assert "train-00001.h5" in refusal(tmp_path)


def test_a_shard_that_went_away_is_named(tmp_path: Path) -> None:
    examples = opened(write_shard(tmp_path))
    examples.paths[0].unlink()
    with pytest.raises(ShardError, match=r"train-00000\.h5"):
        examples.picture(0, "posed")


def test_mixed_sizes_shrink_to_the_smallest_and_mixed_shadings_go_together(tmp_path: Path) -> None:
    write_shard(tmp_path, ordinal=0, size=64, each=2)
    write_shard(tmp_path, ordinal=1, size=32, each=2, shading="toon")
    examples = opened(tmp_path, mixed=True)
    assert (examples.size, len(examples)) == (32, 8)
    triplets = examples.triplets(np.arange(8))
    assert triplets.rest.shape == triplets.posed.shape == (8, 32, 32, 4)
    for row, character in enumerate(examples.models):
        large = row < 4
        drawn_face = draw(64 if large else 32, character, examples.poses[row])
        assert np.array_equal(triplets.posed[row], shrink(drawn_face, 32) if large else drawn_face)


def test_shrinking_is_premultiplied() -> None:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:, :31] = 200, 100, 50, 255  # the edge of a colour on nothing: black must not bleed in
    small = shrink(picture, 32)
    seen = small[..., 3] > 0
    assert 0 < small[16, 15, 3] < 255
    assert np.abs(small[seen].astype(int)[:, :3] - [200, 100, 50]).max() <= 2
    assert not small[~seen].any()
    face = draw(64, 3, np.float32(IDENTITY))[..., 3].astype(float)
    smaller = shrink(draw(64, 3, np.float32(IDENTITY)), 32)[..., 3].astype(float)
    x = (np.arange(64) + 0.5) / 64
    assert (face.sum(0) @ x) / face.sum() == pytest.approx(
        (smaller.sum(0) @ x[::2] + smaller.sum() / 128) / smaller.sum(), abs=2e-3
    )


def test_samples_with_rest_pictures_of_their_own(tmp_path: Path) -> None:
    """As ``mmdgen render --randomize`` writes them: a row of /rest and /models for each sample."""
    path, size, count = tmp_path / "train-00000.h5", 32, 6
    models = tuple(ShardModel(f"face {i % 2}", "x.pmx", f"{i % 2:064x}", "0" * 64, "{}") for i in range(count))
    columns = LookColumns(("shading",), ((0, 1),), ("phong", "toon"))
    poses = random_poses(np.random.default_rng(0), count)
    header = ShardHeader("train", size, 0, "mixed", {}, models, "test", columns)
    with ShardWriter(path, header, count) as shard:
        for i in range(count):
            shard.rest(i, draw(size, 10 + i, np.float32(IDENTITY)))
            shard.add(i, i // 2, poses[i], draw(size, 10 + i, poses[i]), draw(size, 10 + i, poses[i]), [i % 2])
    examples = opened(path)
    assert [key.name for key in examples.keys] == ["face 0", "face 1"]
    assert examples.models.tolist() == [0, 1, 0, 1, 0, 1]
    for row, rest in enumerate(examples.batch(MORPHER, np.arange(count)).source):
        assert np.array_equal(rest, draw(size, 10 + row, np.float32(IDENTITY)))


def test_a_rest_picture_is_decoded_once_however_many_shards_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ordinal in range(3):
        write_shard(tmp_path, ordinal=ordinal)
    read, kinds = Examples._read, list[str]()
    monkeypatch.setattr(
        Examples, "_read", lambda self, shard, kind, i: kinds.append(kind) or read(self, shard, kind, i)
    )
    opened(tmp_path).batch(MORPHER, np.arange(24))
    assert kinds.count("rest") == 2  # characters
    assert kinds.count("expression") == 24


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux shows them")
def test_each_worker_holds_one_file_at_most(tmp_path: Path) -> None:
    for ordinal in range(40):
        write_shard(tmp_path, ordinal=ordinal, characters=range(1), each=3)
    examples, most = opened(tmp_path), 0

    def shards_open() -> int:
        count = 0
        for handle in Path("/proc/self/fd").iterdir():
            try:
                count += str(handle.readlink()).endswith(".h5")
            except FileNotFoundError:
                continue
        return count

    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.is_set():
            most = max(most, shards_open())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in islice(batches(examples, MORPHER, training_order(120, 10, seed=0), workers=3), 60):
        pass
    over.set()
    watcher.join()
    assert most <= 3
    assert shards_open() == 0
