"""Ears of animals on the head, with another colour inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mmdgen.zoo.dress.worn.solids import Solid, Wearer, turned
from mmdgen.zoo.mesh import F8, Mesh, both, join, moved
from mmdgen.zoo.paint.color import luminance, mix, shade
from mmdgen.zoo.shapes import arc, ball, plate, tube
from mmdgen.zoo.traits import Color

_CAT = ((-0.40, -0.12), (-0.30, 0.25), (-0.02, 0.78), (0.22, 0.40), (0.36, 0.0), (0.30, -0.20))
_FOX = ((-0.44, -0.15), (-0.40, 0.30), (-0.20, 0.80), (0.02, 1.10), (0.20, 0.62), (0.36, 0.10), (0.32, -0.22))
_WOLF = ((-0.42, -0.15), (-0.36, 0.30), (-0.10, 0.90), (0.05, 0.86), (0.26, 0.40), (0.40, -0.05), (0.32, -0.22))


def _fur(wearer: Wearer) -> Color:
    return wearer.traits.hair.color


def _inside(wearer: Wearer) -> Color:
    """Return the colour inside an ear: rosy on light fur, else what the character wears."""
    fur = _fur(wearer)
    return (
        mix(wearer.traits.worn.color, (0.98, 0.80, 0.80), 0.7)
        if luminance(fur) < 0.75
        else mix(fur, (0.95, 0.62, 0.62), 0.6)
    )


def _pointed(
    outline: Sequence[tuple[float, float]], degrees: float, q: float, roll: float
) -> Callable[[Wearer], list[Solid]]:
    def make(wearer: Wearer) -> list[Solid]:
        outer = np.array(outline)
        inner = outer * 0.66 + [0.0, 0.02]
        at = wearer.guide.at(np.radians(degrees), np.array(q), 0.02)
        shell = turned(plate(outer, 0.16, -0.04), 0.25, roll, at)
        fur = turned(moved(plate(inner, 0.02, -0.05), np.eye(3), (0, 0, -0.085)), 0.25, roll, at)
        tuft = _tuft(outer) if degrees > 77 else None
        solids = [
            Solid("獣耳", "animal ears", both(shell), _fur(wearer)),
            Solid("獣耳内", "inside of ears", both(fur), _inside(wearer)),
        ]
        if tuft is not None and wearer.traits.outfit.fold % 2:
            white = mix(_fur(wearer), (1.0, 1.0, 1.0), 0.75)
            solids.append(Solid("耳毛", "tufts", both(turned(tuft, 0.25, roll, at)), white))
        return solids

    return make


def _tuft(outer: F8) -> Mesh:
    """Return the fur at an ear's root."""
    low = outer[:, 1].min()
    zigzag = np.array(
        [
            (-0.24, low + 0.05),
            (-0.20, 0.18),
            (-0.10, 0.06),
            (-0.02, 0.26),
            (0.06, 0.06),
            (0.16, 0.16),
            (0.20, low + 0.05),
        ]
    )
    return moved(plate(zigzag, 0.02), np.eye(3), (0, 0, -0.12))


def _rabbit(wearer: Wearer) -> list[Solid]:
    """Return long ears; one of them may be bent."""
    solids = []
    for s in (1, -1):
        bent = not wearer.traits.symmetric and s == wearer.traits.worn.side and wearer.traits.outfit.fold % 2 == 0
        way = [(0, 0, 0), (0.06, 0.55, 0.03), (0.10, 1.05, 0.06), (0.06, 1.55, 0.04)]
        if bent:
            way = [(0, 0, 0), (0.06, 0.50, 0.03), (0.22, 0.95, -0.05), (0.58, 0.80, -0.22)]
        spine = arc(np.array(way), 14)
        t = np.linspace(0, 1, 14)
        radius = 0.24 * np.sin(np.pi * (0.14 + 0.84 * t)) ** 0.75 + 0.012
        outer = tube(spine, radius, around=12, flat=0.45)
        inner = tube(spine[2:-1] + np.array([0, 0, -0.055]), radius[2:-1] * 0.62, around=10, flat=0.40)
        at = wearer.guide.at(np.radians(64.0), np.array(0.26), -0.06)
        for mesh, kind in ((outer, 0), (inner, 1)):
            placed = moved(mesh, np.diag([s, 1.0, 1.0]), at * [s, 1, 1])
            if s < 0:
                placed = Mesh(placed.position, placed.faces[:, ::-1].copy(), placed.uv, placed.normal, placed.weight)
            solids.append((kind, placed))
    parts = [join([m for k, m in solids if k == kind]) for kind in (0, 1)]
    white = mix(_fur(wearer), (1, 1, 1), 0.85 if wearer.traits.outfit.fold % 3 == 0 else 0.0)
    return [Solid("獣耳", "animal ears", parts[0], white), Solid("獣耳内", "inside of ears", parts[1], _inside(wearer))]


def _dog(wearer: Wearer) -> list[Solid]:
    """Return ears that hang down beside the head."""
    spine = arc(
        np.array([(0, 0, 0), (0.26, 0.10, -0.04), (0.44, -0.16, -0.10), (0.50, -0.62, -0.14), (0.46, -0.98, -0.16)]), 14
    )
    t = np.linspace(0, 1, 14)
    mesh = tube(spine, 0.30 * np.sin(np.pi * (0.16 + 0.78 * t)) ** 0.7, around=12, flat=0.32, up=(-1, 0.35, 0))
    root = wearer.guide.at(np.radians(80.0), np.array(0.40), 0.0)
    return [Solid("獣耳", "animal ears", both(moved(mesh, np.eye(3), root)), shade(_fur(wearer), 0.35))]


def _round(wearer: Wearer, size: float) -> list[Solid]:
    at = wearer.guide.at(np.radians(76.0), np.array(0.40), 0.10)
    shell = turned(moved(ball(size, rows=10, columns=16), np.diag([1, 1, 0.45])), 0.2, -0.3, at)
    inner = turned(
        moved(ball(size * 0.66, rows=8, columns=14), np.diag([1, 1, 0.30]), (0, -0.01, -0.45 * size * 0.62)),
        0.2,
        -0.3,
        at,
    )
    return [
        Solid("獣耳", "animal ears", both(shell), _fur(wearer)),
        Solid("獣耳内", "inside of ears", both(inner), _inside(wearer)),
    ]


def _sheep(wearer: Wearer) -> list[Solid]:
    """Return flat ears that stand off sideways."""
    root = wearer.guide.at(np.radians(84.0), np.array(0.66), -0.02)
    spine = root + np.array([(0, 0, 0), (0.25, 0.06, 0), (0.52, 0.0, 0.02), (0.72, -0.14, 0.03)])
    mesh = tube(arc(spine, 9), np.array([0.08, 0.14, 0.18, 0.20, 0.20, 0.18, 0.14, 0.09, 0.02]), around=10, flat=0.45)
    inner = tube(
        arc(spine + np.array([0.05, 0.0, -0.06]), 7),
        np.array([0.03, 0.08, 0.11, 0.12, 0.11, 0.07, 0.01]),
        around=8,
        flat=0.45,
    )
    return [
        Solid("獣耳", "animal ears", both(mesh), _fur(wearer)),
        Solid("獣耳内", "inside of ears", both(inner), _inside(wearer)),
    ]


ANIMAL_EARS: Mapping[str, Callable[[Wearer], list[Solid]]] = {
    "cat_ears": _pointed(_CAT, 78.0, 0.38, -0.42), "fox_ears": _pointed(_FOX, 78.0, 0.40, -0.34),
    "wolf_ears": _pointed(_WOLF, 74.0, 0.36, -0.30), "rabbit_ears": _rabbit, "dog_ears": _dog,
    "bear_ears": lambda w: _round(w, 0.34), "mouse_ears": lambda w: _round(w, 0.48), "sheep_ears": _sheep,
}  # fmt: skip
