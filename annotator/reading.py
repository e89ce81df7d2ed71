"""A model from its path, with everything that is worked out before a person sees it; runs in another process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdgen.annotation import Annotation, Side
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.groups import Groups
from mmdgen.library.effects import Effect, effects
from mmdgen.library.proposals import Findings, propose
from mmdgen.library.proposals.blink import SIDES
from mmdgen.model import Model, Morph, Panel, TextureSet
from mmdgen.pose.split import half
from mmdgen.pose_spec import HEAD_BONE, NECK_BONE

Half = tuple[str, Side | None]  # a morph's name and the side of the face
MOST_HALVED = 64  # morphs


@dataclass(frozen=True, eq=False)
class Loaded:
    """What was read: ``model``, ``textures`` and ``proposal``, or all None and the reason in ``problem``.

    ``lacks`` is what in the model itself keeps it from being rendered, whatever its annotation says. Only
    ``read_morphs`` gives ``effects`` (of each morph, in the file's order), ``halves`` (either side of the morphs that
    act on both eyes), ``eye_level`` (y of the eyes, None where nothing is known to close them) and ``mouth_level``.
    """

    path: Path
    model: Model | None = None
    textures: TextureSet | None = None
    proposal: Annotation | None = None
    problem: str = ""
    lacks: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    halves: Mapping[Half, tuple[Morph, ...]] = field(default_factory=dict)
    eye_level: float | None = None
    mouth_level: float | None = None

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
        "eye_level": findings.blink.eye_level if findings.blink else None,
        "mouth_level": _mouth_level(findings),
    }


def _mouth_level(findings: Findings) -> float | None:
    """Return the y of the middle of what the proposed morph for the mouth moves."""
    slot, subject = findings.annotation.slots["mouth"], findings.subject
    if slot is None or subject is None:
        return None
    moved = next(move.displacement for move in subject.moves if move.number == slot.index)
    energy = (moved.offset**2).sum(1)
    return float(energy @ subject.surface.position[moved.index, 1] / energy.sum()) if energy.any() else None


def _halves(model: Model, found: Sequence[Effect]) -> Iterator[tuple[Half, tuple[Morph, ...]]]:
    """Yield either side of the eyes' morphs that act on both, as binding would make them."""
    head = model.bone(HEAD_BONE)
    if head is None:
        return
    pairs = [pair for pair in zip(model.morphs, found, strict=True) if pair[1].side == "both"]
    names = dict.fromkeys(morph.name for morph, effect in pairs if effect.closes or morph.panel == Panel.EYE)
    groups, center = Groups(model.morphs), float(model.bones[head].position[0])
    for name in list(names)[:MOST_HALVED]:
        for side in SIDES:
            if morphs := half(model, groups, model.morphs_named(name), side, center):
                yield (name, side), morphs


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
