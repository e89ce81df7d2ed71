"""The hair behind the face by name: what lies on the skull, and what hangs or is tied up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.hair.bangs import strand
from mmdgen.zoo.hair.guide import Guide, clear_of_body
from mmdgen.zoo.hair.locks import Lock, Path
from mmdgen.zoo.mesh import F8, flowing, unit


@dataclass(frozen=True)
class Back:
    """Paths over the guide, and locks that hang free; ``ties`` are where ribbons may sit (x, y, z).

    ``paired`` tails and balls are those of the left side, to be mirrored.
    """

    paths: Sequence[Path]
    tails: Sequence[Lock] = ()
    ties: Sequence[tuple[float, float, float]] = ()
    balls: Sequence[tuple[float, float, float, float]] = ()  # buns: x, y, z, radius
    paired: bool = False


Style = Callable[[np.random.Generator, Guide], Back]


def _curtain(
    rng: np.random.Generator,
    guide: Guide,
    level: float,
    *,
    start: float = 78,
    count: int = 13,
    width: float = 0.66,
    jitter: float = 0.12,
    end: float = 0.0,
    flare: float = 0.0,
    wave: float = 0.0,
    rise: float = 0.0,
) -> list[Path]:
    """Return locks from the crown over sides and back down to ``level``; ``rise`` lifts the hem toward the front."""
    paths = []
    half = np.linspace(start, 180, (count + 1) // 2)
    for a in np.concatenate([-half[:-1], half]):
        y = level + rng.uniform(-jitter, jitter) + rise * (1 - (abs(a) - start) / (180 - start))
        lift = (0.0, 0.07 + rng.uniform(0, 0.03), flare)
        root, tip = (a * 0.92, 0.04), (a, y)
        shape = {"end": end, "bend": 0.9, "wave": wave, "start": 0.15, "fullest": 0.55}
        paths.append(strand(guide, root, tip, width, lift=lift, **shape))
    return paths


def long(rng: np.random.Generator, guide: Guide) -> Back:
    """Straight, down the back."""
    return Back(_curtain(rng, guide, rng.uniform(-3.2, -2.2), flare=0.05, jitter=0.2))


def wavy(rng: np.random.Generator, guide: Guide) -> Back:
    """Long and wavy, wider toward the ends."""
    return Back(_curtain(rng, guide, rng.uniform(-2.8, -2.0), flare=0.45, wave=0.06, jitter=0.25, width=0.74))


def bob(rng: np.random.Generator, guide: Guide) -> Back:
    """Ends around the chin and curls in."""
    return Back(_curtain(rng, guide, rng.uniform(-0.10, 0.22), flare=-0.20, end=0.18, width=0.70, jitter=0.05))


def layered(rng: np.random.Generator, guide: Guide) -> Back:
    """To the shoulders, ends flicked out."""
    inner = _curtain(rng, guide, -0.42, flare=0.26, jitter=0.16, width=0.62)
    return Back([*inner, *_curtain(rng, guide, 0.35, start=84, flare=0.20, count=11, jitter=0.15, width=0.6)])


def short(rng: np.random.Generator, guide: Guide) -> Back:
    """A short crop with pointed ends."""
    low = _curtain(rng, guide, 0.55, start=86, flare=0.10, jitter=0.14, width=0.58, rise=0.35)
    return Back([*low, *_curtain(rng, guide, 1.15, start=80, count=11, flare=0.16, jitter=0.15, width=0.56)])


def _gathered(guide: Guide, tie: tuple[float, float, float]) -> list[Path]:
    """Return locks that lie on the skull and run together, left and right, at ties near the neck."""
    paths = []
    turn = float(np.degrees(np.arctan2(tie[0], -tie[2])))
    for side in (-1, 1):
        for a in (92, 112, 132, 152, 172):
            root, tip = (side * a, 0.04), (side * (turn + 0.10 * (a - turn)), tie[1] + 0.02)
            lift = (0.0, 0.05, -0.06)
            paths.append(strand(guide, root, tip, 0.62, lift=lift, end=0.35, bend=0.25, start=0.15, fullest=0.5))
    return paths


def _tail(axis: F8, radius: float, *, count: int = 7, wave: float = 0.0, start: float = 1.6) -> list[Lock]:
    """Return the locks of a tail about an axis (knots, 3); it swells and then runs out in points."""
    steps = 15
    t = np.linspace(0, 1, steps)
    spine = flowing(axis, t)
    tangent = unit(np.gradient(spine, axis=0))
    side = unit(np.cross(tangent, np.array([0.0, 0.15, -1.0])))
    front = np.cross(side, tangent)
    swell = radius * (0.25 + 0.75 * np.sin(np.pi * np.clip(t * 0.85 + 0.10, 0, 1)) ** 0.8)
    locks = []
    for k in range(count):
        a = 2 * np.pi * k / count
        drift = wave * np.sin(2 * np.pi * 1.5 * t + k)
        outward = side * np.cos(a) + front * np.sin(a)
        reach = np.minimum(swell, radius) * (1 - 0.55 * t**3)
        line = spine + outward * (reach * 0.62)[:, None] + side * (drift * t)[:, None]
        half = radius * 0.62 * np.clip(0.5 + 1.6 * t, 0, 1) * (1 - t ** (2.6 + 0.5 * (k % 3)))
        locks.append(Lock(clear_of_body(line), outward, half, 0.45, f"lock{k % 4}", start))
    return locks


def twin_tails(rng: np.random.Generator, guide: Guide) -> Back:
    """Two tails tied high at the sides."""
    high, reach = rng.uniform(1.9, 2.25), rng.uniform(0.75, 1.15)
    tie = (guide.side * 0.86, high, 0.42)
    drop = rng.uniform(2.4, 4.2)
    axis = np.array([tie, (tie[0] + reach * 0.75, high + 0.10, 0.5), (tie[0] + reach, high - drop * 0.4, 0.55),
                     (tie[0] + reach * 0.72, high - drop, 0.5)])  # fmt: skip
    left = _tail(axis, rng.uniform(0.34, 0.44))
    return Back([], left, [tie, (-tie[0], *tie[1:])], paired=True)


def low_tails(_rng: np.random.Generator, guide: Guide) -> Back:
    """Two tails tied low that fall in front of the shoulders."""
    tie = (guide.side * 0.80, 0.32, 0.28)
    axis = np.array([tie, (1.20, -0.15, 0.0), (1.22, -0.95, -0.55), (1.05, -2.2, -0.75)])
    left = _tail(axis, 0.30)
    return Back(_gathered(guide, tie), left, [tie, (-tie[0], *tie[1:])], paired=True)


def ponytail(rng: np.random.Generator, guide: Guide) -> Back:
    """One tail tied high at the back, leaning to a side."""
    lean = rng.choice([-1, 1]) * rng.uniform(0.3, 1.0)
    tie = (0.0, 2.25, guide.back * 0.82)
    axis = np.array([tie, (lean * 0.55, 2.65, 1.55), (lean * 1.3, 1.6, 1.75), (lean * 1.5, -1.2, 1.2)])
    return Back([], _tail(axis, 0.50, count=8), [tie])


def side_tail(rng: np.random.Generator, guide: Guide) -> Back:
    """One tail at the side."""
    side = float(rng.choice([-1, 1]))
    tie = (side * guide.side * 0.90, 1.75, 0.35)
    axis = np.array([tie, (side * 1.72, 1.75, 0.35), (side * 1.85, 0.7, 0.25), (side * 1.55, -1.4, 0.0)])
    return Back([], _tail(axis, 0.44), [tie])


def buns(rng: np.random.Generator, guide: Guide) -> Back:
    """Two buns on the head."""
    r = rng.uniform(0.34, 0.44)
    x, y = guide.side * 0.70, 2.62
    return Back([], (), [], [(x, y, 0.2, r)], paired=True)


def braids(_rng: np.random.Generator, guide: Guide) -> Back:
    """Two braids that hang in front of the shoulders."""
    tie = (guide.side * 0.86, 0.45, 0.20)
    axis = np.array([tie, (1.16, -0.1, -0.1), (1.10, -0.95, -0.62), (1.0, -2.3, -0.80)])
    t = np.linspace(0, 1, 44)
    spine = clear_of_body(flowing(axis, t))
    tangent = unit(np.gradient(spine, axis=0))
    side = unit(np.cross(tangent, np.array([0.0, 0.0, -1.0])))
    front = np.cross(side, tangent)
    size = 0.15 * (1 - 0.4 * t)
    left = []
    for k in range(3):
        phase = 2 * np.pi * (t * 4.5 + k / 3)
        line = spine + side * (size * np.sin(phase))[:, None] + front * (0.5 * size * np.sin(2 * phase))[:, None]
        half = size * 0.85 * np.where(t > 0.93, (1 - t) / 0.07 * 0.6 + 0.4, 1)
        outward = unit(front + side * (0.5 * np.sin(phase))[:, None])
        left.append(Lock(line, outward, half, 0.6, f"lock{k}", 1.2))
    x, y, z = spine[-4].tolist()
    return Back(_gathered(guide, tie), left, [(x, y, z), (-x, y, z)], paired=True)


BACKS: dict[str, Style] = {
    f.__name__: f for f in (long, wavy, bob, layered, short, twin_tails, low_tails, ponytail, side_tail, buns, braids)
}
