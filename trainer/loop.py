"""Training: step after step until enough images were seen, stopped and taken up again without a trace."""

from __future__ import annotations

import math
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from mmdgen.errors import UsageError
from mmdgen.pose_spec import NAMES
from trainer import losses
from trainer.augment import augment
from trainer.checkpoint import STATE, load_state, save_snapshot, save_state, snapshot_path, write_json, write_tensors
from trainer.config import BETAS
from trainer.console import say
from trainer.data import Batch, batches, training_order
from trainer.devices import autocast, choose_device, place, prefetch, to_device
from trainer.errors import DivergedError, TrainerError
from trainer.journal import Journal
from trainer.networks.kinds import build
from trainer.plan import Plan
from trainer.probe import save_png, try_out
from trainer.signals import stop_signal

STATE_EVERY_S = 600.0  # a power cut costs at most this much work


@dataclass
class Counters:
    """How far a run has come; saved with the weights."""

    seen: int = 0  # images
    loss_sum: float = 0.0  # over the steps since the last line of metrics
    loss_steps: int = 0


def fit(found: Plan, *, device: str = "auto", workers: int = 2) -> Path:
    """Train until ``config.images`` were seen and return the last snapshot; goes on where an earlier run stopped.

    Raises KeyboardInterrupt, with everything saved, after SIGINT or SIGTERM, and DivergedError for a loss that is no
    number. A complete run is left as it is.
    """
    try:
        found.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{found.folder}: {error.strerror}, expected a folder to write to; give another --out"
        ) from error
    try:
        with FileLock(found.folder / ".lock", timeout=0):
            write_json(found.folder / "config.json", found.as_json())
            return Run(found, choose_device(device), workers).train()
    except torch.OutOfMemoryError as error:
        batch = found.config.batch
        raise TrainerError(
            f"{device}: no memory left at --batch {batch}, expected more; give a smaller --batch"
        ) from error
    except Timeout as error:
        raise UsageError(
            f"{found.folder}: another trainer is at work there; wait for it or give another --out"
        ) from error


class Run:
    """One network in training."""

    def __init__(self, found: Plan, device: torch.device, workers: int) -> None:
        self.plan, self.device, self.workers = found, device, workers
        config = found.config
        self.network = place(build(found.stage.name, config.width, config.seed), device)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=config.lr, betas=BETAS, fused=device.type == "cuda"
        )
        self.counters = Counters()
        if (found.folder / STATE).exists():
            self.counters = Counters(**load_state(found.folder, self.network, self.optimizer))
            say(f"{found.folder}: going on after {self.counters.seen:,} images")
        self.saved_at = time.monotonic()

    def train(self) -> Path:
        """Run all steps that are left; see ``fit``."""
        config, counters = self.plan.config, self.counters
        finished = snapshot_path(self.plan.folder, self.plan.stage.name, counters.seen)
        if counters.seen >= config.images and finished.exists():
            say(f"{self.plan.folder}: complete; a larger --images goes on")
            return finished
        order = training_order(len(self.plan.examples), config.batch, config.seed, counters.seen)
        steps = batches(
            self.plan.examples, self.plan.stage, order, workers=self.workers, pin=self.device.type == "cuda"
        )
        arriving = prefetch(steps, self.device)
        with (
            Journal(self.plan.folder, self.plan.stage.name, counters.seen, config.images) as journal,
            closing(steps),
            stop_signal() as stop,
        ):
            while counters.seen < config.images:
                batch = augment(next(arriving), self.plan.stage.pose, config, config.seed)
                loss = self.step(batch)
                journal.step(counters.seen, loss)
                if self.passed(config.log_every):
                    self.log(journal)
                    counters.loss_sum, counters.loss_steps = 0.0, 0
                if counters.seen < config.images and self.passed(config.snapshot_every):
                    self.snapshot(journal)
                if stop.is_set() or time.monotonic() - self.saved_at > STATE_EVERY_S:
                    self.save()
                if stop.is_set():
                    raise KeyboardInterrupt
            if counters.loss_steps:
                self.log(journal)
            return self.snapshot(journal)

    def passed(self, interval: int) -> bool:
        """Tell whether the last step crossed a multiple of ``interval`` images."""
        seen = self.counters.seen
        return seen // interval != (seen - self.plan.config.batch) // interval

    def step(self, batch: Batch) -> float:
        """Learn from one batch and return its loss."""
        counters, config = self.counters, self.plan.config
        for group in self.optimizer.param_groups:
            group["lr"] = config.rate(counters.seen)
        self.optimizer.zero_grad(set_to_none=True)
        source, target, pose = to_device(batch, self.device)
        with autocast(self.device):
            result = self.network(source, pose)
        loss = losses.l1(result.output, target)
        loss.backward()  # type: ignore[no-untyped-call]
        value = loss.item()
        if not math.isfinite(value):
            raise self.diverged(batch, value)
        self.optimizer.step()
        counters.seen += len(batch.rows)
        counters.loss_sum += value
        counters.loss_steps += 1
        return value

    def log(self, journal: Journal) -> None:
        """Tell the mean loss since the last time."""
        counters = self.counters
        rate = self.plan.config.rate(counters.seen - self.plan.config.batch)
        journal.log(counters.seen, loss=counters.loss_sum / counters.loss_steps, lr=rate)

    def save(self) -> None:
        """Save the state from which training goes on."""
        save_state(self.plan.folder, self.network, self.optimizer, asdict(self.counters))
        self.saved_at = time.monotonic()

    def snapshot(self, journal: Journal) -> Path:
        """Write snapshot, picture and state; return the snapshot."""
        found, seen = self.plan, self.counters.seen
        about = {
            "network": type(self.network).__name__,
            "stage": found.stage.name,
            "images": seen,
            "width": found.config.width,
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "pose": list(NAMES[found.stage.pose]),
            "input": f"{found.stage.source} image, RGBA with straight alpha, RGB in linear light, all channels 2x - 1",
            "output": f"{found.stage.target} image, likewise",
            "trained_on": found.as_json(),
        }
        path = save_snapshot(found.folder, found.stage.name, seen, self.network, about)
        examples = found.probes or found.examples
        losses_of, picture = try_out(self.network, found.stage, examples, self.device)
        if found.probes:
            journal.log(seen, **losses_of)
        journal.grid(seen, picture)
        save_png(path.with_suffix(".png"), picture)
        self.save()
        return path

    def diverged(self, batch: Batch, value: float) -> DivergedError:
        """Save the batch whose loss is no number and return the error that names it."""
        path = self.plan.folder / f"diverged-{self.counters.seen:09d}.safetensors"
        places = [self.plan.examples.locate(int(row)) for row in batch.rows]
        names = [f"{self.plan.examples.paths[shard].name}:{sample}" for shard, sample in places]
        tensors = {"source": batch.source, "target": batch.target, "pose": batch.pose}
        write_tensors(path, tensors, {"samples": " ".join(names)})
        return DivergedError(
            f"{self.plan.folder}: loss {value} after {self.counters.seen:,} images, expected a finite number; "
            f"the batch is saved as {path.name}; start anew with a lower --lr or a --warmup"
        )
