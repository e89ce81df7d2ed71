"""Reads and binds every model once, so that the plan counts only models that can be drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmdgen import annotation
from mmdgen.annotation import PERSON, Annotation, HeadRange, Slot
from mmdgen.errors import AnnotationError, BindingError, FormatError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.pose.binding import bind
from mmdgen.pose_spec import HEAD_BONE, NECK_BONE

LONGEST_NAME = 1000  # letters; a shard refuses texts without end


@dataclass(frozen=True)
class Candidate:
    """A model that can be rendered. ``annotation`` is the JSON of what rendering uses of its annotation."""

    path: str
    name: str
    sha256: str
    textures_sha256: str
    annotation: str

    @property
    def identity(self) -> tuple[str, str]:
        """What the model's samples are derived from."""
        return self.sha256, self.textures_sha256

    def appearance(self) -> Any:
        """Return all that its pictures depend on, comparable: confidences and notes may change, these may not."""
        data = json.loads(self.annotation)
        slots = {k: s and (s["name"], s["index"], s["side_split"]) for k, s in data["slots"].items()}
        return self.identity, data["head"]["bottom"], data["head"]["top"], sorted(slots.items())


@dataclass(frozen=True)
class Skipped:
    """A model that cannot be rendered: ``reason`` is a short phrase for counting, ``message`` one line for a person."""

    path: str
    reason: str
    message: str


@dataclass(frozen=True)
class Question:
    """A model to survey: its path, its path in its library (with /), and the folder that holds its annotation."""

    path: str
    relative: str
    store: str


@dataclass(frozen=True)
class Surveyor:
    """Answers questions; made in the parent, used in worker processes."""

    min_confidence: float
    allow_smile: bool

    def __call__(self, _worker: int) -> Callable[[Question, Callable[[int], None]], Candidate | Skipped]:
        """Start in a worker."""
        return lambda question, _: self.survey(Path(question.path), Path(question.store))

    def survey(self, path: Path, store: Path) -> Candidate | Skipped:
        """Read a model and its annotation, bind them, and hash its textures."""
        try:
            model = read_model(path)
            found = annotation.load(store, model.source.sha256)
            if found is None:
                lacking = [f"no bone {bone}" for bone in (HEAD_BONE, NECK_BONE) if model.bone(bone) is None]
                reason = (*lacking, "no annotation")[0]  # a bone is what no annotation can give it
                return Skipped(str(path), reason, f"{path}: {reason}; annotations are looked for in {store}")
            if found.verdict == "reject":
                return Skipped(str(path), "rejected", f"{path}: rejected{found.reason and f' ({found.reason})'}")
            if found.sent_back:
                parts = " and ".join(found.sent_back)
                return Skipped(str(path), "sent back", f"{path}: sent back for its {parts}; annotate it again")
            used = trusted(found, self.min_confidence)
            try:
                bind(model, used, allow_smile=self.allow_smile)
            except BindingError as error:
                return self._refusal(path, error, found, used, model)
            textures = load_textures(model, wanted=())  # their digest is all that counts here
        except FormatError as error:
            return Skipped(str(path), "unreadable", str(error))
        except AnnotationError as error:
            return Skipped(str(path), "annotation does not fit", str(error))
        said = json.dumps(annotation.to_json(used), ensure_ascii=False)
        return Candidate(str(path), model.name[:LONGEST_NAME], model.source.sha256, textures.sha256, said)

    def _refusal(self, path: Path, error: BindingError, found: Annotation, used: Annotation, model: Any) -> Skipped:
        """Tell a model that cannot be bound from one whose proposals are only not trusted."""
        try:
            bind(model, found, allow_smile=self.allow_smile)
        except BindingError:
            return Skipped(str(path), error.reason, str(error))
        doubted = [name for name, slot in found.slots.items() if slot and not used.slots[name]]
        parts = ", ".join([*(["head"] if used.head is None else []), *doubted])
        return Skipped(
            str(path),
            "low confidence",
            f"{path}: {parts} proposed with low confidence, expected {self.min_confidence} or more; annotate it",
        )


def trusted(found: Annotation, min_confidence: float) -> Annotation:
    """Return the annotation without proposals below a confidence; a person's word always counts."""

    def sure(value: HeadRange | Slot | None) -> bool:
        return value is not None and (value.by == PERSON or value.confidence >= min_confidence)

    slots = {name: slot if sure(slot) else None for name, slot in found.slots.items()}
    return replace(found, head=found.head if sure(found.head) else None, slots=slots)


def without_duplicates(candidates: list[Candidate]) -> tuple[list[Candidate], list[Skipped]]:
    """Keep each identity once, under its first path, in the order of identities; the others are skipped."""
    first: dict[tuple[str, str], Candidate] = {}
    duplicates = []
    for candidate in sorted(candidates, key=lambda c: c.path):
        kept = first.setdefault(candidate.identity, candidate)
        if kept is not candidate:
            message = f"{candidate.path}: the same model and textures as {kept.path}"
            duplicates.append(Skipped(candidate.path, "duplicate", message))
    return sorted(first.values(), key=lambda c: c.identity), duplicates
