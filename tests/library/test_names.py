from __future__ import annotations

import pytest

from mmdgen.library.proposals import names

WINKS = (
    "ウィンク, ウインク, ｳｨﾝｸ右, ｳｨﾝｸ右２, ｳｨﾝｸ２右, ウィンク２右, ウインク2(右), ｳィﾝｸ右２, 右ウィンク, ウィンクＬ,"
    "ウィンク , eye_wink_geo_L, eye_wink_geo_R, eye_close_geo_L, Eye_Wink_L, eyeBlinkLeft, Fcl_EYE_Close_R, まば左"
)
BLINKS = "まばたき, ﾏﾊﾞﾀｷ, まばたき , 目_閉じ, blink, Blink, eyeBlink, Fcl_EYE_Close, vrc.blink, 眨眼, 闭眼"
SMILES = "笑い, 笑い , 目_微笑, smile, Fcl_EYE_Joy, 笑眼"
OTHERS = "なごみ, はぅ, びっくり, じと目, ジト目, 瞳小, ｷﾘｯ, はちゅ目, ｷﾞｭｯ, しいたけ, 困る, 驚き"
MOUTHS = "あ, ａ, A, あ２, 発音「あ」, ああ, mouth_a_geo_C, jawOpen, vrc.v_aa"


def split(text: str) -> list[str]:
    return text.split(",") if "," in text else [text]


@pytest.mark.parametrize(
    ("patterns", "usual"),
    [(names.WINK, WINKS), (names.BLINK, BLINKS), (names.SMILE, SMILES), (names.MOUTH, MOUTHS)],
)
def test_usual_spellings_are_known(patterns, usual):
    assert [n for n in split(usual) if names.rank(n, patterns) is None] == []


@pytest.mark.parametrize("patterns", [names.BLINK, names.SMILE, names.WINK])
def test_other_expressions_of_the_eyes_are_no_closings(patterns):
    assert [n for n in split(OTHERS) if names.rank(n, patterns) is not None] == []
    assert [n for n in split(OTHERS) if not names.says(names.NOT_CLOSING, n)] == []


@pytest.mark.parametrize("vowel", ["い", "う", "え", "お", "ん", "i", "o", "発音「お」", "▲", "にやり"])
def test_other_mouths_are_not_the_open_one(vowel):
    assert names.rank(vowel, names.MOUTH) is None


def test_the_most_usual_name_ranks_first():
    assert names.rank("まばたき", names.BLINK) < names.rank("目_閉じ", names.BLINK)
    assert names.rank("あ", names.MOUTH) < names.rank("あ２", names.MOUTH)
    assert names.rank("ｳｨﾝｸ２右", names.WINK) < names.rank("eyeBlinkLeft", names.WINK)


@pytest.mark.parametrize("name", ["髪", "前髪", "後ろ髪", "Hair_back", "ツインテール", "アホ毛"])
def test_hair_is_hair(name):
    assert names.says(names.HAIR, name)
    assert not names.says(names.ORNAMENT, name)


@pytest.mark.parametrize(
    "name", ["髪飾り", "リボン", "ヘッドホン", "帽子", "ねこみみ外", "cat_ears", "Hat", "headphone", "角"]
)
def test_ornaments_are_ornaments(name):
    assert names.says(names.ORNAMENT, name)


@pytest.mark.parametrize("name", ["睫毛", "眉毛", "wear", "chest", "string", "pinkish", "face", "elbow"])
def test_neither_hair_nor_ornament(name):
    assert not names.says(names.HAIR, name)
    assert not names.says(names.ORNAMENT, name)
