"""Bangs by name: each cut is a list of paths over the guide, what lies underneath first.

Turns are degrees from the front, positive to the character's left; the eyes lie between 12 and 50 of them. Cuts end
above ``guide.eyes`` there, between the eyes and beside them they may hang lower.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmdgen.zoo.hair.guide import EQUATOR, Guide
from mmdgen.zoo.hair.locks import Path, draped, strand

Cut = Callable[[np.random.Generator, Guide, float], list[Path]]  # randomness, guide, part (-1 to 1) to paths


def _spread(count: int, reach: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.linspace(-reach, reach, count)


def _pair(
    paths: list[Path],
    guide: Guide,
    root: tuple[float, float],
    tip: tuple[float, float],
    width: float,
    *,
    bend: float = 0.45,
    lift: tuple[float, float, float] = (-0.06, 0.10, 0.0),
    fullest: float = 0.5,
) -> None:
    """Add a strand and its mirror image."""
    for s in (-1, 1):
        ends = (s * root[0], root[1]), (s * tip[0], tip[1])
        paths.append(strand(guide, *ends, width, bend=bend, lift=lift, fullest=fullest))


def blunt(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Cut straight above the eyes."""
    level = guide.eyes + rng.uniform(0.02, 0.12)
    return [
        strand(guide, (a * 0.55, 0.22), (a, level + 0.02 * rng.normal()), 0.40, end=0.86, fullest=0.6, free=True)
        for a in _spread(8, 58)
    ]


def arched(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Cut in an arch that runs down to the temples."""
    level, drop = guide.eyes + rng.uniform(0.10, 0.18), rng.uniform(0.18, 0.42)
    return [
        strand(guide, (a * 0.5, 0.20), (a, level - drop * (abs(a) / 64) ** 3), 0.42, end=0.55, fullest=0.6, bend=0.4)
        for a in _spread(10, 64)
    ]


def choppy(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Many pointed locks of uneven length."""
    paths = []
    for k, a in enumerate(_spread(10, 62)):
        down = guide.eyes + 0.15 * (k % 2) - 0.45 * (abs(a) > 52) + rng.uniform(-0.07, 0.05)
        tip = (a + rng.uniform(-5, 5), down)
        paths.append(strand(guide, (a * 0.5 + 18 * part, 0.20), tip, rng.uniform(0.38, 0.50)))
    for a in rng.uniform(-45, 45, 3).tolist():
        low = guide.eyes + rng.uniform(-0.02, 0.10)
        paths.append(strand(guide, (a * 0.5 + 18 * part, 0.12), (a, low), 0.22, lift=(-0.04, 0.16, 0.02)))
    return paths


def center(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """One lock between the eyes, the others swept away from it."""
    low = rng.uniform(0.85, 1.05)
    side = 1.0 if part >= 0 else -1.0
    paths: list[Path] = []
    for a, y, w in ((64, 0.86, 0.40), (50, 1.16, 0.44), (35, guide.eyes - 0.03, 0.46), (21, guide.eyes, 0.40)):
        _pair(paths, guide, (a * 0.38, 0.18), (a + rng.uniform(-3, 3), y + rng.uniform(-0.04, 0.06)), w, bend=0.30)
    paths.append(strand(guide, (-3.0 * side, 0.20), (4 * side, low), 0.34, bend=0.2, fullest=0.42))
    paths.append(strand(guide, (6.0 * side, 0.20), (10 * side, low + 0.22), 0.24, bend=0.3, fullest=0.42))
    return paths


def m_shape(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """A broad point between the eyes, an arch over either eye, long at the temples."""
    low = rng.uniform(0.82, 1.02)
    paths: list[Path] = []
    _pair(paths, guide, (30, 0.2), (66, 0.62), 0.46, bend=0.5)
    _pair(paths, guide, (24, 0.2), (54, 1.06), 0.48, bend=0.4)
    _pair(paths, guide, (18, 0.2), (38, guide.eyes + 0.04), 0.50, bend=0.35)
    _pair(paths, guide, (12, 0.2), (22, guide.eyes + 0.12), 0.46, bend=0.3)
    _pair(paths, guide, (7, 0.18), (8, low + 0.28), 0.36, bend=0.4, lift=(-0.05, 0.13, 0.03))
    _pair(paths, guide, (3, 0.16), (2.5, low), 0.30, bend=0.6, lift=(-0.05, 0.16, 0.05), fullest=0.4)
    return paths


def swept(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Swept to one side from a part over the other eye."""
    side = 1.0 if part >= 0 else -1.0
    start = 24 * side
    paths = []
    for k, a in enumerate(np.linspace(30, -68, 9)):
        y = guide.eyes + 0.10 - 0.022 * k - 0.40 * max(0.0, (-a - 46) / 22) + rng.uniform(-0.04, 0.04)
        root = start - (k - 1) * 4.5 * side
        paths.append(strand(guide, (root, 0.25), (side * a, y), 0.46, bend=0.30, lift=(-0.05, 0.13, 0.0)))
    for a, y in ((64, 0.8), (50, 1.20)):
        paths.append(strand(guide, (start + 5 * side, 0.25), (side * a, y), 0.44, bend=0.35))
    return paths


def side_short(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Short, brushed across the forehead with some lift, as boys wear it."""
    side = 1.0 if part >= 0 else -1.0
    paths = []
    for k, a in enumerate(np.linspace(-66, 34, 8)):
        y = guide.eyes + 0.20 + 0.10 * np.sin(k * 1.7) - 0.20 * (a < -50) + rng.uniform(-0.03, 0.05)
        paths.append(strand(guide, (side * (34 + (a - 34) * 0.35), 0.26), (side * a, y), rng.uniform(0.40, 0.50),
                            bend=0.15, lift=(-0.04, 0.20, rng.uniform(0.02, 0.10)), fullest=0.45))  # fmt: skip
    for a, y in ((66, 1.05), (54, guide.eyes + 0.1), (44, guide.eyes + 0.25)):
        paths.append(strand(guide, (side * 34, 0.27), (side * a, y), 0.36, bend=0.5, lift=(-0.04, 0.12, 0.02)))
    return paths


def parted(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Parted in the middle, the forehead showing between."""
    paths: list[Path] = []
    for a, y, w in ((68, 0.82, 0.44), (57, 1.0, 0.46), (48, guide.eyes - 0.12, 0.46), (34, guide.eyes + 0.08, 0.44)):
        tip = (a, y + rng.uniform(-0.05, 0.07))
        _pair(paths, guide, (a * 0.16 - 3.5, 0.22), tip, w, bend=0.38, lift=(-0.05, 0.13, 0.0))
    return paths


def curtain(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Two long wings from a part that frame the face down to the cheeks."""
    low, off = rng.uniform(0.35, 0.75), 10 * part
    paths: list[Path] = []
    for s in (-1, 1):
        for a, y, w, out in ((70, low - 0.2, 0.42, 0.02), (63, low + 0.12, 0.46, 0.08), (58, low + 0.50, 0.46, 0.14),
                             (52, guide.eyes - 0.05, 0.40, 0.10)):  # fmt: skip
            tip = (s * a, y + rng.uniform(-0.06, 0.06))
            paths.append(strand(guide, (off + s * (1.5 + (a - 52) * 0.3), 0.20), tip, w, bend=0.60,
                                lift=(-0.04, 0.16, out), fullest=0.55))  # fmt: skip
    return paths


def one_eye(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Long on one side, where it hides most of an eye."""
    side = 1.0 if part >= 0 else -1.0
    low = rng.uniform(0.45, 0.75)
    paths = []
    for k, a in enumerate(np.linspace(22, -66, 9)):
        y = guide.eyes + 0.08 - 0.13 * k + 0.03 * max(k - 5, 0) ** 2 + rng.uniform(-0.03, 0.03)
        paths.append(strand(guide, ((20 - 5 * k) * side, 0.22), (side * a, max(y, low)), 0.46, bend=0.4))
    for a, y in ((66, 0.85), (54, 1.18), (40, guide.eyes + 0.02)):
        paths.append(strand(guide, (26 * side, 0.22), (side * a, y), 0.42, bend=0.35))
    return paths


def spiky(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Short, tousled and pointed."""
    paths = []
    for a in _spread(11, 66):
        y = guide.eyes + rng.uniform(-0.03, 0.22) - 0.25 * (abs(a) > 52)
        tip = (a + rng.uniform(-9, 9) - 6 * part, y)
        lift = (-0.04, 0.18, rng.uniform(0.02, 0.16))
        paths.append(strand(guide, (a * 0.5 + 15 * part, 0.16), tip, rng.uniform(0.34, 0.46), lift=lift, bend=0.6))
    return paths


def swept_back(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Combed away from the forehead; a few strands fall beside it."""
    paths: list[Path] = _combed(guide, 2.12)
    y = rng.uniform(0.75, 1.1)
    _pair(paths, guide, (22, 0.30), (60, y), 0.20, bend=0.75, lift=(-0.02, 0.14, 0.04))
    _pair(paths, guide, (40, 0.28), (70, y - 0.15), 0.34, bend=0.7, lift=(-0.02, 0.08, 0.0))
    return paths


def _combed(guide: Guide, line: float) -> list[Path]:
    """Return locks from the hairline back over the head."""
    paths = []
    crown = EQUATOR + guide.top
    for x in _spread(11, 0.92):
        height = line - 0.75 * (abs(x) / 0.92) ** 2.6
        ways = [
            (x, height, -1.0),
            (x * 1.02, crown - 0.25 - 0.5 * x * x, -0.7),
            (x * 0.8, crown, 0.1),
            (x * 0.7, 2.2, 1.2),
        ]
        paths.append(draped(guide, ways, 0.36, (-0.14, 0.03, 0.06, 0.03), root=0.60, tip=0.3, fullest=0.4))
    return paths


def raised(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Short tufts brushed up from the forehead."""
    paths = _combed(guide, 2.08)
    crown = EQUATOR + guide.top
    for x in _spread(7, 0.72) + rng.uniform(-0.05, 0.05, 7):
        height = 2.10 - 0.55 * (abs(x) / 0.8) ** 3
        lean = 0.30 * part + rng.uniform(-0.15, 0.15)
        ways = [(x, height, -1.0), (x + lean * 0.4, crown - 0.45, -1.0), (x + lean, crown, -0.55)]
        rise = rng.uniform(0.16, 0.34)
        paths.append(draped(guide, ways, 0.38, (-0.08, 0.06, 0.14, rise), root=0.4, fullest=0.4))
    return paths


def wispy(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Thin strands that let the forehead show."""
    paths: list[Path] = []
    for a in (62, 69):
        _pair(paths, guide, (a * 0.45, 0.24), (a, 0.85 + rng.uniform(-0.1, 0.2)), 0.34, bend=0.55)
    for a in _spread(9, 50) + rng.uniform(-4, 4, 9):
        y = guide.eyes + rng.uniform(-0.10, 0.14) - 0.35 * (abs(a) < 9)
        root = (a * 0.55 + 10 * part, 0.22)
        paths.append(strand(guide, root, (a + 4 * part, y), rng.uniform(0.13, 0.24), bend=0.5, fullest=0.35))
    return paths


def crossed(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Locks from either side of a part that cross between the eyes."""
    side = 1.0 if part >= 0 else -1.0
    paths: list[Path] = []
    for a, y, w in ((66, 0.85, 0.42), (54, 1.16, 0.44), (40, guide.eyes + 0.02, 0.46), (25, guide.eyes + 0.10, 0.44)):
        _pair(paths, guide, (a * 0.4, 0.20), (a, y + rng.uniform(-0.04, 0.05)), w, bend=0.35)
    paths.append(strand(guide, (14 * side, 0.2), (-9 * side, 0.94), 0.34, bend=0.35, lift=(-0.05, 0.12, 0.01)))
    paths.append(strand(guide, (-13 * side, 0.2), (8 * side, 1.10), 0.32, bend=0.35, lift=(-0.05, 0.17, 0.05)))
    return paths


def grown_out(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Too long: thin strands hang before the eyes, heavy ones between and beside them."""
    paths: list[Path] = []
    for a, y, w in ((68, 0.45, 0.42), (58, 0.82, 0.42), (49, 1.04, 0.36), (30, guide.eyes + 0.04, 0.5),
                    (17, guide.eyes - 0.02, 0.42)):  # fmt: skip
        _pair(paths, guide, (a * 0.5, 0.2), (a, y + rng.uniform(-0.06, 0.06)), w, bend=0.5)
    for a, y, w in ((-3, 0.76, 0.34), (5, 0.88, 0.30), (31, 1.06, 0.11), (-33, 1.00, 0.11)):
        paths.append(strand(guide, (a * 0.5 + 12 * part, 0.18), (a, y), w, bend=0.5, lift=(-0.05, 0.15, 0.03)))
    return paths


def slanted(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """A straight cut that runs down to one side."""
    side = 1.0 if part >= 0 else -1.0
    level, fall = guide.eyes + rng.uniform(0.22, 0.32), rng.uniform(0.20, 0.30)
    return [
        strand(guide, (a * 0.45 + 14 * side, 0.20), (a, level - fall * (0.5 - side * a / 120)), 0.44, end=0.5,
               fullest=0.6, bend=0.35)
        for a in _spread(9, 62)
    ]  # fmt: skip


def baby(rng: np.random.Generator, guide: Guide, _part: float) -> list[Path]:
    """Very short, high on the forehead."""
    level = guide.eyes + rng.uniform(0.26, 0.34)
    return [strand(guide, (a * 0.5, 0.24), (a, level + 0.03 * rng.normal() - 0.3 * (abs(a) > 55)), 0.36, end=0.6)
            for a in _spread(10, 62)]  # fmt: skip


def fluffy(rng: np.random.Generator, guide: Guide, part: float) -> list[Path]:
    """Soft waves with rounded ends."""
    paths = []
    for k, a in enumerate(_spread(9, 62)):
        y = guide.eyes + 0.12 - 0.35 * (abs(a) > 50) + rng.uniform(-0.06, 0.06)
        curl = 9.0 if (k + (part > 0)) % 2 else -7.0
        paths.append(strand(guide, (a * 0.5, 0.18), (a + curl, y), 0.50, bend=0.30, lift=(-0.05, 0.24, 0.02), end=0.25,
                            wave=0.03, waves=1.0, fullest=0.62))  # fmt: skip
    return paths


BANGS: dict[str, Cut] = {
    f.__name__: f for f in (blunt, arched, choppy, center, m_shape, swept, side_short, parted, curtain, one_eye, spiky,
                            swept_back, raised, wispy, crossed, grown_out, slanted, baby, fluffy)
}  # fmt: skip

# --- side locks -------------------------------------------------------------------------------------------------------

SIDES = ("none", "short", "ear", "chin", "hime", "long", "longest", "wavy", "curled", "thin", "flicked")


def sides(name: str, rng: np.random.Generator, guide: Guide) -> list[Path]:
    """Return both side locks of a cut, one of SIDES."""
    if name == "none":
        return []
    if name == "hime":
        level = rng.uniform(0.20, 0.50)
        return [strand(guide, (s * 42, 0.4), (s * a, level), 0.40, end=0.92, fullest=0.5, lift=(-0.05, 0.07, -0.04),
                       free=True) for s in (-1, 1) for a in (79, 64)]  # fmt: skip
    low, wave, out, widths = {
        "short": (0.85, 0.0, -0.04, (0.32, 0.36)),
        "ear": (0.97, 0.0, 0.05, (0.26, 0.34)),
        "chin": (0.02, 0.0, -0.06, (0.36, 0.44)),
        "long": (-1.35, 0.0, 0.0, (0.36, 0.44)),
        "longest": (-2.6, 0.0, 0.0, (0.38, 0.44)),
        "wavy": (-1.2, 0.05, 0.05, (0.36, 0.44)),
        "curled": (-0.55, 0.09, 0.05, (0.30, 0.34)),
        "thin": (-0.75, 0.0, 0.0, (0.16, 0.22)),
        "flicked": (0.12, 0.0, 0.24, (0.34, 0.42)),
    }[name]
    paths = []
    for s in (-1, 1):
        for a, shorter, w in ((77, 0.22, widths[1]), (64, 0.0, widths[0])):
            tip = (s * a, low + shorter + rng.uniform(-0.08, 0.08))
            paths.append(strand(guide, (s * a * 0.55, 0.35), tip, w, lift=(-0.05, 0.09, out), bend=0.75, wave=wave,
                                waves=3.0 if name == "curled" else 2.0, fullest=0.55))  # fmt: skip
    return paths
