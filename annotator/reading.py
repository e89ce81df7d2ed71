"""A model from its path, with everything that is worked out before a person sees it; runs in another process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdgen.annotation import Annotation, Side
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.groups import Groups
from mmdgen.library.effects import Effect, effects
from mmdgen.library.proposals import propose
from mmdgen.library.proposals.blink import SIDES
from mmdgen.model import Model, Morph, TextureSet
from mmdgen.pose.split import half
from mmdgen.pose_spec import HEAD_BONE, NECK_BONE

Half = tuple[str, Side | None]  # a morph's name and the side of the face
PARTLY = 0.3  # of both eyes' openings: what a morph closes at least that is worth halving
MOST_HALVED = 8  # morphs


@dataclass(frozen=True, eq=False)
class Loaded:
    """What was read: ``model``, ``textures`` and ``proposal``, or all None and the reason in ``problem``.

    ``lacks`` is what in the model itself keeps it from being rendered, whatever its annotation says. Only
    ``read_morphs`` gives ``effects`` (of each morph, in the file's order), ``halves`` (either side of the morphs that
    act on both eyes) and ``sees_eyes`` (whether it could be told what closes eyes).
    """

    path: Path
    model: Model | None = None
    textures: TextureSet | None = None
    proposal: Annotation | None = None
    problem: str = ""
    lacks: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    halves: Mapping[Half, tuple[Morph, ...]] = field(default_factory=dict)
    sees_eyes: bool = False

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
    return _read(path, lambda model: {"proposal": propose(model)})


def read_morphs(path: Path) -> Loaded:
    """Read a model, and find out what its morphs do; whatever is wrong with it becomes its ``problem``."""
    return _read(path, _studied)


def _studied(model: Model) -> dict[str, Any]:
    found, findings = effects(model)
    halves = dict(_halves(model, found))
    return {
        "proposal": findings.annotation,
        "effects": found,
        "halves": halves,
        "sees_eyes": findings.eyes is not None,
    }


def _halves(model: Model, found: Sequence[Effect]) -> Iterator[tuple[Half, tuple[Morph, ...]]]:
    """Yield both sides of the morphs that close both eyes, as binding would make them."""
    head = model.bone(HEAD_BONE)
    both = [m.name for m, effect in zip(model.morphs, found, strict=True) if len(effect.closes) == len(SIDES)]
    if head is None:
        return
    groups, center = Groups(model.morphs), float(model.bones[head].position[0])
    names = [name for name in dict.fromkeys(both) if min(_closing(model, found, name)) > PARTLY]
    for name in names[:MOST_HALVED]:
        for side in SIDES:
            if morphs := half(model, groups, model.morphs_named(name), side, center):
                yield (name, side), morphs


def _closing(model: Model, found: Sequence[Effect], name: str) -> Iterable[float]:
    return found[model.morphs_named(name)[0]].closes.values()


def _read(path: Path, study: Callable[[Model], dict[str, Any]]) -> Loaded:
    try:
        model = read_model(path)
        textures = load_textures(model)
        lacks = tuple(f"no bone {bone}" for bone in (HEAD_BONE, NECK_BONE) if model.bone(bone) is None)
        return Loaded(path, model, textures, lacks=lacks, **study(model))
    except MmdgenError as error:
        return Loaded(path, problem=str(error))
    except MemoryError:
        return Loaded(path, problem=f"{path}: not enough memory, expected a model that fits; close other programs")
    except Exception as error:  # noqa: BLE001 - one bad model never stops a session
        return Loaded(path, problem=f"{path}: {type(error).__name__}: {error}; run mmdgen inspect --debug on it")
