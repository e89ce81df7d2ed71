"""The two-algorithm face rotator (A.2): turns the head of an image, once by repainting and once by moving pixels."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample

from mmdgen.pose_spec import HEAD, NAMES
from trainer.networks.blocks import EncoderDecoder, blend, conv7, initialise, pose_planes
from trainer.networks.layouts import Heads


class Rotated(NamedTuple):
    """What the rotator gives, float32; pictures (B, 4, H, W) in network space."""

    painted: Tensor  # Pumarola et al.'s pathway: blend of input and change
    moved: Tensor  # Zhou et al.'s pathway: pixels of the input, sampled where ``flow`` says
    mask: Tensor  # (B, 4, H, W) in [0, 1]: how much of the input ``painted`` keeps
    change: Tensor  # (B, 4, H, W) in network space
    flow: Tensor  # (B, 2, H, W): what is added to each pixel's own place (x, y), both of which run from -1 to 1


class FaceRotator(nn.Module):
    """Image with an expression and (head_x, head_y, neck_z) to the image with its head turned, by two pathways.

    ``still_flow`` starts the flow at zero: kaiming's start moves pixels by about half an image.
    """

    def __init__(self, width: int = 64, seed: int = 0, *, still_flow: bool = False) -> None:
        super().__init__()
        self.width = width
        self.main_body = EncoderDecoder(4 + len(NAMES[HEAD]), width)
        self.pumarola_color_change = nn.Sequential(conv7(width, 4))
        self.pumarola_alpha_mask = nn.Sequential(conv7(width, 4))
        self.zhou_grid_change = conv7(width, 2)
        self.heads = Heads()
        initialise(self, seed)
        if still_flow:
            nn.init.zeros_(self.zhou_grid_change.weight)

    def forward(self, image: Tensor, pose: Tensor) -> Rotated:
        """Take an image (B, 4, H, W) in network space and a pose (B, 3); blends and samples in float32."""
        image = image.float()
        features = self.main_body(pose_planes(image, pose))
        change, mask, flow = self.heads(
            features, [self.pumarola_color_change[0], self.pumarola_alpha_mask[0], self.zhou_grid_change]
        )
        change, mask = torch.tanh(change), torch.sigmoid(mask)
        return Rotated(blend(mask, image, change), moved(image, flow), mask, change, flow)


def moved(image: Tensor, flow: Tensor) -> Tensor:
    """Return ``image`` (B, 4, H, W) with each pixel copied from its own place plus ``flow`` (B, 2, H, W) float32.

    Bilinear; outside the image its border goes on; -1 and 1 are the middles of the outermost pixels.
    """
    height, width = image.shape[2:]
    x = torch.linspace(-1, 1, width, device=image.device)
    y = torch.linspace(-1, 1, height, device=image.device)
    place = torch.stack([x.expand(height, -1), y[:, None].expand(-1, width)], dim=-1)  # (H, W, 2)
    with torch.autocast(image.device.type, enabled=False):
        return grid_sample(
            image, place + flow.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=True
        )
