"""Folders of runs as ``trainer fit`` leaves them, with tiny untrained networks that differ in their seeds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from trainer.checkpoint import find_snapshot, save_snapshot, snapshot_path
from trainer.networks.kinds import PUBLISHED, build

FOLDERS = (
    "morpher",
    "rotator-l1",
    "rotator-perceptual",
    "combiner-l1-l1",
    "combiner-l1-perceptual",
    "combiner-perceptual-l1",
    "combiner-perceptual-perceptual",
)


def write_runs(runs: Path, folders: tuple[str, ...] = FOLDERS, *, vgg: str = "file") -> Path:
    """Write a snapshot of width 4 into each of ``folders``."""
    for name in folders:
        kind, *losses = name.split("-")
        perceptual = losses[-1:] == ["perceptual"]
        about = {
            "images": 1000,
            "loss": "perceptual" if perceptual else "l1",
            "vgg": {"source": vgg} if perceptual else None,
        }
        if kind == "combiner" and (runs / f"rotator-{losses[0]}").exists():
            used = find_snapshot(runs / f"rotator-{losses[0]}")
            about["trained_on"] = {"rotator": {"sha256": hashlib.sha256(used.read_bytes()).hexdigest()}}
        network = build(kind, 4, FOLDERS.index(name))
        save_snapshot(snapshot_path(runs / name, kind, 1000), network.state_dict(), about)
    return runs


def write_published(folder: Path, *, width: int = 4) -> Path:
    """Write bare state dicts under the names of the published files."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (kind, name) in enumerate(PUBLISHED.items()):
        torch.save(build(kind, width, 50 + seed).state_dict(), folder / name)
    return folder
