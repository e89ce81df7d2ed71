"""Two processes that train together learn what one learns."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from drawn_faces import write_shard
from torch import Tensor

from trainer.checkpoint import read_tensors, write_tensors
from trainer.networks.rotator import FaceRotator

CODE = "from trainer.cli import main; main()"
OPTIONS = ["--batch", "5", "--lr", "1e-3", "--width", "4", "--log-every", "10", "--device", "cpu",
           "--vgg", "seeded", "--mirror", "0.5", "--clip", "0.5"]  # fmt: skip


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def start(count: int, *arguments: str) -> list[subprocess.Popen[str]]:
    """Start processes as torchrun does."""
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port(), "WORLD_SIZE": str(count)}
    return [
        subprocess.Popen(
            [sys.executable, "-c", CODE, *arguments],
            env=os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(count)
    ]


def finish(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    told = [process.communicate(timeout=120) for process in processes]
    return [(process.returncode, *said) for process, said in zip(processes, told, strict=True)]


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    write_shard(tmp_path / "shards", each=6)
    return tmp_path / "shards"


def together(tensors: dict[str, Tensor], kind: str) -> Tensor:
    return torch.cat([tensors[name].flatten() for name in sorted(tensors) if name.startswith(kind)]).double()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "loss", "name", "images"),
    [
        ("morpher", "l1", "morpher", 20),
        ("rotator", "perceptual", "rotator-perceptual", 5),
        ("combiner", "perceptual", "combiner-perceptual-perceptual", 5),
    ],
)
def test_two_processes_give_the_weights_of_one(
    shards: Path, tmp_path: Path, stage: str, loss: str, name: str, images: int
) -> None:
    """Batches of 5 part into 3 and 2.

    Gradients agree to a hundred-thousandth. Adam divides them by what may be next to nothing, and so weights agree
    less and less from step to step, as they do between any two orders of summation.
    """
    rotator = tmp_path / "rotator.safetensors"
    write_tensors(rotator, FaceRotator(4, 5, still_flow=True).state_dict())
    named = {"rotator": ["--start", str(rotator)], "combiner": ["--rotator", str(rotator)]}.get(stage, [])
    found, losses = [], []
    for count in (1, 2):
        out = tmp_path / str(count)
        arguments = ["fit", str(shards), "--stage", stage, "--loss", loss, "--out", str(out), *named, *OPTIONS]
        results = finish(start(count, *arguments, "--images", str(images)))
        assert [code for code, _, _ in results] == [0] * count, results
        assert all(not said for _, said, _ in results[1:])
        found.append(read_tensors(out / name / "state.safetensors")[0])
        lines = map(json.loads, (out / name / "metrics.jsonl").read_text().splitlines())
        losses.append([line["loss"] for line in lines if "loss" in line])
    assert set(found[0]) == set(found[1])
    for kind, tolerance in (("adam.exp_avg.", 1e-5), ("network.", 1e-4), ("average.", 1e-4)):
        one, two = (together(tensors, kind) for tensors in found)
        assert (one - two).norm() < tolerance * one.norm(), kind
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[0]


@pytest.mark.slow
def test_two_processes_stop_together_and_one_goes_on(shards: Path, tmp_path: Path) -> None:
    arguments = ["fit", str(shards), "--stage", "morpher", "--out", str(tmp_path), *OPTIONS]
    processes = start(2, *arguments, "--images", "1000000")
    metrics = tmp_path / "morpher" / "metrics.jsonl"
    deadline = time.monotonic() + 60
    while not (metrics.exists() and metrics.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [code for code, _, _ in finish(processes)] == [130, 130]
    counters = json.loads(read_tensors(tmp_path / "morpher" / "state.safetensors")[1]["counters"])
    assert counters["seen"] >= 10
    [(code, _, told)] = finish(start(1, *arguments, "--images", str(counters["seen"] + 5)))
    assert code == 0
    assert f"going on after {counters['seen']:,} images" in told
    assert torch.isfinite(
        read_tensors(tmp_path / "morpher" / "state.safetensors")[0]["network.alpha_mask.0.weight"]
    ).all()


@pytest.mark.slow
def test_a_batch_smaller_than_the_processes_is_refused(shards: Path, tmp_path: Path) -> None:
    arguments = ["fit", str(shards), "--stage", "morpher", "--out", str(tmp_path), *OPTIONS]
    arguments[arguments.index("--batch") + 1] = "1"
    results = finish(start(2, *arguments))
    assert [code for code, _, _ in results] == [2, 2]
    assert "--batch 1: for 2 processes, expected one image for each" in results[0][2]
