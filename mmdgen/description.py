"""What is in a model and what is wrong with it, as plain values ready for JSON or for a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmdgen.annotation import Annotation, to_json
from mmdgen.formats.textures import shared_toon
from mmdgen.groups import Groups
from mmdgen.library.annotate import trusted
from mmdgen.library.appraisal import Appraisal, appraise
from mmdgen.library.effects import Effect, effects
from mmdgen.library.proposals.morphs import SHUT
from mmdgen.library.readmes import find_readmes
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
from mmdgen.toons import shared_toon_image

STANDARD_BONES = (
    "頭",
    "首",
    "左目",
    "右目",
)  # the first two are needed to turn a head, the others tell left from right
LEAST_CLOSING = 0.15  # share of an eye's opening; lids that move less do something else


def describe(
    model: Model, textures: TextureSet, stored: Annotation | None = None, library: Path | None = None
) -> dict[str, Any]:
    """Return everything that ``mmdgen inspect`` shows; numbers are in the file's own units and counts.

    ``stored`` is the model's annotation, if it has one; readmes are looked for up to the folder ``library``.
    """
    does, findings = effects(model)
    appraisal = appraise(model, stored, findings.annotation)
    annotation = to_json(appraisal.annotation)
    readmes = find_readmes(Path(model.source.path), library) if library is not None and model.source.path else ()
    return {
        "path": model.source.path,
        "format": model.source.format,
        "version": model.source.version,
        "sha256": model.source.sha256,
        "textures_sha256": textures.sha256,
        "name": model.name,
        "name_en": model.name_en,
        "comment": model.comment,
        "comment_en": model.comment_en,
        "render": {
            "ready": appraisal.ready,
            "reasons": list(appraisal.reasons),
            "with_allow_smile": appraisal.with_smile,
            "annotation": "stored" if appraisal.stored else "proposal",
        },
        "head": annotation["head"] and {**annotation["head"], "trusted": trusted(appraisal.annotation.head)},
        "slots": _slots(appraisal),
        "counts": _counts(model),
        "deform": {d.name: n for d in Deform if (n := int((model.vertices.deform == d).sum()))},
        "box": _box(model),
        "textures": [_texture(model, textures, i, uses) for i, uses in enumerate(_uses(model))],
        "materials": [_material(model, material) for material in model.materials],
        "morphs": _morphs(model, does, appraisal),
        "bones": _bones(model),
        "readmes": [readme.as_json() for readme in readmes],
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
        "soft_bodies": len(model.soft_bodies),
    }


def _box(model: Model) -> dict[str, list[float]] | None:
    position = model.vertices.position
    return {"low": position.min(0).tolist(), "high": position.max(0).tolist()} if len(position) else None


def _uses(model: Model) -> list[list[str]]:
    """Return for every texture what materials use it as."""
    used: list[list[str]] = [[] for _ in model.textures]
    for use in ("texture", "sphere", "toon"):
        for i in {getattr(material, use) for material in model.materials} - {None}:
            used[i].append(use)
    return used


def _texture(model: Model, textures: TextureSet, i: int, uses: list[str]) -> dict[str, Any]:
    image = textures.images[i]
    shared = shared_toon(model.textures[i]) if uses == ["toon"] else None
    if shared is not None and image is not None and not np.array_equal(image, shared_toon_image(shared)):
        shared = None  # the model brings its own
    image = image if shared is None else None
    return {
        "path": model.textures[i],
        "found": image is not None,
        "shared_toon": shared,
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


def _slots(appraisal: Appraisal) -> dict[str, Any]:
    """Return what fills each slot, or None, and whether ``mmdgen render`` trusts it by default."""
    slots = to_json(appraisal.annotation)["slots"]
    return {k: slot and {**slot, "trusted": trusted(appraisal.annotation.slots[k])} for k, slot in slots.items()}


def _morphs(model: Model, does: Sequence[Effect], appraisal: Appraisal) -> list[dict[str, Any]]:
    groups = Groups(model.morphs)
    return [
        {
            "name": morph.name,
            "name_en": morph.name_en,
            "panel": morph.panel.name.lower(),
            "kind": _kind(morph.data),
            "elements": len(morph.data.index),
            "moved_vertices": _moved(model, groups.leaves(i).index.tolist()),
            "side": effect.side,
            "closes": {side: round(share, 2) for side, share in effect.closes.items()} or None,
            "shape": effect.shape,
            "opens_mouth": effect.opens_mouth and round(effect.opens_mouth, 3),
            "does": in_words(effect),
            "slots": [name for name, slot in appraisal.annotation.slots.items() if slot and slot.index == i],
        }
        for i, (morph, effect) in enumerate(zip(model.morphs, does, strict=True))
    ]


def in_words(effect: Effect) -> str:
    """Say what a morph does to eyes and mouth, in a short phrase; nothing where it does nothing to them."""
    closes = {side: share for side, share in effect.closes.items() if share >= LEAST_CLOSING}
    shut = [side for side, share in closes.items() if share >= SHUT]
    how = {"normal": "closes {} as a blink", "smile": "closes {} smiling"}.get(effect.shape or "", "covers {}")
    said = [how.format(_eyes(shut))] if shut else []
    partly = {side: share for side, share in closes.items() if side not in shut}
    if partly:
        said.append(f"closes {_eyes(list(partly))} by {sum(partly.values()) / len(partly):.0%}")
    if effect.opens_mouth:
        said.append(f"opens the mouth by {effect.opens_mouth:.2f}")
    return "; ".join(said)


def _eyes(sides: Sequence[str]) -> str:
    return "both eyes" if len(sides) == 2 else f"the {sides[0]} eye"


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
