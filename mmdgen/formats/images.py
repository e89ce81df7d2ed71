"""Texture files to pixels, recognised by content: names lie (.spa is a BMP, .bmp may be a PNG).

Pillow reads PNG, JPEG, GIF and the compressed kinds of DDS. BMP, TGA and the rest of DDS are read here: Pillow loses
the alpha of a BMP of 32 bits, and knows neither odd channel masks nor run-length packets of a TGA that cross lines.

As in MMD the numbers in the file are the numbers on the screen: colour profiles, gamma and the orientation that a
camera notes are ignored, of an animation the first picture counts, and of 16 bits the upper eight. A picture of which
pixels are missing is refused whole; what follows the last pixel may be missing.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np

from mmdgen.errors import FormatError
from mmdgen.formats.bmp import decode_bmp
from mmdgen.formats.dds import decode_dds
from mmdgen.formats.pixels import check_size, painted, stripes
from mmdgen.formats.tga import decode_tga, looks_like_tga
from mmdgen.model import U1

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8": "JPEG",
    b"GIF8": "GIF",
    b"RIFF": "WEBP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
IN_PLACE = {"RGB": "RGBX", "RGBA": "RGBA"}  # modes that Pillow keeps as we do, and what it calls that memory
SMALL = {"1": 1, "L": 1, "P": 1, "I;16": 2}  # bytes a pixel of the modes that take less than four
BESIDE = {"WEBP": 16, "TIFF": 8}  # bytes a pixel that a decoder takes beside its result


def decode_image(data: bytes) -> U1:
    """Return the picture as (H, W, 4) uint8 RGBA, straight alpha, row 0 on top; raise FormatError when broken."""
    if data.startswith(b"BM"):
        return decode_bmp(data)
    if data.startswith(b"DDS "):
        return decode_dds(data, lambda blocks: _decode_with_pillow(blocks, "DDS"))
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            data = _still(data) if kind == "PNG" else data
            return _decode_with_pillow(data, kind)
    if looks_like_tga(data):
        return decode_tga(data)
    raise FormatError(
        f"image: it begins with {data[:8]!r}, expected PNG, JPEG, BMP, TGA, GIF or DDS; convert it to PNG"
    )


def _decode_with_pillow(data: bytes, kind: str) -> U1:
    from PIL import Image

    if kind == "JPEG" and not _has_scan(data):  # libjpeg would make up a picture
        raise _without_pixels(kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata; what matters raises
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=(kind,)) as picture:
                return _rgba(picture, kind, len(data))
    except FormatError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever they stumble over
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FormatError(f"image: {kind} with {reason}, expected a whole picture; convert it to PNG") from error


def _without_pixels(kind: str) -> FormatError:
    return FormatError(f"image: {kind} without pixels, expected a whole picture; get the file again")


def _still(png: bytes) -> bytes:
    """Return a PNG without what makes it move: Pillow refuses errors there, which nothing else looks at."""
    if b"acTL" not in png and b"fcTL" not in png:
        return png
    kept, at = [png[:8]], 8
    while at + 8 <= len(png):
        size = int.from_bytes(png[at : at + 4], "big") + 12
        if png[at + 4 : at + 8] not in (b"acTL", b"fcTL", b"fdAT"):
            kept.append(png[at : at + size])
        at += size
    return b"".join(kept)


def _has_scan(data: bytes) -> bool:
    """Tell whether a JPEG's segments lead to one with pixels."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xDA:
            return True
        alone = data[at + 1] in (0x01, 0xFF, *range(0xD0, 0xD8))  # markers and fill bytes without a length
        at += 1 + (data[at + 1] != 0xFF) if alone else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _rgba(picture: ImageFile, kind: str, file_size: int) -> U1:
    """Return the pixels of a picture that was opened but not decoded, in place where Pillow's layout is ours."""
    from PIL import Image

    if kind == "PNG" and not picture.tile:
        raise _without_pixels(kind)
    in_place = IN_PLACE.get(picture.mode)
    own = 0 if in_place else SMALL.get(picture.mode, 4)
    beside = BESIDE.get(kind, 8 if picture.info.get("progressive") else 0)  # a progressive JPEG keeps its coefficients
    check_size(*picture.size, file_size, 4 + own + beside)
    if in_place is None:
        _stretch_transparent_grey(picture)
        picture.load()
        return painted(picture.width, picture.height, lambda rows: _stripe(picture, rows))
    pixels = np.zeros((picture.height, picture.width, 4), np.uint8)
    shared = Image.frombuffer(in_place, picture.size, pixels, "raw", in_place, 0, 1).im
    picture.im = shared
    picture.load()
    if picture.im is not shared:  # this Pillow, or this decoder, brings memory of its own
        return painted(picture.width, picture.height, lambda rows: _stripe(picture, rows))
    if picture.mode == "RGB":
        _make_opaque(pixels, picture.info.get("transparency"))
    return pixels


def _stretch_transparent_grey(picture: ImageFile) -> None:
    """Bring the one transparent grey of a PNG of 2 or 4 bits to the scale that Pillow brings its pixels to."""
    scale = {"L;2": 85, "L;4": 17}.get(str(picture.tile[0].args)) if picture.tile else None
    if scale and isinstance(picture.info.get("transparency"), int):
        picture.info["transparency"] *= scale


def _stripe(picture: Image, rows: slice) -> U1:
    """Return some rows (h, W, 4) of a decoded picture."""
    part = picture.crop((0, rows.start, picture.width, rows.stop))
    if not picture.mode.startswith("I"):
        return np.asarray(part.convert("RGBA"))
    deep = np.asarray(part)  # grey of 16 bits, which Pillow would clip
    grey = (deep >> 8).clip(0, 255).astype(np.uint8)
    alpha = np.where(deep == picture.info.get("transparency"), 0, 255).astype(np.uint8)
    return np.dstack([grey, grey, grey, alpha])


def _make_opaque(pixels: U1, transparent: tuple[int, int, int] | None) -> None:
    """Set alpha to 255, and to 0 where a pixel has the one transparent colour, in place."""
    pixels[..., 3] = 255
    if transparent is not None:
        for rows in stripes(pixels.shape[1], pixels.shape[0]):
            pixels[rows, :, 3][(pixels[rows, :, :3] == transparent).all(-1)] = 0
