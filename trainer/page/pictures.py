"""The pictures of the page: strips of examples, the worst first, and clips that the player plays."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mmdgen.errors import UsageError
from mmdgen.motion.table import read_motion
from mmdgen.pose_spec import IDENTITY, NAMES
from trainer import colour
from trainer.data import Examples, Triplets, in_turn
from trainer.drawing import read_drawing
from trainer.evaluate import Measured
from trainer.lineup import Lineup, Task

WORST = 0.5  # share of the strips that are the worst; the others are spread over all that are better
CLIPS = 2  # characters whose examples the player shows
FRAMES = 48  # of one such clip, at most
QUALITY = 90  # of WebP
AMPLIFIED = 4  # times, in difference images
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Clip:
    """Frames for the player: rest pictures, poses and the renderer's answer. ``ms`` is how long each is shown."""

    title: str
    triplets: Callable[[], Iterator[Triplets]]
    count: int
    names: list[str]  # of each frame
    ms: list[int]
    moving: bool  # whether the frames follow one another, or are examples in any order


def ranked(measured: Measured, answer: str, count: int) -> NDArray[np.int64]:
    """Return up to ``count`` places in ``measured``, worst first: half the very worst, half spread over the rest."""
    order: NDArray[np.int64] = np.argsort(-measured.errors(answer), kind="stable")
    if len(order) <= count:
        return order
    worst = max(1, round(count * WORST))
    rest = np.linspace(worst, len(order) - 1, count - worst).round().astype(np.int64)
    return np.concatenate([order[:worst], order[rest]])


def strips(
    lineup: Lineup, examples: Examples, measured: Measured, answer: str, count: int, batch: int, advance: Advance
) -> list[dict[str, Any]]:
    """Return the chosen examples of one task: names, errors and, as URLs, input, target, answers and differences."""
    task, places = measured.task, ranked(measured, answer, count)
    errors = {name: measured.errors(name) for name in measured.answers}
    rank = np.argsort(np.argsort(-errors[answer], kind="stable"))
    found: list[dict[str, Any]] = []
    for triplets, answers in _answered(lineup, in_turn(examples, measured.rows[places], batch), task):
        source, target = (getattr(triplets, kind) for kind in (task.source, task.target))
        for i, row in enumerate(triplets.rows.tolist()):
            place = int(places[len(found)])
            shard, sample = examples.locate(row)
            pictures = {name: picture[i] for name, picture in answers.items()} | {"input": source[i]}
            found.append(
                {
                    "name": examples.keys[int(examples.models[row])].name,
                    "sample": f"{examples.paths[shard].name}:{sample}",
                    "rank": int(rank[place]) + 1,
                    "pose": _pose(triplets.pose[i]),
                    "target": url(target[i]),
                    "answers": {name: url(picture) for name, picture in pictures.items()},
                    "differences": {name: url(difference(picture, target[i])) for name, picture in pictures.items()},
                    "errors": {name: float(of[place]) for name, of in errors.items()},
                }
            )
            advance(1)
    return found


def _answered(lineup: Lineup, loaded: Iterator[Triplets], task: Task) -> Iterator[tuple[Triplets, dict[str, Tensor]]]:
    """Yield triplets and what every row of a task answers, (B, S, S, 4) uint8 on the CPU."""
    for triplets in loaded:
        answers = lineup.answers(triplets)[task]
        yield triplets, {name: colour.decode(answer).cpu() for name, answer in answers.items()}


def example_clips(examples: Examples, measured: Measured, batch: int) -> list[Clip]:
    """Return a clip of the measured examples of each of a few characters: those of which there are most."""
    keys, counts = np.unique(measured.models, return_counts=True)
    clips = []
    for key in keys[np.argsort(-counts, kind="stable")][:CLIPS]:
        rows = measured.rows[measured.models == key][:FRAMES]
        places = [examples.locate(int(row)) for row in rows]
        clips.append(
            Clip(
                title=examples.keys[int(key)].name,
                triplets=lambda rows=rows: in_turn(examples, rows, batch),  # type: ignore[misc]
                count=len(rows),
                names=[f"{examples.paths[shard].name}:{sample}" for shard, sample in places],
                ms=[400] * len(rows),
                moving=False,
            )
        )
    return clips


def motion_clips(table: Path, folders: Sequence[Path], size: int, batch: int) -> list[Clip]:
    """Return a clip of each folder of frames that ``mmdgen shot --motion TABLE -o FOLDER/`` drew.

    The frame at rest is what the networks are given. Raises UsageError where table and pictures do not belong together.
    """
    motion = read_motion(table)
    poses = motion.poses.astype(np.float32)
    rests = np.flatnonzero((poses == np.array(IDENTITY, np.float32)).all(1))
    if not len(rests):
        raise UsageError(
            f"{table}: no frame at rest, expected one with eyes and mouth open and the head straight, which is what "
            "the networks are given; let the table begin with 0,0,0,0,0,1"
        )
    clips = []
    for folder in folders:
        files = sorted(folder.glob("frame-*.png"))
        if len(files) != len(poses):
            raise UsageError(
                f"{folder}: {len(files)} frames, expected the {len(poses)} of {table}; "
                f"draw them with `mmdgen shot MODEL --motion {table} -o {folder}/ --size {size}`"
            )
        for file in files:  # before anything is measured
            _frame(file, size)
        rest = _frame(files[int(rests[0])], size)
        clips.append(
            Clip(
                title=f"{folder.name}, {table.name}",
                triplets=lambda files=files, rest=rest: _frames(files, rest, poses, batch),  # type: ignore[misc]
                count=len(files),
                names=[file.name for file in files],
                ms=motion.milliseconds().tolist(),
                moving=True,
            )
        )
    return clips


def _frame(file: Path, size: int) -> Tensor:
    picture = read_drawing(file).pixels
    if picture.shape[:2] != (size, size):
        height, width = picture.shape[:2]
        raise UsageError(
            f"{file}: {width} × {height}, expected {size} × {size} as the shards; draw them with --size {size}"
        )
    return torch.from_numpy(picture)


def _frames(files: Sequence[Path], rest: Tensor, poses: NDArray[np.float32], batch: int) -> Iterator[Triplets]:
    """Yield frames as triplets whose expression is not known and not asked for."""
    for start in range(0, len(files), batch):
        posed = torch.stack([_frame(file, len(rest)) for file in files[start : start + batch]])
        rests = rest.expand_as(posed)
        rows = np.arange(start, start + len(posed))
        yield Triplets(rows, rests, rests, posed, torch.from_numpy(poses[rows]))


def play(lineup: Lineup, clip: Clip, task: Task, advance: Advance) -> dict[str, Any]:
    """Return a clip as the player takes it: the frames of the input, of the target and of each answer as URLs."""
    frames: dict[str, list[str]] = {"target": [], "input": []}
    poses: list[dict[str, float]] = []
    loaded: Any = clip.triplets()
    with closing(loaded):
        for triplets, answers in _answered(lineup, loaded, task):
            given = {"target": getattr(triplets, task.target), "input": getattr(triplets, task.source)} | answers
            for name, pictures in given.items():
                frames.setdefault(name, []).extend(map(url, pictures))
            poses += map(_pose, triplets.pose)
            advance(len(triplets.rows))
    about = {"title": clip.title, "moving": clip.moving, "ms": clip.ms, "names": clip.names, "poses": poses}
    return about | {"moves": task.moves, "frames": frames}


def _pose(pose: Tensor) -> dict[str, float]:
    return {name: round(float(value), 3) for name, value in zip(NAMES, pose, strict=True)}


def difference(picture: Tensor, target: Tensor) -> Tensor:
    """Return the amplified difference of two stored pictures (S, S, 4) laid on white, (S, S, 3) uint8; grey is none."""
    a, b = (_on_white(p) for p in (picture, target))
    return (128 + AMPLIFIED * (a - b)).clamp(0, 255).round().to(torch.uint8)


def _on_white(picture: Tensor) -> Tensor:
    alpha = picture[..., 3:].float() / 255
    return picture[..., :3].float() * alpha + 255 * (1 - alpha)


def url(picture: Tensor) -> str:
    """Return a picture (S, S, 3 or 4) uint8 as the URL of a WebP."""
    data = io.BytesIO()
    Image.fromarray(picture.numpy()).save(data, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()
