"""Where the numbers are computed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from mmdgen.errors import UsageError
from trainer import colour
from trainer.data import Batch


def choose_device(name: str) -> torch.device:
    """Return the device of that name; "auto" is a GPU when there is one, else the CPU. Takes no GPU memory."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in available.items() if there))
    there = [kind for kind, there in available.items() if there]
    kind, _, number = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if kind not in there or (number and not (number.isdecimal() and int(number) < count)):
        raise UsageError(f"--device {name}: not available here, expected {' or '.join(there)} or auto; leave it out")
    return torch.device(name)


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """Return the context for a forward pass: bfloat16 on an NVIDIA GPU that computes in it, float32 elsewhere."""
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


def place(network: nn.Module, device: torch.device) -> nn.Module:
    """Move a network to the device, in the memory layout whose convolutions are fastest there."""
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def to_device(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return source and target (B, 4, H, W) in network space and pose (B, P), on the device."""
    source, target, pose = (t.to(device, non_blocking=True) for t in (batch.source, batch.target, batch.pose))
    source, target = (colour.encode(t).contiguous(memory_format=torch.channels_last) for t in (source, target))
    return source, target, pose
