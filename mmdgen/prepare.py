"""All of a puppet that is to be had without OpenGL, so that other threads or processes can read models ahead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmdgen.annotation import Annotation
from mmdgen.cropping import cropped
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import head_framing
from mmdgen.model import Model, TextureSet
from mmdgen.pose.binding import Binding, bind
from mmdgen.space import Framing


@dataclass(frozen=True, eq=False)
class Prepared:
    """A bound model read for its pictures alone. It can be pickled.

    ``drawn`` is what is left of the bound model where no pose brings the rest into the picture; ``textures`` are those
    that show, the others None, under the digest of all.
    """

    binding: Binding
    framing: Framing
    drawn: Model
    textures: TextureSet
    ik: bool = False


def prepare(path: Path, annotation: Annotation, *, allow_smile: bool = False, ik: bool = False) -> Prepared:
    """Read and bind a model and what of it its poses show. Raises FormatError, BindingError or AnnotationError."""
    binding = bind(read_model(path), annotation, allow_smile=allow_smile)
    model = binding.model
    framing = head_framing(model, binding.head)
    drawn = model if ik else cropped(binding, framing)  # IK may bring anything anywhere
    return Prepared(binding, framing, drawn, load_textures(model, shown_textures(drawn)), ik)


def shown_textures(model: Model) -> frozenset[int]:
    """Return the numbers of the textures that materials with faces use."""
    shown = (m for m in model.materials if m.face_count)
    return frozenset(i for m in shown for i in (m.texture, m.sphere, m.toon) if i is not None)
