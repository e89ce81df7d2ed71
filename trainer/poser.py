"""The whole way from a rest image to a posed one: morpher, then rotator, then combiner.

    rest ──morpher──► expression ──rotator──► painted, moved ──combiner──► combined

Whose picture is the answer is a *configuration* of the article's Table 7B: see ``CONFIGURATIONS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor

from mmdgen.pose_spec import FACE, HEAD
from trainer.networks.combiner import Combined, Combiner
from trainer.networks.morpher import FaceMorpher, Morphed
from trainer.networks.rotator import FaceRotator, Rotated

Loss = Literal["l1", "perceptual"]
Pathway = Literal["painted", "moved", "combined"]


@dataclass(frozen=True)
class Configuration:
    """One row of Table 7B: with which losses the networks were trained, and whose picture is the answer."""

    pathway: Pathway
    rotator: Loss
    combiner: Loss | None = None


CONFIGURATIONS = {
    "PU-L1": Configuration("painted", "l1"),
    "PU-P": Configuration("painted", "perceptual"),
    "ZH-L1": Configuration("moved", "l1"),
    "ZH-P": Configuration("moved", "perceptual"),
    "FU-L1-L1": Configuration("combined", "l1", "l1"),
    "FU-L1-P": Configuration("combined", "l1", "perceptual"),
    "FU-P-L1": Configuration("combined", "perceptual", "l1"),
    "FU-P-P": Configuration("combined", "perceptual", "perceptual"),
}


class Posed(NamedTuple):
    """What each network gave; ``combined`` is None without a combiner. Pictures (B, 4, H, W) in network space."""

    morphed: Morphed
    rotated: Rotated
    combined: Combined | None

    def picture(self, pathway: Pathway) -> Tensor:
        """Return the answer of one pathway."""
        if pathway == "combined":
            if self.combined is None:
                raise ValueError("no combiner")
            return self.combined.output
        return self.rotated.painted if pathway == "painted" else self.rotated.moved


@dataclass(frozen=True)
class Poser:
    """The networks that pose a drawing, on one device."""

    morpher: FaceMorpher
    rotator: FaceRotator
    combiner: Combiner | None = None

    def __call__(self, rest: Tensor, pose: Tensor) -> Posed:
        """Take rest images (B, 4, H, W) in network space and whole poses (B, 6)."""
        head = pose[:, HEAD]
        morphed = self.morpher(rest, pose[:, FACE])
        rotated = self.rotator(morphed.output, head)
        combined = None if self.combiner is None else self.combiner(rotated.painted, rotated.moved, head)
        return Posed(morphed, rotated, combined)
