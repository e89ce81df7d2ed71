"""A look at a network in training: its loss on a few fixed examples, and a sheet of some of them.

One row an example; from left to right input, target, output, mask.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from trainer import colour, losses
from trainer.checkpoint import write_atomically
from trainer.data import Examples, spread
from trainer.devices import autocast, to_device
from trainer.stages import Stage

PAPER = 255  # transparent pixels are shown on white
TRIED = 32  # examples
SHOWN = 8


@torch.no_grad()
def try_out(
    network: nn.Module, stage: Stage, examples: Examples, device: torch.device
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Return the loss of the network and of its input on a few examples, and the sheet (H, W, 3) of some."""
    totals, shown = np.zeros(2), list[list[Tensor]]()
    rows = spread(examples.models, TRIED)
    for start in range(0, len(rows), SHOWN):
        batch = examples.batch(stage, rows[start : start + SHOWN])
        source, target, pose = to_device(batch, device)
        with autocast(device):
            result = network(source, pose)
        totals += [losses.l1(picture, target).item() * len(source) for picture in (result.output, source)]
        if not shown:
            pictures = batch.source, batch.target, colour.decode(result.output).cpu()
            shown.append([*map(flatten, pictures), mask_picture(result.mask.cpu())])
    loss, loss_of_input = totals / len(rows)
    return {"val_loss": loss, "val_loss_of_input": loss_of_input}, sheet(shown[0])


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


def save_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write an (H, W, 3) uint8 picture."""
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    write_atomically(path, data.getvalue())
