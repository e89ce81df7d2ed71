"""The face morpher is the article's: names, counts, shapes, blend and start."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from trainer.networks.blocks import initialise
from trainer.networks.morpher import FaceMorpher


def published_names() -> set[str]:
    """Every tensor name of the published face_morpher.pt."""
    body = "main_body.module_list"
    outer, blocks = (*range(4), *range(10, 13)), range(4, 10)
    return {
        *(f"{body}.{i}.0.weight" for i in outer),
        *(f"{body}.{i}.1.{p}" for i in outer for p in ("weight", "bias")),
        *(f"{body}.{i}.conv{k}.weight" for i in blocks for k in (1, 2)),
        *(f"{body}.{i}.norm{k}.{p}" for i in blocks for k in (1, 2) for p in ("weight", "bias")),
        "color_change.0.weight",
        "alpha_mask.0.weight",
    }


def test_tensors_are_those_of_the_published_checkpoint() -> None:
    state = FaceMorpher().state_dict()
    assert set(state) == published_names()
    assert len(state) == 59
    assert sum(t.numel() for t in state.values()) == 33_878_720
    assert state["main_body.module_list.0.0.weight"].shape == (64, 7, 7, 7)
    assert state["main_body.module_list.3.0.weight"].shape == (512, 256, 4, 4)
    assert state["main_body.module_list.9.conv2.weight"].shape == (512, 512, 3, 3)
    assert state["main_body.module_list.10.0.weight"].shape == (512, 256, 4, 4)  # transposed: inputs first
    assert state["alpha_mask.0.weight"].shape == (4, 64, 7, 7)


@pytest.mark.parametrize(("width", "height", "side"), [(4, 32, 32), (4, 64, 40), (6, 256, 256)])
def test_any_size_that_is_a_multiple_of_8(width: int, height: int, side: int) -> None:
    result = FaceMorpher(width)(torch.zeros(2, 4, height, side), torch.zeros(2, 3))
    assert all(picture.shape == (2, 4, height, side) for picture in result)


def test_output_is_the_blend_of_input_and_change() -> None:
    torch.manual_seed(0)
    image = torch.randn(2, 4, 32, 32)
    result = FaceMorpher(4)(image, torch.rand(2, 3))
    assert torch.equal(result.output, result.mask * image + (1 - result.mask) * result.change)
    assert result.mask.min() >= 0
    assert result.mask.max() <= 1
    assert result.change.abs().max() <= 1


def test_each_pose_number_moves_the_output() -> None:
    network, image = FaceMorpher(4), torch.rand(1, 4, 32, 32)
    still = network(image, torch.zeros(1, 3)).output
    outputs = [network(image, pose[None]).output for pose in torch.eye(3)]
    assert all(not torch.equal(still, output) for output in outputs)
    assert not torch.equal(outputs[0], outputs[1])


def test_start_is_kaiming_and_a_function_of_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = FaceMorpher(16, seed=7).state_dict()
    torch.manual_seed(2)
    again, other = FaceMorpher(16, seed=7).state_dict(), FaceMorpher(16, seed=8).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)
    weight = first["main_body.module_list.5.conv1.weight"]
    assert weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.02)


def test_initialise_sets_norms_to_1_and_0() -> None:
    norm = nn.InstanceNorm2d(3, affine=True)
    nn.init.constant_(norm.weight, 5)
    nn.init.constant_(norm.bias, 5)
    initialise(norm, 0)
    assert norm.weight.tolist() == [1, 1, 1]
    assert norm.bias.tolist() == [0, 0, 0]
