"""Writes a shard: under its final name only when complete."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import ShardError
from mmdgen.pose_spec import NAMES
from mmdgen.shard.codec import LEVEL, U1, compress, crc32
from mmdgen.shard.layout import MODEL_COLUMNS, ShardHeader, valid_size

# Files that HDF5 1.10 (2016) and later read. Earlier layouts have no checksums over their structure, and damage to it
# can crash the library; strings are of fixed length because the heap of variable ones has no checksum in any layout.
LIBVER = ("v110", "v110")


@dataclass(frozen=True)
class Packed:
    """What a picture is in the file: its zlib stream, and the checksum of its bytes."""

    stream: bytes
    crc: int


def pack(picture: U1) -> Packed:
    """Compress a picture. Lets other threads of Python run meanwhile."""
    picture = np.ascontiguousarray(picture)
    return Packed(compress(picture), crc32(picture))


class ShardWriter:
    """Writes ``count`` triplets; a context manager.

    The file grows as ``<name>.part``. Leaving the block without an error closes it, syncs it and gives it its name;
    leaving with an error, or before everything was written, deletes it. Equal calls make equal bytes.

    ``packer`` packs pictures elsewhere, in threads say: then they wait until ``settle`` or the end of the block writes
    them, in the order in which they were given. Use a writer from one thread at a time. ``tag`` tells the unfinished
    file from that of another writer of the same shard, on another machine perhaps.
    """

    def __init__(
        self,
        path: Path,
        header: ShardHeader,
        count: int,
        packer: Callable[[U1], Future[Packed]] | None = None,
        tag: str = "",
    ) -> None:
        if not valid_size(header.size):
            raise ShardError(f"{path}: size {header.size}, expected a multiple of 8 from 32 to 1024")
        self.path = path
        self.part = path.with_name(f"{path.name}{tag and f'.{tag}'}.part")
        self._packer = packer
        self._waiting: deque[tuple[str, int, Future[Packed]]] = deque()
        self.header = header
        self._poses = np.zeros((count, len(NAMES)), "<f4")
        self._rows = np.zeros(count, "<i4")
        self._indices = np.zeros(count, "<i8")
        self._looks = np.zeros((count, len(header.look.names)), "<f4") if header.look else None
        self._crc = {"rest": np.zeros(len(header.models), "<u4")}
        self._crc |= {kind: np.zeros(count, "<u4") for kind in ("expression", "posed")}
        self._next = 0
        self._resting: set[int] = set()
        self._file: h5py.File | None = None
        self._pictures: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self._file = h5py.File(self.part, "w", libver=LIBVER)
        except OSError as error:
            self.part.unlink(missing_ok=True)
            raise self._full(error) from error
        side = self.header.size
        for kind, crc in self._crc.items():
            self._pictures[kind] = self._file.create_dataset(
                kind,
                (len(crc), side, side, 4),
                "u1",
                chunks=(1, side, side, 4),
                compression="gzip",
                compression_opts=LEVEL,
                fillvalue=None,
                track_times=False,
            ).id
        return self

    def __len__(self) -> int:
        """How many triplets were added."""
        return self._next

    def rest(self, row: int, picture: U1) -> None:
        """Write the rest picture, (S, S, 4) uint8, of the model in that row of the header."""
        self._resting.add(row)
        self._write("rest", row, picture)

    def add(
        self,
        row: int,
        index: int,
        pose: NDArray[np.float32],
        expression: U1,
        posed: U1,
        look: Sequence[float] | None = None,
    ) -> None:
        """Write the next triplet: sample ``index`` of the model in ``row``, at ``pose`` (6,), in its ``look`` (L,).

        A look is given exactly where the header says what its numbers mean.
        """
        i = self._next
        if i >= len(self._rows):
            raise ShardError(f"{self.path}: more than the promised {i} triplets, expected no more")
        if (look is None) != (self._looks is None):
            given = "no look" if look is None else "a look"
            raise ShardError(f"{self.path}: triplet {i}: {given}, expected what the header says")
        self._rows[i], self._indices[i], self._poses[i] = row, index, pose
        if self._looks is not None:
            self._looks[i] = look
        self._write("expression", i, expression)
        self._write("posed", i, posed)
        self._next += 1

    @property
    def waiting(self) -> int:
        """How many pictures are not in the file yet."""
        return len(self._waiting)

    def wait(self) -> None:
        """Wait until the next picture to be written is packed."""
        if self._waiting:
            self._waiting[0][2].result()

    def settle(self, *, everything: bool = False) -> int:
        """Write the pictures that are packed, in order up to the first that is not; return how many."""
        written = 0
        while self._waiting and (everything or self._waiting[0][2].done()):
            kind, i, packed = self._waiting.popleft()
            self._store(kind, i, packed.result())
            written += 1
        return written

    def _write(self, kind: str, i: int, picture: U1) -> None:
        side = self.header.size
        if picture.dtype != np.uint8 or picture.shape != (side, side, 4):
            raise ShardError(
                f"{self.path}: /{kind} {i}: {picture.dtype}{picture.shape}, expected uint8 {side}x{side}x4"
            )
        if self._packer is None:
            self._store(kind, i, pack(picture))
        else:
            self._waiting.append((kind, i, self._packer(picture)))

    def _store(self, kind: str, i: int, packed: Packed) -> None:
        try:
            self._pictures[kind].write_direct_chunk((i, 0, 0, 0), packed.stream)
        except (OSError, RuntimeError) as error:
            raise self._full(error) from error
        self._crc[kind][i] = packed.crc

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.settle(everything=True)
                self._finish()
        except (OSError, RuntimeError) as failure:
            raise self._full(failure) from failure
        finally:
            with suppress(OSError, RuntimeError):  # what went wrong first is what to report
                if self._file is not None:
                    self._file.close()
            self.part.unlink(missing_ok=True)

    def _full(self, error: Exception) -> ShardError:
        number = getattr(error, "errno", None)  # HDF5's own words for it fill a paragraph
        found = os.strerror(number) if number else error
        return ShardError(f"{self.part}: {found}, expected room to write in; free some and run the same command again")

    def _finish(self) -> None:
        """Write the small datasets and the attributes, close, sync, rename, sync the folder."""
        assert self._file is not None
        done, rested = self._next, len(self._resting)
        if done != len(self._rows) or rested != len(self.header.models):
            raise ShardError(
                f"{self.path}: {done} triplets and {rested} rest pictures written, "
                f"expected {len(self._rows)} and {len(self.header.models)}"
            )
        columns = {"pose": self._poses, "model": self._rows, "index": self._indices}
        if self._looks is not None:
            columns["look"] = self._looks
        columns |= {f"crc/{kind}": values for kind, values in self._crc.items()}
        columns |= {f"models/{c}": _text([getattr(model, c) for model in self.header.models]) for c in MODEL_COLUMNS}
        for name, values in columns.items():
            self._file.create_dataset(name, data=values, track_times=False)
        self._attributes(self._file.attrs)
        self._file.close()
        with self.part.open("rb") as whole:
            os.fsync(whole.fileno())
        os.replace(self.part, self.path)
        _sync_folder(self.path.parent)

    def _attributes(self, attributes: Any) -> None:
        header = self.header
        attributes["format_version"] = np.int64(header.format_version)
        attributes["pose_names"] = _text(header.pose_names)
        attributes["size"] = np.int64(header.size)
        attributes["split"] = _text(header.split)
        attributes["seed"] = np.int64(header.seed)
        attributes["shading"] = _text(header.shading)
        attributes["settings"] = _text(json.dumps(header.settings, sort_keys=True))
        attributes["generator"] = _text(header.generator)
        if header.look is not None:
            attributes["look_names"] = _text(header.look.names)
            attributes["look_ranges"] = np.array(header.look.ranges, "<f4")
            attributes["shadings"] = _text(header.look.shadings)


def _text(value: str | Sequence[str]) -> NDArray[np.bytes_]:
    """Return strings as fixed-length UTF-8, padded with NUL; what UTF-8 cannot say is written as an escape."""
    values = [value] if isinstance(value, str) else value
    encoded = [v.encode("utf-8", "backslashreplace") for v in values]
    length = max((len(v) for v in encoded), default=0)
    return np.array(encoded[0] if isinstance(value, str) else encoded, h5py.string_dtype("utf-8", max(length, 1)))


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system lets a folder be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
