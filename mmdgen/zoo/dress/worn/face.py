"""What is worn on the face: glasses of several kinds, a monocle, bandages, a patch over one eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from mmdgen.zoo.dress.worn.solids import Solid, Wearer
from mmdgen.zoo.head.blush import cheek_height
from mmdgen.zoo.mesh import F8, Mesh, both, join, mirrored, sheet
from mmdgen.zoo.paint.color import shade
from mmdgen.zoo.shapes import arc, plate, tube
from mmdgen.zoo.traits import EyeTraits

_LENS = (0.85, 0.95, 1.0)


def _z(x: F8, outer: float) -> F8:
    """Return z of the glasses' plane, which runs back toward its outer edge."""
    return np.asarray(np.interp(np.abs(x), [0, outer], [-1.16, -0.90]), np.float64)


def _rim(eye: EyeTraits, wide: float, tall: float, power: float, drop: float = 0.0) -> tuple[F8, float]:
    """Return a lens's outline (29, 3) about the left eye, and x of its outer edge."""
    turn = np.linspace(0, 2 * np.pi, 29)
    cx, cy = eye.x, eye.y + 0.03 - drop
    rx, ry = eye.width * wide, max((eye.top + eye.bottom) * tall, 0.30)
    rx = min(rx, cx - 0.06)
    x = cx + rx * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
    y = cy + ry * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
    return np.stack([x, y, _z(x, cx + rx)], -1), cx + rx


def _wire(points: F8, thick: float, *, cap: bool = True, up: tuple[float, float, float] = (0, 0, -1)) -> Mesh:
    return tube(points, np.full(len(points), thick), around=6, cap=cap, up=up)


def _pane(ring: F8, outer: float) -> Mesh:
    lens = plate(ring[:-1, :2], 0.0)
    depth = np.column_stack([np.zeros((len(lens), 2)), _z(lens.position[:, 0], outer)])
    return replace(lens, position=lens.position + depth, faces=lens.faces[: len(ring) - 1])


def _glasses(
    wide: float, tall: float, power: float, *, half: str = "", tint: tuple[float, float, float] = _LENS,
    alpha: float = 0.09, thick: float = 0.026,
) -> Callable[[Wearer], list[Solid]]:  # fmt: skip
    def make(wearer: Wearer) -> list[Solid]:
        eye = wearer.traits.eyes
        ring, outer = _rim(eye, wide, tall, power)
        inner = 2 * eye.x - outer
        shown = {"": ring, "upper": ring[:15], "lower": ring[14:]}[half]
        rim = _wire(shown, thick, cap=bool(half))
        level = eye.y + 0.03
        ear = wearer.guide.side - 0.02
        hinge = np.array(
            [(outer, level, -0.90), (max(ear, outer + 0.04), level + 0.04, -0.5), (ear, level + 0.02, 0.15)]
        )
        temple = _wire(hinge, thick, up=(0, 1, 0))
        top = level + (0.07 if half != "lower" else 0.0)
        nose = np.array([(0, top, -1.17), (inner, level + 0.01, float(_z(np.array(inner), outer)))])
        bridge = _wire(arc(nose, 4), thick * 0.92, cap=False)
        return [
            Solid("眼鏡", "glasses", both(join([rim, temple, bridge])), wearer.traits.worn.frame, kind="metal"),
            Solid("レンズ", "lenses", both(_pane(ring, outer)), tint, alpha, kind="glass"),
        ]

    return make


def _monocle(wearer: Wearer) -> list[Solid]:
    ring, outer = _rim(wearer.traits.eyes, 0.56, 0.66, 1.0)
    chain = arc(((outer, 0.95, -0.88), (outer + 0.16, 0.55, -0.7), (outer + 0.10, 0.10, -0.5), (0.9, -0.55, -0.42)), 16)
    made = join([_wire(ring, 0.03, cap=False), _wire(chain[:10], 0.012)])
    return [
        Solid("片眼鏡", "monocle", wearer.sided(made), wearer.traits.worn.frame, kind="metal"),
        Solid("レンズ", "lens", wearer.sided(_pane(ring, outer)), _LENS, 0.16, kind="glass"),
    ]


def _patch_on(wearer: Wearer, outline: F8, lift: float) -> Mesh:
    """Return a flat patch that lies on the face's skin."""
    mesh = plate(outline, 0.0)
    half = len(outline) + 1
    x, y = mesh.position[:half, 0], mesh.position[:half, 1]
    points = np.stack([x, y, wearer.skull.z(x, y) - lift], -1)
    used = mesh.faces[: len(outline)]
    return Mesh(points, used, mesh.uv[:half], wearer.skull.soft_normal(points), {"頭": np.ones(half)})


def _plaster(wearer: Wearer) -> list[Solid]:
    """Return a plaster on one cheek."""
    x, y = wearer.traits.eyes.x + 0.10, min(cheek_height(wearer.traits.eyes), 0.56)
    c, s = np.cos(0.3), np.sin(0.3)
    turn = np.array([[c, s], [-s, c]])
    strip = np.array(
        [
            (-0.20, -0.045),
            (-0.18, -0.06),
            (0.0, -0.065),
            (0.18, -0.06),
            (0.20, -0.045),
            (0.20, 0.045),
            (0.18, 0.06),
            (0.0, 0.065),
            (-0.18, 0.06),
            (-0.20, 0.045),
        ]
    )
    pad = np.array([(-0.07, -0.05), (0.07, -0.05), (0.07, 0.05), (-0.07, 0.05)])
    parts = [_patch_on(wearer, o @ turn + [x, y], lift) for o, lift in ((strip, 0.012), (pad, 0.02))]
    tan = (0.93, 0.80, 0.66)
    return [
        Solid("絆創膏", "plaster", wearer.sided(parts[0]), tan),
        Solid("絆創膏2", "pad", wearer.sided(parts[1]), shade(tan, 0.18)),
    ]


def _nose_plaster(wearer: Wearer) -> list[Solid]:
    y = wearer.traits.face.nose_y + 0.08
    x = np.linspace(0, 0.24, 7)
    rows = np.array([y - 0.055, y + 0.055])
    gx, gy = np.meshgrid(x, rows)
    points = wearer.skull.surface(gx, gy)
    points[..., 2] -= 0.018
    made = both(sheet(points, np.zeros((2, 7, 2)), normal=wearer.skull.soft_normal(points)))
    return [Solid("絆創膏", "plaster", made, (0.95, 0.84, 0.70))]


def _eye_patch(wearer: Wearer) -> list[Solid]:
    """Return a patch over one eye, and its band around the head. Lids go on moving behind it."""
    eye = wearer.traits.eyes
    side = wearer.traits.worn.side
    turn = np.linspace(0, 2 * np.pi, 25)[:24]
    rx, ry = eye.width * 0.68, (eye.top + eye.bottom) * 0.78
    cy = eye.y + 0.02
    outline = np.stack([eye.x + rx * np.cos(turn) * (1 - 0.10 * np.sin(turn)), cy + ry * np.sin(turn)], -1)
    patch = _patch_on(wearer, outline, 0.13)
    skull = wearer.skull
    bands = []
    for start, end in (
        ((eye.x - rx * 0.8, cy + ry * 0.6), (-0.80, cy + 0.62)),
        ((eye.x + rx * 0.9, cy + ry * 0.2), (0.97 * float(skull.half_width(np.array(cy))), cy + 0.10)),
    ):
        x, y = np.linspace(start, end, 12).T
        bands.append(_wire(np.stack([x, y, skull.z(x, y) - 0.02], -1), 0.025))
    cloth = join([patch, *bands])
    return [Solid("眼帯", "eye patch", cloth if side > 0 else mirrored(cloth), wearer.traits.worn.frame)]


FACE_WEAR: Mapping[str, Callable[[Wearer], list[Solid]]] = {
    "none": lambda _: [],
    "glasses": _glasses(0.60, 0.62, 0.75),
    "round_glasses": _glasses(0.62, 0.74, 1.0),
    "square_glasses": _glasses(0.64, 0.56, 0.45, thick=0.036),
    "half_rim": _glasses(0.62, 0.54, 0.62, half="upper"),
    "under_rim": _glasses(0.62, 0.56, 0.70, half="lower"),
    "sunglasses": _glasses(0.66, 0.64, 0.72, tint=(0.20, 0.15, 0.20), alpha=0.30, thick=0.032),
    "tinted_glasses": _glasses(0.62, 0.70, 0.95, tint=(0.95, 0.62, 0.42), alpha=0.24),
    "monocle": _monocle,
    "plaster": _plaster,
    "nose_plaster": _nose_plaster,
    "eye_patch": _eye_patch,
}
