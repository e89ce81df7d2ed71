"""Which network a set of tensors belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from trainer.networks.combiner import Combiner
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator

KINDS: dict[str, type[FaceMorpher | FaceRotator | Combiner]] = {
    "morpher": FaceMorpher,
    "rotator": FaceRotator,
    "combiner": Combiner,
}
_HEADS = {
    "color_change.0.weight": "morpher",
    "zhou_grid_change.weight": "rotator",
    "combine_alpha_mask.0.weight": "combiner",
}


def recognise(tensors: Mapping[str, Tensor]) -> tuple[str, int] | None:
    """Return the kind (a key of KINDS) and the width of the network that has such tensors, or None."""
    kind = next((kind for name, kind in _HEADS.items() if name in tensors), None)
    if kind is None:
        return None
    head = next(tensors[name] for name in _HEADS if name in tensors)
    return (kind, head.shape[1]) if head.ndim == 4 else None


def build(kind: str, width: int, seed: int = 0) -> nn.Module:
    """Return a fresh network of that kind."""
    return KINDS[kind](width, seed)
