"""How small pictures get and how fast they are written and read, by codec, on the pictures of real shards.

    python benchmarks/shard_codec.py shards/ [--pictures 400]

All but the last rows make zlib streams that plain h5py reads. Seconds are CPU time of one core.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import deflate
import h5py
import numpy as np
from isal import isal_zlib

from mmdgen.shard import ShardReader, codec, find_shards


def pictures(paths: list[Path], count: int) -> list[np.ndarray]:
    """Return pictures drawn from all shards, rest pictures left out as there are few."""
    found = []
    order = random.Random(0)  # noqa: S311, nothing secret
    for path in paths:
        with ShardReader(path) as shard:
            places = [(kind, i) for kind in ("expression", "posed") for i in range(len(shard))]
            chosen = order.sample(places, min(len(places), -(-count // len(paths))))
            found += [getattr(shard, kind)(i) for kind, i in chosen]
    return found[:count]


def rate(action: Callable[[], object], count: int) -> float:
    """Return how often per second of CPU time ``action`` does what it does ``count`` times."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        action()
        best = min(best, time.process_time() - start)
    return count / best


def measure_streams(name: str, make: Callable[[bytes], bytes], found: list[np.ndarray]) -> None:
    """Print one codec's ratio, and rates of making and of reading its streams."""
    raw = [picture.tobytes() for picture in found]
    streams = [make(data) for data in raw]
    ratio = sum(map(len, raw)) / sum(map(len, streams))
    write = rate(lambda: [make(data) for data in raw], len(raw))
    size = len(found[0])
    fast = rate(lambda: [codec.decompress(stream, size) for stream in streams], len(raw))
    plain = rate(lambda: [zlib.decompress(stream) for stream in streams], len(raw))
    print(f"| {name} | {ratio:.2f} | {len(streams[0]) and 1e-3 * np.mean([len(s) for s in streams]):.1f} | "
          f"{write:,.0f} | {fast:,.0f} | {plain:,.0f} |")  # fmt: skip


def measure_hdf5(found: list[np.ndarray], name: str, **options: object) -> None:
    """Print the same for a codec of HDF5's own, through h5py."""
    stack = np.stack(found)
    shape = (1, *stack.shape[1:])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.h5"

        def write() -> None:
            with h5py.File(path, "w") as out:
                data = out.create_dataset("x", stack.shape, "u1", chunks=shape, **options)
                for i, picture in enumerate(stack):
                    data[i] = picture

        def read() -> None:
            with h5py.File(path) as source:
                for i in range(len(stack)):
                    source["x"][i]

        written = rate(write, len(stack))
        size = path.stat().st_size
        print(f"| {name} | {stack.nbytes / size:.2f} | {size / len(stack) / 1e3:.1f} | {written:,.0f} | – | "
              f"{rate(read, len(stack)):,.0f} |")  # fmt: skip


def measure_shards(paths: list[Path]) -> None:
    """Print how fast our reader is, end to end, at random places."""
    places = [(reader, i) for reader in map(ShardReader, paths) for i in range(len(reader))]
    random.Random(0).shuffle(places)  # noqa: S311, nothing secret
    triplets = rate(lambda: [(reader.expression(i), reader.posed(i)) for reader, i in places], len(places))
    opening = rate(lambda: [len(ShardReader(path)) for path in paths], len(paths))
    size = sum(path.stat().st_size for path in paths) / len(places) / 1e3
    print(f"\n{len(places)} triplets in {len(paths)} shards: {size:.0f} KB a triplet with everything; "
          f"ShardReader {triplets:,.0f} triplets/s at random, opens {opening:,.0f} shards/s")  # fmt: skip


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="*", default=["samples/shards"])
    parser.add_argument("--pictures", type=int, default=400)
    options = parser.parse_args()
    paths = find_shards(options.shards)
    found = pictures(paths, options.pictures)
    print(f"{len(found)} pictures of {len(found[0])} pixels\n")
    print("| codec | ratio | KB | write/s | read/s (libdeflate) | read/s (zlib, h5py) |")
    print("|---|---|---|---|---|---|")
    for level in range(4):
        measure_streams(f"isal {level}", lambda data, level=level: isal_zlib.compress(data, level), found)
    for level in (1, 2, 4, 6, 9):
        measure_streams(f"libdeflate {level}", lambda data, level=level: deflate.zlib_compress(data, level), found)
    for level in (1, 4):
        measure_hdf5(found, f"h5py gzip {level}", compression="gzip", compression_opts=level)
    measure_hdf5(found, "h5py lzf", compression="lzf")
    measure_shards(paths)


if __name__ == "__main__":
    main()
