"""Reads a whole shard and holds it to every promise of the format that can be checked without the models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mmdgen.errors import ShardError
from mmdgen.pose_spec import FACE, HEAD, IDENTITY, PARAMETERS
from mmdgen.shard.codec import U1, crc32
from mmdgen.shard.layout import FILE_NAME, PICTURES, ShardModel
from mmdgen.shard.reader import ShardReader

CLEAR_MOVE = 0.25  # of a parameter's unit: enough that a picture of 32 pixels must change
MOST_OF_A_KIND = 5  # problems of one kind that are listed before the rest is only counted


def verify(path: Path | str, advance: Callable[[int], None] = lambda _: None) -> list[str]:
    """Return one sentence for each problem of a shard; an empty list when it keeps every promise.

    ``advance`` is called with the number of pictures read since its last call.
    """
    with ShardReader(path) as shard:
        try:
            unusable = list(_checksums(shard))
            return unusable or [
                *_name(shard),
                *_limited(shard.path, "pose", _poses(shard)),
                *_limited(shard.path, "sample", _samples(shard)),
                *_limited(shard.path, "look", _looks(shard)),
                *_limited(shard.path, "model", _models(shard)),
                *_pictures(shard, advance),
                *_limited(shard.path, "triplet", _motion(shard)),
            ]
        except ShardError as error:
            return [str(error)]


def _limited(path: Path, kind: str, problems: Iterator[str]) -> Iterator[str]:
    """Prefix problems with the path, and count those past the first few."""
    more = 0
    for number, problem in enumerate(problems):
        if number < MOST_OF_A_KIND:
            yield f"{path}: {problem}"
        else:
            more += 1
    if more:
        yield f"{path}: {more} more {kind} problems like these"


def _name(shard: ShardReader) -> Iterator[str]:
    match = FILE_NAME.fullmatch(shard.path.name)
    if match is None or match["split"] != shard.header.split:
        yield f"{shard.path}: file name, expected {shard.header.split}-NNNNN.h5 as its split says"
    if shard.header.settings.get("size", shard.header.size) != shard.header.size:
        yield f"{shard.path}: settings say size {shard.header.settings['size']}, expected {shard.header.size}"


def _poses(shard: ShardReader) -> Iterator[str]:
    low = np.array([p.low for p in PARAMETERS], np.float32)
    high = np.array([p.high for p in PARAMETERS], np.float32)
    for i in np.flatnonzero(~((low <= shard.poses) & (shard.poses <= high)).all(1)):
        yield f"/pose {i}: {shard.poses[i].tolist()}, expected head in [-1, 1], eyes and mouth in [0, 1]"


def _samples(shard: ShardReader) -> Iterator[str]:
    seen: dict[tuple[tuple[str, str], int], int] = {}
    for i, (row, index) in enumerate(zip(shard.model_rows.tolist(), shard.indices.tolist(), strict=True)):
        if index < 0:
            yield f"/index {i}: {index}, expected 0 or more"
        first = seen.setdefault((shard.header.models[row].identity, index), i)
        if first != i:
            yield f"/index {i}: sample {index} of model {row} again, expected once (first at {first})"


def _looks(shard: ShardReader) -> Iterator[str]:
    """What is wrong with looks of the samples' own, and with the rows that each sample then has for itself."""
    if shard.looks is None or shard.header.look is None:
        return
    columns = shard.header.look
    if len(set(columns.names)) != len(columns.names) or not all(columns.names):
        yield f"look_names {list(columns.names)}, expected names that differ"
    for i, row in enumerate(shard.model_rows.tolist()):
        if row != i:
            yield f"/model {i}: {row}, expected {i}: with looks every sample has its own row"
    for number, (name, (low, high)) in enumerate(zip(columns.names, columns.ranges, strict=True)):
        values = shard.looks[:, number]
        good = (low <= values) & (values <= high)
        if name == "shading":
            good &= (values == np.floor(values)) & (values < len(columns.shadings))
        yield from (f"/look {i}: {name} {values[i]:g}, expected {low:g} to {high:g}" for i in np.flatnonzero(~good))


def _models(shard: ShardReader) -> Iterator[str]:
    used = set(shard.model_rows.tolist())
    seen: dict[tuple[str, str], int] = {}
    for row, model in enumerate(shard.header.models):
        if row not in used:
            yield f"/models {row}: no triplet shows it, expected at least one"
        if seen.setdefault(model.identity, row) != row and shard.header.look is None:
            yield f"/models {row}: the same model as row {seen[model.identity]}, expected each once"
        yield from (f"/models {row}: {problem}" for problem in _model(model))


def _model(model: ShardModel) -> Iterator[str]:
    for column in ("sha256", "textures_sha256"):
        if re.fullmatch("[0-9a-f]{64}", getattr(model, column)) is None:
            yield f"{column} {getattr(model, column)[:70]!r}, expected 64 hex digits"
    try:
        annotation = json.loads(model.annotation)
        sha256, head = annotation["sha256"], annotation["head"]
        bottom, top = float(head["bottom"]), float(head["top"])
    except (ValueError, TypeError, KeyError) as error:
        yield f"annotation: {error!r}, expected an annotation with a head range as JSON"
        return
    if sha256 != model.sha256:
        yield f"annotation of {str(sha256)[:12]}, expected {model.sha256[:12]}"
    if not bottom < top:
        yield f"annotation: head from {bottom} to {top}, expected bottom < top"


def _checksums(shard: ShardReader) -> Iterator[str]:
    for kind in PICTURES:
        found, count = len(shard.crc(kind)), len(shard.header.models) if kind == "rest" else len(shard)
        if found != count:
            yield f"{shard.path}: /crc/{kind}: {found} values, expected {count}"


def _pictures(shard: ShardReader, advance: Callable[[int], None]) -> Iterator[str]:
    for kind in PICTURES:
        yield from _limited(shard.path, f"/{kind}", _pictures_of(kind, shard, advance))


def _pictures_of(kind: str, shard: ShardReader, advance: Callable[[int], None]) -> Iterator[str]:
    for i, crc in enumerate(shard.crc(kind).tolist()):
        try:
            problems = list(_picture(getattr(shard, kind)(i), crc))
        except ShardError as error:
            problems = [str(error).removeprefix(f"{shard.path}: /{kind} {i}: ")]
        advance(1)
        yield from (f"/{kind} {i}: {problem}" for problem in problems)


def _picture(picture: U1, crc: int) -> Iterator[str]:
    if crc32(picture) != crc:
        yield f"checksum {crc32(picture):08x}, expected {crc:08x}"
    covered = picture[..., 3] > 0
    if picture[~covered].any():
        yield "colour under alpha 0, expected (0, 0, 0, 0) outside the character"
    quarter = len(picture) // 4
    if not covered[quarter : 3 * quarter, quarter : 3 * quarter].any():
        yield "nothing where the head belongs, expected the head in the middle"


def _motion(shard: ShardReader) -> Iterator[str]:
    """Pictures that stay the same although their pose is another, or change although it is the same."""
    rest, expression, posed = (shard.crc(kind) for kind in PICTURES)
    away = np.abs(shard.poses - np.array(IDENTITY, np.float32))
    for i, row in enumerate(shard.model_rows):
        pairs = (
            ("posed", "expression", posed[i] == expression[i], away[i, HEAD].max()),
            ("expression", "rest", expression[i] == rest[row], away[i, FACE].max()),
        )
        for moved, still, same, distance in pairs:
            if same and distance > CLEAR_MOVE:
                yield f"/{moved} {i}: the same picture as its {still}, expected pose {shard.poses[i].tolist()} to show"
            if not same and distance == 0:
                yield f"/{moved} {i}: not the picture of its {still}, expected it for pose {shard.poses[i].tolist()}"
