"""Training in trouble: other settings, damaged files, full disks, numbers that are none."""

from __future__ import annotations

import errno
import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_faces import write_shard
from filelock import FileLock
from tiny_training import TINY, stop_after, train, write_shards

from mmdgen.errors import ShardError, UsageError
from trainer import losses
from trainer.checkpoint import read_tensors, write_atomically, write_tensors
from trainer.errors import CheckpointError, DivergedError, TrainerError
from trainer.loop import Run
from trainer.networks.kinds import build
from trainer.plan import open_data
from trainer.stages import MORPHER


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    return write_shards(tmp_path / "shards")


@pytest.mark.parametrize("change", [{"batch": 5}, {"lr": 2e-3}, {"width": 8}, {"seed": 1}, {"warmup": 9}, {"ema": 7}])
def test_another_setting_is_refused_by_name(shards: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    train(shards, tmp_path)
    with pytest.raises(UsageError, match=f"--{next(iter(change))} "):
        train(shards, tmp_path, replace(TINY, **change))


def test_other_examples_are_refused(shards: Path, tmp_path: Path) -> None:
    train(shards, tmp_path)
    write_shard(shards, ordinal=1)
    with pytest.raises(UsageError, match="began with 10 other examples, now given 18"):
        train(shards, tmp_path)


@pytest.mark.parametrize(
    ("change", "option"),
    [({"images": 0}, "--images"), ({"lr": float("nan")}, "--lr"), ({"lr": -1.0}, "--lr"), ({"seed": -1}, "--seed"),
     ({"log_every": 0}, "--log-every"), ({"warmup": -1}, "--warmup")],
)  # fmt: skip
def test_impossible_settings_are_refused_by_name(
    shards: Path, tmp_path: Path, change: dict[str, Any], option: str
) -> None:
    with pytest.raises(UsageError, match=option):
        train(shards, tmp_path, replace(TINY, **change))
    assert not (tmp_path / "morpher").exists()


def test_val_shards_alone_are_not_trained_on(tmp_path: Path) -> None:
    write_shard(tmp_path / "shards", split="val")
    with pytest.raises(UsageError, match="no train shards"):
        train(tmp_path / "shards", tmp_path)


def test_two_trainers_do_not_share_a_folder(shards: Path, tmp_path: Path) -> None:
    (tmp_path / "morpher").mkdir()
    with FileLock(tmp_path / "morpher" / ".lock"), pytest.raises(UsageError, match="another trainer"):
        train(shards, tmp_path)


def test_a_loss_that_is_no_number_stops_with_the_batch_saved(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    l1, losses_seen = losses.l1, list[float]()

    def poisoned(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        losses_seen.append(0)
        return l1(output, target) * (float("nan") if len(losses_seen) == 3 else 1)

    monkeypatch.setattr(losses, "l1", poisoned)
    with pytest.raises(DivergedError, match="loss nan after 8 images") as caught:
        train(shards, tmp_path)
    tensors, about = read_tensors(tmp_path / "morpher" / "diverged-000000008.safetensors")
    assert "diverged-000000008.safetensors" in str(caught.value)
    examples = open_data([shards])[0]
    rows = [int(name.split(":")[1]) for name in about["samples"].split()]
    again = examples.batch(MORPHER, np.array(rows))
    assert torch.equal(tensors["source"], again.source)
    assert torch.equal(tensors["target"], again.target)
    assert torch.equal(tensors["pose"], again.pose)


@pytest.mark.parametrize("damage", [b"", b"no safetensors", None])
def test_a_damaged_state_is_named(shards: Path, tmp_path: Path, damage: bytes | None) -> None:
    snapshot = train(shards, tmp_path)
    state = tmp_path / "morpher" / "state.safetensors"
    state.write_bytes(snapshot.read_bytes() if damage is None else damage)
    with pytest.raises(CheckpointError, match=r"state\.safetensors"):
        train(shards, tmp_path, replace(TINY, images=80))


@pytest.mark.parametrize("counters", [None, "[1]", '{"seen": "4"}', '{"seen": -4}', '{"far": 4}', '{"sums": [1]}'])
def test_damaged_counters_are_named(shards: Path, tmp_path: Path, counters: str | None) -> None:
    train(shards, tmp_path)
    state = tmp_path / "morpher" / "state.safetensors"
    write_tensors(state, read_tensors(state)[0], None if counters is None else {"counters": counters})
    with pytest.raises(CheckpointError, match=r"state\.safetensors: .*delete the run's folder to start anew"):
        train(shards, tmp_path, replace(TINY, images=80))


def test_a_moment_of_another_shape_is_named(shards: Path, tmp_path: Path) -> None:
    train(shards, tmp_path)
    state = tmp_path / "morpher" / "state.safetensors"
    tensors, counters = read_tensors(state)
    name = "adam.exp_avg.alpha_mask.0.weight"
    write_tensors(state, tensors | {name: tensors[name][:1]}, counters)
    with pytest.raises(CheckpointError, match=r"a moment of shape \(1, 4, 7, 7\)"):
        train(shards, tmp_path, replace(TINY, images=80))


def test_interrupted_in_its_last_snapshot_a_run_is_complete_and_the_next_does_not_begin(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopping(self: Run, journal: Any) -> Path:
        found = snapshot(self, journal)
        signal.raise_signal(signal.SIGTERM)
        return found

    snapshot = Run.snapshot
    monkeypatch.setattr(Run, "snapshot", stopping)
    with pytest.raises(KeyboardInterrupt):
        train(shards, tmp_path, replace(TINY, snapshot_every=1000))
    monkeypatch.undo()
    before = (tmp_path / "morpher" / "state.safetensors").read_bytes()
    assert train(shards, tmp_path, TINY).name == "morpher-000000040-ema.safetensors"
    assert (tmp_path / "morpher" / "state.safetensors").read_bytes() == before


def test_interrupted_before_its_first_step_a_run_takes_none(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopping(*arguments: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return build(*arguments)

    monkeypatch.setattr("trainer.loop.build", stopping)
    with pytest.raises(KeyboardInterrupt):
        train(shards, tmp_path)
    assert not (tmp_path / "morpher" / "metrics.jsonl").exists()


def test_a_shard_that_becomes_unreadable_costs_no_step(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = shards.glob("train-*.h5")
    train(shards, tmp_path / "whole")
    stop_after(monkeypatch, 8, lambda: file.rename(tmp_path / "away"))
    with pytest.raises(ShardError, match="No such file"):
        train(shards, tmp_path / "cut")
    (tmp_path / "away").rename(file)
    state = "morpher/state.safetensors"
    assert json.loads(read_tensors(tmp_path / "cut" / state)[1]["counters"])["seen"] >= 8
    train(shards, tmp_path / "cut")
    assert (tmp_path / "cut" / state).read_bytes() == (tmp_path / "whole" / state).read_bytes()


@pytest.mark.parametrize("where", ["snapshot", "metrics", "tensorboard"])
def test_a_full_disk_is_named_and_leaves_no_half_a_file(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill() -> None:
        if where == "snapshot":
            monkeypatch.setattr("os.fsync", full)
        elif where == "metrics":
            monkeypatch.setattr("trainer.journal.json.dumps", full)
        else:
            monkeypatch.setattr("torch.utils.tensorboard.SummaryWriter.add_scalar", full)

    stop_after(monkeypatch, 12, fill)
    with pytest.raises(CheckpointError, match="No space left on device, expected room to write; free some and run"):
        train(shards, tmp_path)
    monkeypatch.undo()
    assert not list(tmp_path.rglob("*.part"))
    assert train(shards, tmp_path).exists()


def test_interrupted_while_it_is_written_a_file_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    write_atomically(tmp_path / "state", b"whole")
    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "state", b"other")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("state", b"whole")]


def test_no_memory_is_said_with_what_helps(shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(Run, "step", short)
    with pytest.raises(TrainerError, match="cpu: no memory left at --batch 4, expected more; give --checkpointing"):
        train(shards, tmp_path)


def test_a_hundred_gradients_that_are_no_numbers_stop_the_run(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.loop.SKIPS", 3)
    monkeypatch.setattr(torch.nn.utils, "get_total_norm", lambda _: torch.tensor(float("inf")))
    with pytest.raises(DivergedError, match=r"gradient inf for the 3\. time after 8 images"):
        train(shards, tmp_path)
    assert (tmp_path / "morpher" / "diverged-000000008.safetensors").exists()
