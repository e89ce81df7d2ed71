"""The stages of training: which network learns to make which picture from which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mmdgen.pose_spec import FACE
from trainer.networks.morpher import FaceMorpher


@dataclass(frozen=True)
class Stage:
    """One network and its task; its forward takes (source, pose) and returns a tuple that has ``output``."""

    name: str
    source: Literal["rest", "expression"]
    target: Literal["expression", "posed"]
    pose: slice  # the parameters that it is given
    build: Callable[[int, int], FaceMorpher]  # (width, seed) → network


MORPHER = Stage("morpher", "rest", "expression", FACE, FaceMorpher)
