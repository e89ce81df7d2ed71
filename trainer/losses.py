"""What training minimises; both images (B, 4, H, W) in network space, each loss a scalar tensor."""

from __future__ import annotations

from torch import Tensor


def l1(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference over images, channels and pixels."""
    return (output - target).abs().mean()
