"""Draw names, and the habits of a character's maker."""

from __future__ import annotations

from mmdgen.zoo.draw.pick import Rng, pick
from mmdgen.zoo.traits import HabitTraits

_SYLLABLES = tuple(
    tuple(pair.split(":") for pair in part.split())
    for part in (
        "mi:ミ yu:ユ ha:ハ ri:リ ko:コ sa:サ na:ナ a:ア ki:キ mo:モ shi:シ ra:ラ te:テ no:ノ fu:フ e:エ lu:ル za:ザ",
        "ru:ル ka:カ na:ナ ri:リ to:ト mi:ミ yo:ヨ sa:サ ne:ネ ha:ハ ki:キ zu:ズ",
        ": ka:カ na:ナ mi:ミ ri:リ to:ト n:ン ha:ハ ki:キ ya:ヤ o:オ",
    )
)


def draw_name(rng: Rng) -> tuple[str, str]:
    """Return a name in Latin letters and in kana."""
    picked = [pick(rng, part) for part in _SYLLABLES]
    return "".join(latin for latin, _ in picked), "".join(kana for _, kana in picked)


def draw_habits(rng: Rng) -> HabitTraits:
    """Return how the maker names and rigs things."""
    return HabitTraits(
        swapped=bool(rng.random() < 0.30),
        winks=pick(rng, ("all", "plain", "smile", "none"), (0.78, 0.08, 0.06, 0.08)),
        blink_group=bool(rng.random() < 0.18),
        spelling=int(rng.integers(0, 4)),
        blush_overlay=bool(rng.random() < 0.7),
        shine_morph=pick(rng, ("uv", "material")),
        sdef_neck=bool(rng.random() < 0.4),
        sheen=bool(rng.random() < 0.5),
        japanese_file=bool(rng.random() < 0.25),
        texture_folder=pick(rng, ("", "tex\\", "tex/"), (0.6, 0.25, 0.15)),
    )
