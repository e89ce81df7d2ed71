"""Network space: the numbers that networks see and give, and the way there and back.

| step    | forward (``to_network``)                 | backward (``to_srgb``)                   |
|---------|------------------------------------------|------------------------------------------|
| stored  | uint8 RGBA / 255: straight alpha, sRGB   | round(255 · x) to uint8                  |
| colour  | RGB sRGB → linear light; alpha as it is  | RGB linear light → sRGB; alpha as it is  |
| range   | all four channels x → 2x − 1             | x → (x + 1) / 2, clipped to [0, 1]       |
| layout  | (B, S, S, 4) → (B, 4, S, S)              | (B, 4, S, S) → (B, S, S, 4)              |

Alpha stays straight: RGB is never multiplied by it, so the empty ground (0, 0, 0, 0) is −1 in every channel. The
transfer function is IEC 61966-2-1. ``decode(encode(x)) == x`` for all 256 values. Training, evaluation and use of a
network all go through here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

LookUp = Callable[[Tensor, Tensor], Tensor]


def srgb_to_linear(x: Tensor) -> Tensor:
    """Return the linear light (any shape, [0, 1]) of sRGB numbers in [0, 1]; differentiable."""
    return torch.where(x <= 0.04045, x / 12.92, ((x.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(x: Tensor) -> Tensor:
    """Return the sRGB numbers (any shape, [0, 1]) of linear light in [0, 1]; differentiable."""
    return torch.where(x <= 0.0031308, x * 12.92, 1.055 * x.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)


def to_network(srgb: Tensor) -> Tensor:
    """Take RGBA (B, 4, H, W) from sRGB numbers in [0, 1] to network space [-1, 1]; differentiable."""
    return torch.cat([srgb_to_linear(srgb[:, :3]), srgb[:, 3:]], dim=1) * 2 - 1


def to_srgb(network: Tensor) -> Tensor:
    """Take RGBA (B, 4, H, W) from network space to sRGB numbers, clipped to [0, 1]; differentiable inside the range."""
    unit = ((network + 1) / 2).clamp(0, 1)
    return torch.cat([linear_to_srgb(unit[:, :3]), unit[:, 3:]], dim=1)


@cache
def _table(device: torch.device) -> Tensor:
    """Return (256, 4) float32: what a stored byte of each channel is in network space."""
    byte = torch.arange(256, dtype=torch.float64) / 255
    colour, alpha = srgb_to_linear(byte) * 2 - 1, byte * 2 - 1
    return torch.stack([colour, colour, colour, alpha], dim=1).float().to(device)


def encode(images: Tensor, look_up: LookUp | None = None) -> Tensor:
    """Take stored pictures (B, H, W, 4) uint8 to network space (B, 4, H, W) float32, on the pictures' device.

    One look into a table for each byte; the result lies in memory as the pictures do, channels last. ``look_up`` may be
    the compiled twin of this module's.
    """
    return (look_up or look_up_bytes)(images, _table(images.device))


def look_up_bytes(images: Tensor, table: Tensor) -> Tensor:
    """Return (B, 4, H, W) of what ``table`` (256, 4) has for bytes (B, H, W, 4)."""
    return table[images.int(), torch.arange(4, device=table.device)].permute(0, 3, 1, 2)


def decode(network: Tensor) -> Tensor:
    """Take network space (B, 4, H, W) to stored pictures (B, H, W, 4) uint8, on the same device."""
    return (to_srgb(network.float()) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
