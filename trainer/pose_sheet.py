"""A sheet that shows what each parameter does to a drawing: rows are parameters, columns their values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mmdgen.canvas import GAP, INK, fitting, font, on_checkerboard
from mmdgen.pose_spec import FACE, NAMES, PARAMETERS
from trainer.drawing import U1

COLUMNS = 5
SMALLEST = 96  # pixels; smaller pictures are enlarged so that captions fit


def grid(pose: NDArray[np.float64], *, head: bool = True) -> tuple[list[str], NDArray[np.float64]]:
    """Return the parameters of the rows, and the poses (rows · COLUMNS, 6): one parameter moves, the others keep."""
    names = list(NAMES if head else NAMES[FACE])
    poses = np.repeat(pose[None], len(names) * COLUMNS, 0)
    for row, name in enumerate(names):
        parameter = PARAMETERS[NAMES.index(name)]
        poses[row * COLUMNS : (row + 1) * COLUMNS, NAMES.index(name)] = np.linspace(
            parameter.low, parameter.high, COLUMNS
        )
    return names, poses


def sheet(drawing: U1, names: list[str], poses: NDArray[np.float64], pictures: Iterator[U1]) -> Image.Image:
    """Lay out the drawing, at the left of each row, and the pictures (n, S, S, 4) of the poses of ``grid``."""
    size = len(drawing) * -(-SMALLEST // len(drawing))
    text = max(11, size // 20)
    face, _ = font(text)
    width, height = size + GAP, size + 2 * text
    page = Image.new("RGB", (GAP + (COLUMNS + 1) * width, GAP + len(names) * height), "white")
    pen = ImageDraw.Draw(page)

    def put(row: int, column: int, picture: U1, caption: str) -> None:
        x, y = GAP + column * width, GAP + row * height
        shown = Image.fromarray(on_checkerboard(picture)).resize((size, size), Image.Resampling.NEAREST)
        page.paste(shown, (x, y))
        pen.text((x, y + size + text // 4), fitting(caption, face, size), fill=INK, font=face)

    for row in range(len(names)):
        put(row, 0, drawing, "the drawing")
    number = 0
    for some in pictures:
        for picture in some:
            row, column = divmod(number, COLUMNS)
            value = poses[number, NAMES.index(names[row])]
            sign = "+" if PARAMETERS[NAMES.index(names[row])].low < 0 else ""
            put(row, column + 1, picture, f"{names[row]} {value:{sign}.2f}")
            number += 1
    return page
