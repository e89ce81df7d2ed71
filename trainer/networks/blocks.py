"""What the networks are built of (appendix A of the article): convolutions without bias, affine instance norms.

Every image tensor is (B, C, H, W). ``width`` is the number of channels at full resolution, 64 in the article.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from trainer.networks.layouts import FirstConv, InstanceNorm

BLOCKS = 6  # residual blocks at the lowest resolution


def conv7(inputs: int, outputs: int) -> nn.Conv2d:
    """Return a 7×7 convolution that keeps the size."""
    return nn.Conv2d(inputs, outputs, 7, 1, 3, bias=False)


def conv3(inputs: int, outputs: int) -> nn.Conv2d:
    """Return a 3×3 convolution that keeps the size."""
    return nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)


def first(inputs: int, outputs: int) -> nn.Sequential:
    """Return Conv7, norm, ReLU at the same size, for few channels in."""
    return nn.Sequential(FirstConv(inputs, outputs), InstanceNorm(outputs, relu=True))


def same(inputs: int, outputs: int) -> nn.Sequential:
    """Return Conv7, norm, ReLU at the same size."""
    return nn.Sequential(conv7(inputs, outputs), InstanceNorm(outputs, relu=True))


def down(inputs: int, outputs: int) -> nn.Sequential:
    """Return ConvDown, norm, ReLU: half the size."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), InstanceNorm(outputs, relu=True))


def up(inputs: int, outputs: int) -> nn.Sequential:
    """Return ConvTransposeUp, norm, ReLU: twice the size."""
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), InstanceNorm(outputs, relu=True))


class ResidualBlock(nn.Module):
    """x + IN(Conv3(ReLU(IN(Conv3(x))))), with no ReLU after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = conv3(channels, channels), InstanceNorm(channels, relu=True)
        self.conv2, self.norm2 = conv3(channels, channels), InstanceNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the shape of ``x``."""
        inner: Tensor = self.norm2(self.conv2(self.norm1(self.conv1(x))))
        return x + inner


def run(module: nn.Module, x: Tensor, *, again: bool) -> Tensor:
    """Return ``module(x)``; ``again`` keeps nothing of it and computes it a second time when gradients are wanted."""
    found: Tensor = checkpoint(module, x, use_reentrant=False) if again and torch.is_grad_enabled() else module(x)
    return found


class EncoderDecoder(nn.Module):
    """The body of morpher and rotator: three halvings, residual blocks, three doublings."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        w = width
        self.checkpointing = False
        self.module_list = nn.ModuleList(
            [
                *(first(inputs, w), down(w, 2 * w), down(2 * w, 4 * w), down(4 * w, 8 * w)),
                *(ResidualBlock(8 * w) for _ in range(BLOCKS)),
                *(up(8 * w, 4 * w), up(4 * w, 2 * w), up(2 * w, w)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Take (B, inputs, H, W), H and W multiples of 8, to features (B, width, H, W)."""
        for module in self.module_list:
            x = run(module, x, again=self.checkpointing)
        return x


def pose_planes(image: Tensor, pose: Tensor) -> Tensor:
    """Append each of the numbers of ``pose`` (B, P) to ``image`` (B, C, H, W) as a constant plane: (B, C + P, H, W)."""
    planes = pose[:, :, None, None].expand(-1, -1, *image.shape[2:])
    return torch.cat([image, planes.to(image.dtype)], dim=1)


def blend(mask: Tensor, kept: Tensor, change: Tensor) -> Tensor:
    """Return mask · kept + (1 − mask) · change."""
    return mask * kept + (1 - mask) * change


def initialise(network: nn.Module, seed: int) -> None:
    """Draw every convolution from kaiming normal (fan-in) and set every norm to 1 and 0, from ``seed`` alone."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, generator=generator)
        elif isinstance(module, nn.InstanceNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
