"""The same networks in the layouts that GPUs are fast at: nothing here changes a tensor's name, shape or meaning.

Tensor cores multiply tiles of 64 by 64 channels and more; 7×7 convolutions with 7 channels in or 8 out leave most of a
tile empty. So the seven columns of such a kernel become channels, which leaves a convolution by 7×1:

    first   each pixel's neighbours in its row are laid beside one another as channels, (B, 8 · C, H, W), then 7×1
    last    a 7×1 convolution gives for each column of the kernel what it adds, (B, 8 · O, H, W) with an empty eighth,
            and seven of them, each shifted by its column, are added up

*Blocks* are the alternative: one 8×8 convolution of stride 2 computes four neighbouring pixels as channels.
A ``Layout`` says which way a network goes; ``PLAIN`` is the article's own, and the tests hold all others to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, pixel_shuffle

TAPS = 7  # a side of the kernel
WELFORD = 64 * 64  # pixels up to which a compiler has one kernel for statistics and what is made of them


@dataclass(frozen=True)
class Layout:
    """How a network computes what the article says.

    Attributes:
        first: The first convolution: as it is, with channels padded to a multiple of 8, by rows, or in blocks.
        heads: The last convolutions: one by one, joined to one, joined by rows, or joined in blocks.
        norm: Instance norms: torch's, of parts that a compiler fuses with their neighbours (var_mean), or such parts
            with a backward of our own, which reads no more than it must (own).
    """

    first: Literal["plain", "padded", "rows", "blocks"] = "plain"
    heads: Literal["separate", "joint", "rows", "blocks"] = "separate"
    norm: Literal["native", "var_mean", "own"] = "native"


PLAIN = Layout()
FAST = Layout("rows", "rows", "own")  # for compiled steps on a GPU with tensor cores


def lay_out(network: nn.Module, layout: Layout) -> None:
    """Let every part of ``network`` compute in that layout from now on."""
    for module in network.modules():
        if isinstance(module, InstanceNorm | FirstConv | Heads):
            module.layout = layout


class InstanceNorm(nn.InstanceNorm2d):
    """An instance norm with a learned scale and shift and no running statistics; statistics in float32.

    ``relu``: and a ReLU after it, which belongs here since its backward needs nothing but what the norm's needs.
    """

    def __init__(self, channels: int, *, relu: bool = False) -> None:
        super().__init__(channels, eps=1e-5, affine=True, track_running_stats=False)
        self.relu = relu
        self.layout = PLAIN

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the shape and dtype of ``x``."""
        if self.layout.norm == "own":
            found: Tensor = Normed.apply(x, self.weight, self.bias, self.eps, self.relu)  # type: ignore[no-untyped-call]
            return found
        if self.layout.norm == "native":
            found = super().forward(x)
        else:
            wide = x.float()
            variance, mean = torch.var_mean(wide, (2, 3), correction=0, keepdim=True)
            scale = self.weight[:, None, None] * torch.rsqrt(variance + self.eps)
            found = (wide * scale + (self.bias[:, None, None] - mean * scale)).to(x.dtype)
        return torch.relu(found) if self.relu else found


class Normed(torch.autograd.Function):
    """An instance norm of (B, C, H, W), and a ReLU where asked, for a compiler.

    The backward looks twice at the input and at the gradient, and at nothing else: where the ReLU was open follows from
    the input. torch would look at what came out too, a third more to read.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, relu: bool) -> Tensor:
        """Return features of the shape and dtype of ``x``; ``weight`` and ``bias`` are (C,)."""
        wide = x.float()
        variance, mean = _moments(wide)
        inverse = torch.rsqrt(variance + eps)
        ctx.relu = relu
        ctx.save_for_backward(x, mean, inverse, weight, bias)
        normed = (wide - mean) * (weight[:, None, None] * inverse) + bias[:, None, None]
        return (torch.relu(normed) if relu else normed).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of ``x``, ``weight`` and ``bias``."""
        x, mean, inverse, weight, bias = ctx.saved_tensors
        wide, passed, scale = x.float() - mean, gradient.float(), weight[:, None, None] * inverse
        if ctx.relu:
            passed = torch.where(wide * scale + bias[:, None, None] > 0, passed, 0)
        normed = wide * inverse
        shifts, scales = passed.sum((2, 3), keepdim=True), (passed * normed).sum((2, 3), keepdim=True)
        pixels = x.shape[2] * x.shape[3]
        found = scale * (passed - shifts / pixels - normed * (scales / pixels))
        return found.to(x.dtype), scales.sum((0, 2, 3)), shifts.sum((0, 2, 3)), None, None


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return variance and mean (B, C, 1, 1) of (B, C, H, W) float32.

    Of large pictures by plain sums, as Welford's way would compute longer than memory is read; of what is left of each
    number without the first of its channel, so that a large mean cannot swallow a small variance.
    """
    if x.shape[2] * x.shape[3] <= WELFORD:
        variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
        return variance, mean
    first = x[:, :, :1, :1]
    apart = x - first
    mean, square = apart.mean((2, 3), keepdim=True), (apart * apart).mean((2, 3), keepdim=True)
    return (square - mean * mean).clamp(min=0), mean + first


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
    rows = side_by_side(x, TAPS // 2).flatten(3)  # (B, H, W, 8 · C), the eighth aligns
    kernel = pad(weight, (0, 1)).permute(0, 3, 1, 2).flatten(1, 2)  # (O, 8 · C, 7)
    return conv2d(rows.permute(0, 3, 1, 2), kernel[..., None], padding=(TAPS // 2, 0))


def conv7_summed(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve (B, C, H, W) with (O, C, 7, 7), float32: what each column adds becomes channels. Made for small O."""
    kernel = pad(weight, (0, 1)).permute(3, 0, 1, 2).flatten(0, 1)  # (8 · O, C, 7), the eighth aligns
    columns = conv2d(x, kernel[..., None], padding=(TAPS // 2, 0))
    parts: Tensor = ShiftedSum.apply(columns)  # type: ignore[no-untyped-call]  # torch has no types there
    return parts


class ShiftedSum(torch.autograd.Function):
    """Adds up the channels that belong together, each column's shifted by its place: (B, 8 · O, H, W) to (B, O, H, W).

    The answer is float32. Its backward is written out, as a compiler would go by way of padded copies: every column is
    given the gradient at its own shift, laid side by side as channels as ``conv7_unrolled`` does. The eighth, which
    counts for nothing, is given one too: its weights are 0 and no parameter's.
    """

    @staticmethod
    def forward(ctx: Any, parts: Tensor) -> Tensor:
        """Take (B, 8 · O, H, W) to (B, O, H, W)."""
        ctx.dtype, outputs, width = parts.dtype, parts.shape[1] // (TAPS + 1), parts.shape[3]
        padded = pad(parts, (TAPS // 2, TAPS // 2))
        found = padded[:, :outputs, :, :width].float()
        for column in range(1, TAPS):
            found = found + padded[:, column * outputs : (column + 1) * outputs, :, column : column + width].float()
        return found

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Take (B, O, H, W) to (B, 8 · O, H, W), channels last."""
        return side_by_side(gradient.to(ctx.dtype), TAPS // 2 + 1).flip(3).flatten(3).permute(0, 3, 1, 2)


def side_by_side(x: Tensor, before: int) -> Tensor:
    """Return for each pixel of (B, C, H, W) eight in its row, the first ``before`` steps back: (B, H, W, 8, C)."""
    rows = pad(x, (before, TAPS - before)).permute(0, 2, 3, 1)  # (B, H, W + 7, C)
    return rows.unfold(2, TAPS + 1, 1).transpose(3, 4)


def conv7_in_blocks(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve (B, C, H, W), H and W even, with (O, C, 7, 7): four pixels at a time, as channels."""
    shifted = [pad(weight, (right, 1 - right, down, 1 - down)) for down in (0, 1) for right in (0, 1)]
    kernel = torch.stack(shifted, dim=1).flatten(0, 1)  # (4 · O, C, 8, 8)
    return pixel_shuffle(conv2d(x, kernel, stride=2, padding=TAPS // 2), 2)
