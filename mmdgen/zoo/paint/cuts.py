"""Everyday clothes as paint on the front and back view of the body, one function a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mmdgen.zoo.paint.canvas import smooth
from mmdgen.zoo.paint.color import WHITE, light, mix, shade
from mmdgen.zoo.paint.tailor import SHIRT, Points, View, ink_on, mirror
from mmdgen.zoo.traits import OutfitTraits

Painter = Callable[[View, View, OutfitTraits], None]
COVERED = mirror([(-0.8, -0.20), (0.0, -0.20)])
_ROUND = mirror([(-0.62, -0.55), (-0.50, -0.78), (-0.25, -0.93), (0.0, -0.97)])
_WIDE = mirror([(-0.98, -0.82), (-0.74, -0.98), (-0.38, -1.13), (0.0, -1.18)])
_VEE = mirror([(-0.56, -0.42), (-0.42, -0.70), (-0.20, -1.10), (0.0, -1.44)])
_NAPE = mirror([(-0.6, -0.42), (0.0, -0.58)])


def emblem(view: View, kind: int, x: float, y: float, size: float, color: tuple[float, float, float]) -> None:
    """Print an emblem: star, heart, cross, moon, bolt or paw."""
    turn = np.linspace(0, 2 * np.pi, 41)[:40]
    if kind == 0:
        reach = np.where(np.arange(40) % 8 == 0, 1.0, 0.5) * np.where(np.arange(40) % 4 == 0, 1.0, np.nan)
        keep = ~np.isnan(reach)
        shape = np.stack([reach * np.sin(turn), reach * np.cos(turn)], -1)[keep]
    elif kind == 1:
        shape = np.stack(
            [0.95 * np.sin(turn) ** 3, 0.75 * np.cos(turn) - 0.3 * np.cos(2 * turn) - 0.12 * np.cos(3 * turn)], -1
        )
    elif kind == 2:
        a, b = 0.28, 1.0
        shape = np.array(
            [(-a, b), (a, b), (a, a), (b, a), (b, -a), (a, -a), (a, -b), (-a, -b), (-a, -a), (-b, -a), (-b, a), (-a, a)]
        )
    elif kind == 3:
        arc = turn[4:37] + 0.3
        inner = np.stack([0.42 + 0.72 * np.sin(arc), 0.15 + 0.72 * np.cos(arc)], -1)
        shape = np.concatenate([np.stack([np.sin(arc), np.cos(arc)], -1), inner[::-1]])
    elif kind == 4:
        shape = np.array([(0.2, 1.0), (-0.6, -0.1), (-0.1, -0.1), (-0.3, -1.0), (0.6, 0.2), (0.1, 0.2)])
    else:
        view.canvas.ellipse(x, y - 0.2 * size, 0.55 * size, 0.45 * size, color)
        for dx, dy in ((-0.7, 0.25), (-0.25, 0.65), (0.25, 0.65), (0.7, 0.25)):
            view.canvas.ellipse(x + dx * size, y + dy * size, 0.22 * size, 0.28 * size, color)
        return
    view.canvas.polygon(np.array([x, y]) + shape * size, color)


def _sailor(front: View, back: View, o: OutfitTraits) -> None:
    depth = (-1.42, -1.55, -1.30)[o.cut % 3]
    vee = mirror([(-0.56, -0.42), (-0.40, -0.76), (-0.18, depth + 0.38), (0.0, depth)])
    front.below(vee)
    if o.cut != 4:  # a dickey under the collar
        front.panel([(-0.30, -1.02), (0.30, -1.02), (0.0, depth - 0.1)], mix(o.main, WHITE, 0.5), shadow=0)
        front.seam([(-0.29, -1.09), (0.29, -1.09)], o.trim, 3)
    back.below(_NAPE)
    for s in (-1, 1):  # the shadow of the collar
        front.shadow([(s * 0.50, -0.95), (s * 0.86, -1.02), (s * 0.92, -1.22), (s * 0.55, -1.50), (0, depth - 0.25),
                      (0, depth - 0.1)])  # fmt: skip
    if o.cut % 2:
        front.seam([(0, depth - 0.1), (0, -3.6)], width=2)
    front.canvas.line([(-2, -3.78), (2, -3.78)], o.trim, 5)
    back.canvas.line([(-2, -3.78), (2, -3.78)], o.trim, 5)


def _shirt_under(front: View, color: tuple[float, float, float] = SHIRT, opening: float = -0.66) -> None:
    front.below(mirror([(-0.55, -0.34), (-0.30, -0.40), (0.0, opening)]), color)
    front.canvas.line([(0.06, opening), (0.06, -4.4)], shade(color, 0.35), 1.6)
    front.shadow(mirror([(-0.62, -0.44), (-0.40, -0.90), (-0.2, -0.98), (0.0, -0.80)]), 0.8)


def _blazer(front: View, back: View, o: OutfitTraits) -> None:
    back.below(_NAPE)
    _shirt_under(front)
    bottom = (-2.35, -2.05, -2.75)[o.cut % 3]
    if o.cut >= 3:  # a knitted vest between shirt and jacket
        front.panel([*mirror([(-0.8, -0.5), (-0.34, -1.05), (0.0, -1.55)]), (0.9, -4.4), (-0.9, -4.4)], o.accent)
    for s in (-1, 1):
        edge: Points = [
            (s * 0.44, -0.30),
            (s * 2.2, -0.30),
            (s * 2.2, -6),
            (-s * 0.06, -6),
            (0, bottom),
            (s * 0.40, -1.25),
        ]
        front.shadow([(x - s * 0.07, y - 0.02) for x, y in edge[3:]], 0.8)
        front.cloth(edge)
        front.seam(edge[3:], ink_on(o.main), 2)
        front.seam([(s * 0.55, -3.0), (s * 0.95, -2.92)], ink_on(o.main), 2.2)
    front.panel([(0.52, -1.62), (0.92, -1.58), (0.90, -1.68), (0.52, -1.72)], mix(o.main, o.trim, 0.3), shadow=0)
    if o.cut % 2:
        emblem(front, o.fold % 6, 0.72, -1.48, 0.10, o.trim)
    for y in (-2.7, -3.25):
        front.button(0.10, y, o.trim)
        if o.cut == 2:
            front.button(-0.34, y, o.trim)


def _shirt(front: View, back: View, o: OutfitTraits) -> None:
    back.below(_NAPE)
    front.below(mirror([(-0.55, -0.34), (-0.30, -0.40), (0.0, -0.70)]))
    front.seam([(0.10, -0.7), (0.10, -6)])
    front.seam([(-0.10, -0.7), (-0.10, -6)])
    for k in range(7):
        front.button(0.0, -1.05 - 0.48 * k, mix(o.main, WHITE, 0.5), 0.04)
    front.shadow(mirror([(-0.72, -0.60), (-0.52, -0.94), (-0.24, -1.00), (0.0, -0.84)]), 0.9)
    if o.cut % 2:
        front.panel([(0.45, -1.62), (0.88, -1.62), (0.86, -2.05), (0.66, -2.12), (0.47, -2.05)], o.main)
    if o.cut >= 3:  # braces
        for s in (-1, 1):
            front.panel([(s * 0.50, -0.5), (s * 0.62, -0.5), (s * 0.70, -4), (s * 0.58, -4)], o.trim)
            back.panel([(s * 0.50, -0.5), (s * 0.62, -0.5), (s * 0.20, -4), (s * 0.08, -4)], o.trim)


def _vest(front: View, back: View, o: OutfitTraits) -> None:
    _shirt_under(front)
    back.below(_NAPE, SHIRT)
    for view, neck in ((front, [(-0.66, -0.52), (-0.36, -1.02), (0.0, -1.60)]), (back, [(-0.66, -0.52), (0.0, -0.7)])):
        body = [*mirror([*neck]), (1.06, -0.90), (0.98, -1.35), (1.06, -1.8), (1.5, -6), (-1.5, -6), (-1.06, -1.8),
                (-0.98, -1.35), (-1.06, -0.90)]  # fmt: skip
        view.shadow([(x, y - 0.05) for x, y in body], 0.6)
        view.cloth(body)
        for lift in (0.05, 0.11):
            view.canvas.line([(x, y - lift) for x, y in mirror([*neck])], o.trim if lift < 0.1 else o.accent, 3.2)


def _gakuran(front: View, back: View, o: OutfitTraits) -> None:
    front.below(COVERED)
    back.below(COVERED)
    front.seam([(0.08, -0.6), (0.08, -6)], ink_on(o.main), 2)
    for k in range(5):
        front.button(0.0, -0.98 - 0.62 * k, o.trim, 0.075)
    if o.cut % 2:
        front.canvas.line([(0.08, -0.6), (0.08, -6)], o.trim, 3)
        front.canvas.line([(-0.08, -0.6), (-0.08, -6)], o.trim, 3)
    front.seam([(0.5, -1.6), (0.9, -1.56)], ink_on(o.main), 2.4)


def _hoodie(front: View, back: View, o: OutfitTraits) -> None:
    front.below(mirror([(-0.62, -0.36), (-0.40, -0.62), (0.0, -0.86)]))
    back.below(mirror([(-0.6, -0.2), (0, -0.3)]))
    front.canvas.polygon([*mirror([(-0.62, -0.36), (-0.36, -0.58), (0.0, -0.80)]), (0.0, -0.62)], shade(o.accent, 0.2))
    if o.cut % 2:  # open, over a shirt
        front.panel([(-0.14, -0.7), (0.14, -0.7), (0.34, -6), (-0.34, -6)], o.accent, shadow=0)
        front.shadow([(-0.14, -0.7), (-0.02, -0.9), (-0.18, -6), (-0.34, -6)], 0.8)
    else:
        front.seam([(0, -0.86), (0, -6)], o.trim, 3.4)
        front.seam([(0.05, -0.90), (0.05, -6)])
    for s in (-1, 1):
        pocket: Points = [(s * 0.24, -3.1), (s * 0.62, -3.0), (s * 0.98, -3.7), (s * 0.24, -3.9)]
        front.panel(pocket, mix(o.main, WHITE, 0.06))
        if o.cut >= 2:
            front.canvas.line([(s * 1.30, -1.0), (s * 1.20, -1.9)], o.accent, 6)
    front.shadow(smooth(mirror([(-0.95, -0.72), (-0.60, -1.08), (-0.3, -1.28), (0.0, -1.34)]), 30), 0.9)
    if o.cut == 4:
        emblem(front, o.fold % 6, 0.0, -2.05, 0.38, o.accent)


def _tee(front: View, back: View, o: OutfitTraits) -> None:
    line = smooth(_VEE if o.cut == 3 else _ROUND, 40)
    front.below(line)
    back.below(_NAPE)
    if o.cut == 2:  # another colour above the chest
        front.canvas.polygon([(-2, -1.5), (2, -1.5), (2, -2.1), (-2, -2.1)], o.trim)
        back.canvas.polygon([(-2, -1.5), (2, -1.5), (2, -2.1), (-2, -2.1)], o.trim)
    front.hem(line, o.trim, 7)
    if o.cut in (0, 1, 5):
        emblem(front, o.fold % 6, 0.0, -1.78, 0.42, o.accent)
    elif o.cut == 4:
        for k in range(3):
            front.canvas.line([(-0.5, -1.55 - 0.17 * k), (0.5 - 0.25 * k, -1.55 - 0.17 * k)], o.accent, 9)


def _tank(front: View, back: View, o: OutfitTraits) -> None:
    for view, low in ((front, -1.18), (back, -0.98)):
        neck = smooth(mirror([(-0.52, -0.50), (-0.46, -0.82), (-0.28, low + 0.06), (0.0, low)]), 30)
        body = [*neck.tolist(), (0.78, -0.66), (0.86, -1.10), (1.02, -1.42), (1.6, -1.6), (1.6, -6), (-1.6, -6),
                (-1.6, -1.6), (-1.02, -1.42), (-0.86, -1.10), (-0.78, -0.66)]  # fmt: skip
        view.cloth(body)
        view.hem(neck, o.trim, 5)
        for s in (-1, 1):
            view.hem([(s * 0.78, -0.66), (s * 0.86, -1.10), (s * 1.02, -1.42), (s * 1.4, -1.56)], o.trim, 5)
    if o.cut % 2:
        emblem(front, o.fold % 6, 0.0, -1.85, 0.34, o.accent)


def _knit(front: View, back: View, o: OutfitTraits) -> None:
    line = smooth(_WIDE if o.cut % 3 == 1 else _ROUND, 40)
    front.below(line)
    back.below(_NAPE)
    for view in (front, back):
        if o.cut >= 3:  # bands of another colour
            for y in (-1.55, -1.72, -2.5):
                view.canvas.line([(-2, y), (2, y)], o.trim if y != -1.72 else o.accent, 9)
        for k in range(-16, 17):
            view.seam([(k * 0.09, -3.62), (k * 0.09, -3.95)], shade(o.main, 0.35), 1.5)
    for k in range(3):
        front.canvas.line([(x, y - 0.035 * k) for x, y in line], shade(o.main, 0.22 if k % 2 else 0.05), 4)


def _turtleneck(front: View, back: View, o: OutfitTraits) -> None:
    for view in (front, back):
        view.below(COVERED)
        if o.cut == 1:
            view.canvas.polygon([(-2, -1.35), (2, -1.35), (2, -1.75), (-2, -1.75)], o.trim)
            view.canvas.polygon([(-2, -1.45), (2, -1.45), (2, -1.65), (-2, -1.65)], o.accent)
    front.shadow(smooth(mirror([(-0.66, -0.50), (-0.46, -0.74), (0.0, -0.92)]), 30), 0.9)


def _jersey(front: View, back: View, o: OutfitTraits) -> None:
    for view in (front, back):
        view.below(COVERED)
        if o.cut % 2:
            view.canvas.polygon([(-2, -0.2), (2, -0.2), (2, -1.25), (0, -1.6), (-2, -1.25)], o.accent)
            view.canvas.line([(-2, -1.25), (0, -1.6), (2, -1.25)], o.trim, 7)
        view.canvas.polygon([(-2, -3.75), (2, -3.75), (2, -4.0), (-2, -4.0)], o.trim)
    for s in (-1, 1):
        for k in range(2 + o.cut % 2):
            front.canvas.line(
                [(s * (0.62 + 0.10 * k), -0.66 - 0.06 * k), (s * (1.28 + 0.02 * k), -1.0 - 0.09 * k)], o.trim, 5
            )
    front.seam([(0, -0.5), (0, -6)], WHITE, 4)
    front.seam([(0, -0.5), (0, -6)], shade(o.main, 0.6), 1.4)
    if o.cut >= 3:
        emblem(front, o.fold % 6, 0.62, -1.62, 0.14, o.trim)


def _coat(front: View, back: View, o: OutfitTraits) -> None:
    back.below(_NAPE)
    _shirt_under(front, o.accent if o.cut % 2 else SHIRT, -0.80)
    for s in (-1, 1) if o.cut != 5 else (1,):
        edge: Points = [
            (s * 0.44, -0.30),
            (s * 2.2, -0.30),
            (s * 2.2, -6),
            (-s * 0.36, -6),
            (-s * 0.34, -2.0),
            (s * 0.30, -1.1),
        ]
        front.cloth(edge)
        front.seam(edge[3:], ink_on(o.main), 2.2)
    for y in (-2.25, -2.9, -3.55):
        for s in (-1, 1):
            front.button(s * 0.30, y, o.trim, 0.08)
    front.canvas.polygon([(-2, -4.05), (2, -4.05), (2, -4.3), (-2, -4.3)], shade(o.main, 0.35))


def _overalls(front: View, back: View, o: OutfitTraits) -> None:
    front.below(smooth(_ROUND, 40))
    back.below(_NAPE)
    bib = o.below
    for view in (front, back):
        view.panel(
            [
                (-0.58, -1.55),
                (0.58, -1.55),
                (0.72, -2.6),
                (1.6, -3.0),
                (1.6, -6),
                (-1.6, -6),
                (-1.6, -3.0),
                (-0.72, -2.6),
            ],
            bib,
        )
    front.panel([(-0.30, -1.9), (0.30, -1.9), (0.28, -2.35), (0.0, -2.45), (-0.28, -2.35)], light(bib, 0.12))
    emblem(front, o.fold % 6, 0.0, -2.14, 0.13, o.accent)
    front.canvas.line([(-0.55, -1.60), (0.55, -1.60)], light(bib, 0.35), 2)


EVERYDAY: Mapping[str, Painter] = {
    "sailor": _sailor, "blazer": _blazer, "shirt": _shirt, "vest": _vest, "gakuran": _gakuran, "hoodie": _hoodie,
    "tee": _tee, "tank": _tank, "knit": _knit, "turtleneck": _turtleneck, "jersey": _jersey, "coat": _coat,
    "overalls": _overalls,
}  # fmt: skip
