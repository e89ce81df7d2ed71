"""Makes puppets, in two steps, so that models are read while others are drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from mmdgen.annotation import from_json
from mmdgen.generate.survey import Candidate
from mmdgen.model import F4
from mmdgen.prepare import Prepared, prepare
from mmdgen.puppet import Pictures, Puppet
from mmdgen.render.look import Look
from mmdgen.render.settings import RenderSettings


class Drawable(Protocol):
    """What a unit needs of a puppet."""

    @property
    def identity(self) -> tuple[str, str]:
        """(sha256 of the file, sha256 over its textures)."""

    def start(self, poses: F4, first_slot: int = 0, looks: Sequence[Look] | None = None) -> Pictures:
        """Begin to draw the pictures of poses (N, 6)."""

    def start_expressions(
        self, poses: F4, rest: Pictures, first_slot: int = 0, looks: Sequence[Look] | None = None
    ) -> Pictures:
        """Begin to draw poses (N, 6) with the head at rest; ``rest`` are N rest pictures of the same looks, or one."""

    def release(self) -> None:
        """Free it."""


class Artist(Protocol):
    """Makes puppets, in two steps so that the next model is read while the last one is drawn."""

    @property
    def slots(self) -> int:
        """How many pictures one pass draws."""

    def read(self, model: Candidate) -> Any:
        """Read a model and its textures; called in other threads."""

    def make(self, read: Any) -> Drawable:
        """Bring what was read to the GPU."""


class Painter:
    """The artist that draws with OpenGL."""

    def __init__(self, settings: RenderSettings, *, allow_smile: bool, ik: bool, device: int | None) -> None:
        from mmdgen.render.context import open_context
        from mmdgen.render.renderer import Renderer

        self._allow_smile, self._ik = allow_smile, ik
        self._renderer = Renderer(open_context(device), settings)
        self._renderer.prepare()

    @property
    def slots(self) -> int:
        """How many pictures one pass draws."""
        return self._renderer.slots

    def read(self, model: Candidate) -> Prepared:
        """Read, bind and decode."""
        annotation = from_json(json.loads(model.annotation), model.path)
        return prepare(Path(model.path), annotation, allow_smile=self._allow_smile, ik=self._ik)

    def make(self, read: Prepared) -> Puppet:
        """Upload."""
        return Puppet.of(read, self._renderer)
