"""Draw names, and the habits of a character's maker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mmdgen.zoo.draw.pick import Rng, pick, weighed
from mmdgen.zoo.spellings import OPTIONAL, SPELLINGS
from mmdgen.zoo.traits import HabitTraits, NamingTraits, RigTraits

_SYLLABLES = tuple(
    tuple(pair.split(":") for pair in part.split())
    for part in (
        "mi:ミ yu:ユ ha:ハ ri:リ ko:コ sa:サ na:ナ a:ア ki:キ mo:モ shi:シ ra:ラ te:テ no:ノ fu:フ e:エ lu:ル za:ザ",
        "ru:ル ka:カ na:ナ ri:リ to:ト mi:ミ yo:ヨ sa:サ ne:ネ ha:ハ ki:キ zu:ズ",
        ": ka:カ na:ナ mi:ミ ri:リ to:ト n:ン ha:ハ ki:キ ya:ヤ o:オ",
    )
)

# Shares as counted on real models: of 8,000 for what is missing, of 105 families for names and sides.
_SPELLING_SHARES = {
    "half_right": 0.26, "full": 0.20, "kana": 0.10, "half": 0.10, "mixed": 0.09, "left_right": 0.08, "sides": 0.05,
    "latin": 0.04, "bare": 0.02, "english": 0.02, "geo": 0.02, "arkit": 0.02,
}  # fmt: skip
_WINK_SHARES = {"all": 0.73, "plain": 0.06, "smile": 0.10, "one": 0.03, "none": 0.08}
_SWAPPED, _SWAPPED_THOUGH_SIDED = 0.31, 0.12
_PLAIN_FIRST = 0.10
_BLINK_GROUP = 0.23  # of those that have both plain winks, so 0.18 of all
_MISSING = {"blink": 0.03, "smile": 0.06, "a": 0.04}
_CLOTH_SHARES = {"grid": 0.44, "wide": 0.16, "sides": 0.14, "latin": 0.10, "none": 0.16}
_ENGLISH_SHARES: Mapping[str, float] = {"words": 0.45, "none": 0.35, "junk": 0.20}


def draw_name(rng: Rng) -> tuple[str, str]:
    """Return a name in Latin letters and in kana."""
    picked = [pick(rng, part) for part in _SYLLABLES]
    return "".join(latin for latin, _ in picked), "".join(kana for _, kana in picked)


def draw_habits(rng: Rng) -> HabitTraits:
    """Return how the maker lays out the surface and the files."""
    return HabitTraits(
        shine_morph=pick(rng, ("uv", "material")),
        japanese_file=bool(rng.random() < 0.25),
        texture_folder=pick(rng, ("", "tex\\", "tex/"), (0.6, 0.25, 0.15)),
    )


def draw_naming(rng: Rng, *, symmetric: bool) -> NamingTraits:
    """Return which morphs there are and how they are called; a ``symmetric`` character, made for tests, lacks none."""
    spelling = weighed(rng, _SPELLING_SHARES)
    swapped = rng.random() < (_SWAPPED_THOUGH_SIDED if SPELLINGS[spelling].sided else _SWAPPED)
    winks = weighed(rng, _WINK_SHARES)
    missing = [key for key, share in _MISSING.items() if rng.random() < share]
    missing += [key for key, share in OPTIONAL.items() if rng.random() > share]
    return NamingTraits(
        spelling=spelling,
        swapped=bool(swapped),
        plain_first=bool(rng.random() < _PLAIN_FIRST),
        winks="all" if symmetric else winks,
        blink_group=bool(rng.random() < _BLINK_GROUP),
        missing=() if symmetric else tuple(missing),
        chinese=bool(rng.random() < 0.03),
        trailing_space=bool(rng.random() < 0.03),
        duplicate=bool(rng.random() < 0.04),
        separators=bool(rng.random() < 0.08),
        narrow=bool(rng.random() < 0.12),
        english=weighed(rng, _ENGLISH_SHARES),
    )


def draw_rig(rng: Rng, *, symmetric: bool) -> RigTraits:
    """Return which of the semi-standard bones there are, and how vertices follow them."""
    rig = RigTraits(
        root=bool(rng.random() < 0.55),
        groove=bool(rng.random() < 0.45),
        waist=bool(rng.random() < 0.40),
        upper2=bool(rng.random() < 0.84),
        shoulder_helpers=bool(rng.random() < 0.18),
        twist=bool(rng.random() < 0.25),
        local_axes=bool(rng.random() < 0.25),
        local_append=bool(rng.random() < 0.04),
        deform=weighed(rng, {"BDEF2": 0.5, "SDEF": 0.28, "BDEF4": 0.22}),
        physics=bool(rng.random() < 0.92),
        cloth=weighed(rng, _CLOTH_SHARES),
        cloth_columns=pick(rng, (6, 8, 10, 12, 16), (0.16, 0.34, 0.18, 0.22, 0.10)),
        cloth_rows=pick(rng, (1, 2, 3, 4), (0.12, 0.30, 0.34, 0.24)),
    )
    if symmetric and rig.cloth != "none":
        rig = replace(rig, cloth="sides")  # numbers around the hips would tell left from right
    return replace(rig, cloth_columns=min(rig.cloth_columns, 8)) if rig.cloth == "sides" else rig
