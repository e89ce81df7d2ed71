"""What training minimises; pictures (B, 4, H, W) in network space, each loss a scalar tensor."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from trainer.vgg import Vgg

WEIGHTS = {"rotator": 0.2, "combiner": 0.04}  # of the perceptual term beside L1: the article's
RGB_SHARE = 0.75  # how often the sampled estimate looks at colours


def l1(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference over images, channels and pixels."""
    return (output - target).abs().mean()


def perceptual(vgg: Vgg, outputs: Sequence[Tensor], target: Tensor, look: str = "both") -> list[Tensor]:
    """Return, for each of ``outputs``, Σ over three layers of mean |φ(output) − φ(target)|, of RGB plus of alpha.

    Johnson et al.'s feature reconstruction with the article's L1 distance; alpha is seen as a grey picture. ``look``
    leaves one of the two out: "rgb" or "alpha", divided by how often ``RGB_SHARE`` says that it is looked at, so that
    the mean over such looks is the whole sum.
    """
    totals = [target.new_zeros(()) for _ in outputs]
    for kind, chance in (("rgb", RGB_SHARE), ("alpha", 1 - RGB_SHARE)):
        if look not in ("both", kind):
            continue
        pictures = [p[:, :3] if kind == "rgb" else p[:, 3:].expand(-1, 3, -1, -1) for p in (*outputs, target)]
        with torch.no_grad():
            goals = vgg(pictures[-1])
        found = vgg(torch.cat(pictures[:-1]))
        for goal, features in zip(goals, found, strict=True):
            for i, some in enumerate(features.chunk(len(outputs))):
                distance = (some.float() - goal.float()).abs().mean()
                totals[i] = totals[i] + (distance if look == "both" else distance / chance)
    return totals
