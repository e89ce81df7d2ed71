"""Contact sheets: triplets picked from shards and laid out for the eye."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mmdgen.errors import UsageError
from mmdgen.files import write_atomically
from mmdgen.pose_spec import FACE, HEAD, PARAMETERS
from mmdgen.shard import ShardModel, ShardReader

U1 = NDArray[np.uint8]
SQUARE = 8  # pixels of the checkerboard's squares
LIGHT, DARK = 250, 228  # its greys
INK = (40, 40, 40)
GAP = 6
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
SMALLEST = 192  # pixels; smaller pictures are enlarged so that the pose fits below them
FONT_FOLDERS = {
    "linux": ("~/.local/share/fonts", "~/.fonts", "/usr/local/share/fonts", "/usr/share/fonts"),
    "darwin": ("~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts"),
    "win32": ("%LOCALAPPDATA%/Microsoft/Windows/Fonts", "%WINDIR%/Fonts"),
}
JAPANESE_FONTS = (  # beginnings of file names, the nicest first
    *("notosanscjk", "notosansjp", "sourcehansans", "ipaexg", "ipag", "fonts-japanese-gothic", "takao", "vl-gothic"),
    *("ヒラギノ角ゴシック w3", "hiragino", "yugothr", "meiryo", "msgothic", "notoserifcjk", "droidsansfallback", "wqy"),
)


@dataclass(frozen=True)
class Example:
    """One triplet as the sheet shows it."""

    model: ShardModel
    index: int
    pose: tuple[float, ...]
    rest: U1
    expression: U1
    posed: U1


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
        return Example(shard.header.models[row], int(shard.indices[i]), pose, *pictures)


def sheet(examples: Sequence[Example]) -> Image.Image:
    """Lay examples out in a sheet that is about square: rest, expression and posed, with what drives each below."""
    size = max(_enlarged(len(e.rest)) for e in examples)
    text = size // 23
    font, japanese = _font(text)
    width, height = 3 * size + 2 * GAP, size + 2 * text
    columns = max(1, round((len(examples) * height / width) ** 0.5))
    rows = -(-len(examples) // columns)
    canvas = Image.new("RGB", (columns * (width + 3 * GAP) + GAP, rows * (height + GAP) + GAP), "white")
    pen = ImageDraw.Draw(canvas)
    for number, example in enumerate(examples):
        row, column = divmod(number, columns)
        x, y = 2 * GAP + column * (width + 3 * GAP), GAP + row * (height + GAP)
        captions = (f"{label(example.model, japanese=japanese)} #{example.index}", *pose_captions(example.pose))
        pictures = (example.rest, example.expression, example.posed)
        for picture, caption in zip(pictures, captions, strict=True):
            side = _enlarged(len(picture))
            canvas.paste(
                Image.fromarray(on_checkerboard(picture)).resize((side, side), Image.Resampling.NEAREST), (x, y)
            )
            pen.text((x, y + size + text // 3), _fitting(caption, font, size), fill=INK, font=font)
            x += size + GAP
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
    for path in _japanese_fonts():
        try:
            return ImageFont.truetype(path, size), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


def _japanese_fonts() -> list[Path]:
    """Return the fonts of this system that show Japanese, the nicest first."""
    found: dict[str, Path] = {}
    for folder in FONT_FOLDERS.get(sys.platform, ()):
        for here, _, names in os.walk(Path(os.path.expandvars(folder)).expanduser()):
            for name in names:
                if name.lower().endswith((".ttf", ".ttc", ".otf")):
                    found.setdefault(name.lower(), Path(here) / name)
    return [found[name] for start in JAPANESE_FONTS for name in sorted(found) if name.startswith(start)]


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture whole or not at all, in the format that the path's extension names."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{path}: extension {path.suffix!r}, expected {', '.join(FORMATS)}; try .png")
    data = io.BytesIO()
    picture.save(data, kind)
    write_atomically(path, data.getvalue())
