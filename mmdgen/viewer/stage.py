"""A session's character on the GPU: pictures of it at any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mmdgen.model import U1
from mmdgen.render.atlas import Atlas
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.render.upload import Uploaded
from mmdgen.rig.rig import Rig
from mmdgen.space import Framing
from mmdgen.viewer.character import Character
from mmdgen.viewer.session import Session
from mmdgen.viewer.view import View

if TYPE_CHECKING:
    import moderngl

SMALLEST, LARGEST, MULTIPLE = 32, 1024, 8  # pixels: what the renderer draws
KEPT = 4  # renderers: moving and coarse, at rest, and for pictures that are saved


def drawn_size(side: int) -> int:
    """Return the side of the picture to draw, in pixels, where ``side`` is to be filled."""
    return min(max(-(-side // MULTIPLE) * MULTIPLE, SMALLEST), LARGEST)


class Stage:
    """Draws one character; one upload serves renderers of every size."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._renderers: dict[RenderSettings, Renderer] = {}
        self._uploader = Renderer(context, RenderSettings())
        self._uploaded: Uploaded | None = None
        self._character: Character | None = None
        self._rigs: dict[bool, Rig] = {}

    def take(self, character: Character) -> None:
        """Bring a character to the GPU, then let the one before go; RenderError keeps that."""
        uploaded = self._uploader.upload(character.model, character.textures)
        rig = Rig(character.model)
        if self._uploaded is not None:
            self._uploaded.release()
        self._uploaded, self._character, self._rigs = uploaded, character, {False: rig}

    @property
    def warnings(self) -> tuple[str, ...]:
        """All that was wrong with the character's file, textures and rig."""
        return (*self._character.warnings, *self._rigs[False].warnings) if self._character else ()

    def view(self, session: Session, size: int, reach: float, samples: int) -> U1:
        """Return a picture (size, size, 4) that shows ``reach`` times the frame's side."""
        framing = session.view.framing(session.frame_shown, reach)
        return self._draw(session, framing, session.view, RenderSettings(size, samples=samples))

    def dataset(self, session: Session, size: int, *, as_seen: bool) -> U1:
        """Return the dataset's own picture (S, S, 4) of the pose, or what the view shows."""
        assert session.character is not None
        view = session.view if as_seen else View()
        frame = session.frame_shown if as_seen else session.character.head or session.character.whole
        return self._draw(session, view.framing(frame), view, RenderSettings(size))

    def _draw(self, session: Session, framing: Framing, view: View, settings: RenderSettings) -> U1:
        character, seen = session.character, session.seen
        assert character is not None
        assert self._uploaded is not None
        if seen.ik not in self._rigs:
            self._rigs[seen.ik] = Rig(character.model, ik=seen.ik)
        posed = self._rigs[seen.ik].evaluate(session.state())
        turned = view.turn(posed, character.pivots[seen.whole])
        pictures = self._renderer(settings).draw(self._uploaded, turned, framing, looks=[seen.look])
        return np.asarray(pictures[0], np.uint8)

    def _renderer(self, settings: RenderSettings) -> Renderer:
        """Return the renderer for a size, from the last few or new."""
        found = self._renderers.pop(settings, None) or Renderer(self._context, settings, Atlas.single(settings))
        self._renderers[settings] = found  # the newest last
        while len(self._renderers) > KEPT:
            self._renderers.pop(next(iter(self._renderers))).release()
        return found

    def release(self) -> None:
        """Free everything but the context."""
        if self._uploaded is not None:
            self._uploaded.release()
        for renderer in (self._uploader, *self._renderers.values()):
            renderer.release()
