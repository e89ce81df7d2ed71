"""What characters wear on the head: ribbons, horns, glasses, hats and more, as plain coloured solids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.zoo.dress.outfit import bow
from mmdgen.zoo.hair.guide import EQUATOR, Guide
from mmdgen.zoo.hair.hair import Hair
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, Mesh, both, join, mirrored, moved
from mmdgen.zoo.paint.color import WHITE, light, mix
from mmdgen.zoo.shapes import arc, ball, half_tube, plate, tube
from mmdgen.zoo.traits import Color, Traits


@dataclass(frozen=True)
class Solid:
    """A mesh in one colour."""

    name: str
    name_en: str
    mesh: Mesh
    color: Color
    alpha: float = 1.0
    power: float = 0.0


def accessories(traits: Traits, skull: Skull, hair: Hair) -> list[Solid]:
    """Return everything worn on the head, in drawing order."""
    return [*_ORNAMENTS[traits.hair.ornament](traits, hair), *_WORN[traits.accessory](traits, skull, hair.guide)]


# --- in the hair ------------------------------------------------------------------------------------------------------


def _turned(mesh: Mesh, yaw: float, roll: float, at: Sequence[float] | F8) -> Mesh:
    """Return the mesh, which faces the viewer, turned by ``yaw`` (to the character's left) and ``roll``, then moved."""
    c, s = np.cos(-yaw), np.sin(-yaw)
    cr, sr = np.cos(roll), np.sin(roll)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return moved(mesh, turn, at)


def _ties(traits: Traits, hair: Hair, size: float) -> list[Solid]:
    """Return a bow on every tie of the hair."""
    made = []
    for x, y, z in hair.ties:
        side = np.sign(x)
        tall = 0.10 if abs(x) < 0.1 else 0.0
        made.append(
            _turned(bow(size, "accent", tails=0.9), 0.5 * side, 0.25 * side, (x + 0.10 * side, y + tall, z - 0.16))
        )
    return [Solid("リボン", "ribbon", join(made), traits.hair.ornament_color)] if made else []


def _none(traits: Traits, hair: Hair) -> list[Solid]:
    """Return plain bands where hair is tied."""
    rings = [moved(ball(0.17, rows=7, columns=10, squash=0.9), np.diag([1.0, 0.8, 1.0]), t) for t in hair.ties]
    return [Solid("髪留め", "hair band", join(rings), traits.hair.ornament_color)] if rings else []


def _bows(traits: Traits, hair: Hair) -> list[Solid]:
    return _ties(traits, hair, 0.46) or _ribbon(traits, hair)


def _ribbon(traits: Traits, hair: Hair) -> list[Solid]:
    """Return one large bow at the top, or at the side where hair is not symmetric."""
    guide = hair.guide
    if traits.symmetric or traits.hair.part < 0.25:
        at = guide.at(np.array(np.pi), np.array(0.10), 0.10)
        made = _turned(bow(0.62, "accent", tails=0.0), 0.0, 0.0, at + np.array([0, 0.02, -0.25]))
    else:
        at = guide.at(np.radians(62.0), np.array(0.58), 0.12)
        made = _turned(bow(0.42, "accent", tails=0.9), 0.75, -0.5, at)
    return [Solid("リボン", "ribbon", made, traits.hair.ornament_color), *_none(traits, hair)]


def _pins(traits: Traits, hair: Hair) -> list[Solid]:
    bars = []
    for k in range(2):
        ends = [hair.guide.at(np.radians(a), np.array(0.80 + 0.07 * k), 0.16) for a in (38.0, 50.0, 62.0)]
        bars.append(tube(arc(np.array(ends), 6), np.full(6, 0.035), around=6))
    side = 1.0 if traits.hair.part >= 0 else -1.0
    made = join(bars) if side > 0 else mirrored(join(bars))
    return [
        Solid("ヘアピン", "hair pins", both(made) if traits.symmetric else made, traits.hair.ornament_color),
        *_none(traits, hair),
    ]


def _flower(traits: Traits, hair: Hair) -> list[Solid]:
    side = 1.0 if traits.hair.part >= 0 else -1.0
    petals = []
    for k in range(6):
        a = 2 * np.pi * k / 6
        loop = np.array([(0, 0.02), (0.10, 0.12), (0.09, 0.24), (0.0, 0.28), (-0.09, 0.24), (-0.10, 0.12)])
        c, s = np.cos(a), np.sin(a)
        petals.append(plate(loop @ np.array([[c, s], [-s, c]]), 0.03, 0.05))
    heart = moved(ball(0.09, rows=6, columns=8, squash=0.6), np.eye(3), (0, 0, -0.05))
    at = hair.guide.at(np.radians(56.0), np.array(0.72), 0.16)
    parts = [_turned(m, 0.8, 0.0, at) for m in (join(petals), heart)]
    if traits.symmetric:
        parts = [both(m) for m in parts]
    elif side < 0:
        parts = [mirrored(m) for m in parts]
    color = traits.hair.ornament_color
    return [
        Solid("花", "flower", parts[0], color),
        Solid("花芯", "flower heart", parts[1], (0.98, 0.85, 0.35)),
        *_none(traits, hair),
    ]


def _over(guide: Guide, lift: float, back: float, reach: float, steps: int = 15) -> F8:
    """Return an arc (steps, 3) over the head from the right to the left side, ``back`` behind its middle."""
    a = np.linspace(-reach, reach, steps)
    return np.stack(
        [
            (guide.side + lift) * np.sin(a),
            EQUATOR + (guide.top + lift) * np.cos(a),
            np.full(steps, back),
        ],
        -1,
    )


def _band(traits: Traits, hair: Hair) -> list[Solid]:
    spine = _over(hair.guide, 0.05, -0.22, 1.75)
    band = half_tube(spine[len(spine) // 2 :], np.full(8, 0.09))
    return [Solid("カチューシャ", "head band", band, traits.hair.ornament_color), *_none(traits, hair)]


_ORNAMENTS: dict[str, Callable[[Traits, Hair], list[Solid]]] = {
    "none": _none, "bows": _bows, "ribbon": _ribbon, "pins": _pins, "flower": _flower, "band": _band,
}  # fmt: skip

# --- worn -------------------------------------------------------------------------------------------------------------


def _horns(traits: Traits, skull: Skull, guide: Guide) -> list[Solid]:
    root = guide.at(np.radians(50.0), np.array(0.42), -0.08)
    way = arc(root + np.array([(0, 0, 0), (0.30, 0.30, -0.05), (0.42, 0.68, 0.02), (0.26, 1.0, 0)]), 14)
    radius = 0.17 * (1 - np.linspace(0, 1, 14) ** 1.3) + 0.012
    radius *= 1 + 0.07 * np.cos(np.arange(14) * np.pi)
    _ = skull
    return [Solid("角", "horns", both(tube(way, radius, around=9)), traits.accessory_color)]


def _cat_ears(traits: Traits, skull: Skull, guide: Guide) -> list[Solid]:
    _ = skull
    outer = np.array([(-0.40, -0.12), (-0.30, 0.25), (-0.02, 0.78), (0.22, 0.40), (0.36, 0.0), (0.30, -0.20)])
    inner = outer * 0.64 + [0.0, 0.02]
    at = guide.at(np.radians(78.0), np.array(0.38), 0.02)
    shell = _turned(plate(outer, 0.14, 0.0), 0.25, -0.42, at)
    fur = _turned(moved(plate(inner, 0.02, -0.04), np.eye(3), (0, 0, -0.085)), 0.25, -0.42, at)
    return [
        Solid("猫耳", "cat ears", both(shell), traits.hair.color),
        Solid("猫耳内", "cat ears inside", both(fur), traits.accessory_color),
    ]


def _glasses(traits: Traits, skull: Skull, guide: Guide) -> list[Solid]:
    _ = guide
    eye = traits.eyes
    turn = np.linspace(0, 2 * np.pi, 29)
    cx, cy = eye.x, eye.y + 0.03
    rx, ry = eye.width * 0.60, (eye.top + eye.bottom) * 0.62
    power = 0.75
    x = cx + rx * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
    y = cy + ry * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
    z = _glass_z(x, cx + rx)
    ring = np.stack([x, y, z], -1)
    rim = tube(ring, np.full(29, 0.026), around=6, cap=False)
    hinge = np.array([(cx + rx, cy, -0.90), (1.16, cy + 0.04, -0.5), (1.14, cy + 0.02, 0.15)])
    temple = tube(hinge, np.full(3, 0.026), around=6, up=(0, 1, 0))
    nose = np.array([(0, cy + 0.10, -1.17), (cx - rx, cy + 0.04, _glass_z(np.array(cx - rx), cx + rx))])
    bridge = tube(arc(nose, 4), np.full(4, 0.024), around=6, cap=False)
    lens = plate(ring[:-1, :2], 0.0)
    depth = np.column_stack([np.zeros((len(lens), 2)), _glass_z(lens.position[:, 0], cx + rx)])
    lens = replace(lens, position=lens.position + depth, faces=lens.faces[:28])
    _ = skull
    frame = both(join([rim, temple, bridge]))
    return [
        Solid("眼鏡", "glasses", frame, traits.accessory_color, power=20),
        Solid("レンズ", "lenses", both(lens), (0.85, 0.95, 1.0), 0.16),
    ]


def _glass_z(x: F8, outer: float) -> F8:
    """Return z of the glasses' plane, which runs back toward its outer edge."""
    return np.asarray(np.interp(x, [0, outer], [-1.16, -0.90]), np.float64)


def _lathe(profile: Sequence[tuple[float, float]], columns: int = 28) -> Mesh:
    """Return a solid of revolution about y from (radius, y) pairs, top to bottom; both halves mirror each other."""
    turn = np.linspace(0, np.pi, columns // 2 + 1)
    r, y = np.array(profile)[::-1].T
    points = np.stack(np.broadcast_arrays(r[:, None] * np.sin(turn), y[:, None], -r[:, None] * np.cos(turn)), -1)
    points[:, [0, -1], 0] = 0
    from mmdgen.zoo.mesh import sheet

    uv = np.stack(np.broadcast_arrays(turn / np.pi, np.linspace(1, 0, len(r))[:, None]), -1)
    return both(sheet(points, uv))


def _hat(traits: Traits, skull: Skull, guide: Guide) -> list[Solid]:
    _ = skull
    tip = _lathe([(0.0, 2.15), (0.12, 1.90), (0.42, 1.20), (0.86, 0.62), (1.12, 0.25), (1.17, -0.10)])
    brim = _lathe([(1.0, 0.0), (1.5, -0.10), (2.0, -0.13), (2.02, -0.17), (1.5, -0.15), (1.0, -0.08)])
    ribbon = _lathe([(1.0, 0.22), (1.18, 0.20), (1.22, -0.06), (1.0, -0.08)])
    lean = np.array([[1, 0, 0], [0, np.cos(0.13), -np.sin(0.13)], [0, np.sin(0.13), np.cos(0.13)]])
    scale = lean @ np.diag([guide.side / 1.12, 1.0, guide.side / 1.04])
    at = (0.0, EQUATOR + guide.top - 0.50, 0.10)
    made = [moved(m, scale, at) for m in (join([tip, brim]), ribbon)]
    color = traits.accessory_color
    return [Solid("帽子", "hat", made[0], color), Solid("帽子リボン", "hat ribbon", made[1], traits.outfit.accent)]


def _beret(traits: Traits, skull: Skull, guide: Guide) -> list[Solid]:
    _ = skull
    flat = moved(ball(1.0, rows=12, columns=24), np.diag([guide.side * 1.10, 0.50, guide.side * 1.10]))
    stalk = moved(tube(np.array([[0, 0.36, 0], [0.02, 0.55, 0.0]]), np.array([0.05, 0.035]), around=6), np.eye(3))
    tilt = 0.0 if traits.symmetric else 0.24
    turn = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    at = (-0.55 * tilt, EQUATOR + guide.top - 0.20, 0.14)
    return [Solid("ベレー帽", "beret", moved(join([flat, stalk]), turn, at), traits.accessory_color)]


def _headphones(traits: Traits, skull: Skull, guide: Guide) -> list[Solid]:
    _ = skull
    spine = _over(guide, 0.13, 0.10, 1.66)
    over = half_tube(spine[len(spine) // 2 :], np.full(8, 0.085))
    quarter = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]])
    cup = _lathe([(0.0, 0.20), (0.26, 0.19), (0.36, 0.10), (0.38, -0.08), (0.30, -0.20)], 18)
    disc = _lathe([(0.0, 0.235), (0.20, 0.225), (0.24, 0.16)], 18)
    at = (guide.side + 0.10, 1.25, 0.10)
    frame = join([over, both(moved(cup, quarter, at))])
    shield = both(moved(disc, quarter, at))
    return [
        Solid("ヘッドホン", "headphones", frame, traits.accessory_color, power=15),
        Solid("ヘッドホン飾り", "headphone discs", shield, mix(traits.outfit.accent, WHITE, 0.2)),
    ]


def _halo(traits: Traits, skull: Skull, guide: Guide) -> list[Solid]:
    _ = skull
    a = np.linspace(0, np.pi, 17)
    ring = np.stack(
        [0.62 * np.sin(a), EQUATOR + guide.top + 0.42 + 0.16 * -np.cos(a) * -1, -0.62 * np.cos(a) + 0.15], -1
    )
    circle = half_tube(ring, np.full(17, 0.055), up=(0, 1, 0))
    return [Solid("光輪", "halo", circle, light(traits.accessory_color, 0.3))]


_WORN: dict[str, Callable[[Traits, Skull, Guide], list[Solid]]] = {
    "none": lambda *_: [], "horns": _horns, "cat_ears": _cat_ears, "glasses": _glasses, "hat": _hat, "beret": _beret,
    "headphones": _headphones, "halo": _halo,
}  # fmt: skip
WORN = tuple(_WORN)
ORNAMENTS = tuple(_ORNAMENTS)
