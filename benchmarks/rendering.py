"""Pictures a second, model by model: what drawing costs with posing, transfer and read-back, without files.

    python benchmarks/rendering.py models/ [--size 256] [--samples 4] [--pictures 64] [--shading toon] [--whole]
                                           [--vertices shader,compute] [--batch 16]

Poses are random; heads are framed as `annotate-auto` proposes. CPU seconds count all threads of the driver. Batches are
drawn while those before them are read. ``--whole`` draws what no pose shows as well; ``--vertices`` compares where
vertices are posed: by the vertex shader of every draw, or once by a compute shader (OpenGL 4.3).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.pose_spec import PARAMETERS
from mmdgen.prepare import prepare
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.readback import BUFFERS, Pending
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings

REPEATS = 3  # the best counts: other programs only ever slow it down


def measure(puppet: Puppet, pictures: int, batch: int) -> tuple[float, float]:
    """Return wall and CPU seconds a picture."""
    low, high = np.array([(p.low, p.high) for p in PARAMETERS]).T
    poses = np.random.default_rng(0).uniform(low, high, (pictures, len(PARAMETERS)))
    puppet.draw(poses[:1])  # shaders compile on first use
    wall, cpu = [], []
    for _ in range(REPEATS):
        began = time.perf_counter(), time.process_time()
        waiting: list[Pending] = []
        for start in range(0, pictures, batch):
            waiting.append(puppet.start(poses[start : start + batch]))
            if len(waiting) == BUFFERS:
                waiting.pop(0).read()
        for pending in waiting:
            pending.read()
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
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--vertices", default="shader")
    parser.add_argument("--batch", type=int, default=16)
    options = parser.parse_args()
    context = open_context()
    settings = RenderSettings(size=options.size, samples=options.samples, shading=options.shading)
    renderers = {name: Renderer(context, settings, posed=name == "compute") for name in options.vertices.split(",")}
    print(f"{driver(context).renderer}, {options.size} × {options.size}, {options.samples} samples, {options.shading}")
    print(
        f"{'model':28} {'posed by':8} {'triangles':>9} {'parts':>8} {'pictures/s':>10} {'CPU ms':>7} {'upload ms':>9}"
    )
    rates: dict[str, list[float]] = {name: [] for name in renderers}
    for path in find_models(options.models):
        try:
            prepared = prepare(path, propose(read_model(path)), allow_smile=True)
        except MmdgenError as error:
            print(f"{path.stem[:28]:28} {error}")
            continue
        if options.whole:
            model = prepared.binding.model
            prepared = replace(prepared, drawn=model, textures=load_textures(model))
        for name, renderer in renderers.items():
            began = time.perf_counter()
            puppet = Puppet.of(prepared, renderer)
            upload = time.perf_counter() - began
            wall, cpu = measure(puppet, options.pictures, options.batch)
            puppet.release()
            rates[name].append(1 / wall)
            counts = f"{len(prepared.drawn.faces):9,} {sum(m.face_count > 0 for m in prepared.drawn.materials):8}"
            print(f"{path.stem[:28]:28} {name:8} {counts} {1 / wall:10.1f} {1e3 * cpu:7.1f} {1e3 * upload:9.0f}")
    for name, found in rates.items():
        if found:
            print(f"{name}: {np.median(found):.1f} pictures/s, the median of {len(found)} models")


if __name__ == "__main__":
    main()
