"""Archives into a library: a folder for each package, complete or not there, each archive once."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mmdgen.errors import FormatError, MmdgenError, UsageError
from mmdgen.files import write_atomically
from mmdgen.formats.archives.containers import SUFFIXES
from mmdgen.formats.archives.limits import Limits
from mmdgen.formats.archives.names import Places, fold, safe
from mmdgen.formats.archives.unpack import Unpacked, unpack
from mmdgen.library import scan

MANIFEST, LOCK, STAGING = "imports.json", "imports.lock", "import-"
VERSION = 1
LATER_VOLUME = re.compile(r"(.*\.part)(\d+)(\.rar)", re.IGNORECASE)  # the first leads to all others

Watch = Callable[[Path, int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one archive."""

    archive: str
    status: str  # imported, known or refused
    sha256: str = ""
    folder: str = ""  # of the package, below the library
    encoding: str = ""  # of the names
    models: tuple[str, ...] = ()  # below the package
    files: int = 0
    bytes: int = 0
    notes: tuple[str, ...] = ()  # what was left out
    error: str = ""  # why it was refused

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as JSON holds it."""
        return asdict(self)


def find_archives(paths: Sequence[Path | str]) -> list[Path]:
    """Return the archives that files, folders and unexpanded globs name, sorted, none twice.

    In folders, files ending in .zip, .7z or .rar count, of a rar in parts the first. Raises UsageError when a path
    names nothing.
    """
    found = set()
    for path in paths:
        matches = [Path(path)] if Path(path).exists() else [Path(p) for p in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob refuses absolute ones
        if not matches:
            raise UsageError(f"{path}: no such file or folder, expected archives; check the path")
        for match in matches:
            found.update(_archives_below(match) if match.is_dir() else [match])
    return sorted(found)


def _archives_below(folder: Path) -> list[Path]:
    return [
        Path(here) / name
        for here, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(SUFFIXES) and not name.startswith(scan.APPLE_DOUBLE) and not _follows(name, names)
    ]


def _follows(name: str, names: Sequence[str]) -> bool:
    """Tell a later part of a rar whose first part lies beside it."""
    volume = LATER_VOLUME.fullmatch(name)
    first = volume and f"{volume[1]}{1:0{len(volume[2])}d}{volume[3]}"
    return volume is not None and int(volume[2]) > 1 and first in names


def import_archives(
    archives: Sequence[Path],
    library: Path,
    *,
    dry_run: bool = False,
    limits: Limits | None = None,
    watch: Watch | None = None,
) -> Iterator[Outcome]:
    """Unpack each archive into a folder of its own in ``library``; yield what became of it.

    An archive whose SHA-256 the library's manifest holds, and whose folder is still there, is left alone. Packages
    are unpacked in the library's own folder .mmdgen and renamed when complete. ``dry_run`` unpacks into the system's
    temporary folder instead and keeps nothing. ``watch`` is told the archive at hand, the bytes unpacked of it
    so far and its entries. Raises UsageError when another import is writing into the library.
    """
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="mmdgen-") as scratch:
            importer = _Importer(library, Path(scratch), limits, watch, keep=False)
            yield from map(importer.run, archives)
        return
    with _locked(library) as state:
        importer = _Importer(library, state, limits, watch, keep=True)
        yield from map(importer.run, archives)


@contextmanager
def _locked(library: Path) -> Iterator[Path]:
    """Hold the library's own folder for us alone, without what a killed import left there."""
    state = library / scan.STATE_FOLDER
    state.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(state / LOCK, timeout=0):
            for rubbish in state.glob(f"{STAGING}*/"):
                shutil.rmtree(rubbish, ignore_errors=True)
            yield state
    except Timeout:
        raise UsageError(f"{library}: another import is writing there, expected none; wait for it to end") from None


def _load(manifest: Path) -> dict[str, Any]:
    """Return the records of earlier imports by SHA-256."""
    if not manifest.exists():
        return {}
    try:
        data = json.loads(manifest.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
        return {str(sha256): {"folder": str(r["folder"]), **r} for sha256, r in data["imports"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MmdgenError(
            f"{manifest}: {error}, expected a record of imports of version {VERSION}; move it away to import all anew"
        ) from error


class _Importer:
    """Brings archives into one library, or only says what it would do."""

    def __init__(self, library: Path, scratch: Path, limits: Limits | None, watch: Watch | None, *, keep: bool) -> None:
        self._library, self._scratch, self._limits, self._watch, self._keep = library, scratch, limits, watch, keep
        self._manifest = library / scan.STATE_FOLDER / MANIFEST
        self._records = {
            sha256: record for sha256, record in _load(self._manifest).items() if (library / record["folder"]).is_dir()
        }

    def run(self, archive: Path) -> Outcome:
        """Unpack one archive and put the package and its record in place."""
        sha256 = ""
        try:
            sha256 = _digest(archive)
            if record := self._records.get(sha256):
                return Outcome(str(archive), "known", sha256, record["folder"])
            staging = Path(tempfile.mkdtemp(dir=self._scratch, prefix=STAGING))
            try:
                package = staging / "package"
                package.mkdir()
                watch = None if self._watch is None else partial(self._watch, archive)
                return self._place(archive, package, unpack(archive, package, self._limits, watch), sha256)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
        except FormatError as error:
            return Outcome(str(archive), "refused", sha256, error=str(error))

    def _place(self, archive: Path, package: Path, unpacked: Unpacked, sha256: str) -> Outcome:
        models = tuple(f for f in unpacked.files if f.lower().endswith(scan.SUFFIXES))
        if not models:
            raise FormatError(f"{archive}: no .pmx or .pmd file in it, expected a model; nothing was imported")
        folder = self._free_name(archive)
        self._records[sha256] = {
            "archive": archive.name,
            "folder": folder,
            "encoding": unpacked.encoding,
            "models": list(models),
            "left_out": list(unpacked.notes),
        }
        if self._keep:
            # The record comes first: without its folder it counts for nothing, a folder without it would come twice.
            text = json.dumps({"version": VERSION, "imports": self._records}, indent=1)
            write_atomically(self._manifest, text.encode() + b"\n")
            os.replace(package, self._library / folder)
        return Outcome(
            str(archive),
            "imported",
            sha256,
            folder,
            unpacked.encoding,
            models,
            len(unpacked.files),
            unpacked.size,
            unpacked.notes,
        )

    def _free_name(self, archive: Path) -> str:
        """Return the archive's name without its suffix, numbered when the library has that folder."""
        taken = {record["folder"] for record in self._records.values()}
        if self._library.is_dir():
            taken.update(p.name for p in self._library.iterdir())
        folded = {fold(name) for name in taken}
        places = Places()
        while True:
            name = places.of([safe(archive.stem)])
            if fold(name) not in folded:
                return name


def _digest(archive: Path) -> str:
    try:
        if not archive.is_file():  # a pipe or a device would be read for ever
            raise FormatError(f"{archive}: no plain file, expected a zip, 7z or rar archive; check the path")
        with archive.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FormatError(f"{archive}: {error.strerror}, expected a readable archive; check its permissions") from error
