"""A character on its way to files: the model, its pictures under the names that they get, and what is true of it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.formats.writer_pmd import write_pmd
from mmdgen.model import Model, SphereMode
from mmdgen.zoo.character import Character
from mmdgen.zoo.paint.canvas import U1
from mmdgen.zoo.surgery import only_vertex_morphs

_ALMOST = float(np.float32(0.99))  # what makers of PMDs give opaque materials that are to be seen from both sides
_FIELD = 20  # bytes for texture and sphere map in PMD
_EXTENSIONS = {SphereMode.ADD: ".spa", SphereMode.MULTIPLY: ".sph"}


@dataclass(frozen=True)
class Draft:
    """``pictures`` are by path in the character's folder, ``slots`` and ``twins`` as in Character.

    ``head`` is None for what has none; ``data`` overrides what the model would be written as.
    """

    file_name: str  # of the model, without extension
    model: Model
    pictures: Mapping[str, U1]
    head: tuple[float, float] | None
    slots: Mapping[str, int | None]
    twins: Mapping[str, tuple[int, ...]]
    format: str = "pmx"
    data: bytes | None = None
    zipped: bool = False
    defects: tuple[str, ...] = ()
    copy_of: int | None = None
    readable: bool = True
    hidden: frozenset[str] = field(default=frozenset())  # pictures that are not written

    def file(self) -> bytes:
        """Return the model's file."""
        if self.data is not None:
            return self.data
        return write_pmd(self.model) if self.format == "pmd" else write_pmx(self.model)


def draft(character: Character, file_name: str) -> Draft:
    """Return a character as its maker would save it."""
    paths = [name.replace("\\", "/") for name in character.model.textures]
    pictures = dict(zip(paths, character.textures, strict=True))
    return Draft(file_name, character.model, pictures, character.head, character.slots, character.twins)


def as_pmd(one: Draft) -> Draft:
    """Return the character as makers of PMD files had it: only vertex morphs, short names, spheres by extension."""
    model, number = only_vertex_morphs(one.model)
    names = _short_names(model)
    pictures = {names[k]: one.pictures[path.replace("\\", "/")] for k, path in enumerate(model.textures)}
    materials = tuple(
        replace(m, diffuse=(*m.diffuse[:3], _ALMOST)) if m.flags.two_sided and m.diffuse[3] == 1 else m
        for m in model.materials
    )
    model = replace(model, textures=tuple(names), materials=materials)
    read = parse_model(write_pmd(model))
    return replace(
        one,
        model=read,
        pictures=pictures,
        slots={slot: None if k is None else number[k] for slot, k in one.slots.items()},
        twins={slot: tuple(number[k] for k in ks) for slot, ks in one.twins.items()},
        format="pmd",
    )


def _short_names(model: Model) -> list[str]:
    """Return names for the textures, in no folder, that fit PMD's fields and say how sphere maps are combined."""
    mode = {m.sphere: m.sphere_mode for m in model.materials if m.sphere is not None}
    names = []
    for k, path in enumerate(model.textures):
        stem, dot, extension = path.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")
        names.append(stem + _EXTENSIONS.get(mode.get(k, SphereMode.NONE), dot + extension))
    pairs = [(m.texture, m.sphere) for m in model.materials if m.texture is not None and m.sphere is not None]
    if any(len(f"{names[t]}*{names[s]}".encode("cp932", "replace")) > _FIELD for t, s in pairs):
        names = [f"t{k}{name[name.rfind('.') :]}" for k, name in enumerate(names)]
    return names


def encoded(picture: U1, name: str) -> bytes:
    """Return a picture's file: a BMP where the name says so or is a sphere map's, as most of those are; else a PNG."""
    if name.lower().endswith((".bmp", ".spa", ".sph")) and picture[..., 3].min() == 255:
        return _saved(Image.fromarray(np.ascontiguousarray(picture[..., :3])), "BMP")
    return _png(picture)


def _png(picture: U1) -> bytes:
    """Return a PNG: by palette where at most 256 colours allow it, without alpha where there is none."""
    if picture[..., 3].min() < 255:
        return _saved(Image.fromarray(picture), "PNG")
    image = Image.fromarray(np.ascontiguousarray(picture[..., :3]))
    found = image.getcolors(256)
    if found is None:
        return _saved(image, "PNG")
    table = np.array(sorted(color for _, color in found), np.uint8).reshape(-1, 3)
    index = np.searchsorted(_packed(table), _packed(picture[..., :3]))
    flat = Image.fromarray(index.astype(np.uint8), "P")
    flat.putpalette(table.tobytes())
    return _saved(flat, "PNG")


def _packed(colors: U1) -> NDArray[np.uint32]:
    """Return colours (..., 3) as numbers that sort as they do."""
    wide: NDArray[np.uint32] = colors.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    return wide


def _saved(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()
