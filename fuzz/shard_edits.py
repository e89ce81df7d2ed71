"""Shards: a sound one, edited through HDF5 by what the input's bytes say. Libraries below h5py are not under test.

An input is a list of edits of three bytes each: what to do, where, and which value.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from guard import bounded, silence

MEMORY = 300 << 20  # bytes; h5py's own caches included
NAME = "train-00000.h5"
VALUES: tuple[Any, ...] = (
    *(0, 1, -1, 33, 2**31, 2**63 - 1, 1.5, float("nan"), float("inf"), True),
    *("", "x", "train", "{}", "[1", '{"size": 64}', "頭\n", b"\xff\xfe", "9" * 5000, "[" * 5000),
    *(np.zeros(0), np.zeros((3, 6), np.float32), np.full((5, 6), np.nan, np.float32), np.arange(5, dtype=np.int64)),
    *(
        np.full(5, -1, np.int32),
        np.full(5, 2**40),
        np.zeros((2, 32, 32, 4), np.uint8),
        np.zeros((5, 32, 32, 4), np.uint16),
    ),
    *(np.array(["a", "b"], object), np.zeros((2, 2, 2)), np.array([b"x", b"y"]), np.zeros(5, "c8")),
)


def seeds() -> list[bytes]:
    """Return inputs of no edit, of one edit of each kind, and of several."""
    return [b"", *[bytes((kind, place, place * 7)) for kind in range(7) for place in range(0, 24, 5)], bytes(range(60))]


@cache
def _sound() -> bytes:
    import shards

    home = Path(tempfile.mkdtemp(prefix="mmdgen-fuzz-"))
    try:
        return shards.write(home / NAME).read_bytes()
    finally:
        shutil.rmtree(home)


def check(data: bytes, thorough: bool) -> bool:
    """Read and verify an edited shard; tell whether it was read."""
    del thorough
    from promises import refusal_of

    from mmdgen.errors import ShardError
    from mmdgen.shard.checking import verify
    from mmdgen.shard.reader import ShardReader

    shm = Path("/dev/shm")  # noqa: S108 - a fresh folder in it
    home = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None, prefix="mmdgen-fuzz-"))
    path = home / NAME
    try:
        path.write_bytes(_sound())
        _edit(path, data[:60])
        size = path.stat().st_size
        with silence(), bounded(size, memory=MEMORY):
            try:
                assert all(problem.startswith(str(path)) for problem in verify(path))
                _read_all(ShardReader(path))
            except ShardError as error:
                refusal_of(error, str(path))
                return False
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return True


def _read_all(shard: Any) -> None:
    with shard:
        assert shard.poses.shape == (len(shard), 6)
        assert shard.header.models is not None
        pictures = [*map(shard.rest, range(len(shard.header.models))), *map(shard.expression, range(len(shard)))]
        size = shard.header.size
        assert all(p.shape == (size, size, 4) and p.dtype == np.uint8 for p in pictures)


def _edit(path: Path, program: bytes) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        for kind, place, value in zip(program[::3], program[1::3], program[2::3], strict=False):
            names: list[str] = []
            file.visit(names.append)
            edit = EDITS[kind % len(EDITS)]
            try:
                edit(file, sorted(names)[place % len(names)] if names else "", VALUES[value % len(VALUES)])
            except Exception:  # noqa: BLE001, S112
                continue  # HDF5 knows no such edit


def _replace(file: Any, name: str, value: Any) -> None:
    del file[name]
    file[name] = value


def _delete(file: Any, name: str, value: Any) -> None:
    del value
    del file[name]


def _attribute(file: Any, name: str, value: Any) -> None:
    names = sorted(file.attrs)
    file.attrs[names[len(name) * 7 % len(names)]] = value


def _drop_attribute(file: Any, name: str, value: Any) -> None:
    del value
    names = sorted(file.attrs)
    del file.attrs[names[len(name) * 7 % len(names)]]


def _element(file: Any, name: str, value: Any) -> None:
    file[name][len(str(value)) % len(file[name])] = value


def _retype(file: Any, name: str, value: Any) -> None:
    data = file[name][...]
    del file[name]
    kind = ("f8", "i1", "u8", "S3", "f2")[len(str(value)) % 5]
    file[name] = data.astype(kind)[: len(str(value)) % 7 or None]


def _link(file: Any, name: str, value: Any) -> None:
    import h5py

    del file[name]
    file[name] = h5py.SoftLink("/pose") if len(str(value)) % 2 else h5py.ExternalLink("/nowhere.h5", "/pose")


EDITS: tuple[Callable[[Any, str, Any], None], ...]
EDITS = (_replace, _delete, _attribute, _drop_attribute, _element, _retype, _link)
