"""Contact sheets: triplets picked from shards and laid out for the eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mmdgen.canvas import GAP, INK, U1, fitting, font, on_checkerboard
from mmdgen.pose_spec import FACE, HEAD, PARAMETERS
from mmdgen.shard import LookColumns, ShardModel, ShardReader

SMALLEST = 192  # pixels; smaller pictures are enlarged so that the pose fits below them


@dataclass(frozen=True)
class Example:
    """One triplet as the sheet shows it; ``look`` is the caption of its look, empty where all samples share one."""

    model: ShardModel
    index: int
    pose: tuple[float, ...]
    rest: U1
    expression: U1
    posed: U1
    look: str = ""


def pick(paths: Sequence[Path], count: int, seed: int) -> list[Example]:
    """Return up to ``count`` examples from shards, from as many models as possible, ordered by model."""
    rng = np.random.default_rng(seed)
    found: dict[tuple[str, str], list[tuple[Path, int]]] = {}
    for number in rng.permutation(len(paths)):
        with ShardReader(paths[number]) as shard:
            for row, model in enumerate(shard.header.models):
                samples = np.flatnonzero(shard.model_rows == row)
                if len(samples):
                    chosen = rng.permutation(samples)[:count].tolist()
                    found.setdefault(model.identity, []).extend((paths[number], i) for i in chosen)
        if len(found) >= count:
            break
    queues = [[samples[i] for i in rng.permutation(len(samples))] for samples in found.values()]
    rounds = [queue[depth] for depth in range(count) for queue in queues if depth < len(queue)]
    examples = [_example(*place) for place in rounds[:count]]
    return sorted(examples, key=lambda e: (e.model.path, e.model.identity, e.index))


def _example(path: Path, i: int) -> Example:
    with ShardReader(path) as shard:
        row = int(shard.model_rows[i])
        pose = tuple(shard.poses[i].tolist())
        pictures = shard.rest(row), shard.expression(i), shard.posed(i)
        columns = shard.header.look
        look = look_caption(columns, shard.looks[i].tolist()) if columns and shard.looks is not None else ""
        return Example(shard.header.models[row], int(shard.indices[i]), pose, *pictures, look)


def sheet(examples: Sequence[Example]) -> Image.Image:
    """Lay examples out in a sheet that is about square: rest, expression and posed, with what drives each below."""
    size = max(_enlarged(len(e.rest)) for e in examples)
    text = size // 23
    face, japanese = font(text)
    lines = 2 if any(e.look for e in examples) else 1
    width, height = 3 * size + 2 * GAP, size + 2 * text + (lines - 1) * (text + text // 3)
    columns = max(1, round((len(examples) * height / width) ** 0.5))
    rows = -(-len(examples) // columns)
    canvas = Image.new("RGB", (columns * (width + 3 * GAP) + GAP, rows * (height + GAP) + GAP), "white")
    pen = ImageDraw.Draw(canvas)
    for number, example in enumerate(examples):
        row, column = divmod(number, columns)
        left, y = 2 * GAP + column * (width + 3 * GAP), GAP + row * (height + GAP)
        captions = (f"{label(example.model, japanese=japanese)} #{example.index}", *pose_captions(example.pose))
        pictures = (example.rest, example.expression, example.posed)
        for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
            x = left + place * (size + GAP)
            side = _enlarged(len(picture))
            canvas.paste(
                Image.fromarray(on_checkerboard(picture)).resize((side, side), Image.Resampling.NEAREST), (x, y)
            )
            pen.text((x, y + size + text // 3), fitting(caption, face, size), fill=INK, font=face)
        under = y + size + 2 * text // 3 + text
        pen.text((left, under), fitting(example.look, face, width), fill=INK, font=face)
    return canvas


def _enlarged(size: int) -> int:
    """Return the side at which a picture is shown: a whole multiple of its own."""
    return size * -(-SMALLEST // size)


def pose_captions(pose: Sequence[float]) -> tuple[str, str]:
    """Return what drives the expression, and what the head, in words."""
    values = [
        f"{p.name} {value:+.2f}" if p.low < 0 else f"{p.name} {value:.2f}"
        for p, value in zip(PARAMETERS, pose, strict=True)
    ]
    return "  ".join(values[FACE]), "  ".join(values[HEAD])


def look_caption(columns: LookColumns, values: Sequence[float]) -> str:
    """Return the shading and all numbers of a look that differ from sample to sample, in words."""
    words = []
    for name, (low, high), value in zip(columns.names, columns.ranges, values, strict=True):
        if name == "shading" and 0 <= int(value) < len(columns.shadings):
            words.append(columns.shadings[int(value)])
        elif low < high:
            words.append(f"{name} {value:+.1f}" if name.endswith("_deg") else f"{name} {value:.2f}")
    return "  ".join(words)


def label(model: ShardModel, *, japanese: bool) -> str:
    """Return a name for a model that the font can show."""
    names = (model.name, Path(model.path).stem, Path(model.path).parent.name)
    fitting = [name for name in names if name.strip() and name.isprintable() and (japanese or name.isascii())]
    return fitting[0] if fitting else model.sha256[:12]
