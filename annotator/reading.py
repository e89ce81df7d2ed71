"""A model from its path, with everything that is worked out before a person sees it; runs in another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmdgen.annotation import Annotation
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.library.proposals import propose
from mmdgen.model import Model, TextureSet
from mmdgen.pose_spec import HEAD_BONE, NECK_BONE


@dataclass(frozen=True, eq=False)
class Loaded:
    """What was read: ``model``, ``textures`` and ``proposal``, or all None and the reason in ``problem``.

    ``lacks`` is what in the model itself keeps it from being rendered, whatever its annotation says.
    """

    path: Path
    model: Model | None = None
    textures: TextureSet | None = None
    proposal: Annotation | None = None
    problem: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the file and its textures."""
        return (*(self.model.warnings if self.model else ()), *(self.textures.warnings if self.textures else ()))

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        if self.model is None or self.textures is None:
            return 0
        pixels = sum(image.nbytes for image in self.textures.images if image is not None)
        return pixels + len(self.model.vertices) * 200 + self.model.faces.nbytes


def read(path: Path) -> Loaded:
    """Read a model; whatever is wrong with it becomes its ``problem``."""
    try:
        model = read_model(path)
        textures = load_textures(model)
        lacks = tuple(f"no bone {bone}" for bone in (HEAD_BONE, NECK_BONE) if model.bone(bone) is None)
        return Loaded(path, model, textures, propose(model), lacks=lacks)
    except MmdgenError as error:
        return Loaded(path, problem=str(error))
    except MemoryError:
        return Loaded(path, problem=f"{path}: not enough memory, expected a model that fits; close other programs")
    except Exception as error:  # noqa: BLE001 - one bad model never stops a session
        return Loaded(path, problem=f"{path}: {type(error).__name__}: {error}; run mmdgen inspect --debug on it")
