"""Annotations of many models in one file that people share: keyed by the models' hashes, with nothing of the models.

    {"format": "mmdgen annotations", "version": 1, "annotations": {"<sha256>": {…}, …}}

Such a file comes from a stranger: everything in it is checked, and what does not pass is left out with a sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmdgen.annotation import NOTHING, PERSON, SLOTS, Annotation, HeadRange, Slot, edit, from_json, load, to_json
from mmdgen.errors import AnnotationError
from mmdgen.files import write_atomically

FORMAT, VERSION = "mmdgen annotations", 1
SHA256 = re.compile(r"[0-9a-f]{64}")
AUTO = re.compile(r"auto [ -~]{1,60}")
LARGEST = 256 << 20  # bytes of a shared file; eight thousand annotations take a twentieth of it
LONGEST_TEXT, LONGEST_NAME, MOST_NAMES, MOST_MORPHS = 20_000, 1000, 1000, 1 << 24

Bundle = dict[str, Annotation]  # by the sha256 of the model's file


@dataclass(frozen=True)
class Conflict:
    """Two people's different words on one ``field``: head, a slot's name, verdict or note; as JSON values."""

    sha256: str
    field: str
    mine: Any
    theirs: Any
    names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the conflict as JSON-ready values."""
        return {
            "sha256": self.sha256,
            "names": list(self.names),
            "field": self.field,
            "mine": self.mine,
            "theirs": self.theirs,
        }


def combined(
    mine: Annotation | None, theirs: Annotation, *, prefer_theirs: bool = False
) -> tuple[Annotation, list[Conflict]]:
    """Lay two annotations of one model together: a person's word counts before a proposal, whoever brought it.

    Where two people differ there is a conflict, and the result has mine, or with ``prefer_theirs`` theirs. Of two
    proposals mine stays.
    """
    if mine is None:
        return theirs, []
    names = tuple(dict.fromkeys((*mine.names_seen, *theirs.names_seen)))
    found: dict[str, Any] = {}
    conflicts = []

    def choose(field: str, ours: Any, others: Any, *, mine_counts: bool, theirs_count: bool, differ: bool) -> None:
        found[field] = ours if mine_counts or not theirs_count else others
        if mine_counts and theirs_count and differ:
            found[field] = others if prefer_theirs else ours
            conflicts.append(Conflict(mine.sha256, field, _plain(ours), _plain(others), names))

    for field in ("head", *SLOTS):
        ours, others = _value(mine, field), _value(theirs, field)
        known = ours if ours is not None else others
        differ = _meaning(ours) != _meaning(others)
        choose(field, known, others, mine_counts=_person(ours), theirs_count=_person(others), differ=differ)
    judged = (mine.verdict, mine.reason), (theirs.verdict, theirs.reason)
    decided = mine.verdict != "todo", theirs.verdict != "todo"
    choose("verdict", *judged, mine_counts=decided[0], theirs_count=decided[1], differ=judged[0] != judged[1])
    noted = mine.note.strip() != theirs.note.strip()
    choose("note", mine.note, theirs.note, mine_counts=bool(mine.note), theirs_count=bool(theirs.note), differ=noted)
    verdict, reason = found["verdict"]
    result = replace(
        mine.saying(found), names_seen=names, head=found["head"], verdict=verdict, reason=reason, note=found["note"]
    )
    return result, conflicts


def _value(annotation: Annotation, field: str) -> HeadRange | Slot | None:
    return annotation.head if field == "head" else annotation.words[field]


def _person(value: HeadRange | Slot | None) -> bool:
    return value is not None and value.by == PERSON


def _meaning(value: HeadRange | Slot | None) -> Any:
    """Return what a value says, whoever says it and however sure."""
    match value:
        case HeadRange():
            return value.bottom, value.top
        case Slot():
            return value.name, value.index, value.side_split
    return None


def _plain(value: Any) -> Any:
    match value:
        case HeadRange():
            return {"bottom": value.bottom, "top": value.top}
        case Slot():
            if value == NOTHING:
                return "none"
            return {"name": value.name, "index": value.index, "side_split": value.side_split}
        case (str(verdict), str(reason)):
            return {"verdict": verdict, "reason": reason}
    return value


# --- stores and bundles -----------------------------------------------------------------------------------------------


def stored(folders: Iterable[Path]) -> tuple[Bundle, list[Conflict], list[str]]:
    """Return all annotations kept in folders, the conflicts between folders, and what cannot be read."""
    bundle: Bundle = {}
    conflicts: list[Conflict] = []
    problems = []
    for folder in dict.fromkeys(folders):
        for path in sorted(folder.glob("*.json")):
            if not SHA256.fullmatch(path.stem):
                continue
            try:
                found = load(folder, path.stem)
            except AnnotationError as error:
                problems.append(str(error))
                continue
            if found is not None:
                bundle[path.stem], more = combined(bundle.get(path.stem), found)
                conflicts += more
    return bundle, conflicts, problems


def shareable(annotation: Annotation, *, proposals: bool = True, names: bool = True) -> Annotation | None:
    """Return what is given away of an annotation, None when nothing remains.

    Without ``proposals`` only what a person said; without ``names`` neither the files' names nor notes.
    """
    result = annotation if names else replace(annotation, names_seen=(), note="")
    if not proposals:
        slots = {name: slot if _person(slot) else None for name, slot in result.slots.items()}
        result = replace(result, head=result.head if _person(result.head) else None, slots=slots)
    says = (result.head, result.note, *result.words.values(), result.verdict != "todo")
    return result if any(says) else None


def put(folder: Path, theirs: Annotation, *, prefer_theirs: bool, dry_run: bool) -> tuple[str, list[Conflict]]:
    """Bring an annotation into a folder; return what happened, "new", "changed" or "same", and the conflicts.

    Raises AnnotationError when what is stored cannot be read, MmdgenError when the folder cannot be written to.
    """
    before: list[Annotation | None] = []
    after: list[tuple[Annotation, list[Conflict]]] = []

    def change(mine: Annotation | None) -> Annotation:
        before.append(mine)
        after.append(combined(mine, theirs, prefer_theirs=prefer_theirs))
        return after[0][0]

    if dry_run:
        change(load(folder, theirs.sha256))
    else:
        edit(folder, theirs.sha256, change)
    result, conflicts = after[0]
    return "new" if before[0] is None else "same" if before[0] == result else "changed", conflicts


def read_bundle(path: Path) -> tuple[Bundle, list[str]]:
    """Read a shared file: its annotations, and a sentence for each that was left out.

    Raises AnnotationError when the file as a whole is none.
    """
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise AnnotationError(f"{path}: no file of at most {LARGEST >> 20} MiB, expected shared annotations")
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_object)
    except (OSError, ValueError, RecursionError) as error:
        raise AnnotationError(
            f"{path}: {error}, expected JSON of `mmdgen annotations export`; ask for it anew"
        ) from error
    entries = data.get("annotations") if isinstance(data, dict) and data.get("format") == FORMAT else None
    if not isinstance(entries, dict):
        raise AnnotationError(f"{path}: another kind of file, expected one of `mmdgen annotations export`")
    if data.get("version") != VERSION:
        raise AnnotationError(f"{path}: version {data.get('version')!r}, expected {VERSION}; update mmdgen")
    bundle: Bundle = {}
    problems = []
    for sha256, entry in entries.items():
        try:
            bundle[sha256] = _checked(sha256, entry, f"{path}: {sha256[:12]}")
        except AnnotationError as error:
            problems.append(f"{error}; left out")
    return bundle, problems


def write_bundle(path: Path, bundle: Mapping[str, Annotation]) -> int:
    """Write a file to share, whole or not at all; return its size in bytes."""
    entries = {sha256: to_json(bundle[sha256]) for sha256 in sorted(bundle)}
    text = json.dumps({"format": FORMAT, "version": VERSION, "annotations": entries}, ensure_ascii=False, indent=1)
    data = (text + "\n").encode(errors="backslashreplace")  # a lone surrogate is spelled as JSON does
    write_atomically(path, data)
    return len(data)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object; one key twice would be resolved silently otherwise."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("one key twice in an object")
    return result


def _checked(sha256: str, entry: Any, subject: str) -> Annotation:
    """Build an annotation of strangers; raise AnnotationError for anything that no annotator would write."""
    if not SHA256.fullmatch(sha256):
        raise AnnotationError(f"{subject}: a key that is no SHA-256, expected 64 hexadecimal digits")
    if not isinstance(entry, dict) or not _texts_fit(entry):
        raise AnnotationError(f"{subject}: texts without end or of another kind, expected an annotation")
    try:
        found = from_json(entry, subject)
    except AnnotationError as error:
        raise AnnotationError(str(error).removesuffix("; restore or delete the file")) from error
    if found.sha256 != sha256:
        raise AnnotationError(f"{subject}: written for model {found.sha256[:12]}, expected that of its key")
    for field in ("head", *SLOTS):
        value = _value(found, field)
        if value is not None and value.by != PERSON and not AUTO.fullmatch(value.by):
            raise AnnotationError(f"{subject}: {field}: by {value.by[:60]!r}, expected {PERSON!r} or 'auto …'")
        if isinstance(value, Slot) and value != NOTHING and not 0 <= value.index < MOST_MORPHS:
            raise AnnotationError(f"{subject}: {field}: morph {value.index}, expected a number of a morph")
    return found


def _texts_fit(entry: Mapping[str, Any]) -> bool:
    """Tell whether an annotation's texts are texts, of sensible length."""
    names, slots = entry.get("names_seen"), entry.get("slots")
    if not isinstance(names, list) or len(names) > MOST_NAMES or not isinstance(slots, dict):
        return False
    values = [entry.get("head"), *slots.values()]
    if not all(value is None or isinstance(value, dict) for value in values):
        return False
    short = [*names, *(v[key] for v in values if v for key in ("name", "by") if key in v)]
    long = [entry.get(key) for key in ("sha256", "verdict", "reason", "note")]
    return all(isinstance(text, str) and len(text) <= LONGEST_NAME for text in short) and all(
        isinstance(text, str) and len(text) <= LONGEST_TEXT for text in long
    )
