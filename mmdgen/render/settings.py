"""How pictures are drawn: the options that go into every shard's header."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from mmdgen.errors import UsageError

SAMPLES = {1: 1, 4: 2, 9: 3, 16: 4}  # samples a pixel → samples along one side of the grid


@dataclass(frozen=True)
class RenderSettings:
    """Everything besides model, pose and framing that a picture depends on.

    ``size``: width and height in pixels. ``ambient``, ``directional``, ``specular``: strengths of the white light that
    travels from the viewer to the character, in sRGB numbers. ``shading``: only "phong" so far. ``samples``: a pixel's
    samples, on a square grid, each shaded on its own. Raises UsageError when a value is out of range.
    """

    size: int = 256
    ambient: float = 0.5
    directional: float = 0.5
    specular: float = 0.5
    shading: str = "phong"
    samples: int = 4

    def __post_init__(self) -> None:
        if self.size % 8 or not 32 <= self.size <= 1024:
            raise UsageError(f"size: {self.size}, expected a multiple of 8 from 32 to 1024; try 256")
        for name in ("ambient", "directional", "specular"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= 4):
                raise UsageError(f"{name}: {value}, expected a strength from 0 to 4; try 0.5")
        if self.shading != "phong":
            raise UsageError(f"shading: {self.shading!r}, expected 'phong'; leave the option out")
        if self.samples not in SAMPLES:
            raise UsageError(f"samples: {self.samples}, expected one of {sorted(SAMPLES)}; try 4")

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values, for a shard's header."""
        return asdict(self)
