"""Pictures a second, model by model: what drawing costs with posing, transfer and read-back, without files.

    python benchmarks/rendering.py models/ [--size 256] [--samples 4] [--pictures 64] [--shading toon]

Poses are random; heads are framed as `annotate-auto` proposes. CPU seconds count all threads of the driver.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.pose.binding import bind
from mmdgen.pose_spec import PARAMETERS
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings

REPEATS = 3  # the best counts: other programs only ever slow it down


def measure(puppet: Puppet, pictures: int) -> tuple[float, float]:
    """Return wall and CPU seconds a picture."""
    low, high = np.array([(p.low, p.high) for p in PARAMETERS]).T
    poses = np.random.default_rng(0).uniform(low, high, (pictures, len(PARAMETERS)))
    puppet.draw(poses[:1])  # shaders compile on first use
    wall, cpu = [], []
    for _ in range(REPEATS):
        began = time.perf_counter(), time.process_time()
        puppet.draw(poses)
        wall.append(time.perf_counter() - began[0])
        cpu.append(time.process_time() - began[1])
    return min(wall) / pictures, min(cpu) / pictures


def main() -> None:
    """Print one line a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["samples/models"], type=Path)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--shading", default="phong")
    options = parser.parse_args()
    context = open_context()
    renderer = Renderer(context, RenderSettings(size=options.size, samples=options.samples, shading=options.shading))
    print(f"{driver(context).renderer}, {options.size} × {options.size}, {options.samples} samples, {options.shading}")
    print(f"{'model':32} {'triangles':>9} {'materials':>9} {'pictures/s':>10} {'CPU ms':>7} {'upload ms':>9}")
    for path in find_models(options.models):
        try:
            model = read_model(path)
            binding = bind(model, propose(model), allow_smile=True)
        except MmdgenError as error:
            print(f"{path.stem[:32]:32} {error}")
            continue
        textures = load_textures(model)
        began = time.perf_counter()
        puppet = Puppet.make(binding, textures, renderer)
        upload = time.perf_counter() - began
        wall, cpu = measure(puppet, options.pictures)
        puppet.release()
        counts = f"{len(model.faces):9,} {len(model.materials):9}"
        print(f"{path.stem[:32]:32} {counts} {1 / wall:10.1f} {1e3 * cpu:7.1f} {1e3 * upload:9.0f}")


if __name__ == "__main__":
    main()
