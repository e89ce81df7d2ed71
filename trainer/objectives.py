"""What each stage learns from a batch: the way through its networks to the numbers that training minimises.

| stage    | answers        | loss                                                                 |
|----------|----------------|----------------------------------------------------------------------|
| morpher  | output         | L1                                                                   |
| rotator  | painted, moved | Σ over both of L1, or of L1 + 0.2 · perceptual                       |
| combiner | output         | L1, or L1 + 0.04 · perceptual; it is fed a frozen rotator's pictures |
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from trainer import losses
from trainer.networks.combiner import Combined, Combiner
from trainer.networks.kinds import Network
from trainer.networks.morpher import Morphed
from trainer.networks.rotator import FaceRotator, Rotated
from trainer.vgg import Vgg


class Given(NamedTuple):
    """What came out of one batch; ``rotated`` is what a combiner was fed, else None."""

    result: Morphed | Rotated | Combined
    rotated: Rotated | None

    @property
    def answers(self) -> dict[str, Tensor]:
        """The pictures that ought to be the target, by name."""
        result = self.result
        if isinstance(result, Rotated):
            return {"painted": result.painted, "moved": result.moved}
        return {"output": result.output}


class Objective(nn.Module):
    """One network with what judges it; ``network`` alone learns. Autocast is the caller's."""

    def __init__(self, network: Network, rotator: FaceRotator | None = None, vgg: Vgg | None = None) -> None:
        super().__init__()
        self.network, self.rotator, self.vgg = network, rotator, vgg
        if rotator is not None:
            rotator.eval().requires_grad_(requires_grad=False)
        self.weight = losses.WEIGHTS["combiner" if isinstance(network, Combiner) else "rotator"]
        answers = ("painted", "moved") if isinstance(network, FaceRotator) else ("output",)
        perceptual = [f"perceptual_{name}" for name in answers] if vgg is not None else []
        self.names = ("loss", *(f"l1_{name}" for name in answers), *perceptual)

    def look(self, source: Tensor, pose: Tensor) -> Given:
        """Take source (B, 4, H, W) in network space and pose (B, P) through the networks."""
        if isinstance(self.network, Combiner):
            assert self.rotator is not None, "a combiner comes with a rotator"
            with torch.no_grad():
                rotated = self.rotator(source, pose)
            return Given(self.network(rotated.painted, rotated.moved, pose), rotated)
        return Given(self.network(source, pose), None)

    def forward(self, source: Tensor, target: Tensor, pose: Tensor, look: str = "both") -> Tensor:
        """Return the numbers of ``names`` as one float32 tensor, the loss first."""
        answers = list(self.look(source, pose).answers.values())
        terms = [losses.l1(answer, target) for answer in answers]
        loss = torch.stack(terms).sum()
        if self.vgg is not None:
            perceptual = losses.perceptual(self.vgg, answers, target, look)
            loss = loss + self.weight * torch.stack(perceptual).sum()
            terms += perceptual
        return torch.stack([loss, *terms])
