"""Models on the GPU, drawn by the renderer and the camera of the dataset; the last pictures are remembered."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotator.reading import Half, Loaded
from mmdgen.annotation import Annotation, HeadRange, Side
from mmdgen.framing import head_framing, whole_framing
from mmdgen.model import U1, Model, Morph
from mmdgen.render.atlas import Atlas
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.render.upload import Uploaded
from mmdgen.rig.rig import Rig
from mmdgen.space import Framing
from mmdgen.state import RigState
from mmdgen.viewer.view import View

if TYPE_CHECKING:
    import moderngl

SMALLEST, LARGEST, MULTIPLE = 32, 1024, 8  # pixels: what the renderer draws
ACTORS = 3  # the one before, the current, the next
SIZES = 4  # renderers
PICTURES = 96 << 20  # bytes of pictures that are remembered


def drawn_size(side: float) -> int:
    """Return the side of the picture to draw where ``side`` pixels are to be filled."""
    return min(max(-(-int(side) // MULTIPLE) * MULTIPLE, SMALLEST), LARGEST)


def base_framing(loaded: Loaded, head: HeadRange | None) -> Framing:
    """Return the camera that a model is first shown with: on its head as far as that is known, else on all of it."""
    assert loaded.model is not None
    return head_framing(loaded.model, head) if head is not None else whole_framing(loaded.model)


@dataclass(frozen=True)
class Gesture:
    """All morphs called ``name`` at a weight; with ``split`` only the half of what they do on that side of the face."""

    name: str
    split: Side | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class Shot:
    """What is drawn: gestures, as ``view`` shows ``reach`` times the base frame, ``size`` pixels wide and high."""

    base: Framing
    view: View
    reach: float
    size: int
    gestures: tuple[Gesture, ...] = ()


@dataclass(frozen=True, eq=False)
class _Actor:
    """A model on the GPU: as it was read, with the halves of morphs appended that were read with it."""

    loaded: Loaded
    model: Model
    halves: Mapping[Half, tuple[int, ...]]
    uploaded: Uploaded
    rig: Rig

    def state(self, gestures: Sequence[Gesture]) -> RigState:
        """Return the state in which all gestures are made at once; what the model does not have does nothing."""
        assert self.loaded.model is not None
        weight = np.zeros((1, len(self.model.morphs)), np.float32)
        for gesture in gestures:
            whole = self.loaded.model.morphs_named(gesture.name)
            numbers = self.halves.get((gesture.name, gesture.split), ()) if gesture.split else whole
            weight[0, list(numbers)] += gesture.weight
        return replace(RigState.identity(self.model), weight=weight)


class Stage:
    """Draws models that were read. Use it from one thread; free it with ``release``."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._dataset = Renderer(context, RenderSettings())
        self._renderers: dict[RenderSettings, Renderer] = {}
        self._actors: dict[Path, _Actor] = {}
        self._pictures: dict[Hashable, U1] = {}
        self._held = 0  # bytes of pictures

    def view(self, loaded: Loaded, shot: Shot, samples: int) -> U1:
        """Return a picture (size, size, 4) uint8 straight RGBA, of ``samples`` a pixel.

        Raises RenderError when the model cannot be brought to the GPU.
        """
        key = _view_key(loaded, shot, samples)
        if key not in self._pictures:
            actor = self._actor(loaded)
            posed = actor.rig.evaluate(actor.state(shot.gestures))
            turned = shot.view.turn(posed, _pivot(actor.model, shot.base))
            renderer = self._renderer(RenderSettings(shot.size, samples=samples))
            self._keep(key, renderer.draw(actor.uploaded, turned, shot.view.framing(shot.base, shot.reach))[0])
        return self._remembered(key)

    def has_view(self, loaded: Loaded, shot: Shot, samples: int) -> bool:
        """Tell whether ``view`` would remember this picture."""
        return _view_key(loaded, shot, samples) in self._pictures

    def rest(self, loaded: Loaded, annotation: Annotation) -> U1:
        """Return the rest picture (256, 256, 4) that ``mmdgen render`` writes for this annotation with its defaults.

        Where the mouth's slot is empty or does not fit the model, the mouth is closed. Raises RenderError.
        """
        mouth = annotation.slots["mouth"]
        named = None if mouth is None or mouth.side_split else mouth.name
        assert annotation.head is not None
        key = ("rest", annotation.sha256, annotation.head.bottom, annotation.head.top, named)
        if key not in self._pictures:
            actor = self._actor(loaded)
            state = actor.state([Gesture(named)] if named else [])
            framing = head_framing(actor.model, annotation.head)
            self._keep(key, self._dataset.draw(actor.uploaded, actor.rig.evaluate(state), framing)[0])
        return self._remembered(key)

    def prepare(self, loaded: Loaded) -> bool:
        """Bring a model to the GPU before it is shown, if it is not there; tell whether that was to do."""
        new = loaded.path not in self._actors
        self._actor(loaded)
        return new

    def _actor(self, loaded: Loaded) -> _Actor:
        held = self._actors.pop(loaded.path, None)
        if held is not None and held.loaded is not loaded:  # read again: the file may have changed
            held.uploaded.release()
            held = None
        if held is None:
            assert loaded.model is not None
            assert loaded.textures is not None
            model, halves = _with_halves(loaded.model, loaded.halves)
            held = _Actor(loaded, model, halves, self._dataset.upload(model, loaded.textures), Rig(model))
        self._actors[loaded.path] = held  # the newest last
        while len(self._actors) > ACTORS:
            self._actors.pop(next(iter(self._actors))).uploaded.release()
        return held

    def _renderer(self, settings: RenderSettings) -> Renderer:
        found = self._renderers.pop(settings, None) or Renderer(self._context, settings, Atlas.single(settings))
        self._renderers[settings] = found
        while len(self._renderers) > SIZES:
            self._renderers.pop(next(iter(self._renderers))).release()
        return found

    def _keep(self, key: Hashable, picture: U1) -> None:
        self._pictures[key] = picture
        self._held += picture.nbytes
        while self._held > PICTURES:
            self._held -= self._pictures.pop(next(iter(self._pictures))).nbytes

    def _remembered(self, key: Hashable) -> U1:
        picture = self._pictures[key] = self._pictures.pop(key)  # the newest last
        return picture

    def release(self) -> None:
        """Free everything but the context."""
        for actor in self._actors.values():
            actor.uploaded.release()
        for renderer in (self._dataset, *self._renderers.values()):
            renderer.release()


def _view_key(loaded: Loaded, shot: Shot, samples: int) -> Hashable:
    return ("view", loaded.model.source.sha256 if loaded.model else "", shot, samples)


def _with_halves(model: Model, halves: Mapping[Half, tuple[Morph, ...]]) -> tuple[Model, dict[Half, tuple[int, ...]]]:
    """Return the model with halves of morphs appended, and their numbers."""
    made: list[Morph] = []
    numbers = {}
    for half, morphs in halves.items():
        first = len(model.morphs) + len(made)
        numbers[half] = tuple(range(first, first + len(morphs)))
        made += morphs
    return replace(model, morphs=(*model.morphs, *made)) if made else model, numbers


def _pivot(model: Model, base: Framing) -> NDArray[np.float64]:
    """Return what the side view turns about (3,): the middle of the frame, at the depth of the model's own middle."""
    z = model.vertices.position[:, 2].astype(np.float64)
    depth = (z.min() + z.max()) / 2 if len(z) else 0.0
    return np.array([base.center_x, base.center_y, depth])
