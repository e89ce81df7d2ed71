"""Whether render workers grow: memory of the largest one while many models pass, and how long `--help` takes.

python benchmarks/memory.py models/ [--poses 4] [--size 256]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measured import measure, questions

from mmdgen.generate import Request
from mmdgen.render.settings import RenderSettings

PARTS = 8
HELP = "from mmdgen.cli import main; main()"


def main() -> None:
    """Print two lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--poses", type=int, default=4)
    parser.add_argument("--size", type=int, default=256)
    options = parser.parse_args()
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", HELP, "--help"], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    print(f"mmdgen --help: {min(times):.2f} s at best, {sorted(times)[2]:.2f} median of 5")
    models = questions(options.models)
    with tempfile.TemporaryDirectory() as name:
        n = options.poses * len(models)
        found = measure(Request(models, Path(name) / "s", n, settings=RenderSettings(options.size)))
    memory = found.machine.memory
    parts = [
        max(size for _, size in memory[len(memory) * i // PARTS : len(memory) * (i + 1) // PARTS] or memory[-1:])
        for i in range(PARTS)
    ]
    words = ", ".join(f"{part / 2**20:,.0f}" for part in parts)
    peak = max(found.outcome.profile.memory.values()) / 2**20
    print(f"{found.models} models, {found.outcome.workers} workers of {found.outcome.driver}: peak {peak:,.0f} MiB;")
    print(f"  largest worker in each eighth of the run: {words} MiB")


if __name__ == "__main__":
    main()
