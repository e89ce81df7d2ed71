"""A drawing in any pose: whole poses in, pictures as people look at them out.

pixels (S, S, 4) ──encode──► rest ──networks, some poses at a time──► decode ──► pictures (N, S, S, 4) uint8
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmdgen.errors import UsageError
from mmdgen.pose_spec import FACE, HEAD, IDENTITY, NAMES, PARAMETERS
from trainer import colour
from trainer.devices import autocast, place
from trainer.drawing import U1
from trainer.drawing_mending import cleared
from trainer.networks.combiner import Combiner
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator
from trainer.poser import Poser
from trainer.weights import Chosen


def whole_pose(values: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the pose (6,) of some parameters by name, the others at rest; raises UsageError beyond their ranges."""
    pose = np.array(IDENTITY, np.float64)
    for name, value in values.items():
        parameter = PARAMETERS[NAMES.index(name)]
        if not parameter.low <= value <= parameter.high:  # NaN is neither
            option = name.replace("_", "-")
            raise UsageError(f"--{option}: {value:g}, expected {parameter.low:g} to {parameter.high:g}; correct it")
        pose[NAMES.index(name)] = value
    return pose


def check_poses(chosen: Chosen, poses: NDArray[np.float64], subject: str) -> None:
    """Raise UsageError where poses (N, 6) turn a head that the networks cannot turn."""
    if chosen.pathway is None and (poses[:, HEAD] != IDENTITY[HEAD]).any():
        raise UsageError(
            f"{subject}: a turned head, expected eyes and mouth only as there is a morpher alone; "
            f"leave {', '.join(NAMES[HEAD])} out, or train rotator and combiner too"
        )


class Actor:
    """Networks on a device that pose drawings."""

    def __init__(self, chosen: Chosen, device: torch.device) -> None:
        self.chosen, self.device = chosen, device
        networks = {kind: place(network, device).eval() for kind, network in chosen.networks.items()}
        self._morpher = cast("FaceMorpher", networks["morpher"])
        self._poser = None
        if chosen.pathway is not None:
            combiner = cast("Combiner | None", networks.get("combiner"))
            self._poser = Poser(self._morpher, cast("FaceRotator", networks["rotator"]), combiner)

    def draw(self, pixels: U1, poses: NDArray[np.float64], batch: int = 4) -> Iterator[U1]:
        """Yield the pictures (n, S, S, 4) uint8 of a drawing (S, S, 4) in poses (N, 6), at most ``batch`` at a time.

        Straight alpha, sRGB numbers, 0, 0, 0 under alpha 0. S is a multiple of 8.
        """
        rest = colour.encode(torch.from_numpy(pixels[None].copy()).to(self.device))
        for start in range(0, len(poses), batch):
            some = torch.from_numpy(poses[start : start + batch]).float().to(self.device)
            with torch.inference_mode(), autocast(self.device):
                answer = self._answer(rest.expand(len(some), -1, -1, -1), some)
            yield cleared(colour.decode(answer).cpu().numpy())

    def _answer(self, rest: Tensor, poses: Tensor) -> Tensor:
        if self._poser is None or self.chosen.pathway is None:
            morphed: Tensor = self._morpher(rest, poses[:, FACE]).output
            return morphed
        return self._poser(rest, poses).picture(self.chosen.pathway)
