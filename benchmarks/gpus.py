"""How a whole `mmdgen render` gets quicker with GPUs: the same command with one, two, four and all of them.

    python benchmarks/gpus.py --work /tmp/bench --models /tmp/bench/zoo [--triplets 520000] [--counts 1 2 4]

Each run has its share of the processors, as many for each GPU, and a worker for each, at most 16 a GPU. Printed are the
seconds of each phase, and what part of linear the whole command and its drawing alone reach. The first run is small,
for models and programs to be in the memory of the system. Shards are deleted after each run; where the disk is slower
than the GPUs, let --work be in memory. Without GPUs, processors of which each has a worker stand in for them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmdgen.generate.crew import processors
from mmdgen.generate.machine import WORKERS_PER_GPU

A_GPU = 130_000  # triplets: half a minute for each when all are used
STANDING_IN = 150  # triplets for each processor that stands in for a GPU
WARMING = 64  # triplets for each worker of the first run
COMMAND = """
import os, sys
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {processors})
from mmdgen.cli import main
main()
"""
ASK = "from mmdgen.generate.machine import devices_here; print(*devices_here())"


@dataclass(frozen=True)
class Took:
    """One command: ``seconds`` from the outside, what it says itself, and on how many GPUs."""

    count: int
    seconds: float
    said: dict[str, Any]

    @property
    def drawing(self) -> float:
        """Triplets a second while all workers drew."""
        rate: float = self.said["profile"]["triplets_per_second_while_drawing"]
        return rate

    def words(self) -> str:
        """Return the figures for a person."""
        profile, done = self.said["profile"], self.said["rendered"]
        phases = {**profile["phases"], "begin and leave": self.seconds - sum(profile["phases"].values())}
        meanwhile = ", ".join(f"{name} {seconds:.2f}" for name, seconds in profile["meanwhile"].items())
        return (
            f"{self.count} with {done['workers']} workers, {done['driver']}: {done['triplets']:,} triplets, "
            f"{done['bytes'] / 1e9:.1f} GB in {self.seconds:.2f} s = {done['triplets'] / self.seconds:,.0f}/s; "
            f"while all draw {self.drawing:,.0f}/s; "
            + ", ".join(f"{name} {seconds:.2f}" for name, seconds in phases.items())
            + f"; meanwhile {meanwhile}; processors {profile['processor_load']:.0%} busy; {profile['bottleneck']}"
        )


def gpus() -> list[int]:
    """Return the EGL numbers of the GPUs, asked in a process that is gone before anything is measured."""
    said = subprocess.run([sys.executable, "-c", ASK], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return [int(number) for number in said if number.isdecimal()]


def once(models: Sequence[Path], out: Path, triplets: int, devices: Sequence[int], count: int, share: int) -> Took:
    """Run the command on ``count`` GPUs with ``share`` processors for each, or on so many processors alone."""
    shutil.rmtree(out, ignore_errors=True)
    used = sorted(os.sched_getaffinity(0))[: count * share] if hasattr(os, "sched_getaffinity") else []
    workers = min(WORKERS_PER_GPU, share) * count
    command = [sys.executable, "-c", COMMAND.format(processors=used), "render", *map(str, models)]
    command += ["--n", str(triplets), "--out", str(out), "--workers", str(workers), "--json", "--profile"]
    if devices:
        command += ["--devices", ",".join(map(str, devices[:count]))]
    else:
        command += ["--per-shard", str(max(1, triplets // 32))]
    began = time.monotonic()
    try:
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        return Took(count, time.monotonic() - began, json.loads(said))
    finally:
        shutil.rmtree(out, ignore_errors=True)


def compare(
    models: Sequence[Path],
    work: Path,
    say: Callable[[str], None],
    counts: Sequence[int] | None = None,
    triplets: int | None = None,
) -> list[Took]:
    """Run with each number of GPUs in turn, and say how much of linear each reaches beside the first."""
    devices = gpus()
    most = len(devices) or processors()
    counts = [count for count in counts or sorted({1, 2, 4, most}) if count <= most]
    share = max(1, processors() // most)
    each = A_GPU if devices else STANDING_IN
    triplets = triplets or each * max(counts)
    if not devices:
        say(f"no GPU: {most} processors stand in for them")
    first = once(models, work / "gpus", min(triplets, WARMING * share * most), devices, max(counts), share)
    say(f"first, small: {first.words()}")
    found: list[Took] = []
    for count in counts:
        took = once(models, work / "gpus", triplets, devices, count, share)
        found.append(took)
        say(took.words())
        base, more = found[0], count / found[0].count
        whole, drawing = base.seconds / took.seconds / more, took.drawing / base.drawing / more if base.drawing else 0.0
        say(f"{count} over {base.count}: {whole:.3f} of linear for the whole command, {drawing:.3f} while all draw")
    return found


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--models", type=Path, nargs="+", required=True)
    parser.add_argument("--triplets", type=int)
    parser.add_argument("--counts", type=int, nargs="+")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    compare(options.models, options.work, lambda line: print(line, flush=True), options.counts, options.triplets)


if __name__ == "__main__":
    main()
