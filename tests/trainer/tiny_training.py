"""Training of tiny networks on tiny shards, as the tests of it have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawn_faces import write_shard

from trainer.config import FitConfig, Machine
from trainer.loop import Run, fit
from trainer.plan import Plan, Training, open_data, plan
from trainer.stages import COMBINER, MORPHER, ROTATOR
from trainer.vgg import seeded

TINY = FitConfig(images=40, batch=4, lr=1e-3, width=4, log_every=8, snapshot_every=16)
CPU = Machine(device="cpu")
L1 = Training(MORPHER)
VGG = seeded()


def write_shards(folder: Path) -> Path:
    """Write a train and a val shard."""
    write_shard(folder, each=5)  # 10 examples: batches of 4 cross the border of an epoch
    write_shard(folder, split="val", characters=range(5, 7), each=2)
    return folder


def planned(
    shards: Path, out: Path, config: FitConfig = TINY, training: Training = L1, rotator: Path | None = None
) -> Plan:
    named = {"start": rotator} if training == Training(ROTATOR, "perceptual") else {}
    named |= {"rotator": rotator} if training.stage == COMBINER else {}
    return plan(training, config, open_data([shards]), out, vgg=VGG, **named)


def train(
    shards: Path, out: Path, config: FitConfig = TINY, training: Training = L1, rotator: Path | None = None
) -> Path:
    return fit(planned(shards, out, config, training, rotator), CPU)


def lines(out: Path, name: str = "morpher") -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (out / name / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "images_per_s"} for line in found]


def stop_after(monkeypatch: pytest.MonkeyPatch, seen: int, act: Callable[[], None]) -> None:
    """Do something once, right after the step with which ``seen`` images were seen."""
    step = Run.step

    def stopping(self: Run, *batch: Any) -> None:
        step(self, *batch)
        if self.seen == seen:
            monkeypatch.setattr(Run, "step", step)
            act()

    monkeypatch.setattr(Run, "step", stopping)
