"""How much an archive may hold: counted while it streams, whatever its directory claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mmdgen.errors import FormatError


class BombError(FormatError):
    """An archive that unpacks to more than any package of models does; it is refused whole."""


@dataclass(frozen=True)
class Limits:
    """The most that one archive may hold, what is nested in it included."""

    total: int = 8 << 30  # bytes
    file: int = 1 << 30  # bytes; the largest models known are a tenth of it
    entries: int = 20_000
    ratio: int = 200  # bytes out per byte in, over the whole archive: a plain picture alone may shrink a thousandfold
    free: int = 256 << 20  # bytes that may come out whatever the ratio
    depth: int = 3  # archives in archives


@dataclass
class Meter:
    """What has come out of one outermost archive so far."""

    subject: str
    packed: int  # bytes of the outermost archive
    limits: Limits = field(default_factory=Limits)
    watch: Callable[[int, int], None] | None = None  # told the bytes so far and the entries announced, at every step
    total: int = 0
    entries: int = 0

    def count(self, entries: int) -> None:
        """Count the entries of one container; raise BombError beyond the limit."""
        self.entries += entries
        if self.entries > self.limits.entries:
            self._refuse(f"{self.entries} entries", f"at most {self.limits.entries}")

    def add(self, chunk: int, size: int) -> None:
        """Count ``chunk`` bytes more of a file that has ``size`` bytes by now; raise BombError beyond a limit."""
        self.total += chunk
        most = min(self.limits.total, self.limits.free + self.limits.ratio * self.packed)
        if size > self.limits.file:
            self._refuse(f"a file of more than {self.limits.file >> 20} MiB", "less")
        if self.total > most:
            self._refuse(f"{self.packed >> 10} KiB unpack to more than {most >> 20} MiB", "less")
        if self.watch is not None:
            self.watch(self.total, self.entries)

    def _refuse(self, found: str, expected: str) -> None:
        raise BombError(f"{self.subject}: {found}, expected {expected}; do not trust this archive")
