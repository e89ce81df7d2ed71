"""How fast a library is scanned, scanned again, and compared.

    python benchmarks/scanning.py [models/] [--workers 2] [--compare 8000]

Nothing is kept in the library: a temporary folder of links to it is scanned. ``--compare`` is of how many made-up
records those are sought that are alike.
"""

from __future__ import annotations

import argparse
import base64
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdgen.annotation import SLOTS, Annotation, to_json
from mmdgen.library.geometry import HASHES
from mmdgen.library.portrait import CELLS
from mmdgen.library.records import Judgement, Record, Study
from mmdgen.library.resemblance import links
from mmdgen.library.scan import find_models

COMMAND = "from mmdgen.cli import main; main()"


def scanned(library: Path, workers: int) -> float:
    """Scan in a process of its own and return the seconds."""
    began = time.perf_counter()
    command = [sys.executable, "-c", COMMAND, "scan", str(library), "--json", "--workers", str(workers)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def records(count: int, rng: np.random.Generator) -> list[Record]:
    """Return records of characters that have nothing in common."""
    study = Study("", "pmx", 1, 1, "", {}, [], "", [], to_json(Annotation("")), [], "", [], "", "")
    judgement = Judgement(True, [], False, "todo", False, None, dict.fromkeys(SLOTS))
    found = []
    for i in range(count):
        look = np.kron(rng.integers(0, 255, (4, 4, 4)), np.ones((CELLS // 4, CELLS // 4, 1))).astype(np.uint8)
        look[..., 3] = 255
        sketch = rng.integers(0, 1 << 32, HASHES).tolist()
        its = replace(study, sketch=sketch, geometry=str(i), look=base64.b64encode(look.tobytes()).decode())
        found.append(Record(f"{i}/m.pmx", 1, 1, str(i), "", "", study=its, judgement=judgement))
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="?", default=Path(__file__).parents[1] / "samples" / "models")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--compare", type=int, default=8000)
    options = parser.parse_args()
    count = len(find_models([options.models]))
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch) / "models"
        library.mkdir()
        for entry in options.models.resolve().iterdir():
            if entry.name != ".mmdgen":
                (library / entry.name).symlink_to(entry)
        first, again = (scanned(library, options.workers) for _ in range(2))
    print(f"scan: {count} models, {options.workers} workers: {first:.1f} s, {count / first:.1f} models/s")
    print(f"again: {again:.1f} s")
    made = records(options.compare, np.random.default_rng(0))
    began = time.perf_counter()
    found = links(made)
    print(f"compare: {options.compare} models: {time.perf_counter() - began:.1f} s, {len(found)} alike")


if __name__ == "__main__":
    main()
