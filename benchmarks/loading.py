"""How fast pictures get from shards into batches, by number of threads, beside other ways of storing them.

    python benchmarks/loading.py shards/ [--seconds 3] [--threads 1 2] [--batch 25]

An example is a picture that is shown and one that is expected: for the morpher rest (kept in memory) and expression,
for the rotator expression and posed. All are read in random order. The other ways read the same expression and posed
pictures, one folder of PNGs by Pillow and one tar of PNGs in sequence, as WebDataset reads it (which shuffles within a
buffer, not over everything). "A core" is CPU time of all threads.
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from mmdgen.shard import ShardReader, find_shards
from trainer.config import Loading
from trainer.data import Examples, ahead, batches, open_examples, training_order
from trainer.stages import MORPHER, ROTATOR, Stage

KINDS = ("expression", "posed")


def measure(name: str, loaded: Iterator[int], seconds: float) -> None:
    """Print how many examples ``loaded``, which counts them as they come, gives in some seconds."""
    next(loaded)
    wall, used, count = time.perf_counter(), time.process_time(), 0
    for found in loaded:
        count += found
        if time.perf_counter() - wall > seconds:
            break
    wall, used = time.perf_counter() - wall, time.process_time() - used
    print(f"{name:<44} {count / wall:>8,.0f} examples/s   {count / used:>8,.0f} a core", flush=True)


def from_shards(examples: Examples, stage: Stage, threads: int, batch: int) -> Iterator[int]:
    """Load as ``trainer fit`` does."""
    order = training_order(len(examples), batch, seed=0)
    with closing(batches(examples, stage, order, workers=threads)) as loaded:
        yield from (len(found.rows) for found in loaded)


def from_readers(paths: list[Path], threads: int) -> Iterator[int]:
    """Read through HDF5, one picture after the other, which is what a plain data set class does."""
    readers = [ShardReader(path) for path in paths]
    places = [(reader, i) for reader in readers for i in range(len(reader))]
    order = (random.choice(places) for _ in itertools.count())  # noqa: S311, nothing secret

    def load(place: tuple[ShardReader, int]) -> int:
        return len([getattr(place[0], kind)(place[1]) for kind in KINDS]) // 2

    with closing(ahead(load, order, threads)) as loaded:
        yield from loaded


def from_pngs(folder: Path, count: int, threads: int, batch: int) -> Iterator[int]:
    """Read a folder of PNG files in random order."""

    def load(rows: list[int]) -> int:
        for kind in KINDS:
            np.stack([np.asarray(Image.open(folder / f"{row}.{kind}.png")) for row in rows])
        return len(rows)

    order = (random.choices(range(count), k=batch) for _ in itertools.count())  # noqa: S311, nothing secret
    with closing(ahead(load, order, threads)) as loaded:
        yield from loaded


def from_tar(path: Path, batch: int) -> Iterator[int]:
    """Read a tar of PNG files from its beginning to its end, again and again, with one thread."""
    while True:
        with tarfile.open(path) as tar:
            pictures = (np.asarray(Image.open(io.BytesIO(tar.extractfile(entry).read()))) for entry in tar)
            while found := list(itertools.islice(pictures, 2 * batch)):
                np.stack(found)
                yield len(found) // 2


def write_others(examples: Examples, folder: Path, count: int) -> None:
    """Write the first triplets as PNGs and as a tar of them."""
    with tarfile.open(folder / "all.tar", "w") as tar:
        for row, kind in itertools.product(range(count), KINDS):
            path = folder / f"{row}.{kind}.png"
            Image.fromarray(examples.picture(row, kind)).save(path, compress_level=1)
            tar.add(path, path.name)


def main() -> None:
    """Print one line for each way and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="*", default=["samples/shards"])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--batch", type=int, default=25)
    options = parser.parse_args()
    start = time.perf_counter()
    examples = open_examples(options.shards, ("train", "val", "test"), Loading())
    assert examples is not None
    opening = time.perf_counter() - start
    paths = find_shards(examples.paths)
    print(f"{len(examples)} examples of {examples.size} pixels in {len(paths)} shards, opened in {opening:.3f} s")
    with tempfile.TemporaryDirectory() as name:
        folder, count = Path(name), min(len(examples), 400)
        write_others(examples, folder, count)
        ways: dict[str, Callable[[int], Iterator[int]]] = {
            "shards, morpher": lambda n: from_shards(examples, MORPHER, n, options.batch),
            "shards, rotator": lambda n: from_shards(examples, ROTATOR, n, options.batch),
            "ShardReader alone": lambda n: from_readers(list(paths), n),
            "folder of PNGs": lambda n: from_pngs(folder, count, n, options.batch),
        }
        for way, make in ways.items():
            for threads in options.threads:
                measure(f"{way}, {threads} threads", make(threads), options.seconds)
        measure("tar of PNGs in sequence, 1 thread", from_tar(folder / "all.tar", options.batch), options.seconds)


if __name__ == "__main__":
    main()
