"""One eye out of a morph that closes both: the halves of a morph, as new plain morphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mmdgen.annotation import Side
from mmdgen.groups import Groups
from mmdgen.model import I4, BoneMorph, Model, Morph, Morphing, UVMorph, VertexMorph
from mmdgen.quaternions import normalized, power


def half(model: Model, groups: Groups, numbers: Sequence[int], side: Side, center_x: float) -> tuple[Morph, ...]:
    """Return plain morphs that do, at weight 1, what the given morphs do on one side of the face.

    Groups are flattened. A vertex or UV offset belongs to the side on which its vertex lies in the bind pose (left =
    greater x), a bone's movement to the bone's side; what lies exactly on ``center_x`` moves half with either side, so
    that the two halves together are the whole. A material has no side: material morphs are left out, as are morphs of
    which nothing remains.
    """
    morphs = []
    for number in numbers:
        leaves = groups.leaves(number)
        for leaf, weight in zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True):
            data = _half(model, model.morphs[leaf].data, weight, side, center_x)
            if data is not None:
                name = f"{model.morphs[number].name} ({side})"
                morphs.append(Morph(name, "", model.morphs[number].panel, data))
    return tuple(morphs)


def _half(model: Model, data: Morphing, weight: float, side: Side, center_x: float) -> Morphing | None:
    """Return one side of a plain morph times ``weight``, or None where nothing moves."""
    if isinstance(data, VertexMorph | UVMorph):
        share = weight * _share(model.vertices.position[data.index, 0], side, center_x)
        offset = (share[:, None] * data.offset).astype(np.float32)
        rows = offset.any(1)
        return replace(data, index=data.index[rows], offset=offset[rows]) if rows.any() else None
    if isinstance(data, BoneMorph):
        x = np.array([b.position[0] for b in model.bones], np.float64)[data.index]
        return _half_bones(data, weight * _share(x, side, center_x))
    return None


def _half_bones(data: BoneMorph, share: NDArray[np.float64]) -> BoneMorph | None:
    translation = (share[:, None] * data.translation).astype(np.float32)
    rotation = power(normalized(data.rotation), share).astype(np.float32)
    rows = translation.any(1) | rotation[:, :3].any(1)
    if not rows.any():
        return None
    index: I4 = data.index[rows]
    return BoneMorph(index, translation[rows], rotation[rows])


def _share(x: NDArray[np.floating], side: Side, center_x: float) -> NDArray[np.float64]:
    """Return 1 for what lies on the side, 0 for the other side, 1/2 for the middle."""
    share = (np.sign(x.astype(np.float64) - center_x) + 1) / 2
    return share if side == "left" else 1 - share
