"""One cursor over a file's bytes: it alone knows offsets, counts and text encodings, and it says where things broke."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mmdgen.errors import FormatError

MOST_RECORDS = 1 << 16  # of all kinds in one file; each takes up to 3 KB of memory however few bytes it has in the file
EXAMPLE = 200  # letters of a warning's example; names may have any number
CUT_SHORT = "the file is cut short: get it again"
DAMAGED = "the file is damaged: get it again, or save it anew in an MMD editor"


class Cursor:
    """Reads little-endian values front to back. Nothing is allocated before the bytes for it are known to exist."""

    def __init__(self, data: bytes, subject: str, encoding: str) -> None:
        self.data = data
        self.subject = subject
        self.encoding = encoding
        self.at = 0
        self._section = "header"
        self._item = ""
        self._start = 0
        self._records = 0

    @property
    def remaining(self) -> int:
        """Bytes that have not been read."""
        return len(self.data) - self.at

    def enter(self, section: str) -> None:
        """Name the section that the following errors belong to."""
        self._section, self._item, self._start = section, "", self.at

    def error(
        self, found: str, expected: str, remedy: str = DAMAGED, item: str = "", at: int | None = None
    ) -> FormatError:
        """Return the error to raise: it names section, item and byte, by default those now being read."""
        item, at = item or self._item, self._start if at is None else at
        where = f"{item} at byte {at:#x}" if item else f"byte {at:#x}"
        return FormatError(f"{self.subject}: {self._section}: {where}: {found}, expected {expected}; {remedy}")

    def items(self, section: str, noun: str, minimum: int = 0, count: str = "<i") -> Iterator[int]:
        """Read a section's count, then yield the number of each item as the caller reads them one by one.

        ``minimum``, the least size of an item, makes a count that cannot be true fail at once; without it the items
        that are there are read first.
        """
        self.enter(section)
        for i in range(self.count(minimum, noun, count)):
            self._item, self._start = f"{noun} {i}", self.at
            self.record()
            yield i
        self._item = ""

    def record(self, times: int = 1) -> None:
        """Count what becomes objects in memory; raise where no real file ever gets."""
        self._records += times
        if self._records > MOST_RECORDS:
            raise self.error(f"more than {MOST_RECORDS} bones, morphs and other records", "fewer in one file")

    def count(self, minimum: int, noun: str, count: str = "<i") -> int:
        """Read a count of things that take ``minimum`` bytes each; raise when so many cannot follow."""
        start = self.at
        (n,) = self.unpack(count)
        if n < 0 or n * minimum > self.remaining:
            room = (
                f"0 to {self.remaining // minimum} in the {self.remaining} bytes that follow"
                if minimum
                else "0 or more"
            )
            raise self.error(f"a count of {n} {noun} records", room, at=start)
        return int(n)

    def take(self, size: int) -> bytes:
        """Read ``size`` bytes."""
        end = self.at + size
        if end > len(self.data):
            raise self.error(f"{self.remaining} bytes left", f"{size}", CUT_SHORT)
        taken, self.at = self.data[self.at : end], end
        return taken

    def unpack(self, layout: str) -> tuple[int | float, ...]:
        """Read the numbers of a ``struct`` layout."""
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def u8(self) -> int:
        """Read one unsigned byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Read one unsigned 16-bit integer."""
        return int.from_bytes(self.take(2), "little")

    def integer(self, kind: np.dtype[np.generic]) -> int:
        """Read one integer of that dtype."""
        return int.from_bytes(self.take(kind.itemsize), "little", signed=kind.kind == "i")

    def reference(self, kind: np.dtype[np.generic]) -> int | None:
        """Read a reference of that dtype; -1 is none."""
        value = self.integer(kind)
        return None if value == -1 else value

    def floats(self, n: int) -> tuple[float, ...]:
        """Read n float32."""
        return struct.unpack(f"<{n}f", self.take(4 * n))

    def triple(self) -> tuple[float, float, float]:
        """Read three float32."""
        x, y, z = self.floats(3)
        return x, y, z

    def array(self, dtype: DTypeLike, n: int) -> NDArray[Any]:
        """Read n values of a plain or structured dtype; the result owns its memory."""
        kind = np.dtype(dtype)
        return np.frombuffer(self.take(n * kind.itemsize), kind).copy()

    def text(self) -> str:
        """Read a text with its length in bytes before it; what does not decode becomes U+FFFD."""
        (size,) = self.unpack("<i")
        if not 0 <= size <= self.remaining:
            raise self.error(f"a text of {size} bytes", f"0 to {self.remaining}")
        return self.take(int(size)).decode(self.encoding, "replace")

    def fixed_text(self, size: int) -> str:
        """Read a text of fixed size that ends at the first NUL."""
        return self.take(size).split(b"\0", 1)[0].decode(self.encoding, "replace")


class Notes:
    """Collects what was wrong but not fatal, one line for each kind of trouble however often it occurs."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, str]] = {}

    def add(self, section: str, trouble: str, example: str = "", times: int = 1) -> None:
        """Count ``times`` occurrences; ``example`` names the first place."""
        example = example if len(example) <= EXAMPLE else example[: EXAMPLE - 1] + "…"
        before, first = self._found.get((section, trouble), (0, example))
        self._found[section, trouble] = (before + times, first)

    def lines(self) -> tuple[str, ...]:
        """Return the warnings, in the order in which each kind came up first."""
        return tuple(
            f"{section}: {trouble}" + (f" ({times}: {'first ' if times > 1 else ''}{first})" if first else "")
            for (section, trouble), (times, first) in self._found.items()
        )


def until_damage(sections: Mapping[str, Iterable[Any]], notes: Notes) -> tuple[dict[str, Any], bool]:
    """Read sections in order: return their items, and whether all were whole. Damage becomes a note and ends it."""
    found: dict[str, Any] = {}
    for name, items in sections.items():
        kept: list[Any] = []
        try:
            for item in items:
                kept.append(item)  # noqa: PERF402 - what came before the damage must stay
        except FormatError as error:
            notes.add("damaged", f"{error}; what precedes it is kept")
            return found | {name: tuple(kept)}, False
        found[name] = tuple(kept)
    return found, True
