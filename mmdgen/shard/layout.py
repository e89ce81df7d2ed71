"""What a shard is called and what its header says; no HDF5 here."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdgen.errors import UsageError
from mmdgen.pose_spec import NAMES

FORMAT_VERSION = 1
PICTURES = ("rest", "expression", "posed")  # datasets of (·, S, S, 4) u1, each with its CRC-32 under /crc
MODEL_COLUMNS = ("name", "path", "sha256", "textures_sha256", "annotation")  # datasets of M strings under /models
SPLITS = ("train", "val", "test")
FILE_NAME = re.compile(r"(?P<split>[a-z][a-z0-9_-]*)-(?P<ordinal>\d{5,})\.h5")


@dataclass(frozen=True)
class ShardModel:
    """One row of /models: which character the pictures show. ``annotation`` is the annotation's JSON."""

    name: str
    path: str
    sha256: str
    textures_sha256: str
    annotation: str

    @property
    def identity(self) -> tuple[str, str]:
        """The model's identity: same file, same textures."""
        return self.sha256, self.textures_sha256


@dataclass(frozen=True)
class LookColumns:
    """What the columns of /look mean.

    ``names``: one for each column; ``ranges``: (low, high) for each, within which all values lie; ``shadings``: the
    names that the column "shading" numbers.
    """

    names: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    shadings: tuple[str, ...]


@dataclass(frozen=True)
class ShardHeader:
    """All that holds for a whole shard; ``size`` is the side of its pictures in pixels, ``settings`` is JSON-ready.

    ``models`` are the rows of /models and of /rest: one for each model or, where ``look`` says that every sample has a
    look of its own, one for each sample.
    """

    split: str
    size: int
    seed: int
    shading: str
    settings: Mapping[str, Any]
    models: tuple[ShardModel, ...]
    generator: str
    look: LookColumns | None = None
    pose_names: tuple[str, ...] = field(default=NAMES)
    format_version: int = FORMAT_VERSION


def shard_name(split: str, ordinal: int) -> str:
    """Return the file name of a split's shard."""
    return f"{split}-{ordinal:05d}.h5"


def valid_size(size: int) -> bool:
    """Tell whether pictures may have this side: a multiple of 8 from 32 to 1024."""
    return 32 <= size <= 1024 and size % 8 == 0


def find_shards(paths: Sequence[Path | str]) -> list[Path]:
    """Return the shards that files, folders (their ``*.h5``) and unexpanded globs name: each once, sorted in each.

    Raises UsageError for a path that names nothing.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            matches = sorted(path.glob("*.h5"))
        elif path.exists():
            matches = [path]
        else:  # a shell that leaves globs alone, or a quoted one
            matches = sorted(Path(p) for p in glob.glob(str(given), recursive=True) if Path(p).is_file())  # noqa: PTH207, Path.glob refuses absolute patterns
        if not matches:
            raise UsageError(f"{given}: nothing found, expected shards (*.h5); make some with `mmdgen render`")
        found.update(dict.fromkeys(matches))
    return list(found)
