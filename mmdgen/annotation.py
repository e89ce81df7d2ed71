"""What a person, or a proposal, says about a model: where its head is and which morphs close what.

One JSON file a model, ``<library>/.mmdgen/annotations/<sha256>.json``. Left and right are the character's own.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mmdgen.errors import AnnotationError, MmdgenError

VERSION = 1
SLOTS = ("normal_left", "normal_right", "normal_both", "smile_left", "smile_right", "smile_both", "mouth")
PERSON = "person"
AGAIN = {"heads": "heads again", "morphs": "morphs again"}  # how a reviewer marks what is to be annotated again
Verdict = Literal["todo", "keep", "reject"]
Side = Literal["left", "right"]


@dataclass(frozen=True)
class HeadRange:
    """Chin and top of the skull as y in the file's units, bind pose without morphs; ``confidence`` is in [0, 1]."""

    bottom: float
    top: float
    by: str
    confidence: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.bottom) and math.isfinite(self.top) and self.top > self.bottom):
            raise AnnotationError(f"head range: bottom {self.bottom}, top {self.top}, expected bottom < top")


@dataclass(frozen=True)
class Slot:
    """The morph that fills a slot. ``side_split`` keeps only the half of the morph on that side of the face."""

    name: str
    index: int
    side_split: Side | None
    by: str
    confidence: float


NOTHING = Slot("", -1, None, PERSON, 1.0)  # in ``Annotation.words``: a person says that no morph fits


@dataclass(frozen=True)
class Annotation:
    """Everything known about one model; ``slots`` maps each name of SLOTS to a Slot or None.

    ``none`` names the empty slots of which a person says that no morph fits; of the others nobody knows one yet.
    """

    sha256: str
    names_seen: tuple[str, ...] = ()
    verdict: Verdict = "todo"
    reason: str = ""
    head: HeadRange | None = None
    slots: Mapping[str, Slot | None] = field(default_factory=lambda: dict.fromkeys(SLOTS))
    note: str = ""
    none: tuple[str, ...] = ()
    version: int = VERSION

    def __post_init__(self) -> None:
        if set(self.slots) != set(SLOTS):
            raise AnnotationError(f"annotation {self.sha256[:12]}: slots {sorted(self.slots)}, expected {list(SLOTS)}")
        if any(name not in SLOTS or self.slots[name] is not None for name in self.none):
            raise AnnotationError(f"annotation {self.sha256[:12]}: none {list(self.none)}, expected empty slots")

    @property
    def words(self) -> dict[str, Slot | None]:
        """What is said of each slot: NOTHING where a person says that no morph fits, None where nobody says a thing."""
        return {name: NOTHING if name in self.none else self.slots[name] for name in SLOTS}

    def saying(self, words: Mapping[str, Slot | None]) -> Annotation:
        """Return the annotation with other words on all slots."""
        slots = {name: None if words[name] == NOTHING else words[name] for name in SLOTS}
        return replace(self, slots=slots, none=tuple(name for name in SLOTS if words[name] == NOTHING))

    @property
    def marks(self) -> tuple[str, ...]:
        """What a model without verdict carries as its reason: how far work on it is, none where there is a verdict."""
        return tuple(mark for mark in self.reason.split(", ") if mark) if self.verdict == "todo" else ()

    @property
    def sent_back(self) -> tuple[str, ...]:
        """What a reviewer wants annotated again, "heads" or "morphs": until then the model is not rendered."""
        return tuple(part for part, mark in AGAIN.items() if mark in self.marks)


def to_json(annotation: Annotation) -> dict[str, Any]:
    """Return the annotation as JSON-ready values."""
    data = asdict(replace(annotation, slots=dict(annotation.slots)))
    if not data["none"]:
        del data["none"]  # as before there was such a word
    return {"version": data.pop("version"), **data, "names_seen": list(annotation.names_seen)}


def from_json(data: Any, subject: str = "annotation") -> Annotation:
    """Build an annotation from parsed JSON; raise AnnotationError naming ``subject`` when anything does not fit."""
    try:
        if data["version"] != VERSION:
            raise AnnotationError(f"{subject}: version {data['version']!r}, expected {VERSION}; update mmdgen")
        if data["verdict"] not in ("todo", "keep", "reject"):
            found = f"verdict {data['verdict']!r}, expected todo, keep or reject"
            raise AnnotationError(f"{subject}: {found}; restore or delete the file")
        return _built(data, subject)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise AnnotationError(f"{subject}: {error!r}, expected an annotation; restore or delete the file") from error


def _built(data: Any, subject: str) -> Annotation:
    try:
        return Annotation(
            sha256=str(data["sha256"]),
            names_seen=tuple(str(n) for n in data["names_seen"]),
            verdict=data["verdict"],
            reason=str(data["reason"]),
            head=HeadRange(**_typed(data["head"], HeadRange)) if data["head"] else None,
            slots={name: Slot(**_typed(s, Slot)) if s else None for name, s in data["slots"].items()},
            note=str(data["note"]),
            none=_none(data.get("none", [])),
        )
    except AnnotationError as error:
        raise AnnotationError(f"{subject}: {error}; restore or delete the file") from error


def _none(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(name in SLOTS for name in names):
        raise ValueError(f"none {str(names)[:80]!r}")
    return tuple(name for name in SLOTS if name in names)


def _typed(data: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Coerce a JSON object to a record's field types."""
    casts = {"bottom": float, "top": float, "confidence": float, "index": int, "name": str, "by": str}
    known = set(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    values = {k: casts.get(k, lambda v: v)(v) for k, v in data.items() if k in known}
    if values.get("side_split") not in (None, "left", "right"):
        raise ValueError(f"side_split {values['side_split']!r}")
    if not 0 <= values.get("confidence", 0) <= 1:
        raise ValueError(f"confidence {values['confidence']!r}")
    return values


def folder(library: Path, annotations: Path | None = None) -> Path:
    """Return the folder that holds a library's annotations: ``annotations`` when given, else the default one."""
    return annotations if annotations is not None else library / ".mmdgen" / "annotations"


def load(store: Path, sha256: str) -> Annotation | None:
    """Return the stored annotation of a model, or None when there is none."""
    path = store / f"{sha256}.json"
    if path.exists() and not path.is_file():  # a pipe or a device would be read for ever
        raise AnnotationError(f"{path}: no plain file, expected JSON; delete it")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise AnnotationError(f"{path}: {error}, expected readable UTF-8 JSON; restore or delete the file") from error
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{path}: {error}, expected JSON; restore or delete the file") from error
    annotation = from_json(data, str(path))
    if annotation.sha256 != sha256:
        raise AnnotationError(f"{path}: written for model {annotation.sha256[:12]}, expected {sha256[:12]}; delete it")
    return annotation


def merged(old: Annotation | None, new: Annotation) -> Annotation:
    """Lay ``new`` over ``old``, keeping every value of ``old`` that a person gave and ``new`` only proposes."""
    if old is None:
        return new
    head = old.head if _person(old.head) and not _person(new.head) else new.head or old.head
    words: dict[str, Slot | None] = {}
    for name in SLOTS:
        mine, theirs = old.words[name], new.words[name]
        words[name] = mine if _person(mine) and not _person(theirs) else theirs
    names = tuple(dict.fromkeys((*old.names_seen, *new.names_seen)))
    decided = new if new.verdict != "todo" else old
    return replace(
        new.saying(words),
        names_seen=names,
        head=head,
        verdict=decided.verdict,
        reason=decided.reason,
        note=new.note or old.note,
    )


def _person(value: HeadRange | Slot | None) -> bool:
    return value is not None and value.by == PERSON


def save(store: Path, annotation: Annotation) -> Annotation:
    """Merge into what is stored, under a lock, and replace the file atomically. Return what was written.

    Raises AnnotationError when what is stored cannot be read, MmdgenError when ``store`` cannot be written to.
    """
    result = edit(store, annotation.sha256, lambda stored: merged(stored, annotation))
    assert result is not None
    return result


def edit(store: Path, sha256: str, change: Callable[[Annotation | None], Annotation | None]) -> Annotation | None:
    """Replace a model's stored annotation by what ``change`` makes of it, under a lock; None removes the file.

    Return and errors are those of ``save``.
    """
    try:
        return _edit(store, sha256, change)
    except OSError as error:
        found = error.strerror or error
        raise MmdgenError(f"{store}: {found}, expected a folder to write to; check it or use another") from error


def _edit(store: Path, sha256: str, change: Callable[[Annotation | None], Annotation | None]) -> Annotation | None:
    from filelock import FileLock

    store.mkdir(parents=True, exist_ok=True)
    path = store / f"{sha256}.json"
    with FileLock(store / f".{sha256}.lock"):
        result = change(load(store, sha256))
        if result is None:
            path.unlink(missing_ok=True)
            return None
        handle, temporary = tempfile.mkstemp(dir=store, prefix=f".{sha256[:12]}", suffix=".part")
        try:
            # names of files that are not Unicode hold lone surrogates, which are spelled as JSON does
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
                json.dump(to_json(result), out, ensure_ascii=False, indent=1)
                out.write("\n")
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    return result
