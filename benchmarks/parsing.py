"""Milliseconds to parse a PMX file: ours, and other parsers' on the same bytes where they are installed.

    python benchmarks/parsing.py [MODEL.pmx] [--vertices 100000] [--repeats 7] [--node FOLDER]

Without a model one is made up: half BDEF1, the rest BDEF2, BDEF4 and SDEF, 400 bones, 200 vertex morphs of 500
vertices, 300 rigid bodies and joints. The parsers read from memory where they can; the least of the repeats counts.
``--node``: measure npm's mmd-parser, too, in a folder where `npm install` has read benchmarks/peers/package.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.model import (
    Bone,
    Deform,
    Joint,
    JointKind,
    Material,
    MaterialFlags,
    Model,
    Morph,
    Panel,
    RigidBody,
    SphereMode,
    VertexMorph,
    Vertices,
)

BONES, MORPHS, MOVED, BODIES = 400, 200, 500, 300


def made_up(count: int) -> bytes:
    """Return a PMX file of that many vertices."""
    random = np.random.default_rng(0)
    deform = random.choice([0, 0, 0, 1, 2, 3], count).astype(np.uint8)
    slots = np.array([1, 2, 4, 2])[deform]
    used = np.arange(4) < slots[:, None]
    weight = np.where(used, random.random((count, 4)), 0).astype(np.float32)
    weight[deform == Deform.BDEF1, 0] = 1
    spherical = np.flatnonzero(deform == Deform.SDEF).astype(np.int32)
    faces = random.integers(0, count, (2 * count, 3)).astype(np.int32)
    vertices = Vertices(
        position=random.normal(size=(count, 3)).astype(np.float32),
        normal=random.normal(size=(count, 3)).astype(np.float32),
        uv=random.random((count, 2), np.float32),
        extra_uv=np.zeros((count, 0, 4), np.float32),
        deform=deform,
        bone=np.where(used, random.integers(0, BONES, (count, 4)), -1).astype(np.int32),
        weight=weight,
        sdef_vertex=spherical,
        sdef=random.normal(size=(len(spherical), 3, 3)).astype(np.float32),
        edge_scale=np.ones(count, np.float32),
    )
    gray = (0.5, 0.5, 0.5)
    material = Material(
        "面", "", (*gray, 1.0), gray, 5.0, gray, MaterialFlags(), (*gray, 1.0), 1.0, None, None, SphereMode.NONE, None,
        None, "", len(faces),
    )  # fmt: skip
    return write_pmx(
        Model(
            name="benchmark",
            name_en="",
            comment="",
            comment_en="",
            vertices=vertices,
            faces=faces,
            materials=(material,),
            bones=tuple(Bone(f"骨{i}", "", (0.0, float(i), 0.0), i - 1 if i else None, 0, -1) for i in range(BONES)),
            morphs=tuple(
                Morph(
                    f"表情{i}",
                    "",
                    Panel.OTHER,
                    VertexMorph(
                        np.sort(random.choice(count, min(MOVED, count), replace=False)).astype(np.int32),
                        random.normal(size=(min(MOVED, count), 3)).astype(np.float32),
                    ),
                )
                for i in range(MORPHS)
            ),
            bodies=tuple(RigidBody(f"剛体{i}", "", i, 0, 0, 0, (1.0,) * 14, 1) for i in range(BODIES)),
            joints=tuple(Joint(f"継手{i}", "", JointKind.SPRING_6DOF, i, i - 1, (0.0,) * 24) for i in range(1, BODIES)),
        )
    )


def parsers(data: bytes, path: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield names and readers of that file."""
    yield "mmdgen", lambda: parse_model(data)
    try:
        import pymeshio.pmx.reader

        yield "pymeshio", lambda: pymeshio.pmx.reader.read_from_file(str(path))
    except ImportError:
        print("pymeshio is not installed")
    try:
        import pypmxvmd

        yield "pypmxvmd", lambda: pypmxvmd.load_pmx(path)
    except ImportError:
        print("pypmxvmd is not installed")


def in_node(folder: Path, path: Path, repeats: int) -> None:
    """Print the line of npm's mmd-parser."""
    shutil.copy(Path(__file__).resolve().parent / "peers" / "parse.mjs", folder)
    order = ["node", "parse.mjs", str(path), str(repeats)]
    done = subprocess.run(order, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"mmd-parser fails: {done.stderr.strip().splitlines()[-1]}")
        return
    found = json.loads(done.stdout)
    print(f"{'mmd-parser':10} {found['wall']:8.1f} ms, {found['cpu']:8.1f} of CPU time")


def main() -> None:
    """Print one line a parser."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--vertices", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--node", type=Path)
    options = parser.parse_args()
    data = options.model.read_bytes() if options.model else made_up(options.vertices)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.pmx")
        path.write_bytes(data)
        print(f"{len(data) / 1e6:.1f} MB, {len(parse_model(data).vertices):,} vertices")
        for name, read in parsers(data, path):
            wall, cpu = [], []
            for _ in range(options.repeats):
                began = time.perf_counter(), time.process_time()
                try:
                    read()
                except Exception as error:  # noqa: BLE001 - a parser of others may raise whatever it likes
                    print(f"{name:10} fails: {type(error).__name__}: {error}")
                    break
                wall.append(time.perf_counter() - began[0])
                cpu.append(time.process_time() - began[1])
            else:
                print(f"{name:10} {1e3 * min(wall):8.1f} ms, {1e3 * min(cpu):8.1f} of CPU time")
        if options.node:
            in_node(options.node, path, options.repeats)


if __name__ == "__main__":
    main()
