"""Where the numbers, texts and lists of a model file lie, learnt from the readers while they read it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np

from mmdgen.errors import FormatError
from mmdgen.formats import pmx_vertices
from mmdgen.formats.cursor import Cursor
from mmdgen.formats.load import parse_model

KINDS = {"b": "i1", "B": "u1", "h": "<i2", "H": "<u2", "i": "<i4", "I": "<u4", "f": "<f4"}


@dataclass
class List:
    """A counted list: where its count lies, in which layout, where each item begins and where the last ends."""

    at: int
    layout: str
    borders: list[int]


@dataclass
class Trace:
    """Everything that a reader looked at before it was done or gave up."""

    numbers: list[tuple[int, np.dtype[Any]]] = field(default_factory=list)
    texts: list[tuple[int, int]] = field(default_factory=list)  # place of the length, bytes of the text
    records: list[tuple[np.dtype[Any], np.ndarray]] = field(default_factory=list)  # and where each begins
    lists: list[List] = field(default_factory=list)


def trace(data: bytes) -> Trace:
    """Read a file and return what the reader looked at."""
    found = Trace()
    with _watched(found):
        try:
            parse_model(data)
        except FormatError:
            pass
        except Exception:  # noqa: BLE001, S110 - the same input comes by the checks, which report it
            pass
    return found


@contextmanager
def _watched(found: Trace) -> Iterator[None]:
    def unpack(self: Cursor, layout: str) -> tuple[int | float, ...]:
        at = self.at
        for size, kind in _fields(layout):
            found.numbers.append((at, kind))
            at += size
        return plain["unpack"](self, layout)

    def integer(self: Cursor, kind: np.dtype[Any]) -> int:
        found.numbers.append((self.at, kind))
        return plain["integer"](self, kind)

    def floats(self: Cursor, n: int) -> tuple[float, ...]:
        found.numbers.extend((self.at + 4 * i, np.dtype("<f4")) for i in range(n))
        return plain["floats"](self, n)

    def u8(self: Cursor) -> int:
        found.numbers.append((self.at, np.dtype("u1")))
        return plain["u8"](self)

    def count(self: Cursor, minimum: int, noun: str, layout: str = "<i") -> int:
        counts.append((self.at, layout))
        return plain["count"](self, minimum, noun, layout)

    def array(self: Cursor, dtype: Any, n: int) -> np.ndarray:
        kind, at = np.dtype(dtype), self.at
        records = plain["array"](self, dtype, n)
        starts = at + kind.itemsize * np.arange(n + 1)
        found.records.append((kind, starts[:-1]))
        if counts and counts[-1][0] + struct.calcsize(counts[-1][1]) == at:
            found.lists.append(List(*counts[-1], starts.tolist()))
        return records

    def items(self: Cursor, section: str, noun: str, minimum: int = 0, layout: str = "<i") -> Iterator[int]:
        here = List(self.at, layout, [])
        found.lists.append(here)
        for i in plain["items"](self, section, noun, minimum, layout):
            here.borders.append(self.at)
            yield i
        here.borders.append(self.at)

    def text(self: Cursor) -> str:
        at = self.at
        read = plain["text"](self)
        found.texts.append((at, self.at - at - 4))
        return read

    def gather(data: bytes, kind: np.dtype[Any], at: np.ndarray) -> np.ndarray:
        if "position" in (kind.names or ()) and len(at) and counts:
            found.lists.append(List(*counts[-1], at.tolist()))
        found.records.append((kind, at))
        return _gather(data, kind, at)

    counts: list[tuple[int, str]] = []
    watch = {f.__name__: f for f in (unpack, integer, floats, u8, count, array, items, text)}
    plain = {name: getattr(Cursor, name) for name in watch}
    _gather = pmx_vertices._gather  # noqa: SLF001 - nothing else tells where vertices lie
    with mock.patch.multiple(Cursor, **watch), mock.patch.object(pmx_vertices, "_gather", gather):
        yield


def _fields(layout: str) -> Iterator[tuple[int, np.dtype[Any]]]:
    times = ""
    for letter in layout.lstrip("<"):
        if letter.isdigit():
            times += letter
            continue
        kind = np.dtype(KINDS[letter])
        for _ in range(int(times or 1)):
            yield kind.itemsize, kind
        times = ""
