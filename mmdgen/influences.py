"""What skinning takes from a file's vertices, the same for the CPU and the GPU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import Vertices

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


def sdef_points(sdef: NDArray[np.floating], weight: F8) -> tuple[F8, F8, F8]:
    """Return C and the points (S, 3) that the first and second bone carry; ``sdef`` (S, 3, 3), ``weight`` (S, 2).

    Their mean under the weights is C: the usual (C + R0') / 2 and (C + R1') / 2 with R0' and R1' moved along so that
    their own mean is C.
    """
    center, r0, r1 = np.moveaxis(sdef.astype(np.float64), 1, 0)
    middle = weight[:, :1] * r0 + weight[:, 1:] * r1
    return center, center + (r0 - middle) / 2, center + (r1 - middle) / 2
