"""What shards hold, read once: poses, whose pictures they are, and where in its file each picture lies.

The pictures stay on disk; ``data`` reads them from there, without HDF5 and the one lock that all its readers share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import ShardError, UsageError
from mmdgen.pose_spec import NAMES, PARAMETERS
from mmdgen.shard import ShardReader, find_shards
from trainer.config import Loading
from trainer.console import progress, say

KINDS = ("rest", "expression", "posed")
MANY = 64  # shards, which take long enough to read that a bar is welcome


@dataclass(frozen=True)
class ModelKey:
    """A character: its name for people, its identity for the machine."""

    name: str
    identity: tuple[str, str]


@dataclass(frozen=True)
class Contents:
    """One shard without its pictures; N triplets, M rest pictures."""

    path: Path
    split: str
    size: int
    shading: str
    poses: NDArray[np.float32]  # (N, 6)
    models: tuple[ModelKey, ...]  # each once
    model: NDArray[np.int64]  # (N,) into models
    rest_row: NDArray[np.int32]  # (N,) which rest picture is the triplet's
    rest_crc: NDArray[np.uint32]  # (M,)
    posed_crc: NDArray[np.uint32]  # (N,)
    extents: dict[str, NDArray[np.int64]]  # by kind, as ShardReader.extents gives them

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def shares_rest(self) -> bool:
        """Whether triplets have rest pictures in common; where each has its own, keeping them is of no use."""
        return len(self.rest_crc) < len(self)


def read_contents(path: Path) -> Contents:
    """Read one shard; raises ShardError where it cannot be read, is empty or holds a pose that is none."""
    with ShardReader(path) as shard:
        header, number_of = shard.header, dict[tuple[str, str], int]()
        numbers = np.array([number_of.setdefault(m.identity, len(number_of)) for m in header.models])
        names = {model.identity: model.name for model in header.models}
        if not len(shard):
            raise ShardError(f"{path}: no samples, expected at least one; leave it out or render it again")
        found = Contents(
            path=path,
            split=header.split,
            size=header.size,
            shading=header.shading,
            poses=shard.poses,
            models=tuple(ModelKey(names[identity], identity) for identity in number_of),
            model=numbers[shard.model_rows],
            rest_row=shard.model_rows,
            rest_crc=shard.crc("rest"),
            posed_crc=shard.crc("posed"),
            extents={kind: shard.extents(kind) for kind in KINDS},
        )
    _check_poses(found)
    return found


def _check_poses(found: Contents) -> None:
    low, high = (np.array([getattr(p, side) for p in PARAMETERS], np.float32) for side in ("low", "high"))
    bad = np.argwhere(~((found.poses >= low) & (found.poses <= high)))  # NaN is neither
    if len(bad):
        sample, column = bad[0]
        raise ShardError(
            f"{found.path}: pose of sample {sample}: {NAMES[column]} is {found.poses[sample, column]}, "
            f"expected {low[column]:g} to {high[column]:g}; render the shard again"
        )


def read_splits(paths: Sequence[str | Path], loading: Loading) -> dict[str, list[Contents]]:
    """Return what the shards at ``paths`` hold, by split, in the order of the shards' names.

    A shard that cannot be read is raised as ShardError or, with ``--corrupt skip``, said and left out. Raises
    UsageError where there is no shard at all.
    """
    found: dict[str, list[Contents]] = {}
    files = sorted(find_shards(paths), key=lambda p: (p.name, p))
    broken = 0
    with progress(show=len(files) >= MANY) as bar:
        task = bar.add_task("reading shards", total=len(files), note="")
        for path in files:
            bar.advance(task)
            try:
                contents = read_contents(path)
            except ShardError as error:
                if loading.corrupt == "stop":
                    raise
                say(f"{error}; skipped")
                broken += 1
            else:
                found.setdefault(contents.split, []).append(contents)
    if broken:
        say(f"{broken} of {len(files)} shards could not be read and are skipped")
    if not found:
        given = " ".join(map(str, paths))
        raise UsageError(f"{given}: no readable shards, expected .h5 files; make some with `mmdgen render`")
    return found


def common_size(contents: Sequence[Contents], loading: Loading) -> int:
    """Return the side of the pictures of some shards: the smallest where ``--mixed`` lets them differ.

    Raises ShardError where size or shading differ and may not.
    """
    first = contents[0]
    for one in contents[1:]:
        for what in ("size", "shading"):
            here, there = getattr(one, what), getattr(first, what)
            if here != there and not loading.mixed:
                raise ShardError(
                    f"{one.path}: {what} {here}, expected {there} as in {first.path.name}; "
                    f"give shards of one {what}, or --mixed"
                )
    return min(one.size for one in contents)
