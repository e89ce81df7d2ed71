"""Contact sheets: triplets picked from shards and laid out for the eye."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mmdgen.errors import UsageError
from mmdgen.files import write_atomically
from mmdgen.fonts import JAPANESE, system_fonts
from mmdgen.pose_spec import FACE, HEAD, PARAMETERS
from mmdgen.shard import LookColumns, ShardModel, ShardReader

U1 = NDArray[np.uint8]
SQUARE = 8  # pixels of the checkerboard's squares
LIGHT, DARK = 250, 228  # its greys
INK = (40, 40, 40)
GAP = 6
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
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
    font, japanese = _font(text)
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
            pen.text((x, y + size + text // 3), _fitting(caption, font, size), fill=INK, font=font)
        under = y + size + 2 * text // 3 + text
        pen.text((left, under), _fitting(example.look, font, width), fill=INK, font=font)
    return canvas


def _enlarged(size: int) -> int:
    """Return the side at which a picture is shown: a whole multiple of its own."""
    return size * -(-SMALLEST // size)


def on_checkerboard(picture: U1) -> U1:
    """Return a picture (S, S, 4), straight alpha, as (S, S, 3) over light squares."""
    y, x = np.indices(picture.shape[:2]) // SQUARE
    ground = np.where((x + y) % 2, DARK, LIGHT)[..., None]
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(picture[..., :3] * alpha + ground * (1 - alpha)), np.uint8)


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


def _fitting(caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Cut a caption to a width in pixels."""
    while caption and font.getlength(caption) > width:
        caption = caption[:-1]
    return caption


def _font(size: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """Return a font, and whether it shows Japanese: a system's own, else Pillow's for Latin letters."""
    for path in system_fonts(JAPANESE):
        try:
            return ImageFont.truetype(path, size), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture whole or not at all, in the format that the path's extension names."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{path}: extension {path.suffix!r}, expected {', '.join(FORMATS)}; try .png")
    data = io.BytesIO()
    picture.save(data, kind)
    write_atomically(path, data.getvalue())
