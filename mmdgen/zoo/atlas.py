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

# --- hair: columns of strands, root at the top, tip at the bottom ------------------------------------------------------

HAIR_SIZE = (512, 400)
HAIR_COLUMNS, HAIR_OTHERS = 4, 2  # locks in as many tones of the hair's colour, and of its second colour
HAIR: dict[str, Cell] = {
    **{f"lock{k}": _cell(HAIR_SIZE, 72 * k, 0, 72, 400, 2) for k in range(HAIR_COLUMNS)},
    **{f"other{k}": _cell(HAIR_SIZE, 288 + 72 * k, 0, 72, 400, 2) for k in range(HAIR_OTHERS)},
    "inner": _cell(HAIR_SIZE, 432, 0, 48, 400, 2),
    "shaved": _cell(HAIR_SIZE, 480, 0, 32, 400, 2),
}

# --- body: front view left, back view right ---------------------------------------------------------------------------

BODY_SIZE = (1024, 512)
BODY_VIEW = 448  # texels across either view
BODY_HALF = 1.75  # greatest |x| of a view
BODY_TOP, BODY_BOTTOM = 0.40, -4.40
BODY: dict[str, Cell] = {
    "sleeve": _cell(BODY_SIZE, 896, 0, 128, 256),
    "skin": _cell(BODY_SIZE, 896, 256, 64, 64, 4),
    "main": _cell(BODY_SIZE, 960, 256, 64, 64, 4),
    "trim": _cell(BODY_SIZE, 896, 320, 64, 64, 4),
    "accent": _cell(BODY_SIZE, 960, 320, 64, 64, 4),
    "collar": _cell(BODY_SIZE, 896, 384, 128, 128),
}


def body_uv(x: F8, y: F8, z: F8) -> F8:
    """Return UVs (..., 2) of neck and clothes: vertices in front (z < 0.2) take the front view."""
    front = np.asarray(z) < 0.2
    across = (np.clip(x / BODY_HALF, -0.985, 0.985) * 0.5 + 0.5) * BODY_VIEW / BODY_SIZE[0]
    u = np.where(front, across, across + BODY_VIEW / BODY_SIZE[0])
    return np.stack([u, np.clip((BODY_TOP - y) / (BODY_TOP - BODY_BOTTOM), 0.004, 0.996)], -1)
