"""Nothing broken or malicious in a shard is ever trusted, and verify finds every broken promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from shards import SIZE, write

from mmdgen.errors import ShardError
from mmdgen.shard import ShardReader, codec, verify


@pytest.fixture
def shard(tmp_path) -> Path:
    return write(tmp_path / "train-00000.h5")


# --- damage and malice ------------------------------------------------------------------------------------------------


def test_every_damaged_picture_is_found(shard):
    rng = np.random.default_rng(3)
    whole = shard.read_bytes()
    with h5py.File(shard) as plain:
        kinds = ("rest", "expression", "posed")
        spots = [(kind, i, plain[kind].id.get_chunk_info(i)) for kind in kinds for i in range(len(plain[kind]))]
    for kind, i, chunk in spots:
        place = chunk.byte_offset + int(rng.integers(chunk.size))
        shard.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << rng.integers(8))]) + whole[place + 1 :])
        problems = verify(shard)
        assert problems, (kind, i, place)
        assert any(f"/{kind} {i}:" in p for p in problems), problems


def no_pose(f):
    del f["pose"]


def short_pose(f):
    del f["pose"]
    f["pose"] = np.zeros((4, 6), "f4")


def double_pose(f):
    del f["pose"]
    f["pose"] = np.zeros((5, 6), "f8")


def scalar_pose(f):
    del f["pose"]
    f["pose"] = np.float32(1)


def empty_pose(f):
    del f["pose"]
    f["pose"] = h5py.Empty("f4")


def compressed_pose(f):
    del f["pose"]
    f.create_dataset("pose", (5, 6), "f4", chunks=(5, 6), compression="gzip")


def huge_pose(f):
    del f["pose"]
    f.create_dataset("pose", (10**11, 6), "f4")


def huge_everything(f):
    for name, tail, dtype in (("pose", (6,), "f4"), ("model", (), "i4"), ("index", (), "i8")):
        del f[name]
        f.create_dataset(name, (10**12, *tail), dtype)


def huge_names(f):
    del f["models/name"]
    f.create_dataset("models/name", (10**12,), "S10")


def names_on_the_heap(f):
    del f["models/name"]
    f.create_dataset("models/name", data=["a", "b"], dtype=h5py.string_dtype())


def huge_names_of_a_few(f):
    del f["models/name"]
    f.create_dataset("models/name", (2,), "S1000000000")


def settings_on_the_heap(f):
    f.attrs["settings"] = "{}"


def huge_pictures(f):
    del f["posed"]
    f.create_dataset("posed", (10**9, SIZE, SIZE, 4), "u1", chunks=(1, SIZE, SIZE, 4), compression="gzip")


def large_chunks(f):
    del f["posed"]
    f.create_dataset("posed", (5, SIZE, SIZE, 4), "u1", chunks=(5, SIZE, SIZE, 4), compression="gzip")


def other_filter(f):
    del f["posed"]
    f.create_dataset("posed", (5, SIZE, SIZE, 4), "u1", chunks=(1, SIZE, SIZE, 4), compression="lzf")


def second_filter(f):
    del f["posed"]
    f.create_dataset("posed", (5, SIZE, SIZE, 4), "u1", chunks=(1, SIZE, SIZE, 4), compression="gzip", shuffle=True)


def contiguous_pictures(f):
    del f["posed"]
    f["posed"] = np.zeros((5, SIZE, SIZE, 4), "u1")


def external_link(f):
    del f["posed"]
    f["posed"] = h5py.ExternalLink("/etc/passwd", "/posed")


def soft_link(f):
    del f["posed"]
    f["posed"] = h5py.SoftLink("/expression")


def link_loop(f):
    del f["models"]
    f["models"] = h5py.SoftLink("/models")


def external_storage(f):
    del f["index"]
    f.create_dataset("index", (5,), "i8", external=[("/etc/passwd", 0, 40)])


def virtual_dataset(f):
    del f["index"]
    layout = h5py.VirtualLayout((5,), "i8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "index", (5,))
    f.create_virtual_dataset("index", layout)


def group_for_dataset(f):
    del f["index"]
    f.create_group("index")


def row_too_high(f):
    f["model"][2] = 2


def row_negative(f):
    f["model"][2] = -1


def future_format(f):
    f.attrs["format_version"] = 2


def other_names(f):
    f.attrs["pose_names"] = np.array([b"a"] * 6)


def no_names(f):
    f.attrs["pose_names"] = h5py.Empty("f4")


def no_size(f):
    del f.attrs["size"]


def odd_size(f):
    f.attrs["size"] = 33


def huge_size(f):
    f.attrs["size"] = 2**40


def size_in_words(f):
    f.attrs["size"] = np.bytes_("large")


def split_in_numbers(f):
    f.attrs["split"] = 5


def settings_not_json(f):
    f.attrs["settings"] = np.bytes_("{")


def settings_not_an_object(f):
    f.attrs["settings"] = np.bytes_("[1]")


def settings_too_deep(f):
    f.attrs["settings"] = np.bytes_("[" * 30_000)


SPOILED = [
    no_pose, huge_names_of_a_few, settings_on_the_heap, short_pose, double_pose, scalar_pose, empty_pose,
    compressed_pose, huge_pose, huge_everything, huge_names, names_on_the_heap, huge_pictures, large_chunks,
    other_filter, second_filter, contiguous_pictures, external_link, soft_link, link_loop, external_storage,
    virtual_dataset, group_for_dataset, row_too_high, row_negative, future_format, other_names, no_names, no_size,
    odd_size, huge_size, size_in_words, split_in_numbers, settings_not_json, settings_not_an_object,
    settings_too_deep,
]  # fmt: skip


@pytest.mark.parametrize("change", SPOILED, ids=lambda c: c.__name__)
def test_what_is_not_as_promised_is_refused_at_once(shard, change):
    with h5py.File(shard, "r+") as f:
        change(f)
    start = time.monotonic()
    with pytest.raises(ShardError, match=r"expected .*; ") as caught, ShardReader(shard) as reader:
        len(reader)
    assert time.monotonic() - start < 1
    assert str(shard) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert verify(shard) == [str(caught.value)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "train-00000.h5")
    assert "no plain file" in verify(tmp_path / "train-00000.h5")[0]


def test_files_that_are_no_hdf5_are_refused(tmp_path):
    for content in (b"", b"hello", b"\x89HDF\r\n\x1a\n" + bytes(100)):
        path = tmp_path / "a.h5"
        path.write_bytes(content)
        with pytest.raises(ShardError, match="expected a readable shard"):
            len(ShardReader(path))
    with pytest.raises(ShardError):
        len(ShardReader(tmp_path / "missing.h5"))
    with pytest.raises(ShardError):
        len(ShardReader(tmp_path))


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(
    ("stream", "mask"),
    [
        (zlib.compress(bytes(SIZE * SIZE * 4 - 1)), 0),
        (zlib.compress(bytes(10_000_000)), 0),
        (bytes(SIZE * SIZE * 4 + 5000), 0),
        (zlib.compress(bytes(SIZE * SIZE * 4))[:-6], 0),
        (bytes(SIZE * SIZE * 4), 1),
    ],
    ids=["short", "bomb", "larger than any picture", "cut", "unfiltered"],
)
def test_chunks_that_are_no_picture_are_refused(shard, monkeypatch, stream, mask, fast):
    with h5py.File(shard, "r+") as f:
        f["posed"].id.write_direct_chunk((1, 0, 0, 0), stream, mask)
    if not fast:
        monkeypatch.setattr(codec, "libdeflate", None)
    with ShardReader(shard) as reader:
        assert reader.posed(0).shape == (SIZE, SIZE, 4)
        with pytest.raises(ShardError, match="expected"):
            reader.posed(1)


def test_a_picture_that_was_never_written_is_refused(shard):
    with h5py.File(shard, "r+") as f:
        del f["posed"]
        f.create_dataset("posed", (5, SIZE, SIZE, 4), "u1", chunks=(1, SIZE, SIZE, 4), compression="gzip")
    with ShardReader(shard) as reader, pytest.raises(ShardError, match="expected"):
        reader.posed(0)


def test_a_picture_that_does_not_exist_is_an_index_error(shard):
    with ShardReader(shard) as reader:
        for number in (-1, 5):
            with pytest.raises(IndexError):
                reader.posed(number)
        with pytest.raises(IndexError):
            reader.rest(2)


FUZZ = """
import random
from pathlib import Path; from mmdgen.errors import ShardError; from mmdgen.shard import ShardReader, verify
path, whole = Path({path!r}), Path({source!r}).read_bytes()
rng = random.Random(1)
for trial in range(300):
    data = bytearray(whole)
    if trial % 3:
        for _ in range(rng.choice((1, 1, 20))):
            spot = rng.choice((rng.randrange(3000), rng.randrange(len(data)), -rng.randrange(1, 12000)))
            data[spot] = rng.randrange(256)
    else:
        del data[rng.randrange(len(data)):]
    path.write_bytes(data)
    print(trial, flush=True)
    assert all(problem and "\\n" not in problem for problem in verify(path))
    try:
        with ShardReader(path) as reader:
            assert all(reader.extents(kind).shape[1] == 2 for kind in ("rest", "expression", "posed"))
    except ShardError as error:
        assert "\\n" not in str(error)
print("done")
"""


def test_random_damage_never_ends_in_anything_but_a_sentence(tmp_path, shard):
    code = FUZZ.format(path=str(tmp_path / "x.h5"), source=str(shard))
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert child.stdout.endswith("done\n"), (child.stdout[-20:], child.stderr[-2000:], child.returncode)


# --- verify -----------------------------------------------------------------------------------------------------------


def pose_out_of_range(f):
    f["pose"][1] = [0, 0, 0, -0.1, 0, 0]


def pose_not_a_number(f):
    f["pose"][1] = np.nan


def sample_twice(f):
    f["index"][2] = 0


def index_negative(f):
    f["index"][2] = -1


def model_unused(f):
    f["model"][...] = 0
    f["index"][...] = np.arange(5)


def same_model_twice(f):
    for column in ("sha256", "textures_sha256", "annotation"):
        f[f"models/{column}"][1] = f[f"models/{column}"][0]


def hash_not_hex(f):
    f["models/textures_sha256"][0] = "z" * 64


def annotation_not_json(f):
    f["models/annotation"][0] = "hello"


def annotation_of_another(f):
    f["models/annotation"][0] = f["models/annotation"][1]


def annotation_without_head(f):
    f["models/annotation"][0] = json.dumps({"sha256": f"{0:064x}", "head": None})


def checksum_wrong(f):
    f["crc/posed"][3] = f["crc/posed"][3] ^ 1


def checksums_missing(f):
    del f["crc/posed"]


def checksums_short(f):
    del f["crc/posed"]
    f["crc/posed"] = np.zeros(4, "u4")


def settings_disagree(f):
    f.attrs["settings"] = np.bytes_('{"size": 64}')


def put(f, kind: str, i: int, content: np.ndarray) -> None:
    f[kind][i] = content
    f[f"crc/{kind}"][i] = zlib.crc32(content.tobytes())


def colour_under_alpha_0(f):
    content = f["posed"][1]
    content[0, 0] = (1, 0, 0, 0)
    put(f, "posed", 1, content)


def blank_picture(f):
    put(f, "posed", 1, np.zeros((SIZE, SIZE, 4), "u1"))


def head_did_not_turn(f):
    put(f, "posed", 1, f["expression"][1])


def face_did_not_change(f):
    put(f, "expression", 1, f["rest"][1])


def head_turned_unasked(f):
    f["pose"][1] = [0, 0, 0, 1, 1, 0]


PROMISES = [
    pose_out_of_range, pose_not_a_number, sample_twice, index_negative, model_unused, same_model_twice, hash_not_hex,
    annotation_not_json, annotation_of_another, annotation_without_head, checksum_wrong, checksums_missing,
    checksums_short, settings_disagree, colour_under_alpha_0, blank_picture, head_did_not_turn, face_did_not_change,
    head_turned_unasked,
]  # fmt: skip


@pytest.mark.parametrize("change", PROMISES, ids=lambda c: c.__name__)
def test_verify_finds_a_broken_promise(shard, change):
    with h5py.File(shard, "r+") as f:
        change(f)
    problems = verify(shard)
    assert problems
    assert all(p.startswith(str(shard)) and "\n" not in p for p in problems)


def test_verify_wants_the_name_to_say_the_split(shard):
    for name in ("val-00000.h5", "train.h5", "train-1.h5"):
        assert len(verify(shard.rename(shard.with_name(name)))) == 1
        shard.with_name(name).rename(shard)


def test_verify_counts_the_pictures_that_it_reads(shard):
    seen = []
    verify(shard, seen.append)
    assert sum(seen) == 2 + 5 + 5


def test_verify_lists_a_few_problems_of_a_kind_and_counts_the_rest(tmp_path):
    path = write(tmp_path / "train-00000.h5", 40)
    with h5py.File(path, "r+") as f:
        f["crc/posed"][...] = 0
    problems = verify(path)
    assert len(problems) == 6
    assert "35 more" in problems[-1]
