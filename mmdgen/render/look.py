"""What may differ from sample to sample of one dataset: light, shading, outlines and colours."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields

from mmdgen.errors import UsageError

SHADINGS = ("phong", "toon")
LIMITS = {
    "ambient": (0.0, 4.0),
    "directional": (0.0, 4.0),
    "specular": (0.0, 4.0),
    "edge": (0.0, 4.0),
    "hue_deg": (-180.0, 180.0),
    "saturation": (0.0, 4.0),
    "brightness": (0.0, 4.0),
}


@dataclass(frozen=True)
class Look:
    """How light, lines and colours fall on one picture. Raises UsageError when a value is out of its range.

    ``ambient``, ``directional``, ``specular``: strengths of the light in sRGB numbers; 0.5 each is Phong's default, and
    under "toon" 0.5 each is MMD's own light. ``edge``: outlines' width times what the file says, 0 for none.
    ``hue_deg``, ``saturation``, ``brightness``: the finished colours turned about grey, drawn from it and scaled.
    """

    shading: str = "phong"
    ambient: float = 0.5
    directional: float = 0.5
    specular: float = 0.5
    edge: float = 0.0
    hue_deg: float = 0.0
    saturation: float = 1.0
    brightness: float = 1.0

    def __post_init__(self) -> None:
        if self.shading not in SHADINGS:
            raise UsageError(f"shading: {self.shading!r}, expected one of {', '.join(SHADINGS)}; try phong")
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise UsageError(f"{name}: {value}, expected {low:g} to {high:g}; correct it")

    def numbers(self) -> tuple[float, ...]:
        """Return the look as numbers in the order of ``NAMES``; shading is its place in ``SHADINGS``."""
        return (float(SHADINGS.index(self.shading)), *(float(value) for value in astuple(self)[1:]))


NAMES = tuple(field.name for field in fields(Look))
