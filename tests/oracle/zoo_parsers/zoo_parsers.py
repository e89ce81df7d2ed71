"""Read zoo characters with three.js's MMDLoader and babylon-mmd: they must not complain, and must find what we find.

    python tests/oracle/zoo_parsers/zoo_parsers.py [FOLDER] [--count 100] [--seed 7]

Makes a zoo, half of it as PMD, unless FOLDER holds one. Needs node 20 and npm; installs the versions that package.json
pins into a temporary folder. With Chromium both programs also build every model with all its textures; without it they
only parse. Compared with our reader: vertices and triangles to the bit, names of bones and morphs, numbers of the rest.
Exits with 1 on any complaint or difference.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdgen.formats.load import load_textures, read_model
from mmdgen.library.scan import find_models

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--browser", default=shutil.which("chromium"), help="an empty name for none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or make_zoo(Path(temporary) / "zoo", options.count, options.seed)
        paths = find_models([folder])[: options.count]
        found = read_elsewhere(paths, Path(temporary), options.browser)
        lines = [f"{path}: {text}" for path, theirs in zip(paths, found, strict=True) for text in judge(path, theirs)]
    how = f"loaded with their textures in {options.browser}" if options.browser else "parsed"
    lines.append(f"{len(paths)} models {how}: {len(lines)} complaints and differences")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(len(lines) > 1 or not paths)


def make_zoo(folder: Path, count: int, seed: int) -> Path:
    halves = (("pmx", count - count // 2, seed), ("pmd", count // 2, seed + 1))
    for kind, number, own_seed in halves:
        order = ["--count", str(number), "--seed", str(own_seed), "--format", kind, "--no-annotate"]
        subprocess.run([Path(sys.executable).with_name("mmdgen"), "zoo", str(folder / kind), *order], check=True)
    return folder


def read_elsewhere(paths: list[Path], work: Path, browser: str | None) -> list[dict[str, Any]]:
    """Return per model what read.mjs writes: what either program found, and what it complained about."""
    for source in (*HERE.glob("*.mjs"), HERE / "page.js", HERE / "package.json", HERE.parent / "resolve.mjs"):
        shutil.copy(source, work)
    install = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=work, check=True)
    (work / "jobs.json").write_text(json.dumps([str(path.resolve()) for path in paths]), encoding="utf-8")
    subprocess.run(
        ["node", "read.mjs", "jobs.json", "found.json", *([browser] if browser else [])], cwd=work, check=True
    )
    found: list[dict[str, Any]] = json.loads((work / "found.json").read_text(encoding="utf-8"))
    return found


def judge(path: Path, theirs: dict[str, Any]) -> list[str]:
    """Return one line per complaint of either program or of ours, and per difference from our reader."""
    model = read_model(path)
    textures = load_textures(model)
    ours = {
        "vertices": len(model.vertices),
        "triangles": len(model.faces),
        "positions": digest(model.vertices.position, "<f4"),
        "faces": digest(model.faces, "<u4"),
        "bones": [bone.name for bone in model.bones],
        "morphs": [morph.name for morph in model.morphs],
        "materials": len(model.materials),
        "bodies": len(model.bodies),
        "joints": len(model.joints),
    }
    told = [*(f"mmdgen: {text}" for text in (*model.warnings, *textures.warnings)), *theirs["troubles"]]
    for who in ("three", "babylon"):
        for key, value in theirs.get(who, {}).items():
            if value != ours[key]:
                told.append(f"{who}: {key}: {difference(value, ours[key])}")
    return told


def difference(found: Any, expected: Any) -> str:
    if isinstance(found, list) and len(found) == len(expected):
        where = next(i for i, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b)
        return f"number {where} is {found[where]!r}, expected {expected[where]!r}"
    if isinstance(found, list):
        found, expected = len(found), len(expected)
    return f"{found}, expected {expected}"


def digest(array: NDArray[Any], kind: str) -> str:
    return hashlib.sha256(np.ascontiguousarray(array, kind).tobytes()).hexdigest()


if __name__ == "__main__":
    main()
