"""What makers call the morphs of a face, and how often a model has each: tables, counted on real models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmdgen.model import Panel

Pair = tuple[str, str]


@dataclass(frozen=True)
class Spelling:
    """One way to name what closes eyes and opens the mouth.

    The first of each pair of winks moves the left eye unless the maker swapped them; ``sided`` names say so themselves.
    """

    smile_winks: Pair
    plain_winks: Pair
    sided: bool = False
    blink: str = "まばたき"
    smile: str = "笑い"
    vowels: Sequence[str] = tuple("あいうえお")


SPELLINGS: Mapping[str, Spelling] = {
    "half_right": Spelling(("ウィンク", "ウィンク右"), ("ウィンク２", "ｳｨﾝｸ２右")),
    "full": Spelling(("ウィンク", "ウィンク右"), ("ウィンク２", "ウィンク２右")),
    "kana": Spelling(("ウインク", "ウインク右"), ("ウインク２", "ウインク２右")),
    "half": Spelling(("ｳｨﾝｸ", "ｳｨﾝｸ右"), ("ｳｨﾝｸ２", "ｳｨﾝｸ右２")),
    "mixed": Spelling(("ウィンク", "ｳィﾝｸ右"), ("ウィンク2", "ウィンク2(右)")),
    "left_right": Spelling(("ウィンク左", "ウィンク右"), ("ウィンク２左", "ウィンク２右"), sided=True),
    "sides": Spelling(("左ウィンク", "右ウィンク"), ("左ウィンク２", "右ウィンク２"), sided=True),
    "latin": Spelling(("ウィンクＬ", "ウィンクＲ"), ("ウィンク２Ｌ", "ウィンク２Ｒ"), sided=True),
    "bare": Spelling(("笑い左", "笑い右"), ("まばたき左", "まばたき右"), sided=True, vowels=tuple("アイウエオ")),
    "english": Spelling(
        ("Wink_L", "Wink_R"), ("Blink_L", "Blink_R"), sided=True, blink="Blink", smile="Smile", vowels=tuple("AIUEO")
    ),
    "geo": Spelling(
        ("eye_wink_geo_L", "eye_wink_geo_R"), ("eye_close_geo_L", "eye_close_geo_R"), sided=True,
        vowels=tuple(f"発音「{v}」" for v in "あいうえお"),
    ),
    "arkit": Spelling(
        ("ウィンク左", "ウィンク右"), ("eyeBlinkLeft", "eyeBlinkRight"), sided=True
    ),
}  # fmt: skip
CHINESE: Mapping[str, str] = {"blink": "眨眼", "smile": "微笑", "a": "啊", "angry": "生气", "sad": "悲伤"}


@dataclass(frozen=True)
class Word:
    """A morph beside those of the slots: its names, panel, and the keys of the mesh that it adds up.

    ``mixed`` makes it of morphs of the mesh by weight.
    """

    names: Sequence[str]
    english: str
    panel: Panel
    keys: Sequence[str]
    mixed: Mapping[str, float] = field(default_factory=dict)
    share: float = 1.0  # of models that have it


def _both(key: str) -> tuple[str, str]:
    return f"{key}_left", f"{key}_right"


def _halves(**weights: float) -> dict[str, float]:
    return {side: weight for key, weight in weights.items() for side in _both(key)}


_BROW, _EYE, _MOUTH, _OTHER = Panel.BROW, Panel.EYE, Panel.MOUTH, Panel.OTHER
WORDS: Mapping[str, Word] = {
    "serious": Word(("真面目",), "serious", _BROW, ("brow_serious",), share=0.95),
    "sad": Word(("困る",), "sad", _BROW, ("brow_sad",), share=0.97),
    "happy": Word(("にこり", "にこり眉"), "cheerful", _BROW, ("brow_happy",), share=0.93),
    "angry": Word(("怒り", "怒り眉"), "anger", _BROW, ("brow_angry",), share=0.97),
    "up": Word(("上",), "brow up", _BROW, ("brow_up",), share=0.93),
    "down": Word(("下",), "brow down", _BROW, ("brow_down",), share=0.93),
    "nagomi": Word(("なごみ",), "calm", _EYE, (), _halves(blink=0.5, smile=0.5), share=0.74),
    "hau": Word(("はぅ", "はぅ！"), ">_<", _EYE, _both("hau"), {"brow_sad": 0.6}, share=0.68),
    "wide": Word(("びっくり", "びっくり目"), "surprised", _EYE, _both("wide"), share=0.71),
    "stare": Word(("じと目", "ジト目"), "doubt", _EYE, _both("stare"), share=0.70),
    "soft": Word(("目細め", "下まぶた上げ"), "narrow", _EYE, _both("soft"), share=0.35),
    "sharp": Word(("ｷﾘｯ", "キリッ"), "sharp", _EYE, (), _halves(stare=0.35, soft=0.3), share=0.40),
    "pupil_small": Word(("瞳小", "瞳小さく"), "small pupils", _EYE, ("pupil_small",), share=0.72),
    "pupil_large": Word(("瞳大",), "large pupils", _EYE, (), {"pupil_small": -0.35}, share=0.25),
    "triangle": Word(("▲",), "triangle", _MOUTH, ("mouth_triangle",), share=0.62),
    "wedge": Word(("∧",), "wedge", _MOUTH, (), {"mouth_frown": 1.0}, share=0.60),
    "omega": Word(("ω",), "cat", _MOUTH, ("mouth_omega",), share=0.58),
    "omega_open": Word(("ω□",), "open cat", _MOUTH, ("mouth_omega_open",), share=0.40),
    "square": Word(("□",), "square", _MOUTH, (), {"mouth_e": 0.7}, share=0.30),
    "wa": Word(("ワ",), "wa", _MOUTH, (), {"mouth_a": 0.6, "mouth_grin": 0.6}, share=0.45),
    "grin": Word(("にやり", "にっこり"), "grin", _MOUTH, ("mouth_grin",), share=0.78),
    "frown": Word(("口角下げ", "への字"), "frown", _MOUTH, ("mouth_frown",), share=0.50),
    "wide_mouth": Word(("口横広げ",), "wide mouth", _MOUTH, (), {"mouth_grin": 0.6, "mouth_i": 0.25}, share=0.35),
}
GAZE, HAPPY_FACE, NO_SHINE = "上目遣い", "笑顔", "ハイライト消し"
OPTIONAL: Mapping[str, float] = {
    **{key: word.share for key, word in WORDS.items()}, GAZE: 0.35, HAPPY_FACE: 0.30, NO_SHINE: 0.50,
}  # fmt: skip
VOWELS = "aiueo"
