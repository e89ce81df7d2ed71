"""How time grows with models, poses a model, triangles, size of the pictures and workers; a plot of it.

    python benchmarks/growth.py models/ [--json growth.json] [--plot growth.png] [--quick]
    python benchmarks/growth.py --from growth.json --plot growth.png

Each point is a run of its own to finished shards. CPU time is that of all workers, and does not suffer from other
programs; wall time is from the start of the workers to the last shard. The plot needs matplotlib.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from measured import measure, questions

from mmdgen.formats.load import read_model
from mmdgen.generate import Request
from mmdgen.generate.crew import processors
from mmdgen.generate.survey import Question
from mmdgen.render.settings import RenderSettings

AXES = {
    "models": "models, 16 poses each",
    "poses": "poses a model, 4 models",
    "triangles": "triangles of one model, 64 poses",
    "size": "pixels along a side, 2 models, 32 poses each",
    "workers": "workers, 8 models, 32 poses each",
}


def point(models: tuple[Question, ...], poses: int, workers: int | None = None, size: int = 256) -> dict[str, float]:
    """Measure one run."""
    with tempfile.TemporaryDirectory() as name:
        request = Request(models, Path(name) / "s", poses * len(models), settings=RenderSettings(size), workers=workers)
        found = measure(replace(request, per_shard=max(1, poses * len(models) // 4)))
    profile = found.outcome.profile
    return {"wall": profile.seconds, "cpu": sum(profile.cpu.values()), "images": found.pictures}


def series(models: tuple[Question, ...], *, quick: bool) -> dict[str, list[dict[str, float]]]:
    """Measure all points."""
    few = 1 if quick else 2
    by_size = sorted((len(read_model(Path(q.path)).faces), q.path, q) for q in models)
    spread = [by_size[i] for i in sorted({round(k * (len(by_size) - 1) / (3 * few)) for k in range(3 * few + 1)})]
    result: dict[str, list[dict[str, float]]] = {axis: [] for axis in AXES}

    def add(axis: str, x: float, *run: Any) -> None:
        result[axis].append({"x": x, **point(*run)})
        print(axis, result[axis][-1], f"load {os.getloadavg()[0]:.0f}", flush=True)

    for count in (2, 6, 12, 24)[: 2 + few]:
        add("models", min(count, len(models)), models[:count], 16)
    for poses in (8, 32, 64, 128)[: 2 + few]:
        add("poses", poses, models[:4], poses)
    for triangles, _, question in spread:
        add("triangles", triangles, (question,), 64)
    for size in (64, 128, 256, 512):
        add("size", size, models[:2], 32, None, size)
    for workers in sorted({1, 2, processors() // 2, processors()} - {0}):
        add("workers", workers, models[:8], 32, workers)
    return result


def plot(found: dict[str, list[dict[str, float]]], path: Path, title: str) -> None:
    """Draw a panel for each axis."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(AXES), figsize=(17, 3.6), constrained_layout=True)
    for panel, (axis, words) in zip(panels, AXES.items(), strict=True):
        points = sorted(found[axis], key=lambda p: p["x"])
        x = [p["x"] for p in points]
        panel.plot(x, [p["cpu"] for p in points], "o-", label="CPU time of all workers")
        panel.plot(x, [p["wall"] for p in points], "s--", color="0.6", label="wall time")
        panel.set(xlabel=words, ylim=(0, None), xlim=(0, None))
    panels[0].set_ylabel("seconds")
    panels[0].legend(frameon=False)
    figure.suptitle(title)
    figure.savefig(path, dpi=80)


def main() -> None:
    """Measure, or read what was measured, and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="*")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--from", type=Path, dest="measured")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--title", default="")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.measured:
        found = json.loads(options.measured.read_text(encoding="utf-8"))
    elif options.models:
        found = series(questions(options.models), quick=options.quick)
    else:
        parser.error("models, or --from what was measured")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if options.plot:
        plot(found, options.plot, options.title)


if __name__ == "__main__":
    main()
