"""Where pictures lie while they are drawn: square tiles of one large square, filled row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mmdgen.render.settings import SAMPLES, RenderSettings

SIDE = 2048  # samples; 16 pictures of 256 at 4 samples a pixel


class Area(NamedTuple):
    """A rectangle of a picture, in pixels from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Atlas:
    """The tiling of one pass. All lengths in samples unless said otherwise.

    ``side`` is a power of two, so that clip coordinates of positions in steps of 1/256 sample are exact in float32.
    A slot is the number of a tile; it follows from the settings and a sample's index alone, never from a batch.
    """

    grid: int  # samples along a pixel's side
    tile: int
    side: int

    @staticmethod
    def plan(settings: RenderSettings) -> Atlas:
        """Return the tiling for pictures of these settings."""
        grid = SAMPLES[settings.samples]
        tile = settings.size * grid
        return Atlas(grid, tile, max(SIDE, 1 << (tile - 1).bit_length()))

    @staticmethod
    def single(settings: RenderSettings) -> Atlas:
        """Return the smallest tiling, of few slots: quicker where pictures are drawn one by one."""
        grid = SAMPLES[settings.samples]
        tile = settings.size * grid
        return Atlas(grid, tile, 1 << (tile - 1).bit_length())

    @property
    def columns(self) -> int:
        """Tiles in a row, and rows."""
        return self.side // self.tile

    @property
    def slots(self) -> int:
        """Tiles in all."""
        return self.columns**2

    def passes(self, count: int, first_slot: int, most: int | None = None) -> list[tuple[int, int, int]]:
        """Split ``count`` pictures into passes of ``most`` or less: (first picture, pictures, slot of the first)."""
        result = []
        done = 0
        while done < count:
            slot = (first_slot + done) % self.slots
            n = min(count - done, self.slots - slot, most or self.slots)
            result.append((done, n, slot))
            done += n
        return result
