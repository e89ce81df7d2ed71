"""Collars, hoods, scarves and what lies on the shoulders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmdgen.zoo.atlas import BODY
from mmdgen.zoo.dress.pieces import CHEST, Edge, band, drape, frill
from mmdgen.zoo.mesh import F8, Mesh, both, flipped, in_cell, join, moved, on_bone, sheet, unit
from mmdgen.zoo.shapes import arc, ball, half_tube, tube


def sailor_collar(depth: float, *, round_back: bool = False) -> Mesh:
    """Return a sailor's collar that closes at y = ``depth`` in front and falls square, or round, behind."""
    back = (1.0, 1.1, 1.0) if round_back else (1.0, 1.0, 1.0)
    inner: Edge = [(0, depth, 0.03), (16, depth + 0.42, 0.04), (42, -0.68, 0.05), (90, -0.53, 0.06), (135, -0.47, 0.06),
                   (180, -0.45, 0.06)]  # fmt: skip
    outer: Edge = [(0, depth - 0.14, 0.04), (26, depth + 0.12, 0.05), (48, -1.0, 0.08), (80, -0.83, 0.10),
                   (142, -1.62 * back[1], 0.08), (180, -1.66, 0.07)]  # fmt: skip
    return drape(inner, outer, "collar", columns=33, rows=6)


def shirt_collar(spread: float = 1.0, *, cell: str = "shirt") -> Mesh:
    """Return a collar that stands around the neck and folds over into two points; ``spread`` opens them."""
    stand = band((-0.60, -0.36), (0.025, 0.06), cell, turn=(9 * spread, 180))
    inner: Edge = [(10 * spread, -0.40, 0.075), (40, -0.35, 0.075), (90, -0.34, 0.075), (180, -0.33, 0.075)]
    outer: Edge = [(24 * spread, -0.86, 0.12), (52, -0.66, 0.12), (95, -0.60, 0.11), (180, -0.58, 0.10)]
    return join([stand, drape(inner, outer, cell, columns=21, rows=4)])


def round_collar(cell: str = "shirt") -> Mesh:
    """Return a flat round collar."""
    inner: Edge = [(3, -0.66, 0.05), (40, -0.56, 0.06), (90, -0.50, 0.06), (180, -0.46, 0.06)]
    outer: Edge = [(5, -0.78, 0.06), (22, -1.02, 0.06), (55, -0.92, 0.07), (90, -0.76, 0.08), (180, -0.86, 0.07)]
    return drape(inner, outer, cell, columns=27, rows=4)


def stand_collar(high: float, *, gap: float = 4.0, cell: str = "collar") -> Mesh:
    """Return a collar that stands around the neck up to y = ``high``."""
    return band((-0.64, high), (0.03, 0.085), cell, turn=(gap, 180))


def roll_collar(loose: float) -> Mesh:
    """Return a turtleneck: a tube around the neck, folded over."""
    under = band((-0.64, -0.16), (0.03, 0.055), "collar")
    fold = band((-0.40 - 0.10 * loose, -0.14), (0.085 + 0.08 * loose, 0.075), "collar")
    return join([under, fold])


def lapels(bottom: float, width: float, *, notch: bool = True) -> Mesh:
    """Return the lapels of a jacket that closes at y = ``bottom``."""
    wide = 38 + 30 * width
    inner: Edge = [(1.5, bottom, 0.05), (10, bottom * 0.62, 0.06), (22, -0.92, 0.075), (44, -0.62, 0.085),
                   (90, -0.48, 0.09), (180, -0.42, 0.09)]  # fmt: skip
    shoulder = -0.94 if notch else -0.86
    outer: Edge = [(2.5, bottom + 0.02, 0.055), (wide * 0.52, bottom * 0.66, 0.07), (wide, -1.10, 0.09),
                   (56, shoulder, 0.11), (90, -0.68, 0.12), (180, -0.62, 0.11)]  # fmt: skip
    return drape(inner, outer, "lapel", columns=31, rows=4)


def hood_down(size: float = 1.0) -> Mesh:
    """Return a hood that lies around the neck."""
    knots = (
        (0.0, -1.00, -0.42), (0.30, -0.78, -0.36), (0.62, -0.52, 0.05), (0.66, -0.30, 0.55), (0.36, -0.24, 0.92),
        (0.0, -0.24, 1.0),
    )  # fmt: skip
    spine = arc(knots, 18)
    radius = np.interp(np.linspace(0, 1, 18), (0, 0.3, 0.7, 1), (0.07, 0.15, 0.24, 0.26)) * size
    return on_bone(in_cell(half_tube(spine, radius, around=10), BODY["collar"]), CHEST)


def cords(cell: str = "trim") -> Mesh:
    """Return the two cords of a hood."""
    ends = ((0.16, -0.92, -0.44), (0.19, -1.3, -0.60), (0.17, -1.62, -0.66))
    cord = tube(arc(ends, 8), np.full(8, 0.022), around=6)
    tip = moved(ball(0.04, rows=5, columns=6), np.eye(3), ends[-1])
    return on_bone(in_cell(both(join([cord, tip])), BODY[cell]), CHEST)


def scarf(cell: str, *, ends: int = 1) -> Mesh:
    """Return a scarf around the neck, one or two of its ends hanging in front."""
    ring = arc(
        ((0.0, -0.62, -0.46), (0.34, -0.60, -0.28), (0.52, -0.50, 0.2), (0.34, -0.42, 0.70), (0, -0.40, 0.82)), 16
    )
    upper = ring * [0.88, 1, 0.9] + [0, 0.17, 0.02]
    parts = [half_tube(ring, np.full(16, 0.17), around=10), half_tube(upper, np.full(16, 0.14), around=10)]
    made = in_cell(join(parts), BODY[cell])
    for k in range(ends):
        way = arc(((0.16, -0.62, -0.52), (0.22, -1.1, -0.68), (0.26 - 0.1 * k, -1.75, -0.84), (0.24, -2.4, -0.90)), 12)
        end = tube(way, np.linspace(0.13, 0.20, 12), around=10, flat=0.35)
        end = in_cell(end, BODY[cell])
        made = join([made, end if k == 0 else replace(moved(end, np.diag([-1.0, 1, 1])), faces=end.faces[:, ::-1])])
    return on_bone(made, CHEST)


def fur_collar(cell: str) -> Mesh:
    """Return a thick collar of fur."""
    ring = arc(
        ((0.10, -1.05, -0.48), (0.42, -0.78, -0.36), (0.66, -0.56, 0.1), (0.50, -0.44, 0.66), (0, -0.42, 0.84)), 25
    )
    radius = 0.19 * (1 + 0.10 * np.cos(np.arange(25) * np.pi))
    half = tube(ring, radius, around=10)
    half = replace(half, position=np.where(np.abs(half.position) < 1e-9, 0, half.position))
    return on_bone(in_cell(both(half), BODY[cell]), CHEST)


def ruff(y: float, cell: str) -> Mesh:
    """Return a frilled neckband."""
    edge: Edge = [(0, y, 0.05), (90, y, 0.05), (180, y, 0.05)]
    upright = band((y - 0.12, y + 0.02), (0.035, 0.05), cell)
    return join([upright, frill(edge, 0.13, cell, waves=18, depth=0.045, flare=0.10)])


MANTLE_FREE = -1.5  # below this a cape hangs free


def mantle_fall(bottom: float) -> F8:
    """Return the left half of a cape (9, 15, 3), rows up from the hem, columns from the middle of the back."""
    t = np.linspace(0, 1, 9)
    y = np.array([-0.50, -0.66, -0.82, -1.05, -1.5, -2.2, -3.2, 0.5 * (bottom - 3.2), bottom])
    half = np.array([0.42, 0.66, 0.92, 1.10, 1.22, 1.34, 1.50, 1.66, 1.85])
    depth = np.array([0.60, 0.70, 0.80, 0.88, 0.92, 0.96, 1.02, 1.12, 1.22])
    across = np.linspace(0, 1, 15)
    x = half[:, None] * across
    edge = np.array([0.02, -0.02, 0.10, 0.44, 0.60, 0.62, 0.66, 0.70, 0.76])  # z of its front edge
    z = depth[:, None] + (edge - depth)[:, None] * across**2.4 + 0.05 * t[:, None] * np.cos(across * 14)
    points = np.stack(np.broadcast_arrays(x, y[:, None], z), -1)[::-1]
    points[:, 0, 0] = 0
    return points


def mantle(bottom: float) -> Mesh:
    """Return a cape that hangs from the shoulders behind the arms, and the collar that holds it."""
    points = mantle_fall(bottom)
    rows, columns = points.shape[:2]
    uv = np.stack(np.broadcast_arrays(np.linspace(0, 1, columns), np.linspace(1, 0, rows)[:, None]), -1)
    whole = flipped(sheet(points, uv))
    lining = in_cell(both(flipped(moved(whole, np.eye(3), (0, 0, -0.03)))), BODY["accent"])
    cloth = in_cell(both(whole), BODY["below"])
    clasp = both(moved(ball(0.11, rows=6, columns=9, squash=0.6), np.eye(3), (0.58, -0.80, -0.26)))
    clasp = in_cell(clasp, BODY["trim"])
    chain = arc(((0.58, -0.84, -0.27), (0.3, -1.08, -0.42), (0.0, -1.16, -0.47)), 8)
    rope = in_cell(half_tube(chain, np.full(8, 0.03), around=6), BODY["trim"])
    return on_bone(join([lining, cloth, clasp, rope]), CHEST)


def puffs(size: float, cell: str) -> Mesh:
    """Return puffed sleeves about the shoulders, with a frill below."""
    return _on_arm(_egg((1.32, -1.20, 0.12), (0.42 * size, 0.44 * size, 0.42 * size), 40.0), cell)


def pauldrons(layers: int, cell: str) -> Mesh:
    """Return plates of armour over the shoulders."""
    plates = []
    for k in range(layers):
        at = np.array([1.26, -1.0, 0.12]) + np.array([0.15, -0.19, 0.0]) * k
        plates.append(_egg((at[0], at[1], at[2]), (0.46 - 0.03 * k, 0.40, 0.46 - 0.02 * k), 30.0))
    return _on_arm(join(plates), cell)


def epaulettes(cell: str) -> Mesh:
    """Return boards with fringes on the shoulders."""
    board = _egg((1.02, -0.84, 0.12), (0.34, 0.055, 0.20), 28.0)
    drops = [tube(np.array([[1.26 + 0.05 * np.cos(a), -0.96, 0.12 + 0.24 * np.sin(a)],
                            [1.33 + 0.06 * np.cos(a), -1.14, 0.12 + 0.30 * np.sin(a)]]), np.full(2, 0.032), around=5)
             for a in np.linspace(-1.5, 1.5, 9)]  # fmt: skip
    return on_bone(in_cell(both(join([board, *drops])), BODY[cell]), CHEST)


def straps(x: float, cell: str) -> Mesh:
    """Return two straps over the shoulders, ``x`` degrees off the middle in front."""
    inner: Edge = [(x, -1.30, 0.03), (x + 6, -1.0, 0.035), (62, -0.70, 0.05), (92, -0.62, 0.05), (136, -0.86, 0.035),
                   (152, -1.4, 0.03)]  # fmt: skip
    outer: Edge = [(x + 9, -1.30, 0.03), (x + 17, -1.06, 0.035), (72, -0.76, 0.05), (92, -0.70, 0.05), (128, -0.90,
        0.035),
                   (146, -1.4, 0.03)]  # fmt: skip
    return drape(inner, outer, cell, columns=21, rows=2)


def _egg(at: tuple[float, float, float], size: tuple[float, float, float], roll: float) -> Mesh:
    c, s = np.cos(np.radians(-roll)), np.sin(np.radians(-roll))
    turn: F8 = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return moved(ball(1.0, rows=9, columns=14), turn @ np.diag(size), at)


def _on_arm(mesh: Mesh, cell: str) -> Mesh:
    """Return the left half's mesh and its mirror image, following shoulder and arm."""
    half = replace(in_cell(mesh, BODY[cell]), weight={CHEST: np.full(len(mesh), 0.5), "左腕": np.full(len(mesh), 0.5)})
    front = np.clip(-half.normal[:, 2:], 0, 1)
    return both(replace(half, normal=unit(half.normal + np.array([0, 0, -0.4]) * front)))
