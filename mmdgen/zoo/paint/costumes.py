"""Dresses, costumes, kimono and armour as paint on the front and back view of the body, one function a kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mmdgen.zoo.paint.canvas import smooth
from mmdgen.zoo.paint.color import WHITE, light, mix, shade
from mmdgen.zoo.paint.cuts import COVERED, Painter, emblem
from mmdgen.zoo.paint.tailor import SHIRT, Points, View, ink_on, mirror
from mmdgen.zoo.traits import OutfitTraits

_BARE = mirror([(-2.0, -1.00), (-0.9, -1.02), (-0.42, -1.18), (0.0, -1.12)])
_HEART = mirror([(-1.3, -1.06), (-0.85, -1.00), (-0.45, -1.04), (0.0, -1.26)])
_BARE_BACK = mirror([(-2.0, -1.00), (0.0, -1.2)])
_SQUARE = mirror([(-0.66, -0.50), (-0.60, -1.02), (0.0, -1.04)])


def _dress(front: View, back: View, o: OutfitTraits) -> None:
    line = _HEART if o.cut % 2 else _BARE
    front.below(smooth(line, 40))
    back.below(_BARE_BACK)
    front.seam([(0, -1.2), (0, -6)], width=2)
    for k in range(4):
        front.button(0, -1.75 - 0.42 * k, o.trim, 0.05)
    for s in (-1, 1):
        front.canvas.line(smooth([(s * 0.35, -1.2), (s * 0.5, -2.2), (s * 0.42, -3.4), (s * 0.6, -4.4)]), o.trim, 3)
    for view in (front, back):
        view.canvas.polygon([(-2, -3.45), (2, -3.45), (2, -3.8), (-2, -3.8)], o.accent)


def _sundress(front: View, back: View, o: OutfitTraits) -> None:
    line = smooth(mirror([(-1.4, -1.22), (-0.75, -1.12), (-0.40, -1.18), (0.0, -1.30)]), 40)
    front.below(line)
    back.below(mirror([(-2.0, -1.20), (0.0, -1.5)]))
    front.hem(line, o.trim, 6)
    for view in (front, back):
        view.canvas.line([(-2, -3.45), (2, -3.45)], o.accent, 8)
    if o.cut % 2:
        for y in (-1.55, -1.9, -2.25):
            front.canvas.line([(-0.22, y), (0.22, y - 0.18)], o.trim, 2.4)
            front.canvas.line([(0.22, y), (-0.22, y - 0.18)], o.trim, 2.4)


def _maid(front: View, back: View, o: OutfitTraits) -> None:
    for view in (front, back):
        view.below(COVERED)
    white = SHIRT if o.cut != 3 else mix(o.accent, WHITE, 0.75)
    bib = [*mirror([(-0.60, -0.80), (-0.52, -1.30), (0.0, -1.36)]), (0.62, -3.3), (-0.62, -3.3)]
    front.panel(bib, white)
    for s in (-1, 1):
        front.panel([(s * 0.56, -0.5), (s * 0.78, -0.5), (s * 0.74, -3.3), (s * 0.52, -3.3)], white)
        back.panel([(s * 0.56, -0.5), (s * 0.78, -0.5), (s * 0.38, -3.3), (s * 0.14, -3.3)], white)
    for k in range(5):
        front.button(0, -1.6 - 0.34 * k, o.trim, 0.04)
    for view in (front, back):
        view.panel([(-2, -3.3), (2, -3.3), (2, -3.62), (-2, -3.62)], white)
    front.canvas.polygon([*mirror([(-1.0, -3.62), (0.0, -3.62)]), (1.1, -6), (-1.1, -6)], white)


def _gothic(front: View, back: View, o: OutfitTraits) -> None:
    if o.cut % 2:
        front.below(smooth(_HEART, 40))
        back.below(_BARE_BACK)
    else:
        for view in (front, back):
            view.below(COVERED)
    front.panel([(-0.34, -1.25), (0.34, -1.25), (0.26, -3.4), (-0.26, -3.4)], mix(o.accent, o.main, 0.25))
    for k in range(6):
        y = -1.42 - 0.32 * k
        front.canvas.line([(-0.24, y), (0.24, y - 0.2)], o.trim, 2.6)
        front.canvas.line([(0.24, y), (-0.24, y - 0.2)], o.trim, 2.6)
    for s in (-1, 1):  # lace
        front.canvas.line([(s * 0.37, -1.22), (s * 0.29, -3.4)], o.trim, 3)
        for k in range(12):
            front.canvas.ellipse(s * (0.42 - 0.006 * k), -1.3 - 0.18 * k, 0.05, 0.07, o.trim)
        front.seam([(s * 0.75, -1.15), (s * 0.55, -3.4)])
    for view in (front, back):
        view.canvas.polygon([(-2, -3.4), (2, -3.4), (2, -3.75), (-2, -3.75)], o.accent)


def _idol(front: View, back: View, o: OutfitTraits) -> None:
    front.below(_SQUARE if o.cut % 2 else smooth(_HEART, 40))
    back.below(_BARE_BACK if o.cut % 2 == 0 else mirror([(-0.62, -0.46), (0.0, -0.6)]))
    middle: Points = [(-0.30, -1.02), (0.30, -1.02), (0.20, -3.4), (-0.20, -3.4)]
    front.panel(middle, mix(o.accent, WHITE, 0.15))
    for s in (-1, 1):
        front.canvas.line([(s * 0.33, -1.02), (s * 0.23, -3.4)], o.trim, 5)
        for k in range(3):
            front.canvas.line([(s * 0.30, -1.6 - 0.5 * k), (s * 0.95, -1.45 - 0.5 * k)], o.trim, 4)
            front.button(s * 0.42, -1.62 - 0.5 * k, o.trim, 0.06)
    emblem(front, o.fold % 5, 0.0, -2.5, 0.15, o.trim)
    for view in (front, back):
        view.canvas.polygon([(-2, -3.4), (2, -3.4), (2, -3.72), (-2, -3.72)], o.trim)


def _kimono(front: View, back: View, o: OutfitTraits) -> None:
    back.below(mirror([(-0.6, -0.38), (0, -0.62)]))
    front.below([(-0.55, -0.42), (-0.36, -0.62), (0.0, -1.12), (0.36, -0.62), (0.55, -0.42)])
    if o.pattern == "none" and o.cut % 2:
        for x, y, r in (
            (-0.85, -1.5, 0.20),
            (0.75, -1.9, 0.24),
            (-0.5, -2.5, 0.18),
            (0.95, -1.2, 0.13),
            (-1.15, -2.2, 0.14),
        ):
            _blossom(front, x, y, r, o)
    for s in (-1, 1):
        white: Points = [(s * 0.36, -0.44), (s * 0.44, -0.62), (-s * 0.18, -1.50), (-s * 0.30, -1.36)]
        strip: Points = [(s * 0.44, -0.40), (s * 0.66, -0.62), (-s * 0.36, -2.30), (-s * 0.58, -2.12)]
        front.panel(strip, o.trim)
        front.canvas.polygon(white, SHIRT)
        front.seam(white[1:3], shade(SHIRT, 0.4), 1.4)
    for view in (front, back):
        view.panel([(-2, -2.55), (2, -2.55), (2, -3.6), (-2, -3.6)], o.accent)
        view.canvas.polygon([(-2, -2.98), (2, -2.98), (2, -3.14), (-2, -3.14)], light(o.trim, 0.3))
    if o.cut >= 3:
        front.button(0.0, -3.06, light(o.trim, 0.6), 0.13)


def _blossom(view: View, x: float, y: float, r: float, o: OutfitTraits) -> None:
    for k in range(5):
        a = 2 * np.pi * k / 5 + x
        petal = light(o.accent, 0.25)
        view.canvas.ellipse(x + 0.6 * r * np.sin(a), y + 0.6 * r * np.cos(a), 0.42 * r, 0.42 * r, petal, 0.95)
    view.canvas.ellipse(x, y, 0.25 * r, 0.25 * r, o.trim)


def _hakama(front: View, back: View, o: OutfitTraits) -> None:
    _kimono(front, back, o)
    for view in (front, back):
        view.panel([(-2, -2.7), (2, -2.7), (2, -6), (-2, -6)], o.below)
        view.canvas.line([(-2, -2.86), (2, -2.86)], light(o.below, 0.25), 3)
    for s in (-1, 1):
        front.panel([(0, -2.75), (s * 0.30, -2.66), (s * 0.34, -2.86), (0, -2.92)], light(o.below, 0.1))
        front.panel([(s * 0.05, -2.9), (s * 0.16, -2.9), (s * 0.24, -3.7), (s * 0.10, -3.7)], light(o.below, 0.1))


def _armor(front: View, back: View, o: OutfitTraits) -> None:
    under = shade(o.accent, 0.55)
    for view in (front, back):
        view.below(COVERED, under)
    if o.cut % 2:  # mail
        for k in range(24):
            y = -0.45 - 0.13 * k
            front.canvas.line(
                smooth([(0.13 * j - 1.3, y - 0.03 * (j % 2)) for j in range(21)], 60), light(under, 0.2), 1.4, 0.8
            )
    chest: Points = [*mirror([(-0.95, -0.86), (-0.45, -0.78), (0.0, -0.98)]), (1.05, -1.4), (0.92, -2.2), (0.0, -2.65),
                     (-0.92, -2.2), (-1.05, -1.4)]  # fmt: skip
    front.panel(chest, o.main)
    back.panel(chest, o.main)
    front.canvas.shadow(
        [(0.0, -0.98), (0.45, -0.78), (0.95, -0.86), (1.05, -1.4), (0.92, -2.2), (0.0, -2.65)], 0.22, 0.5
    )
    for s in (-1, 1):
        front.canvas.gleam([(s * 0.08, -1.15), (s * 0.70, -1.0), (s * 0.80, -1.5), (s * 0.30, -1.7)], 0.35, 1)
        front.canvas.line([(s * 0.95, -0.90), (s * 0.45, -0.82), (0, -1.02)], o.trim, 4)
        front.canvas.line([(s * 1.0, -1.4), (s * 0.88, -2.15), (0, -2.58)], o.trim, 4)
    front.seam([(0, -1.0), (0, -2.6)], ink_on(o.main), 2.5)
    for view in (front, back):
        for k in range(3):
            view.canvas.line(mirror([(-1.2, -2.85 - 0.4 * k), (0, -3.0 - 0.4 * k)]), o.main, 18)
            view.canvas.line(mirror([(-1.2, -2.93 - 0.4 * k), (0, -3.08 - 0.4 * k)]), shade(o.main, 0.55), 2)


def _uniform(front: View, back: View, o: OutfitTraits) -> None:
    for view in (front, back):
        view.below(COVERED)
        view.panel([(-2, -3.42), (2, -3.42), (2, -3.72), (-2, -3.72)], shade(o.trim, 0.45))
    front.panel([(-0.18, -3.38), (0.18, -3.38), (0.18, -3.76), (-0.18, -3.76)], o.trim)
    plastron = mirror([(-0.62, -0.98), (-0.50, -3.3), (0.0, -3.35)])
    if o.cut % 2:
        front.panel([*plastron], mix(o.main, o.accent, 0.6))
    else:
        front.seam([(0.0, -0.6), (0.0, -3.4)], ink_on(o.main), 2)
    for k in range(5):
        y = -1.15 - 0.48 * k
        for s in (-1, 1):
            front.button(s * (0.44 - 0.02 * k), y, o.trim, 0.065)
            if o.cut >= 3:
                front.canvas.line([(0.02 * s, y), (s * 0.40, y)], o.trim, 5)
    if o.cut in (0, 2):  # a cord from the shoulder
        for drop in (0.0, 0.16):
            front.canvas.line(
                smooth([(-1.02, -0.92), (-0.9, -1.7 - drop), (-0.45, -1.75 - drop), (-0.05, -1.1)]), o.trim, 4
            )
    for s in (-1, 1):
        front.seam([(s * 0.52, -1.68), (s * 0.92, -1.62)], ink_on(o.main), 2.4)


def _cape(front: View, back: View, o: OutfitTraits) -> None:
    back.below(COVERED)
    front.below(mirror([(-0.62, -0.40), (-0.30, -0.60), (0.0, -0.98)]))
    front.canvas.polygon([*mirror([(-0.14, -0.80), (0.0, -0.98)]), (0.0, -1.7)], shade(o.main, 0.5))
    for y in (-1.1, -1.3, -1.5):
        front.canvas.line([(-0.10, y), (0.10, y - 0.1)], o.trim, 2.6)
        front.canvas.line([(0.10, y), (-0.10, y - 0.1)], o.trim, 2.6)
    for view in (front, back):
        view.panel([(-2, -3.35), (2, -3.35), (2, -3.65), (-2, -3.65)], shade(o.trim, 0.5))
    front.panel([(-0.15, -3.30), (0.15, -3.30), (0.15, -3.70), (-0.15, -3.70)], light(o.trim, 0.2))


def _robe(front: View, back: View, o: OutfitTraits) -> None:
    for view in (front, back):
        view.below(COVERED)
    front.panel([(-0.24, -0.5), (0.24, -0.5), (0.34, -6), (-0.34, -6)], mix(o.accent, o.main, 0.2))
    for s in (-1, 1):
        front.canvas.line([(s * 0.27, -0.5), (s * 0.37, -6)], o.trim, 7)
        front.canvas.line([(s * 0.36, -0.5), (s * 0.46, -6)], o.trim, 2)
    emblem(front, o.fold % 5, 0.0, -1.7, 0.18, o.trim)
    for k in range(4):
        front.canvas.ellipse(0, -2.3 - 0.5 * k, 0.06, 0.12, o.trim)


COSTUMES: Mapping[str, Painter] = {
    "dress": _dress, "sundress": _sundress, "maid": _maid, "gothic": _gothic, "idol": _idol, "kimono": _kimono,
    "hakama": _hakama, "armor": _armor, "uniform": _uniform, "cape": _cape, "robe": _robe,
}  # fmt: skip
