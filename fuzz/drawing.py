"""Accepted models through the real renderer, small: whatever a file says, OpenGL is asked for nothing wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from guard import bounded, silence

SIZE = 32  # pixels
MEMORY = 1 << 30  # bytes
SECONDS = 30


@cache
def _renderers() -> tuple[Any, list[Any]]:
    """Return one OpenGL context and a renderer for each way of shading."""
    from mmdgen.render.context import open_context
    from mmdgen.render.renderer import Renderer
    from mmdgen.render.settings import RenderSettings

    context = open_context()
    return context, [Renderer(context, RenderSettings(size=SIZE, shading=shading)) for shading in ("phong", "toon")]


def check(data: bytes, thorough: bool) -> bool:
    """Draw a model at rest and in two random poses."""
    import promises

    from mmdgen.errors import FormatError
    from mmdgen.formats.load import parse_model
    from mmdgen.framing import whole_framing
    from mmdgen.puppet import Figure
    from mmdgen.state import RigState

    del thorough
    context, renderers = _renderers()
    try:
        model = parse_model(data)
    except FormatError:
        return False
    seed = promises.seed_of(data)
    with silence(), bounded(len(data), memory=MEMORY, seconds=SECONDS):
        textures = _textures(len(model.textures), seed)
        for renderer in renderers:
            figure = Figure(model, textures, renderer)
            try:
                for state in (RigState.identity(model), promises.random_state(model, seed)):
                    pictures = figure.draw(state, whole_framing(model))
                    assert pictures.shape == (len(state), SIZE, SIZE, 4)
                    assert pictures.dtype == np.uint8
                    assert figure.vertices(state).shape == (len(state), len(model.vertices), 3)
                with context:
                    error = context.error  # asking clears it
                assert error == "GL_NO_ERROR", error
            finally:
                figure.release()
    return True


def _textures(count: int, seed: int) -> Any:
    """Return noise, some of it translucent, and some pictures missing."""
    from mmdgen.model import TextureSet

    random = np.random.default_rng(seed)
    shapes = random.integers(1, 9, (count, 2))
    images = [random.integers(0, 256, (*shape, 4), np.uint8) if shape[0] < 7 else None for shape in shapes]
    for image in images[::2]:
        if image is not None:
            image[..., 3] = 255
    return TextureSet(tuple(images), "")
