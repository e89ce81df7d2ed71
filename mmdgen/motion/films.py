"""The door to films: a path says which kind, frames go in one by one, the file is there when all of them went in."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from mmdgen.errors import UsageError
from mmdgen.motion import animation, video
from mmdgen.motion.table import U1, Motion

ANIMATIONS = (".webp", ".apng", ".png")
MOST_LOOPS = 65535  # WebP has 16 bits
OPAQUE = (".mp4",)
WHITE = (255, 255, 255)

Colour = tuple[int, int, int]  # sRGB numbers


class Film:
    """One film to be made: its kind by the extension; a folder of PNGs without one, after a /, or where a folder is."""

    def __init__(
        self, output: str, motion: Motion, size: int, *, background: Colour | None = None, loop: int = 0
    ) -> None:
        """Check all that can be checked before the first frame. Raises UsageError; MmdgenError without an encoder."""
        path = Path(output)
        self.path, self.motion, self.size, self.loop = path, motion, size, loop
        self.kind = "" if output.endswith(("/", os.sep)) or path.is_dir() else path.suffix.lower()
        self.background = background or (WHITE if self.kind in OPAQUE else None)
        if self.kind not in ("", *video.CODECS, *ANIMATIONS):
            known = ", ".join((*video.CODECS, *ANIMATIONS))
            raise UsageError(f"{path}: extension {self.kind!r}, expected {known} or none for a folder; choose one")
        if not 0 <= loop <= MOST_LOOPS:
            raise UsageError(f"--loop: {loop}, expected 0 to {MOST_LOOPS}; 0 is for ever")
        if loop and self.kind not in ANIMATIONS:
            raise UsageError(f"--loop: {path} plays as its player likes, expected .webp or .apng; leave it out")
        if self.kind == "":
            animation.check_folder(path, motion)
        self.codec = video.encoder(path) if self.kind in video.CODECS else {".webp": "webp"}.get(self.kind, "png")

    def open(self) -> AbstractContextManager[Callable[[U1], None]]:
        """Return what yields the function that takes each frame (S, S, 4) uint8, straight alpha, in order.

        The file appears when the block ends; when it fails nothing is left, but frames of a folder stay.
        """
        if self.kind in video.CODECS:
            return video.video(self.path, self.motion, self.size)
        if self.kind == ".webp":
            return animation.webp(self.path, self.motion, self.size, self.loop)
        if self.kind:
            return animation.apng(self.path, self.motion, self.size, self.loop)
        return animation.pngs(self.path, self.motion)


def laid_on(pictures: U1, colour: Colour | None) -> U1:
    """Return pictures (..., 4) on a colour, opaque, blended in sRGB numbers; as they are without one."""
    if colour is None:
        return pictures
    alpha = pictures[..., 3:].astype(np.uint32)
    ground = np.array(colour, np.uint32)
    result = np.full_like(pictures, 255)
    result[..., :3] = (pictures[..., :3] * alpha + ground * (255 - alpha) + 127) // 255
    return result


def colour(text: str) -> Colour:
    """Read a colour such as white or #ff8000; raise UsageError."""
    from PIL import ImageColor

    try:
        return ImageColor.getrgb(text)[:3]
    except ValueError as error:
        raise UsageError(f"--background: {text[:40]!r}, expected a colour; try white or #ff8000") from error
