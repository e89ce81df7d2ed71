"""How much two processors, and two workers of Ray, do beside one: rates of whole runs in turn, in full swing.

    python benchmarks/scaling.py models/ [--triplets 256] [--repeats 3] [--size 256]

One worker has one processor, two have two. Each repeat runs all three in turn; medians count.
CPU time a triplet is given beside the rates: it does not suffer from other programs, and grows where workers hinder
one another. Needs as many processors; the row of Ray needs the extra mmdgen[ray].
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measured import Measured, measure, questions

from mmdgen.generate import Request
from mmdgen.generate.ray_crew import Cluster
from mmdgen.render.settings import RenderSettings

WAYS = {"1 process": (1, False), "2 processes": (2, False), "2 Ray workers": (2, True)}


def once(way: str, options: argparse.Namespace) -> tuple[float, float]:
    """Measure one run in this process: triplets a second, and CPU milliseconds a triplet."""
    workers, ray = WAYS[way]
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:workers])
    with tempfile.TemporaryDirectory() as name:
        request = Request(
            questions(options.models),
            Path(name) / "shards",
            options.triplets * workers,
            workers=workers,
            per_shard=max(1, options.triplets // 8),
            settings=RenderSettings(options.size),
            cluster=Cluster() if ray else None,
        )
        found: Measured = measure(request)
    assert not found.outcome.failed, found.outcome.failed
    return found.outcome.triplets / found.outcome.profile.seconds, cpu(found)


def cpu(found: Measured) -> float:
    """Return CPU milliseconds a triplet, of all workers."""
    return 1e3 * sum(found.outcome.profile.cpu.values()) / found.outcome.triplets


def main() -> None:
    """Print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--triplets", type=int, default=256, help="for each worker")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--once", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(*once(options.once, options))
        return
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for repeat in range(options.repeats):
        for way in WAYS:
            command = [sys.executable, __file__, *sys.argv[1:], "--once", way]
            said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            if said.returncode == 0:
                rate, used = map(float, said.stdout.splitlines()[-1].split())
                found[way].append((rate, used))
                load = os.getloadavg()[0]
                print(f"{repeat}: {way}: {rate:.1f} triplets/s, {used:.1f} ms of CPU each, load {load:.0f}", flush=True)
    medians = {
        way: [statistics.median(column) for column in zip(*runs, strict=True)] for way, runs in found.items() if runs
    }
    for way, base, share in (("2 processes", "1 process", 2), ("2 Ray workers", "2 processes", 1)):
        if way in medians and base in medians:
            rate, used = (medians[way][i] / medians[base][i] for i in range(2))
            print(f"{way} over {base}: {rate / share:.2f} of the rate a worker, {used:.2f} of the CPU time a triplet")


if __name__ == "__main__":
    main()
