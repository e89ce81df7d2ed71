"""One step of training: forward, backward, guard, Adam, average; nothing here waits for the GPU.

The loss and the length of the gradient of every step stay on the device until ``Learner.read`` asks for them, so that a
GPU never idles while Python looks at a number. An update whose loss or gradient is not finite is skipped on the device.
"""

from __future__ import annotations

import copy
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from trainer.colour import LookUp, look_up_bytes
from trainer.config import BETAS, FitConfig
from trainer.devices import autocast
from trainer.losses import RGB_SHARE
from trainer.networks.layouts import FAST, PLAIN, Layout, lay_out
from trainer.objectives import Objective
from trainer.world import World

LOOKS = 0x100C  # sets the random numbers of ``look`` apart from those of the order
CONVOLUTIONS = 20  # ways to compute each convolution that are tried; more were no faster
READS = 6  # numbers that may be read again rather than what is made of them written: so many as ``Normed.backward`` has


@dataclass(frozen=True)
class Step:
    """One step that was taken: the images seen before it, its loss and the length of its gradient."""

    seen: int
    loss: float
    length: float


@dataclass
class Counters:
    """How far a run has come; saved with the weights."""

    seen: int = 0  # images
    skipped: int = 0  # steps whose gradient was not finite
    steps: int = 0  # since the last line of metrics
    sums: list[float] = field(default_factory=list)  # over those steps: each number of the objective, gradient's length


class Learner:
    """A network that learns, with its optimizer and the average of its weights."""

    def __init__(self, objective: Objective, config: FitConfig, world: World) -> None:
        self.objective, self.config, self.world = objective, config, world
        self.network = objective.network
        self.average = copy.deepcopy(self.network).requires_grad_(requires_grad=False) if config.ema else None
        self.parameters: list[Tensor] = list(self.network.parameters())
        self.fused = world.device.type in ("cuda", "cpu")
        self.optimizer = torch.optim.Adam(self.parameters, lr=config.lr, betas=BETAS, fused=self.fused)
        self.forward: Any = objective
        if world.size > 1:
            devices = [world.device] if world.device.type == "cuda" else None
            self.forward = DistributedDataParallel(objective, device_ids=devices, gradient_as_bucket_view=True)
        self.look_up: LookUp = look_up_bytes  # of pictures, for ``to_device``
        self.mixed = True  # whether a GPU that can computes in bfloat16
        self.counters = Counters()
        self._sums = self._zeros()
        self._taken: list[tuple[int, Tensor]] = []

    def _zeros(self) -> Tensor:
        wide = torch.float32 if self.world.device.type == "mps" else torch.float64
        return torch.zeros(len(self.objective.names) + 1, dtype=wide, device=self.world.device)

    def restore(self, counters: dict[str, Any]) -> None:
        """Take up the counters of a saved state."""
        self.counters = Counters(**counters)
        if self.world.first:
            self._sums = torch.tensor(self.counters.sums, dtype=self._sums.dtype, device=self._sums.device)

    def compile(self, *, layout: Layout | None = None, backend: str = "inductor") -> None:
        """Have torch compile forward and backward, on a GPU in the layouts that its tensor cores like.

        There a step is launched as one graph, as kernels are over before Python has launched the next ones, and cuDNN
        tries what it has for each convolution, as its own guess may take half again as long.
        """
        on_gpu = self.world.device.type == "cuda"
        lay_out(self.objective, layout or (FAST if on_gpu else PLAIN))
        torch.backends.cudnn.benchmark, torch.backends.cudnn.benchmark_limit = on_gpu, CONVOLUTIONS
        options: Any = (
            {"triton.cudagraphs": on_gpu, "realize_reads_threshold": READS} if backend == "inductor" else None
        )
        self.forward = torch.compile(self.forward, dynamic=False, options=options, backend=backend)
        self.look_up = torch.compile(look_up_bytes, dynamic=False, backend=backend)

    def step(self, source: Tensor, target: Tensor, pose: Tensor) -> None:
        """Learn from this process's part of a batch."""
        counters, config = self.counters, self.config
        for group in self.optimizer.param_groups:
            group["lr"] = config.rate(counters.seen)
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.world.device) if self.mixed else nullcontext():
            numbers = self.forward(source, target, pose, self.look(counters.seen))
        share = len(source) / config.batch  # of the batch; torch averages the gradients of all processes
        (numbers[0] * (share * self.world.size) if self.world.size > 1 else numbers[0]).backward()
        length = self._update(numbers[0].detach())
        if self.average is not None:
            still: list[Tensor] = list(self.average.parameters())
            torch._foreach_lerp_(still, self.parameters, 1 - config.decay(counters.seen))
        finite = torch.where(length.isfinite(), length, 0) / self.world.size
        taken = torch.cat([numbers.detach() * share, finite[None]])
        self._sums += taken
        self._taken.append((counters.seen, torch.stack([taken[0], length / self.world.size])))
        counters.steps += 1
        counters.seen += config.batch

    def _update(self, loss: Tensor) -> Tensor:
        """Let Adam take its step where loss and gradient are finite; return the gradient's length.

        Both are asked, as the gradient of |NaN| is 0.
        """
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        length = torch.nn.utils.get_total_norm(gradients)
        finite = length.isfinite() & loss.isfinite()
        if self.fused:  # the way of torch's GradScaler: the step itself divides, or does nothing
            adam: Any = self.optimizer
            adam.found_inf = (~finite).float()
            adam.grad_scale = (length / self.config.clip).clamp(min=1) if self.config.clip else None
            self.optimizer.step()
        elif finite:
            if self.config.clip:
                torch.nn.utils.clip_grads_with_norm_(self.parameters, self.config.clip, length)
            self.optimizer.step()
        return length

    def look(self, seen: int) -> str:
        """Return at what the perceptual loss of the step after ``seen`` images looks: a function of (seed, seen)."""
        if self.config.perceptual == "full" or self.objective.vgg is None:
            return "both"
        dice = np.random.default_rng([self.config.seed, seen, LOOKS])
        return "rgb" if dice.random() < RGB_SHARE else "alpha"

    def read(self) -> list[Step]:
        """Return the steps taken since the last time; waits for the device, and for the other processes."""
        if not self._taken:
            return []
        numbers = self.world.add(torch.stack([taken for _, taken in self._taken])).tolist()
        steps = [Step(seen, *n) for (seen, _), n in zip(self._taken, numbers, strict=True)]
        self._taken.clear()
        self.counters.skipped += sum(not np.isfinite(step.length) for step in steps)
        return steps

    def means(self) -> dict[str, float]:
        """Return the mean of each number since the last time, by name, and begin anew."""
        sums = self.world.add(self._sums) / max(self.counters.steps, 1)
        self._sums, self.counters.steps = self._zeros(), 0
        return dict(zip((*self.objective.names, "gradient"), sums.tolist(), strict=True))

    def state(self) -> dict[str, Any]:
        """Return the counters as they are saved."""
        self.counters.sums = self.world.add(self._sums).tolist()
        return dict(vars(self.counters))
