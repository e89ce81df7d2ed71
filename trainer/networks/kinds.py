"""Which network a set of tensors belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mmdgen.pose_spec import NAMES
from trainer.config import WIDEST
from trainer.networks.combiner import Combiner
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator
from trainer.stages import STAGES

Network = FaceMorpher | FaceRotator | Combiner
KINDS: dict[str, type[Network]] = {
    "morpher": FaceMorpher,
    "rotator": FaceRotator,
    "combiner": Combiner,
}
PUBLISHED = {"morpher": "face_morpher.pt", "rotator": "two_algo_face_rotator.pt", "combiner": "combiner.pt"}
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
    return (kind, head.shape[1]) if head.ndim == 4 and 0 < head.shape[1] <= WIDEST else None


def build(kind: str, width: int, seed: int = 0) -> Network:
    """Return a fresh network of that kind."""
    return KINDS[kind](width, seed)


def describe(kind: str, network: Network) -> dict[str, Any]:
    """Return what people and programs should know of a network's weights, for the .json beside them."""
    stage = STAGES[kind]
    source = f"{stage.source} image" if kind != "combiner" else "the rotator's painted and moved images"
    return {
        "network": type(network).__name__,
        "stage": kind,
        "width": network.width,
        "parameters": sum(p.numel() for p in network.parameters()),
        "pose": list(NAMES[stage.pose]),
        "input": f"{source}, RGBA with straight alpha, RGB in linear light, all channels 2x - 1",
        "output": f"{stage.target} image, likewise",
    }
