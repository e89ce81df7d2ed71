"""Small networks in run folders: some that give their input back whatever the pose, some with random weights."""

from __future__ import annotations

from pathlib import Path

import torch

from trainer.checkpoint import save_snapshot, snapshot_path
from trainer.networks.combiner import Combiner
from trainer.networks.kinds import build
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator

FOLDERS = {"morpher": "morpher", "rotator-l1": "rotator", "combiner-l1-l1": "combiner"}


def still(kind: str, width: int = 2) -> torch.nn.Module:
    """Return a network all of whose masks keep the input, and whose flow is zero."""
    network = build(kind, width)
    assert isinstance(network, FaceMorpher | FaceRotator | Combiner)
    body = network.main_body
    last = body.upsampling_modules[0] if isinstance(network, Combiner) else body.module_list[-1]
    with torch.no_grad():
        last[1].bias.fill_(10)  # so that the features are above zero, and what the masks sum is large
        for name, parameter in network.named_parameters():
            if "alpha_mask" in name:
                parameter.fill_(1)
            elif "zhou" in name:
                parameter.fill_(0)
    return network


def save_runs(
    runs: Path, *, size: int | None = 32, lifeless: bool = True, folders: tuple[str, ...] = tuple(FOLDERS)
) -> Path:
    """Write a snapshot of width 2 in each folder and return ``runs``."""
    for number, folder in enumerate(folders):
        kind = FOLDERS.get(folder, folder.split("-", maxsplit=1)[0])
        network = still(kind) if lifeless else build(kind, 2, seed=number)
        about = {"trained_on": {"data": {"size": size}}} if size else {}
        save_snapshot(snapshot_path(runs / folder, kind, 100 + number), network.state_dict(), about)
    return runs
