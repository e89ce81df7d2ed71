"""Draw clothes and what is worn on head, face and neck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mmdgen.zoo.draw.hair import TIED, under_hat
from mmdgen.zoo.draw.pick import Rng, accent, pick, rounded_color, unlikeness, weighed
from mmdgen.zoo.dress.outfit import KINDS
from mmdgen.zoo.dress.worn import COVERING, FACE_WEAR, HEAD_WEAR
from mmdgen.zoo.dress.worn.ears import ANIMAL_EARS
from mmdgen.zoo.paint.color import hsv, luminance, mix
from mmdgen.zoo.traits import Color, HairTraits, OutfitTraits, StyleTraits, WornTraits

_NEUTRALS: Sequence[Color] = (
    (0.96, 0.96, 0.97), (0.93, 0.90, 0.84), (0.17, 0.16, 0.20), (0.14, 0.17, 0.30), (0.45, 0.46, 0.50),
    (0.32, 0.24, 0.20), (0.30, 0.13, 0.17),
)  # fmt: skip
_SHARES = {
    "sailor": 1.6, "blazer": 1.4, "shirt": 1.2, "vest": 0.8, "gakuran": 0.8, "hoodie": 1.3, "tee": 0.9, "tank": 0.5,
    "knit": 0.8, "turtleneck": 0.7, "jersey": 0.8, "coat": 0.9, "overalls": 0.6, "dress": 0.9, "sundress": 0.6,
    "maid": 0.8, "gothic": 0.9, "idol": 0.9, "kimono": 1.0, "hakama": 0.5, "armor": 0.7, "uniform": 0.8, "cape": 0.7,
    "robe": 0.5,
}  # fmt: skip
_PRINTS: Mapping[str, tuple[str, ...]] = {
    "kimono": ("scales", "hemp", "blossoms", "stripes", "checkers", "diagonal"), "hakama": ("scales", "hemp",
    "blossoms", "pinstripes"),
    "knit": ("cables", "ribs", "argyle", "stripes"), "turtleneck": ("ribs",), "vest": ("argyle", "ribs", "cables"),
    "tee": ("stripes", "dots", "stars", "checkers"), "tank": ("stripes", "dots"), "shirt": ("pinstripes",
    "gingham", "tartan", "dots"),
    "sundress": ("dots", "gingham", "blossoms", "stripes"), "dress": ("dots", "gingham", "blossoms", "argyle"),
    "idol": ("stars", "gingham", "tartan", "checkers"), "gothic": ("argyle", "pinstripes", "tartan"),
    "hoodie": ("stripes", "stars", "checkers"), "overalls": ("stripes", "dots"), "blazer": ("pinstripes", "tartan"),
    "coat": ("tartan", "argyle"), "robe": ("stars",), "maid": ("pinstripes",),
}  # fmt: skip
_PRINTED = {"knit": 0.75, "turtleneck": 0.8, "vest": 0.5, "kimono": 0.75, "hakama": 0.4, "coat": 0.2,
    "blazer": 0.15, "robe": 0.2,
            "maid": 0.1, "hoodie": 0.15}  # fmt: skip
_HEAD_SHARES: Mapping[str, float] = {
    "none": 52.0, "horns": 1.8, "oni_horns": 1.6, "ram_horns": 1.2, "dragon_horns": 1.2, "unicorn": 0.4, "antlers": 0.7,
    "headphones": 3.4, "headset": 2.0, "goggles": 1.6, "halo": 1.8, "ray_halo": 0.9, "antennas": 1.0, "ear_fins": 1.2,
    "fox_mask": 1.4, "veil": 0.9, "cat_ears": 3.6, "fox_ears": 2.2, "wolf_ears": 1.5, "rabbit_ears": 1.8,
    "dog_ears": 1.4,
    "bear_ears": 1.2, "mouse_ears": 0.9, "sheep_ears": 0.7, "witch_hat": 1.6, "top_hat": 1.2, "cap": 1.6,
    "peaked_cap": 1.2,
    "sailor_cap": 1.0, "beret": 1.6, "straw_hat": 1.2, "beanie": 1.2, "santa_hat": 0.6, "crown": 1.0, "tiara": 1.2,
    "nurse_cap": 0.5,
}  # fmt: skip
_FACE_SHARES: Mapping[str, float] = {
    "none": 79.0, "glasses": 4.4, "round_glasses": 2.8, "square_glasses": 2.4, "half_rim": 2.4, "under_rim": 1.6,
    "sunglasses": 0.5, "tinted_glasses": 0.5, "monocle": 0.7, "plaster": 1.8, "nose_plaster": 1.2, "eye_patch": 0.4,
}  # fmt: skip
FANTASTIC = (
    "horns",
    "oni_horns",
    "ram_horns",
    "dragon_horns",
    "unicorn",
    "antlers",
    "halo",
    "ray_halo",
    "antennas",
    "ear_fins",
)
_LOPSIDED = ("rabbit_ears", "fox_mask", "top_hat", "headset")  # of one side, or not alike on both
_ONE_EYED = ("monocle", "eye_patch", "plaster")
_COMPACT = (
    "short",
    "bob",
    "long_bob",
    "layered",
    "pixie",
    "neat",
    "undercut",
    "tousled",
)  # hair that fits under a hood
_HOODS_UP = 0.9  # share of hoods that are up where hair allows it
_BARE = 0.14
_TALL = ("crown", "tiara", "top_hat")  # leave the hair as it is
_CRUSHED = ("band", "ribbon", "big_bow", "wreath", "bonnet")


def draw_outfit(rng: Rng, figure: StyleTraits, skin: Color, *, symmetric: bool) -> OutfitTraits:
    """Return the clothes; the hood stays down until the hair is known.

    They are not of the colour of the ``skin``, or they would look like none.
    """
    wrong = "female" if figure.male else "male"
    kinds = [k for k, kind in KINDS.items() if kind.who != wrong and not (symmetric and k in ("kimono", "hakama"))]
    kind = pick(rng, kinds, [_SHARES[k] for k in kinds])
    main, trim, second = _palette(rng, kind)
    if unlikeness(main, skin) < _BARE:
        main = max(_NEUTRALS, key=lambda neutral: unlikeness(neutral, skin))
    calm = mix(trim, (0.35, 0.34, 0.38), 0.6)
    below = pick(rng, (pick(rng, _NEUTRALS), mix(main, (0.1, 0.1, 0.14), 0.7), calm), (0.6, 0.22, 0.18))
    cut = int(rng.integers(0, 6))
    printed = kind in _PRINTS and rng.random() < _PRINTED.get(kind, 0.35)
    return OutfitTraits(
        kind=kind,
        cut=cut if not (symmetric and kind in ("uniform", "coat", "knit")) else 1,
        sleeve=pick(rng, KINDS[kind].sleeves),
        main=main,
        trim=trim,
        accent=second,
        below=rounded_color(below),
        pattern=pick(rng, _PRINTS[kind]) if printed else "none",
        pattern_color=_ink(rng, main, trim, second),
        paint=weighed(rng, {"cel": 0.62, "soft": 0.30, "flat": 0.08}),
        fold=int(rng.integers(0, 1 << 16)),
        hood_up=False,
    )


def _ink(rng: Rng, main: Color, trim: Color, second: Color) -> Color:
    """Return the colour of a print: one that shows on the cloth but does not shout."""
    color = pick(rng, (trim, second, (0.97, 0.97, 0.98), (0.14, 0.13, 0.18)))
    return rounded_color(mix(color, main, float(rng.uniform(0.15, 0.45))))


def _palette(rng: Rng, kind: str) -> tuple[Color, Color, Color]:
    """Return colours of cloth, trimming and of what stands out, as the kind of clothes wants them."""
    hue = rng.random()
    main = hsv(hue, rng.uniform(0.15, 0.65), rng.uniform(0.35, 0.95))
    if rng.random() < 0.38:
        main = pick(rng, _NEUTRALS)
    turn = pick(rng, (rng.uniform(-0.08, 0.08), 0.5, rng.uniform(0.28, 0.38)))
    trim = hsv(hue + turn, rng.uniform(0.3, 0.8), 0.92 if luminance(main) < 0.5 else rng.uniform(0.30, 0.5))
    second = accent(rng)
    gold = (0.86, 0.70, 0.34)
    if kind == "sailor":
        main = (0.97, 0.97, 0.985) if rng.random() < 0.7 else hsv(hue, 0.35, 0.30)
        trim = hsv(hue, rng.uniform(0.4, 0.75), rng.uniform(0.28, 0.60))
        second = hsv(pick(rng, (0.98, 0.0, hue, rng.random())), rng.uniform(0.5, 0.85), rng.uniform(0.6, 0.92))
    elif kind == "armor":
        main = hsv(hue, rng.uniform(0.03, 0.25), rng.uniform(0.40, 0.88))
        trim = pick(rng, (gold, (0.55, 0.56, 0.62), (0.75, 0.42, 0.30)))
    elif kind in ("uniform", "gakuran"):
        main = pick(rng, ((0.14, 0.15, 0.20), (0.13, 0.17, 0.32), (0.93, 0.93, 0.95), hsv(hue, 0.45, 0.38)))
        trim = pick(rng, (gold, gold, (0.86, 0.87, 0.90)))
    elif kind in ("maid", "gothic"):
        main = pick(
            rng, ((0.15, 0.14, 0.18), (0.15, 0.14, 0.18), (0.14, 0.17, 0.32), (0.34, 0.12, 0.18), hsv(hue, 0.5, 0.42))
        )
        trim = pick(
            rng, ((0.95, 0.95, 0.96), hsv(hue, 0.4, 0.85), gold) if kind == "gothic" else ((0.95, 0.95, 0.96), second)
        )
    elif kind == "blazer":
        main = pick(
            rng,
            (
                (0.14, 0.17, 0.30),
                (0.30, 0.22, 0.18),
                (0.40, 0.41, 0.46),
                (0.36, 0.12, 0.16),
                hsv(hue, 0.45, 0.40),
                (0.93, 0.90, 0.84),
            ),
        )
    return rounded_color(main), rounded_color(trim), rounded_color(second)


def draw_worn(rng: Rng, figure: StyleTraits, *, symmetric: bool) -> WornTraits:
    """Return what is worn on head, face and neck."""
    heads = {k: _HEAD_SHARES[k] for k in HEAD_WEAR if not (symmetric and k in _LOPSIDED)}
    faces = {k: _FACE_SHARES[k] for k in FACE_WEAR if not (symmetric and k in _ONE_EYED)}
    if figure.male:
        heads = {
            k: v * (0.25 if k in ("tiara", "veil", "nurse_cap", "rabbit_ears", "bear_ears") else 1.0)
            for k, v in heads.items()
        }
    head, face = weighed(rng, heads), weighed(rng, faces)
    neck = weighed(rng, {"none": 0.80, "choker": 0.08, "bell": 0.03, "pendant": 0.06, "bow_choker": 0.03})
    dangling = weighed(rng, {"none": 0.84, "studs": 0.07, "drops": 0.05, "hoops": 0.04})
    frame = pick(
        rng,
        (
            (0.14, 0.13, 0.16),
            (0.14, 0.13, 0.16),
            (0.46, 0.14, 0.18),
            (0.80, 0.66, 0.34),
            (0.62, 0.64, 0.70),
            accent(rng),
        ),
    )
    return WornTraits(
        head=head,
        face=face,
        neck=neck,
        ears=dangling,
        side=1 if rng.random() < 0.5 else -1,
        color=accent(rng),
        second=accent(rng),
        frame=frame,
    )


def settled(
    hair: HairTraits, outfit: OutfitTraits, worn: WornTraits, raised: float
) -> tuple[HairTraits, OutfitTraits, WornTraits]:
    """Return hair, clothes and ornaments that get along: nothing stands where a hat, a hood or a band sits.

    ``raised`` from 0 to 1 decides whether a hood is up where it could be.
    """
    if outfit.kind in ("hoodie", "cape") and raised < _HOODS_UP and hair.back in _COMPACT:
        outfit, worn = replace(outfit, hood_up=True), replace(worn, head="none", ears="none")
        hair = replace(under_hat(hair), ornament="pins" if hair.ornament == "pins" else "none")
    if worn.head in COVERING and worn.head not in _TALL:
        hair = under_hat(hair)
    tied = hair.back in TIED
    crowded = hair.ornament in _CRUSHED or (hair.ornament == "bows" and not tied)
    if crowded and worn.head not in ("none", "halo", "ray_halo"):
        hair = replace(hair, ornament="none")
    if worn.head in ANIMAL_EARS and worn.ears != "none":
        worn = replace(worn, ears="none")
    if worn.neck != "none" and outfit.kind not in (
        "sailor",
        "tee",
        "tank",
        "knit",
        "overalls",
        "dress",
        "sundress",
        "idol",
        "kimono",
        "hakama",
    ):
        worn = replace(worn, neck="none")
    if worn.neck == "pendant" and outfit.kind not in ("tee", "tank", "knit", "sundress", "dress", "overalls"):
        worn = replace(worn, neck="choker")
    return hair, outfit, worn
