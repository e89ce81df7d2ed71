"""What a material needs of the shaders, and its numbers as they want them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import F4, U1, Material, MaterialMorph, Model, SphereMode, TextureSet
from mmdgen.render.look_table import LookTable
from mmdgen.toons import shared_toon_image

# columns of MaterialMorph.value
DIFFUSE, ALPHA, SPECULAR, POWER, AMBIENT = slice(0, 3), 3, slice(4, 7), 7, slice(8, 11)
EDGE_COLOR, EDGE_ALPHA, EDGE_SIZE = slice(11, 15), 14, 15
TEXTURE_FACTOR, SPHERE_FACTOR, TOON_FACTOR = slice(16, 20), slice(20, 24), slice(24, 28)

MMD_LIGHT = 154 / 255  # the colour of MMD's own light; docs/decisions/toon.md
EVEN = 0.5  # the strength at which a look's light is MMD's own
TEXELS = 7  # a material; materials.glsl has the same number and names them


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
    ramp: bool  # it has a toon

    def defines(self, *, toon: bool) -> dict[str, int]:
        """Return the shaders' switches under toon shading or Phong."""
        return {
            "PICTURE": int(self.picture),
            "SPHERE": int(self.sphere),
            "SHINY": int(self.shiny),
            "FACTORS": int(self.factors),
            "TOON": int(toon),
            "RAMP": int(toon and self.ramp),
        }


def surfaces(model: Model, textures: TextureSet) -> list[Surface]:
    """Return the surface of every material; pictures that could not be had count as white, spheres as absent."""
    tinted = _tinted(model)
    result = []
    for number, material in enumerate(model.materials):
        sphere = material.sphere_mode if _image(textures, material.sphere) is not None else SphereMode.NONE
        shiny = material.power > 0 and any(c > 0 for c in material.specular)
        touched = bool(tinted[number])
        ramp = toon_image(material, textures) is not None
        result.append(Surface(_picture(_image(textures, material.texture)), sphere, shiny or touched, touched, ramp))
    return result


def toon_image(material: Material, textures: TextureSet) -> U1 | None:
    """Return a material's toon (H, W, 4), None where it has none or it could not be had: both are white."""
    if material.shared_toon is not None:
        return shared_toon_image(material.shared_toon + 1)
    return _image(textures, material.toon)


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


@np.errstate(over="ignore", invalid="ignore")  # files may hold any number; what is too large is clamped or made finite
def material_texels(material: F4, looks: LookTable) -> F4:
    """Return (N K 7, 4) float32 from numbers (N, K, 28) in the order of ``MaterialMorph.value`` and N looks.

    Rows: the colour that light falls on (Phong: clamp(ambient + 0.6 diffuse); toon: lit already) and alpha; the
    highlight's lit colour and power; the factors of texture, sphere map and toon; the outline's colour; its size.
    """
    toon, ambient, directional, specular, edge = (
        looks.column(name)[:, None, None] for name in ("shading", "ambient", "directional", "specular", "edge")
    )
    phong_base = material[..., AMBIENT] + 0.6 * material[..., DIFFUSE]
    toon_base = material[..., AMBIENT] * (ambient / EVEN) + material[..., DIFFUSE] * (directional / EVEN * MMD_LIGHT)
    shine = np.where(toon > 0, specular / EVEN * MMD_LIGHT, specular)
    texels = np.zeros((*material.shape[:2], TEXELS, 4), np.float32)
    texels[..., 0, :3] = np.clip(np.where(toon > 0, toon_base, phong_base), 0, 1)
    texels[..., 0, 3] = np.clip(material[..., ALPHA], 0, 1)
    texels[..., 1, :3] = shine * np.maximum(material[..., SPECULAR], 0)
    texels[..., 1, 3] = material[..., POWER]
    texels[..., 2, :] = material[..., TEXTURE_FACTOR]
    texels[..., 3, :] = material[..., SPHERE_FACTOR]
    texels[..., 4, :] = material[..., TOON_FACTOR]
    texels[..., 5, :] = np.clip(material[..., EDGE_COLOR], 0, 1)
    texels[..., 6, 0] = np.maximum(material[..., EDGE_SIZE], 0) * edge[..., 0]
    return np.nan_to_num(texels).reshape(-1, 4)
