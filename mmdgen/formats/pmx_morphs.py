"""The morphs of a PMX file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdgen.formats.cursor import Cursor, Notes
from mmdgen.formats.pmx_layout import Layout, MorphKind, morph_element
from mmdgen.model import (
    BoneMorph,
    GroupMorph,
    ImpulseMorph,
    MaterialMorph,
    Morph,
    Morphing,
    Panel,
    UVMorph,
    VertexMorph,
)


def parse_morphs(cursor: Cursor, layout: Layout, notes: Notes) -> Iterator[Morph]:
    """Read one morph after the other, references unchecked."""
    for i in cursor.items("morphs", "morph"):
        name, name_en = cursor.text(), cursor.text()
        panel, kind = cursor.u8(), cursor.u8()
        if kind >= len(MorphKind):
            raise cursor.error(f"morph type {kind}", f"0 to {len(MorphKind) - 1}")
        if panel >= len(Panel):
            notes.add("morphs", "unknown panel, put under others", f"morph {i} '{name}', panel {panel}")
            panel = Panel.OTHER
        element = morph_element(MorphKind(kind), layout)
        elements = cursor.array(element, cursor.count(element.itemsize, "element"))
        yield Morph(name, name_en, Panel(panel), _morphing(MorphKind(kind), elements))


def _morphing(kind: MorphKind, elements: NDArray[Any]) -> Morphing:
    """Turn records of a file into the columns of a morph."""
    columns = {name: np.ascontiguousarray(elements[name]) for name in elements.dtype.names or ()}
    columns["index"] = columns["index"].astype(np.int32)
    if kind in (MorphKind.GROUP, MorphKind.FLIP):
        return GroupMorph(kind == MorphKind.FLIP, **columns)
    if kind == MorphKind.VERTEX:
        return VertexMorph(**columns)
    if kind == MorphKind.BONE:
        return BoneMorph(**columns)
    if kind == MorphKind.MATERIAL:
        return MaterialMorph(**columns)
    if kind == MorphKind.IMPULSE:
        return ImpulseMorph(**columns)
    return UVMorph(kind - MorphKind.UV, **columns)
