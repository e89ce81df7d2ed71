"""What is in a model and what is wrong with it, as plain values ready for JSON or for a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmdgen.formats.textures import shared_toon
from mmdgen.groups import Groups
from mmdgen.model import (
    BoneMorph,
    Deform,
    GroupMorph,
    ImpulseMorph,
    Material,
    MaterialMorph,
    Model,
    Morphing,
    TextureSet,
    UVMorph,
    VertexMorph,
)

STANDARD_BONES = (
    "頭",
    "首",
    "左目",
    "右目",
)  # the first two are needed to turn a head, the others tell left from right


def describe(model: Model, textures: TextureSet) -> dict[str, Any]:
    """Return everything that ``mmdgen inspect`` shows; numbers are in the file's own units and counts."""
    return {
        "path": model.source.path,
        "format": model.source.format,
        "version": model.source.version,
        "sha256": model.source.sha256,
        "textures_sha256": textures.sha256,
        "name": model.name,
        "name_en": model.name_en,
        "comment": model.comment,
        "counts": _counts(model),
        "deform": {d.name: n for d in Deform if (n := int((model.vertices.deform == d).sum()))},
        "box": _box(model),
        "textures": [_texture(model, textures, i) for i in range(len(model.textures))],
        "materials": [_material(model, material) for material in model.materials],
        "morphs": _morphs(model),
        "bones": _bones(model),
        "warnings": [*model.warnings, *textures.warnings],
    }


def _counts(model: Model) -> dict[str, int]:
    return {
        "vertices": len(model.vertices),
        "additional_uvs": model.vertices.extra_uv.shape[1],
        "triangles": len(model.faces),
        "textures": len(model.textures),
        "materials": len(model.materials),
        "bones": len(model.bones),
        "morphs": len(model.morphs),
        "frames": len(model.frames),
        "rigid_bodies": len(model.bodies),
        "joints": len(model.joints),
    }


def _box(model: Model) -> dict[str, list[float]] | None:
    position = model.vertices.position
    return {"low": position.min(0).tolist(), "high": position.max(0).tolist()} if len(position) else None


def _texture(model: Model, textures: TextureSet, i: int) -> dict[str, Any]:
    image = textures.images[i]
    uses = [
        use for use in ("texture", "sphere", "toon") if any(getattr(material, use) == i for material in model.materials)
    ]
    return {
        "path": model.textures[i],
        "found": image is not None,
        "shared_toon": shared_toon(model.textures[i]) if image is None and uses == ["toon"] else None,
        "size": None if image is None else [image.shape[1], image.shape[0]],
        "alpha": image is not None and bool((image[..., 3] < 255).any()),
        "used_as": uses,
    }


def _material(model: Model, material: Material) -> dict[str, Any]:
    def path(index: int | None) -> str | None:
        return None if index is None else model.textures[index]

    return {
        "name": material.name,
        "triangles": material.face_count,
        "alpha": material.diffuse[3],
        "two_sided": material.flags.two_sided,
        "edge": material.flags.edge,
        "texture": path(material.texture),
        "sphere": path(material.sphere),
        "sphere_mode": material.sphere_mode.name.lower(),
        "toon": path(material.toon) if material.shared_toon is None else f"shared {material.shared_toon + 1}",
    }


def _morphs(model: Model) -> list[dict[str, Any]]:
    groups = Groups(model.morphs)
    return [
        {
            "name": morph.name,
            "name_en": morph.name_en,
            "panel": morph.panel.name.lower(),
            "kind": _kind(morph.data),
            "elements": len(morph.data.index),
            "moved_vertices": _moved(model, groups.leaves(i).index.tolist()),
        }
        for i, morph in enumerate(model.morphs)
    ]


def _moved(model: Model, morphs: list[int]) -> int:
    """Return how many vertices these plain morphs move, or give other texture coordinates."""
    moved = np.zeros(len(model.vertices), bool)
    for i in morphs:
        data = model.morphs[i].data
        if isinstance(data, VertexMorph | UVMorph):
            moved[data.index[data.offset.any(-1)]] = True
    return int(moved.sum())


def _kind(data: Morphing) -> str:
    match data:
        case VertexMorph():
            return "vertex"
        case UVMorph():
            return f"uv{data.channel or ''}"
        case BoneMorph():
            return "bone"
        case MaterialMorph():
            return "material"
        case GroupMorph():
            return "flip" if data.flip else "group"
        case ImpulseMorph():
            return "impulse"


def _bones(model: Model) -> dict[str, Any]:
    bones = model.bones
    return {
        "standard": {name: model.bone(name) is not None for name in STANDARD_BONES},
        "ik": sum(bone.ik is not None for bone in bones),
        "append": sum(bone.append is not None for bone in bones),
        "fixed_axis": sum(bone.fixed_axis is not None for bone in bones),
        "after_physics": sum(bone.after_physics for bone in bones),
    }
