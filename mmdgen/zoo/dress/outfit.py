"""What stands off the clothes: collars, hoods, bows and ties, for each kind of outfit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mmdgen.zoo.atlas import BODY
from mmdgen.zoo.dress.body import lit, trunk_point
from mmdgen.zoo.mesh import Mesh, both, in_cell, join, moved, on_bone, sheet
from mmdgen.zoo.shapes import arc, ball, half_tube, plate, tube
from mmdgen.zoo.skeleton import trunk_weights

CHEST = "上半身2"
SLEEVE = {"sailor": 0.42, "blazer": 1.0, "hoodie": 1.0, "dress": 0.30, "kimono": 0.85, "tee": 0.36, "turtleneck": 1.0,
          "armor": 0.45}  # fmt: skip


def outfit(kind: str) -> Mesh | None:
    """Return the solid parts of an outfit, or None where the texture says it all."""
    return _PARTS[kind]()


def bow(size: float, cell: str, *, tails: float = 1.0) -> Mesh:
    """Return a bow of half-width ``size`` about the origin, facing the viewer."""
    loop = np.array(
        [
            (0.06, 0.05),
            (0.45, 0.42),
            (0.85, 0.46),
            (1.0, 0.22),
            (0.98, -0.18),
            (0.80, -0.40),
            (0.42, -0.30),
            (0.06, -0.06),
        ]
    )
    tail = np.array([(0.0, -0.05), (0.16, 0.0), (0.62, -0.95), (0.40, -0.88), (0.24, -1.05)]) * [1, tails]
    parts = [both(moved(plate(loop * size, 0.06 * size, 0.22 * size), np.eye(3), (0, 0, -0.02 * size)))]
    if tails:
        parts.insert(0, both(plate(tail * size, 0.05 * size, 0.05 * size)))
    parts.append(moved(ball(0.20 * size, rows=7, columns=9, squash=0.8), np.eye(3), (0, 0, -0.16 * size)))
    return in_cell(join(parts), BODY[cell])


def band(
    y: tuple[float, float], lift: tuple[float, float], cell: str, *, turn: tuple[float, float] = (0, np.pi)
) -> Mesh:
    """Return a band around neck or trunk between two heights, open in front where ``turn`` starts after 0."""
    t = np.linspace(turn[0], turn[1], 15)
    share = np.linspace(0, 1, 5)
    heights = y[0] + (y[1] - y[0]) * share
    out = lift[0] + (lift[1] - lift[0]) * share
    points = np.stack([trunk_point(t, np.full(15, h), float(o)) for h, o in zip(heights, out, strict=True)])
    if turn[0] == 0:
        points[:, 0, 0] = 0
    points[:, -1, 0] = 0
    uv = np.stack(np.broadcast_arrays(np.linspace(0, 1, 15), 1 - share[:, None]), -1)
    outer = sheet(points, uv)
    outer = replace(outer, normal=lit(outer.normal), weight=trunk_weights(outer.position[:, 1]))
    inner = replace(outer, faces=outer.faces[:, ::-1].copy(), normal=-outer.normal)
    return in_cell(both(join([outer, inner])), BODY[cell])


def _on_chest(mesh: Mesh, y: float, lift: float = 0.03) -> Mesh:
    """Return the mesh moved to the middle of the chest at height y, leaning as the chest does."""
    at, below = (trunk_point(np.zeros(1), np.array([h]))[0] for h in (y, y - 0.3))
    lean = np.arctan2(at[2] - below[2], 0.3)
    c, s = np.cos(lean), np.sin(lean)
    turned = moved(mesh, np.array([[1, 0, 0], [0, c, -s], [0, s, c]]), (0.0, at[1], at[2] - lift))
    return on_bone(turned, CHEST)


def _tie(cell: str) -> Mesh:
    knot = plate(np.array([(0.0, 0.10), (0.11, 0.10), (0.075, -0.10), (0.0, -0.10)]), 0.06)
    blade = plate(np.array([(0.0, 0.0), (0.06, 0.0), (0.17, -1.0), (0.0, -1.18)]), 0.03)
    half = join([moved(blade, np.eye(3), (0, -0.08, 0.01)), knot])
    flat = replace(half, normal=np.tile([0.0, 0.0, -1.0], (len(half), 1)))
    return in_cell(both(flat), BODY[cell])


def _sailor() -> Mesh:
    return join(
        [_on_chest(bow(0.42, "accent"), -1.42), band((-0.66, -0.50), (0.015, 0.05), "collar", turn=(0.9, np.pi))]
    )


def _blazer() -> Mesh:
    return join(
        [band((-0.60, -0.36), (0.02, 0.075), "collar", turn=(0.38, np.pi)), _on_chest(_tie("accent"), -0.68, 0.06)]
    )


def _hoodie() -> Mesh:
    spine = arc(
        (
            (0.0, -1.00, -0.42),
            (0.30, -0.78, -0.36),
            (0.62, -0.52, 0.05),
            (0.66, -0.30, 0.55),
            (0.36, -0.24, 0.92),
            (0.0, -0.24, 1.0),
        ),
        18,
    )
    radius = np.interp(np.linspace(0, 1, 18), (0, 0.3, 0.7, 1), (0.07, 0.15, 0.24, 0.26))
    hood = on_bone(in_cell(half_tube(spine, radius, around=10), BODY["collar"]), CHEST)
    ends = ((0.16, -0.92, -0.44), (0.19, -1.3, -0.60), (0.17, -1.62, -0.66))
    cord = both(tube(arc(ends, 8), np.full(8, 0.022), around=6))
    return join([hood, on_bone(in_cell(cord, BODY["trim"]), CHEST)])


def _dress() -> Mesh:
    return join([_ruffle(-1.02, 0.11), _on_chest(bow(0.30, "accent", tails=0.8), -1.30, 0.08)])


def _ruffle(y: float, height: float) -> Mesh:
    """Return a wavy frill around the shoulders at height y."""
    t = np.linspace(0, np.pi, 57)
    drop = 0.05 * np.cos(t * 2)
    wave = 0.035 * np.cos(t * 28)
    upper = trunk_point(t, y + drop, 0.02)
    lower = trunk_point(t, y + drop - height, 0.07) * [1, 1, 1]
    lower += (lower - [0, 0, 0.1]) * [1, 0, 1] * wave[:, None]
    points = np.stack([lower, upper])
    points[:, [0, -1], 0] = 0
    mesh = sheet(points, np.stack(np.broadcast_arrays(np.linspace(0, 1, 57), np.array([[1.0], [0.0]])), -1))
    mesh = replace(mesh, normal=lit(mesh.normal))
    back = replace(mesh, faces=mesh.faces[:, ::-1].copy(), normal=-mesh.normal)
    return on_bone(in_cell(both(join([mesh, back])), BODY["trim"]), CHEST)


def _kimono() -> Mesh:
    return band((-0.72, -0.42), (0.03, 0.13), "collar", turn=(0.75, np.pi))


def _turtleneck() -> Mesh:
    lower = band((-0.62, -0.14), (0.03, 0.06), "collar")
    return join([lower, band((-0.30, -0.12), (0.075, 0.07), "collar")])


def _armor() -> Mesh:
    gorget = band((-0.62, -0.30), (0.04, 0.10), "collar")
    plate_ = moved(
        ball(0.46, rows=9, columns=14), np.array([[0.9, -0.42, 0], [0.42, 0.72, 0], [0, 0, 0.95]]), (1.30, -1.05, 0.12)
    )
    shoulder = on_bone(in_cell(both(plate_), BODY["collar"]), CHEST)
    gem = on_bone(in_cell(_on_chest(ball(0.12, rows=7, columns=10, squash=0.5), -1.25), BODY["accent"]), CHEST)
    return join([gorget, shoulder, gem])


_PARTS: dict[str, Callable[[], Mesh | None]] = {
    "sailor": _sailor, "blazer": _blazer, "hoodie": _hoodie, "dress": _dress, "kimono": _kimono,
    "tee": lambda: None, "turtleneck": _turtleneck, "armor": _armor,
}  # fmt: skip
OUTFITS: Sequence[str] = tuple(_PARTS)
