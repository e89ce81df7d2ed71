"""Finds a model's textures in its own folder as MMD on Windows would, and never outside of it."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from mmdgen.errors import FormatError
from mmdgen.formats.images import decode_image
from mmdgen.model import U1, Model, TextureSet
from mmdgen.toons import shared_toon_image

MOST_ENTRIES = 50_000  # looked at below a model; one that lies in a home folder must not walk the whole disk
LARGEST_FILE = 512 << 20  # bytes
MOST_MEMORY = 2 << 30  # bytes of all decoded pictures of a model; real ones take a twentieth of it
MISSING = bytes(32)  # stands for the digest of a file that is not there


class TextureFinder:
    """Finds files below one folder by the paths that models write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = _resolved(folder)
        self._by_name: dict[str, list[Path]] | None = None

    def find(self, path: str) -> Path | None:
        """Return the file meant by ``path``: exact, else by folded names, else the same base name anywhere below.

        Both separators count; of a path that leads out of the folder only the base name does.
        """
        parts = [part for part in re.split(r"[\\/]+", path.split("\0", 1)[0].strip()) if part not in ("", ".")]
        if not parts:
            return None
        if ".." not in parts and not parts[0].endswith(":"):
            found = self._first_usable([self._folder.joinpath(*parts)]) or self._first_usable(self._folded(parts))
            if found:
                return found
        if self._by_name is None:
            self._by_name = self._index()
        return self._first_usable(self._by_name.get(_fold(parts[-1]), []))

    def _folded(self, parts: list[str]) -> list[Path]:
        """Return what the path leads to when names count as equal that agree after folding."""
        here = [self._folder]
        for part in parts:
            here = [folder / e.name for folder in here for e in _entries(folder) if _fold(e.name) == _fold(part)]
        return here

    def _index(self) -> dict[str, list[Path]]:
        """Return the files below the folder by folded base name, those nearest to the model first."""
        found: dict[str, list[Path]] = {}
        level, seen = [self._folder], 0
        while level and seen < MOST_ENTRIES:
            deeper = []
            for folder in level:
                for entry in _entries(folder):
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        deeper.append(folder / entry.name)
                    else:
                        found.setdefault(_fold(entry.name), []).append(folder / entry.name)
            level = deeper
        return found

    def _first_usable(self, candidates: list[Path]) -> Path | None:
        """Return the first plain file that really lies inside the folder, links followed."""
        for path in candidates:
            resolved = _resolved(path)
            if resolved and self._root and resolved.is_relative_to(self._root) and resolved.is_file():
                return resolved
        return None


def _resolved(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # missing, unreadable, an impossible name, a loop of links
        return None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def shared_toon(path: str) -> int | None:
    """Return 0-10 for a path whose base name is that of a toon that MMD itself brings (toon0.bmp, toon01.bmp, …)."""
    match = re.fullmatch(r"(?:.*[\\/])?toon(0|0[0-9]|10)\.bmp", path.strip(), re.IGNORECASE)
    return int(match[1]) if match else None


def read_textures(model: Model, finder: TextureFinder | None, wanted: Collection[int] | None = None) -> TextureSet:
    """Find and decode all textures of a model, or those ``wanted``; each one that fails is None, with one warning.

    A texture that is only a toon, is not there and is named like one that MMD brings itself is ours of that number.
    From the first picture on that exceeds MOST_MEMORY none is decoded any more, with one warning for all; the digest
    covers them nevertheless.
    """
    surfaces = {i for material in model.materials for i in (material.texture, material.sphere)}
    known: dict[Path, bytes] = {}
    decoded: dict[Path, U1 | None] = {}
    images: list[U1 | None] = []
    warnings: list[str] = []
    digest = hashlib.sha256()
    room, left_out = MOST_MEMORY, 0
    for i, path in enumerate(model.textures):
        found = finder.find(path) if finder else None
        if found is None:
            digest.update(MISSING)
            number = None if i in surfaces else shared_toon(path)
            images.append(None if number is None else shared_toon_image(number))
            if path.strip() and number is None:
                warnings.append(f"texture '{path}': not found, drawn white")
            continue
        shown = wanted is None or i in wanted
        if found not in known or (shown and found not in decoded):
            known[found], image = _read(found, path, warnings, decode=shown and room >= 0)
            if shown:
                room -= 0 if image is None else image.nbytes
                decoded[found] = image if room >= 0 else None
                left_out += room < 0
        digest.update(known[found])
        images.append(decoded.get(found) if shown else None)
    if left_out:
        warnings.append(f"textures: more than {MOST_MEMORY >> 20} MiB in all, {left_out} files left out, drawn white")
    return TextureSet(tuple(images), digest.hexdigest(), tuple(warnings))


def _read(file: Path, path: str, warnings: list[str], *, decode: bool) -> tuple[bytes, U1 | None]:
    """Return the digest and the picture of a file, None with a warning when it cannot be had."""
    digest = MISSING
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise FormatError(f"image: {file.stat().st_size >> 20} MiB, expected {LARGEST_FILE >> 20} or less")
        data = file.read_bytes()
        digest = hashlib.sha256(data).digest()
        return digest, decode_image(data) if decode else None
    except (OSError, FormatError) as error:
        warnings.append(f"texture '{path}': {error}; drawn white")
        return digest, None
