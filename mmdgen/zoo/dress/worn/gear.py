"""Horns, headphones, goggles, halos, antennas, and masks and veils that leave the face free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from mmdgen.zoo.dress.worn.solids import Solid, Wearer, lathe, over, turned
from mmdgen.zoo.mesh import F8, Mesh, both, join, moved, sheet, smoothstep
from mmdgen.zoo.paint.color import WHITE, light, mix, shade
from mmdgen.zoo.shapes import arc, ball, half_tube, plate, tube

_SIDEWAYS = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]])


def _horn(
    wearer: Wearer, way: F8, thick: float, *, degrees: float = 50.0, q: float = 0.42, ringed: float = 0.07
) -> Mesh:
    root = wearer.guide.at(np.radians(degrees), np.array(q), -0.08)
    n = 20
    spine = arc(root + way, n)
    radius = thick * (1 - np.linspace(0, 1, n) ** 1.3) + 0.012
    return both(tube(spine, radius * (1 + ringed * np.cos(np.arange(n) * np.pi)), around=10))


def _horns(wearer: Wearer) -> list[Solid]:
    way = np.array([(0, 0, 0), (0.30, 0.30, -0.05), (0.42, 0.68, 0.02), (0.26, 1.0, 0)])
    return [Solid("角", "horns", _horn(wearer, way, 0.17), wearer.traits.worn.color)]


def _oni(wearer: Wearer) -> list[Solid]:
    """Return two short straight horns on the forehead's hair."""
    way = np.array([(0, 0, 0), (0.04, 0.26, -0.08), (0.08, 0.52, -0.10), (0.07, 0.78, -0.04)])
    made = _horn(wearer, way, 0.19, degrees=28.0, q=0.46, ringed=0.0)
    return [Solid("角", "horns", made, mix(wearer.traits.worn.color, (0.95, 0.92, 0.84), 0.5))]


def _ram(wearer: Wearer) -> list[Solid]:
    """Return horns that curl around the ears."""
    a = np.linspace(-0.5, 4.3, 14)
    r = np.linspace(0.52, 0.30, 14)
    way = np.stack([0.16 + 0.11 * a, 0.10 + r * np.sin(a + 1.2) - 0.40, 0.12 - r * np.cos(a + 1.2)], -1)
    return [
        Solid(
            "角",
            "horns",
            _horn(wearer, way - way[0] + np.array([0.06, 0, 0]), 0.23, degrees=86.0, q=0.58, ringed=0.10),
            wearer.traits.worn.color,
        )
    ]


def _dragon(wearer: Wearer) -> list[Solid]:
    """Return long horns that sweep back."""
    way = np.array([(0, 0, 0), (0.22, 0.22, 0.10), (0.40, 0.36, 0.50), (0.46, 0.66, 0.95), (0.40, 1.0, 1.15)])
    return [Solid("角", "horns", _horn(wearer, way, 0.15, degrees=62.0, q=0.44), wearer.traits.worn.color)]


def _unicorn(wearer: Wearer) -> list[Solid]:
    root = wearer.guide.at(np.array(0.0), np.array(0.60), -0.04)
    spine = np.array([root + np.array([0, 0.10, -0.13]) * k * 0.85 for k in range(9)])
    horn = half_tube(spine, 0.12 * (1 - np.linspace(0, 1, 9)) + 0.008)
    return [Solid("角", "horn", horn, mix(wearer.traits.worn.color, WHITE, 0.5), kind="metal")]


def _antlers(wearer: Wearer) -> list[Solid]:
    root = wearer.guide.at(np.radians(62.0), np.array(0.34), -0.06)
    stem = root + np.array([(0, 0, 0), (0.22, 0.36, 0.02), (0.34, 0.74, 0), (0.30, 1.16, -0.04)])
    parts = [tube(arc(stem, 12), np.linspace(0.075, 0.02, 12), around=7)]
    for base, tip in (
        ((0.20, 0.34, 0.02), (0.52, 0.56, -0.06)),
        ((0.33, 0.72, 0), (0.66, 1.0, -0.04)),
        ((0.33, 0.80, 0), (0.10, 1.10, -0.06)),
    ):
        parts.append(tube(root + np.linspace(base, tip, 5), np.linspace(0.05, 0.014, 5), around=6))
    return [Solid("角", "antlers", both(join(parts)), mix((0.60, 0.44, 0.30), wearer.traits.worn.color, 0.15))]


def _headphones(wearer: Wearer) -> list[Solid]:
    guide, worn = wearer.guide, wearer.traits.worn
    spine = over(guide, 0.13, 0.10, 1.66)
    band = half_tube(spine[len(spine) // 2 :], np.full(8, 0.085))
    cup = lathe([(0.0, 0.20), (0.26, 0.19), (0.36, 0.10), (0.38, -0.08), (0.30, -0.20)], 18)
    disc = lathe([(0.0, 0.235), (0.20, 0.225), (0.24, 0.16)], 18)
    at = (guide.side + 0.10, 1.25, 0.10)
    return [
        Solid("ヘッドホン", "headphones", join([band, both(moved(cup, _SIDEWAYS, at))]), worn.color, kind="metal"),
        Solid("ヘッドホン飾り", "headphone discs", both(moved(disc, _SIDEWAYS, at)), mix(worn.second, WHITE, 0.2)),
    ]


def _headset(wearer: Wearer) -> list[Solid]:
    """Return headphones with a microphone on one side."""
    guide = wearer.guide
    x = guide.side + 0.06
    boom = arc(((x, 1.05, -0.05), (x - 0.02, 0.72, -0.42), (0.78, 0.40, -0.86), (0.46, 0.24, -1.12)), 12)
    arm = tube(boom, np.full(12, 0.028), around=6)
    tip = moved(ball(0.075, rows=6, columns=8), np.eye(3), boom[-1])
    mic = Solid("マイク", "microphone", wearer.sided(join([arm, tip])), shade(wearer.traits.worn.color, 0.5))
    return [*_headphones(wearer), mic]


def _goggles(wearer: Wearer) -> list[Solid]:
    """Return goggles pushed up on the hair."""
    guide, worn = wearer.guide, wearer.traits.worn
    turn = np.linspace(0, np.pi, 33)
    line = guide.at(turn, np.full(33, 0.60), 0.13)
    line[[0, -1], 0] = 0
    strap = half_tube(line, np.full(33, 0.055), up=(0, 1, 0))
    at = guide.at(np.radians(24.0), np.array(0.58), 0.17)
    rim = lathe([(0.20, 0.10), (0.30, 0.10), (0.33, 0.0), (0.30, -0.10)], 20)
    lens = lathe([(0.0, 0.10), (0.22, 0.07)], 20)
    face = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    pose = [turned(moved(moved(m, face), np.eye(3)), 0.34, 0.0, at) for m in (rim, lens)]
    pose = [Mesh(m.position, m.faces, m.uv, m.normal, m.weight) for m in pose]
    return [
        Solid("ゴーグル帯", "goggle strap", strap, shade(worn.color, 0.4)),
        Solid("ゴーグル", "goggles", both(pose[0]), worn.color, kind="metal"),
        Solid("ゴーグルレンズ", "goggle lenses", both(pose[1]), mix(worn.second, (0.75, 0.92, 1.0), 0.4), kind="metal"),
    ]


def _ring(radius: float, y: float, z: float, thick: float, tilt: float = 0.16) -> Mesh:
    a = np.linspace(0, np.pi, 25)
    ring = np.stack([radius * np.sin(a), y + tilt * np.cos(a), -radius * np.cos(a) + z], -1)
    return half_tube(ring, np.full(25, thick), up=(0, 1, 0))


def _halo(wearer: Wearer) -> list[Solid]:
    made = _ring(0.62, wearer.top + 0.42, 0.15, 0.055)
    return [Solid("光輪", "halo", made, light(wearer.traits.worn.color, 0.3), kind="light")]


def _spiked_halo(wearer: Wearer) -> list[Solid]:
    """Return a ring of light behind the head, with rays."""
    y, z = 1.75, wearer.guide.back + 0.35
    rays = []
    for k in range(12):
        way = np.array([np.sin(np.pi * (k + 0.5) / 6), np.cos(np.pi * (k + 0.5) / 6)])
        side = np.array([way[1], -way[0]]) * 0.07
        long = 0.50 if k % 2 else 0.30
        outline = np.array([way * 1.62 + side, way * 1.62 - side, way * (1.66 + long)])
        rays.append(moved(plate(outline, 0.05), np.eye(3), (0, y, z)))
    a = np.linspace(0, np.pi, 33)
    ring = half_tube(np.stack([1.5 * np.sin(a), y + 1.5 * np.cos(a), np.full(33, z)], -1), np.full(33, 0.05))
    return [Solid("光背", "halo", join([ring, *rays]), light(wearer.traits.worn.color, 0.35), kind="light")]


def _antennas(wearer: Wearer) -> list[Solid]:
    root = wearer.guide.at(np.radians(40.0), np.array(0.30), -0.04)
    spine = root + np.array([(0, 0, 0), (0.10, 0.42, -0.06), (0.30, 0.76, -0.18), (0.56, 0.86, -0.34)])
    stem = tube(arc(spine, 12), np.full(12, 0.026), around=6)
    knob = moved(ball(0.10, rows=7, columns=10), np.eye(3), spine[-1])
    worn = wearer.traits.worn
    return [
        Solid("触角", "antennas", both(stem), shade(worn.color, 0.4)),
        Solid("触角玉", "knobs", both(knob), worn.second),
    ]


def _ear_fins(wearer: Wearer) -> list[Solid]:
    """Return the ear pieces of a robot."""
    at = (wearer.guide.side + 0.06, 1.22, 0.05)
    pad = moved(lathe([(0.0, 0.16), (0.24, 0.15), (0.30, 0.05), (0.30, -0.12)], 16), _SIDEWAYS, at)
    fin = np.array([(0.0, -0.12), (0.16, 0.0), (0.30, 0.62), (0.24, 0.95), (0.08, 0.5), (-0.06, 0.10)])
    blade = moved(
        plate(fin, 0.07),
        np.array([[0.4, 0, 0.9], [0, 1, 0], [0.9, 0, -0.4]]),
        np.array(at) + np.array([0.10, 0.0, 0.05]),
    )
    if np.linalg.det(np.array([[0.4, 0, 0.9], [0, 1, 0], [0.9, 0, -0.4]])) < 0:
        blade = replace(blade, faces=blade.faces[:, ::-1].copy())
    worn = wearer.traits.worn
    return [Solid("耳当て", "ear pieces", both(join([pad, blade])), worn.color, kind="metal"),
            Solid("ランプ", "lamps", both(moved(ball(0.11, rows=6, columns=10, squash=0.8), _SIDEWAYS,
                np.array(at) + np.array([0.15, 0, 0]))),
                  light(worn.second, 0.3), kind="light")]  # fmt: skip


def _fox_mask(wearer: Wearer) -> list[Solid]:
    """Return a fox's mask worn on the side of the head."""
    side = float(wearer.traits.worn.side)
    at = wearer.guide.at(np.radians(62.0), np.array(0.60), 0.26)
    half = np.array([(0.0, -0.52), (0.14, -0.40), (0.34, -0.10), (0.44, 0.22), (0.46, 0.70), (0.26, 0.42), (0.0, 0.40)])
    outline = np.concatenate([half, (half * [-1, 1])[-2:0:-1]])
    base = plate(outline, 0.08, 0.16)
    marks = []
    for s in (-1, 1):
        eye = np.array([(0.10, 0.02), (0.22, 0.08), (0.34, 0.18), (0.20, 0.14)]) * [s, 1]
        ear = np.array([(0.30, 0.42), (0.42, 0.60), (0.40, 0.32)]) * [s, 1]
        marks += [moved(plate(eye, 0.02), np.eye(3), (0, 0, -0.14)), moved(plate(ear, 0.02), np.eye(3), (0, 0, -0.065))]
    marks.append(
        moved(plate(np.array([(0, 0.34), (0.06, 0.22), (0, 0.12), (-0.06, 0.22)]), 0.02), np.eye(3), (0, 0, -0.19))
    )
    marks.append(moved(ball(0.045, rows=5, columns=8), np.eye(3), (0, -0.44, -0.10)))
    parts = [turned(moved(m, np.eye(3) * 1.15), 0.80, -0.22, at) for m in (base, join(marks))]
    if side < 0:
        parts = [replace(moved(m, np.diag([-1.0, 1, 1])), faces=m.faces[:, ::-1].copy()) for m in parts]
    return [
        Solid("狐面", "fox mask", parts[0], (0.97, 0.96, 0.94)),
        Solid("狐面模様", "mask paint", parts[1], mix((0.84, 0.16, 0.20), wearer.traits.worn.color, 0.25)),
    ]


def _veil(wearer: Wearer) -> list[Solid]:
    """Return a bride's veil that falls from the crown behind the head."""
    turn = np.radians(np.linspace(96, 180, 13))
    q = np.concatenate([np.linspace(0.30, 1.0, 7), np.linspace(1.2, 2.5, 6)])
    edge = smoothstep(0.0, 0.5, turn - turn[0])  # its front edges lie on the hair: seen edge-on they would be lines
    points = wearer.guide.at(turn[None, :], np.broadcast_to(q[:, None], (13, 13)), 0.07 + 0.13 * edge)
    points = points * (1 + 0.22 * np.clip(q - 0.9, 0, 2)[:, None, None] * edge[:, None] * np.array([1, 0, 0.55]))
    points[..., 2] += 0.05 * np.cos(turn * 14)[None, :] * np.clip(q - 0.5, 0, 1.5)[:, None]
    points[:, -1, 0] = 0
    cloth = sheet(points[::-1], np.zeros((13, 13, 2)))
    comb = arc(wearer.guide.at(np.radians(np.linspace(100, 180, 9)), np.full(9, 0.29), 0.20), 12)
    comb[-1, 0] = 0
    return [
        Solid("髪飾り", "comb", half_tube(comb, np.full(12, 0.06)), mix(wearer.traits.worn.color, WHITE, 0.6)),
        Solid(
            "ベール",
            "veil",
            both(cloth),
            mix(WHITE, wearer.traits.worn.second, 0.10),
            alpha=0.55,
        ),
    ]


GEAR: Mapping[str, Callable[[Wearer], list[Solid]]] = {
    "horns": _horns, "oni_horns": _oni, "ram_horns": _ram, "dragon_horns": _dragon, "unicorn": _unicorn,
    "antlers": _antlers, "headphones": _headphones, "headset": _headset, "goggles": _goggles, "halo": _halo,
    "ray_halo": _spiked_halo, "antennas": _antennas, "ear_fins": _ear_fins, "fox_mask": _fox_mask, "veil": _veil,
}  # fmt: skip
