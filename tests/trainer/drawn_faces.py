"""Shards of faces drawn with ellipses: quick stand-ins for rendered characters, with eyes and mouth that close."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmdgen.pose_spec import IDENTITY
from mmdgen.shard import ShardHeader, ShardModel, ShardWriter, shard_name


def draw(size: int, character: int, pose: np.ndarray) -> np.ndarray:
    """Return the (S, S, 4) uint8 face of one character; the head parameters shift the face a little."""
    traits = np.random.default_rng(character)
    skin = np.array([1, 0.86, 0.76]) * traits.uniform(0.85, 1)
    hair, iris = traits.uniform(0, 1, 3), traits.uniform(0, 0.8, 3)
    wide, tall, apart = traits.uniform(0.07, 0.1), traits.uniform(0.07, 0.11), traits.uniform(0.11, 0.14)
    eye_y, mouth_y = traits.uniform(0.5, 0.56), traits.uniform(0.66, 0.69)
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    x, y = x + 0.03 * pose[1], y + 0.03 * pose[0]
    picture = np.zeros((size, size, 4))

    def ellipse(cx: float, cy: float, rx: float, ry: float, colour: np.ndarray) -> None:
        distance = np.hypot((x - cx) / rx, (y - cy) / ry)
        cover = np.clip((1 - distance) * min(rx, ry) * size + 0.5, 0, 1)[..., None]
        over = np.append(colour, 1.0)
        picture[...] = picture + cover * (over - picture)  # premultiplied

    ellipse(0.5, 0.48, 0.3, 0.3, hair)
    ellipse(0.5, 0.53, 0.2, 0.23, skin)
    ellipse(0.5, 0.3, 0.22, 0.1, hair)
    for side, closed in ((1, pose[3]), (-1, pose[4])):
        height, cx = tall * (1 - closed), 0.5 + side * apart
        ellipse(cx, eye_y + tall * closed, wide, max(height, 0.012), 0.2 * hair)
        if height > 0.015:
            ellipse(cx, eye_y + tall * closed, wide * 0.9, height * 0.85, np.ones(3))
            ellipse(cx, eye_y + tall * closed, wide * 0.6, height * 0.85, iris)
    ellipse(0.5, mouth_y, 0.05, 0.006 + 0.035 * pose[5], np.array([0.6, 0.15, 0.2]))
    straight = np.where(picture[..., 3:] > 0, picture[..., :3] / np.maximum(picture[..., 3:], 1e-6), 0)
    stored = np.round(np.concatenate([straight, picture[..., 3:]], -1) * 255).astype(np.uint8)
    stored[stored[..., 3] == 0] = 0
    return stored


def random_poses(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return (count, 6) float32 poses, uniform in their ranges."""
    return np.concatenate([rng.uniform(-1, 1, (count, 3)), rng.uniform(0, 1, (count, 3))], 1).astype(np.float32)


def write_shard(
    folder: Path,
    *,
    split: str = "train",
    ordinal: int = 0,
    size: int = 32,
    characters: range = range(2),
    each: int = 4,
    shading: str = "phong",
) -> Path:
    """Write ``each`` triplets of every character, interleaved, and return the shard's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / shard_name(split, ordinal)
    models = tuple(ShardModel(f"face {c}", f"{c}.pmx", f"{c:064x}", f"{c + 1:064x}", "{}") for c in characters)
    header = ShardHeader(split, size, 0, shading, {"size": size}, models, "test")
    with ShardWriter(path, header, each * len(models)) as shard:
        for row, character in enumerate(characters):
            shard.rest(row, draw(size, character, np.array(IDENTITY, np.float32)))
        poses = {c: random_poses(np.random.default_rng([ordinal, c]), each) for c in characters}
        for index in range(each):
            for row, character in enumerate(characters):
                pose = poses[character][index]
                face = pose * np.float32([0, 0, 0, 1, 1, 1])
                shard.add(row, index, pose, draw(size, character, face), draw(size, character, pose))
    return path
