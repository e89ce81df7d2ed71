"""How often an outline alone tells where a head is: rendered characters, whose heads are known, in three views.

A guess is near when skull, chin and middle each lie within 0.15 head heights of the truth, and fair within 0.3. Give a
folder of models, or it makes zoo characters: head_outlines.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import head_framing, whole_framing
from mmdgen.library.proposals import propose
from mmdgen.pose.binding import bind
from mmdgen.pose_spec import IDENTITY
from mmdgen.puppet import Figure
from mmdgen.render.context import open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.shell import run
from mmdgen.space import Framing
from trainer.drawing_head import find_head

SIZE, COUNT, SEED = 512, 60, 4242
VIEWS = {"head": (0.5, 0.5), "bust": (2.2, 0.8), "whole": None}  # head heights shown below the chin and above the skull


def outlines(folder: Path) -> Iterator[tuple[str, NDArray[np.uint8], tuple[float, float, float]]]:
    """Yield the view, alpha (S, S), and the rows of skull and chin and the column of the middle, of each character."""
    renderer = Renderer(open_context(), RenderSettings(size=SIZE, shading="toon"))
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".pmx", ".pmd")):
        try:
            model = read_model(path)
            binding = bind(model, propose(model), allow_smile=True)
        except MmdgenError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        figure = Figure(binding.model, load_textures(model), renderer)
        state, head = binding.state(np.array([IDENTITY])), binding.head
        close, far = head_framing(binding.model, head), whole_framing(binding.model)
        for view, reach in VIEWS.items():
            framing = far
            if reach:
                height = head.top - head.bottom
                low, high = head.bottom - reach[0] * height, head.top + reach[1] * height
                quarter = (high - low) / 4
                framing = Framing(low + quarter, high - quarter, close.center_x, close.near, close.far)
            unit = SIZE / (2 * framing.unit)
            rows = [SIZE / 2 + (framing.center_y - y) * unit for y in (head.top, head.bottom)]
            column = SIZE / 2 + (close.center_x - framing.center_x) * unit
            yield view, figure.draw(state, framing)[0, ..., 3], (rows[0], rows[1], column)
        figure.release()


def main() -> None:
    """Print a line for each view."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        if len(sys.argv) < 2:
            from mmdgen.cli import app

            run(app, ["zoo", made, "--count", str(COUNT), "--seed", str(SEED)])
        errors: dict[str, list[float]] = {}
        for view, alpha, (top, bottom, center) in outlines(folder):
            found, height = find_head(alpha), bottom - top
            misses = (found.top - top, found.bottom - bottom, found.center - center) if found else (np.inf,)
            errors.setdefault(view, []).append(max(map(abs, misses)) / height)
    for view, misses_of in errors.items():
        near, fair = (float(np.mean(np.array(misses_of) <= limit)) for limit in (0.15, 0.3))
        print(f"{view}: of {len(misses_of)} outlines {near:.0%} near, {fair:.0%} fair")


if __name__ == "__main__":
    main()
