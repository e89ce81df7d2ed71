"""Training: it learns, it stops and goes on without a trace, and it refuses what would not be the same run."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_faces import write_shard
from filelock import FileLock
from PIL import Image

from mmdgen.errors import UsageError
from trainer import losses
from trainer.checkpoint import load_network, read_tensors, snapshot_path, write_tensors
from trainer.config import FitConfig, Loading, Machine
from trainer.errors import CheckpointError, DivergedError
from trainer.loop import Run, fit
from trainer.networks.rotator import FaceRotator
from trainer.plan import Plan, Training, open_data, plan
from trainer.probe import COLUMNS, flow_picture
from trainer.stages import COMBINER, MORPHER, ROTATOR
from trainer.vgg import seeded
from trainer.world import World

TINY = FitConfig(images=40, batch=4, lr=1e-3, width=4, log_every=8, snapshot_every=16)
CPU = Machine(device="cpu")
L1 = Training(MORPHER)
TRAININGS = [
    L1,
    Training(ROTATOR),
    Training(ROTATOR, "perceptual"),
    Training(COMBINER, "l1", "l1"),
    Training(COMBINER, "perceptual", "perceptual"),
]
VGG = seeded()


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    write_shard(tmp_path / "shards", each=5)  # 10 examples: batches of 4 cross the border of an epoch
    write_shard(tmp_path / "shards", split="val", characters=range(5, 7), each=2)
    return tmp_path / "shards"


@pytest.fixture(scope="session")
def rotator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of a rotator that knows nothing."""
    path = tmp_path_factory.mktemp("rotator") / "rotator-000000000.safetensors"
    write_tensors(path, FaceRotator(4, 5).state_dict())
    return path


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


def same_run(a: Path, b: Path, name: str = "morpher") -> None:
    """Assert that two runs left the same bytes: state, snapshots, pictures and metrics but for the time taken."""
    snapshots = sorted(p.name for p in (a / name / "snapshots").iterdir())
    assert sorted(p.name for p in (b / name / "snapshots").iterdir()) == snapshots
    for file in ("state.safetensors", *(f"snapshots/{snapshot}" for snapshot in snapshots)):
        assert (a / name / file).read_bytes() == (b / name / file).read_bytes(), file
    assert lines(a, name) == lines(b, name)


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: training.name)
def test_every_stage_stopped_and_resumed_equals_uninterrupted(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, training: Training, rotator: Path
) -> None:
    config = replace(TINY, images=24, snapshot_every=12, clip=0.5, perceptual="sampled")
    train(shards, tmp_path / "whole", config, training, rotator)
    stop_after(monkeypatch, 8, lambda: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt):
        train(shards, tmp_path / "halves", config, training, rotator)
    train(shards, tmp_path / "halves", config, training, rotator)
    same_run(tmp_path / "whole", tmp_path / "halves", training.name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("seen", [12, 16])
def test_stopped_and_resumed_equals_uninterrupted(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, seen: int
) -> None:
    train(shards, tmp_path / "whole")
    stop_after(monkeypatch, seen, lambda: signal.raise_signal(number))
    with pytest.raises(KeyboardInterrupt):
        train(shards, tmp_path / "halves")
    train(shards, tmp_path / "halves")
    same_run(tmp_path / "whole", tmp_path / "halves")
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_augmented_training_is_resumed_exactly_and_is_not_the_plain_one(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    varied = replace(TINY, mirror=0.5, scale=0.1, shift=0.05, light=0.2, colour=0.2)
    train(shards, tmp_path / "plain")
    train(shards, tmp_path / "whole", varied)
    stop_after(monkeypatch, 12, lambda: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt):
        train(shards, tmp_path / "halves", varied)
    train(shards, tmp_path / "halves", varied)
    same_run(tmp_path / "whole", tmp_path / "halves")
    assert lines(tmp_path / "plain") != lines(tmp_path / "whole")


def test_killed_and_resumed_equals_uninterrupted(shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die() -> None:
        raise MemoryError

    train(shards, tmp_path / "whole")
    for seen in (4, 28):  # before anything was saved, and well after
        stop_after(monkeypatch, seen, die)
        with pytest.raises(MemoryError):
            train(shards, tmp_path / "killed")
    train(shards, tmp_path / "killed")
    same_run(tmp_path / "whole", tmp_path / "killed")


def test_a_longer_run_goes_on_from_a_shorter_one(shards: Path, tmp_path: Path) -> None:
    train(shards, tmp_path / "long", replace(TINY, snapshot_every=1000))
    train(shards, tmp_path / "short", replace(TINY, snapshot_every=1000, images=18))
    assert lines(tmp_path / "short")[-1]["images"] == 20  # whole batches
    train(shards, tmp_path / "short", replace(TINY, snapshot_every=1000))
    name = "morpher/state.safetensors"
    assert (tmp_path / "short" / name).read_bytes() == (tmp_path / "long" / name).read_bytes()


def test_a_complete_run_is_left_as_it_is(shards: Path, tmp_path: Path) -> None:
    first = train(shards, tmp_path)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "morpher").rglob("*.safetensors")}
    assert train(shards, tmp_path) == first
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "morpher").rglob("*.safetensors")}


def test_the_number_of_threads_does_not_matter(shards: Path, tmp_path: Path) -> None:
    for workers in (1, 3):
        data = open_data([shards], Loading(workers=workers))
        fit(plan(L1, TINY, data, tmp_path / str(workers)), CPU)
    same_run(tmp_path / "1", tmp_path / "3")


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


def test_warmup_raises_the_rate_and_the_metrics_say_it(shards: Path, tmp_path: Path) -> None:
    train(shards, tmp_path, replace(TINY, warmup=24))
    rates = [line["lr"] for line in lines(tmp_path) if "lr" in line]
    assert rates == pytest.approx([1e-3 * f for f in (8 / 24, 16 / 24, 1, 1, 1)])


def test_a_snapshot_is_whole_readable_and_described(shards: Path, tmp_path: Path) -> None:
    path = train(shards, tmp_path)
    kind, average, found = load_network(tmp_path / "morpher")
    assert kind == "morpher"
    assert found == path == snapshot_path(tmp_path / "morpher", "morpher", 40, average=True)
    network = load_network(snapshot_path(tmp_path / "morpher", "morpher", 40))[1]
    state, _ = read_tensors(tmp_path / "morpher" / "state.safetensors")
    for prefix, one in (("network", network), ("average", average)):
        assert all(torch.equal(tensor, state[f"{prefix}.{name}"]) for name, tensor in one.state_dict().items())
    about = json.loads(path.with_suffix(".json").read_text())
    assert about["images"] == 40
    assert about["pose"] == ["eye_left", "eye_right", "mouth"]
    assert about["trained_on"]["settings"]["width"] == 4
    assert about["weights"].startswith("average")
    with Image.open(path.with_name("morpher-000000040.png")) as sheet:
        assert sheet.size == (len(COLUMNS["morpher"]) * 32, 4 * 32)  # four val examples
    found_names = {p.name for p in path.parent.glob("*.safetensors")}
    assert found_names == {f"morpher-{n:09}{a}.safetensors" for n in (16, 32, 40) for a in ("", "-ema")}
    assert list((tmp_path / "morpher" / "tensorboard").iterdir())
    val = [line for line in lines(tmp_path) if "val_l1_output" in line]
    assert all({"val_ema_l1_output", "val_l1_input"} <= set(line) for line in val)
    assert [line["images"] for line in val] == [16, 32, 40]


def test_moments_come_back_in_the_layout_of_their_parameters(shards: Path, tmp_path: Path) -> None:
    train(shards, tmp_path)
    learner = Run(planned(shards, tmp_path, replace(TINY, images=80)), CPU, World(torch.device("cpu"))).learner
    moments = [(p, learner.optimizer.state[p][name]) for p in learner.parameters for name in ("exp_avg", "exp_avg_sq")]
    assert all(moment.stride() == p.stride() for p, moment in moments)  # a fused Adam on a GPU refuses others
    assert any(not moment.is_contiguous() for _, moment in moments)


@pytest.mark.parametrize("damage", [b"", b"no safetensors", None])
def test_a_damaged_state_is_named(shards: Path, tmp_path: Path, damage: bytes | None) -> None:
    snapshot = train(shards, tmp_path)
    state = tmp_path / "morpher" / "state.safetensors"
    state.write_bytes(snapshot.read_bytes() if damage is None else damage)
    with pytest.raises(CheckpointError, match=r"state\.safetensors"):
        train(shards, tmp_path, replace(TINY, images=80))


def test_a_hundred_gradients_that_are_no_numbers_stop_the_run(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.loop.SKIPS", 3)
    monkeypatch.setattr(torch.nn.utils, "get_total_norm", lambda _: torch.tensor(float("inf")))
    with pytest.raises(DivergedError, match=r"gradient inf for the 3\. time after 8 images"):
        train(shards, tmp_path)
    assert (tmp_path / "morpher" / "diverged-000000008.safetensors").exists()


def test_flow_is_shown_by_hue() -> None:
    flow = torch.zeros(1, 2, 1, 5)
    flow[0, :, 0] = torch.tensor([[0, 1, -1, 0, 0.125], [0, 0, 0, 1, 0]])
    found = flow_picture(flow)[0, 0].tolist()
    assert found == [[255, 255, 255], [255, 0, 0], [0, 255, 255], [128, 255, 0], [255, 128, 128]]
