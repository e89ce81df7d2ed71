"""The door to formats: a path becomes a Model, a Model its TextureSet."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from mmdgen.errors import FormatError
from mmdgen.formats import pmd, pmx
from mmdgen.formats.cursor import Notes
from mmdgen.formats.repair import repaired
from mmdgen.formats.textures import TextureFinder, read_textures
from mmdgen.model import Model, TextureSet

LARGEST_FILE = 512 << 20  # bytes; the largest models known are a tenth of it


def read_model(path: Path) -> Model:
    """Read a PMX or PMD file, told apart by content; raise FormatError when it cannot be used."""
    try:
        if not path.is_file():  # a pipe or a device would be read for ever
            found = "a folder" if path.is_dir() else "no plain file" if path.exists() else "no such file"
            raise FormatError(f"{path}: {found}, expected a .pmx or .pmd file; check the path")
        if path.stat().st_size > LARGEST_FILE:
            raise FormatError(
                f"{path}: {path.stat().st_size >> 20} MiB, expected at most {LARGEST_FILE >> 20}; make it smaller"
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise FormatError(f"{path}: {error}, expected a readable file; check its name and permissions") from error
    return parse_model(data, str(path))


def parse_model(data: bytes, path: str = "") -> Model:
    """Read the bytes of a PMX or PMD file; ``path`` names them in errors and is where textures are looked for."""
    subject, notes = path or "model", Notes()
    if data[:3] == b"PMX":
        model = pmx.parse(data, subject, notes)
    elif data[:3] == b"Pmd":
        model = pmd.parse(data, subject, notes)
    else:
        found = f"it begins with {data[:4]!r}" if data else "it is empty"
        raise FormatError(f"{subject}: header: byte 0x0: {found}, expected 'PMX ' or 'Pmd'; give a .pmx or .pmd file")
    source = replace(model.source, path=path, sha256=hashlib.sha256(data).hexdigest())
    model = repaired(model, notes)
    return replace(model, source=source, warnings=notes.lines())


def load_textures(model: Model, wanted: Collection[int] | None = None) -> TextureSet:
    """Read the model's textures from its own folder and below; what is missing or broken is None with a warning.

    A model that came from no file has no folder: all its textures are missing. ``wanted``: the numbers of those to
    decode, by default all; the digest is of all.
    """
    finder = TextureFinder(Path(model.source.path).parent) if model.source.path else None
    return read_textures(model, finder, wanted)
