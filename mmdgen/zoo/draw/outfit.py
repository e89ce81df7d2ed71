"""Draw clothes and what is worn on the head."""

from __future__ import annotations

from mmdgen.zoo.draw.pick import Rng, accent, pick
from mmdgen.zoo.dress.accessories import WORN
from mmdgen.zoo.dress.outfit import OUTFITS
from mmdgen.zoo.paint.color import hsv, luminance
from mmdgen.zoo.traits import OutfitTraits


def draw_outfit(rng: Rng, *, boyish: bool, symmetric: bool) -> OutfitTraits:
    """Return the clothes."""
    kinds = tuple(k for k in OUTFITS if not (boyish and k in ("dress", "sailor")) and not (symmetric and k == "kimono"))
    kind = pick(rng, kinds)
    hue = rng.random()
    main = hsv(hue, rng.uniform(0.15, 0.65), rng.uniform(0.35, 0.95))
    trim = hsv(hue + rng.uniform(-0.08, 0.08), rng.uniform(0.3, 0.8), 0.92 if luminance(main) < 0.5 else 0.40)
    if kind == "sailor":
        main = (0.97, 0.97, 0.985) if rng.random() < 0.7 else hsv(hue, 0.35, 0.35)
        trim = hsv(hue, rng.uniform(0.4, 0.75), rng.uniform(0.30, 0.60))
    elif kind == "armor":
        main, trim = hsv(hue, rng.uniform(0.05, 0.2), rng.uniform(0.62, 0.88)), (0.86, 0.68, 0.32)
    elif rng.random() < 0.2:
        main = pick(rng, ((0.96, 0.96, 0.97), (0.18, 0.17, 0.21)))
    return OutfitTraits(kind=kind, main=main, trim=trim, accent=accent(rng))


def draw_worn(rng: Rng, *, symmetric: bool) -> str:
    """Return what is worn on the head."""
    kinds = tuple(k for k in WORN if not (symmetric and k == "beret"))
    return pick(rng, kinds, [0.50] + [0.5 / (len(kinds) - 1)] * (len(kinds) - 1))
