"""Bends model files where it matters: numbers, texts and lists, whose lengths are put right or left wrong."""

from __future__ import annotations

import random
import struct
from typing import Any

import numpy as np
from trace_reader import List, Trace, trace

FLOATS = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 3.14159, 1e-45, 1e-20, 1e-6, 1e6, 1e10, 1e19, -1e19, 1e30, 3.4e38, -3.4e38),
    *(float("nan"), float("inf"), float("-inf")),
)
WORDS = (
    *(
        "頭",
        "首",
        "左目",
        "右目",
        "左ひざ",
        "まばたき",
        "笑い",
        "ウィンク",
        "ウィンク右",
        "ウィンク２",
        "ｳｨﾝｸ２右",
        "あ",
        "い",
    ),
    *("", "\0", "\n", "\x1b[31m", "toon01.bmp", "../../a.png", "a.bmp*b.spa", "C:\\a", "x" * 3000, "\ud7ff😀"),
)
ENCODINGS = ("utf-16-le", "utf-8", "cp932", "latin-1")
GROWN = 16_000  # bytes that a mutant may grow to: large files are slow and break at the same places


def mutated(data: bytes, limit: int, seed: int, plain: Any) -> bytes:
    """Return a bent copy of at most ``limit`` bytes; ``plain(data, limit)`` is a mutator that knows nothing."""
    dice = random.Random(seed)
    limit = min(limit, max(len(data), GROWN))
    if dice.random() < 0.15:
        return bytes(plain(data, limit))
    found = trace(data)
    bent = bytearray(data)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
        _bend_number(bent, found, dice)
    step = dice.random()
    if step < 0.35 and found.lists:
        bent = _bend_list(bent, dice.choice(found.lists), dice)
    elif step < 0.5 and found.texts:
        bent = _bend_text(bent, *dice.choice(found.texts), dice)
    elif step < 0.55 and found.numbers:
        del bent[dice.choice(found.numbers)[0] :]
    return bytes(bent[:limit])


def crossed(data: bytes, other: bytes, limit: int, seed: int) -> bytes:
    """Return ``data`` with one list in the place of one that ``other`` has, or with its items added."""
    dice = random.Random(seed)
    limit = min(limit, max(len(data), GROWN))
    mine, theirs = trace(data).lists, trace(other).lists
    if not mine or not theirs:
        return data[:limit]
    place = dice.randrange(len(mine))
    target, source = mine[place], theirs[min(place, len(theirs) - 1)] if dice.random() < 0.8 else dice.choice(theirs)
    items = _items(other, source)
    if dice.random() < 0.5:
        items = _items(data, target) + items
    return bytes(_with_items(bytearray(data), target, items)[:limit])


def _bend_number(bent: bytearray, found: Trace, dice: random.Random) -> None:
    place = _some_number(found, dice)
    if place is None:
        return
    at, kind = place
    if at + kind.itemsize > len(bent):
        return
    (now,) = np.frombuffer(bent, kind, 1, at)
    bent[at : at + kind.itemsize] = np.array([_other(now, kind, dice)], kind).tobytes()


def _some_number(found: Trace, dice: random.Random) -> tuple[int, np.dtype[Any]] | None:
    """Choose a single number, or one in an array of records."""
    if found.records and (not found.numbers or dice.random() < 0.4):
        kind, starts = dice.choice(found.records)
        if not len(starts):
            return None
        at = int(dice.choice(starts))
        while kind.names or kind.subdtype:
            if kind.names:
                name = dice.choice(kind.names)
                kind, offset = kind.fields[name][:2]  # type: ignore[index]
            else:
                base, shape = kind.subdtype  # type: ignore[misc]
                if not np.prod(shape):
                    return None
                kind, offset = base, base.itemsize * dice.randrange(int(np.prod(shape)))
            at += offset
        return (at, kind) if kind.kind in "iuf" else (at, np.dtype("u1"))
    return dice.choice(found.numbers) if found.numbers else None


def _other(now: Any, kind: np.dtype[Any], dice: random.Random) -> Any:
    with np.errstate(all="ignore"):
        if kind.kind == "f":
            value = dice.choice((*FLOATS, -float(now), float(now) * 1.5, dice.gauss(0, 3), dice.gauss(0, 100)))
            return np.float64(value).astype(kind)
        limits = np.iinfo(kind)
        near = int(now) + dice.choice((-1, 1, 2))
        value = dice.choice(
            (0, 1, -1, 2, 3, limits.max, limits.min, near, near, dice.randrange(16), dice.randrange(256))
        )
        if dice.random() < 0.2:
            value = int(now) ^ 1 << dice.randrange(8 * kind.itemsize)
        return np.array(value & (2 ** (8 * kind.itemsize) - 1), np.uint64).astype(f"u{kind.itemsize}").view(kind)


def _bend_text(bent: bytearray, at: int, size: int, dice: random.Random) -> bytearray:
    new = dice.choice(WORDS).encode(dice.choice(ENCODINGS), "replace")
    if dice.random() < 0.1:
        new = bytes(dice.randrange(256) for _ in range(dice.randrange(9)))
    return bent[:at] + struct.pack("<i", len(new)) + new + bent[at + 4 + size :]


def _bend_list(bent: bytearray, at: List, dice: random.Random) -> bytearray:
    """Repeat, leave out or move items, with the count put right."""
    items = _items(bytes(bent), at)
    if not items:
        return bent
    i = dice.randrange(len(items))
    match dice.randrange(5):
        case 0:
            items[i:i] = [items[i]] * dice.choice((1, 1, 2, 5, 40, 300))
        case 1:
            del items[i]
        case 2:
            dice.shuffle(items)
        case 3:
            items = items[:i]
        case _:
            items[i] = items[dice.randrange(len(items))]
    return _with_items(bent, at, items)


def _items(data: bytes, found: List) -> list[bytes]:
    return [data[a:b] for a, b in zip(found.borders, found.borders[1:], strict=False)]


def _with_items(bent: bytearray, at: List, items: list[bytes]) -> bytearray:
    start = at.at + struct.calcsize(at.layout)
    most = 2 ** (8 * struct.calcsize(at.layout) - 1) - 1
    items = items[: min(most, 5000)]
    end = at.borders[-1] if at.borders else start
    return bent[: at.at] + struct.pack(at.layout, len(items)) + b"".join(items) + bent[end:]
