"""What is known of one model file, as values that survive JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from mmdgen.annotation import SLOTS, from_json


@dataclass(frozen=True)
class Study:
    """What follows from a model and its textures alone.

    ``character`` is empty for a character, else why it is none. ``missing`` names textures that are used and cannot be
    had. ``look`` and ``picture`` are those of a ``Portrait`` in base64, empty where none was taken; ``sketch`` is that
    of the head, ``geometry`` a digest of the whole mesh, empty where there is none.
    """

    name: str
    format: str
    vertices: int
    morphs: int
    character: str
    bones: dict[str, bool]
    textures: list[str]
    textures_sha256: str
    missing: list[str]
    proposal: dict[str, Any]
    warnings: list[str]
    geometry: str
    sketch: list[int]
    look: str
    picture: str


@dataclass(frozen=True)
class Judgement:
    """What ``mmdgen render`` would make of a model, by its stored annotation or else the proposal.

    ``slots`` holds each slot's morph name, who says so, and whether render trusts it by default.
    """

    ready: bool
    reasons: list[str]
    with_smile: bool
    verdict: str
    stored: bool
    head: dict[str, Any] | None
    slots: dict[str, dict[str, Any] | None]


@dataclass(frozen=True)
class Record:
    """All that is known of the file at ``path`` (in its library, with /).

    ``beside`` and ``judged_by`` are digests of what was lying beside it and of its annotation: while they, size and
    time of change stay the same, the record holds. ``error`` says why there is no study.
    """

    path: str
    size: int
    modified: int
    sha256: str
    beside: str
    judged_by: str
    error: str = ""
    study: Study | None = None
    judgement: Judgement | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """(sha256 of the file, sha256 over its textures), which samples are derived from."""
        return self.sha256, self.study.textures_sha256 if self.study else ""

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON-ready values."""
        return asdict(self)

    @staticmethod
    def from_json(data: Any) -> Record:
        """Build a record from parsed JSON; raise TypeError, KeyError, ValueError or AnnotationError when it is none."""
        rest = dict(data)
        study, judgement = rest.pop("study"), rest.pop("judgement")
        if study:
            from_json(study["proposal"])
        if judgement and not (
            set(judgement["slots"]) == set(SLOTS)
            and all(slot is None or {"name", "by", "trusted"} <= set(slot) for slot in judgement["slots"].values())
        ):
            raise ValueError("slots")
        return Record(
            **_typed(Record, rest),
            study=Study(**_typed(Study, study)) if study else None,
            judgement=Judgement(**_typed(Judgement, judgement)) if judgement else None,
        )


def _typed(kind: type, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values of a record's fields; raise TypeError where one is of another type than declared."""
    for name, hint in _hints(kind).items():
        container, elements = get_origin(hint), get_args(hint)
        if name not in data or container is UnionType:
            continue
        value = data[name]
        if not isinstance(value, container or hint):
            raise TypeError(name)
        if container is list and not all(isinstance(element, elements[0]) for element in value):
            raise TypeError(name)
    return data


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def is_character(record: Record) -> bool:
    """Tell whether a file could be read and holds a character."""
    return record.study is not None and not record.study.character
