"""Fuzz the readers: every target for a while, one after the other, each in a process of its own.

    python fuzz [--seconds 180] [TARGET …]

Prints what was done and found. Inputs that break a promise are left in fuzz/finds/; the exit code is 1 when there are
any. What libFuzzer learns stays in the system's temporary folder, so that the next run goes on from there.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKER, FINDS = HERE / "worker.py", HERE / "finds"
TARGETS = ("pmx", "pmd", "images", "archives", "texts", "shards", "draw")
PROGRESS = re.compile(rb"(?:INITED|DONE) +cov: (\d+) ft: (\d+)")
REPLAY_SECONDS = 120  # a find that takes longer is one


@dataclass(frozen=True)
class Run:
    """What one target did."""

    seconds: float
    inputs: int
    accepted: int
    edges: tuple[int, int]  # before and after
    features: tuple[int, int]
    died: bool


def main() -> int:
    """Run the targets that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=180, help="for each target")
    options = parser.parse_args()
    if unknown := set(options.targets) - {*TARGETS}:
        parser.error(f"{', '.join(sorted(unknown))}, expected some of {', '.join(TARGETS)}")
    FINDS.mkdir(exist_ok=True)
    work = Path(tempfile.gettempdir()) / f"mmdgen-fuzz-{os.getuid()}"
    work.mkdir(mode=0o700, exist_ok=True)
    print("target      seconds   inputs   per s  accepted       edges    features  finds")
    found: list[Path] = []
    for target in options.targets or TARGETS:
        run = fuzz(target, options.seconds, work)
        finds = confirmed(target)
        found += finds
        print(
            f"{target:<10} {run.seconds:>8.0f} {run.inputs:>8} {run.inputs / max(run.seconds, 1):>7.0f}"
            f" {run.accepted / max(run.inputs, 1):>9.0%} {run.edges[0]:>5}→{run.edges[1]:<5}"
            f" {run.features[0]:>5}→{run.features[1]:<5} {len(finds):>6}",
            flush=True,
        )
        if run.died and not finds:
            print(f"{target}: the process died and left no input: see {work / target}.log", file=sys.stderr)
            return 1
    for path in found:
        print(f"find: {path}; see it with: python fuzz/worker.py {path.name.split('-')[0]} --replay {path}")
    return 1 if found else 0


def fuzz(target: str, seconds: int, work: Path) -> Run:
    """Fuzz one target."""
    command = [sys.executable, str(WORKER), target, "--seconds", str(seconds), "--corpus", str(work / target)]
    log, tally = work / f"{target}.log", work / f"{target}.tally"
    tally.unlink(missing_ok=True)
    with log.open("wb") as out:
        code = subprocess.run([*command, "--finds", str(FINDS)], stdout=out, stderr=out, check=False).returncode
    if not tally.exists():
        sys.exit(f"{target}: did not start, expected a run; see {log}")
    inputs, accepted, _, taken = map(float, tally.read_text().split())
    marks = [tuple(map(int, match)) for match in PROGRESS.findall(log.read_bytes())] or [(0, 0)]
    (edges, features), (more_edges, more_features) = marks[0], marks[-1]
    return Run(taken, int(inputs), int(accepted), (edges, more_edges), (features, more_features), code != 0)


def confirmed(target: str) -> list[Path]:
    """Return the finds of a target that also break the product without the fuzzer; remove the others."""
    kept = []
    for path in sorted(FINDS.glob(f"{target}-*")):
        try:
            command = [sys.executable, str(WORKER), target, "--replay", str(path)]
            replayed = subprocess.run(command, capture_output=True, timeout=REPLAY_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            kept.append(path)
            continue
        if replayed.returncode:
            kept.append(path)
            said = (replayed.stdout + replayed.stderr).decode(errors="replace").strip().splitlines()
            print(f"{path.name}: {said[-1] if said else f'exit code {replayed.returncode}'}", file=sys.stderr)
        else:
            path.unlink()
    return kept


if __name__ == "__main__":
    sys.exit(main())
