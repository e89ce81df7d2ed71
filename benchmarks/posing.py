"""Poses a second without drawing: bones, morphs, positions and normals of every vertex, on the CPU.

    python benchmarks/posing.py [MODEL ...] [--vertices 20000] [--poses 256] [--threads 2]

Without a model one is made up: 20,000 vertices, a third each of one, two and four bones, one in ten of two SDEF; 150
bones in a tree, 60 morphs of 300 vertices, of which three are driven. Poses turn head and neck, as the dataset's do;
the row "every bone" turns all. Poses a CPU second count the time of all threads; the best of some runs counts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from mmdgen.annotation import HeadRange
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import read_model
from mmdgen.library.proposals import propose
from mmdgen.model import Bone, Deform, Model, Morph, Panel, VertexMorph, Vertices
from mmdgen.pose.binding import Binding, Drive, bind
from mmdgen.pose.sample import sample_poses
from mmdgen.rig.batch import BatchSkinner
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.space import euler_quaternions
from mmdgen.state import RigState

REPEATS = 5
BATCH = 32  # poses that are evaluated together


def made_up(count: int) -> Binding:
    """Return a bound model of that many vertices."""
    random = np.random.default_rng(0)
    parents = [None, 0, 1, *(int(random.integers(max(0, i - 30), i)) for i in range(3, 150))]
    bones = tuple(
        Bone(f"{i}", "", tuple(random.normal((0, 10, 0), 3).tolist()), parent, 0, -1)
        for i, parent in enumerate(parents)
    )
    slots = random.choice([1, 2, 4], count)
    deform = np.select([slots == 1, slots == 4], [Deform.BDEF1, Deform.BDEF4], Deform.BDEF2).astype(np.uint8)
    deform[(slots == 2) & (random.random(count) < 0.1)] = Deform.SDEF
    used = np.arange(4) < slots[:, None]
    weight = np.where(used, random.random((count, 4)), 0)
    spherical = np.flatnonzero(deform == Deform.SDEF).astype(np.int32)
    near = random.integers(0, 148, count)[:, None] + np.arange(4)  # bones that share a vertex are neighbours
    model = Model(
        name="benchmark",
        name_en="",
        comment="",
        comment_en="",
        vertices=Vertices(
            position=random.normal((0, 10, 0), 3, (count, 3)).astype(np.float32),
            normal=random.normal(size=(count, 3)).astype(np.float32),
            uv=random.random((count, 2), np.float32),
            extra_uv=np.zeros((count, 0, 4), np.float32),
            deform=deform,
            bone=np.where(used, near % 150, -1).astype(np.int32),
            weight=(weight / weight.sum(1, keepdims=True)).astype(np.float32),
            sdef_vertex=spherical,
            sdef=random.normal((0, 10, 0), 3, (len(spherical), 3, 3)).astype(np.float32),
            edge_scale=np.ones(count, np.float32),
        ),
        faces=np.zeros((0, 3), np.int32),
        bones=bones,
        morphs=tuple(
            Morph(
                f"{i}",
                "",
                Panel.OTHER,
                VertexMorph(
                    random.choice(count, min(300, count), replace=False).astype(np.int32),
                    random.normal(size=(min(300, count), 3)).astype(np.float32),
                ),
            )
            for i in range(60)
        ),
    )
    drives = (Drive("eye_left", (0,)), Drive("eye_right", (1,)), Drive("mouth", (2,)))
    return Binding(model, HeadRange(10.0, 13.0, "person", 1.0), 0.0, 2, 1, drives)


def every_bone(state: RigState) -> RigState:
    """Return the states with every bone turned by up to a fifth of a radian, too."""
    angles = np.random.default_rng(1).uniform(-0.2, 0.2, (*state.rotation.shape[:2], 3))
    return RigState(euler_quaternions(angles).astype(np.float32), state.translation, state.weight)


def best(action: Callable[[], object]) -> tuple[float, float]:
    """Return the least wall and CPU seconds of some runs."""
    action()
    wall, cpu = [], []
    for _ in range(REPEATS):
        began = time.perf_counter(), time.process_time()
        action()
        wall.append(time.perf_counter() - began[0])
        cpu.append(time.process_time() - began[1])
    return min(wall), min(cpu)


def report(
    name: str, binding: Binding, poses: int, pool: ThreadPoolExecutor, threads: int, *, everything: bool
) -> None:
    """Print a line for each way to pose a model."""
    model, rig = binding.model, Rig(binding.model)
    drawn = sample_poses(0, ("", ""), range(poses))

    def evaluated(some: np.ndarray) -> RigState:
        state = binding.state(some)
        return every_bone(state) if everything else state

    batches = np.array_split(drawn, max(1, poses // BATCH))
    skinners = [BatchSkinner(model) for _ in range(threads)]

    def work(number: int) -> None:
        for some in batches[number::threads]:
            skinners[number].pose(rig.evaluate(evaluated(some)))

    ways: list[tuple[str, int, Callable[[], object]]] = [
        ("bones and morphs alone", poses, lambda: [rig.evaluate(evaluated(some)) for some in batches]),
        (f"with vertices, {threads} threads", poses, lambda: list(pool.map(work, range(threads)))),
        ("the reference", 8, lambda: skin(model, rig.evaluate(evaluated(drawn[:8])))),
    ]
    for way, count, action in ways:
        wall, cpu = best(action)
        size = f"{len(model.vertices):7,} {len(model.bones):5}"
        print(f"{name[:24]:24} {size} {way:26} {count / wall:9,.0f} {count / cpu:14,.0f}", flush=True)


def main() -> None:
    """Print some lines a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--vertices", type=int, default=20_000)
    parser.add_argument("--poses", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    bound = {"made up": made_up(options.vertices)} if not options.models else {}
    for path in options.models:
        try:
            model = read_model(path)
            bound[path.stem] = bind(model, propose(model), allow_smile=True)
        except MmdgenError as error:
            print(error)
    print(f"{'model':24} {'vertices':>7} {'bones':>4} {'':26} {'poses/s':>9} {'a CPU second':>14}")
    with ThreadPoolExecutor(options.threads) as pool:
        for name, binding in bound.items():
            for everything in (False, True):
                label = f"{name}, every bone" if everything else name
                report(label, binding, options.poses, pool, options.threads, everything=everything)


if __name__ == "__main__":
    main()
