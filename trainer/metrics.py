"""How far a picture is from another: MSE, RMSE, PSNR and SSIM, in a space with a stated data range.

The pictures are (B, 4, H, W) float, straight alpha. Network space spans 2; sRGB is 8-bit levels, spanning 255.
"""

from __future__ import annotations

import math
import socket
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d

CHANGED_LEVELS = 2  # a pixel has changed where any channel differs by more 8-bit sRGB levels than this
SIGMA = 1.5  # of SSIM's window, 11 pixels wide (Wang et al. 2004)
FETCH_S = 30.0  # how long torchvision may wait for an answer when it fetches AlexNet for LPIPS
BORDER = 5  # pixels at each side whose SSIM window would leave the picture


def changed(a: Tensor, b: Tensor) -> Tensor:
    """Return (B, H, W) bool: where two stored pictures (B, H, W, 4) uint8 differ by more than CHANGED_LEVELS."""
    return ((a.int() - b.int()).abs() > CHANGED_LEVELS).any(dim=-1)


def squared_error(a: Tensor, b: Tensor) -> Tensor:
    """Return (B, H, W): the squared difference of each pixel, mean over its channels."""
    return ((a - b) ** 2).mean(dim=1)


def ssim_map(a: Tensor, b: Tensor, span: float) -> Tensor:
    """Return (B, H − 10, W − 10): SSIM of each pixel whose window lies inside, mean over channels; data range ``span``.

    Equals scikit-image with gaussian_weights=True, sigma=1.5, use_sample_covariance=False. Raises ValueError for
    pictures under 11 pixels.
    """
    channels = a.shape[1]
    x = torch.arange(-BORDER, BORDER + 1, dtype=a.dtype, device=a.device)
    window = torch.exp(-(x**2) / (2 * SIGMA**2))
    window = (window / window.sum()).expand(channels, 1, 1, -1)

    def mean(image: Tensor) -> Tensor:
        rows = conv2d(image, window, groups=channels)
        return conv2d(rows, window.transpose(2, 3), groups=channels)

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    numerator = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return (numerator / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean(dim=1)


def psnr(mse: float, span: float) -> float:
    """Return the peak signal-to-noise ratio in dB of a mean squared error; infinite for 0."""
    return 10 * math.log10(span**2 / mse) if mse > 0 else math.inf


class Lpips:
    """LPIPS (Zhang et al. 2018, AlexNet, version 0.1) by the package ``lpips``: of stored pictures laid on white."""

    def __init__(self, network: Any, device: torch.device) -> None:
        self._network = network.to(device).eval()

    @torch.no_grad()
    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        """Return the distance (B,) of pictures (B, H, W, 4) uint8, in sRGB numbers from -1 to 1."""
        distance: Tensor = self._network(*(_on_white(picture) * 2 - 1 for picture in (a, b)))
        return distance.flatten()


def _on_white(pictures: Tensor) -> Tensor:
    """Take stored pictures (B, H, W, 4) uint8 to sRGB numbers (B, 3, H, W) in [0, 1], laid on white."""
    straight = pictures.permute(0, 3, 1, 2).float() / 255
    return straight[:, :3] * straight[:, 3:] + (1 - straight[:, 3:])


def find_lpips(device: torch.device) -> tuple[Lpips | None, str]:
    """Return LPIPS where the package and its weights are at hand, else None and why."""
    if find_spec("lpips") is None:
        return None, "the package lpips is not installed"
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(FETCH_S)
    try:
        import lpips  # type: ignore[import-not-found, unused-ignore]

        return Lpips(lpips.LPIPS(net="alex", verbose=False), device), ""
    except Exception as error:  # noqa: BLE001, whatever torchvision raises where it does not fit or fetches nothing
        return None, f"lpips: {' '.join(str(error).split())[:200]}"
    finally:
        socket.setdefaulttimeout(patience)
