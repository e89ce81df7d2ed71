"""Drawings: pictures of any kind that people hand in, read as the numbers that networks are given.

Unlike textures, which are numbers, drawings are meant to look right: the orientation that a camera notes is applied,
and colours of other profiles are taken to sRGB. What a file loses on the way is told as a ``Finding``.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import UsageError
from trainer.errors import DrawingError

if TYPE_CHECKING:
    from PIL.Image import Image

U1 = NDArray[np.uint8]
Level = Literal["error", "warning", "note"]
FORMATS = ("PNG", "WEBP", "JPEG", "GIF", "BMP", "TIFF", "AVIF", "TGA")
MOST_BYTES = 256 << 20
MOST_PIXELS = 1 << 26  # 8192 × 8192: a double page at 600 dots an inch is less
LARGEST_PROFILE = 8 << 20  # bytes
ORIENTATION = 0x0112  # of EXIF
WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
REMEDY_PNG = "export it as PNG from the program that drew it"


@dataclass(frozen=True)
class Finding:
    """One thing about a drawing. An ``error`` keeps it from being posed, a ``warning`` may spoil the result.

    ``code`` is a fixed word for programs; the rest makes a sentence for people.
    """

    level: Level
    code: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.found}, expected {self.expected}; {self.remedy}"


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture as it looks: (H, W, 4) uint8, straight alpha, sRGB, row 0 on top, RGB under alpha 0 as stored."""

    path: Path
    pixels: U1
    has_alpha: bool  # the file has a place for it; it may still be opaque everywhere
    findings: tuple[Finding, ...]  # about the file itself


def read_drawing(path: Path) -> Drawing:
    """Read a picture file, of an animation the first picture. Raises DrawingError; UsageError where no file is."""
    data = _bytes(path)
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata; what matters raises
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_size(path, picture)
                findings = _findings(picture, data)
                picture.load()
                has_alpha = picture.mode in WITH_ALPHA or "transparency" in picture.info
                pixels, more = _as_it_looks(picture)
    except DrawingError:
        raise
    except Image.DecompressionBombError as error:
        found = f"more than {Image.MAX_IMAGE_PIXELS or MOST_PIXELS:,} pixels, expected at most {MOST_PIXELS:,}"
        raise DrawingError(f"{path}: {found}; make it smaller, 2048 is plenty") from error
    except UnidentifiedImageError as error:
        raise DrawingError(f"{path}: no picture that can be read, expected {_known()}; {REMEDY_PNG}") from error
    except Exception as error:  # Pillow's decoders raise whatever they stumble over
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise DrawingError(f"{path}: {reason}, expected a whole picture; {REMEDY_PNG}") from error
    return Drawing(path, pixels, has_alpha, (*findings, *more))


def _known() -> str:
    return f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe or a device would be read for ever
            found = "a folder" if path.is_dir() else "no plain file" if path.exists() else "no such file"
            raise UsageError(f"{path}: {found}, expected a picture; check the path")
        if path.stat().st_size > MOST_BYTES:
            found = f"{path.stat().st_size >> 20} MiB, expected at most {MOST_BYTES >> 20}"
            raise DrawingError(f"{path}: {found}; save it smaller, as PNG")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise DrawingError(f"{path}: {error}, expected a readable file; check its name and permissions") from error


def _check_size(path: Path, picture: Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise DrawingError(
            f"{path}: {width} × {height}, expected at most {MOST_PIXELS:,} pixels; make it smaller, 2048 is plenty"
        )


def _findings(picture: Image, data: bytes) -> list[Finding]:
    """Return what is unusual about a picture that was opened but not decoded."""
    found = []
    frames = getattr(picture, "n_frames", 1)
    if frames > 1:
        picture.seek(0)
        found.append(Finding("warning", "animated", f"{frames} pictures", "one", "the first is used; save it alone"))
    if (data.startswith(b"\x89PNG") and data[24:25] == b"\x10") or picture.mode.startswith("I"):
        found.append(Finding("note", "deep", "16 bits a channel", "8", "the upper 8 are used"))
    if picture.mode not in ("RGB", "RGBA"):
        names = {"P": "a palette", "PA": "a palette", "L": "grey", "LA": "grey", "1": "black and white"}
        name = names.get(picture.mode, "grey" if picture.mode.startswith("I") else picture.mode)
        level: Level = "note" if picture.mode in names or picture.mode.startswith("I") else "warning"
        found.append(Finding(level, "mode", name, "RGBA", "it is converted; colours may differ a little"))
    return found


def _as_it_looks(picture: Image) -> tuple[U1, list[Finding]]:
    """Return a decoded picture as RGBA in sRGB, turned upright, and what was done for that."""
    from PIL import ImageOps

    found = []
    if picture.getexif().get(ORIENTATION, 1) not in (1, None):
        found.append(Finding("note", "orientation", "a camera's turn", "none", "it is turned upright"))
        picture = ImageOps.exif_transpose(picture)
    picture, profile = _in_srgb(picture)
    if profile:
        found.append(profile)
    if picture.mode.startswith("I"):
        deep = np.asarray(picture).astype(np.int64)
        grey = (deep >> 8).clip(0, 255).astype(np.uint8)
        alpha = np.where(deep == picture.info.get("transparency"), 0, 255).astype(np.uint8)
        return np.dstack([grey, grey, grey, alpha]), found
    if picture.mode == "F":
        raise ValueError("floating point numbers")
    return np.array(picture.convert("RGBA")), found


def _in_srgb(picture: Image) -> tuple[Image, Finding | None]:
    """Take a picture with a colour profile to sRGB; as it is without one, or where that is sRGB already."""
    data = picture.info.get("icc_profile")
    if not data or picture.mode not in ("RGB", "RGBA", "CMYK", "L", "LA", "P"):
        return picture, None
    from PIL import ImageCms

    name = "a colour profile"
    try:
        if len(data) > LARGEST_PROFILE:
            raise ValueError(f"{len(data)} bytes")
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        name = " ".join(ImageCms.getProfileDescription(profile).split())[:60] or name
        if "srgb" in name.lower():
            return picture, None
        see_through = picture.mode in WITH_ALPHA or "transparency" in picture.info
        alpha = picture.convert("RGBA").getchannel("A") if see_through else None
        plain = {"RGBA": "RGB", "LA": "L", "P": "RGB"}.get(picture.mode)
        colours = picture.convert(plain) if plain else picture
        result = ImageCms.profileToProfile(colours, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        if result is None:
            raise ValueError("no conversion")
        if alpha is not None:
            result.putalpha(alpha)
    except (ImageCms.PyCMSError, ValueError, OSError, TypeError) as error:
        reason = " ".join(str(error).split())[:60]
        return picture, Finding("note", "profile", f"{name} ({reason})", "sRGB", "its numbers are taken as sRGB")
    result.info = {}
    return result, Finding("note", "profile", name, "sRGB", "its colours are taken to sRGB")
