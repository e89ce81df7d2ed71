"""Random looks: what differs from sample to sample of a dataset besides the pose, each a function of the sample alone.

    group     what is drawn                                   range
    light     ambient, directional                            0.5 to 0.75, 0.5 to 1.25
    shading   phong or toon                                   one half each
    edge      outlines: none for a quarter, else the width    0.25 to 2 times what the file says
    colour    hue_deg, saturation, brightness                 -10 to 10, 0.7 to 1.2, 0.9 to 1.1

All are uniform. docs/decisions/randomized-shards.md says where the ranges come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from mmdgen.errors import UsageError
from mmdgen.pose.sample import uniforms
from mmdgen.render.look import NAMES, SHADINGS, Look
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import LookColumns

NO_EDGE = 0.25  # share of samples without outlines
EDGE = (0.25, 2.0)  # width of the others'
GROUPS: dict[str, dict[str, tuple[float, float]]] = {  # group → fields of a look → the range that is drawn from
    "light": {"ambient": (0.5, 0.75), "directional": (0.5, 1.25)},
    "shading": {"shading": (0, len(SHADINGS) - 1)},
    "edge": {"edge": (0.0, EDGE[1])},
    "colour": {"hue_deg": (-10.0, 10.0), "saturation": (0.7, 1.2), "brightness": (0.9, 1.1)},
}
MIXED = "mixed"  # what a shard of several shadings says in the place of one


def read_groups(words: Sequence[str]) -> tuple[str, ...]:
    """Return the groups that words such as "light,edge" name, each once, in a fixed order; raise UsageError."""
    names = [name.strip() for word in words for name in word.split(",")]
    for name in names:
        if name not in GROUPS:
            raise UsageError(f"--randomize: {name!r}, expected some of {','.join(GROUPS)}; correct it")
    return tuple(group for group in GROUPS if group in names)


@dataclass(frozen=True)
class RandomLooks:
    """The looks of a dataset's samples: ``groups`` are drawn for each sample, all else is as ``settings`` say."""

    settings: RenderSettings
    groups: tuple[str, ...]

    def look(self, seed: int, identity: tuple[str, str], index: int) -> Look:
        """Return the look of one sample, in numbers that float32 holds.

        Every group has a stream of its own, beside the pose's: none depends on which others are drawn.
        """
        drawn: dict[str, Any] = {}
        for group in self.groups:
            fields = GROUPS[group]
            drawn |= _draw(group, uniforms(max(2, len(fields)), seed, identity, index, group).tolist())
        # outlines that the settings leave open follow the shading
        look = replace(self.settings, shading=drawn.pop("shading", self.settings.shading)).look()
        rounded = {k: float(np.float32(v)) for k, v in (asdict(look) | drawn).items() if k != "shading"}
        return Look(look.shading, **rounded)

    def columns(self) -> LookColumns:
        """Return what the columns of a shard's looks mean, and between which numbers they lie."""
        shadings = SHADINGS if "shading" in self.groups else (self.settings.shading,)
        plain = np.array([replace(self.settings, shading=s).look().numbers() for s in shadings])
        ranges = dict(zip(NAMES, zip(plain.min(0).tolist(), plain.max(0).tolist(), strict=True), strict=True))
        for group in self.groups:
            ranges |= GROUPS[group]
        rounded = np.array(list(ranges.values()), np.float32).tolist()
        return LookColumns(NAMES, tuple((low, high) for low, high in rounded), SHADINGS)

    def as_json(self) -> dict[str, Any]:
        """Return the render settings for a shard's header, without what they leave to the shading of each sample."""
        result = self.settings.as_json()
        if "shading" in self.groups:
            result |= {"shading": MIXED, "edge": self.settings.edge}
        return result


def _draw(group: str, uniform: Sequence[float]) -> dict[str, Any]:
    """Map numbers uniform on [0, 1) to the fields of a group."""
    if group == "shading":
        return {"shading": SHADINGS[int(uniform[0] * len(SHADINGS))]}
    if group == "edge":
        low, high = EDGE
        return {"edge": 0.0 if uniform[0] < NO_EDGE else low + (high - low) * uniform[1]}
    fields = GROUPS[group].items()
    return {name: low + (high - low) * u for (name, (low, high)), u in zip(fields, uniform, strict=False)}
