"""A folder of zoo characters: PMX files with their textures, the truth about them, and a manifest."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmdgen.annotation import Annotation, HeadRange, Slot, folder, save, to_json
from mmdgen.errors import MmdgenError, UsageError
from mmdgen.files import write_atomically
from mmdgen.formats.writer import write_pmx
from mmdgen.zoo.character import Character, make_character
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.paint.canvas import U1
from mmdgen.zoo.traits import Traits

MANIFEST = "manifest.json"
LICENSE = "CC0-1.0"


@dataclass(frozen=True)
class Order:
    """What to make: characters 0 to ``count`` - 1 of this seed's zoo, the first ``symmetric`` of them symmetric.

    ``only`` limits it to those numbers, where there are any.
    """

    count: int
    seed: int
    symmetric: int = 0
    only: tuple[int, ...] = ()

    def indices(self) -> list[int]:
        """Return the numbers of the characters to make, ascending."""
        return sorted(set(self.only)) if self.only else list(range(self.count))


@dataclass(frozen=True)
class Made:
    """One character as files: paths relative to the library, and their bytes."""

    index: int
    traits: Traits
    path: str
    files: dict[str, bytes]
    annotation: Annotation
    triangles: int

    def as_json(self) -> dict[str, Any]:
        """Return the character's entry in the manifest."""
        truth = to_json(self.annotation)
        return {
            "index": self.index,
            "path": self.path,
            "sha256": self.annotation.sha256,
            "bytes": sum(map(len, self.files.values())),
            "triangles": self.triangles,
            "head": truth["head"],
            "slots": truth["slots"],
            "traits": asdict(self.traits),
        }


def make(order: Order, index: int) -> Made:
    """Return character ``index`` as files. The same order gives the same bytes."""
    traits = draw_traits(order.seed, index, symmetric=index < order.symmetric)
    character = make_character(traits, rng_for(order.seed, index, "details"))
    place = f"{index:04d}-{traits.name}"
    path = f"{place}/{traits.file_name}.pmx"
    pmx = write_pmx(character.model)
    files = {path: pmx}
    for name, picture in zip(character.model.textures, character.textures, strict=True):
        files[f"{place}/{name.replace(chr(92), '/')}"] = _png(picture)
    truth = annotation(character, hashlib.sha256(pmx).hexdigest(), f"{traits.file_name}.pmx")
    return Made(index, traits, path, files, truth, len(character.model.faces))


def annotation(character: Character, sha256: str, file_name: str) -> Annotation:
    """Return the truth about a character, as its maker knows it."""
    by = f"auto zoo {version('mmdgen')}"
    slots = {
        slot: None if number is None else Slot(character.model.morphs[number].name, number, None, by, 1.0)
        for slot, number in character.slots.items()
    }
    return Annotation(sha256, (file_name,), head=HeadRange(*character.head, by, 1.0), slots=slots)


def _png(picture: U1) -> bytes:
    """Return a PNG: by palette where at most 256 colours allow it, without alpha where there is none."""
    if picture[..., 3].min() < 255:
        image = Image.fromarray(picture)
    else:
        packed = picture.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1, 0], np.uint32)
        colors, index = np.unique(packed, return_inverse=True)
        if len(colors) <= 256:
            image = Image.fromarray(index.reshape(packed.shape).astype(np.uint8), "P")
            image.putpalette(np.stack([colors >> 16, colors >> 8 & 255, colors & 255], -1).astype(np.uint8).tobytes())
        else:
            image = Image.fromarray(np.ascontiguousarray(picture[..., :3]))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def check(root: Path, order: Order) -> None:
    """Raise UsageError when ``root`` holds a zoo of another order, so that two libraries never mix."""
    path = root / MANIFEST
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root}: a file, expected a folder; choose another name")
    if not path.exists():
        return
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        seed, symmetric = int(known["seed"]), int(known["symmetric"])
        there = {int(entry["index"]) for entry in known["characters"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: {error!r}, expected a manifest of mmdgen zoo; choose another folder") from error
    if (seed, symmetric) != (order.seed, order.symmetric) or not there <= set(order.indices()):
        raise UsageError(
            f"{root}: a zoo of {len(there)} characters with seed {seed} ({symmetric} symmetric), expected a part of "
            f"the one asked for; choose another folder or delete this one"
        )


def write(root: Path, order: Order, *, annotate: bool) -> Iterator[Made]:
    """Write a library, yielding each character when its files are complete; the manifest comes last.

    Raises UsageError for a folder that holds another zoo, MmdgenError when a file cannot be written.
    """
    check(root, order)
    entries = []
    for index in order.indices():
        made = make(order, index)
        for name, data in made.files.items():
            _write(root / name, data)
        if annotate:
            store = folder(root)
            save(store, made.annotation)
            (store / f".{made.annotation.sha256}.lock").unlink(missing_ok=True)  # nobody else knows this model yet
        entries.append(made.as_json())
        yield made
    _write(root / MANIFEST, (json.dumps(manifest(order, entries), ensure_ascii=False, indent=1) + "\n").encode())


def manifest(order: Order, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the manifest of a library: how it was made, and every character's traits and truth."""
    return {
        "generator": f"mmdgen zoo {version('mmdgen')}",
        "license": LICENSE,
        "seed": order.seed,
        "symmetric": order.symmetric,
        "characters": entries,
    }


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MmdgenError(f"{path.parent}: {error.strerror}, expected a folder to write to; choose another") from error
    write_atomically(path, data)
