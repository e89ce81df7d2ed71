"""Network space: the stated formula, exact round trips, gradients."""

from __future__ import annotations

import numpy as np
import torch

from trainer import colour


def test_all_256_values_come_back_exactly() -> None:
    ramp = torch.arange(256, dtype=torch.uint8)
    pictures = ramp.view(1, 16, 16, 1).expand(1, 16, 16, 4).contiguous()
    assert torch.equal(colour.decode(colour.encode(pictures)), pictures)


def test_colour_is_linear_light_and_alpha_is_not_touched() -> None:
    picture = torch.tensor([[[[0, 255, 128, 128]]]], dtype=torch.uint8)
    found = colour.encode(picture)[0, :, 0, 0]
    middle = ((128 / 255 + 0.055) / 1.055) ** 2.4
    expected = [-1, 1, 2 * middle - 1, 2 * 128 / 255 - 1]
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


def test_channels_and_pixels_keep_their_places() -> None:
    pictures = torch.randint(0, 256, (2, 8, 16, 4), dtype=torch.uint8)
    found = colour.encode(pictures)
    assert found.shape == (2, 4, 8, 16)
    one = colour.to_network(pictures[1:, 3:4, 5:6].permute(0, 3, 1, 2).double() / 255)
    np.testing.assert_allclose(found[1, :, 3, 5], one.flatten(), atol=1e-6)


def test_float_way_there_and_back() -> None:
    srgb = torch.rand(2, 4, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(colour.to_srgb(colour.to_network(srgb)), srgb, atol=1e-7, rtol=0)  # the standard's joint


def test_output_outside_the_range_is_clipped() -> None:
    found = colour.decode(torch.tensor([-1.5, 1.5]).view(1, 1, 1, 2).expand(1, 4, 1, 2))
    assert found[0, 0, 0].tolist() == [0, 0, 0, 0]
    assert found[0, 0, 1].tolist() == [255, 255, 255, 255]


def test_gradients_are_right_and_finite_at_black() -> None:
    inside = torch.rand(1, 4, 3, 3, dtype=torch.float64) * 1.8 - 0.9
    assert torch.autograd.gradcheck(colour.to_srgb, inside.requires_grad_())
    assert torch.autograd.gradcheck(colour.to_network, (torch.rand(1, 4, 3, 3) * 0.9 + 0.05).double().requires_grad_())
    black = torch.full((1, 4, 2, 2), -1.0, requires_grad=True)
    colour.to_srgb(black).sum().backward()
    assert black.grad is not None
    assert black.grad.isfinite().all()
