"""Cameras for models: by the head range for datasets, by the bounding box for anything else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmdgen.annotation import HeadRange
from mmdgen.model import Model
from mmdgen.pose_spec import HEAD_BONE
from mmdgen.space import Framing

BOX_SHARE = 0.75  # of the picture that the bounding box fills when a whole model is framed
EMPTY_UNIT = 1.0  # MMD units; what a picture of nothing spans


def head_framing(model: Model, head: HeadRange) -> Framing:
    """Return the camera that puts the head range on its rows and bone 頭 in the middle."""
    bone = model.bone(HEAD_BONE)
    low, high = _bounds(model)
    middle = (low[0] + high[0]) / 2 if bone is None else model.bones[bone].position[0]
    return Framing(head.bottom, head.top, float(middle), *_depth_range(model))


def whole_framing(model: Model) -> Framing:
    """Return a camera that shows the whole model in its bind pose, for models that have no head."""
    low, high = _bounds(model)
    span = float((high - low)[:2].max()) / BOX_SHARE or EMPTY_UNIT
    x, y, _ = (low + high) / 2
    return Framing(float(y) - span / 4, float(y) + span / 4, float(x), *_depth_range(model))


def _bounds(model: Model) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest x, y and z (3,) of the bind pose."""
    points = model.vertices.position.astype(np.float64)
    return (points.min(0), points.max(0)) if len(points) else (np.zeros(3), np.zeros(3))


def _depth_range(model: Model) -> tuple[float, float]:
    """Return z bounds that hold the model in any pose: turned about any point of its bounding box, it stays within."""
    low, high = _bounds(model)
    reach = float(np.linalg.norm(high - low)) or EMPTY_UNIT
    return float(low[2]) - reach, float(high[2]) + reach
