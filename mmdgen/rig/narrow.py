"""The way out of the rig: float64 to float32. Files may make numbers of any size, so this is where they are held."""

from __future__ import annotations

import numpy as np

from mmdgen.model import F4
from mmdgen.quaternions import F8


def narrow(values: F8) -> F4:
    """Return a contiguous float32 copy, all of it finite: the largest number for what is larger, 0 for what is none."""
    with np.errstate(over="ignore"):
        small = np.array(values, np.float32, order="C")
    return small if np.isfinite(small).all() else np.nan_to_num(small, copy=False)
