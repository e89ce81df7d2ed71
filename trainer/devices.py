"""Where the numbers are computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor, nn

from mmdgen.errors import UsageError
from trainer import colour
from trainer.data import Batch
from trainer.errors import TrainerError

N = TypeVar("N", bound=nn.Module)


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


@contextmanager
def within_memory(device: torch.device, at: str, remedy: str) -> Iterator[None]:
    """Raise TrainerError where the device has no memory left for what is done ``at`` some setting."""
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):  # of the CPU
            raise
        raise TrainerError(f"{device}: no memory left at {at}, expected more; {remedy}") from error


def place(network: N, device: torch.device) -> N:
    """Move a network to the device, in the memory layout whose convolutions are fastest there."""
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def prefetch(loaded: Iterable[Batch], device: torch.device) -> Generator[Batch]:
    """Pass batches on, on the device; a GPU copies the next one on a stream of its own while the last is computed on.

    The batches should be pinned, else the copy makes the CPU wait.
    """
    if device.type != "cuda":
        for batch in loaded:
            yield move(batch, device)
        return
    side = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    waiting = deque[tuple[Batch, torch.cuda.Event]]()
    for batch in loaded:
        with torch.cuda.stream(side):
            waiting.append((move(batch, device), side.record_event()))
        if len(waiting) > 1:
            yield _arrived(*waiting.popleft(), device)
    while waiting:
        yield _arrived(*waiting.popleft(), device)


def _arrived(batch: Batch, copied: torch.cuda.Event, device: torch.device) -> Batch:
    """Let the device's current stream wait for the copy, and keep its memory until that stream has used it."""
    stream = torch.cuda.current_stream(device)
    stream.wait_event(copied)
    for tensor in (batch.source, batch.target, batch.pose):
        tensor.record_stream(stream)
    return batch


def move(batch: Batch, device: torch.device) -> Batch:
    """Return the batch with its tensors on the device; pinned ones get there while the CPU goes on."""
    source, target, pose = (t.to(device, non_blocking=True) for t in (batch.source, batch.target, batch.pose))
    return replace(batch, source=source, target=target, pose=pose)


def to_device(
    batch: Batch, device: torch.device, look_up: colour.LookUp | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return source and target (B, 4, H, W) in network space, channels last, and pose (B, P), on the device."""
    there = move(batch, device)
    return colour.encode(there.source, look_up), colour.encode(there.target, look_up), there.pose
