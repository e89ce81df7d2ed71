"""Bangs and side locks by name: each cut is a list of paths over the guide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmdgen.zoo.hair.guide import Guide
from mmdgen.zoo.hair.locks import Path

Cut = Callable[[np.random.Generator, Guide, float], list[Path]]  # randomness, guide, part (-1 to 1) to paths


def strand(
    guide: Guide,
    root: tuple[float, float],
    tip: tuple[float, float],
    width: float,
    *,
    lift: tuple[float, float, float] = (0.02, 0.10, 0.0),
    end: float = 0.0,
    fullest: float = 0.5,
    bend: float = 0.45,
    wave: float = 0.0,
    start: float = 0.55,
) -> Path:
    """Return a path from ``root`` (turn in degrees, q) to ``tip`` (turn in degrees, height).

    ``lift`` is the distance from the guide at root, middle and tip; ``bend`` is how far the turn has come half-way,
    ``start`` and ``end`` are shares of the width.
    """
    r, q0, t, q1 = np.radians(root[0]), root[1], np.radians(tip[0]), guide.q_of(tip[1])
    middle = (r + (t - r) * bend, q0 + (q1 - q0) * 0.5, lift[1])
    return Path(((r, q0, lift[0]), middle, (t, q1, lift[2])), width, tip=end, root=start, fullest=fullest, wave=wave)


def _spread(count: int, reach: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.linspace(-reach, reach, count)


def blunt(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Cut straight above the eyes."""
    level = rng.uniform(1.55, 1.66)
    return [
        strand(guide, (a * 0.55, 0.22), (a, level + 0.02 * rng.normal()), 0.40, end=0.82, fullest=0.6)
        for a in _spread(8, 56)
    ]


def choppy(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Many pointed locks of uneven length."""
    paths = []
    for k, a in enumerate(_spread(10, 60)):
        down = 1.30 + 0.20 * (k % 2) + 0.12 * (abs(a) / 60) + rng.uniform(-0.07, 0.07)
        paths.append(
            strand(guide, (a * 0.5 + 18 * part, 0.20), (a + rng.uniform(-5, 5), down), rng.uniform(0.36, 0.48))
        )
    return paths


def center(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """One lock between the eyes, the others swept away from it."""
    low = rng.uniform(0.98, 1.15)
    side = 1.0 if part >= 0 else -1.0
    paths = []
    for a, y, w in ((64, 0.98, 0.40), (50, 1.28, 0.44), (35, 1.40, 0.46), (21, 1.50, 0.40)):
        for sign in (-1, 1):
            tip = (sign * (a + rng.uniform(-3, 3)), y + rng.uniform(-0.06, 0.06))
            paths.append(strand(guide, (sign * a * 0.38, 0.18), tip, w, bend=0.30))
    paths.append(strand(guide, (-3.0 * side, 0.20), (4 * side, low), 0.34, bend=0.2, fullest=0.42))
    paths.append(strand(guide, (6.0 * side, 0.20), (10 * side, low + 0.22), 0.26, bend=0.3, fullest=0.42))
    return paths


def swept(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Swept to one side from a part over the other eye."""
    side = 1.0 if part >= 0 else -1.0
    start = 24 * side
    paths = []
    for k, a in enumerate(np.linspace(30, -66, 9)):
        y = 1.58 - 0.058 * k + rng.uniform(-0.04, 0.04)
        root = start - (k - 1) * 4.5 * side
        paths.append(strand(guide, (root, 0.25), (side * a, y), 0.46, bend=0.30, lift=(0.03, 0.13, 0.0)))
    for a, y in ((62, 1.0), (47, 1.32)):
        paths.append(strand(guide, (start + 5 * side, 0.25), (side * a, y), 0.44, bend=0.35))
    return paths


def parted(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Parted in the middle, the forehead showing between."""
    paths = []
    for a, y, w in ((68, 0.92, 0.44), (57, 1.12, 0.46), (45, 1.34, 0.46), (32, 1.55, 0.44)):
        for sign in (-1, 1):
            tip = (sign * a, y + rng.uniform(-0.07, 0.07))
            paths.append(strand(guide, (sign * (3 + a * 0.16), 0.22), tip, w, bend=0.50, lift=(0.05, 0.13, 0.0)))
    return paths


def one_eye(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Long on one side, where it hides most of an eye."""
    side = 1.0 if part >= 0 else -1.0
    paths = []
    for k, a in enumerate(np.linspace(22, -64, 9)):
        y = 1.60 - 0.115 * k + 0.03 * max(k - 5, 0) ** 2 + rng.uniform(-0.03, 0.03)
        paths.append(strand(guide, ((20 - 5 * k) * side, 0.22), (side * a, max(y, 0.80)), 0.46, bend=0.4))
    for a, y in ((64, 0.95), (50, 1.25), (36, 1.48)):
        paths.append(strand(guide, (26 * side, 0.22), (side * a, y), 0.42, bend=0.35))
    return paths


def spiky(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Short, tousled and pointed."""
    paths = []
    for a in _spread(11, 64):
        y = rng.uniform(1.38, 1.66) - 0.15 * (abs(a) > 45)
        tip = (a + rng.uniform(-12, 12) - 9 * part, y)
        lift = (0.05, 0.16, rng.uniform(0.0, 0.12))
        paths.append(strand(guide, (a * 0.5 + 15 * part, 0.16), tip, rng.uniform(0.34, 0.46), lift=lift, bend=0.6))
    return paths


def swept_back(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Combed away from the forehead; a few strands fall beside it."""
    paths = []
    for sign in (-1, 1):
        y = rng.uniform(0.75, 1.1)
        paths.append(strand(guide, (sign * 20, 0.30), (sign * 60, y), 0.22, bend=0.75, lift=(-0.02, 0.12, 0.02)))
        paths.append(strand(guide, (sign * 40, 0.28), (sign * 70, y - 0.15), 0.36, bend=0.7, lift=(-0.02, 0.08, 0.0)))
    return paths


BANGS: dict[str, Cut] = {
    f.__name__: f for f in (blunt, choppy, center, swept, parted, one_eye, spiky, swept_back)
}  # fmt: skip

# --- side locks -------------------------------------------------------------------------------------------------------


def sides(name: str, rng: np.random.Generator, guide: Guide) -> list[Path]:
    """Return both side locks of a cut: none, short, chin, hime, long, wavy."""
    if name == "none":
        return []
    if name == "hime":
        return [strand(guide, (s * 42, 0.4), (s * a, 0.42), 0.40, end=0.9, fullest=0.5, lift=(0.03, 0.07, -0.06))
                for s in (-1, 1) for a in (64, 79)]  # fmt: skip
    length = {"short": 0.72, "chin": 0.02, "long": -1.35, "wavy": -1.2}[name]
    wave = 0.05 if name == "wavy" else 0.0
    paths = []
    for s in (-1, 1):
        for a, shorter, w in ((63, 0.0, 0.36), (76, 0.22, 0.44)):
            tip = (s * a, length + shorter + rng.uniform(-0.08, 0.08))
            lift = (0.03, 0.09, -0.12 if name in ("short", "chin") else 0.0)
            paths.append(strand(guide, (s * a * 0.55, 0.35), tip, w, lift=lift, bend=0.75, wave=wave, fullest=0.55))
    return paths
