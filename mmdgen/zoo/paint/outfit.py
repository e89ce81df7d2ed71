"""The body's texture: neck and clothes in front and back view, sleeves, skirts, legs, and plain swatches."""

from __future__ import annotations

import numpy as np

from mmdgen.zoo.atlas import BODY, BODY_SIZE, BODY_VIEW
from mmdgen.zoo.mesh import F8
from mmdgen.zoo.paint.canvas import U1, blend, few_colors, smooth, to_bytes
from mmdgen.zoo.paint.color import WHITE, light, mix, shade
from mmdgen.zoo.paint.costumes import COSTUMES
from mmdgen.zoo.paint.cuts import EVERYDAY
from mmdgen.zoo.paint.face import skin_shadow
from mmdgen.zoo.paint.patterns import opacity
from mmdgen.zoo.paint.tailor import SHIRT, View
from mmdgen.zoo.traits import Color, OutfitTraits, Traits

PAINTERS = {**EVERYDAY, **COSTUMES}
_CUFFED = (
    "sailor",
    "blazer",
    "shirt",
    "tee",
    "kimono",
    "hakama",
    "hoodie",
    "jersey",
    "uniform",
    "coat",
    "robe",
    "idol",
)
_SHOES: tuple[Color, ...] = ((0.24, 0.16, 0.13), (0.15, 0.14, 0.17), (0.92, 0.92, 0.94), (0.42, 0.26, 0.18))
_WHOLE = ("dress", "sundress", "maid", "gothic", "idol", "kimono", "robe")  # skirts of the cloth of the bodice


def paint_body(traits: Traits) -> U1:
    """Return the texture (H, W, 4), opaque."""
    width, height = BODY_SIZE
    o = traits.outfit
    sheet = np.full((height, width, 4), 255, np.uint8)
    front, back = View(o, traits.skin), View(o, traits.skin, back=True)
    _neck(front, traits)
    PAINTERS[o.kind](front, back, o)
    if o.kind not in _WHOLE:
        for view in (front, back):
            view.canvas.polygon([(-2, -3.75), (2, -3.75), (2, -5), (-2, -5)], lower_color(o))
            view.seam([(-2, -3.76), (2, -3.76)], shade(lower_color(o), 0.55), 2.5)
    for view in (front, back):
        view.folds(bust=traits.body.bust if not traits.style.male else 0.0)
    w, h = BODY_VIEW
    sheet[:h, :w], sheet[:h, w : 2 * w] = front.array(), back.array()
    if traits.symmetric:
        for x in (0, w):
            half = sheet[:h, x : x + w // 2]
            sheet[:h, x + w // 2 : x + w] = half[:, ::-1]
    _swatches(sheet, traits)
    return few_colors(sheet)


def lower_color(o: OutfitTraits) -> Color:
    """Return the colour of what is worn below the waist."""
    return o.main if o.kind in _WHOLE else o.below


def _neck(view: View, traits: Traits) -> None:
    """Draw the shadow under the chin and the collar bones."""
    dark, canvas = skin_shadow(traits.skin), view.canvas
    under = smooth([(0.6, -0.20), (0.3, -0.36), (0, -0.44), (-0.3, -0.36), (-0.6, -0.20)])
    canvas.polygon([(-0.6, 0.6), (0.6, 0.6), *under.tolist()], dark)
    for s in (-1, 1):
        canvas.line(smooth([(s * 0.10, -0.80), (s * 0.35, -0.74), (s * 0.72, -0.80)]), dark, 2.4, 0.9)
    canvas.polygon([(-0.05, -0.70), (0.05, -0.70), (0.0, -0.82)], dark, 0.7, 0.8)


def _box(name: str) -> tuple[slice, slice, F8, F8]:
    """Return rows and columns of a cell with its margin, and u (1, w) and v (h, 1) in it."""
    width, height = BODY_SIZE
    u0, v0, u1, v1 = BODY[name]
    x0, y0 = round(u0 * width) // 64 * 64, round(v0 * height) // 64 * 64
    x1, y1 = -(-round(u1 * width) // 64) * 64, -(-round(v1 * height) // 64) * 64
    u = (np.arange(x0, x1) + 0.5 - u0 * width) / ((u1 - u0) * width)
    v = (np.arange(y0, y1) + 0.5 - v0 * height) / ((v1 - v0) * height)
    return slice(y0, y1), slice(x0, x1), np.clip(u, 0, 1)[None, :], np.clip(v, 0, 1)[:, None]


def _swatches(sheet: U1, traits: Traits) -> None:
    o = traits.outfit
    shirt = mix(o.accent, WHITE, 0.75) if o.kind == "maid" and o.cut == 3 else SHIRT
    flat = {"main": o.main, "trim": o.trim, "accent": o.accent, "below": lower_color(o), "shirt": shirt}
    flat["shoe"] = _SHOES[o.fold % 4]
    shade_of = 0.0 if o.paint == "flat" else 0.32
    for name, color in {"skin": traits.skin, **flat}.items():
        rows, columns, _, v = _box(name)
        low = v > 0.78 if name in ("accent", "trim", "shirt") else v > 2
        sheet[rows, columns, :3] = to_bytes(
            np.where(low[..., None], shade(color, shade_of), color) * np.ones((1, 64, 1))
        )
    painters = {"sleeve": _sleeve, "collar": _collar, "lapel": _lapel, "skirt": _skirt, "leg": _leg}
    for name, paint in painters.items():
        rows, columns, u, v = _box(name)
        sheet[rows, columns, :3] = to_bytes(paint(traits, u, v))


def _flat(color: Color, u: F8, v: F8) -> F8:
    return np.asarray(color) * np.ones((v.shape[0], u.shape[1], 1))


def _printed(paint: F8, o: OutfitTraits, u: F8, v: F8, size: tuple[float, float]) -> F8:
    """Return cloth of this size in units with the outfit's pattern printed on it."""
    if o.pattern == "none":
        return paint
    px = size[0] / u.shape[1]
    x, y = np.broadcast_arrays(u * size[0], v * size[1])
    return blend(paint, o.pattern_color, opacity(o.pattern, x, y, px))


def _dark(paint: F8, where: F8, depth: float, o: OutfitTraits) -> F8:
    """Return the paint darkened where told (0 to 1), softly or with clean edges as the outfit's manner is."""
    if o.paint == "flat":
        return paint
    share = where if o.paint == "soft" else np.clip((where - 0.5) * 12 + 0.5, 0, 1)
    darker: F8 = paint * (1 - depth * share[..., None] * np.array([0.42, 0.52, 0.34]))
    return darker


def _sleeve(traits: Traits, u: F8, v: F8) -> F8:
    """Paint a sleeve: u runs around from the outside over the front, v down the arm."""
    o = traits.outfit
    color = {"armor": shade(o.accent, 0.3), "vest": SHIRT, "overalls": o.main}.get(o.kind, o.main)
    paint = _flat(color, u, v)
    if o.kind not in ("armor", "vest"):
        paint = _printed(paint, o, u, v, (1.9, 3.4))
    if o.kind in ("jersey", "hoodie") and o.cut != 1:
        for k in (-1, 1):
            stripe = (np.abs(np.abs((u + 0.5) % 1 - 0.5 + 0.0) - 0.05 * (k > 0)) < 0.018) * np.ones_like(v)
            paint = blend(paint, o.trim, stripe)
    rng = np.random.default_rng(o.fold)
    folds = np.clip(1 - np.abs(u - 0.5) / 0.34, 0, 1) * np.ones_like(v)
    for _ in range(4):
        at, slope, wide = rng.uniform(0.15, 0.85), rng.uniform(-0.25, 0.25), rng.uniform(0.03, 0.06)
        reach = np.clip(1 - np.abs(u - 0.5) / rng.uniform(0.3, 0.42), 0, 1)
        folds = np.maximum(folds, 0.9 * np.clip(1 - np.abs(v - at - slope * (u - 0.5)) / (wide * (reach + 1e-3)), 0, 1))
    paint = _dark(paint, folds, 0.5, o)
    if o.kind in _CUFFED:
        cuff = o.trim if o.kind != "shirt" else mix(o.main, WHITE, 0.4)
        lines = ((v > 0.90) & (v < 0.975)) if o.kind != "sailor" else (v > 0.84) & (np.abs((v * 22) % 1 - 0.5) < 0.3)
        paint = blend(paint, cuff, lines * np.ones_like(u))
    return paint


def _collar(traits: Traits, u: F8, v: F8) -> F8:
    """Paint a collar: u runs from the front to the back, v from its inner to its outer edge."""
    o = traits.outfit
    color = {"sailor": o.trim, "hoodie": mix(o.main, WHITE, 0.05), "kimono": o.trim, "hakama": o.trim, "robe": o.trim,
             "coat": mix(o.main, WHITE, 0.06)}.get(o.kind, o.main)  # fmt: skip
    paint = _flat(color, u, v)
    if o.kind == "sailor":
        for k in range(1 + o.cut % 3):
            paint = blend(
                paint,
                light(o.accent, 0.1) if o.cut == 5 else WHITE,
                (np.abs(v - 0.84 + 0.12 * k) < 0.030) * np.ones_like(u),
            )
    if o.kind in ("turtleneck", "knit", "coat"):
        paint = blend(paint, shade(color, 0.3), (np.abs((u * 16) % 1 - 0.5) < 0.12) * np.ones_like(v))
    if o.kind in ("armor", "uniform", "gakuran", "jersey"):
        paint = blend(paint, o.trim, ((v > 0.84) | (v < 0.10)) * np.ones_like(u))
    return _dark(paint, np.clip((v - 0.75) / 0.25, 0, 1) * np.ones_like(u) * (o.kind != "sailor"), 0.25, o)


def _lapel(traits: Traits, u: F8, v: F8) -> F8:
    o = traits.outfit
    color = mix(o.main, o.trim, 0.20) if o.cut % 2 else o.main
    return blend(_flat(color, u, v), o.trim if o.cut != 2 else shade(color, 0.5), (v > 0.9) * np.ones_like(u))


def _skirt(traits: Traits, u: F8, v: F8) -> F8:
    """Paint a skirt: u runs from the front to the back, v down."""
    o = traits.outfit
    paint = _flat(lower_color(o), u, v)
    if o.kind in _WHOLE or o.pattern in ("tartan", "gingham", "stripes", "dots"):
        paint = _printed(paint, o, u, v, (4.6, 3.9))
    hem = o.trim if o.cut % 3 else light(lower_color(o), 0.25)
    if o.cut != 4 and o.kind != "hakama":
        paint = blend(paint, hem, ((v > 0.90) & (v < 0.94)) * np.ones_like(u))
        if o.cut % 2:
            paint = blend(paint, hem, ((v > 0.96) & (v < 0.98)) * np.ones_like(u))
    count = {"pleated": 20, "flared": 9}.get(traits.legs.kind, 0)
    if count:  # folds turn away from the light on one side
        wave = np.sin(np.pi * u * count + 0.4)
        paint = _dark(paint, np.clip(wave * 1.5, 0, 1) * np.clip(v * 3, 0, 1), 0.5, o)
    return paint


def _leg(traits: Traits, u: F8, v: F8) -> F8:
    """Paint trousers: u runs around a leg, v down."""
    o = traits.outfit
    paint = _flat(o.below, u, v)
    if o.kind == "jersey":
        paint = blend(paint, o.trim, ((np.abs(u - 0.06) < 0.012) | (np.abs(u - 0.11) < 0.012)) * np.ones_like(v))
    else:
        paint = blend(paint, shade(o.below, 0.4), (np.abs(u - 0.25) < 0.010) * np.ones_like(v))
    dark = np.clip(1 - np.abs(u - 0.5) / 0.34, 0, 1) * np.ones_like(v)
    rng = np.random.default_rng(o.fold + 1)
    for at in (0.06, 0.14, *rng.uniform(0.42, 0.56, 3), 0.9, 0.95):
        slope, reach = rng.uniform(-0.12, 0.12), np.clip(1 - np.abs(u - rng.uniform(0.2, 0.5)) / 0.22, 0, 1)
        dark = np.maximum(dark, 0.9 * np.clip(1 - np.abs(v - at - slope * (u - 0.3)) / (0.018 * (reach + 1e-3)), 0, 1))
    return _dark(paint, dark, 0.5, o)
