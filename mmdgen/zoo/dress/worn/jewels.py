"""Chokers, pendants and earrings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from mmdgen.zoo.dress.body import trunk_point
from mmdgen.zoo.dress.pieces import CHEST, band, bow, on_chest
from mmdgen.zoo.dress.worn.solids import Solid, Wearer, heart
from mmdgen.zoo.mesh import Mesh, both, join, moved, on_bone
from mmdgen.zoo.shapes import arc, ball, half_tube, plate, tube
from mmdgen.zoo.skeleton import trunk_weights


def _choker(wearer: Wearer, charm: Mesh | None = None) -> list[Solid]:
    ring = band((-0.50, -0.38), (0.014, 0.014), "trim")
    made = [Solid("チョーカー", "choker", ring, wearer.traits.worn.second)]
    if charm is not None:
        at = trunk_point(np.zeros(1), np.array([-0.46]))[0] + [0, -0.06, -0.06]
        hung = moved(charm, np.eye(3), at)
        hung = replace(hung, weight=trunk_weights(np.full(len(hung), -0.46)))
        made.append(Solid("飾り", "charm", hung, wearer.traits.worn.color, kind="metal"))
    return made


def _bell(wearer: Wearer) -> list[Solid]:
    return _choker(
        wearer,
        join([ball(0.11, rows=7, columns=10), moved(ball(0.03, rows=5, columns=6), np.eye(3), (0, -0.08, -0.08))]),
    )


def _pendant(wearer: Wearer) -> list[Solid]:
    knots = [
        trunk_point(np.array([np.radians(a)]), np.array([y]), 0.02)[0]
        for a, y in ((0, -1.12), (16, -0.86), (52, -0.62), (110, -0.50))
    ]
    knots[0][0] = 0
    chain = half_tube(arc(np.array(knots), 14), np.full(14, 0.014), around=5)
    fold = wearer.traits.outfit.fold
    shape = (heart(0.11), np.array([(0, 0.13), (0.08, 0.0), (0, -0.15), (-0.08, 0.0)]),
             np.array([(-0.03, 0.14), (0.03, 0.14), (0.03, 0.07), (0.09, 0.07), (0.09, 0.01), (0.03, 0.01), (0.03,
                 -0.16),
                       (-0.03, -0.16), (-0.03, 0.01), (-0.09, 0.01), (-0.09, 0.07), (-0.03,
                       0.07)]))[fold % 3]  # fmt: skip
    charm = on_chest(plate(shape, 0.04, 0.02), -1.22, 0.04)
    gold = (0.86, 0.72, 0.38) if fold % 2 else (0.82, 0.84, 0.88)
    return [Solid("鎖", "chain", on_bone(chain, CHEST), gold, kind="metal"),
            Solid("飾り", "charm", charm, wearer.traits.worn.second, kind="metal")]  # fmt: skip


def _bow_choker(wearer: Wearer) -> list[Solid]:
    return _choker(wearer, bow(0.16, "accent", tails=0.0))


NECK_WEAR: Mapping[str, Callable[[Wearer], list[Solid]]] = {
    "none": lambda _: [], "choker": _choker, "bell": _bell, "pendant": _pendant, "bow_choker": _bow_choker,
}  # fmt: skip


def _lobe(wearer: Wearer) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    y = 0.76
    return np.array([float(wearer.skull.half_width(np.array(y))) + 0.07, y, 0.06])


def _studs(wearer: Wearer) -> list[Solid]:
    return [
        Solid(
            "ピアス",
            "earrings",
            both(moved(ball(0.055, rows=6, columns=8), np.eye(3), _lobe(wearer))),
            wearer.traits.worn.second,
            kind="metal",
        )
    ]


def _drops(wearer: Wearer) -> list[Solid]:
    at = _lobe(wearer)
    wire = tube(np.array([at, at - [0, 0.16, 0]]), np.full(2, 0.012), around=5)
    gem = moved(ball(0.075, rows=7, columns=8), np.diag([0.8, 1.5, 0.8]), at - [0, 0.26, 0])
    return [Solid("ピアス", "earrings", both(join([wire, gem])), wearer.traits.worn.second, kind="metal")]


def _hoops(wearer: Wearer) -> list[Solid]:
    a = np.linspace(0, 2 * np.pi, 21)
    at = _lobe(wearer) - [0, 0.13, 0]
    ring = at + 0.13 * np.stack([0.35 * np.sin(a), np.cos(a), np.sin(a)], -1)
    return [
        Solid(
            "ピアス",
            "earrings",
            both(tube(ring, np.full(21, 0.018), around=6, cap=False, up=(1, 0.01, 0))),
            wearer.traits.worn.second,
            kind="metal",
        )
    ]


EAR_WEAR: Mapping[str, Callable[[Wearer], list[Solid]]] = {
    "none": lambda _: [], "studs": _studs, "drops": _drops, "hoops": _hoops,
}  # fmt: skip
