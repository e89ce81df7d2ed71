"""How many examples a second each network learns from, and which layout of its convolutions and norms is fastest.

    python benchmarks/training.py                          # one GPU: whole steps, then layers, within --seconds
    python benchmarks/training.py --only shards            # fed by shards, by their pictures in memory, and not at all
    python benchmarks/training.py --only gpus --gpus 2     # 1 and 2 GPUs by torchrun
    python benchmarks/training.py --width 4 --size 32 --batch 2 --steps 2 --no-compile      # a look on a CPU

Groups of rows (--only): layers (7×7 convolutions and norms alone), steps (whole steps, most important first), more
(other layouts), shards, gpus. A row that fails says so, and one for which no time is left is named.
Utilisation is FLOPs of the article's convolutions (backward included, padding left out) over the rate of a large
bfloat16 product on the same machine.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmdgen.shard import ShardHeader, ShardModel, ShardReader, ShardWriter, find_shards, shard_name
from trainer.config import FitConfig, Loading
from trainer.data import Batch, Examples, batches, open_examples, shrink, training_order
from trainer.devices import autocast, place, prefetch, to_device
from trainer.learner import Learner
from trainer.networks.kinds import build
from trainer.networks.layouts import FAST, PLAIN, FirstConv, Heads, InstanceNorm, Layout, lay_out
from trainer.networks.rotator import FaceRotator
from trainer.objectives import Objective
from trainer.plan import ARTICLE
from trainer.stages import STAGES
from trainer.vgg import Vgg, seeded
from trainer.world import World, join

GROUPS = ("layers", "steps", "more", "shards", "gpus")
LAYERS = {"first": ("plain", "padded", "rows", "blocks"), "heads": ("separate", "joint", "rows", "blocks")}
NORMS = ("native", "var_mean", "own")


@dataclass(frozen=True)
class Setup:
    """How a step is computed."""

    layout: Layout = FAST
    compile: bool = True
    reference: bool = False  # fp32 with TF32, channels first, no autocast


OURS = Setup()
STEPS = [
    ("ours", "morpher", "l1", OURS),
    ("eager TF32, channels first", "morpher", "l1", Setup(PLAIN, compile=False, reference=True)),
    ("bf16 compiled, plain layout", "morpher", "l1", Setup(PLAIN)),
    ("ours", "rotator", "l1", OURS),
    ("ours", "combiner", "l1", OURS),
    ("ours", "rotator", "perceptual", OURS),
    ("ours", "combiner", "perceptual", OURS),
    ("eager TF32, channels first", "rotator", "l1", Setup(PLAIN, compile=False, reference=True)),
    ("eager TF32, channels first", "combiner", "l1", Setup(PLAIN, compile=False, reference=True)),
    ("bf16 eager, plain layout", "morpher", "l1", Setup(PLAIN, compile=False)),
]
MORE = [
    *((f"norm {norm}", "morpher", "l1", Setup(replace(FAST, norm=norm))) for norm in NORMS if norm != FAST.norm),
    *((f"first {first}", "morpher", "l1", Setup(replace(FAST, first=first))) for first in ("padded", "blocks")),
    *((f"heads {heads}", "morpher", "l1", Setup(replace(FAST, heads=heads))) for heads in ("joint", "blocks")),
    ("bf16 compiled, plain layout", "rotator", "l1", Setup(PLAIN)),
    ("bf16 compiled, plain layout", "combiner", "l1", Setup(PLAIN)),
]


class Bench:
    """Options, the device, and what is known about it."""

    def __init__(self, options: argparse.Namespace, world: World) -> None:
        self.options, self.world, self.device = options, world, world.device
        self.began = time.perf_counter()
        self.cuda = self.device.type == "cuda"
        self.peak = self._peak()

    def say(self, line: str) -> None:
        """Print, in one of the processes."""
        if self.world.first:
            print(line, flush=True)

    def wait(self) -> None:
        """Wait until the device has nothing left to do."""
        if self.cuda:
            torch.cuda.synchronize(self.device)

    def _peak(self) -> float:
        """FLOP/s of a large bfloat16 product."""
        side = 8192 if self.cuda else 512
        a = torch.randn(side, side, device=self.device, dtype=torch.bfloat16 if self.cuda else torch.float32)
        for count in (3, 20):
            self.wait()
            start = time.perf_counter()
            for _ in range(count):
                a @ a
            self.wait()
        return 2 * side**3 * 20 / (time.perf_counter() - start)

    def row(self, name: str, action: Callable[[], str]) -> None:
        """Print one row; whatever goes wrong is part of it."""
        if time.perf_counter() - self.began > self.options.seconds:
            self.say(f"{name:<46} no time left")
            return
        try:
            said = action()
        except Exception as error:  # noqa: BLE001, the other rows are worth as much
            said = f"FAILED {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        self.say(f"{name:<46} {said}   [{time.perf_counter() - self.began:.0f} s]")
        torch.compiler.reset()
        gc.collect()
        if self.cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def time(self, action: Callable[[], object], seconds: float) -> tuple[float, float]:
        """Return the seconds of the first call, and those of later ones once warm."""
        start = time.perf_counter()
        action()
        self.wait()
        first = time.perf_counter() - start
        for _ in range(2 if self.options.steps else 5):
            action()
        self.wait()
        start, count = time.perf_counter(), 0
        while count < (self.options.steps or 10**9) and (self.options.steps or time.perf_counter() - start < seconds):
            for _ in range(1 if self.options.steps else 5):
                action()
                count += 1
            if count % 10 == 0:
                self.wait()
        self.wait()
        return first, (time.perf_counter() - start) / count


def measure_layers(bench: Bench) -> None:
    """One convolution or norm alone, forward and backward."""
    width, size, batch = bench.options.width, bench.options.size, bench.options.batch or 25

    def image(channels: int, side: int, *, learns: bool) -> Tensor:
        dtype = torch.bfloat16 if bench.cuda else torch.float32
        x = torch.randn(batch, channels, side, side, device=bench.device, dtype=dtype)
        return x.to(memory_format=torch.channels_last).requires_grad_(learns)

    def run(module: nn.Module, call: Callable[[Any], Tensor], x: Tensor, *, compiled: bool = True) -> str:
        module.to(bench.device)
        function = torch.compile(call, dynamic=False) if compiled and not bench.options.no_compile else call

        def once() -> None:
            with autocast(bench.device):
                y = function(x)
            y.backward(torch.ones_like(y))

        first, each = bench.time(once, 0.5)
        return f"{1e3 * each:8.3f} ms forward and backward   ({first:.0f} s to start)"

    for inputs, name in ((7, "morpher, rotator"), (11, "combiner")):
        for how in LAYERS["first"]:
            conv = FirstConv(inputs, width)
            conv.layout = Layout(first=how)
            bench.row(f"first 7×7, {inputs} → {width}, {how} ({name})",
                      lambda c=conv, i=inputs: run(c, c, image(i, size, learns=False)))  # fmt: skip
        if bench.options.quick:
            break
    for outputs, name in (((4, 4), "morpher"), ((4, 4, 2), "rotator"), ((4, 4, 4), "combiner")):
        for how in LAYERS["heads"]:
            heads = Heads()
            heads.layout = Layout(heads=how)
            convs = nn.ModuleList(nn.Conv2d(width, o, 7, 1, 3, bias=False) for o in outputs)
            bench.row(f"heads 7×7, {width} → {sum(outputs)}, {how} ({name})",
                      lambda h=heads, c=convs: run(c, joined(h, c), image(width, size, learns=True)))  # fmt: skip
        if bench.options.quick:
            break
    for channels, side in ((width, size), (8 * width, size // 8)):
        for how in NORMS:
            norm = InstanceNorm(channels, relu=True)
            norm.layout = Layout(norm=how)
            compiled = how != "native"
            name = f"norm and ReLU, {channels} × {side}², {how}{'' if compiled else ', eager'}"
            bench.row(name, lambda n=norm, c=channels, s=side, k=compiled:
                      run(n, n, image(c, s, learns=True), compiled=k))  # fmt: skip


def joined(heads: Heads, convolutions: nn.ModuleList) -> Callable[[Tensor], Tensor]:
    """Return a function that gives all heads as one tensor."""
    return lambda x: torch.cat(heads(x, list(convolutions)), 1)


def objective(bench: Bench, stage: str, loss: str, setup: Setup, device: torch.device) -> Objective:
    """Return what a stage learns, on the device."""
    width = bench.options.width
    network, rotator = build(stage, width), FaceRotator(width) if stage == "combiner" else None
    vgg = Vgg(seeded()) if loss == "perceptual" else None
    parts = [part for part in (network, rotator, vgg) if part is not None]
    for part in parts:
        lay_out(part, setup.layout)
        part.to(device) if setup.reference else place(part, device)
    return Objective(network, rotator, vgg).to(device)


def flops(bench: Bench, stage: str, loss: str) -> float:
    """FLOPs of one example's step: counted on a small picture, as they grow with the area."""
    side, cpu = 32, torch.device("cpu")
    judged = objective(bench, stage, loss, Setup(PLAIN), cpu)
    with FlopCounterMode(display=False) as counter:
        judged(torch.zeros(1, 4, side, side), torch.zeros(1, 4, side, side), torch.zeros(1, 3))[0].backward()
    return float(counter.get_total_flops()) * (bench.options.size / side) ** 2


def made_up(batch: int, size: int, *, pin: bool) -> Batch:
    """A batch of noise on empty ground."""
    rng = np.random.default_rng(0)
    pictures = [torch.from_numpy(rng.integers(0, 256, (batch, size, size, 4), np.uint8)) for _ in range(2)]
    source, target, pose = *pictures, torch.from_numpy(rng.random((batch, 3), np.float32))
    if pin:
        source, target, pose = source.pin_memory(), target.pin_memory(), pose.pin_memory()
    rows = np.arange(batch)
    return Batch(rows, rows, source, target, pose)


class Steps:
    """A learner that takes its steps."""

    def __init__(self, bench: Bench, stage: str, loss: str, setup: Setup, batch: int) -> None:
        self.bench, self.setup, self.batch = bench, setup, batch
        config = FitConfig(batch=batch, width=bench.options.width)
        self.learner = Learner(objective(bench, stage, loss, setup, bench.device), config, bench.world)
        self.learner.mixed = not setup.reference
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        if setup.compile and not bench.options.no_compile:
            self.learner.compile(layout=setup.layout)
        self.taken = 0

    def __call__(self, batch: Batch) -> None:
        """Take one step, and look at the numbers as seldom as training does."""
        tensors = to_device(batch, self.bench.device, self.learner.look_up)
        self.learner.step(*(t.contiguous() if self.setup.reference else t for t in tensors))
        self.taken += 1
        if self.taken % 50 == 0:
            self.learner.read()


def measure_step(bench: Bench, stage: str, loss: str, setup: Setup, batch: int | None = None) -> str:
    """Measure whole steps, fed by one batch of noise that is copied to the device each time."""
    count = batch or bench.options.batch or ARTICLE[stage, loss][0]
    here = len(range(bench.world.rank, count, bench.world.size))
    steps = Steps(bench, stage, loss, setup, count)
    loaded = prefetch(itertools.repeat(made_up(here, bench.options.size, pin=bench.cuda)), bench.device)
    first, each = bench.time(lambda: steps(next(loaded)), bench.options.row_seconds)
    used = flops(bench, stage, loss) * here / each / bench.peak
    memory = f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if bench.cuda else ""
    return (f"{count / each:9.1f} examples/s {1e3 * each:8.2f} ms a step of {count}  {used:6.1%} of the bf16 rate  "
            f"{memory}  ({first:.0f} s to start)")  # fmt: skip


def measure_steps(bench: Bench, rows: list[tuple[str, str, str, Setup]]) -> None:
    """Whole steps with pictures in memory."""
    for name, stage, loss, setup in rows:
        bench.row(f"{stage} {loss}, {name}", lambda s=stage, k=loss, how=setup: measure_step(bench, s, k, how))


def make_shards(bench: Bench, folder: Path) -> Path:
    """Write triplets of the size asked for, enlarged from our samples."""
    size, models = bench.options.size, ()
    [path] = find_shards(["samples/shards"])
    with ShardReader(path) as shard:
        models = tuple(ShardModel(m.name, m.path, m.sha256, m.textures_sha256, "{}") for m in shard.header.models)
        header = ShardHeader("train", size, 0, "phong", {"size": size}, models, "benchmark")
        with ShardWriter(folder / shard_name("train", 0), header, len(shard)) as out:
            for row in range(len(models)):
                out.rest(row, shrink(shard.rest(row), size))
            for i in range(len(shard)):
                pictures = (shrink(picture, size) for picture in (shard.expression(i), shard.posed(i)))
                out.add(int(shard.model_rows[i]), i, shard.poses[i], *pictures)
    return folder


def measure_shards(bench: Bench) -> None:
    """The same steps, fed by shards on disk, by pictures in memory, and by what is on the device already."""
    with tempfile.TemporaryDirectory() as name:
        paths = bench.options.shards or [make_shards(bench, Path(name))]
        examples = open_examples(paths, ("train",), Loading(workers=bench.options.workers))
        assert examples is not None, "no train shards"
        bench.say(f"{len(examples)} examples of {examples.size} pixels, {examples.loading.threads} threads decode")
        bench.options.size = examples.size
        for stage in ("morpher", "rotator", "combiner"):
            bench.row(f"{stage} l1, from shards", lambda s=stage: _fed(bench, s, examples))


def _fed(bench: Bench, stage: str, examples: Examples) -> str:
    """Measure one compiled step in three ways, and how long the GPU waits for pictures."""
    batch = bench.options.batch or ARTICLE[stage, "l1"][0]
    steps = Steps(bench, stage, "l1", OURS, batch)
    there = next(prefetch(iter([made_up(batch, examples.size, pin=bench.cuda)]), bench.device))
    _, alone = bench.time(lambda: steps(there), bench.options.row_seconds)
    loaded = batches(examples, STAGES[stage], training_order(len(examples), batch, 0), pin=bench.cuda)
    arriving = prefetch(loaded, bench.device)
    _, fed = bench.time(lambda: steps(next(arriving)), 2 * bench.options.row_seconds)
    loaded.close()
    return f"{batch / fed:9.1f} examples/s from shards, {batch / alone:9.1f} unfed: {max(0, 1 - alone / fed):.1%} idle"


def measure_gpus(bench: Bench) -> None:
    """The morpher on as many processes as there are: the article's batch, and one article's batch for each."""
    size = bench.world.size
    batch = bench.options.batch or 25
    for count in sorted({batch, batch * size}):
        bench.row(
            f"morpher l1, {size} processes, batch {count}",
            lambda c=count: measure_step(bench, "morpher", "l1", OURS, batch=c),
        )


def launch(gpus: int) -> None:
    """Run this script again, with the same arguments, on 1 and on all of the processes."""
    for count in (1, gpus):
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}", __file__]
        subprocess.run([*command, *sys.argv[1:]], check=False)


def main() -> None:
    """Print all rows that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=GROUPS, default=["steps", "layers"])
    parser.add_argument("--seconds", type=float, default=230, help="after so many no row is begun")
    parser.add_argument("--row-seconds", type=float, default=2)
    parser.add_argument("--steps", type=int, default=0, help="take so many steps a row, whatever they take")
    parser.add_argument("--quick", action="store_true", help="layers of the morpher only")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--gpus", type=int, default=2)
    parser.add_argument("--shards", nargs="*", default=[])
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    if options.only == ["gpus"] and "WORLD_SIZE" not in os.environ:
        launch(options.gpus)
        return
    with join(options.device) as world:
        bench = Bench(options, world)
        name = torch.cuda.get_device_name() if bench.cuda else "CPU"
        bench.say(f"{name}, torch {torch.__version__}, {world.size} processes, bf16 {bench.peak / 1e12:.0f} TFLOP/s")
        for group in options.only:
            if group == "layers":
                measure_layers(bench)
            elif group in ("steps", "more"):
                measure_steps(bench, STEPS if group == "steps" else MORE)
            elif group == "shards":
                measure_shards(bench)
            else:
                measure_gpus(bench)


if __name__ == "__main__":
    main()
