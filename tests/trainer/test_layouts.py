"""Every layout computes what the plain one does, forward and backward."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args, get_type_hints

import pytest
import torch
from torch import Tensor, nn

from trainer.config import FitConfig
from trainer.learner import Learner
from trainer.networks.kinds import KINDS, build
from trainer.networks.layouts import FAST, PLAIN, FirstConv, Heads, InstanceNorm, Layout, lay_out
from trainer.networks.rotator import FaceRotator
from trainer.objectives import Objective
from trainer.world import World


def choices(name: str) -> tuple[str, ...]:
    return get_args(get_type_hints(Layout)[name])


def results(module: nn.Module, inputs: list[Any], x: Tensor) -> list[Tensor]:
    """Outputs, and the gradients of the input and of all parameters of a sum weighted at random."""
    found = module(x, *inputs)
    outputs = list(found) if isinstance(found, tuple) else [found]
    torch.manual_seed(7)
    total = sum((output * torch.randn(output.shape)).sum() for output in outputs)
    learning = [p for one in (module, *inputs) for p in (one.parameters() if isinstance(one, nn.Module) else [])]
    return [*outputs, *torch.autograd.grad(total, [x, *learning])]


def same(module: Any, layout: Layout, inputs: list[Any], x: Tensor) -> None:
    module.layout = PLAIN
    expected = results(module, inputs, x)
    module.layout = layout
    found = results(module, inputs, x)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("how", choices("first"))
@pytest.mark.parametrize(("channels", "height", "width"), [(7, 16, 24), (11, 8, 8), (8, 32, 16)])
def test_the_first_convolution(how: str, channels: int, height: int, width: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, channels, height, width, dtype=torch.float64, requires_grad=True)
    same(FirstConv(channels, 6).double(), Layout(first=how), [], x)


@pytest.mark.parametrize("how", choices("heads"))
@pytest.mark.parametrize("outputs", [(4, 4), (4, 4, 2), (4, 4, 4)])
def test_the_heads(how: str, outputs: tuple[int, ...]) -> None:
    torch.manual_seed(0)

    convolutions = nn.ModuleList(nn.Conv2d(6, o, 7, 1, 3, bias=False) for o in outputs).double()
    x = torch.randn(2, 6, 16, 24, dtype=torch.float64, requires_grad=True)
    heads = Heads()
    for layout in (PLAIN, Layout(heads=how)):
        heads.layout = layout
        assert [tuple(t.shape) for t in heads(x, list(convolutions))] == [(2, o, 16, 24) for o in outputs]
        assert all(t.dtype == torch.float32 for t in heads(x, list(convolutions)))
    heads.layout = PLAIN
    expected = results(heads, [convolutions], x)
    heads.layout = Layout(heads=how)
    for one, other in zip(results(heads, [convolutions], x), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("how", choices("norm"))
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_the_norm(how: str, relu: bool, offset: float) -> None:
    torch.manual_seed(0)
    norm = InstanceNorm(6, relu=relu)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    x = (torch.randn(2, 6, 16, 24) * torch.tensor([0.01, 1, 3, 1, 1, 1]).view(6, 1, 1) + offset).requires_grad_()
    expected = results(norm, [], x)
    norm.layout = Layout(norm=how)
    for one, other in zip(results(norm, [], x), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=2e-3, atol=2e-3)
    assert norm(x.bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("side", [32, 80])
def test_a_norm_far_from_zero_keeps_its_small_variance(side: int) -> None:
    torch.manual_seed(0)
    norm = InstanceNorm(3)
    deviations = torch.randn(2, 3, side, side, dtype=torch.float64)
    expected = norm.double()(deviations)
    norm.layout = Layout(norm="own")
    torch.testing.assert_close(norm.float()(deviations.float() + 1000), expected.float(), rtol=0, atol=2e-3)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("side", [8, 80])
def test_the_norm_of_our_own_has_the_gradients_of_torch(side: int, relu: bool) -> None:
    """In float32, as it computes, against float64: nearer than a thousandth."""
    torch.manual_seed(0)
    norm = InstanceNorm(4, relu=relu)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    x = torch.randn(3, 4, side, side + 4, requires_grad=True)
    norm.layout = Layout(norm="own")
    found = results(norm, [], x)
    norm.layout = PLAIN
    expected = results(norm.double(), [], x.detach().double().requires_grad_())
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_in_another_layout_has_the_same_tensors_and_answers(kind: str) -> None:
    torch.manual_seed(0)
    images = [torch.rand(2, 4, 32, 32) for _ in range(2 if kind == "combiner" else 1)]
    network, pose = build(kind, 4), torch.rand(2, 3)
    expected, names = network(*images, pose), list(network.state_dict())
    for first, heads, norm in product(*map(choices, ("first", "heads", "norm"))):
        lay_out(network, Layout(first, heads, norm))
        for one, other in zip(network(*images, pose), expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)
    assert list(network.state_dict()) == names


@pytest.mark.parametrize("kind", KINDS)
def test_a_compiled_step_learns_the_same(kind: str) -> None:
    """Traced forward and backward, in the layout that GPUs get, without a compiler behind it."""
    torch.manual_seed(0)
    source, target, pose = torch.rand(2, 4, 32, 32), torch.rand(2, 4, 32, 32), torch.rand(2, 3)
    gradients = []
    for compiled in (False, True):
        rotator = FaceRotator(4, 3) if kind == "combiner" else None
        objective = Objective(build(kind, 4, 1), rotator)
        learner = Learner(objective, FitConfig(batch=2, width=4), World(torch.device("cpu")))
        if compiled:
            learner.compile(layout=FAST, backend="aot_eager")
        learner.step(source, target, pose)
        gradients.append(torch.cat([p.grad.flatten() for p in learner.parameters if p.grad is not None]))
    assert (gradients[0] - gradients[1]).norm() < 1e-3 * gradients[0].norm()
