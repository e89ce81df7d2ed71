"""How well a network does on pictures, beside the answer that changes nothing: "output = input".

Each measure is taken in network space (data range 2) and in 8-bit sRGB levels (data range 255, rounded as a saved
picture is), over all pixels and over those that change: where input and target differ by more than 2 levels in any
channel. Over all pixels MSE and SSIM are means over images, RMSE the mean over images of each root. Over changed
pixels MSE and SSIM are means over the changed pixels of all images together, RMSE the mean over the images that
change of each image's root. PSNR belongs to the MSE beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainer import colour
from trainer.data import Draw, Examples, batches
from trainer.devices import autocast, place, to_device
from trainer.metrics import BORDER, changed, psnr, squared_error, ssim_map
from trainer.stages import Stage

METHODS = ("network", "input")
SPACES = {"network space": 2.0, "sRGB": 255.0}  # with their data ranges
PIXELS = ("all", "changed")


@dataclass(frozen=True)
class Measured:
    """One row an image; ``sums`` are over pixels, of what ``metrics`` gives for each pixel."""

    models: NDArray[np.int64]  # (N,) into the examples' keys
    sums: NDArray[np.float64]  # (N, methods, spaces, pixels, [squared error, SSIM])
    counts: NDArray[np.float64]  # (N, pixels, [squared error, SSIM]): of how many pixels

    def summary(self, rows: NDArray[Any] | slice = slice(None)) -> dict[str, Any]:
        """Return method → space → pixels → measure for the chosen images; NaN where no pixel changes."""
        sums, counts = self.sums[rows], self.counts[rows]
        result: dict[str, Any] = {"images": len(sums), "changed_share": _ratio(counts[:, 1, 0], counts[:, 0, 0])}
        for (m, method), (s, space), (p, pixels) in product(enumerate(METHODS), enumerate(SPACES), enumerate(PIXELS)):
            total, count = sums[:, m, s, p], counts[:, p]
            mse = _ratio(total[:, 0], count[:, 0])
            there = count[:, 0] > 0
            roots = np.sqrt(total[there, 0] / count[there, 0])
            result.setdefault(method, {}).setdefault(space, {})[pixels] = {
                "mse": mse,
                "rmse": float(roots.mean()) if len(roots) else float("nan"),
                "psnr": psnr(mse, SPACES[space]),
                "ssim": _ratio(total[:, 1], count[:, 1]),
            }
        return result


def _ratio(total: NDArray[np.float64], count: NDArray[np.float64]) -> float:
    return float(total.sum() / count.sum()) if count.sum() else float("nan")


@torch.no_grad()
def measure(
    network: nn.Module,
    stage: Stage,
    examples: Examples,
    rows: NDArray[np.int64],
    device: torch.device,
    *,
    batch: int = 8,
    workers: int = 2,
    advance: Callable[[int], None] = lambda _: None,
) -> Measured:
    """Measure ``network`` on the examples ``rows``; ``advance`` is called with the images done since its last call."""
    network = place(network, device).eval()
    order = (Draw(some, some) for some in np.split(rows, range(batch, len(rows), batch)))
    sums, counts = [], []
    with closing(batches(examples, stage, order, workers=workers)) as loaded:
        for some in loaded:
            source, target, pose = to_device(some, device)
            with autocast(device):
                output = network(source, pose).output.float()
            mask = changed(some.source, some.target).to(device)
            pixels = torch.stack([torch.ones_like(mask), mask], dim=1)
            levels = [_levels(t) for t in (colour.decode(output), some.source.to(device), some.target.to(device))]
            per_space = [
                torch.stack([_sums(answer, goal, pixels, span) for answer in answers], dim=1)
                for (*answers, goal), span in zip(([output, source, target], levels), SPACES.values(), strict=True)
            ]
            sums.append(torch.stack(per_space, dim=2).cpu().numpy())
            counts.append(torch.stack([pixels.sum((2, 3)), _inner(pixels).sum((2, 3))], dim=2).cpu().numpy())
            advance(len(some.rows))
    return Measured(examples.models[rows], np.concatenate(sums), np.concatenate(counts))


def _levels(stored: Tensor) -> Tensor:
    """Take stored pictures (B, H, W, 4) uint8 to levels (B, 4, H, W) float32."""
    return stored.permute(0, 3, 1, 2).float()


def _inner(pixels: Tensor) -> Tensor:
    """Return the part of (…, H, W) for which SSIM is defined."""
    return pixels[..., BORDER:-BORDER, BORDER:-BORDER]


def _sums(answer: Tensor, goal: Tensor, pixels: Tensor, span: float) -> Tensor:
    """Return (B, pixels, 2): squared error and SSIM, summed over each kind of ``pixels`` (B, pixels, H, W) bool."""
    error = squared_error(answer, goal)[:, None].double() * pixels
    likeness = ssim_map(answer, goal, span)[:, None].double() * _inner(pixels)
    return torch.stack([error.sum((2, 3)), likeness.sum((2, 3))], dim=2)


def report(measured: Measured, examples: Examples) -> dict[str, Any]:
    """Return the summary over all images and over those of each character."""
    characters = [
        {"name": examples.keys[key].name, "sha256": examples.keys[key].identity[0]}
        | measured.summary(measured.models == key)
        for key in np.unique(measured.models)
    ]
    return {"overall": measured.summary(), "characters": characters}
