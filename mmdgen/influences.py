"""What skinning takes from a file's vertices, the same for the CPU and the GPU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import Deform, Vertices

F8 = NDArray[np.float64]


def influences(vertices: Vertices) -> tuple[NDArray[np.intp], F8]:
    """Return the bones (V, 4) and weights (V, 4) that vertices follow: weights sum to 1, unused slots are bone 0 at 0.

    A slot without a bone counts nothing; a vertex whose weights sum to 0 follows its first bone.
    """
    bone = vertices.bone.astype(np.intp)
    weight = np.where(bone >= 0, vertices.weight, 0).astype(np.float64)
    total = weight.sum(1, keepdims=True)
    weight = np.where(total == 0, [1.0, 0.0, 0.0, 0.0], weight / np.where(total == 0, 1, total))
    return np.maximum(bone, 0), weight


@dataclass(frozen=True)
class Spherical:
    """The vertices (S,) that deform by SDEF, their C and the points (S, 3) that their first and second bone carry.

    The mean of the two points under the weights is C: they are the usual (C + R0') / 2 and (C + R1') / 2, with R0' and
    R1' moved along so that their own mean is C.
    """

    vertex: NDArray[np.intp]
    center: F8
    first: F8
    second: F8


def spherical(vertices: Vertices, weight: F8) -> Spherical:
    """Find the vertices that can deform by SDEF under the weights (V, 4) of ``influences``; the others are BDEF2.

    Left out are those that lack a bone, whose numbers are not finite, or whose numbers are all 0: never filled in.
    """
    vertex = vertices.sdef_vertex.astype(np.intp)
    usable = np.isfinite(vertices.sdef).all((1, 2)) & np.any(vertices.sdef != 0, axis=(1, 2))
    usable &= (vertices.deform[vertex] == Deform.SDEF) & (vertices.bone[vertex, :2] >= 0).all(1)
    vertex = vertex[usable]
    center, r0, r1 = np.moveaxis(vertices.sdef[usable].astype(np.float64), 1, 0)
    share = weight[vertex]
    middle = share[:, :1] * r0 + share[:, 1:2] * r1
    return Spherical(vertex, center, center + (r0 - middle) / 2, center + (r1 - middle) / 2)
