"""The same networks in the layouts that GPUs are fast at: nothing here changes a tensor's name, shape or meaning.

Tensor cores multiply tiles of 64 by 64 channels and more; 7×7 convolutions with 7 channels in or 8 out leave most of a
tile empty. So the seven columns of such a kernel become channels, which leaves a convolution by 7×1:

    first   each pixel's neighbours in its row are laid beside one another as channels, (B, 8 · C, H, W), then 7×1
    last    a 7×1 convolution gives for each column of the kernel what it adds, (B, 7 · O, H, W), and seven of them,
            each shifted by its column, are added up

*Blocks* are the alternative: one 8×8 convolution of stride 2 computes four neighbouring pixels as channels.
A ``Layout`` says which way a network goes; ``PLAIN`` is the article's own, and the tests hold all others to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, pixel_shuffle

TAPS = 7  # a side of the kernel


@dataclass(frozen=True)
class Layout:
    """How a network computes what the article says.

    Attributes:
        first: The first convolution: as it is, with channels padded to a multiple of 8, by rows, or in blocks.
        heads: The last convolutions: one by one, joined to one, joined by rows, or joined in blocks.
        norm: Instance norms: torch's, or of parts that a compiler fuses with their neighbours: deviations about the
            mean (var_mean), or mean and mean of squares in one pass (sums).
    """

    first: Literal["plain", "padded", "rows", "blocks"] = "plain"
    heads: Literal["separate", "joint", "rows", "blocks"] = "separate"
    norm: Literal["native", "var_mean", "sums"] = "native"


PLAIN = Layout()
FAST = Layout("rows", "rows", "var_mean")  # for compiled steps on a GPU with tensor cores


def lay_out(network: nn.Module, layout: Layout) -> None:
    """Let every part of ``network`` compute in that layout from now on."""
    for module in network.modules():
        if isinstance(module, InstanceNorm | FirstConv | Heads):
            module.layout = layout


class InstanceNorm(nn.InstanceNorm2d):
    """An instance norm with a learned scale and shift and no running statistics; statistics in float32."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-5, affine=True, track_running_stats=False)
        self.layout = PLAIN

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the shape and dtype of ``x``."""
        if self.layout.norm == "native":
            return super().forward(x)
        wide = x.float()
        if self.layout.norm == "var_mean":
            variance, mean = torch.var_mean(wide, (2, 3), correction=0, keepdim=True)
        else:
            mean = wide.mean((2, 3), keepdim=True)
            variance = ((wide * wide).mean((2, 3), keepdim=True) - mean * mean).clamp(min=0)
        scale = self.weight[:, None, None] * torch.rsqrt(variance + self.eps)
        return (wide * scale + (self.bias[:, None, None] - mean * scale)).to(x.dtype)


class FirstConv(nn.Conv2d):
    """A 7×7 convolution that keeps the size, of few channels in."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, TAPS, 1, TAPS // 2, bias=False)
        self.layout = PLAIN

    def forward(self, x: Tensor) -> Tensor:
        """Take (B, inputs, H, W) to (B, outputs, H, W)."""
        if self.layout.first == "plain":
            return super().forward(x)
        more = -x.shape[1] % 8
        x, weight = pad(x, (0, 0, 0, 0, 0, more)), pad(self.weight, (0, 0, 0, 0, 0, more))
        if self.layout.first == "padded":
            return conv2d(x, weight, padding=TAPS // 2)
        return conv7_unrolled(x, weight) if self.layout.first == "rows" else conv7_in_blocks(x, weight)


class Heads(nn.Module):
    """Several 7×7 convolutions of the same features; holds no tensor of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layout = PLAIN

    def forward(self, features: Tensor, convolutions: Sequence[nn.Conv2d]) -> tuple[Tensor, ...]:
        """Take (B, C, H, W) to each convolution's (B, outputs, H, W), float32."""
        if self.layout.heads == "separate":
            return tuple(convolution(features).float() for convolution in convolutions)
        weight = torch.cat([convolution.weight for convolution in convolutions])
        if self.layout.heads == "joint":
            joint = conv2d(features, pad(weight, (0, 0, 0, 0, 0, 0, 0, -len(weight) % 8)), padding=TAPS // 2).float()
        else:
            joint = conv7_summed(features, weight) if self.layout.heads == "rows" else conv7_in_blocks(features, weight)
        return torch.split(joint.float()[:, : len(weight)], [c.out_channels for c in convolutions], dim=1)


def conv7_unrolled(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve (B, C, H, W) with (O, C, 7, 7): the row's neighbours become channels. Made for small C."""
    rows = pad(x, (TAPS // 2, TAPS // 2 + 1)).permute(0, 2, 3, 1)  # (B, H, W + 7, C)
    rows = rows.unfold(2, TAPS + 1, 1).transpose(3, 4).flatten(3)  # (B, H, W, 8 · C), the eighth aligns
    kernel = pad(weight, (0, 1)).permute(0, 3, 1, 2).flatten(1, 2)  # (O, 8 · C, 7)
    return conv2d(rows.permute(0, 3, 1, 2), kernel[..., None], padding=(TAPS // 2, 0))


def conv7_summed(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve (B, C, H, W) with (O, C, 7, 7), float32: what each column adds becomes channels. Made for small O."""
    outputs, width = len(weight), x.shape[3]
    kernel = weight.permute(3, 0, 1, 2).flatten(0, 1)  # (7 · O, C, 7)
    kernel = pad(kernel, (0, 0, 0, 0, 0, -len(kernel) % 8))
    parts = pad(conv2d(x, kernel[..., None], padding=(TAPS // 2, 0)), (TAPS // 2, TAPS // 2))
    found = parts[:, :outputs, :, :width].float()
    for column in range(1, TAPS):
        found = found + parts[:, column * outputs : (column + 1) * outputs, :, column : column + width].float()
    return found


def conv7_in_blocks(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve (B, C, H, W), H and W even, with (O, C, 7, 7): four pixels at a time, as channels."""
    shifted = [pad(weight, (right, 1 - right, down, 1 - down)) for down in (0, 1) for right in (0, 1)]
    kernel = torch.stack(shifted, dim=1).flatten(0, 1)  # (4 · O, C, 8, 8)
    return pixel_shuffle(conv2d(x, kernel, stride=2, padding=TAPS // 2), 2)
