"""Hats of many kinds, and the hood drawn over the head. They sit on the hair's guide, so that no hair comes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from mmdgen.zoo.dress.pieces import CHEST, bow
from mmdgen.zoo.dress.worn.solids import Solid, Wearer, lathe, pitched, star, turned
from mmdgen.zoo.hair.guide import EQUATOR
from mmdgen.zoo.mesh import F8, Mesh, both, flipped, join, lined, moved, sheet, smoothstep
from mmdgen.zoo.paint.color import WHITE, light, mix, shade
from mmdgen.zoo.shapes import arc, ball, half_tube, plate, tube

_WHITE_CLOTH = (0.96, 0.96, 0.97)


def _fitted(
    wearer: Wearer, mesh: Mesh, drop: float, *, tip: float = 0.13, roll: float = 0.0, back: float = 0.10
) -> Mesh:
    """Return a hat made for a head of radius 1.1 on this head, its brim ``drop`` below the crown, tipped backward."""
    guide = wearer.guide
    sized = moved(mesh, np.diag([(guide.side + 0.06) / 1.12, 1.0, (0.5 * (guide.front + guide.back) + 0.10) / 1.12]))
    roll = 0.0 if wearer.traits.symmetric else roll * wearer.traits.worn.side
    return pitched(sized, tip, roll, (-0.3 * roll, wearer.top - drop, back))


def _solids(wearer: Wearer, *parts: tuple[str, str, Mesh, tuple[float, float, float]], **fit: float) -> list[Solid]:
    return [
        Solid(name, en, _fitted(wearer, mesh, fit["drop"], tip=fit.get("tip", 0.13), roll=fit.get("roll", 0.0)), color)
        for name, en, mesh, color in parts
    ]


def _crown(height: float, low: float = -0.10) -> Mesh:
    """Return a dome that covers the head down to the brim."""
    a = np.linspace(0, np.pi / 2, 8)
    dome = [(1.17 * np.sin(t) ** 0.88, height * np.cos(t) ** 0.95) for t in a]
    return lathe([*dome, (1.17, low)])


def _witch(wearer: Wearer) -> list[Solid]:
    worn = wearer.traits.worn
    tip = lathe([(0.0, 2.15), (0.12, 1.90), (0.42, 1.20), (0.86, 0.62), (1.12, 0.25), (1.17, -0.10)])
    bend = 0.0 if wearer.traits.symmetric else 0.20 * worn.side
    position = tip.position + np.stack(
        [bend * np.clip(tip.position[:, 1] - 0.5, 0, 2) ** 2, *(np.zeros(len(tip)),) * 2], -1
    )
    tip = Mesh(position, tip.faces, tip.uv, tip.normal, tip.weight)
    brim = lathe([(1.0, 0.0), (1.5, -0.10), (2.0, -0.13), (2.02, -0.17), (1.5, -0.15), (1.0, -0.08)])
    ribbon = lathe([(1.0, 0.22), (1.18, 0.20), (1.22, -0.06), (1.0, -0.08)])
    return _solids(
        wearer,
        ("帽子", "hat", join([tip, brim]), worn.color),
        ("帽子リボン", "hat ribbon", ribbon, worn.second),
        drop=0.50,
    )


def _top_hat(wearer: Wearer) -> list[Solid]:
    worn = wearer.traits.worn
    small = np.diag([0.42, 0.42, 0.42])
    body = lathe([(0.0, 1.25), (1.05, 1.22), (0.95, 0.6), (1.02, 0.0)])
    brim = lathe([(0.9, 0.04), (1.4, 0.02), (1.5, 0.10), (1.52, 0.06), (1.4, -0.04), (0.9, -0.04)])
    band = lathe([(0.9, 0.32), (1.03, 0.30), (1.06, 0.04), (0.9, 0.02)])
    at = wearer.guide.at(np.radians(70.0), np.array(0.34), -0.02)
    made = [turned(moved(m, small), 0.0, -0.42, at) for m in (join([body, brim]), band)]
    return [
        Solid("ミニハット", "small hat", wearer.sided(made[0]), worn.color),
        Solid("帽子リボン", "hat ribbon", wearer.sided(made[1]), worn.second),
    ]


def _cap(wearer: Wearer) -> list[Solid]:
    worn = wearer.traits.worn
    visor = _visor(0.72, 0.26)
    button = moved(ball(0.09, rows=5, columns=8), np.eye(3), (0, 1.04, 0))
    badge = moved(plate(star(5, 0.22, 0.10), 0.05), np.eye(3), (0, 0.34, -1.17))
    return _solids(
        wearer,
        ("キャップ", "cap", _crown(1.04), worn.color),
        ("つば", "visor", join([visor, button]), worn.second),
        ("徽章", "badge", badge, light(worn.second, 0.4)),
        drop=0.62,
        tip=0.20,
    )


def _visor(reach: float, drop: float) -> Mesh:
    """Return a visor at the front of a hat."""
    turn = np.linspace(0, 1.05, 11)
    inner = np.stack([1.17 * np.sin(turn), np.full(11, -0.08), -1.17 * np.cos(turn)], -1)
    far = reach * np.cos(turn * np.pi / 2 / 1.05) ** 0.6
    outer = inner + np.stack([0.25 * far * np.sin(turn), -drop * np.cos(turn) * far / reach, -far * np.cos(turn)], -1)
    rows = np.stack([outer, 0.5 * (inner + outer) + [0, 0.03, 0], inner])
    rows[:, 0, 0] = 0
    upper = sheet(rows, np.zeros((3, 11, 2)))
    lower = flipped(moved(upper, np.eye(3), (0, -0.03, 0)))
    return both(join([upper, lower]))


def _peaked(wearer: Wearer) -> list[Solid]:
    """Return the peaked cap of a uniform."""
    worn = wearer.traits.worn
    plateau = lathe([(0.0, 0.86), (1.0, 0.82), (1.46, 0.58), (1.36, 0.34), (1.17, 0.16)])
    band = lathe([(1.17, 0.22), (1.20, 0.20), (1.20, -0.14), (1.15, -0.16)])
    badge = moved(ball(0.15, rows=6, columns=10, squash=0.5), np.eye(3), (0, 0.30, -1.34))
    return _solids(
        wearer,
        ("帽子", "cap", pitched(plateau, -0.14, at=(0, 0.06, 0)), worn.color),
        ("帽子帯", "hat band", join([band, _visor(0.42, 0.24)]), shade(worn.color, 0.5)),
        ("徽章", "badge", badge, (0.88, 0.72, 0.34)),
        drop=0.56,
        tip=0.16,
    )


def _sailor_cap(wearer: Wearer) -> list[Solid]:
    worn = wearer.traits.worn
    plateau = lathe([(0.0, 0.62), (0.9, 0.60), (1.40, 0.44), (1.36, 0.26), (1.08, 0.10)])
    band = lathe([(1.05, 0.16), (1.12, 0.14), (1.12, -0.10), (1.08, -0.12)])
    ribbon = turned(bow(0.30, "accent", tails=1.2), 0.0, 0.0, (0, 0.0, -1.16))
    return _solids(
        wearer,
        ("水兵帽", "sailor cap", plateau, _WHITE_CLOTH),
        ("帽子帯", "hat band", join([band, turned(ribbon, np.pi, 0, (0, 0, 0))]), worn.color),
        drop=0.30,
        tip=0.22,
        roll=0.18,
    )


def _beret(wearer: Wearer) -> list[Solid]:
    flat = moved(ball(1.0, rows=12, columns=24), np.diag([1.34, 0.50, 1.30]), (0, 0.20, 0.04))
    rim = lathe([(1.05, 0.10), (1.16, 0.02), (1.16, -0.14), (1.10, -0.18)])
    stalk = tube(np.array([[0, 0.48, 0], [0.02, 0.68, 0.0]]), np.array([0.05, 0.035]), around=6)
    lean = moved(join([flat, stalk]), np.eye(3), (0.0, 0.0, 0.0))
    worn = wearer.traits.worn
    return _solids(wearer, ("ベレー帽", "beret", join([lean, rim]), worn.color), drop=0.36, tip=0.16, roll=0.22)


def _straw(wearer: Wearer) -> list[Solid]:
    brim = lathe([(1.0, -0.02), (1.5, -0.04), (1.95, -0.02), (1.97, -0.07), (1.5, -0.10), (1.0, -0.10)])
    band = lathe([(1.0, 0.26), (1.19, 0.25), (1.21, 0.0), (1.0, -0.02)])
    straw = mix((0.93, 0.82, 0.55), wearer.traits.worn.color, 0.08)
    return _solids(
        wearer,
        ("麦わら帽子", "straw hat", join([_crown(0.66), brim]), straw),
        ("帽子リボン", "hat ribbon", band, wearer.traits.worn.second),
        drop=0.52,
        tip=0.20,
    )


def _beanie(wearer: Wearer) -> list[Solid]:
    worn = wearer.traits.worn
    cuff = lathe([(1.10, 0.22), (1.24, 0.18), (1.26, -0.12), (1.16, -0.16)])
    knob = moved(ball(0.24, rows=7, columns=10), np.eye(3), (0, 1.20, 0.05))
    return _solids(
        wearer,
        ("ニット帽", "beanie", _crown(1.08), worn.color),
        ("折り返し", "cuff", join([cuff, knob]), worn.second),
        drop=0.66,
        tip=0.26,
    )


def _santa(wearer: Wearer) -> list[Solid]:
    side = 0.0 if wearer.traits.symmetric else float(wearer.traits.worn.side)
    spine = np.array(
        [
            [0, 0.30, 0],
            [0.08 * side, 0.72, 0.05],
            [0.42 * side, 1.10, 0.20],
            [0.95 * side, 1.08, 0.34],
            [1.32 * side, 0.72, 0.42],
        ]
    )
    if side == 0:
        spine[3:, 1:] = [(1.25, 0.5), (1.0, 0.85)]
    bag = tube(arc(spine, 14), np.interp(np.linspace(0, 1, 14), (0, 0.3, 1), (1.0, 0.80, 0.14)), around=14)
    fur = lathe([(1.05, 0.24), (1.26, 0.20), (1.30, 0.02), (1.24, -0.14), (1.08, -0.16)])
    knob = moved(ball(0.24, rows=7, columns=10), np.eye(3), spine[-1])
    red = mix((0.82, 0.14, 0.18), wearer.traits.worn.color, 0.12)
    if wearer.traits.symmetric:
        return _solids(
            wearer,
            ("サンタ帽", "santa hat", _crown(0.80), red),
            ("ファー", "fur", fur, _WHITE_CLOTH),
            drop=0.60,
            tip=0.18,
        )
    return _solids(
        wearer,
        ("サンタ帽", "santa hat", join([_crown(0.70), bag]), red),
        ("ファー", "fur", join([fur, knob]), _WHITE_CLOTH),
        drop=0.60,
        tip=0.18,
    )


def _royal(wearer: Wearer) -> list[Solid]:
    """Return a crown."""
    points = 10
    turn = np.linspace(0, np.pi, points * 2 + 1)
    radius = 0.62
    high = np.where(np.arange(len(turn)) % 4 == 2, 0.22, 0.46)
    ring = np.stack([np.sin(turn), np.zeros_like(turn), -np.cos(turn)], -1)
    rows = np.stack(
        [ring * radius, ring * radius + np.array([0, 0.2, 0]), ring * radius * 1.12 + high[:, None] * [0, 1, 0]]
    )
    rows[:, [0, -1], 0] = 0
    wall = sheet(rows, np.zeros((*rows.shape[:2], 2)))
    gems = [moved(ball(0.06, rows=5, columns=8), np.eye(3), rows[2, k]) for k in range(4, len(turn) - 1, 4)]
    gold = mix((0.92, 0.76, 0.34), wearer.traits.worn.color, 0.10)
    at = (0.0, wearer.top - 0.06, 0.14)
    crown = moved(both(lined(wall)), np.eye(3), at)
    return [
        Solid("王冠", "crown", crown, gold, kind="metal"),
        Solid("宝石", "jewels", moved(both(join(gems)), np.eye(3), at), wearer.traits.worn.second, kind="metal"),
    ]


def _tiara(wearer: Wearer) -> list[Solid]:
    """Return a tiara that stands on the hair in front."""
    turn = np.radians(np.linspace(0, 64, 13))
    base = wearer.guide.at(turn, np.full(13, 0.50), 0.10)
    high = 0.30 * np.cos(turn * 1.3) ** 1.2 * np.where(np.arange(13) % 2 == 0, 1.0, 0.55) + 0.04
    rows = np.stack([base, base + high[:, None] * np.array([0, 1.0, -0.12])])
    rows[:, 0, 0] = 0
    wall = sheet(rows, np.zeros((2, 13, 2)))
    gem = moved(ball(0.075, rows=6, columns=8, squash=0.7), np.eye(3), base[0] + [0, 0.14, -0.05])
    silver = mix((0.88, 0.86, 0.72), wearer.traits.worn.color, 0.15)
    return [
        Solid("ティアラ", "tiara", both(lined(wall)), silver, kind="metal"),
        Solid("宝石", "jewel", gem, wearer.traits.worn.second, kind="metal"),
    ]


def _nurse(wearer: Wearer) -> list[Solid]:
    body = lathe([(0.0, 0.42), (0.62, 0.46), (0.78, 0.40), (0.72, 0.0), (0.66, -0.14)])
    a, b = 0.05, 0.15
    cross = np.array(
        [(-a, b), (a, b), (a, a), (b, a), (b, -a), (a, -a), (a, -b), (-a, -b), (-a, -a), (-b, -a), (-b, a), (-a, a)]
    )
    mark = moved(plate(cross, 0.03), np.eye(3), (0, 0.20, -0.62))
    tint = mix(_WHITE_CLOTH, wearer.traits.worn.color, 0.08)
    at = (0.0, wearer.top - 0.12, -0.02)
    squash = np.diag([1.0, 1.0, 0.8])
    return [
        Solid("ナースキャップ", "nurse cap", pitched(moved(body, squash), 0.05, at=at), tint),
        Solid("十字", "cross", pitched(mark, 0.05, at=at), (0.86, 0.22, 0.28)),
    ]


def _hood_shell(wearer: Wearer) -> F8:
    """Return points (R, C, 3) of the left half of a hood: rows from its opening to the back, columns over the head."""
    guide = wearer.guide
    rows, bow_, fall = 9, 12, 7
    s = np.linspace(0, 1, rows)[:, None]
    swell = (1 - s**3.2) ** (1 / 2.4) * (0.95 + 0.10 * np.sin(np.pi * s))
    z = -0.72 + (guide.back + 0.34 + 0.72) * s
    a = np.linspace(0, np.pi / 2, bow_)[None, :]
    side, top = (guide.side + 0.30) * swell, (guide.top + 0.26) * swell
    dome = np.stack(np.broadcast_arrays(side * np.sin(a) ** 0.85, EQUATOR + top * np.cos(a) ** 0.9, z), -1)
    t = np.linspace(0, 1, fall + 1)[None, 1:]
    narrow = 1 - 0.42 * t**2.0
    low = EQUATOR * swell**0.4 - (EQUATOR + 0.62) * t
    wall = np.stack(np.broadcast_arrays(side * narrow, low, z + 0.12 * t * (s < 0.4) - 0.25 * t * s), -1)
    grid = np.concatenate([dome, wall], 1)
    grid[:, 0, 0] = 0
    return grid


def hood_up(wearer: Wearer) -> list[Solid]:
    """Return a hood drawn over the head; it turns with the head, and its lower edge stays on the shoulders."""
    grid = _hood_shell(wearer)
    shell = sheet(grid[::-1], np.zeros((*grid.shape[:2], 2)))
    made = both(lined(shell))
    head = smoothstep(-0.45, 0.35, made.position[:, 1])
    made = Mesh(made.position, made.faces, made.uv, made.normal, {"頭": head, CHEST: 1 - head})
    rim = half_tube(grid[0], np.full(grid.shape[1], 0.05), around=6)
    rim_head = smoothstep(-0.45, 0.35, rim.position[:, 1])
    rim = replace(rim, weight={"頭": rim_head, CHEST: 1 - rim_head})
    o = wearer.traits.outfit
    return [Solid("フード", "hood", made, mix(o.main, WHITE, 0.04)), Solid("フード縁", "hood rim", rim, o.trim)]


HATS: Mapping[str, Callable[[Wearer], list[Solid]]] = {
    "witch_hat": _witch, "top_hat": _top_hat, "cap": _cap, "peaked_cap": _peaked, "sailor_cap": _sailor_cap,
    "beret": _beret, "straw_hat": _straw, "beanie": _beanie, "santa_hat": _santa, "crown": _royal, "tiara": _tiara,
    "nurse_cap": _nurse,
}  # fmt: skip
