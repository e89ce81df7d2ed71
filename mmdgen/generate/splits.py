"""Which models are kept for validation and testing: a TOML file of globs.

    val = ["miku/*", "rin/rin.pmx"]
    test = ["luka*"]

Globs are matched, case included, against paths relative to the library, with / between folders; ``*`` also crosses
folders, and a folder's name stands for everything in it. All other models are for training.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from mmdgen.errors import UsageError

HELD_OUT = ("val", "test")
Patterns = Mapping[str, Sequence[str]]  # split → globs


def read_split_file(path: Path) -> dict[str, list[str]]:
    """Return the globs of "val" and "test"; raise UsageError when the file says anything else."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f'{path}: {error}, expected TOML such as val = ["miku/*"]; correct it') from error
    for name, globs in data.items():
        if name not in HELD_OUT:
            raise UsageError(f"{path}: {name!r}, expected val and test alone; all other models are for training")
        if not isinstance(globs, list) or not all(isinstance(glob, str) for glob in globs):
            raise UsageError(f'{path}: {name} = {globs!r}, expected a list of globs such as ["miku/*"]; correct it')
    return {name: data.get(name, []) for name in HELD_OUT}


def assign(paths: Sequence[str], patterns: Patterns, found: Sequence[str] = ()) -> list[str]:
    """Return the split of every path (relative to its library, with /).

    Raises UsageError for a glob that matches none of ``paths`` nor of the other models ``found``, and for a path that
    both splits want.
    """
    for split, globs in patterns.items():
        for glob in globs:
            if not any(_matches(path, glob) for path in (*paths, *found)):
                raise UsageError(f"split file: {split}: {glob!r} matches no model, expected one; correct or remove it")
    return [split_of(path, patterns) for path in paths]


def split_of(path: str, patterns: Patterns) -> str:
    """Return the split of one path; raise UsageError when both want it."""
    wanted = [split for split, globs in patterns.items() if any(_matches(path, glob) for glob in globs)]
    if len(wanted) > 1:
        raise UsageError(f"split file: {path} is in {' and in '.join(wanted)}, expected one; change the globs")
    return wanted[0] if wanted else "train"


def _matches(path: str, glob: str) -> bool:
    return fnmatchcase(path, glob) or fnmatchcase(path, glob.rstrip("/") + "/*")
