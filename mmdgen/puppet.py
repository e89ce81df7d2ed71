"""One character ready to pose and draw: what the generator, the viewer and the annotator share.

Figure   a model with its rig, on the GPU: draws any rig state in any framing
Puppet   a figure with a binding: draws pose vectors in its own framing
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mmdgen.annotation import Annotation
from mmdgen.expression import Expressive, expressive
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import head_framing
from mmdgen.model import F4, U1, Model, TextureSet
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose_spec import HEAD, IDENTITY
from mmdgen.prepare import Prepared
from mmdgen.render.atlas import Area
from mmdgen.render.look import Look
from mmdgen.render.readback import Pending
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.render.upload import Part, Uploaded
from mmdgen.rig.rig import Rig
from mmdgen.space import Framing
from mmdgen.state import RigState


class Figure:
    """A model with its rig, on the GPU. Free it with ``release``."""

    def __init__(self, model: Model, textures: TextureSet, renderer: Renderer, *, ik: bool = False) -> None:
        self.model = model
        self.ik = ik
        self.rig = Rig(model, ik=ik)
        self._renderer = renderer
        self._uploaded: Uploaded = renderer.upload(model, textures)

    def draw(self, state: RigState, framing: Framing, first_slot: int = 0, looks: Sequence[Look] | None = None) -> U1:
        """Return pictures (N, S, S, 4) uint8 straight RGBA of N rig states; slots and looks are ``Renderer.draw``'s."""
        return self.start(state, framing, first_slot, looks).read()

    @property
    def settings(self) -> RenderSettings:
        """The renderer's."""
        return self._renderer.settings

    def start(
        self,
        state: RigState,
        framing: Framing,
        first_slot: int = 0,
        looks: Sequence[Look] | None = None,
        part: Part | None = None,
    ) -> Pending:
        """Begin what ``draw`` does; ``read`` the pictures when they are wanted. ``part`` is ``Renderer.start``'s."""
        return self._renderer.start(self._uploaded, self.rig.evaluate(state), framing, first_slot, looks, part)

    def part(self, faces: NDArray[np.bool_], area: Area) -> Part:
        """Return some faces (F,), to be drawn alone, and what is wanted of their pictures."""
        return self._renderer.part(self._uploaded, faces, area)

    def vertices(self, state: RigState) -> F4:
        """Return posed vertices (N, V, 3) float32 in the file's axes and units, as the GPU computes them."""
        return self._renderer.vertices(self._uploaded, self.rig.evaluate(state))

    def release(self) -> None:
        """Free the GPU's share; the renderer stays."""
        self._uploaded.release()


class Pictures(Protocol):
    """Pictures that are being drawn."""

    def read(self) -> U1:
        """Return them (N, S, S, 4), waiting until they are there."""


@dataclass(frozen=True, eq=False)
class Laid:
    """Expressions: what was drawn of their area, laid over rest pictures."""

    drawn: Pictures
    its: Expressive
    rest: Pictures

    def read(self) -> U1:
        """Return them (N, S, S, 4)."""
        drawn, rest = self.drawn.read(), self.rest.read()
        left, top, width, height = self.its.area
        inside = np.s_[top : top + height, left : left + width]
        pictures = np.empty((len(drawn), *rest.shape[1:]), np.uint8)
        pictures[:] = rest
        # whole pixels are copied, six times as quick as their bytes
        np.copyto(_pixels(pictures)[:, *inside], _pixels(drawn), where=self.its.pixels[inside])
        return pictures


@dataclass(frozen=True, eq=False)
class Puppet:
    """A character that pose vectors drive. Free it with ``release``.

    ``model`` is the bound model: what the file says, with the halves of split morphs appended. ``identity`` is
    (sha256 of the file, sha256 over its textures): with seed and index it names a sample.
    """

    figure: Figure
    binding: Binding
    framing: Framing
    identity: tuple[str, str]

    @staticmethod
    def open(
        path: Path, annotation: Annotation, renderer: Renderer, *, allow_smile: bool = False, ik: bool = False
    ) -> Puppet:
        """Read, bind and upload a model. Raises FormatError, BindingError, AnnotationError or RenderError."""
        model = read_model(path)
        binding = bind(model, annotation, allow_smile=allow_smile)  # before the pictures: most refusals come from here
        return Puppet.make(binding, load_textures(model), renderer, ik=ik)

    @staticmethod
    def make(binding: Binding, textures: TextureSet, renderer: Renderer, *, ik: bool = False) -> Puppet:
        """Upload a bound model, for callers that read ahead."""
        model = binding.model
        framing = head_framing(model, binding.head)
        figure = Figure(model, textures, renderer, ik=ik)
        return Puppet(figure, binding, framing, (model.source.sha256, textures.sha256))

    @staticmethod
    def of(prepared: Prepared, renderer: Renderer) -> Puppet:
        """Upload what ``prepare`` read: the quick way to pictures; ``vertices`` are of ``prepared.drawn``."""
        figure = Figure(prepared.drawn, prepared.textures, renderer, ik=prepared.ik)
        identity = prepared.drawn.source.sha256, prepared.textures.sha256
        return Puppet(figure, prepared.binding, prepared.framing, identity)

    @property
    def model(self) -> Model:
        """The bound model."""
        return self.binding.model

    def draw(self, poses: NDArray[np.floating], first_slot: int = 0, looks: Sequence[Look] | None = None) -> U1:
        """Return pictures (N, S, S, 4) uint8 straight RGBA, row 0 on top, of poses (N, 6).

        Picture i is drawn in slot first_slot + i, modulo the renderer's ``slots``: pass a sample's index (of the first
        of consecutive samples) to get the same bytes whatever is drawn together. ``looks``: one for each picture, by
        default the renderer's.
        """
        return self.start(poses, first_slot, looks).read()

    def start(self, poses: NDArray[np.floating], first_slot: int = 0, looks: Sequence[Look] | None = None) -> Pending:
        """Begin what ``draw`` does: the pictures are drawn and sent while the caller does something else."""
        return self.figure.start(self.binding.state(poses), self.framing, first_slot, looks)

    def start_expressions(
        self, poses: NDArray[np.floating], rest: Pictures, first_slot: int = 0, looks: Sequence[Look] | None = None
    ) -> Pictures:
        """Begin to draw poses (N, 6), within their ranges, with the head at rest: a dataset's expressions.

        ``rest``: N rest pictures in the same slots and looks, or one for all. Pixels that no expression changes are
        copied from there, and only what reaches into the others is drawn.
        """
        poses = straight(poses)
        edged = any(look.edge > 0 for look in looks or [self.figure.settings.look()])
        found = self._edged_expressive if edged else self._expressive
        if found is None:
            return self.start(poses, first_slot, looks)
        its, part = found
        drawn = self.figure.start(self.binding.state(poses), self.framing, first_slot, looks, part)
        return Laid(drawn, its, rest)

    @cached_property
    def _expressive(self) -> tuple[Expressive, Part] | None:
        return self._found(edged=False)

    @cached_property
    def _edged_expressive(self) -> tuple[Expressive, Part] | None:
        return self._found(edged=True)

    def _found(self, *, edged: bool) -> tuple[Expressive, Part] | None:
        """Return what expressions change, and what is drawn for it; None where nothing is known."""
        if self.figure.ik:
            return None
        drawn = replace(self.binding, model=self.figure.model)
        its = expressive(drawn, self.framing, self.figure.settings.size, edged=edged)
        return None if its is None else (its, self.figure.part(its.faces, its.area))

    def vertices(self, poses: NDArray[np.floating]) -> F4:
        """Return posed vertices (N, V, 3) float32 in the file's axes and units, as the GPU computes them."""
        return self.figure.vertices(self.binding.state(poses))

    def release(self) -> None:
        """Free the GPU's share; the renderer stays."""
        self.figure.release()


def _pixels(pictures: U1) -> NDArray[np.uint32]:
    """Return the pixels (N, H, W) of pictures (N, H, W, 4), the same memory."""
    return pictures.view(np.uint32)[..., 0]


def straight(poses: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the poses (N, 6) with the head at rest."""
    result = poses.copy()
    result[:, HEAD] = IDENTITY[HEAD]
    return result
