"""How many samples of which model lie in which shard. Arithmetic alone: the same numbers give the same plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmdgen.shard import SPLITS, shard_name

# Median of 40 KB a picture makes shards of about 20 MB: small enough to lose in a crash and to spread over workers,
# large enough that a million triplets are 4,000 files and that opening the models at a shard's borders costs little.
TRIPLETS_PER_SHARD = 256

Extent = Mapping[str, int]  # split → triplets in all, after one run of the command


@dataclass(frozen=True)
class Run:
    """Samples ``start`` to ``stop`` - 1 of the model with that number in the manifest."""

    model: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Unit:
    """One shard's work."""

    split: str
    ordinal: int
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        """The shard's file name."""
        return shard_name(self.split, self.ordinal)

    def __len__(self) -> int:
        return sum(map(len, self.runs))


def quotas(total: int, models: int) -> list[int]:
    """Share ``total`` samples among models: ⌊total / models⌋ each, one more for the first few."""
    share, more = divmod(total, models) if models else (0, 0)
    return [share + (i < more) for i in range(models)]


def units(splits: Sequence[str], extents: Sequence[Extent], per_shard: int = TRIPLETS_PER_SHARD) -> list[Unit]:
    """Return all units of a manifest, in order.

    ``splits`` holds the split of every model in the manifest's order; ``extents`` the totals after each run of the
    command. A later, larger extent adds samples and shards and leaves the units of earlier ones as they are.
    """
    result = []
    for split in SPLITS:
        models = [number for number, its in enumerate(splits) if its == split]
        before = [0] * len(models)
        ordinal = 0
        for extent in extents:
            after = quotas(extent.get(split, 0), len(models))
            runs = [Run(m, a, b) for m, a, b in zip(models, before, after, strict=True) if a < b]
            for part in _parts(runs, per_shard):
                result.append(Unit(split, ordinal, part))
                ordinal += 1
            before = after
    return result


def _parts(runs: Sequence[Run], per_shard: int) -> Iterator[tuple[Run, ...]]:
    """Cut runs into parts of ``per_shard`` samples; the last may be smaller."""
    part: list[Run] = []
    room = per_shard
    for run in runs:
        start = run.start
        while start < run.stop:
            stop = min(run.stop, start + room)
            part.append(Run(run.model, start, stop))
            room -= stop - start
            start = stop
            if room == 0:
                yield tuple(part)
                part, room = [], per_shard
    if part:
        yield tuple(part)
