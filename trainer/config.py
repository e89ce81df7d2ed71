"""What a training run is: the options of ``trainer fit``, checked, printed and saved beside the results."""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from mmdgen.errors import UsageError

BETAS = (0.5, 0.999)  # of Adam; the article's
WIDEST = 256  # channels at full resolution: four times the article's
FREE = ("images", "log_every", "snapshot_every")  # may change when a run goes on: they do not touch what is learned


Varied = Annotated[float, Parameter(group="Augmentation")]
MOST_WORKERS = 8  # threads that decode pictures; more than feed one GPU are of no use


@Parameter(name="*")
@dataclass(frozen=True)
class Loading:
    """How shards are read.

    Attributes:
        workers: Threads that decode pictures; all cores but one, at most 8, where it is not given.
        mixed: Take shards of several sizes and shadings together; larger pictures shrink to the smallest size.
        corrupt: What to do about a shard or a picture that cannot be read: stop, or skip it, say so and count it.
    """

    workers: int | None = None
    mixed: Annotated[bool, Parameter(negative="")] = False
    corrupt: Literal["stop", "skip"] = "stop"

    def check(self) -> None:
        """Raise UsageError where a value is out of range."""
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"--workers: {self.workers}, expected 1 or more; give a larger number")

    @property
    def threads(self) -> int:
        """How many threads decode pictures: this process's share of the machine."""
        if self.workers is not None:
            return self.workers
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # processes that torchrun started on this machine
        return max(1, min(MOST_WORKERS, cores // here - 1))


@Parameter(name="*")
@dataclass(frozen=True)
class Augmentation:
    """How training pictures are varied, source and target of a pair alike; as it is, not at all.

    Attributes:
        mirror: Share of the images that are mirrored left to right, 0 to 1.
        scale: Most by which heads grow or shrink: 0.1 is between 1/1.1 and 1.1 times the size.
        shift: Most by which heads move along x and y, in sides of the picture.
        light: Most by which the light grows or fades: 0.5 is between 1/1.5 and 1.5 times as bright.
        colour: Most by which colours turn and draw: 1 turns hues by 30 degrees, to half or twice the saturation.
    """

    mirror: Varied = 0.0
    scale: Varied = 0.0
    shift: Varied = 0.0
    light: Varied = 0.0
    colour: Varied = 0.0

    @property
    def varies(self) -> bool:
        """Whether there is anything to do."""
        return any((self.mirror, self.scale, self.shift, self.light, self.colour))

    def check(self) -> None:
        """Raise UsageError, naming the option, where a value is out of range."""
        for name, most in (("mirror", 1.0), ("scale", 1.0), ("shift", 0.5), ("light", 1.0), ("colour", 1.0)):
            if not 0 <= getattr(self, name) <= most:
                raise UsageError(f"--{name}: {getattr(self, name)}, expected 0 to {most:g}; give such a number")


@Parameter(name="*")
@dataclass(frozen=True)
class FitConfig(Augmentation):
    """Settings of one training run; defaults are the article's where it names any.

    Attributes:
        images: Training images to see in all, rounded up to whole batches.
        batch: Images a step, over all processes together.
        lr: Learning rate of Adam (betas 0.5 and 0.999).
        warmup: Images over which the learning rate rises from zero.
        clip: Longest gradient that is taken as it is; longer ones are shortened to it. 0 takes all.
        ema: Half-life, in images, of the average of weights that snapshots hold beside the weights; 0 makes none.
        width: Channels at full resolution.
        still_flow: Let the rotator's flow start at zero instead of about half an image.
        perceptual: full looks at colours and alpha in each step; sampled at one of them, three times in four colours.
        seed: Of the first weights and of the order of the examples.
        log_every: Images between two lines of metrics.
        snapshot_every: Images between two snapshots.
    """

    images: Annotated[int, Parameter(parse=False)] = 3_000_000
    batch: Annotated[int, Parameter(parse=False)] = 25
    lr: float = 1e-4
    warmup: int = 0
    clip: float = 0.0
    ema: int = 10_000
    width: int = 64
    still_flow: Annotated[bool, Parameter(negative="")] = False
    perceptual: Literal["full", "sampled"] = "full"
    seed: int = 0
    log_every: int = 1_000
    snapshot_every: int = 250_000

    def check(self) -> None:
        """Raise UsageError, naming the option, where a value is out of range."""
        super().check()
        for name in ("images", "batch", "width", "log_every", "snapshot_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"--{_option(name)}: {getattr(self, name)}, expected 1 or more; give a larger number")
        for name in ("warmup", "seed", "ema", "clip"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UsageError(f"--{_option(name)}: {getattr(self, name)}, expected 0 or more; give a larger number")
        for name, most in (("width", WIDEST), ("seed", 2**63 - 1)):
            if getattr(self, name) > most:
                raise UsageError(f"--{name}: {getattr(self, name)}, expected {most} or less; give a smaller number")
        if not (math.isfinite(self.lr) and self.lr > 0):
            raise UsageError(f"--lr: {self.lr}, expected a number above 0; the article's is 1e-4")

    def rate(self, seen: int) -> float:
        """Return the learning rate of the step that starts when ``seen`` images were seen."""
        return self.lr * min(1.0, (seen + self.batch) / self.warmup) if self.warmup else self.lr

    def decay(self, seen: int) -> float:
        """Return how much of the average stays in the step that starts when ``seen`` images were seen.

        The half-life is at most a twentieth of what was seen, so that the first weights are soon forgotten.
        """
        return float(0.5 ** (self.batch / max(min(self.ema, seen / 20), 1e-9)))

    def as_json(self) -> dict[str, Any]:
        """Return the settings by name, for config.json."""
        return asdict(self)


@Parameter(name="*")
@dataclass(frozen=True)
class Machine:
    """How the computing is done; it may change when a run goes on.

    Attributes:
        device: auto (a GPU when there is one), cpu, cuda, cuda:1, mps.
        compile: Let torch compile each step; auto does so on an NVIDIA GPU when there is enough to do.
        checkpointing: Compute activations twice instead of keeping them: less memory, a third slower. Large steps on a
            CPU always do.
    """

    device: str = "auto"
    compile: Literal["auto", "on", "off"] = "auto"
    checkpointing: Annotated[bool, Parameter(negative="")] = False


def refuse_change(saved: dict[str, Any], asked: FitConfig, folder: object) -> None:
    """Raise UsageError naming the first setting in which ``asked`` differs from those that ``folder`` began with."""
    for field in fields(FitConfig):
        old, new = saved.get(field.name, field.default), getattr(asked, field.name)
        if field.name not in FREE and old != new:
            option = _option(field.name)
            raise UsageError(
                f"{folder}: began with --{option} {old}, now asked for --{option} {new}; "
                f"repeat --{option} {old} to go on, or give another --out"
            )


def _option(name: str) -> str:
    return name.replace("_", "-")
