"""Hair that falls behind the face, by name; tied.py has what is tied up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mmdgen.zoo.hair.guide import EQUATOR, Guide
from mmdgen.zoo.hair.locks import Lock, Path, draped, strand
from mmdgen.zoo.mesh import F8

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Back:
    """Paths over the guide, and locks that hang free; ``ties`` are where ribbons may sit (x, y, z).

    ``paired`` tails and balls are those of the left side, to be mirrored. ``chains`` are the joints (K, 3) of the bones
    that tails hang on. ``shaved`` leaves stubble under the paths.
    """

    paths: Sequence[Path] = ()
    tails: Sequence[Lock] = ()
    ties: Sequence[Point] = ()
    balls: Sequence[tuple[float, float, float, float]] = ()  # buns: x, y, z, radius
    chains: Mapping[str, F8] = field(default_factory=dict)
    paired: bool = False
    shaved: bool = False


Style = Callable[[np.random.Generator, Guide], Back]


def curtain(
    rng: np.random.Generator,
    guide: Guide,
    level: float,
    *,
    start: float = 78,
    count: int = 13,
    width: float = 0.66,
    jitter: float = 0.12,
    end: float = 0.0,
    lift: float = 0.07,
    flare: float = 0.0,
    wave: float = 0.0,
    waves: float = 2.0,
    rise: float = 0.0,
    free: bool = False,
) -> list[Path]:
    """Return locks from the crown over sides and back down to ``level``; ``rise`` lifts the hem toward the front."""
    paths = []
    half = np.linspace(start, 180, (count + 1) // 2)
    out = flare + 0.28 * (guide.spread - 1)
    for k, a in enumerate(np.concatenate([-half[:-1], half])):
        y = level + rng.uniform(-jitter, jitter) + rise * (1 - (abs(a) - start) / (180 - start))
        over = 0.03 * (k % 2)  # neighbours overlap without lying in one plane
        close = 0.5 if abs(a) < start + 12 else 1.0
        ways = (-0.05 + over, lift * close + over + rng.uniform(0, 0.03), out + over)
        root, tip = (a * (1 - 0.08 * (180 - abs(a)) / (180 - start)), 0.04), (a, y)
        paths.append(strand(guide, root, tip, width, lift=ways, end=end, bend=0.9, wave=wave, waves=waves, start=0.15,
                            fullest=0.55, free=free))  # fmt: skip
    return paths


def tufts(rng: np.random.Generator, guide: Guide, high: float, count: int, size: float) -> list[Path]:
    """Return short locks about the crown that end in the air."""
    paths = []
    for a in rng.permutation(np.linspace(-170, 170, count)) + rng.uniform(-8, 8, count):
        y = high + rng.uniform(-0.25, 0.25)
        out = size * guide.spread * rng.uniform(0.6, 1.2)
        paths.append(strand(guide, (a * 0.9, 0.12), (a + rng.uniform(-14, 14), y), rng.uniform(0.34, 0.48),
                            lift=(0.0, 0.10, out), bend=0.5, fullest=0.4, start=0.4))  # fmt: skip
    return paths


def long(rng: np.random.Generator, guide: Guide) -> Back:
    """Straight, down the back."""
    return Back(curtain(rng, guide, rng.uniform(-3.2, -2.2), flare=0.05, jitter=0.2, count=15))


def very_long(rng: np.random.Generator, guide: Guide) -> Back:
    """Straight, below the waist, spreading."""
    low = rng.uniform(-6.0, -4.4)
    return Back(curtain(rng, guide, low, flare=0.35, jitter=0.4, count=15, width=0.76))


def hime(rng: np.random.Generator, guide: Guide) -> Back:
    """Long and straight, cut in one line."""
    low = rng.uniform(-3.6, -2.4)
    return Back(curtain(rng, guide, low, flare=0.03, jitter=0.03, count=15, end=0.9, width=0.60, free=True))


def wavy(rng: np.random.Generator, guide: Guide) -> Back:
    """Long and wavy, wider toward the ends."""
    low = rng.uniform(-2.8, -2.0)
    return Back(curtain(rng, guide, low, flare=0.40, wave=0.10, jitter=0.25, width=0.76, waves=3.0))


def curly(rng: np.random.Generator, guide: Guide) -> Back:
    """Many small waves, full at the sides."""
    low = rng.uniform(-1.6, -0.8)
    under = curtain(rng, guide, low, lift=0.18, flare=0.40, wave=0.10, waves=4.5, jitter=0.3, width=0.62, end=0.2)
    over = curtain(rng, guide, low + 0.8, lift=0.26, flare=0.46, wave=0.10, waves=3.5, count=11, jitter=0.3, start=84,
                   end=0.2)  # fmt: skip
    return Back([*under, *over])


def bob(rng: np.random.Generator, guide: Guide) -> Back:
    """Ends around the chin and curls in."""
    low, out = rng.uniform(-0.10, 0.30), rng.uniform(0.05, 0.16)
    return Back(curtain(rng, guide, low, lift=out, flare=-0.20, end=0.18, width=0.70, jitter=0.05))


def long_bob(rng: np.random.Generator, guide: Guide) -> Back:
    """To the shoulders in one line, longer in front."""
    low = rng.uniform(-0.45, -0.30)
    return Back(curtain(rng, guide, low + 0.4, flare=0.02, end=0.8, rise=-0.4, width=0.62, jitter=0.03, free=True))


def layered(rng: np.random.Generator, guide: Guide) -> Back:
    """To the shoulders, ends flicked out."""
    inner = curtain(rng, guide, -0.42, flare=0.26, jitter=0.16, width=0.62)
    return Back([*inner, *curtain(rng, guide, 0.35, start=84, flare=0.20, count=11, jitter=0.15, width=0.6)])


def wolf(rng: np.random.Generator, guide: Guide) -> Back:
    """Short and full above, thin and long in the neck."""
    low = rng.uniform(-0.9, -0.45)
    neck = curtain(rng, guide, low, start=100, flare=0.12, jitter=0.22, width=0.46, count=11)
    middle = curtain(rng, guide, 0.42, start=84, lift=0.10, flare=0.26, count=11, jitter=0.16, width=0.54)
    return Back([*neck, *middle, *curtain(rng, guide, 1.15, start=80, lift=0.12, flare=0.24, count=9, jitter=0.18)])


def flipped(rng: np.random.Generator, guide: Guide) -> Back:
    """Medium long, rolled outward at the ends."""
    low = rng.uniform(-0.25, 0.1)
    return Back(curtain(rng, guide, low, lift=0.02, flare=0.42, jitter=0.06, end=0.35, width=0.66))


def short(rng: np.random.Generator, guide: Guide) -> Back:
    """A short crop with pointed ends."""
    low = curtain(rng, guide, 0.55, start=86, flare=0.10, jitter=0.14, width=0.58, rise=0.35)
    return Back([*low, *curtain(rng, guide, 1.15, start=80, count=11, flare=0.16, jitter=0.15, width=0.56)])


def pixie(rng: np.random.Generator, guide: Guide) -> Back:
    """Very short and close, pointed before the ears."""
    low = curtain(rng, guide, 0.62, start=80, lift=0.03, flare=-0.07, jitter=0.08, width=0.50, rise=0.35, count=15)
    return Back([*low, *curtain(rng, guide, 1.30, start=70, count=11, flare=0.06, jitter=0.12, width=0.5)])


def neat(rng: np.random.Generator, guide: Guide) -> Back:
    """Short and smooth with a clean neck, as boys wear it."""
    return Back(
        curtain(rng, guide, 0.62, start=76, lift=0.03, flare=-0.06, jitter=0.05, count=15, width=0.52, rise=0.5)
    )


def tousled(rng: np.random.Generator, guide: Guide) -> Back:
    """Short, with tufts that stand off everywhere."""
    low = curtain(rng, guide, 0.55, start=84, flare=0.14, jitter=0.16, width=0.50, rise=0.4)
    return Back([*low, *tufts(rng, guide, 1.35, 11, 0.20), *tufts(rng, guide, 1.9, 8, 0.16)])


def spiked(rng: np.random.Generator, guide: Guide) -> Back:
    """Spikes toward the back and the sides."""
    low = curtain(rng, guide, 0.45, start=88, flare=0.22, jitter=0.16, width=0.52, rise=0.45)
    spikes = []
    for y, z in ((2.5, 0.9), (2.1, 1.35), (1.5, 1.5), (2.75, 0.35)):
        for x in (-0.75, -0.25, 0.25, 0.75):
            top = (x * 0.5, EQUATOR + guide.top, -0.35 + 0.3 * (z > 1))
            tip = np.array([x * 1.25 + rng.uniform(-0.1, 0.1), y + rng.uniform(-0.1, 0.1), z])
            out = guide.spread * rng.uniform(0.22, 0.42)
            spikes.append(draped(guide, [top, (top + tip) * 0.55 + [0, 0.1, 0], tip], 0.44, (0.0, 0.12, out),
                                 root=0.4, fullest=0.4))  # fmt: skip
    return Back([*low, *spikes])


def undercut(rng: np.random.Generator, guide: Guide) -> Back:
    """Shaved at sides and neck under longer hair."""
    return Back(curtain(rng, guide, 1.50, start=74, lift=0.06, flare=0.02, jitter=0.08, count=15, width=0.52),
                shaved=True)  # fmt: skip


def mullet(rng: np.random.Generator, guide: Guide) -> Back:
    """Short at the sides, a tail of thin locks in the neck."""
    neck = curtain(rng, guide, rng.uniform(-0.9, -0.3), start=128, flare=0.05, jitter=0.2, width=0.36, count=9)
    return Back([*neck, *curtain(rng, guide, 0.95, start=80, flare=0.10, jitter=0.12, width=0.52, rise=0.25)])


def puffy(rng: np.random.Generator, guide: Guide) -> Back:
    """A round cloud of curls."""
    level = rng.uniform(0.1, 0.5)
    paths = curtain(rng, guide, level, lift=0.30, flare=0.10, end=0.4, width=0.80, jitter=0.1)
    for a in np.linspace(70, 290, 12):
        for y in (level + 0.1, level + 0.65, level + 1.2, 2.25):
            turn = (a + rng.uniform(-9, 9) + 180) % 360 - 180
            knot = (turn, y + rng.uniform(-0.1, 0.1) - 0.28)
            paths.append(strand(guide, (turn + rng.uniform(-16, 16), guide.q_of(knot[1] + 0.62)), knot, 0.56,
                                lift=(0.06, 0.46, 0.16), end=0.3, fullest=0.5, free=True))  # fmt: skip
    return Back(paths)


LOOSE: dict[str, Style] = {
    f.__name__: f for f in (long, very_long, hime, wavy, curly, bob, long_bob, layered, wolf, flipped, short, pixie,
                            neat, tousled, spiked, undercut, mullet, puffy)
}  # fmt: skip
