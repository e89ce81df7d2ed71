"""What a worker does with units: models are read ahead, drawn one after another, compressed in threads.

    reading threads          drawing thread                               compressing threads    finishing thread
    Shelf: parse, decode ──► upload ──► draw ──► read back ──► write in order ◄── deflate     ──► close, sync, rename

The drawing thread keeps some passes going before it reads the first of them back, so that the GPU draws while pictures
are copied; the next unit's models are read while this one is drawn, and its drawing begins while this one is synced.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmdgen.errors import MmdgenError
from mmdgen.generate.artist import Artist, Drawable, Painter
from mmdgen.generate.crew import Advance
from mmdgen.generate.looks import RandomLooks
from mmdgen.generate.machine import devices_here
from mmdgen.generate.meter import Meter, Tally
from mmdgen.generate.plan import Run
from mmdgen.generate.shelf import Shelf
from mmdgen.generate.survey import Candidate
from mmdgen.model import F4, U1
from mmdgen.pose.sample import sample_poses
from mmdgen.pose_spec import IDENTITY
from mmdgen.puppet import Pictures
from mmdgen.render.look import Look
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import Packed, ShardHeader, ShardModel, ShardWriter, pack

REST = np.array([IDENTITY], np.float32)
STEPS_AHEAD = 1  # begun before the first of them is read back
STEP = 16 << 20  # bytes of one kind of pictures in a step: rigs are evaluated for many poses at once
UNPACKED = 64 << 20  # bytes of pictures that wait to be compressed: enough to keep threads busy, little beside a model


@dataclass(frozen=True)
class Assignment:
    """One shard to make: ``models`` has the candidate of each of ``runs``; ``looks`` gives samples looks of their own.

    The rows of ``header.models`` are those of ``models`` or, with looks, one for each sample.
    """

    path: str
    header: ShardHeader
    models: tuple[Candidate, ...]
    runs: tuple[Run, ...]
    looks: RandomLooks | None = None

    def __len__(self) -> int:
        return sum(map(len, self.runs))


@dataclass(frozen=True)
class Finished:
    """A shard that is there: its size in bytes, and what its maker measured since the last one."""

    bytes: int
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class Studio:
    """How a worker gets its line: made in the parent, called in the worker with the worker's number."""

    settings: RenderSettings
    allow_smile: bool
    ik: bool = False
    devices: tuple[int | None, ...] | None = None  # None: all that there are where it is called
    threads: int | None = None  # that a software driver may use in each worker
    helpers: int = 1  # threads that read, and threads that compress, in each worker
    spans: bool = False  # keep every piece of work for a trace

    def __call__(self, worker: int) -> Line:
        """Open OpenGL in this process."""
        if self.threads is not None:
            os.environ.setdefault("LP_NUM_THREADS", str(self.threads))
        devices = devices_here() if self.devices is None else self.devices
        device = devices[worker % len(devices)]
        painter = Painter(self.settings, allow_smile=self.allow_smile, ik=self.ik, device=device)
        return Line(painter, helpers=self.helpers, spans=self.spans)


class Line:
    """Makes shards, one after another: the handler of a crew's workers. Call it from the thread that made it."""

    def __init__(self, artist: Artist, *, helpers: int = 1, spans: bool = False) -> None:
        self._artist = artist
        self._meter = Meter(spans=spans)
        self._shelf = Shelf(self._read, helpers)
        self._packers = ThreadPoolExecutor(helpers, "compressing")
        self._finisher = ThreadPoolExecutor(1, "finishing")
        self.tag = ""  # of unfinished shards
        self._held: tuple[Candidate, Drawable] | None = None

    def ahead(self, work: Assignment) -> None:
        """Begin to read the models of a unit that is not begun yet. May be called from any thread."""
        orders = [((work.path, row), model) for row, model in enumerate(work.models)]
        held = self._held
        if work.models[0] == (self._shelf.last() or (held and held[0])):
            del orders[0]  # the unit before ends with it, and leaves it to this one
        self._shelf.expect(orders)

    def __call__(self, work: Assignment, advance: Advance) -> Future[Finished]:
        """Draw a unit; its shard is there when the future has a result."""
        with ExitStack() as stack:
            path = Path(work.path)
            shard = stack.enter_context(ShardWriter(path, work.header, len(work), self._pack, self.tag))
            most = max(1, UNPACKED // (work.header.size**2 * 4))
            passes: deque[_Pass] = deque()
            for its in self._passes(work, shard, advance):
                passes.append(its)
                if len(passes) > STEPS_AHEAD:
                    self._settle(shard, passes.popleft(), most)
            while passes:
                self._settle(shard, passes.popleft(), most)
            rest = stack.pop_all()
        return self._finisher.submit(self._finish, rest, path)

    def _passes(self, work: Assignment, shard: ShardWriter, advance: Advance) -> Iterator[_Pass]:
        """Begin all passes of a unit, one after another."""
        pixels = work.header.size**2 * 4
        for row, run in enumerate(work.runs):
            puppet = self._puppet(work, row)
            if work.looks is None:
                with self._meter.stage("draw"):
                    rest = puppet.start(REST)
                yield _Pass([rest], partial(_add_rest, shard, row))
            for indices in _cuts(run, max(1, STEP // (self._artist.slots * pixels)) * self._artist.slots):
                with self._meter.stage("draw") as spent:
                    its = _begin(shard, puppet, row, indices, work.looks or rest)
                    spent.items = len(indices) * len(its.drawn)
                yield replace(its, done=partial(advance, len(indices)))

    def _puppet(self, work: Assignment, row: int) -> Drawable:
        """Return the puppet of a unit's run; it is the one in hand where the run before ended with the same model."""
        model = work.models[row]
        if self._held is not None and self._held[0] == model:
            return self._held[1]
        reading = self._shelf.take((work.path, row), model)
        with self._meter.stage("wait for model"):
            read = reading.result()
        if self._held is not None:
            held, self._held = self._held, None
            held[1].release()
        with self._meter.stage("upload"):
            puppet = self._artist.make(read)
        if puppet.identity != model.identity:
            puppet.release()
            raise MmdgenError(f"{model.path}: changed since the plan was made, expected the same file and textures")
        self._held = model, puppet
        return puppet

    def _settle(self, shard: ShardWriter, its: _Pass, most: int) -> None:
        """Read a pass back, and write what is compressed by now."""
        with self._meter.stage("read back") as spent:
            pictures = [pending.read() for pending in its.drawn]
            spent.items = sum(map(len, pictures))
        its.add(*pictures)
        self._write(shard)
        while shard.waiting > most:
            with self._meter.stage("wait for compression"):
                shard.wait()
            self._write(shard)
        its.done()

    def _write(self, shard: ShardWriter) -> None:
        with self._meter.stage("write") as spent:
            spent.items = shard.settle()

    def _read(self, model: Candidate) -> Any:
        with self._meter.stage("read"):
            return self._artist.read(model)

    def _pack(self, picture: U1) -> Future[Packed]:
        return self._packers.submit(self._compress, picture)

    def _compress(self, picture: U1) -> Packed:
        with self._meter.stage("compress"):
            return pack(picture)

    def _finish(self, shard: ExitStack, path: Path) -> Finished:
        with self._meter.stage("finish"):
            shard.close()
        return Finished(path.stat().st_size, self._meter.take())


@dataclass(frozen=True)
class _Pass:
    """Pictures on their way: ``add`` takes them into the shard, ``done`` tells that they are there."""

    drawn: Sequence[Pictures]
    add: Callable[..., None]
    done: Callable[[], None] = lambda: None


def _begin(shard: ShardWriter, puppet: Drawable, row: int, indices: range, rest: Pictures | RandomLooks) -> _Pass:
    """Begin to draw samples of a model; with looks each one gets a rest picture in its own."""
    seed, first = shard.header.seed, indices.start
    poses = sample_poses(seed, puppet.identity, indices)
    if not isinstance(rest, RandomLooks):
        drawn = [puppet.start_expressions(poses, rest, first), puppet.start(poses, first)]
        return _Pass(drawn, partial(_add, shard, row, indices, poses))
    its = [rest.look(seed, puppet.identity, index) for index in indices]
    rests = puppet.start(REST.repeat(len(poses), axis=0), first, its)
    drawn = [rests, puppet.start_expressions(poses, rests, first, its), puppet.start(poses, first, its)]
    return _Pass(drawn, partial(_add_looking, shard, indices, poses, its))


def _add_rest(shard: ShardWriter, row: int, pictures: U1) -> None:
    shard.rest(row, pictures[0])


def _add(shard: ShardWriter, row: int, indices: range, poses: F4, expressions: U1, posed: U1) -> None:
    """Add samples of one model that share its rest picture."""
    for triplet in zip(indices, poses, expressions, posed, strict=True):
        shard.add(row, *triplet)


def _add_looking(
    shard: ShardWriter, indices: range, poses: F4, looks: list[Look], rests: U1, expressions: U1, posed: U1
) -> None:
    """Add samples of one model, each with a rest picture in its own look, as the shard's next rows."""
    triplets = zip(indices, poses, expressions, posed, strict=True)
    for rest, triplet, look in zip(rests, triplets, looks, strict=True):
        row = len(shard)
        shard.rest(row, rest)
        shard.add(row, *triplet, look.numbers())


def _cuts(run: Run, step: int) -> Iterator[range]:
    """Cut a run into steps that begin at the same samples in every run."""
    start = run.start
    while start < run.stop:
        stop = min(run.stop, start - start % step + step)
        yield range(start, stop)
        start = stop


def shard_models(models: tuple[Candidate, ...] | list[Candidate]) -> tuple[ShardModel, ...]:
    """Return the header's records of models."""
    return tuple(ShardModel(m.name, m.path, m.sha256, m.textures_sha256, m.annotation) for m in models)
