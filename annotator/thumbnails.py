"""Small pictures of models for the queue, kept between sessions."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np

from mmdgen.errors import MmdgenError
from mmdgen.files import write_atomically
from mmdgen.model import U1

SIDE = 64  # pixels
FOLDER = ".thumbnails"


def small(picture: U1) -> U1:
    """Return a picture (S, S, 4) uint8 straight RGBA, S a multiple of SIDE, made (SIDE, SIDE, 4)."""
    n = len(picture) // SIDE
    color = picture.astype(np.float64)
    alpha = color[..., 3:] / 255
    premultiplied = np.concatenate([color[..., :3] * alpha, alpha], -1).reshape(SIDE, n, SIDE, n, 4).mean((1, 3))
    result = np.zeros((SIDE, SIDE, 4))
    np.divide(premultiplied[..., :3], premultiplied[..., 3:], out=result[..., :3], where=premultiplied[..., 3:] > 0)
    result[..., 3] = premultiplied[..., 3] * 255
    return np.rint(result).astype(np.uint8)


def keep(store: Path, sha256: str, picture: U1) -> None:
    """Keep a thumbnail beside the annotations; where that cannot be, it is drawn again next time."""
    import io

    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    with suppress(OSError, MmdgenError):
        path = store / FOLDER / f"{sha256}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data.getvalue())


def kept(store: Path, sha256: str) -> U1 | None:
    """Return a model's thumbnail (SIDE, SIDE, 4) uint8 RGBA from an earlier session, or None."""
    from PIL import Image

    with suppress(OSError, ValueError, SyntaxError), Image.open(store / FOLDER / f"{sha256}.png") as image:
        if image.size == (SIDE, SIDE):
            return np.asarray(image.convert("RGBA"), np.uint8)
    return None
