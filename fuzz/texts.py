"""Files that people write or edit: annotations, wishes, motions, splits, the record of imports."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guard import bounded, silence

MODULES = (
    "mmdgen.annotation",
    "mmdgen.shot",
    "mmdgen.motion.table",
    "mmdgen.generate.splits",
    "mmdgen.library.imports",
)
VALUES = (
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    -1e308,
    2**70,
    float("nan"),
    float("inf"),
    "",
    "x",
    "頭",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
)
KINDS = ("annotation.json", "wish.json", "motion.csv", "motion.npy", "split.toml", "imports.json")
SHA = "0" * 64


def seeds() -> list[bytes]:
    """Return one sound file of each kind; the first byte tells the kind."""
    import io

    import numpy as np

    from mmdgen.annotation import SLOTS, Annotation, HeadRange, Slot, to_json

    slot = Slot("あ", 0, None, "person", 1.0)
    slots: dict[str, Slot | None] = {**dict.fromkeys(SLOTS), "mouth": slot}
    annotation = Annotation(SHA, ("a.pmx",), "keep", head=HeadRange(1, 2, "auto", 0.5), slots=slots)
    array = io.BytesIO()
    np.save(array, np.zeros((3, 6), np.float32))
    files = (
        json.dumps(to_json(annotation)).encode(),
        json.dumps({"pose": {"head_x": 0.5}, "bones": {"頭": [1, 2, 3]}, "morphs": {"あ": 1}}).encode(),
        b"time,head_x,head_y,neck_z,eye_left,eye_right,mouth\n0,0.1,0,0,0,0,1\n0.1,-0.5,0,0,1,1,0\n",
        array.getvalue(),
        b'val = ["miku/*", "rin/rin.pmx"]\ntest = ["luka*"]\n',
        json.dumps({"version": 1, "imports": {SHA: {"folder": "a", "models": ["m.pmx"]}}}).encode(),
    )
    return [bytes((number,)) + file for number, file in enumerate(files)]


def _readers() -> dict[str, Callable[[Path], object]]:
    from mmdgen import annotation, shot
    from mmdgen.generate import splits
    from mmdgen.library import imports
    from mmdgen.motion import table

    return {
        "annotation.json": lambda path: annotation.load(path.parent, SHA),
        "wish.json": shot.read_wish,
        "motion.csv": table.read_motion,
        "motion.npy": table.read_motion,
        "split.toml": lambda path: splits.assign(["miku/a.pmx", "luka.pmx"], splits.read_split_file(path)),
        "imports.json": imports._load,  # noqa: SLF001 - what an import reads first
    }


def check(data: bytes, thorough: bool) -> bool:
    """Read a file of the kind that the first byte tells."""
    import promises

    from mmdgen.errors import MmdgenError

    del thorough
    if not data:
        return False
    shm = Path("/dev/shm")  # noqa: S108 - a fresh folder in it
    home = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None, prefix="mmdgen-fuzz-"))
    try:
        kind = KINDS[data[0] % len(KINDS)]
        path = home / (f"{SHA}.json" if kind == "annotation.json" else kind)
        path.write_bytes(data[1:])
        with silence(), bounded(len(data)):
            try:
                _readers()[kind](path)
            except MmdgenError as error:
                promises.refusal_of(error, "split file" if str(error).startswith("split file") else str(path))
                return False
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return True


def mutated(data: bytes, limit: int, seed: int, plain: Any) -> bytes:
    """Put odd values into JSON, or bend any bytes."""
    dice = random.Random(seed)
    if data and dice.random() < 0.6 and KINDS[data[0] % len(KINDS)].endswith("json"):
        try:
            tree = [json.loads(data[1:])]
            _bend(tree, dice)
            return (data[:1] + json.dumps(tree[0]).encode())[:limit]
        except (ValueError, RecursionError):
            pass
    return bytes(plain(data, limit))


def _bend(tree: Any, dice: random.Random) -> None:
    """Go down to some value and put another in its place, take it away or put one beside it."""
    while True:
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if not keys:
            return
        key = dice.choice(keys)
        if isinstance(tree[key], dict | list) and tree[key] and dice.random() < 0.8:
            tree = tree[key]
            continue
        step = dice.randrange(4)
        if step == 0 and isinstance(tree, dict):
            del tree[key]
        elif step == 1 and isinstance(tree, dict):
            tree[dice.choice(("", "x", "version", "head", key * 2))] = dice.choice(VALUES)
        else:
            tree[key] = dice.choice(VALUES)
        return
