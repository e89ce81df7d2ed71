"""How pictures are drawn: the options that go into every shard's header."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mmdgen.errors import UsageError
from mmdgen.render.look import Look

SAMPLES = {1: 1, 4: 2, 9: 3, 16: 4}  # samples a pixel → samples along one side of the grid
EDGES = {"phong": 0.0, "toon": 1.0}  # the outlines' width where nothing else is said


@dataclass(frozen=True)
class RenderSettings:
    """Everything besides model, pose and framing that a picture depends on.

    ``size``: width and height in pixels. ``ambient``, ``directional``, ``specular``, ``shading``, ``edge``: the look of
    pictures that are given none of their own, as in ``Look``; ``edge`` None is 1 under "toon" and 0 under "phong".
    ``samples``: a pixel's samples, on a square grid, each shaded on its own. Raises UsageError when a value is out of
    range.
    """

    size: int = 256
    ambient: float = 0.5
    directional: float = 0.5
    specular: float = 0.5
    shading: str = "phong"
    samples: int = 4
    edge: float | None = None

    def __post_init__(self) -> None:
        if self.size % 8 or not 32 <= self.size <= 1024:
            raise UsageError(f"size: {self.size}, expected a multiple of 8 from 32 to 1024; try 256")
        if self.samples not in SAMPLES:
            raise UsageError(f"samples: {self.samples}, expected one of {sorted(SAMPLES)}; try 4")
        self.look()  # refuses what is out of range

    def look(self) -> Look:
        """Return the look of pictures that are given none of their own."""
        edge = EDGES.get(self.shading, 0.0) if self.edge is None else self.edge
        return Look(self.shading, self.ambient, self.directional, self.specular, edge)

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values, for a shard's header."""
        return asdict(self) | {"edge": self.look().edge}
