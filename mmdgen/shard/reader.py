"""Reads a shard and trusts nothing in it: shapes, dtypes, layout and storage are checked before anything is read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
from h5py import h5d, h5z
from numpy.typing import NDArray

from mmdgen.errors import ShardError
from mmdgen.pose_spec import NAMES
from mmdgen.shard.codec import U1, DamagedError, decompress, stored_limit
from mmdgen.shard.layout import (
    FORMAT_VERSION,
    MODEL_COLUMNS,
    PICTURES,
    LookColumns,
    ShardHeader,
    ShardModel,
    valid_size,
)

REMEDY = "delete the file and run the same `mmdgen render` again"
MAX_TEXT = 1 << 20  # bytes of one attribute or annotation; real ones take a few thousand


class ShardReader:
    """Random access to one shard.

    Costs nothing until first used, then keeps one file handle. May be pickled, sent to another process or used after a
    fork: the file is opened anew there. Several threads may read at once. Everything raises ShardError.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._opened: tuple[int, _Opened] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_opened": None}

    def close(self) -> None:
        """Give the file handle back; the next use opens the file again."""
        opened, self._opened = self._opened, None
        if opened is not None and opened[0] == os.getpid():
            opened[1].file.close()

    def _open(self) -> _Opened:
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), _Opened(self.path))
        return self._opened[1]

    def __len__(self) -> int:
        return len(self._open().indices)

    @property
    def header(self) -> ShardHeader:
        """The shard's header."""
        return self._open().header

    @property
    def poses(self) -> NDArray[np.float32]:
        """The pose vectors (N, 6), float32, read-only."""
        return self._open().poses

    @property
    def model_rows(self) -> NDArray[np.int32]:
        """The row of ``header.models`` and of the rest pictures that each triplet shows: (N,) int32, read-only."""
        return self._open().model_rows

    @property
    def indices(self) -> NDArray[np.int64]:
        """The number of each sample within its model: (N,) int64, read-only."""
        return self._open().indices

    @property
    def looks(self) -> NDArray[np.float32] | None:
        """The look of every triplet, or None where all share one: (N, L) float32, columns as ``header.look`` says."""
        return self._open().looks

    def rest(self, row: int) -> U1:
        """Return the rest picture (S, S, 4) uint8 in that row, which is ``model_rows[i]`` for triplet ``i``."""
        return self._open().picture("rest", row)

    def expression(self, i: int) -> U1:
        """Return the picture (S, S, 4) uint8 of triplet ``i`` with eyes and mouth set and the head straight."""
        return self._open().picture("expression", i)

    def posed(self, i: int) -> U1:
        """Return the fully posed picture (S, S, 4) uint8 of triplet ``i``."""
        return self._open().picture("posed", i)

    def extents(self, kind: str) -> NDArray[np.int64]:
        """Return where the file holds each picture of "rest", "expression" or "posed": (N, 2) int64, offset and bytes.

        What lies there is a zlib stream for ``codec.decompress``, so many threads may read pictures without HDF5 and
        its one lock. (-1, 0) for a picture that is not stored so; asking the reader for it says what is wrong.
        """
        return self._open().extents(kind)

    def crc(self, kind: str) -> NDArray[np.uint32]:
        """Return the stored CRC-32 of every picture of "rest", "expression" or "posed"."""
        return self._open().column(f"crc/{kind}", "<u4", ())


@contextmanager
def _located(path: Path) -> Iterator[None]:
    """Turn whatever HDF5 raises on a broken file into a ShardError that names the file."""
    try:
        yield
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError, OverflowError) as error:
        found = (str(error) or type(error).__name__).splitlines()[0]
        raise ShardError(f"{path}: {found}, expected a readable shard; {REMEDY}") from error


class _Opened:
    """An open and checked shard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _located(path):
            self.bytes = path.stat().st_size
            if not path.is_file():  # opening a pipe would wait for ever
                raise self._broken("file", "no plain file", "one")
            self.file = h5py.File(path, "r")
            try:
                self._load()
            except BaseException:
                self.file.close()
                raise

    def _load(self) -> None:
        self.version = self._number("format_version")
        if self.version != FORMAT_VERSION:
            raise ShardError(f"{self.path}: format {self.version}, expected {FORMAT_VERSION}; update mmdgen")
        self.size = self._number("size")
        if not valid_size(self.size):
            raise self._broken("size", self.size, "a multiple of 8 from 32 to 1024")
        self.poses = self.column("pose", "<f4", (len(NAMES),))
        self.model_rows = self.column("model", "<i4", ())
        self.indices = self.column("index", "<i8", ())
        names = [self._strings(f"models/{column}") for column in MODEL_COLUMNS]
        counts = {len(self.poses), len(self.model_rows), len(self.indices)}, {len(column) for column in names}
        if any(len(c) != 1 for c in counts):
            raise self._broken(
                "columns", f"lengths {counts[0]} and {counts[1]}", "one length for triplets, one for models"
            )
        count, models = len(self.poses), len(names[0])
        if count and (self.model_rows.min() < 0 or self.model_rows.max() >= models):
            row = self.model_rows.min() if self.model_rows.min() < 0 else self.model_rows.max()
            raise self._broken("/model", f"row {row} of {models} models", "rows of /rest")
        self.pictures = {kind: self._pictures(kind, models if kind == "rest" else count) for kind in PICTURES}
        look = self._look_columns()
        self.looks = None if look is None else self.column("look", "<f4", (len(look.names),))
        if self.looks is not None and len(self.looks) != count:
            raise self._broken("/look", f"{len(self.looks)} rows", f"{count}")
        self.header = self._header(look, tuple(ShardModel(*row) for row in zip(*names, strict=True)))

    def _look_columns(self) -> LookColumns | None:
        """Return what the columns of /look mean, or None in a shard whose samples share one look."""
        if "look_names" not in self.file.attrs:
            return None
        names, shadings = self._texts("look_names"), self._texts("shadings")
        ranges = np.asarray(self._attribute("look_ranges", (len(names), 2), "f"), np.float64).tolist()
        return LookColumns(names, tuple((low, high) for low, high in ranges), shadings)

    def _header(self, look: LookColumns | None, models: tuple[ShardModel, ...]) -> ShardHeader:
        settings = json.loads(self._text("settings"))
        names = self._attribute("pose_names", (len(NAMES),))
        if [*names] != [name.encode() for name in NAMES]:
            raise self._broken("pose_names", list(names), f"{list(NAMES)}")
        if not isinstance(settings, dict):
            raise self._broken("settings", type(settings).__name__, "a JSON object")
        return ShardHeader(
            split=self._text("split"),
            size=self.size,
            seed=self._number("seed"),
            shading=self._text("shading"),
            settings=settings,
            models=models,
            generator=self._text("generator"),
            look=look,
        )

    # --- attributes ---------------------------------------------------------------------------------------------------

    def _attribute(self, name: str, shape: tuple[int, ...] | None, kinds: str = "iuS") -> Any:
        """Return an attribute of one of those kinds of dtype; ``shape`` None is a short list."""
        if name not in self.file.attrs:
            raise self._broken(name, "no such attribute", "one")
        attribute = self.file.attrs.get_id(name)
        kind = attribute.dtype
        fits = attribute.shape == shape if shape is not None else len(attribute.shape or ()) == 1
        size = kind.itemsize * int(np.prod([int(n) for n in attribute.shape or ()], dtype=object))
        if not fits or kind.kind not in kinds or size > MAX_TEXT:
            raise self._broken(name, f"{kind}{attribute.shape}", f"shape {shape or '(·,)'} of dtype {'/'.join(kinds)}")
        return self.file.attrs[name]

    def _number(self, name: str) -> int:
        value = self._attribute(name, ())
        if not isinstance(value, np.integer):
            raise self._broken(name, type(value).__name__, "an integer")
        return int(value)

    def _text(self, name: str) -> str:
        value = self._attribute(name, ())
        if not isinstance(value, bytes):
            raise self._broken(name, type(value).__name__, "a string")
        return value.decode()

    def _texts(self, name: str) -> tuple[str, ...]:
        return tuple(value.decode() for value in self._attribute(name, None, "S").tolist())

    # --- datasets -----------------------------------------------------------------------------------------------------

    def _dataset(self, name: str) -> h5py.Dataset:
        """Return a dataset reached through hard links of this file only."""
        node: Any = self.file
        for part in name.split("/"):
            link = node.get(part, getlink=True) if isinstance(node, h5py.Group) else None
            if not isinstance(link, h5py.HardLink):
                raise self._broken(
                    f"/{name}", "nothing" if link is None else type(link).__name__, "a dataset in this file"
                )
            node = node[part]
        if not isinstance(node, h5py.Dataset):
            raise self._broken(f"/{name}", type(node).__name__, "a dataset")
        return node

    def _contiguous(self, name: str) -> h5py.Dataset:
        """Return a dataset that lies in the file in one piece, as long as its shape says."""
        data = self._dataset(name)
        plan = data.id.get_create_plist()
        if plan.get_layout() != h5d.CONTIGUOUS or plan.get_external_count() or data.shape is None:
            raise self._broken(f"/{name}", "another storage", "a contiguous dataset")
        stored = data.id.get_storage_size()
        if (
            stored != data.dtype.itemsize * int(np.prod([int(n) for n in data.shape], dtype=object))
            or stored > self.bytes
        ):
            raise self._broken(f"/{name}", f"shape {data.shape} in {stored} bytes", "all of it in the file")
        return data

    def column(self, name: str, dtype: str, rest: tuple[int, ...]) -> NDArray[Any]:
        """Return a small dataset (·, *rest) of exactly that dtype, read-only."""
        with _located(self.path):
            data = self._contiguous(name)
            if data.dtype != np.dtype(dtype) or data.shape[1:] != rest or len(data.shape) != 1 + len(rest):
                shape = ", ".join(["N", *map(str, rest)])
                raise self._broken(f"/{name}", f"{data.dtype}{data.shape}", f"{np.dtype(dtype)}({shape})")
            values: NDArray[Any] = data[()]
        values.setflags(write=False)
        return values

    def _strings(self, name: str) -> list[str]:
        data = self._contiguous(name)
        if data.dtype.kind != "S" or data.dtype.itemsize > MAX_TEXT or data.ndim != 1:
            raise self._broken(f"/{name}", f"{data.dtype}{data.shape}", "fixed-length strings (M,)")
        return [value.decode() for value in data[()].tolist()]

    def _pictures(self, kind: str, count: int) -> Any:
        data = self._dataset(kind)
        shape = (count, self.size, self.size, 4)
        if data.dtype != np.uint8 or data.shape != shape or data.chunks != (1, *shape[1:]):
            raise self._broken(
                f"/{kind}", f"{data.dtype}{data.shape} chunks {data.chunks}", f"uint8{shape}, one a chunk"
            )
        plan = data.id.get_create_plist()
        filters = [plan.get_filter(i)[0] for i in range(plan.get_nfilters())]
        if filters != [h5z.FILTER_DEFLATE]:
            raise self._broken(f"/{kind}", f"filters {filters}", "deflate alone")
        return data.id

    def picture(self, kind: str, i: int) -> U1:
        """Return one picture (S, S, 4) uint8."""
        data = self.pictures[kind]
        if not 0 <= i < data.shape[0]:
            raise IndexError(f"{self.path}: /{kind} {i}: no such picture, expected 0 to {data.shape[0] - 1}")
        room = np.empty(stored_limit(self.size), np.uint8)  # a larger chunk is refused, not read
        with _located(self.path):
            mask, stream = data.read_direct_chunk((i, 0, 0, 0), out=room)
        if mask:
            raise self._broken(f"/{kind} {i}", "not deflated", "a deflated chunk")
        try:
            return decompress(stream, self.size)
        except DamagedError as error:
            raise self._broken(f"/{kind} {i}", f"damaged ({error})", "a zlib stream of one picture") from error

    def extents(self, kind: str) -> NDArray[np.int64]:
        """Return offset and size of each picture's chunk, as ``ShardReader.extents`` does."""
        data = self.pictures[kind]
        found = np.tile(np.array([-1, 0], np.int64), (data.shape[0], 1))

        def note(chunk: Any) -> None:
            inside = chunk.byte_offset + chunk.size <= self.bytes and chunk.size <= stored_limit(self.size)
            if not chunk.filter_mask and inside:
                found[chunk.chunk_offset[0]] = chunk.byte_offset, chunk.size

        with _located(self.path):
            data.chunk_iter(note)
        return found

    def _broken(self, where: str, found: Any, expected: str) -> ShardError:
        return ShardError(f"{self.path}: {where}: {found}, expected {expected}; {REMEDY}")
