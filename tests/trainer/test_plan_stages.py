"""What is trained in which order, on which snapshots, and what is refused before anything begins."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn_faces import write_shard

from mmdgen.errors import UsageError
from mmdgen.shell import run
from trainer.checkpoint import load_network, read_json, read_tensors, write_tensors
from trainer.cli import app
from trainer.config import FitConfig
from trainer.errors import TrainerError
from trainer.loop import Run
from trainer.networks.kinds import build
from trainer.networks.rotator import FaceRotator
from trainer.plan import Plan, Source, open_data, plan, prepare, schedule, settings
from trainer.stages import COMBINER, ROTATOR
from trainer.vgg import seeded

TINY = FitConfig(lr=1e-3, width=2, log_every=8, snapshot_every=8)
OPTIONS = {"lr": "1e-3", "width": "2", "batch": "4", "log-every": "8", "snapshot-every": "8", "device": "cpu",
           "images": "16", "vgg": "seeded"}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["morpher", "rotator-l1", "combiner-l1-l1"]),
        ({"loss": "perceptual"}, ["morpher", "rotator-l1", "rotator-perceptual", "combiner-perceptual-perceptual"]),
        (
            {"loss": "both"},
            ["morpher", "rotator-l1", "rotator-perceptual", "combiner-l1-l1", "combiner-l1-perceptual",
             "combiner-perceptual-l1", "combiner-perceptual-perceptual"],
        ),
        ({"rotator_loss": "perceptual"}, ["morpher", "rotator-l1", "rotator-perceptual", "combiner-perceptual-l1"]),
        ({"stage": "rotator", "loss": "perceptual"}, ["rotator-l1", "rotator-perceptual"]),
        ({"stage": "rotator", "loss": "perceptual", "started": True}, ["rotator-perceptual"]),
        ({"stage": "combiner", "loss": "perceptual", "rotator_loss": "l1"}, ["combiner-l1-perceptual"]),
        ({"stage": "morpher"}, ["morpher"]),
    ],
)  # fmt: skip
def test_stages_follow_one_another(asked: dict[str, Any], expected: list[str]) -> None:
    assert [training.name for training in schedule(**asked)] == expected


@pytest.mark.parametrize(
    "asked", [{"stage": "morpher", "loss": "perceptual"}, {"stage": "rotator", "rotator_loss": "l1"}]
)
def test_losses_without_a_network_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        schedule(**asked)


def test_defaults_are_the_articles() -> None:
    made = {one.name: settings(one, FitConfig(), None, None) for one in schedule(loss="both")}
    assert {name: (one.batch, one.images) for name, one in made.items()} == {
        "morpher": (25, 3_000_000),
        "rotator-l1": (25, 3_000_000),
        "rotator-perceptual": (8, 3_000_000),
        "combiner-l1-l1": (20, 1_500_000),
        "combiner-perceptual-l1": (20, 1_500_000),
        "combiner-l1-perceptual": (12, 1_500_000),
        "combiner-perceptual-perceptual": (12, 1_500_000),
    }
    assert {(one.lr, one.warmup, one.clip, one.width, one.still_flow) for one in made.values()} == {
        (1e-4, 0, 0, 64, False)
    }
    prelude = schedule(loss="perceptual")[1]
    assert settings(prelude, FitConfig(), None, None).images == 250_000
    assert settings(prelude, FitConfig(), 1000, None).images == 1000


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    write_shard(tmp_path / "shards", each=5)
    return tmp_path / "shards"


def rotator_run(out: Path, *images: int) -> list[Path]:
    """Snapshots of a rotator trained with L1, each with its own weights."""
    found = []
    for n in images:
        path = out / "rotator-l1" / "snapshots" / f"rotator-{n:09d}.safetensors"
        write_tensors(path, FaceRotator(2, n).state_dict())
        write_tensors(path.with_name(f"{path.stem}-ema.safetensors"), FaceRotator(2, n + 1).state_dict())
        found.append(path)
    return found


def planned(shards: Path, out: Path, training: int = -1, **named: Any) -> Plan:
    order = schedule("rotator", "perceptual") if training == -1 else schedule("combiner", "l1")
    config = settings(order[-1], TINY, None, None)
    return plan(order[-1], config, open_data([shards]), out, vgg=seeded(), **named)


def test_the_perceptual_rotator_starts_where_the_article_says(shards: Path, tmp_path: Path) -> None:
    _, middle, _ = rotator_run(tmp_path, 240_000, 250_000, 260_000)
    assert planned(shards, tmp_path).start == Source.at(middle)
    early = rotator_run(tmp_path / "short", 8, 16)
    assert planned(shards, tmp_path / "short").start == Source.at(early[1])
    assert planned(shards, tmp_path, start=early[0]).start == Source.at(early[0])
    with pytest.raises(UsageError, match="--stage rotator --loss l1"):
        planned(shards, tmp_path / "none")


def test_the_combiner_is_given_the_average_of_the_rotator(shards: Path, tmp_path: Path) -> None:
    newest = rotator_run(tmp_path, 8, 16)[1]
    found = planned(shards, tmp_path, 0).rotator
    assert found == Source.at(newest.with_name(f"{newest.stem}-ema.safetensors"))
    with pytest.raises(TrainerError, match="rotator-l1: nothing there"):
        planned(shards, tmp_path / "none", 0)


def test_perceptual_needs_weights_that_are_named(
    shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["fit", str(shards), "--loss", "perceptual", "--out", str(tmp_path / "runs")]) == 2
    assert "--vgg: not given, expected weights of VGG16" in capfd.readouterr().err
    assert not (tmp_path / "runs").exists()


def fitted(shards: Path, out: Path, *flags: str, **options: str) -> int:
    named = OPTIONS | options
    words = [word for name, value in named.items() for word in (f"--{name.replace('_', '-')}", value)]
    return run(app, ["fit", str(shards), "--out", str(out), *words, *flags])


def test_everything_is_trained_and_a_second_time_nothing(
    shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert fitted(shards, tmp_path, loss="both") == 0
    printed = capfd.readouterr().out.splitlines()
    names = [training.name for training in schedule(loss="both")]
    assert [Path(line).parts[-3] for line in printed] == names
    for line in printed:
        load_network(Path(line))
        about = read_json(Path(line).with_suffix(".json"))
        assert about["vgg"] == ({"source": "seeded", "seed": 0} if about["loss"] == "perceptual" else None)
    config = read_json(tmp_path / "combiner-l1-perceptual" / "config.json")
    assert config["rotator"]["file"].endswith("rotator-l1/snapshots/rotator-000000016-ema.safetensors")
    start = read_json(tmp_path / "rotator-perceptual" / "config.json")["start"]["file"]
    assert start.endswith("rotator-l1/snapshots/rotator-000000016.safetensors")

    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.suffix in (".safetensors", ".jsonl")}
    assert fitted(shards, tmp_path, loss="both") == 0
    assert capfd.readouterr().out.splitlines() == printed
    assert all(p.read_bytes() == data for p, data in before.items())


def test_several_stages_go_on_at_the_right_one(shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Run.step

    def stopping(self: Run, *batch: Any) -> None:
        step(self, *batch)
        if (self.plan.training.name, self.seen) == ("rotator-perceptual", 12):
            raise KeyboardInterrupt

    assert fitted(shards, tmp_path / "whole", loss="perceptual") == 0
    monkeypatch.setattr(Run, "step", stopping)
    assert fitted(shards, tmp_path / "halves", loss="perceptual") == 130
    assert not (tmp_path / "halves" / "combiner-perceptual-perceptual").exists()
    monkeypatch.setattr(Run, "step", step)
    assert fitted(shards, tmp_path / "halves", loss="perceptual") == 0
    for training in schedule(loss="perceptual"):
        name = f"{training.name}/state.safetensors"
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "halves" / name).read_bytes()


def damage(path: Path) -> None:
    write_tensors(path, {name: t + 1 for name, t in read_tensors(path)[0].items()})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda runs: (runs / "rotator-l1/snapshots/rotator-000000016-ema.safetensors").unlink(), "nothing there"),
        (lambda runs: damage(runs / "rotator-l1/snapshots/rotator-000000016-ema.safetensors"), "other weights than"),
    ],
)
def test_a_combiner_goes_on_with_its_own_rotator_only(
    shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], change: Callable[[Path], None], said: str
) -> None:
    runs = tmp_path / "runs"
    assert fitted(shards, runs) == 0
    rotator_run(runs, 99)  # a newer one is not taken
    assert fitted(shards, runs, stage="combiner", images="24") == 0
    moved = tmp_path / "elsewhere"
    runs.rename(moved)
    assert fitted(shards, moved, stage="combiner", images="32") == 0
    change(moved)
    capfd.readouterr()
    assert fitted(shards, moved, stage="combiner", images="40") == 2
    assert said in capfd.readouterr().err


def test_other_weights_of_vgg_are_refused(shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_tensors(tmp_path / "vgg16.safetensors", seeded(1).tensors)
    assert fitted(shards, tmp_path, loss="perceptual", stage="rotator") == 0
    capfd.readouterr()
    assert fitted(shards, tmp_path, loss="perceptual", vgg=str(tmp_path / "vgg16.safetensors")) == 2
    assert "began with --vgg {'source': 'seeded'" in capfd.readouterr().err


def test_options_for_one_network_are_refused_for_several(
    shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for option in ("--start", "--rotator"):
        assert fitted(shards, tmp_path, option, str(tmp_path)) == 2
        assert f"{option} {tmp_path}: for several networks" in capfd.readouterr().err


def test_a_start_gives_the_first_weights(shards: Path, tmp_path: Path) -> None:
    first = rotator_run(tmp_path, 8)[0]
    order = schedule("rotator", "l1", started=True)
    found = prepare(order, replace(TINY, width=2), open_data([shards]), tmp_path / "runs", images=4, start=first)
    assert [one.start for one in found] == [Source.at(first)]
    assert found[0].stage == ROTATOR
    write_tensors(tmp_path / "wide.safetensors", FaceRotator(4).state_dict())
    with pytest.raises(TrainerError, match="of width 4, expected 2; give --width 4"):
        prepare(order, TINY, open_data([shards]), tmp_path, images=4, start=tmp_path / "wide.safetensors")


@pytest.mark.parametrize(
    ("option", "stage", "said"),
    [
        ("--start", "rotator", "a morpher, expected a rotator; give its snapshot"),
        ("--rotator", "combiner", "a morpher, expected a rotator; give its snapshot"),
    ],
)
def test_a_snapshot_of_another_network_is_refused_before_anything_is_written(
    shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], option: str, stage: str, said: str
) -> None:
    write_tensors(tmp_path / "morpher.safetensors", build("morpher", 2).state_dict())
    assert fitted(shards, tmp_path / "runs", option, str(tmp_path / "morpher.safetensors"), stage=stage) == 1
    assert said in capfd.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_combiner_needs_its_rotator_before_anything_is_trained(
    shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rotator_run(tmp_path, 16)
    assert fitted(shards, tmp_path, stage="combiner", loss="both") == 1
    assert "rotator-perceptual: nothing there" in capfd.readouterr().err
    assert not list(tmp_path.glob("combiner*"))
    assert COMBINER.name == "combiner"


def test_dry_run_says_what_would_be_trained(shards: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert fitted(shards, tmp_path / "runs", "--dry-run", loss="perceptual") == 0
    found = json.loads(capfd.readouterr().out)
    assert [(run["stage"], run["loss"]) for run in found] == [
        ("morpher", "l1"), ("rotator", "l1"), ("rotator", "perceptual"), ("combiner", "perceptual"),
    ]  # fmt: skip
    assert not (tmp_path / "runs").exists()


def test_still_flow_starts_the_rotator_only(shards: Path, tmp_path: Path) -> None:
    assert fitted(shards, tmp_path, "--still-flow", stage="rotator", lr="1e-12") == 0
    flow = load_network(tmp_path / "rotator-l1")[1].state_dict()["zhou_grid_change.weight"]
    assert torch.all(flow.abs() < 1e-9)
