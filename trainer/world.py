"""One process or several that train together: who am I, and what do all say.

``torchrun --nproc-per-node 2 -m trainer fit …`` starts one process a GPU. Each learns from its part of every batch,
gradients are averaged, and the process of rank 0 alone writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from trainer.devices import choose_device


@dataclass(frozen=True)
class World:
    """This process among those that train together, and the device it computes on."""

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process writes and tells."""
        return self.rank == 0

    def add(self, tensor: Tensor) -> Tensor:
        """Return the sum of every process's ``tensor``."""
        if self.size > 1:
            tensor = tensor.clone()
            dist.all_reduce(tensor)
        return tensor

    def any(self, *flags: bool) -> list[bool]:
        """Return of each flag whether it is set in any process."""
        if self.size == 1:
            return list(flags)
        return [n > 0 for n in self.add(torch.tensor([float(flag) for flag in flags], device=self.device)).tolist()]

    def wait(self) -> None:
        """Wait for the others."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def join(device: str) -> Iterator[World]:
    """Meet the processes that torchrun started beside this one, where it did, for as long as the context lasts."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World(choose_device(device))
        return
    chosen = choose_device(device)
    if chosen.type == "cuda" and ":" not in device:
        chosen = choose_device(f"cuda:{os.environ['LOCAL_RANK']}")
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield World(chosen, dist.get_rank(), size)
    finally:
        dist.destroy_process_group()
