"""More variety than the shards hold: pictures mirrored, moved, scaled, lit and coloured anew, on the device.

What is shown and what is expected change alike, so a pair stays a pair; every image's dice are a function of the seed
and the image's number alone, whatever the batch, the process or the sitting. Pictures are stored ones: uint8 RGBA,
straight alpha, sRGB numbers. They are resampled premultiplied; what comes in from outside the picture is empty.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from mmdgen.pose_spec import NAMES, PARAMETERS
from trainer.colour import linear_to_srgb, srgb_to_linear
from trainer.config import Augmentation
from trainer.data import Batch

STREAM = 0xA06  # sets these dice apart from others that are drawn from the same seed
HUE_DEG = 30.0  # the turn at colour 1
THIRD_TURN = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])  # red → green → blue → red


def augment(batch: Batch, pose: slice, options: Augmentation, seed: int) -> Batch:
    """Return the batch changed as ``options`` say, on the device that it is on; ``pose`` is its stage's parameters.

    for batch in prefetch(batches(…), device):
        batch = augment(batch, stage.pose, config, config.seed)
        source, target, pose = to_device(batch, device)
    """
    if not options.varies:
        return batch
    dice = torch.from_numpy(throw(seed, batch.numbers)).to(batch.source.device, non_blocking=True)
    pictures = torch.cat([batch.source, batch.target])
    pair = dice.repeat(2, 1)
    flip = dice[:, 0] < options.mirror
    pictures = torch.where(flip.repeat(2)[:, None, None, None], mirror(pictures), pictures)
    angles = torch.where(flip[:, None], mirror_pose(batch.pose, pose), batch.pose)
    if options.scale or options.shift:
        factor = (1 + options.scale) ** (2 * pair[:, 1] - 1)
        pictures = place(pictures, factor, options.shift * (2 * pair[:, 2:4] - 1))
    if options.light or options.colour:
        gain = (1 + options.light) ** (2 * pair[:, 4] - 1)
        hue, saturation = options.colour * (2 * pair[:, 5] - 1), (1 + options.colour) ** (2 * pair[:, 6] - 1)
        pictures = relight(pictures, gain, HUE_DEG * hue, saturation)
    source, target = pictures.chunk(2)
    return replace(batch, source=source, target=target, pose=angles)


def throw(seed: int, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (B, 7) float32 in [0, 1): mirror, scale, shift x and y, light, hue, saturation of each image number."""
    return np.stack(
        [np.random.default_rng([seed, number, STREAM]).random(7, np.float32) for number in numbers.tolist()]
    )


def mirror(pictures: Tensor) -> Tensor:
    """Return pictures (B, H, W, 4) with left and right exchanged."""
    return pictures.flip(2)


def mirror_pose(pose: Tensor, parameters: slice) -> Tensor:
    """Return the poses (B, P) of mirrored pictures; ``parameters`` of the vector are the columns."""
    names = NAMES[parameters]
    chosen = [parameter for parameter in PARAMETERS if parameter.name in names]
    signs = torch.tensor([p.mirror_sign for p in chosen], dtype=pose.dtype).to(pose.device, non_blocking=True)
    return pose[:, [names.index(p.mirror) for p in chosen]] * signs


def place(pictures: Tensor, factor: Tensor, shift: Tensor) -> Tensor:
    """Return pictures (B, S, S, 4) uint8 with the head ``factor`` (B,) times as large and then moved.

    The middle of the head box, which is the middle of the picture, moves by ``shift`` (B, 2): x and y in sides.
    """
    straight = pictures.permute(0, 3, 1, 2).float() / 255
    alpha = straight[:, 3:]
    premultiplied = torch.cat([straight[:, :3] * alpha, alpha], dim=1)
    theta = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    theta[:, 0, 0] = theta[:, 1, 1] = 1 / factor
    theta[:, :, 2] = -2 * shift / factor[:, None]
    grid = affine_grid(theta, list(straight.shape), align_corners=False)
    moved = grid_sample(premultiplied, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    alpha = moved[:, 3:]
    return _stored(torch.cat([moved[:, :3] / alpha.clamp(min=1e-6), alpha], dim=1))


def relight(pictures: Tensor, gain: Tensor, hue_deg: Tensor, saturation: Tensor) -> Tensor:
    """Return pictures (B, H, W, 4) uint8 with light and colours of their own, each (B,).

    Hues turn about the axis of greys and colours draw away from the grey of the same mean, in sRGB numbers, as looks of
    ``mmdgen render --randomize colour`` do; then linear light is multiplied by ``gain``. Alpha stays.
    """
    grey = torch.full((3, 3), 1 / 3, device=pictures.device)
    turn = THIRD_TURN.to(pictures.device, non_blocking=True)
    angle = torch.deg2rad(hue_deg)[:, None, None]
    turned = angle.cos() * (torch.eye(3, device=pictures.device) - grey) + angle.sin() / 3**0.5 * (turn - turn.T)
    matrix = grey + saturation[:, None, None] * turned  # Rodrigues' formula
    straight = pictures.permute(0, 3, 1, 2).float() / 255
    rgb = torch.einsum("bij,bjhw->bihw", matrix, straight[:, :3]).clamp(0, 1)
    rgb = linear_to_srgb((srgb_to_linear(rgb) * gain[:, None, None, None]).clamp(0, 1))
    return _stored(torch.cat([rgb, straight[:, 3:]], dim=1))


def _stored(straight: Tensor) -> Tensor:
    """Take RGBA (B, 4, H, W) in [0, 1] to stored pictures (B, H, W, 4) uint8, with nothing under alpha 0."""
    levels = (straight.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    return levels * (levels[..., 3:] > 0)
