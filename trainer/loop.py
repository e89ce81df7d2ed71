"""Training: step after step until enough images were seen, stopped and taken up again without a trace."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import torch
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from torch import Tensor, nn

from mmdgen.errors import ShardError, UsageError
from trainer.augment import augment
from trainer.checkpoint import (
    ANEW,
    STATE,
    find_snapshot,
    load_network,
    load_state,
    load_weights,
    read_tensors,
    save_snapshot,
    save_state,
    snapshot_path,
    write_json,
    write_tensors,
)
from trainer.config import Machine
from trainer.console import say
from trainer.data import Draw, batches, training_order
from trainer.devices import place, prefetch, to_device, within_memory
from trainer.errors import CheckpointError, DivergedError
from trainer.journal import Journal
from trainer.learner import Learner, Step
from trainer.networks.kinds import Network, build, describe
from trainer.networks.rotator import FaceRotator
from trainer.objectives import Objective
from trainer.plan import Plan
from trainer.probe import COLUMNS, save_png, try_out
from trainer.signals import stop_signal
from trainer.vgg import Vgg
from trainer.world import World, join

STATE_EVERY_S = 600.0  # a power cut costs at most this much work
READ_EVERY = 50  # steps a GPU takes before somebody looks at their losses
WORTH_COMPILING = 50_000  # images: about where the minute that compiling takes is made good
MOST_KEPT = 1 << 24  # numbers in one plane of features; to keep all planes of more takes a CPU a GiB and more
SKIPS = 100  # steps left out in a run before it is given up


def fit(found: Plan, machine: Machine = Machine(), world: World | None = None) -> Path:  # noqa: B008, it is frozen
    """Train until ``config.images`` were seen and return the last snapshot; goes on where an earlier run stopped.

    Raises KeyboardInterrupt, with everything saved, after SIGINT or SIGTERM, and DivergedError for a loss that is no
    number. A complete run is left as it is. Processes that train together (``world``) all call this.
    """
    with ExitStack() as stack:
        world = world or stack.enter_context(join(machine.device))
        if found.config.batch < world.size:
            raise UsageError(f"--batch {found.config.batch}: for {world.size} processes, expected one image for each")
        try:
            if world.first:
                found.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(FileLock(found.folder / ".lock", timeout=0))
                write_json(found.folder / "config.json", found.as_json())
            world.wait()
        except Timeout as error:
            raise UsageError(
                f"{found.folder}: another trainer is at work there; wait for it or give another --out"
            ) from error
        except OSError as error:
            raise UsageError(
                f"{found.folder}: {error.strerror or error}, expected a folder to write to; give another --out"
            ) from error
        at, remedy = f"--batch {found.config.batch}", "give --checkpointing, or a smaller --batch or --width"
        with within_memory(world.device, at, remedy), stop_signal() as stop:
            return Run(found, machine, world).train(stop)


class Run:
    """One training of one network."""

    def __init__(self, found: Plan, machine: Machine, world: World) -> None:
        self.plan, self.machine, self.world = found, machine, world
        self.learner = Learner(_objective(found, machine, world), found.config, world)
        learner, folder = self.learner, found.folder
        if (folder / STATE).exists():
            self._restore(load_state(folder, learner.network, learner.average, learner.optimizer))
            if world.first:
                say(f"{folder}: going on after {learner.counters.seen:,} images")
        elif found.start and world.first:
            say(f"{folder}: starting from {found.start.file}")
        if found.rotator and world.first:
            say(f"{folder}: combining the pictures of {found.rotator.file}")
        self.saved_at = time.monotonic()

    def _restore(self, counters: dict[str, Any]) -> None:
        """Take up the counters of a saved state; raises CheckpointError where they are none."""
        learner, sums = self.learner, counters.get("sums")
        known = set(counters) == set(vars(learner.counters)) and isinstance(sums, list)
        whole = [value for name, value in counters.items() if name != "sums"]
        if not (known and all(type(n) is int and n >= 0 for n in whole) and all(type(n) is float for n in sums or ())):
            path = self.plan.folder / STATE
            raise CheckpointError(f"{path}: counters {counters}, expected those of a run; {ANEW}")
        learner.restore(counters)

    @property
    def seen(self) -> int:
        """Images seen."""
        return self.learner.counters.seen

    def train(self, stop: Event) -> Path:
        """Run all steps that are left, or until ``stop`` is set; see ``fit``."""
        config, folder = self.plan.config, self.plan.folder
        if self.seen >= config.images and snapshot_path(folder, self.plan.stage.name, self.seen).exists():
            if self.world.first:
                say(f"{folder}: complete; a larger --images goes on")
            return find_snapshot(folder)
        if self.compiles():
            self.learner.compile()
        with ExitStack() as stack:
            journal = stack.enter_context(Journal(folder, self.seen, config.images)) if self.world.first else None
            self._obey(stop)
            if self.seen < config.images:
                self._train(journal, stop.is_set)
            self.read()
            if self.learner.counters.steps:
                self.log(journal)
            snapshot = self.snapshot(journal)
            self._obey(stop)  # too late for this run, not for those that would come after it
            return snapshot

    def _obey(self, stop: Event) -> None:
        if any(self.world.any(stop.is_set())):
            raise KeyboardInterrupt

    def _train(self, journal: Journal | None, stopped: Callable[[], bool]) -> None:
        """Take the steps, and ask now and then whether to tell, make a snapshot, save or stop."""
        config, examples, world, device = self.plan.config, self.plan.examples, self.world, self.world.device
        pace = READ_EVERY if device.type == "cuda" else 1
        order = self.order(self.seen, alone=False)
        loaded = batches(examples, self.plan.stage, order, pin=device.type == "cuda")
        arriving = prefetch(loaded, device)
        steps = math.ceil((config.images - self.seen) / config.batch)
        with closing(loaded), self._kept_when_unreadable():
            for number, batch in enumerate(islice(arriving, steps), 1):
                varied = augment(batch, self.plan.stage.pose, config, config.seed)
                self.step(*to_device(varied, device, self.learner.look_up))
                if journal:
                    journal.step(self.seen)
                if self.passed(config.log_every):
                    self.log(journal)
                if self.seen < config.images and self.passed(config.snapshot_every):
                    self.snapshot(journal)
                if number % pace and not (stopped() and world.size == 1):
                    continue
                self.read()
                stop, save = world.any(stopped(), time.monotonic() - self.saved_at > STATE_EVERY_S)
                if stop or save:
                    self.save()
                if stop:
                    raise KeyboardInterrupt

    @contextmanager
    def _kept_when_unreadable(self) -> Iterator[None]:
        """Save the steps taken before a shard that cannot be read ends the run."""
        try:
            yield
        except ShardError:
            if self.world.size == 1:  # others would wait for this process
                self.save()
            raise

    def order(self, seen: int, *, alone: bool) -> Iterator[Draw]:
        """Return what each batch takes after ``seen`` images, for this process or as if it were ``alone``."""
        config, count, world = self.plan.config, len(self.plan.examples), self.world
        rank, ranks = (0, 1) if alone else (world.rank, world.size)
        return training_order(count, config.batch, config.seed, seen, rank=rank, ranks=ranks)

    def compiles(self) -> bool:
        """Tell whether torch shall compile the steps."""
        asked, left = self.machine.compile, self.plan.config.images - self.seen
        return asked == "on" or (asked == "auto" and self.world.device.type == "cuda" and left >= WORTH_COMPILING)

    def passed(self, interval: int) -> bool:
        """Tell whether the last step crossed a multiple of ``interval`` images."""
        return self.seen // interval != (self.seen - self.plan.config.batch) // interval

    def step(self, source: Tensor, target: Tensor, pose: Tensor) -> None:
        """Learn from one batch."""
        self.learner.step(source, target, pose)

    def read(self) -> None:
        """Look at the steps since the last time; raises DivergedError where one was no number."""
        for step in self.learner.read():
            if not math.isfinite(step.loss):
                raise self.diverged(step, f"loss {step.loss}")
            if not math.isfinite(step.length):
                if self.learner.counters.skipped >= SKIPS:
                    raise self.diverged(step, f"gradient {step.length} for the {SKIPS}. time")
                if self.world.first:
                    say(f"{self.plan.folder}: gradient {step.length} after {step.seen:,} images; step left out")

    def log(self, journal: Journal | None) -> None:
        """Tell the mean of each number since the last time."""
        self.read()
        means, device = self.learner.means(), self.world.device
        means["lr"] = self.plan.config.rate(self.seen - self.plan.config.batch)
        if self.learner.counters.skipped:
            means["skipped"] = self.learner.counters.skipped
        if device.type == "cuda":
            means["gpu_gib"] = round(torch.cuda.max_memory_allocated(device) / 2**30, 2)
        if journal:
            journal.log(self.seen, **means)

    def save(self) -> None:
        """Save the state from which training goes on."""
        self.read()
        learner = self.learner
        counters = learner.state()
        if self.world.first:
            save_state(self.plan.folder, learner.network, learner.average, learner.optimizer, counters)
        self.world.wait()
        self.saved_at = time.monotonic()

    def snapshot(self, journal: Journal | None) -> Path:
        """Write the weights and their average, a picture and the state; return the snapshot that counts."""
        self.read()
        found, seen, learner = self.plan, self.seen, self.learner
        if journal:
            about = describe(found.stage.name, learner.network) | {
                "images": seen,
                "loss": found.training.loss,
                "rotator_loss": found.training.rotator,
                "vgg": found.vgg and found.vgg.about,
                "weights": "as trained",
                "trained_on": found.as_json(),
            }
            path = snapshot_path(found.folder, found.stage.name, seen)
            save_snapshot(path, learner.network.state_dict(), about)
            shown, measured = self._try_out(learner.network)
            if learner.average is not None:
                about["weights"] = f"average, half-life {found.config.ema} images or a twentieth of those seen"
                average = snapshot_path(found.folder, found.stage.name, seen, average=True)
                save_snapshot(average, learner.average.state_dict(), about)
                shown, more = self._try_out(learner.average)
                measured |= {name.replace("val_", "val_ema_"): value for name, value in more.items()}
                del measured["val_ema_l1_input"]
            if found.probes:
                journal.log(seen, **measured)
            journal.grid(seen, "_".join(COLUMNS[found.stage.name]), shown)
            save_png(path.with_suffix(".png"), shown)
        self.save()
        return find_snapshot(found.folder) if self.world.first else found.folder

    def _try_out(self, network: Network) -> tuple[NDArray[np.uint8], dict[str, float]]:
        judged = Objective(network, self.learner.objective.rotator)
        measured, picture = try_out(judged, self.plan.stage, self.plan.probes or self.plan.examples, self.world.device)
        return picture, measured

    def diverged(self, step: Step, what: str) -> DivergedError:
        """Save the batch of a step that was no number and return the error that names it."""
        examples, path = self.plan.examples, self.plan.folder / f"diverged-{step.seen:09d}.safetensors"
        if self.world.first:
            draw = next(self.order(step.seen, alone=True))
            batch = examples.batch(self.plan.stage, draw.rows, numbers=draw.numbers)
            batch = augment(batch, self.plan.stage.pose, self.plan.config, self.plan.config.seed)
            places = [examples.locate(int(row)) for row in batch.rows]
            names = [f"{examples.paths[shard].name}:{sample}" for shard, sample in places]
            tensors = {"source": batch.source, "target": batch.target, "pose": batch.pose}
            write_tensors(path, tensors, {"samples": " ".join(names)})
        return DivergedError(
            f"{self.plan.folder}: {what} after {step.seen:,} images, expected a finite number; "
            f"the batch is saved as {path.name}; start anew with a lower --lr, a --warmup or a --clip"
        )


def _objective(found: Plan, machine: Machine, world: World) -> Objective:
    """Return the network of a plan with what judges it, on the device."""
    config = found.config
    network = build(found.stage.name, config.width, config.seed)
    if isinstance(network, FaceRotator) and config.still_flow:
        nn.init.zeros_(network.zhou_grid_change.weight)
    if found.start is not None:
        load_weights(found.start.file, network, read_tensors(found.start.file)[0])
    activations = config.batch * config.width * found.examples.size**2
    network.main_body.checkpointing = machine.checkpointing or (world.device.type == "cpu" and activations > MOST_KEPT)
    rotator = None
    if found.rotator is not None:
        _, other, _ = load_network(found.rotator.file)
        assert isinstance(other, FaceRotator), "the plan saw to it"
        rotator = place(other, world.device)
    vgg = None if found.vgg is None else place(Vgg(found.vgg), world.device)
    return Objective(place(network, world.device), rotator, vgg).to(world.device)
