"""A symmetric face of a few vertices, and annotations for it."""

from __future__ import annotations

import numpy as np
from builders import material
from handmade import Point, bone, bone_morph, group, material_morph, model, uv_morph, vertex_morph

from mmdgen.annotation import SLOTS, Annotation, HeadRange, Slot
from mmdgen.model import MATERIAL_COLUMNS, Deform, Model

CENTER_X = 0.25  # the plane of symmetry
BONES = ["センター", "首", "頭", "左目", "右目"]
LEFT, RIGHT, MIDDLE = [0, 1, 2], [3, 4, 5], [6, 7, 8]  # vertices; RIGHT[i] mirrors LEFT[i]
MIRROR = [*RIGHT, *LEFT, *MIDDLE]
NAMES = [
    "まばたき",
    "ウィンク２",
    "ｳｨﾝｸ２右",
    "あ",
    "ウィンク",
    "ウィンク右",
    "下まぶた",
    "瞳",
    "照れ",
    "頬",
    "両目閉じ",
]
MORPHS = {name: number for number, name in enumerate(NAMES)}


def face() -> Model:
    """Return the face: 9 vertices, one additional UV, morphs of every kind."""
    c = CENTER_X
    bones = [
        bone(BONES[0], (c, 8, 0)),
        bone(BONES[1], (c, 15, 0.5), 0),
        bone(BONES[2], (c, 16.5, 0.25), 1),
        bone(BONES[3], (c + 0.5, 17.5, -0.5), 2),
        bone(BONES[4], (c - 0.5, 17.5, -0.5), 2),
    ]
    sdef = [(c, 16, 0), (c, 15.5, 0), (c, 16.25, 0.25)]
    points = []
    for side, eye in ((1, 3), (-1, 4)):
        points += [
            Point((c + side * 0.5, 17.75, -1), (2,), (1.0,), Deform.BDEF1, (side * 0.6, 0, -0.8)),
            Point((c + side * 0.75, 17.25, -1), (2, eye), (0.5, 0.5), Deform.BDEF2, (side * 0.6, 0, -0.8)),
            Point((c + side * 1.0, 16, 0), (1, 2), (0.75, 0.25), Deform.SDEF, (side, 0, 0), sdef),
        ]
    points += [Point((c, y, -1.25), (2,), (1.0,), Deform.BDEF1, (0, 0, -1)) for y in (17.0, 16.5, 16.75)]
    lids = {0: (0.125, -0.5, 0), 3: (-0.125, -0.5, 0), 6: (0, -0.25, 0)}
    lower = {1: (0.25, 0.25, 0), 4: (-0.25, 0.25, 0)}
    morphs = [
        vertex_morph("まばたき", lids),
        vertex_morph("ウィンク２", {0: (0.125, -0.5, 0)}),
        vertex_morph("ｳｨﾝｸ２右", {3: (-0.125, -0.5, 0)}),
        vertex_morph("あ", {7: (0, -0.5, 0)}),
        vertex_morph("ウィンク", {0: (0.125, -0.375, 0)}),
        vertex_morph("ウィンク右", {3: (-0.125, -0.375, 0)}),
        vertex_morph("下まぶた", lower),
        bone_morph(
            "瞳", {3: ((0, 0.5, 0.25), (10, 6, 0)), 4: ((0, 0.5, 0.25), (10, -6, 0)), 2: ((0, 0.25, 0), (8, 0, 0))}
        ),
        material_morph("照れ", [(0, 1, np.full(MATERIAL_COLUMNS, 0.5))]),
        uv_morph("頬", 0, {1: (0.5, 0.25), 4: (-0.5, 0.25), 6: (0, 0.5)}),
        group("両目閉じ", [(0, 0.5), (6, 1), (7, 0.5), (8, 1), (9, -2), (6, 0.25)]),
    ]
    return model(points, bones, morphs, [material()], extra_uvs=1)


def annotation(side_split: dict[str, str] | None = None, head: bool = True, **slots: str) -> Annotation:
    """Annotate the face: slot to morph name."""
    filled = dict.fromkeys(SLOTS) | {
        slot: Slot(name, MORPHS[name], (side_split or {}).get(slot), "person", 1.0) for slot, name in slots.items()
    }
    return Annotation("0" * 64, head=HeadRange(15.5, 18.5, "person", 1.0) if head else None, slots=filled)
