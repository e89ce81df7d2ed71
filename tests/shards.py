"""Small shards of noise for tests."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdgen.shard import ShardHeader, ShardModel, ShardWriter

SIZE = 32


def picture(rng: np.random.Generator, size: int = SIZE) -> np.ndarray:
    """A noisy disc in the middle on nothing."""
    y, x = np.mgrid[:size, :size] - size // 2
    result = rng.integers(0, 256, (size, size, 4), np.uint8)
    result[..., 3] = np.where(x * x + y * y < (size // 3) ** 2, result[..., 3] | 1, 0)
    result[result[..., 3] == 0] = 0
    return result


def model(number: int) -> ShardModel:
    sha256 = f"{number:064x}"
    annotation = {"sha256": sha256, "head": {"bottom": 10.0, "top": 12.5}, "note": "あ" * number}
    return ShardModel(f"初音 {number}", f"モデル/{number}.pmx", sha256, f"{number + 7:064x}", json.dumps(annotation))


def header(models: int = 2, size: int = SIZE) -> ShardHeader:
    return ShardHeader(
        "train", size, 5, "phong", {"size": size, "ambient": 0.5}, tuple(map(model, range(models))), "mmdgen 0"
    )


def triplets(count: int, models: int, seed: int = 0, size: int = SIZE):
    rng = np.random.default_rng(seed)
    for i in range(count):
        pose = np.concatenate([rng.uniform(0.3, 1, 3), rng.uniform(0.3, 0.7, 3)]).astype(np.float32)
        yield i % models, i // models, pose, picture(rng, size), picture(rng, size)


def write(path: Path, count: int = 5, rows: int = 2, **changed) -> Path:
    rng = np.random.default_rng(99)
    head = replace(header(rows), **changed)
    with ShardWriter(path, head, count) as shard:
        for row in range(len(head.models)):
            shard.rest(row, picture(rng, head.size))
        for triplet in triplets(count, rows, size=head.size):
            shard.add(*triplet)
    return path
