"""The face morpher (A.1): closes eyes and mouth of a rest image."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmdgen.pose_spec import FACE, NAMES
from trainer.networks.blocks import EncoderDecoder, blend, conv7, initialise, pose_planes
from trainer.networks.layouts import Heads


class Morphed(NamedTuple):
    """What the morpher gives, each (B, 4, H, W) float32."""

    output: Tensor  # network space
    mask: Tensor  # [0, 1]: how much of the input is kept
    change: Tensor  # network space


class FaceMorpher(nn.Module):
    """Rest image and (eye_left, eye_right, mouth) to the image with that expression."""

    def __init__(self, width: int = 64, seed: int = 0) -> None:
        super().__init__()
        self.width = width
        self.main_body = EncoderDecoder(4 + len(NAMES[FACE]), width)
        self.color_change = nn.Sequential(conv7(width, 4))
        self.alpha_mask = nn.Sequential(conv7(width, 4))
        self.heads = Heads()
        initialise(self, seed)

    def forward(self, image: Tensor, pose: Tensor) -> Morphed:
        """Take an image (B, 4, H, W) in network space and a pose (B, 3).

        Under autocast the blend is still float32: a bfloat16 mask knows nothing between 0.996 and 1.
        """
        features = self.main_body(pose_planes(image, pose))
        change, mask = self.heads(features, [self.color_change[0], self.alpha_mask[0]])
        change, mask = torch.tanh(change), torch.sigmoid(mask)
        return Morphed(blend(mask, image, change), mask, change)
