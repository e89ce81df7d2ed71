"""The eye opening: where the lids run when open, closed, smiling, and how the skin around them follows.

Everything is computed for the character's left eye, in the face's front view (x, y). A lid curve has POINTS points from
the inner to the outer corner; a ring around the eye runs over the upper lid and back along the lower one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8
from mmdgen.zoo.traits import EyeTraits

POINTS = 17
_LEAST_SAG = 0.20  # a lid that closes over a flat eye still bends down, or a blink would be a smile
SHARE = (1 - np.cos(np.linspace(0, np.pi, POINTS))) / 2  # denser toward the corners, where lids bend


@dataclass(frozen=True)
class Lids:
    """One state of an eye: both lid curves (POINTS, 2), ``shut`` from 0 to 1, and how far ``wing`` lifts the lashes."""

    upper: F8
    lower: F8
    shut: float = 0.0
    wing: float = 1.0
    bare: bool = False  # without lashes: something else is drawn in their place


def _bump(peak: float, power: float) -> F8:
    result: F8 = np.abs(np.sin(np.pi * SHARE ** (np.log(0.5) / np.log(peak)))) ** power
    result[[0, -1]] = 0
    return result


def open_lids(eye: EyeTraits) -> Lids:
    """Return the eye at rest."""
    line = _corner_line(eye)
    up, down = _bump(eye.peak, eye.upper_power), _bump(eye.low_peak, eye.lower_power)
    return Lids(line + _rise(eye.top * up), line - _rise(eye.bottom * down))


def _corner_line(eye: EyeTraits) -> F8:
    inner = np.array([eye.x - eye.width / 2, eye.y - eye.tilt / 2])
    outer = np.array([eye.x + eye.width / 2, eye.y + eye.tilt / 2])
    line: F8 = inner + SHARE[:, None] * (outer - inner)
    return line


def _rise(y: F8) -> F8:
    return np.stack([np.zeros_like(y), y], -1)


def lid_states(eye: EyeTraits) -> dict[str, Lids]:
    """Return the eye under each lid morph at weight 1; in ``blink`` and ``smile`` both lids share one curve."""
    rest = open_lids(eye)
    line = _corner_line(eye)
    up, down = _bump(eye.peak, eye.upper_power), _bump(eye.low_peak, eye.lower_power)
    sag = _rise(-0.66 * max(eye.bottom, _LEAST_SAG) * _bump(0.52, 0.85))
    arch = _rise(0.62 * eye.top * _bump(0.5, 0.9) - 0.10 * eye.top)
    lowered = line + _rise(np.minimum(eye.top * up, 0.30 * eye.top * _bump(0.5, 0.4)))
    return {
        "blink": Lids(line + sag, line + sag, 1.0, -0.55),
        "smile": Lids(line + arch, line + arch, 1.0, -0.9),
        "hau": Lids(line, line, 1.0, 0.0, bare=True),
        "wide": Lids(rest.upper + _rise(0.16 * eye.top * up), rest.lower - _rise(0.10 * eye.bottom * down), 0.0, 1.2),
        "stare": Lids(lowered, rest.lower + _rise(0.12 * eye.bottom * down), 0.45, 0.3),
        "soft": Lids(rest.upper - _rise(0.42 * eye.top * up), rest.lower + _rise(0.25 * eye.bottom * down), 0.4, 0.5),
    }


# --- the skin around the eye ------------------------------------------------------------------------------------------

# Rings around the opening: distance from its edge, and the share of the upper and the lower lid's way that they follow.
RINGS = ((0.0, 1.0, 1.0), (0.022, 0.60, 0.62), (0.065, 0.14, 0.30), (0.15, 0.04, 0.10))


def outline(lids: Lids) -> F8:
    """Return the opening (2 · POINTS - 2, 2): upper lid outward, lower lid inward."""
    return np.concatenate([lids.upper, lids.lower[-2:0:-1]])


def ring_points(skull: Skull, rest: Lids, state: Lids, ring: int) -> F8:
    """Return a ring of skin (2 · POINTS - 2, 3) around the eye, under a state of the lids."""
    distance, upper, lower = RINGS[ring]
    base = outline(rest)
    follow = np.concatenate([np.full(POINTS, upper), np.full(POINTS - 2, lower)])[:, None]
    away = _outward(base)
    room = (0.97 * skull.half_width(base[:, 1]) - base[:, 0]) / (RINGS[-1][0] * np.maximum(away[:, 0], 1e-9))
    flat = base + away * (distance * np.clip(room, 0.25, 1))[:, None] + follow * (outline(state) - base)
    points = skull.surface(flat[:, 0], flat[:, 1])
    span = np.concatenate([np.sin(np.pi * SHARE), np.zeros(POINTS - 2)])
    points[:, 2] -= (
        0.03 * state.shut * span * (1 - abs(upper - 0.8)) * (upper > 0.5)
    )  # the eyeball under the closed lid
    return points


def _outward(loop: F8) -> F8:
    """Return unit normals (n, 2) of a clockwise closed polygon, pointing out."""
    tangent = np.roll(loop, -1, 0) - np.roll(loop, 1, 0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], -1)
    result: F8 = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    return result


def curve_normal(points: F8) -> F8:
    """Return unit normals (n, 2) of an open curve that runs along +x, pointing up."""
    tangent = np.gradient(points, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], -1)
    result: F8 = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    return result
