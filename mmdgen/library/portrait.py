"""A small picture of a model at rest, and the numbers by which models of one look are found."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmdgen.annotation import HeadRange
from mmdgen.framing import head_framing, whole_framing
from mmdgen.model import U1, Model, TextureSet
from mmdgen.puppet import Figure
from mmdgen.render.atlas import Atlas
from mmdgen.render.context import open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.state import RigState

SIZE = 128  # pixels
CELLS = 16  # of a look, along each side
QUALITY = 80  # of WebP


@dataclass(frozen=True, eq=False)
class Portrait:
    """A model in its bind pose, in the frame of its head, or as a whole where it has none.

    ``look`` (CELLS, CELLS, 4) uint8 is the picture's mean premultiplied colour and alpha in each cell; ``picture`` is
    a WebP file of SIZE.
    """

    look: U1
    picture: bytes


class Photographer:
    """Takes portraits, with one renderer for all."""

    def __init__(self) -> None:
        """Open OpenGL; raise RenderError where there is none."""
        settings = RenderSettings(SIZE)
        self._renderer = Renderer(open_context(), settings, Atlas.single(settings))

    def take(self, model: Model, textures: TextureSet, head: HeadRange | None) -> Portrait:
        """Draw a model."""
        framing = head_framing(model, head) if head else whole_framing(model)
        figure = Figure(model, textures, self._renderer)
        try:
            drawn = figure.draw(RigState.identity(model), framing)[0]
        finally:
            figure.release()
        data = io.BytesIO()
        Image.fromarray(drawn).save(data, "WEBP", quality=QUALITY, method=4)
        return Portrait(look_of(drawn), data.getvalue())


def look_of(picture: U1) -> U1:
    """Return the look (CELLS, CELLS, 4) of a picture (S, S, 4), straight alpha."""
    alpha = picture[..., 3:].astype(np.float64)
    whole = np.concatenate([picture[..., :3] * (alpha / 255), alpha], -1)
    side = len(picture) // CELLS
    cells: NDArray[np.float64] = whole.reshape(CELLS, side, CELLS, side, 4).mean((1, 3))
    return np.rint(cells).astype(np.uint8)
