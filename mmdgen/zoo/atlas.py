"""Where things lie in the textures: cells (u0, v0, u1, v1), and the flat projections of face and body."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.mesh import F8

Cell = tuple[float, float, float, float]

# --- face: the front view of the head, and swatches in the strip under the chin ---------------------------------------

FACE_SIZE = 512
FACE_SPAN = 3.3  # units across the whole texture
FACE_TOP = 2.95  # y at the upper edge


def face_uv(x: F8, y: F8) -> F8:
    """Return UVs (..., 2) of the face's front view."""
    return np.stack([0.5 + x / FACE_SPAN, (FACE_TOP - y) / FACE_SPAN], -1)


def _cell(size: tuple[int, int], left: int, top: int, width: int, height: int, inset: float = 2.0) -> Cell:
    """Return a cell given in texels; ``inset`` keeps filtering inside it."""
    w, h = size
    return ((left + inset) / w, (top + inset) / h, (left + width - inset) / w, (top + height - inset) / h)


_FACE = (FACE_SIZE, FACE_SIZE)
SWATCH_TOP = 476
FACE: dict[str, Cell] = {
    "line": _cell(_FACE, 0, SWATCH_TOP, 32, 36, 4),
    "inside": _cell(_FACE, 32, SWATCH_TOP, 64, 36, 3),
    "teeth": _cell(_FACE, 96, SWATCH_TOP, 32, 36, 4),
    "tongue": _cell(_FACE, 128, SWATCH_TOP, 64, 36, 3),
    "ear": _cell(_FACE, 352, SWATCH_TOP, 160, 36, 3),
}

# --- eyes -------------------------------------------------------------------------------------------------------------

EYE_SIZE = (512, 512)
EYE: dict[str, Cell] = {
    "iris_left": _cell(EYE_SIZE, 0, 0, 224, 224),
    "iris_right": _cell(EYE_SIZE, 224, 0, 224, 224),
    "white": _cell(EYE_SIZE, 0, 224, 256, 160),
    "lash": _cell(EYE_SIZE, 256, 224, 256, 48),
    "spike": _cell(EYE_SIZE, 256, 272, 64, 32),
    "lower": _cell(EYE_SIZE, 320, 272, 192, 32),
    "fold": _cell(EYE_SIZE, 256, 304, 256, 32),
    "brow": _cell(EYE_SIZE, 256, 336, 256, 48),
    "blush": _cell(EYE_SIZE, 0, 384, 128, 96),
    "shine_left": _cell(EYE_SIZE, 128, 384, 128, 128),
    "shine_right": _cell(EYE_SIZE, 256, 384, 128, 128),
    "empty": _cell(EYE_SIZE, 384, 384, 128, 128),
}

# --- hair: columns of strands, root at the top, tip at the bottom -----------------------------------------------------

HAIR_SIZE = (512, 400)
HAIR_COLUMNS, HAIR_OTHERS = 4, 2  # locks in as many tones of the hair's colour, and of its second colour
HAIR: dict[str, Cell] = {
    **{f"lock{k}": _cell(HAIR_SIZE, 72 * k, 0, 72, 400, 2) for k in range(HAIR_COLUMNS)},
    **{f"other{k}": _cell(HAIR_SIZE, 288 + 72 * k, 0, 72, 400, 2) for k in range(HAIR_OTHERS)},
    "inner": _cell(HAIR_SIZE, 432, 0, 48, 400, 2),
    "shaved": _cell(HAIR_SIZE, 480, 0, 32, 400, 2),
}

# --- overlays that morphs raise ---------------------------------------------------------------------------------------

OVERLAY_SIZE = (256, 256)
OVERLAY: dict[str, Cell] = {
    "pale": _cell(OVERLAY_SIZE, 0, 0, 128, 128),
    "anger": _cell(OVERLAY_SIZE, 128, 0, 96, 96),
    "tear": _cell(OVERLAY_SIZE, 0, 128, 64, 96),
    "sweat": _cell(OVERLAY_SIZE, 64, 128, 64, 96),
}

# --- body: front view left, back view right, below them what is worn below the waist ----------------------------------

BODY_SIZE = (1024, 1024)
BODY_VIEW = (448, 640)  # texels across and down either view
BODY_HALF = 1.75  # greatest |x| of a view
BODY_TOP, BODY_BOTTOM = 0.40, -4.40
BODY: dict[str, Cell] = {
    "sleeve": _cell(BODY_SIZE, 896, 0, 128, 256),
    "skin": _cell(BODY_SIZE, 896, 256, 64, 64, 4),
    "main": _cell(BODY_SIZE, 960, 256, 64, 64, 4),
    "trim": _cell(BODY_SIZE, 896, 320, 64, 64, 4),
    "accent": _cell(BODY_SIZE, 960, 320, 64, 64, 4),
    "below": _cell(BODY_SIZE, 896, 384, 64, 64, 4),
    "shirt": _cell(BODY_SIZE, 960, 384, 64, 64, 4),
    "shoe": _cell(BODY_SIZE, 896, 640, 64, 64, 4),
    "collar": _cell(BODY_SIZE, 896, 448, 128, 128),
    "lapel": _cell(BODY_SIZE, 896, 576, 128, 64, 3),
    "skirt": _cell(BODY_SIZE, 0, 640, 448, 384),
    "leg": _cell(BODY_SIZE, 448, 640, 192, 384),
}


def body_uv(x: F8, y: F8, z: F8) -> F8:
    """Return UVs (..., 2) of neck and clothes: vertices in front (z < 0.2) take the front view."""
    wide, tall = BODY_VIEW[0] / BODY_SIZE[0], BODY_VIEW[1] / BODY_SIZE[1]
    across = (np.clip(x / BODY_HALF, -0.985, 0.985) * 0.5 + 0.5) * wide
    u = np.where(np.asarray(z) < 0.2, across, across + wide)
    return np.stack([u, np.clip((BODY_TOP - y) / (BODY_TOP - BODY_BOTTOM), 0.004, 0.996) * tall], -1)
