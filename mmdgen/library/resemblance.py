"""Which models are the same, recoloured, or look alike."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdgen.library.geometry import HASHES
from mmdgen.library.portrait import CELLS
from mmdgen.library.records import Record, is_character

DUPLICATE, RECOLOUR, ALIKE = "duplicate", "recolour", "alike"
UNWRAPPED_ALIKE = 0.6  # share of texture coordinates; versions of one character have 0.9, others 0.23 at most
LOOKS_ALIKE = 28.0  # of 255; versions of one character 19 at most, of 20,000 pairs of others the nearest 42
HEAD_ROWS = CELLS * 3 // 4  # of a look: down to the chin, for clothes change more easily than heads
BLOCK = 1024  # models compared at once with all others


@dataclass(frozen=True)
class Link:
    """Two models, by their numbers, and how they are alike; ``said`` puts it in words."""

    first: int
    second: int
    kind: str
    said: str


def links(records: Sequence[Record]) -> list[Link]:
    """Return what connects models: enough links that all which are alike hang together, not every pair.

    Duplicates have the same file and textures, recolours the same mesh. Models that look alike have the head unwrapped
    alike, whatever its shape, or look alike from the front down to the chin. Only characters that nobody rejected are
    compared by look.
    """
    found: dict[tuple[int, int], Link] = {}

    def add(more: Iterable[Link]) -> None:
        for link in more:
            found.setdefault((link.first, link.second), link)

    studied = [i for i, r in enumerate(records) if r.study]
    seen = [i for i in studied if comparable(records[i])]
    for numbers in (studied, seen):  # the second time around what is no character or rejected
        add(_chains(numbers, [records[i].identity for i in numbers], DUPLICATE, "the same file and textures"))
        meshes = {i: mesh for i in numbers if (mesh := _mesh(records[i]))}
        add(_chains(list(meshes), list(meshes.values()), RECOLOUR, "the same mesh"))
    add(_unwrapped_alike(records, seen))
    add(_looking_alike(records, seen))
    return sorted(found.values(), key=lambda link: (link.first, link.second))


def families(count: int, connected: Iterable[Link]) -> NDArray[np.int64]:
    """Return for each of ``count`` models (count,) the lowest number in its family: all that links lead to."""
    parent = np.arange(count)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for link in connected:
        low, high = sorted((root(link.first), root(link.second)))
        parent[high] = low
    return np.array([root(i) for i in range(count)], np.int64)


def _mesh(record: Record) -> str:
    return record.study.geometry if record.study else ""


def comparable(record: Record) -> bool:
    """Tell whether a model is compared by look: a character that nobody rejected."""
    rejected = record.judgement is not None and record.judgement.verdict == "reject"
    return is_character(record) and not rejected


def _chains(numbers: Sequence[int], keys: Sequence[Any], kind: str, said: str) -> list[Link]:
    """Link each model with the first of the same key."""
    first: dict[Any, int] = {}
    return [
        Link(first[key], i, kind, said) for i, key in zip(numbers, keys, strict=True) if first.setdefault(key, i) != i
    ]


def _unwrapped_alike(records: Sequence[Record], seen: Sequence[int]) -> list[Link]:
    """Link heads whose sketches agree; only sketches that share a number in a place are compared."""
    sketched = [i for i in seen if records[i].study and len(records[i].study.sketch) == HASHES]  # type: ignore[union-attr]
    sketches = np.array([records[i].study.sketch for i in sketched], np.int64)  # type: ignore[union-attr]
    found = []
    known: dict[bytes, int] = {}
    distinct = []  # equal sketches are linked in a chain, and only one of them is compared further
    for row, i in enumerate(sketched):
        same = known.setdefault(sketches[row].tobytes(), row)
        if same == row:
            distinct.append(row)
        else:
            found.append(Link(sketched[same], i, ALIKE, "heads unwrapped alike (100%)"))
    places: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in distinct:
        rivals: dict[int, int] = defaultdict(int)
        for place, number in enumerate(sketches[row].tolist()):
            for other in places[place, number]:
                rivals[other] += 1
            places[place, number].append(row)
        for other, agreeing in rivals.items():
            if agreeing >= UNWRAPPED_ALIKE * HASHES:
                said = f"heads unwrapped alike ({agreeing / HASHES:.0%})"
                found.append(Link(sketched[other], sketched[row], ALIKE, said))
    return found


def _looking_alike(records: Sequence[Record], seen: Sequence[int]) -> list[Link]:
    """Link models that look alike, block by block."""
    looks = {i: look for i in seen if (look := _look(records[i])) is not None}
    if not looks:
        return []
    numbers = np.array(sorted(looks))
    colors = np.stack([looks[i].reshape(-1) for i in numbers.tolist()]).astype(np.float32)
    cover = np.stack([looks[i][..., 3].sum() / 255 for i in numbers.tolist()]).astype(np.float64)
    square = (colors.astype(np.float64) ** 2).sum(1)
    found = []
    for start in range(0, len(numbers), BLOCK):
        part = slice(start, start + BLOCK)
        apart = square[part, None] + square - 2.0 * (colors[part] @ colors.T)
        distance = np.sqrt(np.maximum(apart, 0) / ((cover[part, None] + cover) / 2))
        rows, columns = np.nonzero(distance <= LOOKS_ALIKE)
        for row, column in zip((rows + start).tolist(), columns.tolist(), strict=True):
            if row < column:
                said = f"look alike ({distance[row - start, column]:.0f} of 255 apart)"
                found.append(Link(int(numbers[row]), int(numbers[column]), ALIKE, said))
    return found


def _look(record: Record) -> NDArray[np.uint8] | None:
    """Return the head's part of a look (HEAD_ROWS, CELLS, 4), None where there is none or nothing is seen."""
    try:
        data = base64.b64decode(record.study.look if record.study else "", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) != CELLS * CELLS * 4:
        return None
    look = np.frombuffer(data, np.uint8).reshape(CELLS, CELLS, 4)[:HEAD_ROWS]
    return look if look[..., 3].any() else None
