"""The door to archives: one archive becomes files in a folder, with names that every system can hold."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mmdgen.errors import FormatError
from mmdgen.formats.archives.containers import SUFFIXES, extract, kind_of
from mmdgen.formats.archives.encoding import choose_encoding
from mmdgen.formats.archives.limits import BombError, Limits, Meter
from mmdgen.formats.archives.names import DEEPEST, LONGEST_PATH, Places, escapes, is_junk, split


@dataclass(frozen=True)
class Unpacked:
    """What came out of an archive."""

    files: tuple[str, ...]  # relative to the folder, with /
    encoding: str  # of the names of the outermost archive
    size: int  # bytes
    notes: tuple[str, ...]  # one sentence for each thing left out


def unpack(
    archive: Path, folder: Path, limits: Limits | None = None, watch: Callable[[int, int], None] | None = None
) -> Unpacked:
    """Unpack ``archive`` into the empty ``folder``, archives inside it included, and return what lies there.

    ``watch`` is told the bytes unpacked so far and the number of entries known, at every step.

    A folder that holds all the rest is opened up. Links, paths that lead out and nested archives that cannot be read
    are left out with a note. What leaves the package incomplete or untrustworthy refuses it whole: FormatError when
    damaged or encrypted, BombError when it holds too much. ``folder`` then holds rubbish to be removed.
    """
    work = _Work(Meter(str(archive), archive.stat().st_size, limits or Limits(), watch))
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="raw-") as scratch:
        work.open(archive, Path(scratch), [], str(archive), 0)
        parts = _opened_up(work.found)
        places, files = Places(), []
        for path, source in sorted(parts, key=lambda pair: pair[0]):
            place = places.of(path)
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)
            files.append(place)
    return Unpacked(tuple(files), work.encoding, work.size, tuple(work.notes))


class _Work:
    """One archive and those inside it, on their way to files."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.found: list[tuple[list[str], Path]] = []  # parts of the path, and the numbered file
        self.notes: list[str] = []
        self.encoding = ""
        self.size = 0  # bytes

    def open(self, archive: Path, scratch: Path, above: list[str], subject: str, depth: int) -> None:
        """Extract one archive that lies in ``depth`` others; its files belong below the folders ``above``."""
        entries = extract(archive, scratch, self._meter, subject, self.notes.append)
        encoding = choose_encoding(entries)
        self.encoding = self.encoding or encoding
        names = [e.name.decode(encoding) if isinstance(e.name, bytes) else e.name for e in entries]
        for name, entry in zip(names, entries, strict=True):
            found = self._usable(name, above)
            if isinstance(found, str):
                self.notes.append(f"{subject}: {name!r} {found}; left out")
            elif found and not is_junk(found):
                self._take([*above, *found], entry.path, f"{subject}: {name}", depth + 1)

    def _usable(self, name: str, above: list[str]) -> list[str] | str:
        """Return the parts of a name, or what is wrong with it."""
        name = name.split("\0", 1)[0]
        if escapes(name):
            return "leads out of the archive, expected a path inside it"
        parts = split(name)
        if len("/".join([*above, *parts]).encode(errors="replace")) > LONGEST_PATH:
            return f"is too long, expected at most {LONGEST_PATH} bytes"
        return parts if len(above) + len(parts) <= DEEPEST else f"is too deep, expected at most {DEEPEST} folders"

    def _take(self, parts: list[str], path: Path, subject: str, depth: int) -> None:
        if not parts[-1].lower().endswith(SUFFIXES) or kind_of(path) is None:
            self.found.append((parts, path))
            self.size += path.stat().st_size
            return
        if depth > self._meter.limits.depth:
            self.notes.append(f"{subject}: nested {depth} deep, expected {self._meter.limits.depth}; left out")
            return
        inner = Path(tempfile.mkdtemp(dir=path.parent))
        kept = len(self.found)
        try:
            self.open(path, inner, [*parts[:-1], Path(parts[-1]).stem], subject, depth)
        except BombError:
            raise
        except FormatError as error:
            del self.found[kept:]
            self.notes.append(f"{error}; left out")


def _opened_up(found: list[tuple[list[str], Path]]) -> list[tuple[list[str], Path]]:
    """Return the paths without the folders that hold all of them."""
    while found and all(len(parts) > 1 and parts[0] == found[0][0][0] for parts, _ in found):
        found = [(parts[1:], path) for parts, path in found]
    return found
