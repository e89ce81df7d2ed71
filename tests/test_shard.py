"""Shards: what is written is what is read, by us and by plain h5py, and a shard is complete or absent."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shards import SIZE, header, model, picture, triplets, write

from mmdgen.errors import ShardError, UsageError
from mmdgen.pose_spec import NAMES
from mmdgen.shard import ShardReader, ShardWriter, codec, find_shards, shard_name, verify


@pytest.fixture
def shard(tmp_path) -> Path:
    return write(tmp_path / "train-00000.h5")


# --- round trip -------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=15)
@given(
    count=st.integers(1, 9),
    models=st.integers(1, 4),
    size=st.sampled_from([32, 40, 104]),
    seed=st.integers(0, 2**63 - 1),
)
def test_what_is_written_is_what_is_read(tmp_path_factory, count, models, size, seed):
    path = tmp_path_factory.mktemp("shard") / shard_name("val", 12)
    models = min(models, count)
    head = replace(header(models, size), split="val", seed=seed)
    rests = [picture(np.random.default_rng(1000 + row), size) for row in range(models)]
    written = list(triplets(count, models, seed, size))
    with ShardWriter(path, head, count) as out:
        for row, rest in enumerate(rests):
            out.rest(row, rest)
        for triplet in written:
            out.add(*triplet)
    with ShardReader(path) as found:
        assert found.header == head
        assert len(found) == count
        assert found.header.models[0].identity == head.models[0].identity
        for row, rest in enumerate(rests):
            assert np.array_equal(found.rest(row), rest)
        for i, (row, index, pose, expression, posed) in enumerate(written):
            assert (found.model_rows[i], found.indices[i]) == (row, index)
            assert np.array_equal(found.poses[i], pose)
            assert np.array_equal(found.expression(i), expression)
            assert np.array_equal(found.posed(i), posed)
        assert [a.dtype for a in (found.poses, found.model_rows, found.indices)] == [np.float32, np.int32, np.int64]
    assert verify(path) == []
    assert [p.name for p in path.parent.iterdir()] == ["val-00012.h5"]


def test_plain_h5py_reads_the_same(shard):
    with h5py.File(shard) as plain, ShardReader(shard) as ours:
        for i in range(len(ours)):
            assert np.array_equal(plain["expression"][i], ours.expression(i))
            assert np.array_equal(plain["posed"][i], ours.posed(i))
            assert plain["crc/posed"][i] == zlib.crc32(ours.posed(i).tobytes())
        assert np.array_equal(plain["rest"][1], ours.rest(1))
        assert plain["pose"].dtype == np.float32
        assert [name.decode() for name in plain.attrs["pose_names"]] == list(NAMES)
        assert plain["models/name"].asstr()[1] == "初音 1"
        assert json.loads(plain.attrs["settings"]) == {"size": SIZE, "ambient": 0.5}


def test_every_picture_lies_where_its_extent_says(shard):
    whole = shard.read_bytes()
    with ShardReader(shard) as reader:
        for kind, count in (("rest", 2), ("expression", 5), ("posed", 5)):
            extents = reader.extents(kind)
            assert extents.shape == (count, 2)
            for i, (start, length) in enumerate(extents):
                found = codec.decompress(whole[start : start + length], SIZE)
                assert np.array_equal(found, getattr(reader, kind)(i))


def test_a_picture_that_is_not_deflated_has_no_extent(shard):
    with h5py.File(shard, "r+") as file:
        file["posed"].id.write_direct_chunk((3, 0, 0, 0), bytes(SIZE * SIZE * 4), filter_mask=1)
    with ShardReader(shard) as reader:
        extents = reader.extents("posed")
        assert extents[3].tolist() == [-1, 0]
        assert (np.delete(extents, 3, 0) > 0).all()


def test_names_that_are_no_unicode_are_escaped(tmp_path):
    odd = replace(model(0), name="", path=os.fsdecode(b"m/\xff\xfe.pmx"))
    path = write(tmp_path / "train-00000.h5", 1, 1, models=(odd,))
    with ShardReader(path) as found:
        assert found.header.models[0].name == ""
        assert found.header.models[0].path == "m/\\udcff\\udcfe.pmx"


def test_equal_calls_make_equal_bytes(tmp_path):
    first = write(tmp_path / "a-00000.h5").read_bytes()
    time.sleep(1.1)  # times in HDF5 have a resolution of a second
    assert write(tmp_path / "b-00000.h5").read_bytes() == first


def test_pictures_are_read_without_libdeflate(shard, monkeypatch):
    with ShardReader(shard) as found:
        fast = [found.posed(i) for i in range(len(found))]
        monkeypatch.setattr(codec, "libdeflate", None)
        assert all(np.array_equal(found.posed(i), fast[i]) for i in range(len(found)))
        assert fast[0].flags.writeable
        assert found.posed(0).flags.writeable


def test_a_reader_costs_nothing_until_used_and_travels(shard):
    ShardReader(shard.with_name("missing.h5"))
    reader = ShardReader(shard)
    want = reader.posed(3)
    assert np.array_equal(pickle.loads(pickle.dumps(reader)).posed(3), want)  # noqa: S301, our own bytes
    reader.close()
    assert np.array_equal(reader.posed(3), want)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_reader_survives_a_fork(shard):
    reader = ShardReader(shard)
    want = reader.posed(3)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(reader.posed(3), want) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert np.array_equal(reader.posed(3), want)


def test_many_threads_read_one_reader(tmp_path):
    path = write(tmp_path / "train-00000.h5", 40)
    want = [t[4] for t in triplets(40, 2)]
    with ShardReader(path) as reader, ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert all(map(np.array_equal, pool.map(reader.posed, range(40)), want))


# --- complete or absent -----------------------------------------------------------------------------------------------


def test_leaving_with_an_error_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), ShardWriter(tmp_path / "train-00000.h5", header(), 3):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["rest", "triplet"])
def test_a_shard_that_is_not_full_is_refused(tmp_path, missing):
    rng = np.random.default_rng(0)
    with pytest.raises(ShardError, match="expected"), ShardWriter(tmp_path / "train-00000.h5", header(1), 2) as out:  # noqa: PT012, leaving the block raises
        if missing != "rest":
            out.rest(0, picture(rng))
        for triplet in list(triplets(2, 1))[: 1 if missing == "triplet" else 2]:
            out.add(*triplet)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [np.zeros((SIZE, SIZE, 3), np.uint8), np.zeros((SIZE, SIZE, 4), np.float32)])
def test_pictures_of_another_shape_or_dtype_are_refused(tmp_path, wrong):
    with pytest.raises(ShardError, match="expected uint8"), ShardWriter(tmp_path / "a-00000.h5", header(), 1) as out:
        out.rest(0, wrong)


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(ShardError, match="No such file"), ShardWriter(tmp_path / "no" / "a-00000.h5", header(), 1):
        pass


SLOW_WRITER = """
import sys; sys.path.insert(0, {tests!r})
from pathlib import Path; from shards import *
with ShardWriter(Path({path!r}), header(1), 10**6) as out:
    out.rest(0, picture(np.random.default_rng(0)))
    for i, triplet in enumerate(triplets(10**6, 1)):
        out.add(*triplet)
        if i == {after}: print("go", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("after", [0, 200])
def test_a_killed_writer_leaves_no_complete_shard(tmp_path, after):
    path = tmp_path / "train-00000.h5"
    code = SLOW_WRITER.format(tests=str(Path(__file__).parent), path=str(path), after=after)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"go\n"
        child.send_signal(signal.SIGKILL)
    assert [p.name for p in tmp_path.iterdir()] == ["train-00000.h5.part"]
    assert write(path).exists()  # what was left is no obstacle
    assert verify(path) == []
    assert [p.name for p in tmp_path.iterdir()] == ["train-00000.h5"]


FULL_DISK = """
import sys; sys.path.insert(0, {tests!r})
import resource, signal
from pathlib import Path; from shards import *; from mmdgen.errors import ShardError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
try:
    write(Path({path!r}), 100)
except ShardError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="resource limits")
@pytest.mark.parametrize("room", [0, 5000, 100_000])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, room):
    path = tmp_path / "train-00000.h5"
    code = FULL_DISK.format(tests=str(Path(__file__).parent), path=str(path), room=room)
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "expected room to write in" in child.stdout, child
    assert child.returncode == 0, child
    assert list(tmp_path.iterdir()) == []


# --- finding ----------------------------------------------------------------------------------------------------------


def test_shards_are_found_by_file_folder_and_glob(tmp_path, monkeypatch):
    for name in ("train-00001.h5", "train-00000.h5", "val-00000.h5", "train-00002.h5.part", "render.json"):
        (tmp_path / name).touch()
    names = lambda *given: [p.name for p in find_shards(given)]  # noqa: E731
    both = ["train-00000.h5", "train-00001.h5"]
    assert names(tmp_path) == [*both, "val-00000.h5"]
    assert names(tmp_path / "train-00001.h5", tmp_path) == ["train-00001.h5", "train-00000.h5", "val-00000.h5"]
    assert names(str(tmp_path / "train-*.h5")) == both
    monkeypatch.chdir(tmp_path)
    assert names("train-*.h5") == both
    for missing in ("nothing-*.h5", "missing.h5"):
        with pytest.raises(UsageError, match="expected shards"):
            find_shards([missing])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="mmdgen render"):
        find_shards(["empty"])


def test_the_package_needs_neither_models_nor_opengl():
    code = "import sys, mmdgen.shard; sys.exit(not {'moderngl', 'mmdgen.model', 'torch'}.isdisjoint(sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)
