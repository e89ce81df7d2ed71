"""Hips, legs and shoes, and what is worn there: skirts, shorts, trousers; all cut for the middling body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmdgen.zoo.atlas import BODY
from mmdgen.zoo.dress.body import lit
from mmdgen.zoo.dress.hanging import Hanging, around
from mmdgen.zoo.figure import ANKLE, HIP, KNEE, SOLE
from mmdgen.zoo.mesh import F8, Mesh, both, curve, in_cell, join, lined, piece, sheet, smoothstep, unit
from mmdgen.zoo.shapes import ball, tube
from mmdgen.zoo.traits import LegTraits, RigTraits

_WAIST = -3.62  # clothes overlap the trunk's from here
_CROTCH = -5.75
_FREE = -4.3  # a skirt's bones begin below this
_AROUND = 25  # columns of half a skirt

# y, half-width, z in front, z behind; the first three rows are the trunk's
_HIPS = np.array([(-3.2, 0.92, -0.48, 0.45), (-3.7, 0.96, -0.47, 0.48), (-4.38, 1.16, -0.52, 0.58),
                  (-4.9, 1.20, -0.54, 0.68), (-5.4, 1.14, -0.50, 0.67), (-5.75, 0.84, -0.34, 0.46)])  # fmt: skip


def lower_body(traits: LegTraits, bones: Hanging | None = None) -> Mesh:
    """Return everything below the waist, feet included; a skirt hangs on ``bones`` where there are any."""
    parts = [*_legs(traits), _shoes(traits)]
    parts.append(_hips("below"))
    if traits.kind == "trousers":
        parts.append(_tubes(-0.11, 2.02, (1.06, 1.12, 1.7), traits.cell))
    elif traits.kind == "shorts":
        parts.append(_tubes(-0.11, traits.length, (1.06, 1.30, 1.5), traits.cell))
    elif traits.kind != "none":
        parts.append(skirt(traits, bones))
    return join(parts)


def _hip_point(turn: F8, y: F8, lift: F8) -> F8:
    """Return points (..., 3) around the hips, as trunk_point does around the trunk; all broadcast."""
    w, front, back = curve(-_HIPS[:, 0], _HIPS[:, 1:], -y).transpose((-1, *range(np.ndim(y))))
    middle, half = 0.5 * (front + back), 0.5 * (back - front) + lift
    power = 2 / 2.35
    s, c = np.sin(turn), np.cos(turn)
    x, z = (w + lift) * np.sign(s) * np.abs(s) ** power, middle - half * np.sign(c) * np.abs(c) ** power
    return np.stack(np.broadcast_arrays(x, y, z), -1)


def _hips(cell: str) -> Mesh:
    """Return the hips from under the trunk's hem to the crotch, closed below."""
    y = np.array([_CROTCH, _CROTCH, -5.6, -5.4, -5.15, -4.9, -4.65, -4.42, -4.3, -4.1])[:, None]
    turn = np.linspace(0, np.pi, 13)[None, :]
    points = _hip_point(turn, y, -0.05 * smoothstep(-4.5, -4.25, y))
    points[0] = [0.0, _CROTCH - 0.06, 0.06]
    points[:, [0, -1], 0] = 0
    whole = sheet(points, np.zeros((*points.shape[:2], 2))).normal.reshape(points.shape)
    halves = ((slice(0, 7), (0.33, 0.03)), (slice(6, 13), (0.97, 0.67)))  # u as it runs around a leg, 0 at its outside
    return join([_cloth(points[:, k], cell, u=u, v=(0.30, 0.20), normal=whole[:, k]) for k, u in halves])


def _cloth(
    points: F8,
    cell: str,
    *,
    both_sides: bool = False,
    u: tuple[float, float] = (0, 1),
    v: tuple[float, float] = (1, 0),
    normal: F8 | None = None,
) -> Mesh:
    """Return the left half of a garment (rows up from the hem, columns from front to back) and its mirror image.

    ``u`` and ``v`` are the texture's coordinates in its cell at the first and last column and row.
    """
    rows, columns = points.shape[:2]
    uv = np.stack(np.broadcast_arrays(np.linspace(*u, columns), np.linspace(*v, rows)[:, None]), -1)
    outer = sheet(points, uv, normal=normal)
    bent = outer.normal.copy()
    bent[outer.position[:, 0] == 0, 0] = 0
    outer = replace(outer, normal=unit(lit(bent)), weight=_hip_weights(outer.position))
    return in_cell(both(lined(outer) if both_sides else outer), BODY[cell])


def _hip_weights(position: F8) -> dict[str, F8]:
    """Return weights (V,) of the left half: the hips, and a little of the leg below its joint."""
    leg = 0.5 * smoothstep(-HIP[1], -_CROTCH + 0.6, -position[:, 1]) * smoothstep(0.1, 0.5, position[:, 0])
    waist = smoothstep(-4.2, -3.7, position[:, 1])
    return {"上半身": waist, "下半身": 1 - waist - leg, "左足": leg}


SKIRTS = {"pleated": (20, 0.05, 0.50), "flared": (9, 0.11, 0.85), "straight": (3, 0.012, 0.10)}  # count, depth, flare


def skirt(traits: LegTraits, bones: Hanging | None = None) -> Mesh:
    """Return a skirt and its belt; the hem lies at ``length`` along the leg."""
    turn = _turns()
    height = np.array([_WAIST - 0.22, _WAIST - 0.02, _WAIST + 0.04])[:, None]
    belt = _hip_point(turn[:, ::3], height, np.array([[0.105], [0.085], [0.02]]))
    belt[:, 0, 0] = 0
    belt[:, -1, 0] = 0
    cloth = _cloth(_fall(traits), traits.cell, both_sides=True)
    return join([cloth if bones is None else bones.hang(cloth), _cloth(belt, "accent")])


def skirt_bones(traits: LegTraits, rig: RigTraits) -> Hanging | None:
    """Return the bones of the skirt, if one is worn and the maker gave it any."""
    if traits.kind not in SKIRTS or rig.cloth == "none":
        return None
    return around("スカート", _fall(traits), _FREE, rig)


def _turns() -> F8:
    return np.linspace(0, np.pi, 2 * _AROUND)[None, :]


def _fall(traits: LegTraits) -> F8:
    """Return the left half of a skirt (10, 2 * _AROUND, 3), rows up from the hem, columns from the front."""
    count, depth, flare = SKIRTS[traits.kind]
    share = np.linspace(1, 0, 10)[:, None] ** 1.3  # 1 at the hem
    y = _WAIST + (float(_spine(np.array([traits.length]))[0, 1]) - _WAIST) * share
    turn = _turns()
    fall = np.minimum((_WAIST - y) / 3.2, 1.8)
    phase = np.cos(turn * count)
    wave = np.sign(phase) * np.abs(phase) ** 0.6 if traits.kind == "pleated" else phase
    points = _hip_point(turn, np.maximum(y, -4.9), 0.06 + flare * fall + depth * np.clip(fall, 0, 1.3) * wave)
    points[..., 1] = y
    points[:, [0, -1], 0] = 0
    return points


def _spine(along: F8) -> F8:
    hip, knee, ankle = np.array(HIP), np.array(KNEE), np.array(ANKLE)
    knots = np.stack([hip + (hip - knee) * 0.12, hip, knee, ankle, ankle + (ankle - knee) * 0.2])
    found: F8 = curve((-0.12, 0, 1, 2, 2.2), knots, along)
    return found


_THICK = (
    (-0.12, 0.0, 0.12, 0.45, 0.85, 1.0, 1.15, 1.4, 1.8, 2.0, 2.2),
    (0.40, 0.56, 0.61, 0.54, 0.41, 0.365, 0.37, 0.40, 0.26, 0.20, 0.21),
)


def _tubes(start: float, end: float, grow: tuple[float, float, float], cell: str) -> Mesh:
    """Return the left leg, or a garment on it, between two shares of its length; ``grow`` at hip, knee and ankle."""
    along = np.linspace(start, end, 5 + round(8 * (end - start)))
    radius = curve(*_THICK, at=along) * np.interp(along, (0, 1, 2), grow)
    mesh = tube(_spine(along), radius, around=10)
    where = np.concatenate([along[:1], along, along[-1:]]).repeat(11)
    thigh, shin, foot = (smoothstep(*span, where) for span in ((-0.05, 0.12), (0.9, 1.1), (1.93, 2.03)))
    weight = {"下半身": 1 - thigh, "左足": thigh - shin, "左ひざ": shin - foot, "左足首": foot}
    return both(replace(in_cell(mesh, BODY[cell]), normal=lit(mesh.normal), weight=weight))


def _legs(traits: LegTraits) -> list[Mesh]:
    """Return what is seen of both legs: bare, or in socks up to ``socks``."""
    parts = []
    if traits.kind != "trousers":
        parts.append(
            _tubes(0.0, 2.15 if traits.socks > 1.9 else max(traits.socks + 0.05, 0.3), (1.0, 1.0, 1.0), "skin")
        )
    if traits.socks < 1.9:
        parts.append(_tubes(max(traits.socks, 0.0), 2.15, (1.03, 1.05, 1.08), traits.socks_cell))
    return parts


def _shoes(traits: LegTraits) -> Mesh:
    """Return both shoes, flat below, with a collar around the ankle for boots."""
    shoe = ball(1.0, rows=9, columns=14)
    p = shoe.position * [0.33, 0.80, 0.85]
    p[:, 0] *= 1 - 0.18 * smoothstep(-0.2, 0.7, p[:, 2])
    p[:, 1] *= 1 - 0.45 * smoothstep(0.1, 0.8, -p[:, 2])
    p[:, 1] = np.maximum(p[:, 1], -0.14)
    p += [ANKLE[0], SOLE + 0.14, ANKLE[2] - 0.42]
    mesh = piece(p, shoe.faces, shoe.uv)
    mesh = replace(in_cell(mesh, BODY[traits.shoes_cell]), normal=lit(mesh.normal), weight={"左足首": np.ones(len(p))})
    parts = [both(mesh)]
    if traits.boots > 0:
        parts.append(_tubes(2.0 - traits.boots, 2.12, (1.1, 1.2, 1.3), traits.shoes_cell))
    return join(parts)
