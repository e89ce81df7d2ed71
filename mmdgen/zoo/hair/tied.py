"""Hair that is tied up, by name: tails, braids and buns, and the hair on the skull that runs toward them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmdgen.zoo.hair.backs import LOOSE, Back, Point, Style, curtain
from mmdgen.zoo.hair.guide import EQUATOR, Guide
from mmdgen.zoo.hair.locks import Lock, Path, draped
from mmdgen.zoo.mesh import F8, flowing, unit

_TWIN, _PONY, _SIDE, _BRAID, _PLAIT = "左ツインテ", "ポニテ", "サイドテ", "左おさげ", "三つ編み"


def _joints(axis: F8, count: int) -> F8:
    """Return the joints of ``count`` bones along an axis, and the end of the last."""
    return flowing(axis, np.linspace(0, 1, count + 1))


# --- toward the ties --------------------------------------------------------------------------------------------------


def _combed(guide: Guide, tie: Point, roots: Sequence[Sequence[float]], width: float = 0.56) -> list[Path]:
    """Return paths from places on the head to a tie."""
    paths = []
    for root in roots:
        a, b = np.asarray(root, np.float64), np.asarray(tie)
        ways = [a, (a + b) / 2 * [1.15, 1.0, 1.15], b]
        paths.append(draped(guide, ways, width, (-0.05, 0.05, 0.03), root=0.5, tip=0.45, fullest=0.45))
    return paths


def _to_one(guide: Guide, tie: Point) -> list[Path]:
    """Return the hair of the whole head run together at a tie in the middle of the back."""
    crown = EQUATOR + guide.top
    roots = []
    for s in (-1, 1):
        roots += [(s * 0.15, crown, -0.75), (s * 0.50, crown - 0.15, -0.7), (s * 0.85, 2.1, -0.55)]
        roots += [(s * guide.side, 1.45, -0.35), (s * guide.side, 1.10, 0.15), (s * guide.side * 0.95, 0.85, 0.55)]
        roots += [(s * 0.65, 0.55, guide.back * 0.8), (s * 0.22, 0.48, guide.back)]
    return _combed(guide, tie, roots)


def _to_two(guide: Guide, tie: Point) -> list[Path]:
    """Return the hair of the whole head parted in the middle and run to a tie at the left and its mirror image."""
    crown, back = EQUATOR + guide.top, guide.back
    left = [(0.04, crown, -0.7), (0.04, crown, -0.2), (0.04, crown, 0.4), (0.04, 2.2, back), (0.04, 1.6, back),
            (0.05, 1.0, back), (0.20, 0.52, back), (0.75, 0.62, back * 0.7), (guide.side, 0.95, 0.45),
            (guide.side, 1.15, 0.05), (guide.side, 1.5, -0.45), (0.75, 2.2, -0.65)]  # fmt: skip
    paths = []
    for s in (1.0, -1.0):
        paths += _combed(guide, (s * tie[0], tie[1], tie[2]), [(s * x, y, z) for x, y, z in left])
    return paths


# --- what hangs -------------------------------------------------------------------------------------------------------


def _frame(spine: F8) -> tuple[F8, F8]:
    """Return directions across and out of a hanging spine (N, 3)."""
    tangent = unit(np.gradient(spine, axis=0))
    side = unit(np.cross(tangent, np.array([0.0, 0.15, -1.0])))
    return side, np.cross(side, tangent)


def _tail(
    guide: Guide,
    axis: F8,
    radius: float,
    chain: str,
    *,
    count: int = 7,
    wave: float = 0.0,
    waves: float = 1.5,
    full: float = 0.55,
) -> list[Lock]:
    """Return the locks of a tail about an axis (knots, 3); it swells and then runs out in points."""
    steps = 15 if not wave else 22
    t = np.linspace(0, 1, steps)
    spine = flowing(axis, t)
    side, front = _frame(spine)
    radius *= guide.spread**0.5
    swell = radius * (0.25 + 0.75 * np.sin(np.pi * np.clip(t * 0.85 + 0.10, 0, 1)) ** 0.8)
    locks = []
    for k in range(count):
        a = 2 * np.pi * k / count
        drift = wave * np.sin(2 * np.pi * waves * t + k)
        outward = side * np.cos(a) + front * np.sin(a)
        reach = np.minimum(swell, radius) * (1 - full * t**3)
        line = spine + outward * (reach * 0.62)[:, None] + side * (drift * t)[:, None]
        half = radius * 0.62 * np.clip(0.5 + 1.6 * t, 0, 1) * (1 - t ** (2.6 + 0.5 * (k % 3)))
        locks.append(Lock(guide.clear_of_body(line), outward, half, 0.45, f"lock{k % 4}", 0.7, chain))
    return locks


def _drill(guide: Guide, axis: F8, radius: float, turns: float, chain: str) -> list[Lock]:
    """Return a ringlet: one lock wound about an axis, narrower toward its end."""
    t = np.linspace(0, 1, round(13 * turns))
    spine = guide.clear_of_body(flowing(axis, t))
    side, front = _frame(spine)
    phase = 2 * np.pi * turns * t
    outward = side * np.cos(phase)[:, None] + front * np.sin(phase)[:, None]
    size = radius * np.clip(0.45 + 3 * t, 0, 1) * (1 - 0.80 * t**1.6)
    length = float(np.linalg.norm(np.diff(spine, axis=0), axis=1).sum())
    half = np.full(len(t), 0.62 * length / turns) * np.clip(t * 6, 0.3, 1) * np.clip((1 - t) * 5, 0.02, 1)
    return [Lock(spine + outward * size[:, None], outward, half, 0.30, "lock0", 0.6, chain)]


def _plait(guide: Guide, axis: F8, size: float, turns: float, chain: str, *, taper: float = 0.4) -> list[Lock]:
    """Return the three locks of a braid about an axis."""
    t = np.linspace(0, 1, round(10 * turns))
    spine = guide.clear_of_body(flowing(axis, t))
    tangent = unit(np.gradient(spine, axis=0))
    side = unit(np.cross(tangent, np.array([0.0, 0.0, -1.0])))
    return _woven(spine, side, np.cross(side, tangent), size * (1 - taper * t), turns, chain)


def _woven(spine: F8, side: F8, front: F8, size: F8, turns: float, chain: str) -> list[Lock]:
    t = np.linspace(0, 1, len(spine))
    locks = []
    for k in range(3):
        phase = 2 * np.pi * (t * turns + k / 3)
        line = spine + side * (size * np.sin(phase))[:, None] + front * (0.5 * size * np.sin(2 * phase))[:, None]
        half = size * 0.85 * np.where(t > 0.93, (1 - t) / 0.07 * 0.6 + 0.4, 1)
        outward = unit(front + side * (0.5 * np.sin(phase))[:, None])
        locks.append(Lock(line, outward, half, 0.6, f"lock{k}", 0.6, chain))
    return locks


def _two(
    paths: Sequence[Path], tie: Point, tails: Sequence[Lock], chain: str, joints: F8, *, ties: bool = True
) -> Back:
    places = [tie, (-tie[0], tie[1], tie[2])] if ties else []
    return Back(paths, tails, places, chains={chain: joints}, paired=True)


# --- styles -----------------------------------------------------------------------------------------------------------


def _high_axis(rng: np.random.Generator, guide: Guide, drop: float) -> F8:
    high, reach = rng.uniform(1.8, 2.4), guide.spread * rng.uniform(0.6, 1.15)
    x = guide.side * 0.86
    return np.array([(x, high, 0.42), (x + reach * 0.75, high + 0.10, 0.5), (x + reach, high - drop * 0.4, 0.55),
                     (x + reach * 0.72, high - drop, 0.5)])  # fmt: skip


def twin_tails(rng: np.random.Generator, guide: Guide) -> Back:
    """Two tails tied high at the sides."""
    axis = _high_axis(rng, guide, rng.uniform(2.2, 4.4))
    tie = _point(axis[0])
    wave = float(rng.choice([0.0, 0.0, 0.10]))
    return _two(_to_two(guide, tie), tie, _tail(guide, axis, rng.uniform(0.32, 0.46), _TWIN, wave=wave), _TWIN,
                _joints(axis, 5))  # fmt: skip


def drills(rng: np.random.Generator, guide: Guide) -> Back:
    """Two curled tails, like drills."""
    high, drop = rng.uniform(1.7, 2.2), rng.uniform(1.7, 2.6)
    x = guide.side * 0.90
    axis = np.array([(x, high, 0.3), (x + 0.45, high - 0.15, 0.25), (x + 0.55, high - drop * 0.5, 0.15),
                     (x + 0.40, high - drop, 0.1)])  # fmt: skip
    tie = _point(axis[0])
    left = _drill(guide, axis, rng.uniform(0.30, 0.42), rng.uniform(4.0, 5.5), _TWIN)
    return _two(_to_two(guide, tie), tie, left, _TWIN, _joints(axis, 3))


def low_tails(rng: np.random.Generator, guide: Guide) -> Back:
    """Two tails tied low that fall in front of the shoulders."""
    tie = (guide.side * 0.80, 0.32, 0.28)
    low = rng.uniform(-2.6, -1.4)
    axis = np.array([tie, (1.20, -0.15, 0.0), (1.22, -0.95, -0.55), (1.05, low, -0.75)])
    return _two(_to_two(guide, tie), tie, _tail(guide, axis, rng.uniform(0.26, 0.34), _TWIN), _TWIN, _joints(axis, 3))


def ponytail(rng: np.random.Generator, guide: Guide) -> Back:
    """One tail tied high at the back, leaning to a side."""
    lean = rng.choice([-1, 1]) * rng.uniform(0.3, 1.0)
    tie = (0.0, 2.25, guide.back * 0.82)
    low = rng.uniform(-2.0, 0.2)
    axis = np.array([tie, (lean * 0.55, 2.65, 1.55), (lean * 1.3, 1.6, 1.75), (lean * 1.5, low, 1.2)])
    return Back(_to_one(guide, tie), _tail(guide, axis, 0.50, _PONY, count=8), [tie], chains={_PONY: _joints(axis, 4)})


def straight_pony(rng: np.random.Generator, guide: Guide) -> Back:
    """One tail from the middle of the back, straight down; its swing shows beside the head."""
    tie = (0.0, 1.75, guide.back)
    lean, low = float(rng.choice([-1, 1])) * rng.uniform(0.5, 1.3), rng.uniform(-3.0, -1.2)
    axis = np.array([tie, (lean * 0.3, 1.7, 1.9), (lean * 0.8, 0.4, 1.9), (lean, low, 1.3)])
    return Back(_to_one(guide, tie), _tail(guide, axis, 0.40, _PONY), [tie], chains={_PONY: _joints(axis, 4)})


def low_pony(rng: np.random.Generator, guide: Guide) -> Back:
    """One tail tied in the neck, laid over a shoulder."""
    side = float(rng.choice([-1, 1]))
    tie = (side * 0.45, 0.30, guide.back * 0.72)
    axis = np.array([tie, (side * 1.05, -0.10, 0.45), (side * 1.20, -0.75, -0.35), (side * 1.0, -2.1, -0.75)])
    return Back(_to_one(guide, tie), _tail(guide, axis, 0.30, _PONY), [tie], chains={_PONY: _joints(axis, 3)})


def side_tail(rng: np.random.Generator, guide: Guide) -> Back:
    """One tail at the side."""
    side, low = float(rng.choice([-1, 1])), rng.uniform(-1.8, -0.6)
    tie = (side * guide.side * 0.90, rng.uniform(1.6, 2.2), 0.35)
    y = tie[1]
    axis = np.array([tie, (side * 1.72, y, 0.35), (side * 1.85, y - 1.05, 0.25), (side * 1.55, low, 0.0)])
    loose = curtain(rng, guide, rng.uniform(0.2, 0.5), flare=-0.12, end=0.2)
    return Back(loose, _tail(guide, axis, 0.44, _SIDE), [tie], chains={_SIDE: _joints(axis, 4)})


def buns(rng: np.random.Generator, guide: Guide) -> Back:
    """Two buns on the head."""
    r = rng.uniform(0.34, 0.46)
    tie = (guide.side * 0.66, EQUATOR + guide.top - 0.24, 0.2)
    return Back(_to_two(guide, (tie[0], 2.35, 0.2)), balls=[(*tie, r)], paired=True)


def bun_tails(rng: np.random.Generator, guide: Guide) -> Back:
    """Two buns with a thin tail from either."""
    r, drop = rng.uniform(0.30, 0.38), rng.uniform(2.6, 4.4)
    x, y = guide.side * 0.68, EQUATOR + guide.top - 0.22
    axis = np.array(
        [(x, y, 0.25), (x + 0.50, y - 0.1, 0.35), (x + 0.80, y - drop * 0.4, 0.4), (x + 0.7, y - drop, 0.3)]
    )
    return Back(_to_two(guide, (x, 2.35, 0.2)), _tail(guide, axis, 0.20, _TWIN, count=5), balls=[(x, y, 0.2, r)],
                chains={_TWIN: _joints(axis, 5)}, paired=True)  # fmt: skip


def low_bun(rng: np.random.Generator, guide: Guide) -> Back:
    """One bun at the back of the head or in the neck."""
    y = rng.uniform(0.75, 1.5)
    tie = (0.0, y, guide.back * 0.98)
    return Back(_to_one(guide, tie), balls=[(0.0, y, guide.back + 0.22, rng.uniform(0.42, 0.55))])


def top_bun(rng: np.random.Generator, guide: Guide) -> Back:
    """One bun on the crown."""
    r = rng.uniform(0.38, 0.50)
    tie = (0.0, EQUATOR + guide.top - 0.05, 0.45)
    return Back(_to_one(guide, tie), balls=[(0.0, tie[1] + r * 0.62, 0.5, r)])


def braids(rng: np.random.Generator, guide: Guide) -> Back:
    """Two braids that hang in front of the shoulders."""
    tie = (guide.side * 0.86, 0.45, 0.20)
    low = rng.uniform(-2.8, -1.5)
    axis = np.array([tie, (1.16, -0.1, -0.1), (1.10, -0.95, -0.62), (1.0, low, -0.80)])
    left = _plait(guide, axis, rng.uniform(0.13, 0.18), 4.5, _BRAID)
    end = left[0].spine[-4]
    back = _two(_to_two(guide, tie), tie, left, _BRAID, _joints(axis, 3), ties=False)
    return Back(back.paths, left, [_point(end), _point(end * [-1, 1, 1])], chains=back.chains, paired=True)


def braid(rng: np.random.Generator, guide: Guide) -> Back:
    """One thick braid, down the back or over a shoulder."""
    side = float(rng.choice([-1, 1]))
    tie = (side * 0.30, 0.45, guide.back * 0.85)
    over = [(side * 0.95, -0.05, 0.62), (side * 1.22, -0.70, -0.10), (side * 0.95, -2.4, -0.80)]
    behind = [(0.1 * side, -0.2, 1.2), (0.0, -1.4, 1.15), (0.0, -3.6, 1.0)]
    axis = np.array([tie, *(over if rng.random() < 0.7 else behind)])
    locks = _plait(guide, axis, 0.20, 5.0, _PLAIT)
    return Back(_to_one(guide, tie), locks, [_point(locks[0].spine[-4])], chains={_PLAIT: _joints(axis, 4)})


def crown_braid(rng: np.random.Generator, guide: Guide) -> Back:
    """A braid over the head from ear to ear, hair below it."""
    a = np.linspace(0, np.pi / 2, 40)
    x, y, z = (guide.side - 0.02) * np.cos(a), EQUATOR + (guide.top * np.sin(a)), -0.35 - 0.25 * np.sin(a)
    turn, q = guide.place(np.stack([x, y - 0.15 * np.cos(a), z], -1))
    spine = guide.at(turn, q, 0.11)
    spine[-1, 0] = 0
    outward = guide.normal(turn, q)
    across = unit(np.cross(unit(np.gradient(spine, axis=0)), outward))
    left = _woven(spine, across, outward, np.full(40, 0.13), 4.0, "")
    base = LOOSE[str(rng.choice(["bob", "long", "wavy", "flipped"]))](rng, guide)
    return Back(base.paths, left, paired=True)


def half_up(rng: np.random.Generator, guide: Guide) -> Back:
    """Long hair, the upper half tied at the back."""
    tie = (0.0, 1.95, guide.back * 0.97)
    low = rng.uniform(-3.0, -1.2)
    base = curtain(rng, guide, low, flare=0.08, jitter=0.2, start=82, wave=float(rng.choice([0, 0.05])))
    temples = _combed(
        guide, tie, [(s * x, y, z) for s in (-1, 1) for x, y, z in ((1.2, 1.6, -0.3), (0.95, 2.1, -0.45))]
    )
    axis = np.array([tie, (0.0, 1.95, 1.75), (0.1, 0.9, 1.75), (0.1, min(low + 1.2, 0.2), 1.5)])
    return Back([*base, *temples], _tail(guide, axis, 0.30, _PONY, count=5), [tie], chains={_PONY: _joints(axis, 3)})


def two_side_up(rng: np.random.Generator, guide: Guide) -> Back:
    """Long hair with two small tails high at the sides."""
    base = curtain(rng, guide, rng.uniform(-3.0, -1.6), flare=0.06, jitter=0.2, count=15)
    axis = _high_axis(rng, guide, rng.uniform(1.2, 2.2))
    tie = _point(axis[0])
    top = [p for s in (1.0, -1.0)
           for p in _combed(guide, (s * tie[0], tie[1], tie[2]),
                            [(s * x, y, z) for x, y, z in ((0.3, 2.95, -0.2), (0.5, 2.8, 0.5), (0.8, 2.2, -0.6))],
                            0.42)]  # fmt: skip
    return _two([*base, *top], tie, _tail(guide, axis, 0.24, _TWIN, count=5), _TWIN, _joints(axis, 4))


def _point(at: F8) -> Point:
    x, y, z = (float(v) for v in at)
    return x, y, z


TIED: dict[str, Style] = {
    style.__name__: style
    for style in (twin_tails, drills, low_tails, ponytail, straight_pony, low_pony, side_tail, buns, bun_tails, low_bun,
                  top_bun, braids, braid, crown_braid, half_up, two_side_up)
}  # fmt: skip
BACKS: dict[str, Style] = LOOSE | TIED
