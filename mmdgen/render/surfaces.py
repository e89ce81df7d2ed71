"""What a material needs of the shaders, and its numbers as they want them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import F4, U1, MaterialMorph, Model, SphereMode, TextureSet

# columns of MaterialMorph.value
DIFFUSE, ALPHA, SPECULAR, POWER, AMBIENT = slice(0, 3), 3, slice(4, 7), 7, slice(8, 11)
TEXTURE_FACTOR, SPHERE_FACTOR = slice(16, 20), slice(20, 24)


class Picture(IntEnum):
    """What a material's texture asks of the fragment shader."""

    NONE = 0
    OPAQUE = 1
    TRANSLUCENT = 2


@dataclass(frozen=True)
class Surface:
    """The parts of the shaders that one material needs; it follows from the file alone, never from a pose."""

    picture: Picture
    sphere: SphereMode
    shiny: bool
    factors: bool  # material morphs may tint its pictures

    def defines(self) -> dict[str, int]:
        """Return the shaders' switches."""
        return {
            "PICTURE": int(self.picture),
            "SPHERE": int(self.sphere),
            "SHINY": int(self.shiny),
            "FACTORS": int(self.factors),
        }


def surfaces(model: Model, textures: TextureSet) -> list[Surface]:
    """Return the surface of every material; pictures that could not be had count as white, spheres as absent."""
    tinted = _tinted(model)
    result = []
    for number, material in enumerate(model.materials):
        sphere = material.sphere_mode if _image(textures, material.sphere) is not None else SphereMode.NONE
        shiny = material.power > 0 and any(c > 0 for c in material.specular)
        touched = bool(tinted[number])
        result.append(Surface(_picture(_image(textures, material.texture)), sphere, shiny or touched, touched))
    return result


def _tinted(model: Model) -> NDArray[np.bool_]:
    """Return which materials (K,) material morphs touch."""
    tinted = np.zeros(len(model.materials), bool)
    for morph in model.morphs:
        if isinstance(morph.data, MaterialMorph):
            for index in morph.data.index:
                tinted[slice(None) if index == -1 else index] = True
    return tinted


def _image(textures: TextureSet, number: int | None) -> U1 | None:
    image = None if number is None else textures.images[number]
    return None if image is None or image.size == 0 else image


def _picture(image: U1 | None) -> Picture:
    if image is None:
        return Picture.NONE
    return Picture.OPAQUE if image[..., 3].min() == 255 else Picture.TRANSLUCENT


def material_texels(material: F4) -> F4:
    """Return (N K 4, 4) float32 from numbers (N, K, 28) in the order of ``MaterialMorph.value``.

    Rows: clamp(ambient + 0.6 diffuse) and alpha; specular and power; the factors of texture and of sphere map.
    """
    texels = np.zeros((*material.shape[:2], 4, 4), np.float32)
    texels[..., 0, :3] = np.clip(material[..., AMBIENT] + 0.6 * material[..., DIFFUSE], 0, 1)
    texels[..., 0, 3] = np.clip(material[..., ALPHA], 0, 1)
    texels[..., 1, :3] = np.maximum(material[..., SPECULAR], 0)
    texels[..., 1, 3] = material[..., POWER]
    texels[..., 2, :] = material[..., TEXTURE_FACTOR]
    texels[..., 3, :] = material[..., SPHERE_FACTOR]
    return np.nan_to_num(texels).reshape(-1, 4)
