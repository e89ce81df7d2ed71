"""A studio without OpenGL whose workers fail on request, and small libraries to render with it."""

from __future__ import annotations

import functools
import hashlib
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from builders import CHIN, TOP, head_model, saved

from mmdgen import annotation as annotations
from mmdgen.annotation import SLOTS, Annotation, HeadRange, Slot
from mmdgen.errors import RenderError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.generate import Request
from mmdgen.generate.studio import Line
from mmdgen.generate.survey import Question
from mmdgen.puppet import straight
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import ShardReader

SIZE = 32
MORPHS = {
    "normal_left": "ウィンク２",
    "normal_right": "ｳｨﾝｸ２右",
    "normal_both": "まばたき",
    "smile_left": "ウィンク",
    "smile_right": "ウィンク右",
    "smile_both": "笑い",
    "mouth": "あ",
}


# --- libraries --------------------------------------------------------------------------------------------------------


@functools.cache
def base_model():
    return head_model()


def annotated(model, by: str = "person", confidence: float = 1.0, **changed) -> Annotation:
    """The right annotation of ``builders.head_model()``; ``changed`` replaces slots or fields."""
    slots = {s: Slot(MORPHS[s], model.morphs_named(MORPHS[s])[0], None, by, confidence) for s in SLOTS}
    slots |= {k: changed.pop(k) for k in list(changed) if k in SLOTS}
    plain = Annotation(model.source.sha256, ("x",), head=HeadRange(CHIN, TOP, by, confidence), slots=slots)
    return replace(plain, **changed)


def store_of(library: Path) -> Path:
    return library / ".mmdgen" / "annotations"


def add_model(library: Path, name: str, **annotation) -> Path:
    """Write a model that differs from others by its name alone, with its annotation."""
    path = library / f"{name}.pmx"
    model = saved(replace(base_model(), name=name), path)
    annotations.save(store_of(library), annotated(model, **annotation))
    return path


def make_library(folder: Path, names: str) -> Path:
    for name in names:
        add_model(folder, name)
    return folder


def questions(library: Path, names: str | None = None) -> tuple[Question, ...]:
    paths = [library / f"{n}.pmx" for n in names] if names else sorted(library.rglob("*.pm[xd]"))
    return tuple(Question(str(p), p.relative_to(library).as_posix(), str(store_of(library))) for p in paths)


def request(library: Path, out: Path, n: int, names: str | None = None, **changed) -> Request:
    plain = Request(questions(library, names), out, n, settings=RenderSettings(SIZE), per_shard=8, workers=2)
    return replace(plain, **changed)


def samples(out: Path) -> dict:
    """All that a folder's shards say of every sample."""
    found = {}
    for path in sorted(out.glob("*.h5")):
        with ShardReader(path) as shard:
            for i, (row, index) in enumerate(zip(shard.model_rows.tolist(), shard.indices.tolist(), strict=True)):
                key = (shard.header.split, shard.header.models[row].name, index)
                assert key not in found
                pictures = (shard.rest(row), shard.expression(i), shard.posed(i))
                look = b"" if shard.looks is None else shard.looks[i].tobytes()
                found[key] = (shard.poses[i].tobytes(), *(hashlib.sha256(p).hexdigest() for p in pictures), look)
    return found


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.glob("*.h5")}


def leftovers(out: Path) -> list[str]:
    """Names of what should not be in a folder of shards."""
    return [p.name for p in out.iterdir() if p.suffix != ".h5" and p.name not in ("render.json", ".render.lock")]


# --- the studio -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FakeStudio:
    """Starts workers that draw discs. Files in ``faults`` make them fail.

    "kill NAME" kills the worker that reads the model, once; "always kill NAME" each time; "raise NAME" raises.
    """

    faults: Path | None = None
    delay: float = 0.0
    broken: bool = False

    def __call__(self, worker: int):
        if self.broken:
            raise RenderError("OpenGL: nothing here, expected OpenGL 3.3 core; install some")
        return Line(FakeArtist(self))


@dataclass(frozen=True)
class Drawn:
    pictures: np.ndarray

    def read(self):
        return self.pictures


@dataclass(frozen=True)
class FakeArtist:
    studio: FakeStudio
    slots: int = 4

    def read(self, model):
        faults = self.studio.faults
        if faults:
            if (faults / f"raise {model.name}").exists():
                raise RenderError(f"{model.name}: refused, expected better; wait")
            once = faults / f"kill {model.name}"
            if once.exists() or (faults / f"always kill {model.name}").exists():
                once.unlink(missing_ok=True)
                time.sleep(0.1)
                os.kill(os.getpid(), signal.SIGKILL)
        found = read_model(Path(model.path))
        return found.source.sha256, load_textures(found).sha256

    def make(self, read):
        return FakePuppet(read, self.slots, self.studio.delay)


@dataclass(frozen=True)
class FakePuppet:
    """Draws a disc whose colour tells identity, pose, slot and look."""

    identity: tuple[str, str]
    slots: int
    delay: float

    def start(self, poses, first_slot=0, looks=None):
        time.sleep(self.delay)
        y, x = np.mgrid[:SIZE, :SIZE] - SIZE // 2
        disc = x * x + y * y < 100
        pictures = np.zeros((len(poses), SIZE, SIZE, 4), np.uint8)
        for i, pose in enumerate(poses):
            slot = (first_slot + i) % self.slots
            seen = hashlib.sha256(repr((self.identity, pose.tobytes(), slot, looks and looks[i])).encode()).digest()
            pictures[i][disc] = (*seen[:3], 255)
        return Drawn(pictures)

    def start_expressions(self, poses, rest, first_slot=0, looks=None):
        return self.start(straight(poses), first_slot, looks)

    def release(self):
        pass
