"""The poses in which our samples are held to an independent runtime, shared by the script that runs it and the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mmdgen.model import Deform, Model
from mmdgen.space import euler_quaternions
from mmdgen.state import RigState

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "tests" / "rig" / "posed_samples.npz"
VERTICES = 1000  # of each sample, evenly spread over the file
Pose = dict[str, dict]


def samples() -> list[Path]:
    return sorted((ROOT / "samples").rglob("*.pmx"))


def key(path: Path) -> str:
    return path.relative_to(ROOT / "samples").as_posix()


def compared(model: Model) -> np.ndarray:
    """Return the vertices that are compared, all SDEF ones among them; the runtime knows no QDEF."""
    known = np.flatnonzero(model.vertices.deform != Deform.QDEF)
    return np.union1d(known[:: -(-len(known) // VERTICES)], model.vertices.sdef_vertex)


def poses(model: Model) -> list[Pose]:
    """Return what to set by name: two poses of the dataset, and one that turns and moves all there is."""
    bones = [b.name for b in model.bones if b.fixed_axis is None]
    angles = np.random.default_rng(0).uniform(-25, 25, (len(bones), 3)).round(1)
    everything = {
        "bones": {name: turn.tolist() for name, turn in zip(bones, angles, strict=True)},
        "morphs": {m.name: 0.25 for m in model.morphs},
    }
    mouth = next(m.name for m in model.morphs if "あ" in m.name)
    return [
        {"bones": {"頭": [12, -9, 0], "首": [0, 0, 14]}, "morphs": {mouth: 1}},
        {"bones": {"頭": [-15, 15, 0], "首": [0, 0, -15]}, "morphs": {"まばたき": 1}},
        everything,
    ]


def state(model: Model, wanted: list[Pose]) -> RigState:
    """Return one state per pose; bones by first name, all morphs of a name, what the model lacks left out."""
    identity = RigState.identity(model, len(wanted))
    rotation, weight = identity.rotation.copy(), identity.weight.copy()
    for i, pose in enumerate(wanted):
        for bone, angles in _known(pose["bones"], model.bone):
            rotation[i, bone] = euler_quaternions(np.radians(angles))
        for morphs, value in _known(pose["morphs"], model.morphs_named):
            weight[i, list(morphs)] = value
    return RigState(rotation, identity.translation, weight)


def _known(named: dict, find) -> Iterator[tuple]:
    found = ((find(name), value) for name, value in named.items())
    return (pair for pair in found if pair[0] is not None)
