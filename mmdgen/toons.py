"""The ten toons that every MMD model may name without bringing them: ramps of our own that do the same jobs.

A toon is what a surface's colour is multiplied with, its top row where the light falls straight on it, its bottom row
on the far side. MMD's own pictures are not ours to give away; these fall off at the same heights and to shades of the
same kind, so that skin stays warm in shadow and cloth turns grey. They may be used freely (CC0 1.0).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmdgen.model import U1

SIDE = 32  # pixels, as MMD's own
Stop = tuple[float, tuple[float, float, float]]  # height from 0 (lit) to 1 (in shadow), colour

_WHITE = (1.0, 1.0, 1.0)
_RAMPS: dict[int, Sequence[Stop]] = {
    1: ((0.47, _WHITE), (0.53, (0.81, 0.81, 0.815))),  # cloth, hair: a grey shade
    2: ((0.47, _WHITE), (0.53, (0.96, 0.885, 0.88))),  # skin: a rosy shade
    3: ((0.47, _WHITE), (0.53, (0.61, 0.61, 0.62))),  # leather, metal: a dark shade
    4: ((0.47, _WHITE), (0.53, (0.975, 0.94, 0.92))),  # fair skin: a faint warm shade
    5: ((0.56, _WHITE), (0.85, (1.0, 0.91, 0.87))),  # skin: warm and soft
    6: (  # gold: a gleam above, deep yellow in shadow
        (0.0, (1.0, 0.92, 0.4)),
        (0.22, (1.0, 0.93, 0.45)),
        (0.31, (1.0, 1.0, 0.94)),
        (0.4, (1.0, 0.92, 0.4)),
        (0.66, (0.98, 0.9, 0.38)),
        (0.78, (0.77, 0.67, 0.08)),
    ),
}


def shared_toon_image(number: int) -> U1:
    """Return toon ``number``, 0 to 10, as (32, 32, 4) uint8 opaque RGBA; 0 and 7 to 10 are white.

    Raises ValueError for any other number.
    """
    if not 0 <= number <= 10:
        raise ValueError(f"toon {number}, expected 0 to 10")
    heights, colors = zip(*_RAMPS.get(number, ((0.0, _WHITE),)), strict=True)
    rows = (np.arange(SIDE) + 0.5) / SIDE
    ramp = np.stack([np.interp(rows, heights, channel) for channel in zip(*colors, strict=True)], -1)
    image = np.full((SIDE, SIDE, 4), 255, np.uint8)
    image[..., :3] = np.round(ramp * 255).astype(np.uint8)[:, None]
    return image
