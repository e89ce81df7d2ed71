"""Metrics against scikit-image and against NumPy written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from trainer.metrics import BORDER, changed, psnr, squared_error, ssim_map


@pytest.mark.parametrize("span", [2.0, 255.0])
def test_ssim_is_that_of_scikit_image(span: float) -> None:
    rng = np.random.default_rng(0)
    a = rng.uniform(0, span, (3, 4, 32, 40))
    b = np.clip(a + rng.normal(0, span / 10, a.shape), 0, span)
    b[1] = a[1]
    expected, maps = zip(
        *(
            structural_similarity(
                x, y, data_range=span, channel_axis=0, gaussian_weights=True, sigma=1.5,
                use_sample_covariance=False, full=True,
            )
            for x, y in zip(a, b, strict=True)
        ),
        strict=True,
    )  # fmt: skip
    found = ssim_map(torch.from_numpy(a), torch.from_numpy(b), span)
    np.testing.assert_allclose(found.mean((1, 2)), expected, atol=1e-12)
    inner = np.stack(maps).mean(1)[:, BORDER:-BORDER, BORDER:-BORDER]
    np.testing.assert_allclose(found, inner, atol=1e-12)
    single = ssim_map(torch.from_numpy(a).float(), torch.from_numpy(b).float(), span)
    np.testing.assert_allclose(single, inner, atol=2e-5)


def test_changed_is_more_than_two_levels_in_any_channel() -> None:
    a = torch.full((1, 1, 4, 4), 100, dtype=torch.uint8)
    b = a.clone()
    b[0, 0, 0, 3] = 103
    b[0, 0, 1, 0] = 97
    b[0, 0, 2] = 102
    assert changed(a, b).tolist() == [[[True, True, False, False]]]


def test_squared_error_is_the_mean_over_channels() -> None:
    a, b = torch.zeros(1, 4, 1, 1), torch.tensor([1.0, 2, 3, 4]).view(1, 4, 1, 1)
    assert squared_error(a, b).item() == 7.5


def test_psnr() -> None:
    assert psnr(4.0, 2.0) == 0
    assert psnr(1.0, 255.0) == pytest.approx(48.1308, abs=1e-4)
    assert psnr(0.0, 2.0) == math.inf
