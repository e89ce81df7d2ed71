"""Finds a model's textures in its own folder as MMD on Windows would, and never outside of it."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path

from mmdgen.errors import FormatError
from mmdgen.formats.images import decode_image
from mmdgen.model import U1, Model, TextureSet

MOST_FILES = 50_000  # looked at below a model; one that lies in a home folder must not walk the whole disk
LARGEST_FILE = 512 << 20
MISSING = bytes(32)  # stands for the digest of a file that is not there


class TextureFinder:
    """Finds files below one folder by the paths that models write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = _resolved(folder)
        self._by_name: dict[str, Path] | None = None

    def find(self, path: str) -> Path | None:
        """Return the file meant by ``path``: exact, else by folded names, else the same base name anywhere below.

        Both separators count; paths that lead out of the folder are looked up by their base name.
        """
        parts = [part for part in re.split(r"[\\/]+", path.split("\0", 1)[0].strip()) if part not in ("", ".")]
        if not parts or self._root is None:
            return None
        if ".." not in parts and not parts[0].endswith(":"):
            found = self._usable(self._folder.joinpath(*parts)) or self._folded(parts)
            if found:
                return found
        if self._by_name is None:
            self._by_name = self._index()
        return self._by_name.get(_fold(parts[-1]))

    def _folded(self, parts: list[str]) -> Path | None:
        """Walk the path, taking in each folder the entry whose folded name agrees, the first in order."""
        here = [self._folder]
        for part in parts:
            here = [entry for folder in here for entry in _entries(folder) if _fold(entry.name) == _fold(part)]
        return next((found for entry in here if (found := self._usable(entry))), None)

    def _index(self) -> dict[str, Path]:
        """Return the files below the folder by folded base name; the one nearest to the model wins."""
        found: dict[str, Path] = {}
        folders, seen = [self._folder], 0
        while folders and seen < MOST_FILES:
            deeper = []
            for folder in folders:
                for entry in _entries(folder):
                    seen += 1
                    if entry.is_dir():
                        if not entry.is_symlink():
                            deeper.append(entry)
                    elif _fold(entry.name) not in found and (usable := self._usable(entry)):
                        found[_fold(entry.name)] = usable
            folders = deeper
        return found

    def _usable(self, path: Path) -> Path | None:
        """Return the resolved path of a plain file inside the folder."""
        resolved = _resolved(path)
        if resolved is None or self._root is None or not resolved.is_relative_to(self._root):
            return None
        return resolved if resolved.is_file() else None


def _resolved(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # missing, unreadable, an impossible name, a loop of links
        return None


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder / entry.name for entry in os.scandir(folder))
    except OSError:
        return []


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def is_shared_toon(path: str) -> bool:
    """Tell whether MMD itself brings a toon texture of that name (toon01.bmp to toon10.bmp, and toon0.bmp)."""
    return re.fullmatch(r"(.*[\\/])?toon(0|00|0[1-9]|10)\.bmp", path.strip(), re.IGNORECASE) is not None


def read_textures(model: Model, finder: TextureFinder) -> TextureSet:
    """Find and decode all textures of a model; each one that fails is None, with one warning."""
    images: list[U1 | None] = []
    warnings: list[str] = []
    decoded: dict[Path, U1 | None] = {}
    digests: dict[Path, bytes] = {}
    digest = hashlib.sha256()
    for path in model.textures:
        found = finder.find(path)
        if found is None:
            digest.update(MISSING)
            images.append(None)
            if path.strip() and not is_shared_toon(path):
                warnings.append(f"texture '{path}': not found, drawn white")
            continue
        if found not in decoded:
            try:
                data = _read(found)
                digests[found] = hashlib.sha256(data).digest()
                decoded[found] = decode_image(data)
            except FormatError as error:
                digests.setdefault(found, MISSING)
                decoded[found] = None
                warnings.append(f"texture '{path}': {error}; drawn white")
        digest.update(digests[found])
        images.append(decoded[found])
    return TextureSet(tuple(images), digest.hexdigest(), tuple(warnings))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FormatError(f"image: {path.stat().st_size >> 20} MiB, expected at most {LARGEST_FILE >> 20}")
        return path.read_bytes()
    except OSError as error:
        raise FormatError(f"image: {error}, expected a readable file") from error
