"""Pictures on the GPU: premultiplied before anything filters them."""

from __future__ import annotations

import moderngl
import numpy as np

from mmdgen.model import U1


def premultiplied(image: U1) -> U1:
    """Return (H, W, 4) uint8 with colour times alpha, rounded to nearest."""
    from PIL import Image

    if image[..., 3].min(initial=255) == 255:
        return image
    height, width = image.shape[:2]
    straight = Image.frombuffer("RGBA", (width, height), np.ascontiguousarray(image), "raw", "RGBA", 0, 1)
    return np.asarray(straight.convert("RGBa"))  # rounds as we say, ten times as fast as NumPy


def halved(image: U1) -> U1:
    """Return (H, W, 4) uint8 premultiplied at half the size, averaged in boxes of 2 by 2 and rounded to nearest.

    An odd last row or column is left out; a side of 1 stays.
    """
    from PIL import Image

    height, width = image.shape[:2]
    factor = min(width, 2), min(height, 2)
    box = (0, 0, width // factor[0] * factor[0], height // factor[1] * factor[1])
    picture = Image.frombuffer("RGBa", (width, height), np.ascontiguousarray(image), "raw", "RGBa", 0, 1)
    return np.asarray(picture.reduce(factor, box))


def upload_picture(context: moderngl.Context, image: U1) -> moderngl.Texture:
    """Upload (H, W, 4) uint8 straight RGBA, row 0 at v = 0, with mipmaps; it wraps around.

    The levels are ours, since every driver makes its own: with theirs 1 to 2 % of a character's pixels differ by more
    than 2 of 255 between an H100 and llvmpipe.
    """
    levels = [_fitting(context, premultiplied(image))]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(halved(levels[-1]))
    texture = _upload(context, levels[0])
    texture.build_mipmaps()  # room for them
    for level, pixels in enumerate(levels[1:], 1):
        texture.write(np.ascontiguousarray(pixels), level=level)
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    return texture


def upload_lookup(context: moderngl.Context, image: U1) -> moderngl.Texture:
    """Upload a sphere map or toon, likewise; its alpha counts for nothing, and it has no mipmaps and does not wrap.

    Where normals change fast, mipmaps blur a sphere map's lights over whole locks of hair: with 16 samples a pixel for
    truth, 4 samples are off by 1.5 to 1.9 of 255 without mipmaps and by 2.3 to 2.5 with them, and cost a tenth less.
    """
    pixels = image.copy()
    pixels[..., 3] = 255
    texture = _upload(context, _fitting(context, pixels))
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return texture


def _fitting(context: moderngl.Context, pixels: U1) -> U1:
    """Return the picture, halved until it is no larger than the driver takes."""
    largest = int(context.info["GL_MAX_TEXTURE_SIZE"])
    while max(pixels.shape[:2]) > largest:
        pixels = halved(pixels)
    return pixels


def _upload(context: moderngl.Context, pixels: U1) -> moderngl.Texture:
    height, width = pixels.shape[:2]
    return context.texture((width, height), 4, np.ascontiguousarray(pixels))
