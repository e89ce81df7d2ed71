"""What ``mmdgen shot`` writes: vertices, one picture, or a film."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmdgen.annotation import Annotation
from mmdgen.commands import console
from mmdgen.files import write_atomically
from mmdgen.formats.load import load_textures
from mmdgen.framing import head_framing, whole_framing
from mmdgen.model import U1, Model
from mmdgen.motion.films import Colour, Film, laid_on
from mmdgen.puppet import Figure
from mmdgen.render.context import driver, open_context
from mmdgen.render.look import Look
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.shot import Sitting
from mmdgen.state import RigState

MOST_FRAMES = 64  # drawn at once, however small: their bones and pictures lie in memory


def save_vertices(model: Model, sitting: Sitting, path: Path, *, ik: bool, dry_run: bool) -> dict[str, Any]:
    """Write the posed vertices by the NumPy rig; return what to report."""
    posed = skin(sitting.model, Rig(sitting.model, ik=ik).evaluate(sitting.state))
    data = io.BytesIO()
    np.save(data, posed.position[0, : len(model.vertices)])
    if not dry_run:
        write_atomically(path, data.getvalue())
    return {"vertices": str(path)}


@dataclass(frozen=True)
class Set:
    """All that pictures of a sitting depend on besides its pose."""

    sitting: Sitting
    known: Annotation
    source: str  # who says where the head is
    settings: RenderSettings
    look: Look
    ik: bool

    def save_picture(self, path: Path, background: Colour | None, *, dry_run: bool) -> dict[str, Any]:
        """Draw and write one picture; return what to report."""
        stage = _Stage(self)
        picture = laid_on(stage.draw(self.sitting.state)[0], background)
        data = io.BytesIO()
        Image.fromarray(picture).save(data, "PNG")
        if not dry_run:
            write_atomically(path, data.getvalue())
        return {"output": str(path), **stage.report()}

    def save_film(self, film: Film, *, dry_run: bool) -> dict[str, Any]:
        """Draw and encode a motion, some frames at a time; ``dry_run`` draws the first one and writes nothing."""
        stage = _Stage(self)
        motion = film.motion
        if dry_run:
            stage.draw(self.sitting.states(motion.poses[:1]))
        else:
            with film.open() as put, _progress(len(motion)) as count:
                step = min(stage.slots, MOST_FRAMES)
                for start in range(0, len(motion), step):
                    pictures = stage.draw(self.sitting.states(motion.poses[start : start + step]), start)
                    for picture in laid_on(pictures, film.background):
                        put(picture)
                        count()
        return {
            "output": str(film.path),
            "frames": len(motion),
            "fps": motion.fps,
            "seconds": motion.seconds,
            "codec": film.codec,
            "background": film.background,
            **stage.report(),
        }


class _Stage:
    """A set on the GPU."""

    def __init__(self, scene: Set) -> None:
        self._scene = scene
        model, head = scene.sitting.model, scene.known.head
        self._textures = load_textures(model)
        self._framing = head_framing(model, head) if head else whole_framing(model)
        self._context = open_context()
        renderer = Renderer(self._context, scene.settings)
        self._figure = Figure(model, self._textures, renderer, ik=scene.ik)
        self.slots = renderer.slots
        for warning in self._textures.warnings:
            console.say(warning)

    def draw(self, state: RigState, first_slot: int = 0) -> U1:
        """Return the pictures (N, S, S, 4) of N states."""
        return self._figure.draw(state, self._framing, first_slot, [self._scene.look] * len(state))

    def report(self) -> dict[str, Any]:
        """Return what pictures were drawn with."""
        scene, head = self._scene, self._scene.known.head
        return {
            "settings": scene.settings.as_json() | asdict(scene.look),
            "framed_by": scene.source if head else "bounding box",
            "head": {"bottom": head.bottom, "top": head.top} if head else None,
            "texture_warnings": list(self._textures.warnings),
            "renderer": driver(self._context).renderer,
        }


@contextmanager
def _progress(frames: int) -> Iterator[Callable[[], None]]:
    """Yield what counts a frame, shown on a terminal."""
    began, done = time.perf_counter(), 0
    with console.progress("frames") as bar:
        task = bar.add_task("drawing", total=frames, rate="–")

        def count() -> None:
            nonlocal done
            done += 1
            bar.update(task, advance=1, rate=f"{done / (time.perf_counter() - began):.1f}")

        yield count
