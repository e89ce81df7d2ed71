"""A folder of zoo characters: models with their textures, the truth about them, and a manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mmdgen.annotation import folder, from_json, save
from mmdgen.errors import MmdgenError, UsageError
from mmdgen.files import write_atomically
from mmdgen.zoo.making import Order, make

MANIFEST = "manifest.json"
LICENSE = "CC0-1.0"
_PART = ".zoo-{:04d}.part"  # a character's folder until it is whole
_FLUSH = 50  # characters after which the manifest is written, so that a killed run loses little


@cache
def recipe() -> str:
    """Return a digest of the code that makes characters: another one makes others."""
    digest = hashlib.sha256(version("mmdgen").encode())
    for path in sorted(Path(__file__).parent.rglob("*.py"), key=lambda p: p.relative_to(Path(__file__).parent).parts):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def check(root: Path, order: Order) -> dict[int, dict[str, Any]]:
    """Return the manifest's entries of an earlier run of this order by number, none where there is no library.

    Raises UsageError when ``root`` holds a zoo of another order, so that two libraries never mix.
    """
    path = root / MANIFEST
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root}: a file, expected a folder; choose another name")
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        there = {int(entry["index"]): dict(entry) for entry in known["characters"]}
        ordered = {name: known[name] for name in order.as_json() if name in ("seed", "symmetric") or name in known}
        made_by = known.get("recipe")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: {error!r}, expected a manifest of mmdgen zoo; choose another folder") from error
    if made_by != recipe():
        raise UsageError(
            f"{root}: a zoo that another version of mmdgen made, expected this one's; choose another folder"
        )
    if ordered != order.as_json() or not set(there) <= set(order.indices()):
        was = ", ".join(f"{name} {value}" for name, value in ordered.items() if value)
        raise UsageError(
            f"{root}: a zoo of {len(there)} characters ({was or 'seed 0'}), expected a part of the one asked for; "
            "choose another folder or delete this one"
        )
    return there


Run = Callable[[Callable[[int], dict[str, Any]], list[int]], Iterable[dict[str, Any]]]


def one_by_one(work: Callable[[int], dict[str, Any]], indices: list[int]) -> Iterator[dict[str, Any]]:
    """Do the work here, in order."""
    return map(work, indices)


def write(root: Path, order: Order, *, annotate: bool, run: Run = one_by_one) -> Generator[dict[str, Any], None, None]:
    """Write a library, yielding each character's entry in the manifest when its files are complete.

    ``run`` does the work, in whatever order and in whatever processes. Characters that are there already are kept, and
    come first. The manifest is written when it ends, however it ends: what it lists is whole.

    Raises UsageError for a folder that holds another zoo, MmdgenError when a file cannot be written.
    """
    known = check(root, order)
    if not (root / MANIFEST).exists() and any(root.glob("[0-9][0-9][0-9][0-9]-*")):
        raise UsageError(f"{root}: characters without {MANIFEST}, expected an empty folder; choose another")
    _write_manifest(root, order, known)
    entries = {k: entry for k, entry in known.items() if _is_whole(root, entry)}
    _sweep(root)
    try:
        for entry in list(entries.values()):
            if annotate:
                _annotate(root, entry)
            yield entry
        missing = [k for k in order.indices() if k not in entries]
        for entry in run(partial(produce, root, order, annotate), missing):
            entries[entry["index"]] = entry
            if len(entries) % _FLUSH == 0:
                _write_manifest(root, order, entries)
            yield entry
    finally:
        _sweep(root)
        _write_manifest(root, order, entries)


def produce(root: Path, order: Order, annotate: bool, index: int) -> dict[str, Any]:
    """Make one character and write it, whole or not at all; return its entry in the manifest."""
    made = make(order, index)
    part = root / _PART.format(index)
    final = root / Path(made.path).parts[0]
    try:
        for name, data in made.files.items():
            place = part.joinpath(*Path(name).parts[1:])
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        if final.is_dir():  # of a run that was killed
            shutil.rmtree(final)
        part.rename(final)
    except OSError as error:
        found = error.strerror or error
        raise MmdgenError(f"{final}: {found}, expected a folder to write to; choose another") from error
    entry = made.as_json()
    if annotate:
        _annotate(root, entry)
    return entry


def _annotate(root: Path, entry: Mapping[str, Any]) -> None:
    """Write the truth beside the library, where there is some and nothing else is known."""
    store = folder(root)
    if not entry["readable"] or (store / f"{entry['sha256']}.json").exists():
        return
    truth = {
        "version": 1,
        "sha256": entry["sha256"],
        "names_seen": [entry["model"]],
        "verdict": "todo",
        "reason": "",
        "note": "",
    }
    save(store, from_json({**truth, "head": entry["head"], "slots": entry["slots"]}))
    (store / f".{entry['sha256']}.lock").unlink(missing_ok=True)  # nobody else knows this model yet


def _is_whole(root: Path, entry: Mapping[str, Any]) -> bool:
    """Say whether a character's files are there: all their bytes by count, the model's by digest."""
    try:
        path = root / entry["path"]
        files = [p for p in (root / Path(entry["path"]).parts[0]).rglob("*") if p.is_file()]
        if sum(p.stat().st_size for p in files) != entry["bytes"]:
            return False
        return path.suffix == ".zip" or hashlib.sha256(path.read_bytes()).hexdigest() == str(entry["sha256"])
    except (OSError, KeyError, TypeError, IndexError):
        return False


def _sweep(root: Path) -> None:
    """Remove what a stopped run left half done."""
    for part in root.glob(_PART.replace("{:04d}", "[0-9]*")):
        shutil.rmtree(part, ignore_errors=True)


def _write_manifest(root: Path, order: Order, entries: Mapping[int, dict[str, Any]]) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MmdgenError(f"{root}: {error.strerror}, expected a folder to write to; choose another") from error
    data = manifest(order, [entries[k] for k in sorted(entries)])
    write_atomically(root / MANIFEST, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())


def manifest(order: Order, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the manifest of a library: how it was made, and every character's traits and truth."""
    return {
        "generator": f"mmdgen zoo {version('mmdgen')}",
        "recipe": recipe(),
        "license": LICENSE,
        **order.as_json(),
        "characters": entries,
    }
