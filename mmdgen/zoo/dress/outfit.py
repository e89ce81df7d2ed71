"""What stands off the clothes, for each kind of outfit: collars, hoods, bows, ties, skirts, armour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.zoo.atlas import BODY
from mmdgen.zoo.dress import collars as on
from mmdgen.zoo.dress.hanging import Hanging, across
from mmdgen.zoo.dress.lower import SKIRTS, skirt
from mmdgen.zoo.dress.pieces import CHEST, Piece, bow, cravat, drape, frill, on_chest, stud, tie
from mmdgen.zoo.mesh import Mesh, both, in_cell, join, moved, on_bone
from mmdgen.zoo.shapes import ball
from mmdgen.zoo.traits import LegTraits, OutfitTraits, RigTraits

CAPE = "マント"
_SHAPES = ("round", "sharp", "thin")
SHOULDERS = ((0.0, -1.02, 0.02), (60.0, -1.02, 0.02), (120.0, -1.0, 0.02), (180.0, -1.1, 0.02))


@dataclass(frozen=True)
class Kind:
    """A kind of clothes: its solid parts, the lengths its sleeves may have, and who wears it."""

    pieces: Callable[[OutfitTraits], list[Piece]]
    sleeves: tuple[float, ...]
    who: str = "any"  # female, male, any


def outfit(
    traits: OutfitTraits, legs: LegTraits, skirts: Hanging | None = None, cape: Hanging | None = None
) -> list[Piece]:
    """Return the solid parts of an outfit, one material each, in drawing order; aprons and capes hang on bones."""
    made = KINDS[traits.kind].pieces(traits)
    if cape is not None:
        made = [replace(p, mesh=cape.hang(p.mesh)) if p.name == CAPE else p for p in made]
    if traits.kind == "maid" and legs.kind in SKIRTS:
        shorter = replace(legs, length=0.8 * legs.length, cell="shirt")
        made.append(Piece("エプロン", "apron", moved(skirt(shorter, skirts), np.diag([1.06, 1.0, 1.09]))))
    names = list(dict.fromkeys(p.name for p in made))
    groups = [[p for p in made if p.name == name] for name in names]
    return [Piece(g[0].name, g[0].name_en, join([p.mesh for p in g]), g[0].kind) for g in groups]


def cape_bones(traits: OutfitTraits, rig: RigTraits) -> Hanging | None:
    """Return the bones of the cape, if one is worn and the maker gave it any."""
    bottom = _capes(traits)
    if bottom is None or rig.cloth == "none":
        return None
    return across(CAPE, on.mantle_fall(bottom), on.MANTLE_FREE, rig)


def _capes(o: OutfitTraits) -> float | None:
    """Return y of the hem of the cape that these clothes have, None without one."""
    if o.kind == "cape":
        return -6.0 - 1.5 * (o.cut % 3)
    if o.kind == "armor" and o.cut >= 3:
        return -7.5
    return -7.0 if o.kind == "uniform" and o.cut == 5 else None


def _caped(o: OutfitTraits) -> list[Piece]:
    bottom = _capes(o)
    return [] if bottom is None else [Piece(CAPE, "cape", on.mantle(bottom))]


def _collar(mesh: Mesh) -> Piece:
    return Piece("襟", "collar", mesh)


def _ribbon(mesh: Mesh) -> Piece:
    return Piece("リボン", "ribbon", mesh)


def _neckwear(o: OutfitTraits, y: float, lift: float) -> list[Piece]:
    """Return what is tied around a shirt's collar: by the fold's number a tie, a bow, a thin ribbon or nothing."""
    choice = o.fold // 7 % 5
    if choice < 2:
        return [Piece("ネクタイ", "tie", on_chest(tie("accent", 1.0 + 0.5 * choice, 0.8 + 0.3 * choice), y, lift))]
    if choice < 4:
        made = bow(0.30 + 0.06 * (choice - 2), "accent", shape=_SHAPES[o.fold % 3], tails=0.9 * (choice - 2))
        return [_ribbon(on_chest(made, y - 0.02, lift))]
    return []


def _sailor(o: OutfitTraits) -> list[Piece]:
    depth = (-1.42, -1.55, -1.30)[o.cut % 3]
    front = [bow(0.42, "accent", shape=_SHAPES[o.fold % 3]), cravat("accent"), bow(0.30, "accent", tails=0.0)][
        o.cut % 3
    ]
    return [_collar(on.sailor_collar(depth, round_back=o.cut == 5)), _ribbon(on_chest(front, depth + 0.02, 0.10))]


def _blazer(o: OutfitTraits) -> list[Piece]:
    bottom = (-2.35, -2.05, -2.75)[o.cut % 3]
    lapel = on.lapels(bottom, 0.5 + 0.25 * (o.cut % 3), notch=o.cut != 2)
    return [_collar(join([on.shirt_collar(), lapel])), *_neckwear(o, -0.70, 0.09)]


def _shirt(o: OutfitTraits) -> list[Piece]:
    return [_collar(on.round_collar("collar") if o.cut == 4 else on.shirt_collar(1.0 + 0.5 * (o.cut == 2),
        cell="collar")),
            *_neckwear(o, -0.74 if o.cut != 4 else -0.80, 0.10)]  # fmt: skip


def _vest(o: OutfitTraits) -> list[Piece]:
    return [_collar(on.shirt_collar()), *_neckwear(o, -0.72, 0.10)]


def _gakuran(o: OutfitTraits) -> list[Piece]:
    hook = stud(0.34, -0.50, 0.05, "trim", 0.10)
    return [
        _collar(on.stand_collar(-0.28, gap=2.0)),
        *([Piece("ボタン", "buttons", both(hook), "metal")] if o.cut else []),
    ]


def _hoodie(o: OutfitTraits) -> list[Piece]:
    made = [] if o.hood_up else [Piece("フード", "hood", on.hood_down())]
    return [*made, Piece("紐", "cords", on.cords())]


def _dress(o: OutfitTraits) -> list[Piece]:
    top = Piece("フリル", "frill", frill(SHOULDERS, 0.16, "trim", waves=28))
    return [top, _ribbon(on_chest(bow(0.30, "accent", tails=0.8, shape=_SHAPES[o.fold % 3]), -1.34, 0.08))]


def _sundress(o: OutfitTraits) -> list[Piece]:
    made = [Piece("紐", "straps", on.straps(24.0, "main"))]
    if o.cut % 2 == 0:
        made.append(_ribbon(on_chest(bow(0.22, "accent", tails=0.6), -1.34, 0.06)))
    return made


def _maid(o: OutfitTraits) -> list[Piece]:
    shoulder = frill(((38.0, -0.98, 0.05), (66.0, -0.84, 0.10), (92.0, -0.78, 0.12), (136.0, -0.95, 0.08),
                      (150.0, -1.4, 0.05)), 0.20, "shirt", waves=16, flare=0.16)  # fmt: skip
    made = [_collar(on.round_collar() if o.cut % 2 else on.shirt_collar()), Piece("フリル", "frill", shoulder)]
    made.append(_ribbon(on_chest(bow(0.30, "accent", shape=_SHAPES[o.fold % 3]), -0.86, 0.09)))
    return [*made, Piece("袖", "puffs", on.puffs(1.0, "sleeve"))]


def _gothic(o: OutfitTraits) -> list[Piece]:
    if o.cut % 2:
        return [
            Piece("フリル", "frill", frill(SHOULDERS, 0.20, "trim", waves=34)),
            _ribbon(on_chest(bow(0.34, "accent", shape="sharp"), -1.30, 0.09)),
        ]
    made = [_collar(on.ruff(-0.44, "trim")), Piece("袖", "puffs", on.puffs(1.0, "sleeve"))]
    brooch = in_cell(on_chest(ball(0.11, rows=7, columns=10, squash=0.5), -0.74, 0.06), BODY["accent"])
    return [
        *made,
        Piece("フリル", "frill", on_chest(cravat("shirt"), -0.76, 0.06)),
        Piece("宝石", "brooch", on_bone(brooch, CHEST), "metal"),
    ]


def _idol(o: OutfitTraits) -> list[Piece]:
    made = (
        [Piece("フリル", "frill", frill(SHOULDERS, 0.18, "shirt", waves=24))]
        if o.cut % 2 == 0
        else [_collar(on.round_collar())]
    )
    made.append(_ribbon(on_chest(bow(0.46, "accent", shape=_SHAPES[o.fold % 3]), -1.36, 0.10)))
    if o.cut >= 2:
        made.append(Piece("袖", "puffs", on.puffs(0.95, "sleeve")))
    else:
        made.append(Piece("肩章", "epaulettes", on.epaulettes("trim"), "metal"))
    return made


def _kimono(_: OutfitTraits) -> list[Piece]:
    inner = [(42.0, -0.62, 0.03), (90.0, -0.46, 0.05), (180.0, -0.44, 0.08)]
    outer = [(44.0, -0.80, 0.04), (90.0, -0.68, 0.08), (180.0, -0.72, 0.16)]
    return [_collar(drape(outer, inner, "collar", columns=21, rows=4))]


def _roll(o: OutfitTraits) -> list[Piece]:
    return [_collar(on.roll_collar((o.cut % 3) / 2))]


def _plain(_: OutfitTraits) -> list[Piece]:
    return []


def _knit(o: OutfitTraits) -> list[Piece]:
    if o.cut == 5:
        return [Piece("マフラー", "scarf", on.scarf("accent", ends=1 + o.fold % 2))]
    return [_collar(on.shirt_collar())] if o.cut % 3 == 2 else []


def _jersey(o: OutfitTraits) -> list[Piece]:
    return [_collar(on.stand_collar(-0.34 + 0.08 * (o.cut % 2), gap=5.0 + 6 * (o.cut % 3)))]


def _coat(o: OutfitTraits) -> list[Piece]:
    lapel = on.lapels(-2.0, 0.85)
    if o.cut % 3 == 0:
        return [_collar(lapel), Piece("マフラー", "scarf", on.scarf("accent", ends=1 + o.fold % 2))]
    if o.cut % 3 == 1:
        return [Piece("ファー", "fur", on.fur_collar("shirt"))]
    return [_collar(join([lapel, on.roll_collar(0.0)]))]


def _overalls(_: OutfitTraits) -> list[Piece]:
    return [
        Piece("紐", "straps", on.straps(22.0, "below")),
        Piece("ボタン", "buttons", both(stud(0.46, -1.66, 0.075, "trim")), "metal"),
    ]


def _armor(o: OutfitTraits) -> list[Piece]:
    metal = [on.stand_collar(-0.30 + 0.10 * (o.cut % 2), gap=8.0), on.pauldrons(1 + o.cut % 3, "collar")]
    gem = in_cell(on_chest(ball(0.12, rows=7, columns=10, squash=0.5), -1.25), BODY["accent"])
    made = [Piece("鎧", "armour", join(metal), "metal"), Piece("宝石", "gem", on_bone(gem, CHEST), "metal")]
    return [*made, *_caped(o)]


def _uniform(o: OutfitTraits) -> list[Piece]:
    made = [_collar(on.stand_collar(-0.30, gap=3.0)), Piece("肩章", "epaulettes", on.epaulettes("trim"), "metal")]
    return [*made, *_caped(o)]


def _cape(o: OutfitTraits) -> list[Piece]:
    if o.hood_up:
        return _caped(o)
    return [_collar(on.stand_collar(-0.16, gap=38.0, cell="below") if o.cut % 2 else on.hood_down(0.9)), *_caped(o)]


def _robe(o: OutfitTraits) -> list[Piece]:
    made = [_collar(on.stand_collar(-0.26, gap=10.0) if o.cut % 2 else on.round_collar("collar"))]
    return [*made, _ribbon(on_chest(bow(0.26, "accent"), -0.86, 0.08))] if o.cut >= 3 else made


KINDS: Mapping[str, Kind] = {
    "sailor": Kind(_sailor, (0.42, 0.42, 0.97), "female"),
    "blazer": Kind(_blazer, (0.97,)),
    "shirt": Kind(_shirt, (0.42, 0.7, 0.97)),
    "vest": Kind(_vest, (0.97, 0.42)),
    "gakuran": Kind(_gakuran, (0.97,), "male"),
    "hoodie": Kind(_hoodie, (0.97,)),
    "tee": Kind(_plain, (0.36, 0.36, 0.5)),
    "tank": Kind(_plain, (0.0,)),
    "knit": Kind(_knit, (0.97,)),
    "turtleneck": Kind(_roll, (0.97, 0.97, 0.0)),
    "jersey": Kind(_jersey, (0.97,)),
    "coat": Kind(_coat, (0.97,)),
    "overalls": Kind(_overalls, (0.36, 0.97)),
    "dress": Kind(_dress, (0.30, 0.0), "female"),
    "sundress": Kind(_sundress, (0.0,), "female"),
    "maid": Kind(_maid, (0.45, 0.97), "female"),
    "gothic": Kind(_gothic, (0.45, 0.97, 0.0), "female"),
    "idol": Kind(_idol, (0.30, 0.0), "female"),
    "kimono": Kind(_kimono, (0.85,)),
    "hakama": Kind(_kimono, (0.85,)),
    "armor": Kind(_armor, (0.45, 0.97)),
    "uniform": Kind(_uniform, (0.97,)),
    "cape": Kind(_cape, (0.97, 0.42)),
    "robe": Kind(_robe, (0.97,)),
}  # fmt: skip
