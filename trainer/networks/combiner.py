"""The combiner (A.3): a U-Net that blends the rotator's two pictures and retouches the result."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmdgen.pose_spec import HEAD, NAMES
from trainer.networks.blocks import (
    BLOCKS,
    ResidualBlock,
    blend,
    conv7,
    down,
    first,
    initialise,
    pose_planes,
    run,
    same,
    up,
)
from trainer.networks.layouts import Heads


class Combined(NamedTuple):
    """What the combiner gives, each (B, 4, H, W) float32."""

    output: Tensor  # network space
    blended: Tensor  # network space: the two pictures before the retouch
    mask: Tensor  # [0, 1]: how much of the painted picture ``blended`` takes
    retouch_mask: Tensor  # [0, 1]: how much of ``blended`` is kept
    change: Tensor  # network space


class UNet(nn.Module):
    """The combiner's body: as ``EncoderDecoder``, but each doubling is joined with the features of its size."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        w = width
        self.checkpointing = False
        self.downward_modules = nn.ModuleList(
            [first(inputs, w), down(w, 2 * w), down(2 * w, 4 * w), down(4 * w, 8 * w)]
        )
        self.bottleneck_modules = nn.ModuleList(ResidualBlock(8 * w) for _ in range(BLOCKS))
        # numbered by what they are joined with below: the last of the list runs first
        self.upsampling_modules = nn.ModuleList([same(2 * w, w), up(4 * w, w), up(8 * w, 2 * w), up(8 * w, 4 * w)])

    def forward(self, x: Tensor) -> Tensor:
        """Take (B, inputs, H, W), H and W multiples of 8, to features (B, width, H, W)."""
        passed = []
        for module in self.downward_modules:
            x = run(module, x, again=self.checkpointing)
            passed.append(x)
        for module in self.bottleneck_modules:
            x = run(module, x, again=self.checkpointing)
        x = run(self.upsampling_modules[3], x, again=self.checkpointing)
        for i in (2, 1, 0):
            x = run(self.upsampling_modules[i], torch.cat([x, passed[i]], dim=1), again=self.checkpointing)
        return x


class Combiner(nn.Module):
    """The rotator's two pictures and (head_x, head_y, neck_z) to one picture that takes the better parts of both."""

    def __init__(self, width: int = 64, seed: int = 0) -> None:
        super().__init__()
        self.width = width
        self.main_body = UNet(8 + len(NAMES[HEAD]), width)
        self.combine_alpha_mask = nn.Sequential(conv7(width, 4))
        self.retouch_alpha_mask = nn.Sequential(conv7(width, 4))
        self.retouch_color_change = nn.Sequential(conv7(width, 4))
        self.heads = Heads()
        initialise(self, seed)

    def forward(self, painted: Tensor, moved: Tensor, pose: Tensor) -> Combined:
        """Take two images (B, 4, H, W) in network space and a pose (B, 3); blends in float32."""
        painted, moved = painted.float(), moved.float()
        features = self.main_body(pose_planes(torch.cat([painted, moved], dim=1), pose))
        mask, keep, change = self.heads(
            features, [self.combine_alpha_mask[0], self.retouch_alpha_mask[0], self.retouch_color_change[0]]
        )
        mask, keep, change = torch.sigmoid(mask), torch.sigmoid(keep), torch.tanh(change)
        blended = blend(mask, painted, moved)
        return Combined(blend(keep, blended, change), blended, mask, keep, change)
