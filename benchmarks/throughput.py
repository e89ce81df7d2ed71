"""Whole runs of the renderer to finished shards, on a machine with many processors and a GPU.

    python benchmarks/throughput.py --work /tmp/bench [--part all] [--count 1000] [--limit 200000] [--models DIR ...]

Parts, in this order; each prints lines that begin with its name, and one that fails stops no other:

    zoo        makes the characters, unless they are there; proposes annotations for libraries that have none
    layouts    12,000 triplets with several numbers of workers
    poses63    63 poses a model, all models: the article's proportion
    long       500,000 triplets, or --limit, at 500 poses a model; fewer when the disk is small
    verify     every promise of some shards, and how long all would take
    reads      pictures at random places of the shards, by all processors
    gpus       the same command with one, two, four and all GPUs, as gpus.py does; not among all, deletes what it makes

--part takes several, separated by commas; --models adds libraries of other models to the zoo. Where mmdgen is not
installed, put PYTHONPATH=. before the command.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from gpus import compare
from measured import Measured, measure, questions
from random_reads import from_shards

from mmdgen.generate import Request
from mmdgen.generate.crew import processors
from mmdgen.shard import find_shards, verify

PARTS = ("zoo", "layouts", "poses63", "long", "verify", "reads")
POSES = 63  # a model: 500,000 triplets of 8,032 models
LONG = 500_000
LONG_POSES = 500
SPARE = 1.08  # models for one that can be drawn: some lack a mouth or a wink
BYTES = 110_000  # a triplet of zoo characters takes 96,000
ROOM = 4e9  # bytes of the disk that stay free
SAMPLE = 48  # shards that are verified
SECONDS = 8.0


class Bench:
    """The parts, and what they share."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.work: Path = options.work
        self.zoo = self.work / "zoo"
        self.rows: list[dict[str, object]] = []
        self.bytes = BYTES  # a triplet, once it is measured

    def say(self, part: str, words: str) -> None:
        """Print and keep a line."""
        print(f"{part}: {words}", flush=True)
        self.rows.append({"part": part, "said": words})

    def request(self, n: int, name: str, models: int | None = None) -> Request:
        """Return a request for n triplets of all models, or of some."""
        libraries = [self.zoo, *self.options.models]
        return Request(questions(libraries, models), self.work / name, n, workers=self.options.workers)

    def run(self, part: str, request: Request) -> Measured:
        """Run and report, with the stages."""
        measured = measure(request)
        self.say(part, measured.words())
        profile = measured.outcome.profile.as_json()
        for row in profile["stages"]:
            if row["items"]:
                each = 1e3 * row["busy_seconds"] / row["items"]
                cpu = 1e3 * row["cpu_seconds"] / row["items"]
                self.say(
                    part,
                    f"  {row['stage']:10} {row['threads']:3} threads, {row['items']:9,} {row['unit']:8} "
                    f"{each:8.2f} ms each, {cpu:8.2f} of CPU, {row['per_second']:9,.0f}/s, idle {row['idle']:.0%}",
                )
        waits = ", ".join(f"{name} {share:.0%}" for name, share in profile["waits"].items())
        self.say(part, f"  {waits}; workers used {profile['processor_load']:.0%} of the processors")
        self.say(part, f"  bottleneck: {profile['bottleneck']}")
        if measured.outcome.retried:
            self.say(part, f"  workers died: {len(measured.outcome.retried)}, first {measured.outcome.retried[0]}")
        if measured.outcome.failed:
            self.say(part, f"  FAILED shards: {len(measured.outcome.failed)}, first {measured.outcome.failed[0]}")
        self.rows.append({"part": part, "profile": profile, "memory": measured.machine.memory[::10]})
        return measured

    def part_zoo(self) -> None:
        """Make the characters."""
        for library in self.options.models:
            if not (library / ".mmdgen").exists():
                mmdgen("annotate-auto", str(library))
        if self.zoo.exists():
            self.say("zoo", f"{self.zoo} is there already")
            return
        began = time.monotonic()
        count = str(self.options.count)
        mmdgen("zoo", str(self.zoo), "--count", count, "--seed", "7", "--workers", str(processors()))
        self.say("zoo", f"{count} characters in {time.monotonic() - began:.1f} s")

    def part_layouts(self) -> None:
        """Try numbers of workers."""
        for workers in self.options.layouts or [max(1, processors() * share // 4) for share in (1, 2, 4, 6)]:
            self.options.workers, before = workers, self.options.workers
            measured = self.run("layouts", self.request(self.options.layout_triplets, "layouts", 200))
            self.options.workers = before
            shutil.rmtree(self.work / "layouts", ignore_errors=True)
            del measured

    def part_poses63(self) -> None:
        """Render in the article's proportion."""
        models = len(self.request(1, "poses63").models)
        outcome = self.run("poses63", self.request(POSES * models, "poses63")).outcome
        self.bytes = int(1.02 * outcome.bytes / max(outcome.triplets, 1))

    def part_long(self) -> None:
        """Render many triplets of many models."""
        shutil.rmtree(self.work / "poses63", ignore_errors=True)
        room = shutil.disk_usage(self.work).free - ROOM
        wanted = self.options.limit or LONG
        n = int(min(wanted, room / self.bytes))
        if n < wanted:
            self.say("long", f"{n:,} triplets instead of {wanted:,}: the disk has {room / 1e9:.0f} GB for them")
        measured = self.run("long", self.request(n, "long", max(1, round(SPARE * n / LONG_POSES))))
        memory = measured.machine.memory
        if len(memory) >= 8:
            eighths = [
                max(size for _, size in memory[i * len(memory) // 8 : (i + 1) * len(memory) // 8]) for i in range(8)
            ]
            most = ", ".join(f"{size / 2**20:,.0f}" for size in eighths)
            self.say("long", f"  largest worker in each eighth of the run: {most} MiB")

    def shards(self) -> list[Path]:
        """Return the shards of the latest run that is there."""
        for name in ("long", "poses63"):
            if any((self.work / name).glob("*.h5")):
                return find_shards([self.work / name])
        raise FileNotFoundError(f"{self.work}: no shards, expected the parts poses63 or long before this one")

    def part_verify(self) -> None:
        """Verify some shards."""
        shards = self.shards()
        some = shards[:: max(1, len(shards) // SAMPLE)][:SAMPLE]
        began = time.monotonic()
        with multiprocessing.get_context("spawn").Pool(processors()) as pool:
            found = pool.map(_verified, some, chunksize=1)
        seconds = time.monotonic() - began
        pictures, problems = sum(count for count, _ in found), [p for _, their in found for p in their]
        rate = pictures / seconds
        self.say(
            "verify", f"{len(some)} of {len(shards)} shards, {pictures:,} pictures in {seconds:.1f} s, {rate:,.0f}/s"
        )
        self.say("verify", f"  problems: {problems[:3] or 'none'}")

    def part_reads(self) -> None:
        """Read at random."""
        for processes in sorted({1, processors()}):
            rate, core = from_shards(self.shards()[:200], processes, SECONDS / 2)
            self.say("reads", f"{rate:,.0f} pictures/s at random places, by {processes} processes; {core:,.0f} a core")

    def part_gpus(self) -> None:
        """Render the same with more and more GPUs."""
        libraries = [self.zoo, *self.options.models]
        took = compare(libraries, self.work, lambda words: self.say("gpus", words), triplets=self.options.limit)
        self.rows += [{"part": "gpus", "count": one.count, "seconds": one.seconds, "said": one.said} for one in took]


def mmdgen(*arguments: str) -> None:
    """Run a command."""
    subprocess.run([sys.executable, "-c", "from mmdgen.cli import main; main()", *arguments], check=True)


def _verified(path: Path) -> tuple[int, list[str]]:
    counts: list[int] = []
    problems = verify(path, counts.append)
    return sum(counts), problems


def installed(folder: Path) -> None:
    """Let programs find the version of mmdgen where only its folder is on the path."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        version("mmdgen")
    except PackageNotFoundError:
        said = folder / "mmdgen-0.1.0.dist-info"
        said.mkdir(parents=True, exist_ok=True)
        (said / "METADATA").write_text("Metadata-Version: 2.1\nName: mmdgen\nVersion: 0.1.0\n", encoding="utf-8")
        root = Path(__file__).resolve().parents[1]
        paths = [str(folder), str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        sys.path[:0] = paths[:2]


def main() -> int:
    """Do the parts; exit code 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("/tmp/mmdgen-bench"))  # noqa: S108  a bench's scratch
    parser.add_argument("--part", default="all")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--models", type=Path, nargs="*", default=[])
    parser.add_argument("--workers", type=int)
    parser.add_argument("--layouts", type=int, nargs="*")
    parser.add_argument("--layout-triplets", type=int, default=12_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    installed(options.work / "metadata")
    bench, failed = Bench(options), []
    parts = PARTS if options.part == "all" else options.part.split(",")
    for part in parts:
        began = time.monotonic()
        try:
            work: Callable[[], None] = getattr(bench, f"part_{part}")
            work()
        except Exception:  # noqa: BLE001  the other parts are worth having
            traceback.print_exc()
            failed.append(part)
            bench.say(part, "FAILED")
        bench.say(part, f"took {time.monotonic() - began:.1f} s")
    if options.json:
        options.json.write_text(json.dumps(bench.rows, indent=1, default=str), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
