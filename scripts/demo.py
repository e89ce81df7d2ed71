"""The whole road on characters of our own: models, proposals, shards, a contact sheet, and a network that learns.

Run by ``make demo``. Every step is a command that a user could type, printed before it runs. Results are in demo/.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LEARNT = 0.1  # share by which the error must fall
ENOUGH = 4  # characters for which it must
ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "demo"


def step(title: str, *command: str, show: bool = True) -> str:
    """Run one command of mmdgen or the trainer with its progress on the terminal; return what it printed."""
    print(f"\n── {title}\n$ {' '.join(command)}", flush=True)
    start = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-c", f"from {_module(command[0])} import main; main()", *command[1:]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if show:
        print(result.stdout, end="", flush=True)
    print(f"({time.perf_counter() - start:.0f} s)", flush=True)
    if result.returncode:
        sys.exit(result.returncode)
    return result.stdout


def _module(program: str) -> str:
    return {"mmdgen": "mmdgen.cli", "trainer": "trainer.cli"}[program]


def _report(result: dict[str, Any], seconds: float) -> int:
    """Say what was learnt; return 1 when it is too little."""
    better = {}
    for character in result["characters"]:
        network, still = (character[answer]["sRGB"]["changed"]["mse"] for answer in ("network", "input"))
        better[character["name"]] = 1 - network / still
    learnt = [name for name, share in better.items() if share >= LEARNT]
    print("\nError over the pixels that change, against leaving the picture as it is, on characters never trained on:")
    for name, share in better.items():
        print(f"  {name:<24} {-share:+.0%}")
    print(f"\nThe whole road took {seconds:.0f} s. Look at demo/sheet.png and at the pictures in demo/runs/morpher.")
    if len(learnt) < ENOUGH:
        print(f"Only {len(learnt)} characters are {LEARNT:.0%} better or more, expected {ENOUGH}.", file=sys.stderr)
        return 1
    return 0


def main() -> None:
    """Walk the road; exit 1 when the network has not learnt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=24, help="characters to make for training")
    parser.add_argument("--triplets", type=int, default=960, help="training triplets to render")
    parser.add_argument("--images", type=int, default=8000, help="images that the network sees")
    parser.add_argument("--size", type=int, default=128, help="picture size in pixels")
    options = parser.parse_args()
    start = time.perf_counter()
    models, shards, runs = "demo/models", "demo/shards", "demo/runs"
    samples = DEMO / "models" / "samples"
    shutil.copytree(ROOT / "samples" / "models", samples, ignore=shutil.ignore_patterns(".mmdgen"), dirs_exist_ok=True)
    split = DEMO / "split.toml"
    split.write_text('# The six samples are kept away from training.\nval = ["samples/**"]\n', encoding="utf-8")

    zoo = ("--count", str(options.characters), "--seed", "1", "--no-annotate")
    step("Make characters that belong to no one", "mmdgen", "zoo", f"{models}/zoo", *zoo)
    step("Find heads, winks and mouths", "mmdgen", "annotate-auto", models)
    step(
        "Render triplets",
        *("mmdgen", "render", models, "--out", shards, "--n", str(options.triplets), "--n-val", "120"),
        *("--size", str(options.size), "--split-file", "demo/split.toml"),
    )
    step("Check every promise of the shards", "mmdgen", "verify", shards)
    step("Look at them", "mmdgen", "preview", shards, "-o", "demo/sheet.png")
    step(
        "Teach a tiny face morpher",
        *("trainer", "fit", shards, "--stage", "morpher", "--out", runs, "--images", str(options.images)),
        *("--width", "8", "--batch", "4", "--lr", "1e-3"),
    )
    evaluation = ("trainer", "eval", shards, "--snapshot", f"{runs}/morpher", "--split", "val", "--json")
    result = step("Judge it on characters that it has not seen", *evaluation, show=False)
    sys.exit(_report(json.loads(result), time.perf_counter() - start))


if __name__ == "__main__":
    main()
