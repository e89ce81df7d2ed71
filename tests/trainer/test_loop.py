"""Training: it learns, and it stops and goes on without a trace."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from tiny_training import CPU, L1, TINY, lines, planned, stop_after, train, write_shards

from trainer.checkpoint import load_network, read_tensors, snapshot_path, write_tensors
from trainer.config import Loading
from trainer.loop import Run, fit
from trainer.networks.rotator import FaceRotator
from trainer.plan import Training, open_data, plan
from trainer.probe import COLUMNS, flow_picture
from trainer.stages import COMBINER, ROTATOR
from trainer.world import World

TRAININGS = [
    L1,
    Training(ROTATOR),
    Training(ROTATOR, "perceptual"),
    Training(COMBINER, "l1", "l1"),
    Training(COMBINER, "perceptual", "perceptual"),
]


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    return write_shards(tmp_path / "shards")


@pytest.fixture(scope="session")
def rotator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of a rotator that knows nothing."""
    path = tmp_path_factory.mktemp("rotator") / "rotator-000000000.safetensors"
    write_tensors(path, FaceRotator(4, 5).state_dict())
    return path


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


def test_large_steps_on_a_cpu_keep_no_activations(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most, sparing in ((4 * 4 * 32 * 32, False), (4 * 4 * 32 * 32 - 1, True)):
        monkeypatch.setattr("trainer.loop.MOST_KEPT", most)
        run = Run(planned(shards, tmp_path), CPU, World(torch.device("cpu")))
        assert run.learner.network.main_body.checkpointing is sparing


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


def test_flow_is_shown_by_hue() -> None:
    flow = torch.zeros(1, 2, 1, 5)
    flow[0, :, 0] = torch.tensor([[0, 1, -1, 0, 0.125], [0, 0, 0, 1, 0]])
    found = flow_picture(flow)[0, 0].tolist()
    assert found == [[255, 255, 255], [255, 0, 0], [0, 255, 255], [128, 255, 0], [255, 128, 128]]
