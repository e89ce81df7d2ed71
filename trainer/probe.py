"""A look at a network in training: its L1 on a few fixed examples, and a sheet of some of them.

One row an example; the columns are named by ``COLUMNS``.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from trainer import colour, losses
from trainer.checkpoint import write_atomically
from trainer.data import Examples, spread
from trainer.devices import autocast, to_device
from trainer.objectives import Given, Objective
from trainer.stages import Stage

PAPER = 255  # transparent pixels are shown on white
TRIED = 32  # examples
SHOWN = 8
FAR = 0.25  # a flow of an eighth of the image has its full colour
COLUMNS = {
    "morpher": ("input", "target", "output", "mask", "change"),
    "rotator": ("input", "target", "painted", "moved", "mask", "change", "flow"),
    "combiner": ("input", "target", "painted", "moved", "mask", "blended", "retouch_mask", "change", "output"),
}


@torch.no_grad()
def try_out(
    objective: Objective, stage: Stage, examples: Examples, device: torch.device
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Return the L1 of each answer and of the input on a few examples, and the sheet (H, W, 3) of some."""
    totals: dict[str, float] = {}
    picture: NDArray[np.uint8] | None = None
    rows = spread(examples.models, TRIED)
    for start in range(0, len(rows), SHOWN):
        batch = examples.batch(stage, rows[start : start + SHOWN])
        source, target, pose = to_device(batch, device)
        with autocast(device):
            given = objective.look(source, pose)
        for name, answer in (*given.answers.items(), ("input", source)):
            key = f"val_l1_{name}"
            totals[key] = totals.get(key, 0.0) + losses.l1(answer, target).item() * len(source)
        if picture is None:
            picture = _sheet(given, batch.source, batch.target, COLUMNS[stage.name])
    assert picture is not None, "every shard has examples"
    return {name: total / len(rows) for name, total in totals.items()}, picture


def _sheet(given: Given, source: Tensor, target: Tensor, columns: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return the sheet (B · H, n · W, 3) of the columns."""
    result = given.result
    known: dict[str, Tensor] = given.rotated._asdict() if given.rotated is not None else {}
    known = known | result._asdict()
    shown = {"input": flatten(source), "target": flatten(target)}
    for name in columns[2:]:
        value = known[name].detach().float().cpu()
        if name == "flow":
            shown[name] = flow_picture(value)
        elif name.endswith("mask"):
            shown[name] = mask_picture(value)
        else:
            shown[name] = flatten(colour.decode(value))
    return sheet([shown[name] for name in columns])


def flatten(pictures: Tensor) -> Tensor:
    """Lay stored pictures (B, H, W, 4) uint8 on white paper: (B, H, W, 3) uint8, blended in sRGB numbers."""
    colour, alpha = pictures[..., :3].float(), pictures[..., 3:].float() / 255
    return (colour * alpha + PAPER * (1 - alpha)).round().to(torch.uint8)


def sheet(columns: list[Tensor]) -> NDArray[np.uint8]:
    """Return (B · H, n · W, 3) uint8 from n columns of (B, H, W, 3) uint8."""
    rows: NDArray[np.uint8] = torch.cat(columns, dim=2).flatten(0, 1).numpy()
    return rows


def mask_picture(mask: Tensor) -> Tensor:
    """Return a mask (B, 4, H, W) in [0, 1] as (B, H, W, 3) uint8 grey, mean over channels; white keeps the input."""
    grey = (mask.float().mean(dim=1) * 255).round().to(torch.uint8)
    return grey[..., None].expand(-1, -1, -1, 3)


def flow_picture(flow: Tensor) -> Tensor:
    """Return a flow (B, 2, H, W) as (B, H, W, 3) uint8: hue is where pixels come from, white is no motion.

    Red comes from the right, yellow-green from below, cyan from the left, violet from above.
    """
    x, y = flow[:, 0], flow[:, 1]
    hue = torch.atan2(y, x)[..., None] / (2 * torch.pi) * 6 + torch.tensor([0.0, 4.0, 2.0])
    pure = ((hue % 6 - 3).abs() - 1).clamp(0, 1)
    strength = (torch.hypot(x, y) / FAR).clamp(max=1)[..., None]
    return ((1 - strength * (1 - pure)) * 255).round().to(torch.uint8)


def save_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write an (H, W, 3) uint8 picture."""
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    write_atomically(path, data.getvalue())
