"""Pictures a second at random places: shards beside a folder of PNGs and WebDataset, by several processes.

    python benchmarks/random_reads.py shards/ [--processes 2] [--seconds 3] [--pictures 1000]

Each process reads pictures at random of all that are there and turns them into arrays (S, S, 4). PNGs are read by
Pillow. WebDataset (when installed) reads tars of the same PNGs in sequence through its shuffle buffer of 1,000, which
is what it offers in the place of random access; each process has its own tars. "A core" is by CPU time.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import random
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from mmdgen.shard import ShardReader, find_shards

KINDS = ("expression", "posed")
BATCH = 64  # pictures between two looks at the clock

Reader = Callable[[int], Iterator[np.ndarray]]  # of a process's number: pictures without end


def shard_pictures(paths: Sequence[Path], number: int) -> Iterator[np.ndarray]:
    """Yield pictures at random places of all shards."""
    readers = [ShardReader(path) for path in paths]
    lengths = [len(reader) for reader in readers]
    choose = random.Random(number)  # noqa: S311  nothing secret
    while True:
        for reader in choose.choices(readers, lengths, k=BATCH):
            yield getattr(reader, choose.choice(KINDS))(choose.randrange(len(reader)))


def png_pictures(paths: Sequence[Path], number: int) -> Iterator[np.ndarray]:
    """Yield PNGs at random."""
    choose = random.Random(number)  # noqa: S311
    while True:
        with Image.open(choose.choice(paths)) as picture:
            yield np.asarray(picture)


def webdataset_pictures(tars: Sequence[Path], number: int) -> Iterator[np.ndarray]:
    """Yield what WebDataset gives of a process's tars, again and again."""
    import webdataset

    own = [str(tars[number % len(tars)])]
    data = webdataset.WebDataset(own, shardshuffle=False, empty_check=False).shuffle(1000, rng=random.Random(number))  # noqa: S311
    while True:
        for sample in data:
            yield np.asarray(Image.open(io.BytesIO(sample["png"])))


def _count(reader: Reader, seconds: float, number: int, ready: object, go: object) -> tuple[int, float]:
    pictures = reader(number)
    next(pictures)  # files are opened
    ready.release()  # type: ignore[attr-defined]
    go.wait()  # type: ignore[attr-defined]
    end, count, used = time.monotonic() + seconds, 0, time.process_time()
    while time.monotonic() < end:
        for _ in range(BATCH):
            next(pictures)
        count += BATCH
    return count, time.process_time() - used


def _worker(reader: Reader, seconds: float, number: int, ready: object, go: object, pipe: object) -> None:
    pipe.send(_count(reader, seconds, number, ready, go))  # type: ignore[attr-defined]


def rate(reader: Reader, processes: int, seconds: float) -> tuple[float, float]:
    """Return pictures a second of several processes together, once all have begun, and a second of CPU time."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    pipes, workers = [], []
    for number in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_worker, args=(reader, seconds, number, ready, go, theirs), daemon=True)
        worker.start()
        theirs.close()
        pipes.append(ours)
        workers.append(worker)
    for _ in range(processes):
        ready.acquire()
    go.set()
    counts, used = zip(*(pipe.recv() for pipe in pipes), strict=True)
    for worker in workers:
        worker.join()
    return sum(counts) / seconds, sum(counts) / sum(used)


def from_shards(paths: Sequence[Path], processes: int, seconds: float) -> tuple[float, float]:
    """Return the rates of shards."""
    return rate(partial(shard_pictures, paths), processes, seconds)


def write_others(shards: Sequence[Path], folder: Path, count: int, tars: int) -> tuple[list[Path], list[Path]]:
    """Write some pictures as PNGs and as tars of them; return both."""
    found = shard_pictures(shards, 0)
    names = [folder / f"{i:06}.png" for i in range(count)]
    for name in names:
        Image.fromarray(next(found)).save(name, compress_level=1)
    packed = []
    for number in range(tars):
        packed.append(folder / f"{number}.tar")
        with tarfile.open(packed[-1], "w") as tar:
            for name in names[number::tars]:
                tar.add(name, name.name)
    return names, packed


def main() -> None:
    """Print one line for each way and number of processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="*", default=["samples/shards"])
    parser.add_argument("--processes", type=int, nargs="*", default=[1, os.cpu_count() or 1])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--pictures", type=int, default=1000)
    options = parser.parse_args()
    shards = find_shards(options.shards)
    with tempfile.TemporaryDirectory() as name:
        pngs, tars = write_others(shards, Path(name), options.pictures, max(options.processes))
        ways: dict[str, Reader] = {
            "shards": partial(shard_pictures, shards),
            "folder of PNGs": partial(png_pictures, pngs),
            "WebDataset": partial(webdataset_pictures, tars),
        }
        for processes in sorted(set(options.processes)):
            for way, reader in ways.items():
                try:
                    if way == "WebDataset":
                        import webdataset  # noqa: F401
                except ImportError:
                    print(f"{way}: not installed")
                    continue
                wall, core = rate(reader, processes, options.seconds)
                print(f"{way}: {wall:,.0f} pictures/s by {processes} processes, {core:,.0f} a core", flush=True)


if __name__ == "__main__":
    main()
