"""Milliseconds of CPU time from a model's file to a puppet that can draw: parse, bind, crop, textures, upload.

    python benchmarks/loading_models.py models/ [--repeats 3]

The least of the repeats counts, files are in the system's cache; heads are framed as `annotate-auto` proposes, which is
not counted. On a software driver making mipmaps is CPU time, too, and part of the upload.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from mmdgen.annotation import Annotation
from mmdgen.cropping import cropped
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import head_framing
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.pose.binding import bind
from mmdgen.prepare import Prepared, shown_textures
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings

STAGES = ("parse", "bind", "crop", "textures", "upload")


def stages(path: Path, annotation: Annotation, renderer: Renderer, finish: object) -> list[float]:
    """Return the CPU milliseconds of every stage of one model."""
    marks = [time.process_time()]
    model = read_model(path)
    marks.append(time.process_time())
    binding = bind(model, annotation, allow_smile=True)
    framing = head_framing(binding.model, binding.head)
    marks.append(time.process_time())
    drawn = cropped(binding, framing)
    marks.append(time.process_time())
    textures = load_textures(drawn, shown_textures(drawn))
    marks.append(time.process_time())
    puppet = Puppet.of(Prepared(binding, framing, drawn, textures), renderer)
    assert callable(finish)
    finish()
    marks.append(time.process_time())
    puppet.release()
    return (1e3 * np.diff(marks)).tolist()


def main() -> None:
    """Print one line a model, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["samples/models"], type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    context = open_context()
    renderer = Renderer(context, RenderSettings())
    print(driver(context).renderer)
    print(f"{'model':28} {'MB':>5}" + "".join(f"{stage:>10}" for stage in STAGES) + f"{'all':>10}")
    rows = []
    for path in find_models(options.models):
        try:
            annotation = propose(read_model(path))
            found = [stages(path, annotation, renderer, context.finish) for _ in range(options.repeats)]
        except MmdgenError as error:
            print(f"{path.stem[:28]:28} {error}")
            continue
        row = min(found, key=sum)
        rows.append([*row, sum(row)])
        size = path.stat().st_size / 1e6
        print(f"{path.stem[:28]:28} {size:5.1f}" + "".join(f"{value:10.1f}" for value in rows[-1]), flush=True)
    if rows:
        print(f"{'median':28} {'':5}" + "".join(f"{value:10.1f}" for value in np.median(rows, axis=0)))


if __name__ == "__main__":
    main()
