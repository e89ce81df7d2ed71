"""The tensor names and shapes of the three checkpoints that the article's author published."""

from __future__ import annotations

import torch
from torch import Tensor

Shape = tuple[int, ...]


def _norm(name: str, channels: int) -> dict[str, Shape]:
    return {f"{name}.weight": (channels,), f"{name}.bias": (channels,)}


def _unit(name: str, conv: Shape, channels: int) -> dict[str, Shape]:
    return {f"{name}.0.weight": conv} | _norm(f"{name}.1", channels)


def _blocks(names: list[str]) -> dict[str, Shape]:
    found = {}
    for name in names:
        for k in (1, 2):
            found |= {f"{name}.conv{k}.weight": (512, 512, 3, 3)} | _norm(f"{name}.norm{k}", 512)
    return found


def _down(name: str, first: int, inputs: int) -> dict[str, Shape]:
    found = _unit(f"{name}.{first}", (64, inputs, 7, 7), 64)
    for i, channels in enumerate((128, 256, 512), first + 1):
        found |= _unit(f"{name}.{i}", (channels, channels // 2, 4, 4), channels)
    return found


def published_shapes(kind: str) -> dict[str, Shape]:
    """Every name in face_morpher.pt, two_algo_face_rotator.pt or combiner.pt, and its shape."""
    if kind == "combiner":
        up = "main_body.upsampling_modules"
        return {
            **_down("main_body.downward_modules", 0, 11),
            **_blocks([f"main_body.bottleneck_modules.{i}" for i in range(6)]),
            **_unit(f"{up}.3", (512, 256, 4, 4), 256),  # transposed: inputs first
            **_unit(f"{up}.2", (512, 128, 4, 4), 128),
            **_unit(f"{up}.1", (256, 64, 4, 4), 64),
            **_unit(f"{up}.0", (64, 128, 7, 7), 64),
            "combine_alpha_mask.0.weight": (4, 64, 7, 7),
            "retouch_alpha_mask.0.weight": (4, 64, 7, 7),
            "retouch_color_change.0.weight": (4, 64, 7, 7),
        }
    body = "main_body.module_list"
    found = _down(body, 0, 7) | _blocks([f"{body}.{i}" for i in range(4, 10)])
    for i, channels in zip((10, 11, 12), (256, 128, 64), strict=True):
        found |= _unit(f"{body}.{i}", (2 * channels, channels, 4, 4), channels)
    if kind == "morpher":
        return found | {"color_change.0.weight": (4, 64, 7, 7), "alpha_mask.0.weight": (4, 64, 7, 7)}
    return found | {
        "pumarola_color_change.0.weight": (4, 64, 7, 7),
        "pumarola_alpha_mask.0.weight": (4, 64, 7, 7),
        "zhou_grid_change.weight": (2, 64, 7, 7),
    }


def published_tensors(kind: str) -> dict[str, Tensor]:
    """Random numbers of those names and shapes, in an order of their own."""
    torch.manual_seed(len(kind))
    return {name: torch.randn(shape) for name, shape in sorted(published_shapes(kind).items())}
