"""Pictures a second, model by model: what drawing costs with posing, transfer and read-back, without files.

    python benchmarks/rendering.py models/ [--size 256] [--samples 4] [--pictures 64] [--shading toon] [--whole]
                                           [--vertices shader,compute] [--batch 16]

Poses are random; heads are framed as `annotate-auto` proposes. CPU seconds count all threads of the driver. Batches are
drawn while those before them are read. First come ``--pictures`` posed pictures alone, then what `mmdgen render` draws
of as many triplets: a rest picture, expressions and posed pictures. ``--whole`` draws what no pose shows as well;
``--vertices`` compares where vertices are posed: by the vertex shader of every draw, or once by a compute shader
(OpenGL 4.3).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from drawing import KINDS, all_poses, draw

from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.pose_spec import PARAMETERS
from mmdgen.prepare import prepare
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings

REPEATS = 3  # the best counts: other programs only ever slow it down


def measure(puppet: Puppet, kind: str, poses: np.ndarray, batch: int) -> tuple[float, float]:
    """Return wall and CPU seconds a picture."""
    draw(puppet, kind, poses[:1], batch)  # shaders compile on first use
    wall, cpu = [], []
    for _ in range(REPEATS):
        began = time.perf_counter(), time.process_time()
        draw(puppet, kind, poses, batch)
        wall.append(time.perf_counter() - began[0])
        cpu.append(time.process_time() - began[1])
    pictures = len(all_poses(kind, poses))
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
    kinds = "".join(f" {f'{kind}/s':>10} {'CPU ms':>7}" for kind in KINDS)
    print(f"{'model':28} {'posed by':8} {'triangles':>9} {'parts':>8}{kinds} {'upload ms':>9}")
    low, high = np.array([(p.low, p.high) for p in PARAMETERS]).T
    poses = np.random.default_rng(0).uniform(low, high, (options.pictures, len(PARAMETERS)))
    rates: dict[str, list[list[float]]] = {name: [] for name in renderers}
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
            spent = [measure(puppet, kind, poses, options.batch) for kind in KINDS]
            puppet.release()
            rates[name].append([1 / wall for wall, _ in spent])
            counts = f"{len(prepared.drawn.faces):9,} {sum(m.face_count > 0 for m in prepared.drawn.materials):8}"
            columns = "".join(f" {1 / wall:10.1f} {1e3 * cpu:7.1f}" for wall, cpu in spent)
            print(f"{path.stem[:28]:28} {name:8} {counts}{columns} {1e3 * upload:9.0f}")
    for name, found in rates.items():
        if found:
            medians = zip(KINDS, np.median(found, 0), strict=True)
            words = " and ".join(f"{rate:.1f} {kind}" for kind, rate in medians)
            print(f"{name}: {words} pictures/s, the medians of {len(found)} models")


if __name__ == "__main__":
    main()
