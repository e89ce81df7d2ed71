"""The stages of training: which network learns to make which picture from which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mmdgen.pose_spec import FACE, HEAD


@dataclass(frozen=True)
class Stage:
    """One network (a key of ``networks.kinds.KINDS``) and its task: which picture it makes of which."""

    name: str
    source: Literal["rest", "expression"]
    target: Literal["expression", "posed"]
    pose: slice  # the parameters that it is given


MORPHER = Stage("morpher", "rest", "expression", FACE)
ROTATOR = Stage("rotator", "expression", "posed", HEAD)
COMBINER = Stage("combiner", "expression", "posed", HEAD)  # its input is what a frozen rotator makes of the source
STAGES = {stage.name: stage for stage in (MORPHER, ROTATOR, COMBINER)}  # in the order in which they are trained
