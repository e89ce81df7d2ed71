"""How well networks do on pictures, beside the answer that changes nothing: "output = input".

Each measure is taken in network space (data range 2) and in 8-bit sRGB levels (data range 255, rounded as a saved
picture is), over all pixels and over those that change: where input and target differ by more than 2 levels in any
channel. Over all pixels MSE and SSIM are means over images, RMSE the mean over images of each root. Over changed
pixels MSE and SSIM are means over the changed pixels of all images together, RMSE the mean over the images that
change of each image's root. PSNR belongs to the MSE beside it. LPIPS, where there is one, is a mean over images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmdgen.errors import ShardError
from mmdgen.pose_spec import NAMES
from trainer import colour
from trainer.data import Examples, in_turn
from trainer.lineup import INPUT, Lineup, Task
from trainer.metrics import BORDER, Lpips, changed, psnr, squared_error, ssim_map

SPACES = {"network space": 2.0, "sRGB": 255.0}  # with their data ranges
PIXELS = ("all", "changed")
BINS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of a parameter's size


@dataclass(frozen=True)
class Measured:
    """One task; one row an image. ``sums`` are over pixels, of what ``metrics`` gives for each pixel."""

    task: Task
    answers: tuple[str, ...]  # the last one is "input"
    rows: NDArray[np.int64]  # (N,) into the examples
    models: NDArray[np.int64]  # (N,) into the examples' keys
    poses: NDArray[np.float32]  # (N, 6)
    sums: NDArray[np.float64]  # (N, answers, spaces, pixels, [squared error, SSIM])
    counts: NDArray[np.float64]  # (N, pixels, [squared error, SSIM]): of how many pixels
    lpips: NDArray[np.float64] | None  # (N, answers)

    def summary(self, rows: NDArray[Any] | slice = slice(None)) -> dict[str, Any]:
        """Return answer → space → pixels → measure for the chosen images; NaN where no pixel changes."""
        sums, counts = self.sums[rows], self.counts[rows]
        result: dict[str, Any] = {"images": len(sums), "changed_share": _ratio(counts[:, 1, 0], counts[:, 0, 0])}
        each = product(enumerate(self.answers), enumerate(SPACES), enumerate(PIXELS))
        for (a, answer), (s, space), (p, pixels) in each:
            total, count = sums[:, a, s, p], counts[:, p]
            mse = _ratio(total[:, 0], count[:, 0])
            there = count[:, 0] > 0
            roots = np.sqrt(total[there, 0] / count[there, 0])
            result.setdefault(answer, {}).setdefault(space, {})[pixels] = {
                "mse": mse,
                "rmse": float(roots.mean()) if len(roots) else float("nan"),
                "psnr": psnr(mse, SPACES[space]),
                "ssim": _ratio(total[:, 1], count[:, 1]),
            }
        if self.lpips is not None:
            for a, answer in enumerate(self.answers):
                result[answer]["lpips"] = float(self.lpips[rows, a].mean()) if len(sums) else float("nan")
        return result

    def errors(self, answer: str) -> NDArray[np.float64]:
        """Return the RMSE (N,) in network space, over all pixels, of each image of one answer."""
        found: NDArray[np.float64] = self.sums[:, self.answers.index(answer), 0, 0, 0] / self.counts[:, 0, 0]
        return np.sqrt(found)


def _ratio(total: NDArray[np.float64], count: NDArray[np.float64]) -> float:
    return float(total.sum() / count.sum()) if count.sum() else float("nan")


def measure(
    lineup: Lineup,
    examples: Examples,
    rows: NDArray[np.int64],
    *,
    batch: int = 8,
    lpips: Lpips | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> list[Measured]:
    """Measure every row of every task of ``lineup`` on the examples ``rows``.

    ``advance`` is called with the images done since its last call. Examples that cannot be read and may be skipped are
    left out.
    """
    device = lineup.device
    parts: dict[Task, list[tuple[NDArray[np.float64], ...]]] = {task: [] for task in lineup.tasks}
    done = []
    with closing(in_turn(examples, rows, batch, pin=device.type == "cuda")) as loaded:
        for some in loaded:
            if not len(some.rows):
                continue
            answers = lineup.answers(some)
            for task in lineup.tasks:
                source, target = (getattr(some, kind).to(device) for kind in (task.source, task.target))
                given = answers[task] | {INPUT: colour.encode(source)}
                parts[task].append(_measure_one(given, source, target, lpips))
            done.append(some.rows)
            advance(len(some.rows))
    if not done:
        raise ShardError(f"{examples.paths[0].parent}: not one example can be read, expected shards; render them again")
    rows = np.concatenate(done)
    result = []
    for task, found in parts.items():
        sums, counts, perceived = (np.concatenate(column) for column in zip(*found, strict=True))
        result.append(
            Measured(
                task=task,
                answers=(*lineup.rows[task], INPUT),
                rows=rows,
                models=examples.models[rows],
                poses=examples.poses[rows],
                sums=sums,
                counts=counts,
                lpips=perceived if lpips else None,
            )
        )
    return result


@torch.no_grad()
def _measure_one(
    answers: dict[str, Tensor], source: Tensor, target: Tensor, lpips: Lpips | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (B, answers, spaces, pixels, 2) sums, (B, pixels, 2) counts and (B, answers) LPIPS.

    ``answers`` are (B, 4, H, W) in network space, source and target (B, H, W, 4) uint8.
    """
    mask = changed(source, target)
    pixels = torch.stack([torch.ones_like(mask), mask], dim=1)
    goal, goal_levels = colour.encode(target), _levels(target)
    sums, perceived = [], []
    for answer in answers.values():
        stored = colour.decode(answer)
        spaces = [(answer, goal), (_levels(stored), goal_levels)]
        of_spaces = [_sums(a, b, pixels, span) for (a, b), span in zip(spaces, SPACES.values(), strict=True)]
        sums.append(torch.stack(of_spaces, dim=1))
        perceived.append(lpips(stored, target) if lpips else torch.zeros(len(source)))
    counts = torch.stack([pixels.sum((2, 3)), _inner(pixels).sum((2, 3))], dim=2)
    found = (torch.stack(sums, dim=1), counts, torch.stack(perceived, dim=1))
    tables = [tensor.cpu().double().numpy() for tensor in found]
    return tables[0], tables[1], tables[2]


def _levels(stored: Tensor) -> Tensor:
    """Take stored pictures (B, H, W, 4) uint8 to levels (B, 4, H, W) float32."""
    return stored.permute(0, 3, 1, 2).float()


def _inner(pixels: Tensor) -> Tensor:
    """Return the part of (…, H, W) for which SSIM is defined."""
    return pixels[..., BORDER:-BORDER, BORDER:-BORDER]


def _sums(answer: Tensor, goal: Tensor, pixels: Tensor, span: float) -> Tensor:
    """Return (B, pixels, 2): squared error and SSIM, summed over each kind of ``pixels`` (B, pixels, H, W) bool."""
    wide = torch.float32 if answer.device.type == "mps" else torch.float64
    error = squared_error(answer, goal)[:, None].to(wide) * pixels
    likeness = ssim_map(answer, goal, span)[:, None].to(wide) * _inner(pixels)
    return torch.stack([error.sum((2, 3)), likeness.sum((2, 3))], dim=2)


def report(measured: Measured, examples: Examples) -> dict[str, Any]:
    """Return the summary over all images, over those of each character, and by the size of each parameter."""
    characters = [
        {"name": examples.keys[key].name, "sha256": examples.keys[key].identity[0]}
        | measured.summary(measured.models == key)
        for key in np.unique(measured.models)
    ]
    parameters = {name: by_size(measured, name) for name in measured.task.moves}
    return {"overall": measured.summary(), "characters": characters, "parameters": parameters}


def by_size(measured: Measured, parameter: str, bins: Sequence[float] = BINS) -> list[dict[str, Any]]:
    """Return the summary of the images whose ``parameter`` lies, whatever its sign, within each of ``bins``."""
    sizes = np.abs(measured.poses[:, NAMES.index(parameter)])
    found = []
    for low, high in pairwise(bins):
        inside = (sizes >= low) & ((sizes < high) | (high == bins[-1]))
        found.append({"from": low, "to": high} | measured.summary(inside))
    return found
