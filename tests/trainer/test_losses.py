"""The perceptual loss equals its formula, leads downhill, and reads weights of VGG16 only."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d

from mmdgen.errors import UsageError
from trainer import losses
from trainer.checkpoint import write_tensors
from trainer.errors import CheckpointError
from trainer.networks.kinds import build
from trainer.networks.rotator import FaceRotator
from trainer.objectives import Objective
from trainer.vgg import Vgg, find_vgg, seeded

SEEDED = seeded(3)


def plain_features(picture: Tensor) -> list[Tensor]:
    """VGG16 by hand: relu1_2, relu2_2, relu3_3 of an RGB picture in network space."""
    w = {name: tensor.to(picture) for name, tensor in SEEDED.tensors.items()}
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = ((picture + 1) / 2 - mean.to(picture).view(3, 1, 1)) / deviation.to(picture).view(3, 1, 1)
    found = []
    for number in (0, 2, "pool", 5, 7, "pool", 10, 12, 14):
        if number == "pool":
            found.append(x)
            x = max_pool2d(x, 2, 2)
        else:
            x = conv2d(x, w[f"features.{number}.weight"], w[f"features.{number}.bias"], padding=1).clamp(min=0)
    return [*found, x]


def plain(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Σ_j mean |Δφ_j| of RGB, and of alpha as a grey picture."""
    grey = [p[:, 3:].expand(-1, 3, -1, -1) for p in (output, target)]
    colour = [p[:, :3] for p in (output, target)]
    return tuple(  # type: ignore[return-value]
        sum((a - b).abs().mean() for a, b in zip(plain_features(x), plain_features(y), strict=True))
        for x, y in (colour, grey)
    )


def pictures(count: int) -> list[Tensor]:
    torch.manual_seed(1)
    return [torch.rand(2, 4, 16, 16) * 2 - 1 for _ in range(count)]


def test_features_have_the_shapes_of_vgg16() -> None:
    found = Vgg(SEEDED)(torch.zeros(2, 3, 32, 48))
    assert [tuple(f.shape[1:]) for f in found] == [(64, 32, 48), (128, 16, 24), (256, 8, 12)]
    assert all(f.min() >= 0 for f in found)


def test_sum_and_gradient_are_those_of_the_formula() -> None:
    vgg, (a, b, target) = Vgg(SEEDED), pictures(3)
    outputs = [a.requires_grad_(), b.requires_grad_()]
    found = losses.perceptual(vgg, outputs, target)
    expected = [sum(plain(output, target)) for output in outputs]
    torch.testing.assert_close(torch.stack(found), torch.stack(expected), rtol=1e-5, atol=0)
    ours = torch.autograd.grad(sum(found), outputs)
    theirs = torch.autograd.grad(sum(expected), outputs)
    for x, y in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-3, atol=1e-6)
    assert all(p.grad is None for p in vgg.parameters())


def test_the_sampled_estimate_is_right_on_average() -> None:
    vgg, (output, target) = Vgg(SEEDED), pictures(2)
    rgb, alpha = (losses.perceptual(vgg, [output], target, look)[0] for look in ("rgb", "alpha"))
    colour, grey = plain(output, target)
    torch.testing.assert_close(rgb, colour / 0.75, rtol=1e-5, atol=0)
    torch.testing.assert_close(0.75 * rgb + 0.25 * alpha, colour + grey, rtol=1e-5, atol=0)


@pytest.mark.parametrize(("kind", "c"), [("rotator", 0.2), ("combiner", 0.04)])
def test_the_loss_of_a_stage_is_the_articles(kind: str, c: float) -> None:
    source, target = pictures(2)
    pose, rotator, network = torch.rand(2, 3), FaceRotator(2, 9), build(kind, 2)
    vgg = Vgg(SEEDED)
    numbers = Objective(network, rotator if kind == "combiner" else None, vgg)(source, target, pose)
    if kind == "rotator":
        result = network(source, pose)
        answers = [result.painted, result.moved]
    else:
        with torch.no_grad():
            fed = rotator(source, pose)
        answers = [network(fed.painted, fed.moved, pose).output]
    expected = sum((a - target).abs().mean() + c * sum(plain(a, target)) for a in answers)
    assert numbers[0].item() == pytest.approx(expected.item(), rel=1e-5)
    numbers[0].backward()
    assert all(p.grad is not None for p in network.parameters())
    assert all(p.grad is None for p in rotator.parameters())


def test_l1_objectives_add_their_pathways() -> None:
    source, target = pictures(2)
    pose, network = torch.rand(2, 3), FaceRotator(2)
    result = network(source, pose)
    objective = Objective(network)
    numbers = dict(zip(objective.names, objective(source, target, pose).tolist(), strict=True))
    assert numbers["l1_painted"] == pytest.approx((result.painted - target).abs().mean().item())
    assert numbers["l1_moved"] == pytest.approx((result.moved - target).abs().mean().item())
    assert numbers["loss"] == pytest.approx(numbers["l1_painted"] + numbers["l1_moved"])


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_are_read_from_the_files_that_users_have(suffix: str, tmp_path: Path) -> None:
    whole = dict(SEEDED.tensors) | {"classifier.0.weight": torch.zeros(3), "features.17.weight": torch.zeros(3)}
    path = tmp_path / f"vgg16{suffix}"
    torch.save(whole, path) if suffix == ".pth" else write_tensors(path, whole)
    found = find_vgg(str(path))
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in SEEDED.tensors.items())
    assert found.about["source"] == "file"
    assert len(found.about["sha256"]) == 64


def test_seeded_weights_are_named_so() -> None:
    found = find_vgg("seeded")
    assert found.about == {"source": "seeded", "seed": 0}
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in seeded(0).tensors.items())
    weight = found.tensors["features.14.weight"]
    assert weight.std().item() == pytest.approx((2 / (256 * 9)) ** 0.5, rel=0.02)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: {k: v for k, v in t.items() if k != "features.7.bias"}, "features.7.bias missing"),
        (
            lambda t: t | {"features.0.weight": torch.zeros(64, 3, 5, 5)},
            r"features\.0\.weight of shape \(64, 3, 5, 5\)",
        ),
    ],
)
def test_other_files_are_refused(change: Any, said: str, tmp_path: Path) -> None:
    write_tensors(tmp_path / "x.safetensors", change(dict(SEEDED.tensors)))
    with pytest.raises(CheckpointError, match=said):
        find_vgg(str(tmp_path / "x.safetensors"))
    with pytest.raises(UsageError, match="nothing there"):
        find_vgg(str(tmp_path / "y.pth"))


def test_auto_asks_torchvision(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> Any:
        raise OSError("no network")

    weights = SimpleNamespace(get_state_dict=lambda **_: dict(SEEDED.tensors))
    models = ModuleType("torchvision.models")
    models.VGG16_Weights = SimpleNamespace(IMAGENET1K_V1=weights)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    found = find_vgg("auto")
    assert found.about["source"] == "torchvision"
    np.testing.assert_array_equal(found.tensors["features.0.bias"], SEEDED.tensors["features.0.bias"])
    weights.get_state_dict = refuse
    with pytest.raises(UsageError, match="no network, expected a download; give --vgg FILE"):
        find_vgg("auto")
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(UsageError, match="no torchvision here"):
        find_vgg("auto")
