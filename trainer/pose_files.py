"""What ``trainer pose`` writes: a picture, a sheet or a film of each drawing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.progress import Progress, TaskID

from mmdgen.canvas import FORMATS, save
from mmdgen.errors import UsageError
from mmdgen.files import write_atomically
from mmdgen.motion.films import Colour, Film, laid_on
from mmdgen.motion.table import Motion
from mmdgen.pose_spec import NAMES
from trainer import pose_sheet
from trainer.console import progress
from trainer.drawing import U1
from trainer.outputs import make_folder
from trainer.posing import Actor


def _counted(some: Iterator[U1], bar: Progress, task: TaskID) -> Iterator[U1]:
    for pictures in some:
        yield pictures
        bar.advance(task, len(pictures))


@dataclass(frozen=True, eq=False)
class Still:
    """One pose (6,), in a picture or in a sheet that moves each parameter away from it."""

    output: str
    pose: NDArray[np.float64]
    background: Colour | None
    sheet: bool = False

    def __post_init__(self) -> None:
        known = tuple(FORMATS) if self.sheet else (".png",)
        kind = Path(self.output).suffix.lower()
        if kind not in known:
            remedy = "choose one" if self.sheet else "write a PNG, or add --video or --motion"
            raise UsageError(f"{self.output}: extension {kind!r}, expected {', '.join(known)}; {remedy}")

    def save(self, actor: Actor, pixels: U1, batch: int) -> None:
        """Draw and write it."""
        make_folder(self.output)
        if self.sheet:
            names, poses = pose_sheet.grid(self.pose, head=actor.chosen.pathway is not None)
            with progress() as bar:
                task = bar.add_task("sheet", total=len(poses), note="")
                page = pose_sheet.sheet(pixels, names, poses, _counted(actor.draw(pixels, poses, batch), bar, task))
            save(page, Path(self.output))
            return
        data = io.BytesIO()
        picture = next(actor.draw(pixels, self.pose[None]))[0]
        Image.fromarray(laid_on(picture, self.background)).save(data, "PNG")
        write_atomically(Path(self.output), data.getvalue())

    def report(self) -> dict[str, Any]:
        """Return what was made."""
        return {"pose": dict(zip(NAMES, self.pose.tolist(), strict=True)), "sheet": self.sheet}


@dataclass(frozen=True, eq=False)
class Moving:
    """A film of a motion."""

    film: Film

    @staticmethod
    def of(output: str, motion: Motion, size: int, background: Colour | None, loop: int) -> Moving:
        """Check all that can be checked before the first frame. Raises UsageError; MmdgenError without an encoder."""
        return Moving(Film(output, motion, size, background=background, loop=loop))

    def save(self, actor: Actor, pixels: U1, batch: int) -> None:
        """Draw and encode it, some frames at a time."""
        film = self.film
        make_folder(str(film.path))
        with film.open() as put, progress() as bar:
            task = bar.add_task("frames", total=len(film.motion), note="")
            for some in _counted(actor.draw(pixels, film.motion.poses, batch), bar, task):
                for picture in laid_on(some, film.background):
                    put(picture)

    def report(self) -> dict[str, Any]:
        """Return what was made."""
        motion, film = self.film.motion, self.film
        return {
            "frames": len(motion),
            "fps": motion.fps,
            "seconds": motion.seconds,
            "codec": film.codec,
            "background": film.background,
        }
