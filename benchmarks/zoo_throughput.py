"""Whether zoo characters weigh what real ones do: triangles, textures, bytes, and pictures a second in one run.

    mmdgen zoo /tmp/zoo --count 1000 --seed 4
    python benchmarks/zoo_throughput.py /tmp/zoo models/ [--characters 24] [--pictures 64] [--shading phong]

Sizes are of all characters, speeds of some: evenly chosen zoo characters in turn with all real ones, one process.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import numpy as np
from PIL import Image
from rendering import measure

from mmdgen.annotation import folder, load
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.pose.binding import bind
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.zoo.library import MANIFEST

SMALL = 256  # pixels; toons, sphere maps and overlays are not more


def sizes(root: Path) -> Iterator[str]:
    """Yield lines about the files of a zoo."""
    entries = json.loads((root / MANIFEST).read_text(encoding="utf-8"))["characters"]
    triangles = np.array([entry["triangles"] for entry in entries])
    size = np.array([entry["bytes"] for entry in entries]) / 1e6
    pictures, largest = [], 0
    for entry in entries:
        sides = []
        for path in sorted((root / entry["path"]).parent.rglob("*")):
            try:
                with Image.open(path) as image:
                    sides.append(max(image.size))
            except OSError:
                continue  # the model itself
        pictures.append(sum(side > SMALL for side in sides))
        largest = max(largest, *sides)
    yield f"{len(entries)} characters, {size.sum():.0f} MB"
    outside = (triangles < 5_000) | (triangles > 40_000)
    yield f"triangles: {spread(triangles, '{:,.0f}')}; outside 5,000 to 40,000: {outside.sum()}"
    yield f"megabytes: {spread(size, '{:.2f}')}; over 4: {(size > 4).sum()}"
    yield f"textures over {SMALL} pixels: {spread(np.array(pictures), '{:.0f}')}; largest side {largest}"


def spread(values: np.ndarray, form: str) -> str:
    """Return least, median, p90 and greatest."""
    return "least {0}, median {0}, p90 {0}, most {0}".replace("{0}", form).format(
        *np.percentile(values, (0, 50, 90, 100))
    )


def speed(path: Path, store: Path | None, renderer: Renderer, pictures: int) -> tuple[float, float, int] | None:
    """Return pictures a second, CPU milliseconds a picture and triangles; None for what cannot be drawn."""
    try:
        model = read_model(path)
        known = load(store, model.source.sha256) if store else propose(model)
        if known is None:
            return None
        puppet = Puppet.make(bind(model, known, allow_smile=True), load_textures(model), renderer)
    except MmdgenError as error:
        print(error, file=sys.stderr)
        return None
    wall, cpu = measure(puppet, pictures)
    puppet.release()
    return 1 / wall, 1e3 * cpu, len(model.faces)


def main() -> None:
    """Print sizes, then speeds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zoo", type=Path)
    parser.add_argument("real", type=Path)
    parser.add_argument("--characters", type=int, default=24)
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--shading", default="phong")
    options = parser.parse_args()
    print("\n".join(sizes(options.zoo)))
    context = open_context()
    renderer = Renderer(context, RenderSettings(shading=options.shading))
    models = find_models([options.zoo])
    chosen = [models[i] for i in np.linspace(0, len(models) - 1, options.characters).astype(int)]
    kinds: dict[str, list[tuple[float, float, int]]] = {"zoo": [], "real": []}
    for mine, real in zip_longest(chosen, find_models([options.real])):
        for kind, path, store in (("zoo", mine, folder(options.zoo)), ("real", real, None)):
            if path is not None and (told := speed(path, store, renderer, options.pictures)) is not None:
                kinds[kind].append(told)
    print(f"{driver(context).renderer}, 256 × 256, {renderer.settings.samples} samples, {options.shading}")
    for kind, speeds in kinds.items():
        rate, cpu, triangles = np.median(speeds, 0)
        low, high = np.min(speeds, 0)[0], np.max(speeds, 0)[0]
        each = f"{rate:.0f} pictures/s ({low:.0f} to {high:.0f}), {cpu:.1f} ms of CPU time, {triangles:,.0f} triangles"
        print(f"{kind}: {len(speeds)} characters, medians: {each}")
    mine, real = (np.median(kinds[kind], 0) for kind in ("zoo", "real"))
    print(f"zoo over real: {mine[0] / real[0]:.2f} of the pictures a second, {mine[1] / real[1]:.2f} of the CPU time")


if __name__ == "__main__":
    main()
