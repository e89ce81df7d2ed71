"""Small pictures of a model: the whole figure, the head, and the face under each morph of eyes and mouth."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from mmdgen.annotation import HeadRange
from mmdgen.framing import head_framing, whole_framing
from mmdgen.model import U1, Model, TextureSet
from mmdgen.puppet import Figure
from mmdgen.render.context import open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.space import Framing
from mmdgen.state import RigState

DRAWN, THUMBNAIL = 320, 160  # pixels; thumbnails are drawn at twice their size
FACE_MIDDLE, FACE_SPAN = 0.3, 0.72  # of the head's height: where the middle of a face lies, and what a thumbnail shows
SHOWN = 0.5  # of a picture that a framing's range fills
QUALITY = 82  # of WebP
TOGETHER = 32  # poses drawn at once
MOST = 500  # morphs pictured of one model


@dataclass(frozen=True)
class Pictures:
    """Pictures of one model as ``data:`` addresses; ``head`` is None where nothing tells where the head is.

    ``rest`` is the view of the morphs' pictures without any morph; ``morphs`` has a picture for each number.
    """

    whole: str
    head: str | None
    rest: str
    morphs: dict[int, str]


@dataclass(frozen=True)
class Camera:
    """Takes pictures of one model after the other with one renderer."""

    renderer: Renderer

    @staticmethod
    def open() -> Camera:
        """Open OpenGL; raise RenderError where there is none."""
        return Camera(Renderer(open_context(), RenderSettings(DRAWN)))

    def take(self, model: Model, textures: TextureSet, found: dict[str, Any]) -> Pictures:
        """Picture a model that was described as ``found``; every picture is of the bind pose."""
        head = found["head"]
        whole = whole_framing(model)
        framing = head and head_framing(model, HeadRange(head["bottom"], head["top"], head["by"], head["confidence"]))
        face = _face(framing) if framing else whole
        numbers = [i for i, morph in enumerate(found["morphs"]) if is_pictured(morph) and len(model.faces)][:MOST]
        figure = Figure(model, textures, self.renderer)
        try:
            rest = figure.draw(RigState.identity(model), face)[0]
            morphs: dict[int, str] = {}
            for start in range(0, len(numbers), TOGETHER):
                part = numbers[start : start + TOGETHER]
                drawn = figure.draw(_states(model, part), face)
                morphs |= {number: _address(picture, THUMBNAIL) for number, picture in zip(part, drawn, strict=True)}
            views = [figure.draw(RigState.identity(model), view)[0] for view in (whole, framing) if view]
        finally:
            figure.release()
        large = [_address(view, DRAWN) for view in views]
        return Pictures(large[0], large[1] if framing else None, _address(rest, THUMBNAIL), morphs)


def is_pictured(morph: dict[str, Any]) -> bool:
    """Tell whether a morph is of eyes or mouth: by its panel, or by what it does."""
    return morph["panel"] in ("eye", "mouth") or bool(morph["does"])


def _face(head: Framing) -> Framing:
    """Return the framing that shows the face alone."""
    height = head.top - head.bottom
    middle = head.bottom + FACE_MIDDLE * height
    reach = FACE_SPAN * height * SHOWN / 2
    return replace(head, bottom=middle - reach, top=middle + reach)


def _states(model: Model, numbers: Sequence[int]) -> RigState:
    """Return a state for each morph: all of its name at weight 1, as in MMD."""
    state = RigState.identity(model, len(numbers))
    weight = state.weight.copy()
    for row, number in enumerate(numbers):
        weight[row, list(model.morphs_named(model.morphs[number].name))] = 1
    return replace(state, weight=weight)


def _address(picture: U1, size: int) -> str:
    """Return a picture (S, S, 4), straight alpha, as a ``data:`` address of a WebP of that size."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    if size != len(picture):
        image = image.convert("RGBa").resize((size, size), Image.Resampling.BOX).convert("RGBA")
    data = io.BytesIO()
    image.save(data, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()
