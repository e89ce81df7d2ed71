"""Find the model files that a command line means, and where their annotations are kept."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmdgen.annotation import folder
from mmdgen.errors import UsageError

SUFFIXES = (".pmx", ".pmd")
STATE_FOLDER = ".mmdgen"
SKIPPED_FOLDERS = (STATE_FOLDER, "__MACOSX")
APPLE_DOUBLE = "._"  # what macOS leaves beside a file in an archive; it has the file's extension but not its content


def find_models(paths: Sequence[Path | str]) -> list[Path]:
    """Return the model files that ``paths`` (files, folders, unexpanded globs) name, sorted, none twice.

    Folders are searched to any depth for PMX and PMD files, whatever their extension's case, following links but
    entering no folder twice; a file named outright is taken whatever it is called.
    Raises UsageError when a path names nothing.
    """
    return list(locate(paths))


def locate(paths: Sequence[Path | str], annotations: Path | None = None) -> dict[Path, Path]:
    """Return the models of ``find_models``, each with the folder that holds its annotation.

    That is ``annotations`` when given; else the one of the folder that led to the model (the first, if several did);
    else, for a file named outright, of its nearest ancestor that has annotations already, or of its own folder.
    """
    found: dict[Path, tuple[Path, Path]] = {}
    for path in paths:
        for match in _matches(path):
            library = match if match.is_dir() else _library_of(match)
            for model in _models_below(match) if match.is_dir() else (match,):
                found.setdefault(_real(model), (model, folder(library, annotations)))
    return dict(sorted(found.values(), key=lambda pair: pair[0].as_posix()))


def _matches(path: Path | str) -> list[Path]:
    """Return what exists under a path: itself (names of models do hold brackets), else what it matches as a glob."""
    if not str(path):
        raise UsageError("models: an empty path, expected a file or folder; is a variable unset?")
    if Path(path).exists():
        return [Path(path)]
    matches = [Path(p) for p in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob refuses absolute ones
    matches = [p for p in matches if (p.is_dir() and p.name not in SKIPPED_FOLDERS) or _is_model(p)]
    if not matches:
        raise UsageError(f"{path}: no such file or folder, expected models; check the path")
    return matches


def _real(path: Path) -> Path:
    """Return a path with its links followed, as far as they lead somewhere."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a circle, found when the file is read
        return path.absolute()


def _library_of(model: Path) -> Path:
    known = (p for p in model.absolute().parents if (p / STATE_FOLDER).is_dir())
    return next(known, model.parent)


def _models_below(root: Path) -> Iterator[Path]:
    entered = {root.resolve()}
    for here, folders, files in os.walk(root, followlinks=True):
        kept = []
        for name in folders:
            real = _real(Path(here) / name)
            if name not in SKIPPED_FOLDERS and real not in entered:
                entered.add(real)
                kept.append(name)
        folders[:] = sorted(kept)
        for name in files:
            if _is_model(Path(name)):
                yield Path(here) / name


def _is_model(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(APPLE_DOUBLE)
