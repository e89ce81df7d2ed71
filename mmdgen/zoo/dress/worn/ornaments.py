"""Ornaments in the hair: ribbons, bows, pins, flowers, bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mmdgen.zoo.dress.pieces import bow
from mmdgen.zoo.dress.worn.solids import Solid, Wearer, heart, over, petals, star, turned
from mmdgen.zoo.mesh import Mesh, both, join, lined, mirrored, moved, sheet
from mmdgen.zoo.paint.color import WHITE, mix
from mmdgen.zoo.shapes import arc, ball, half_tube, plate, tube

_BOWS = ("round", "sharp", "thin")


def _shape(wearer: Wearer) -> str:
    return _BOWS[wearer.traits.outfit.fold % 3]


def _ties(wearer: Wearer, size: float) -> list[Solid]:
    """Return a bow on every tie of the hair."""
    made = []
    for x, y, z in wearer.hair.ties:
        side = np.sign(x)
        tall = 0.10 if abs(x) < 0.1 else 0.0
        at = (x + 0.10 * side, y + tall, z - 0.16)
        made.append(turned(bow(size, "accent", tails=0.9, shape=_shape(wearer)), 0.5 * side, 0.25 * side, at))
    return [Solid("リボン", "ribbon", join(made), wearer.traits.hair.ornament_color)] if made else []


def _none(wearer: Wearer) -> list[Solid]:
    """Return plain bands where hair is tied."""
    rings = [moved(ball(0.17, rows=7, columns=10, squash=0.9), np.diag([1.0, 0.8, 1.0]), t) for t in wearer.hair.ties]
    return [Solid("髪留め", "hair band", join(rings), wearer.traits.hair.ornament_color)] if rings else []


def _grand(wearer: Wearer) -> float:
    """Return how many times the middling size bows have: as large as the hair is wild."""
    return float(wearer.guide.spread**0.6)


def _bows(wearer: Wearer) -> list[Solid]:
    return _ties(wearer, 0.46 * _grand(wearer)) or _ribbon(wearer)


def _ribbon(wearer: Wearer) -> list[Solid]:
    """Return one large bow at the top, or at the side where hair is not symmetric."""
    guide, hair = wearer.guide, wearer.traits.hair
    if wearer.traits.symmetric or hair.part < 0.25:
        at = guide.at(np.array(np.pi), np.array(0.10), 0.10)
        made = turned(
            bow(0.62 * _grand(wearer), "accent", tails=0.0, shape=_shape(wearer)),
            0.0,
            0.0,
            at + np.array([0, 0.02, -0.25]),
        )
    else:
        at = guide.at(np.radians(62.0), np.array(0.58), 0.12)
        made = turned(bow(0.42 * _grand(wearer), "accent", tails=0.9, shape=_shape(wearer)), 0.75, -0.5, at)
    return [Solid("リボン", "ribbon", made, hair.ornament_color), *_none(wearer)]


def _big_bow(wearer: Wearer) -> list[Solid]:
    """Return a bow as wide as the head behind its crown."""
    at = wearer.guide.at(np.array(np.pi), np.array(0.34), 0.06)
    made = turned(
        bow(0.98 * _grand(wearer), "accent", tails=0.0, shape=_shape(wearer)), 0.0, 0.0, at + np.array([0, 0.20, 0.0])
    )
    return [Solid("リボン", "ribbon", made, wearer.traits.hair.ornament_color), *_none(wearer)]


def _side(wearer: Wearer) -> float:
    return 1.0 if wearer.traits.hair.part >= 0 else -1.0


def _placed(wearer: Wearer, solids: list[Solid]) -> list[Solid]:
    """Return what was made for the left on the side where the hair is parted, or on both."""
    if wearer.traits.symmetric:
        solids = [s.reshaped(both(s.mesh)) for s in solids]
    elif _side(wearer) < 0:
        solids = [s.reshaped(mirrored(s.mesh)) for s in solids]
    return [*solids, *_none(wearer)]


def _bars(wearer: Wearer, crossed: float) -> list[Solid]:
    bars = []
    for k in range(2):
        ends = [
            wearer.guide.at(np.radians(a), np.array(0.80 + 0.07 * k + crossed * s * (1 - 2 * k)), 0.17)
            for a, s in ((38.0, -1), (50.0, 0), (62.0, 1))
        ]
        bars.append(tube(arc(np.array(ends), 6), np.full(6, 0.036), around=6))
    return _placed(
        wearer, [Solid("ヘアピン", "hair pins", join(bars), wearer.traits.hair.ornament_color, kind="metal")]
    )


def _charm(wearer: Wearer) -> list[Solid]:
    """Return a star or a heart clipped to the side locks."""
    outline = star(5, 0.20, 0.09) if wearer.traits.outfit.fold % 2 else heart(0.17)
    at = wearer.guide.at(np.radians(52.0), np.array(0.80), 0.17)
    made = turned(plate(outline, 0.05, 0.03), 0.7, -0.15, at)
    return _placed(wearer, [Solid("髪飾り", "hair clip", made, wearer.traits.hair.ornament_color, kind="metal")])


def _flower(wearer: Wearer) -> list[Solid]:
    at = wearer.guide.at(np.radians(56.0), np.array(0.72), 0.16)
    count = 5 + wearer.traits.outfit.fold % 2
    core = moved(ball(0.09, rows=6, columns=8, squash=0.6), np.eye(3), (0, 0, -0.05))
    return _placed(
        wearer,
        [
            Solid("花", "flower", turned(join(petals(count, 0.28)), 0.8, 0.0, at), wearer.traits.hair.ornament_color),
            Solid("花芯", "flower heart", turned(core, 0.8, 0.0, at), (0.98, 0.85, 0.35)),
        ],
    )


def _wreath(wearer: Wearer) -> list[Solid]:
    """Return a crown of small flowers around the head."""
    blooms: list[Mesh] = []
    leaves: list[Mesh] = []
    for k, degrees in enumerate(np.linspace(12, 168, 8)):
        at = wearer.guide.at(np.radians(degrees), np.array(0.50), 0.12)
        bloom = petals(5, 0.17) if k % 2 == 0 else [ball(0.085, rows=6, columns=8)]
        (blooms if k % 2 == 0 else leaves).append(both(turned(join(bloom), np.radians(degrees), 0.0, at)))
    color = wearer.traits.hair.ornament_color
    return [
        Solid("花冠", "wreath", join(blooms), color),
        Solid("葉", "leaves", join(leaves), mix((0.35, 0.62, 0.36), color, 0.15)),
        *_none(wearer),
    ]


def _band(wearer: Wearer) -> list[Solid]:
    spine = over(wearer.guide, 0.06, -0.22, 1.75)
    band = half_tube(spine[len(spine) // 2 :], np.full(8, 0.09))
    made = [Solid("カチューシャ", "head band", band, wearer.traits.hair.ornament_color), *_none(wearer)]
    if wearer.traits.outfit.fold % 3 == 0:  # with a small bow on its side
        at = over(wearer.guide, 0.14, -0.28, 0.62)[-1]
        mesh = turned(bow(0.30, "accent", tails=0.0), 0.2, -0.62, at)
        made.append(Solid("リボン", "ribbon", wearer.sided(mesh), mix(wearer.traits.hair.ornament_color, WHITE, 0.35)))
    return made


def _bonnet(wearer: Wearer) -> list[Solid]:
    """Return a maid's frilled band."""
    n = 49
    half = over(wearer.guide, 0.05, -0.18, 1.30, n)[n // 2 :]
    outward = half - np.array([0.0, 1.5, half[0, 2]])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    wave = 0.07 * np.cos(np.arange(len(half)) * np.pi)[:, None] * np.array([0, 0, 1.0])
    grid = np.stack([half, half + outward * 0.16 + wave * 0.5, half + outward * 0.32 + wave])
    grid[:, 0, 0] = 0
    frill = sheet(grid, np.zeros((*grid.shape[:2], 2)))
    band = half_tube(over(wearer.guide, 0.05, -0.16, 1.75)[7:], np.full(8, 0.08))
    return [
        Solid("ホワイトブリム", "frill", both(lined(frill)), (0.97, 0.97, 0.98)),
        Solid("カチューシャ", "head band", band, wearer.traits.hair.ornament_color),
        *_none(wearer),
    ]


HAIR_WEAR: Mapping[str, Callable[[Wearer], list[Solid]]] = {
    "none": _none, "bows": _bows, "ribbon": _ribbon, "pins": lambda w: _bars(w, 0.0), "flower": _flower, "band": _band,
    "cross_pins": lambda w: _bars(w, 0.045), "charm": _charm, "wreath": _wreath, "bonnet": _bonnet, "big_bow": _big_bow,
}  # fmt: skip
