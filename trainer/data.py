"""Examples out of shards: random access over many files, decoded in threads, in an order that a seed decides.

paths ──open_examples──► Examples (poses and models known, pictures on disk)
(seed, count, batch) ──training_order──► Draw (image numbers and rows) of one batch after the other, for ever
Examples + Draws ──batches──► Batch (uint8), decoded ahead by threads and handed over in order

A worker opens a file for as long as it reads one picture: thousands of shards need no more handles than workers.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mmdgen.errors import ShardError
from mmdgen.shard import ShardReader
from mmdgen.shard.codec import DamagedError, decompress
from trainer.config import Loading
from trainer.console import say
from trainer.shards import KINDS, Contents, ModelKey, common_size, read_splits
from trainer.stages import Stage

REST_CACHE_BYTES = 1 << 30  # 4,096 characters of 256 × 256
AHEAD = 2  # batches that wait decoded, beside one for each worker in the making

T = TypeVar("T")
R = TypeVar("R")


class Draw(NamedTuple):
    """Which examples make up a batch."""

    numbers: NDArray[np.int64]  # (B,) image numbers: how many images of the whole run came before each
    rows: NDArray[np.int64]  # (B,) into Examples


@dataclass(frozen=True)
class Batch:
    """Some examples of one stage, as stored: straight alpha, sRGB numbers."""

    numbers: NDArray[np.int64]  # (B,) as in Draw
    rows: NDArray[np.int64]  # (B,) into Examples
    source: Tensor  # (B, S, S, 4) uint8
    target: Tensor  # (B, S, S, 4) uint8
    pose: Tensor  # (B, P) float32, the stage's parameters


@dataclass(frozen=True)
class Triplets:
    """Some whole examples, as stored: straight alpha, sRGB numbers."""

    rows: NDArray[np.int64]  # (B,) into Examples
    rest: Tensor  # (B, S, S, 4) uint8, and so the others
    expression: Tensor
    posed: Tensor
    pose: Tensor  # (B, 6) float32


class Examples:
    """The triplets of some shards of one split, numbered from 0 in the order of the shards' names.

    ``unreadable`` says, by row, what is wrong with the examples that were skipped so far.
    """

    def __init__(self, contents: Sequence[Contents], loading: Loading) -> None:
        self.contents, self.loading = tuple(contents), loading
        self.split, self.size = contents[0].split, common_size(contents, loading)
        self.starts, self.keys = [0], list[ModelKey]()
        models, number_of = [], dict[tuple[str, str], int]()
        digest = hashlib.sha256()
        for shard in contents:
            for model in shard.models:
                if number_of.setdefault(model.identity, len(self.keys)) == len(self.keys):
                    self.keys.append(model)
            models.append(np.array([number_of[model.identity] for model in shard.models])[shard.model])
            self.starts.append(self.starts[-1] + len(shard))
            digest.update(shard.rest_crc.tobytes() + shard.posed_crc.tobytes() + shard.poses.tobytes())
        self.poses: NDArray[np.float32] = np.concatenate([shard.poses for shard in contents])  # (N, 6)
        self.models: NDArray[np.int64] = np.concatenate(models)  # (N,) into keys
        self.fingerprint = digest.hexdigest()  # of the content, whatever the folder is called
        self.unreadable: dict[int, str] = {}
        self._lock = Lock()
        self._first_rest = self._equal_rests()
        self._rest = lru_cache(max(1, REST_CACHE_BYTES // (4 * self.size * self.size)))(self._rest_of)

    def __len__(self) -> int:
        return self.starts[-1]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The shards' files."""
        return tuple(shard.path for shard in self.contents)

    def _equal_rests(self) -> list[list[tuple[int, int]]]:
        """Return, by shard and row of its rest pictures, the first shard and row with the same picture."""
        first: dict[tuple[tuple[str, str], int], tuple[int, int]] = {}
        found = []
        for number, shard in enumerate(self.contents):
            same = [(number, row) for row in range(len(shard.rest_crc))] if shard.shares_rest else []
            owner = dict(zip(shard.rest_row.tolist(), shard.model.tolist(), strict=True)) if same else {}
            for row, model in owner.items():
                key = shard.models[model].identity, int(shard.rest_crc[row])
                same[row] = first.setdefault(key, (number, row))
            found.append(same)
        return found

    def locate(self, row: int) -> tuple[int, int]:
        """Return (index into ``paths``, sample within that shard) of example ``row``."""
        shard = int(np.searchsorted(self.starts, row, side="right")) - 1
        return shard, row - self.starts[shard]

    def picture(self, row: int, kind: str) -> NDArray[np.uint8]:
        """Return picture "rest", "expression" or "posed" of example ``row``, (S, S, 4) uint8; safe in any thread.

        Raises ShardError where it cannot be read.
        """
        shard, sample = self.locate(row)
        if kind != "rest":
            return self._read(shard, kind, sample)
        rest = int(self.contents[shard].rest_row[sample])
        if self.contents[shard].shares_rest:
            return self._rest(*self._first_rest[shard][rest])
        return self._read(shard, "rest", rest)

    def _rest_of(self, shard: int, row: int) -> NDArray[np.uint8]:
        return self._read(shard, "rest", row)

    def _read(self, shard: int, kind: str, i: int) -> NDArray[np.uint8]:
        contents = self.contents[shard]
        offset, length = contents.extents[kind][i].tolist()
        try:
            with contents.path.open("rb", buffering=0) as file:
                file.seek(offset)  # -1, which fails, where the picture is not stored plainly
                picture = decompress(file.read(length), contents.size)
        except (OSError, ValueError, DamagedError):
            with ShardReader(contents.path) as reader:  # which knows how to say what is wrong
                picture = getattr(reader, kind)(i)
        return picture if contents.size == self.size else shrink(picture, self.size)

    def stack(
        self, kinds: Sequence[str], rows: NDArray[np.int64], *, pin: bool = False, replace: bool = False
    ) -> tuple[NDArray[np.int64], list[Tensor]]:
        """Decode pictures of the examples ``rows``: the rows and one (B, S, S, 4) uint8 for each of ``kinds``.

        ``pin`` puts them into memory that a GPU copies from without waiting. With ``--corrupt skip`` an example that
        cannot be read is left out or, with ``replace``, gives way to the next one that can; else it raises ShardError.
        """
        rows, shape = rows.copy(), (len(rows), self.size, self.size, 4)
        stacks = [torch.empty(shape, dtype=torch.uint8, pin_memory=pin) for _ in kinds]
        arrays = [stack.numpy() for stack in stacks]
        there = np.ones(len(rows), bool)
        for i, row in enumerate(rows.tolist()):
            tried = row
            while not self._put(kinds, tried, [array[i] for array in arrays]):
                tried = (tried + 1) % len(self)
                there[i] = replace
                if not replace or tried == row:
                    break
            if replace and tried == row and row in self.unreadable:
                raise ShardError(f"{self.paths[0].parent}: not one example can be read, expected shards; render again")
            rows[i] = tried
        return rows[there], stacks if there.all() else [stack[torch.from_numpy(there)] for stack in stacks]

    def _put(self, kinds: Sequence[str], row: int, places: Sequence[NDArray[np.uint8]]) -> bool:
        """Decode an example's pictures into ``places``; tell whether they could be read."""
        if row in self.unreadable:
            return False
        try:
            for kind, place in zip(kinds, places, strict=True):
                np.copyto(place, self.picture(row, kind))
        except ShardError as error:
            if self.loading.corrupt == "stop":
                raise
            with self._lock:
                if row not in self.unreadable:
                    self.unreadable[row] = str(error)
                    say(f"{error}; skipped")
            return False
        return True

    def batch(
        self, stage: Stage, rows: NDArray[np.int64], *, numbers: NDArray[np.int64] | None = None, pin: bool = False
    ) -> Batch:
        """Decode examples for a stage; one that cannot be read and may be skipped gives way to the next."""
        found, (source, target) = self.stack((stage.source, stage.target), rows, pin=pin, replace=True)
        pose = torch.from_numpy(self.poses[found, stage.pose])
        return Batch(rows if numbers is None else numbers, found, source, target, pose.pin_memory() if pin else pose)

    def triplets(self, rows: NDArray[np.int64], *, pin: bool = False) -> Triplets:
        """Decode whole examples; those that cannot be read and may be skipped are left out."""
        rows, (rest, expression, posed) = self.stack(KINDS, rows, pin=pin)
        return Triplets(rows, rest, expression, posed, torch.from_numpy(self.poses[rows]))

    def close(self) -> None:
        """Let go of all pictures; reading opens the files again."""
        self._rest.cache_clear()


def shrink(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return a picture (S, S, 4) uint8 at another size, filtered in premultiplied sRGB numbers."""
    small = Image.fromarray(picture).convert("RGBa").resize((size, size), Image.Resampling.BILINEAR, reducing_gap=None)
    return np.asarray(small.convert("RGBA"))


def open_examples(
    paths: Sequence[str | Path],
    splits: Sequence[str],
    loading: Loading = Loading(),  # noqa: B008, it is frozen
) -> Examples | None:
    """Return the examples of the first of ``splits`` that the shards at ``paths`` hold, or None where they hold none.

    Raises UsageError where there is no shard at all, and ShardError for a shard that cannot be trained on.
    """
    found = read_splits(paths, loading)
    return next((Examples(found[split], loading) for split in splits if split in found), None)


def training_order(
    count: int, batch: int, seed: int, seen: int = 0, *, rank: int = 0, ranks: int = 1
) -> Iterator[Draw]:
    """Yield what each batch takes from image number ``seen`` on, for ever; of several ranks, this one's part.

    Each epoch is a permutation of ``count`` rows drawn from (seed, epoch) alone; batches run across epochs' borders.
    ``batch`` counts the images of all ranks: rank r of R takes images r, r + R, r + 2R, … of every batch.
    """
    epoch, order = -1, np.empty(0, np.int64)
    while True:
        numbers = np.arange(seen, seen + batch)[rank::ranks]
        rows = np.empty(len(numbers), np.int64)
        for i, image in enumerate(numbers.tolist()):
            if image // count != epoch:
                epoch = image // count
                order = np.random.default_rng([seed, epoch]).permutation(count)
            rows[i] = order[image % count]
        yield Draw(numbers, rows)
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
    examples: Examples, stage: Stage, order: Iterable[Draw], *, workers: int | None = None, pin: bool = False
) -> Generator[Batch]:
    """Yield a Batch for each Draw of ``order``, in order, decoded ahead by threads, ``--workers`` unless told.

    A picture that cannot be read raises its ShardError here, or is skipped and counted. Close the generator to stop
    the threads.
    """

    def load(draw: Draw) -> Batch:
        return examples.batch(stage, draw.rows, numbers=draw.numbers, pin=pin)

    yield from _counted(examples, ahead(load, order, workers or examples.loading.threads))


def in_turn(
    examples: Examples, rows: NDArray[np.int64], batch: int, *, workers: int | None = None, pin: bool = False
) -> Generator[Triplets]:
    """Yield whole examples ``rows``, up to ``batch`` at a time, in order, as ``batches`` does; some may be left out."""
    order = (rows[start : start + batch] for start in range(0, len(rows), batch))
    load = partial(examples.triplets, pin=pin)
    yield from _counted(examples, ahead(load, order, workers or examples.loading.threads))


def _counted(examples: Examples, loaded: Generator[T]) -> Generator[T]:
    """Pass batches on and, at the end, say how many examples were skipped on the way."""
    before = len(examples.unreadable)
    try:
        yield from loaded
    finally:
        loaded.close()
        if len(examples.unreadable) > before:
            say(f"{len(examples.unreadable):,} of {len(examples):,} examples could not be read and were skipped")


def ahead(load: Callable[[T], R], order: Iterable[T], workers: int) -> Generator[R]:
    """Yield ``load`` of each element of ``order``, in order, called ahead by ``workers`` threads."""
    with ThreadPoolExecutor(workers, "decode") as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for element in order:
                waiting.append(pool.submit(load, element))
                if len(waiting) > workers + AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
