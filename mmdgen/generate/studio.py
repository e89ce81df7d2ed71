"""What a worker does with a unit: open its models one after another, draw their samples, write one shard."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mmdgen.annotation import from_json
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.generate.crew import Advance, Handler
from mmdgen.generate.looks import RandomLooks
from mmdgen.generate.plan import Run
from mmdgen.generate.survey import Candidate
from mmdgen.model import F4, U1, TextureSet
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose.sample import sample_poses
from mmdgen.pose_spec import HEAD, IDENTITY
from mmdgen.puppet import Puppet
from mmdgen.render.look import Look
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import ShardHeader, ShardModel, ShardWriter

REST = np.array([IDENTITY], np.float32)


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


class Drawable(Protocol):
    """What a unit needs of a puppet."""

    @property
    def identity(self) -> tuple[str, str]:
        """(sha256 of the file, sha256 over its textures)."""

    def draw(self, poses: F4, first_slot: int = 0, looks: Sequence[Look] | None = None) -> U1:
        """Return pictures (N, S, S, 4) of poses (N, 6)."""

    def release(self) -> None:
        """Free it."""


class Artist(Protocol):
    """Makes puppets, in two steps so that the next model is read while the last one is drawn."""

    @property
    def slots(self) -> int:
        """How many pictures one pass draws."""

    def read(self, model: Candidate) -> Any:
        """Read a model and its textures; called in another thread."""

    def make(self, read: Any) -> Drawable:
        """Bring what was read to the GPU."""


class Painter:
    """The artist that draws with OpenGL."""

    def __init__(self, settings: RenderSettings, *, allow_smile: bool, ik: bool, device: int | None) -> None:
        from mmdgen.render.context import open_context
        from mmdgen.render.renderer import Renderer

        self._allow_smile, self._ik = allow_smile, ik
        self._renderer = Renderer(open_context(device), settings)

    @property
    def slots(self) -> int:
        """How many pictures one pass draws."""
        return self._renderer.slots

    def read(self, model: Candidate) -> tuple[Binding, TextureSet]:
        """Read, bind and decode."""
        found = read_model(Path(model.path))
        binding = bind(found, from_json(json.loads(model.annotation), model.path), allow_smile=self._allow_smile)
        return binding, load_textures(found)

    def make(self, read: tuple[Binding, TextureSet]) -> Puppet:
        """Upload."""
        return Puppet.make(*read, self._renderer, ik=self._ik)


@dataclass(frozen=True)
class Studio:
    """How a worker gets its artist: made in the parent, called in the worker with the worker's number."""

    settings: RenderSettings
    allow_smile: bool
    ik: bool = False
    devices: tuple[int | None, ...] = (None,)
    threads: int | None = None  # that a software driver may use in each worker

    def __call__(self, worker: int) -> Handler:
        """Open OpenGL in this process."""
        if self.threads is not None:
            os.environ.setdefault("LP_NUM_THREADS", str(self.threads))
        device = self.devices[worker % len(self.devices)]
        return partial(render, Painter(self.settings, allow_smile=self.allow_smile, ik=self.ik, device=device))


def render(artist: Artist, work: Assignment, advance: Advance) -> int:
    """Make one shard and return its size in bytes."""
    path = Path(work.path)
    with ShardWriter(path, work.header, len(work)) as shard, ThreadPoolExecutor(1) as reader:
        for row, (run, puppet) in enumerate(zip(work.runs, _puppets(artist, reader, work), strict=True)):
            try:
                if work.looks is None:
                    _render_run(shard, artist.slots, puppet, row, run, advance)
                else:
                    _render_looks(shard, artist.slots, puppet, work.looks, run, advance)
            finally:
                puppet.release()
    return path.stat().st_size


def _puppets(artist: Artist, reader: ThreadPoolExecutor, work: Assignment) -> Iterator[Drawable]:
    """Yield the puppet of every run, reading one model ahead."""
    ahead: Future[Any] = reader.submit(artist.read, work.models[0])
    for number, model in enumerate(work.models):
        read = ahead.result()
        if number + 1 < len(work.models):
            ahead = reader.submit(artist.read, work.models[number + 1])
        puppet = artist.make(read)
        if puppet.identity != model.identity:
            puppet.release()
            raise MmdgenError(f"{model.path}: changed since the plan was made, expected the same file and textures")
        yield puppet


def _render_run(shard: ShardWriter, slots: int, puppet: Drawable, row: int, run: Run, advance: Advance) -> None:
    """Draw the rest picture and the samples of one model."""
    shard.rest(row, puppet.draw(REST)[0])
    for indices in _passes(run, slots):
        poses = sample_poses(shard.header.seed, puppet.identity, indices)
        expressions = puppet.draw(straight(poses), indices.start)
        posed = puppet.draw(poses, indices.start)
        for triplet in zip(indices, poses, expressions, posed, strict=True):
            shard.add(row, *triplet)
        advance(len(indices))


def _render_looks(
    shard: ShardWriter, slots: int, puppet: Drawable, looks: RandomLooks, run: Run, advance: Advance
) -> None:
    """Draw the samples of one model, each with a rest picture in its own look, into the shard's next rows."""
    seed = shard.header.seed
    for indices in _passes(run, slots):
        poses = sample_poses(seed, puppet.identity, indices)
        its = [looks.look(seed, puppet.identity, index) for index in indices]
        kinds = (REST.repeat(len(poses), axis=0), straight(poses), poses)
        rests, expressions, posed = (puppet.draw(kind, indices.start, its) for kind in kinds)
        triplets = zip(indices, poses, expressions, posed, strict=True)
        for rest, triplet, look in zip(rests, triplets, its, strict=True):
            row = len(shard)
            shard.rest(row, rest)
            shard.add(row, *triplet, look.numbers())
        advance(len(indices))


def _passes(run: Run, slots: int) -> Iterator[range]:
    """Cut a run into passes that begin at the same samples in every run."""
    start = run.start
    while start < run.stop:
        stop = min(run.stop, start - start % slots + slots)
        yield range(start, stop)
        start = stop


def straight(poses: F4) -> F4:
    """Return the poses (N, 6) with the head at rest."""
    result = poses.copy()
    result[:, HEAD] = IDENTITY[HEAD]
    return result


def shard_models(models: Sequence[Candidate]) -> tuple[ShardModel, ...]:
    """Return the header's records of models."""
    return tuple(ShardModel(m.name, m.path, m.sha256, m.textures_sha256, m.annotation) for m in models)
