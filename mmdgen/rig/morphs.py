"""Morphs that act before skinning: on bones and on materials. Weights are of plain morphs, groups resolved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmdgen.model import MATERIAL_COLUMNS, BoneMorph, Material, MaterialMorph, Model
from mmdgen.quaternions import F8, normalized, power, product

MULTIPLY = 0


def move_bones(model: Model, weight: F8, rotation: F8, translation: F8) -> None:
    """Lay bone morphs over the bones' own rotations (B, N, 4) and translations (B, N, 3), in place.

    ``weight`` is (N, M). A morph's rotation, its angle times the weight, acts after the bone's own.
    """
    for number, morph in enumerate(model.morphs):
        w = weight[:, number]
        if not isinstance(morph.data, BoneMorph) or not w.any():
            continue
        turns = normalized(morph.data.rotation)
        for bone, move, turn in zip(morph.data.index.tolist(), morph.data.translation, turns, strict=True):
            translation[bone] += w[:, None] * move
            if turn[:3].any():
                rotation[bone] = product(power(turn, w), rotation[bone])


def base_materials(materials: Sequence[Material]) -> F8:
    """Return every material's numbers (K, 28) as the file has them, in the order of ``MaterialMorph.value``.

    The last twelve are the factors of texture, sphere map and toon, which start at 1.
    """
    rows = [(*m.diffuse, *m.specular, m.power, *m.ambient, *m.edge_color, m.edge_size, *[1.0] * 12) for m in materials]
    return np.array(rows, np.float64).reshape(-1, MATERIAL_COLUMNS)


def morphed_materials(model: Model, weight: F8) -> F8:
    """Return the materials' numbers (N, K, 28) under weights (N, M): v *= lerp(1, m, w) by all, then v += m w by all.

    Nothing is clamped. The factors of texture, sphere and toon follow the same rule, so that a picture is multiplied
    with one colour; an added factor brightens or fades the picture and does not add a colour to it.
    """
    base = base_materials(model.materials)
    product = np.repeat(base[None], len(weight), 0)
    total = np.zeros_like(product)
    for number, morph in enumerate(model.morphs):
        w = weight[:, number]
        if not isinstance(morph.data, MaterialMorph) or not w.any():
            continue
        for material, operation, value in zip(morph.data.index, morph.data.operation, morph.data.value, strict=True):
            which = slice(None) if material == -1 else slice(material, material + 1)
            if operation == MULTIPLY:
                product[:, which] *= (1 + w[:, None] * (value.astype(np.float64) - 1))[:, None]
            else:
                total[:, which] += (w[:, None] * value)[:, None]
    return product + total
