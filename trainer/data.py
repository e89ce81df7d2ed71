"""Examples out of shards: random access over many files, decoded in threads, in an order that a seed decides.

paths ──open_examples──► Examples (poses and models known, pictures on disk)
(seed, count, batch) ──training_order──► rows of one batch after the other, for ever
Examples + rows ──batches──► Batch (uint8), decoded ahead by threads and handed over in order
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmdgen.errors import ShardError, UsageError
from mmdgen.pose_spec import NAMES, PARAMETERS
from mmdgen.shard import ShardHeader, ShardReader, find_shards
from trainer.stages import Stage

OPEN_FILES = 128  # well below the 256 files that macOS allows a process
REST_CACHE_BYTES = 512 << 20
AHEAD = 3  # batches decoded ahead, for each worker


@dataclass(frozen=True)
class Batch:
    """Some examples of one stage, as stored: straight alpha, sRGB numbers."""

    rows: NDArray[np.int64]  # (B,) into Examples
    source: Tensor  # (B, S, S, 4) uint8
    target: Tensor  # (B, S, S, 4) uint8
    pose: Tensor  # (B, P) float32, the stage's parameters


@dataclass(frozen=True)
class ModelKey:
    """A character: its name for people, its identity for the machine."""

    name: str
    identity: tuple[str, str]


class Examples:
    """The triplets of some shards of one split and one size, numbered from 0 in the order of the shards' names."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(sorted(paths, key=lambda p: (p.name, p)))
        self._reader = lru_cache(OPEN_FILES)(ShardReader)  # an evicted reader closes when its last user lets go
        self.starts, self.keys = [0], list[ModelKey]()
        poses, models, number_of = [], [], dict[tuple[str, str], int]()
        digest = hashlib.sha256()
        first: ShardHeader | None = None
        for path in self.paths:
            with ShardReader(path) as shard:
                first = first or shard.header
                _check(shard, first)
                for model in shard.header.models:
                    if number_of.setdefault(model.identity, len(self.keys)) == len(self.keys):
                        self.keys.append(ModelKey(model.name, model.identity))
                numbers = np.array([number_of[model.identity] for model in shard.header.models])
                poses.append(shard.poses)
                models.append(numbers[shard.model_rows])
                self.starts.append(self.starts[-1] + len(shard))
                digest.update(shard.crc("rest").tobytes() + shard.crc("posed").tobytes() + shard.poses.tobytes())
        assert first is not None, "open_examples gives at least one path"
        self.split, self.size = first.split, first.size
        self.poses: NDArray[np.float32] = np.concatenate(poses)  # (N, 6)
        self.models: NDArray[np.int64] = np.concatenate(models)  # (N,) into keys
        self.fingerprint = digest.hexdigest()  # of the content, whatever the folder is called
        kept = max(1, REST_CACHE_BYTES // (4 * self.size * self.size))
        self._rest = lru_cache(kept)(lambda shard, row: self._reader(self.paths[shard]).rest(row))

    def __len__(self) -> int:
        return self.starts[-1]

    def locate(self, row: int) -> tuple[int, int]:
        """Return (index into ``paths``, sample within that shard) of example ``row``."""
        shard = int(np.searchsorted(self.starts, row, side="right")) - 1
        return shard, row - self.starts[shard]

    def picture(self, row: int, kind: str) -> NDArray[np.uint8]:
        """Return picture "rest", "expression" or "posed" of example ``row``, (S, S, 4) uint8; safe in any thread."""
        shard, sample = self.locate(row)
        reader = self._reader(self.paths[shard])
        if kind == "rest":
            return self._rest(shard, int(reader.model_rows[sample]))
        picture: NDArray[np.uint8] = reader.expression(sample) if kind == "expression" else reader.posed(sample)
        return picture

    def batch(self, stage: Stage, rows: NDArray[np.int64], *, pin: bool = False) -> Batch:
        """Decode the examples ``rows``; ``pin`` puts them into memory that a GPU copies from without waiting."""

        def stack(kind: str) -> Tensor:
            pictures = torch.from_numpy(np.stack([self.picture(int(row), kind) for row in rows]))
            return pictures.pin_memory() if pin else pictures

        return Batch(rows, stack(stage.source), stack(stage.target), torch.from_numpy(self.poses[rows, stage.pose]))

    def close(self) -> None:
        """Let go of all files and pictures; reading opens them again."""
        self._reader.cache_clear()
        self._rest.cache_clear()


def _check(shard: ShardReader, first: ShardHeader) -> None:
    """Raise ShardError where a shard cannot be trained on, or is of another kind than the first."""
    header, pose = shard.header, shard.poses
    for what, found, expected in (("size", header.size, first.size), ("shading", header.shading, first.shading)):
        if found != expected:
            raise ShardError(
                f"{shard.path}: {what} {found}, expected {expected} as in the others; give shards of one {what}"
            )
    if not len(pose):
        raise ShardError(f"{shard.path}: no samples, expected at least one; leave it out or render it again")
    low, high = (np.array([getattr(p, side) for p in PARAMETERS], np.float32) for side in ("low", "high"))
    bad = np.argwhere(~((pose >= low) & (pose <= high)))  # NaN is neither
    if len(bad):
        sample, column = bad[0]
        raise ShardError(
            f"{shard.path}: pose of sample {sample}: {NAMES[column]} is {pose[sample, column]}, "
            f"expected {low[column]:g} to {high[column]:g}; render the shard again"
        )


def open_examples(paths: Sequence[str | Path], splits: Sequence[str]) -> Examples | None:
    """Return the examples of the first of ``splits`` that the shards at ``paths`` hold, or None where they hold none.

    Raises UsageError where there is no shard at all, and ShardError for a shard that cannot be trained on.
    """
    by_split: dict[str, list[Path]] = {}
    for path in find_shards(paths):
        with ShardReader(path) as shard:
            by_split.setdefault(shard.header.split, []).append(path)
    if not by_split:
        raise UsageError(f"{' '.join(map(str, paths))}: no shards, expected .h5 files; make some with `mmdgen render`")
    return next((Examples(by_split[split]) for split in splits if split in by_split), None)


def training_order(count: int, batch: int, seed: int, seen: int = 0) -> Iterator[NDArray[np.int64]]:
    """Yield the rows (batch,) of each batch from image number ``seen`` on, for ever.

    Each epoch is a permutation of ``count`` rows drawn from (seed, epoch) alone; batches run across epochs' borders.
    """
    epoch, order = -1, np.empty(0, np.int64)
    while True:
        rows = np.empty(batch, np.int64)
        for i, image in enumerate(range(seen, seen + batch)):
            if image // count != epoch:
                epoch = image // count
                order = np.random.default_rng([seed, epoch]).permutation(count)
            rows[i] = order[image % count]
        yield rows
        seen += batch


def spread(models: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return up to ``count`` rows, the same ones each time, in turn from as many models (N,) as possible."""
    order = np.random.default_rng(0).permutation(len(models))
    turn = np.empty(len(models), np.int64)  # how many examples of the same model came before
    turn[np.argsort(models[order], kind="stable")] = np.concatenate(
        [np.arange(n) for n in np.unique(models, return_counts=True)[1]]
    )
    return order[np.argsort(turn, kind="stable")][:count]


def batches(
    examples: Examples, stage: Stage, order: Iterable[NDArray[np.int64]], *, workers: int = 2, pin: bool = False
) -> Generator[Batch]:
    """Yield a Batch for each element of ``order``, in order, decoded ahead by ``workers`` threads.

    A picture that cannot be read raises its ShardError here. Close the generator to stop the threads.
    """
    with ThreadPoolExecutor(workers, "decode") as pool:
        waiting: deque[Future[Batch]] = deque()
        try:
            for rows in order:
                waiting.append(pool.submit(examples.batch, stage, rows, pin=pin))
                if len(waiting) > AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
