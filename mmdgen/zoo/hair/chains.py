"""Bones along hair: their joints, the weights of what hangs on them, and the bodies that let them swing in MMD."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.mesh import F8, HEAD, smoothstep
from mmdgen.zoo.rigging import CAPSULE, FALLS, Body, Joint, Point

FRAME = "髪"
_ENGLISH = {"前髪": "bangs", "横髪": "side_hair", "後髪": "back_hair", "ツインテ": "twin_tail", "ポニテ": "ponytail",
            "サイドテ": "side_tail", "おさげ": "pigtail", "三つ編み": "braid", "アホ毛": "ahoge"}  # fmt: skip
NAMINGS: Mapping[str, Callable[[str, str, int], str]] = {  # of side, part and number
    "prefix": lambda side, part, k: f"{side}{part}{k}",
    "infix": lambda side, part, k: f"{part}{side}{k}",
    "letter": lambda side, part, k: f"{part}{k}" + {"左": "_L", "右": "_R"}.get(side, ""),
    "wide": lambda side, part, k: f"{side}{part}{chr(ord('０') + k)}",
}
_TRUNK, _HAIR = 0, 3  # collision groups


@dataclass(frozen=True)
class Chain:
    """Bones along points (K + 1, 3), the last of which is the end of the last bone, numbered from 1.

    ``name`` begins with 左 or 右 for what lies at a side; ``naming`` is one of NAMINGS.
    """

    name: str
    points: F8
    thickness: float = 0.12
    naming: str = "prefix"

    def joints(self) -> list[Joint]:
        """Return the bones, root first."""
        count = len(self.points) - 1
        side = {"左": "_L", "右": "_R"}.get(self.name[0], "")
        english = _ENGLISH[self.name[1:] if side else self.name] + side
        return [
            Joint(
                self._bone(k),
                f"{english}{k + 1}",
                _point(self.points[k]),
                self._bone(k - 1) if k else HEAD,
                self._bone(k + 1) if k + 1 < count else _point(self.points[k + 1] - self.points[k]),
                frame=FRAME,
            )
            for k in range(count)
        ]

    def bodies(self) -> list[Body]:
        """Return a capsule for each bone, tied to the one before it; the first passes through the head it grows on."""
        made = []
        for k, (start, end) in enumerate(zip(self.points, self.points[1:], strict=False)):
            way = end - start
            length = float(np.linalg.norm(way))
            x, y, z = way / max(length, 1e-9)
            made.append(
                Body(
                    self._bone(k),
                    self._bone(k),
                    _point((start + end) / 2),
                    (self.thickness, max(length - 2 * self.thickness, 0.05)),
                    CAPSULE,
                    turn=(float(np.arcsin(np.clip(z, -1, 1))), 0.0, float(np.arctan2(-x, y))),
                    mode=FALLS,
                    group=_HAIR,
                    passes=(_HAIR,) if k else (_HAIR, _TRUNK),
                    mass=round(0.4 * 0.7**k, 3),
                    damping=0.95,
                    hangs_on=self._bone(k - 1) if k else HEAD,
                    swing=0.15 if k == 0 else 0.3,
                )
            )
        return made

    def weights(self, points: F8) -> dict[str, F8]:
        """Return the weights (N,) of head and bones for points (N, 3): bones fade into each other about the joints."""
        count = len(self.points) - 1
        at = self._along(points)
        passed = [smoothstep(0.0, 0.6, at)] + [smoothstep(k - 0.35, k + 0.35, at) for k in range(1, count)]
        passed.append(np.zeros(len(points)))
        return {HEAD: 1 - passed[0]} | {self._bone(k): passed[k] - passed[k + 1] for k in range(count)}

    def _bone(self, k: int) -> str:
        return NAMINGS[self.naming](self.name[0] if self.name[0] in "左右" else "", self.name.lstrip("左右"), k + 1)

    def _along(self, points: F8) -> F8:
        """Return how far along the chain (N,) points lie, in bones."""
        a, step = self.points[:-1], np.diff(self.points, axis=0)
        away = points[:, None] - a[None]
        share = np.clip((away * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-9), 0, 1)
        nearest = np.linalg.norm(away - share[..., None] * step, axis=-1).argmin(1)
        return np.asarray(nearest + share[np.arange(len(points)), nearest], np.float64)


def joints(chains: Iterable[Chain]) -> tuple[Joint, ...]:
    """Return the bones of all chains."""
    return tuple(joint for chain in chains for joint in chain.joints())


def bodies(chains: Iterable[Chain]) -> tuple[Body, ...]:
    """Return the bodies of all chains."""
    return tuple(body for chain in chains for body in chain.bodies())


def _point(at: F8) -> Point:
    x, y, z = (round(float(v), 4) + 0.0 for v in at)
    return x, y, z
