"""What morphs and materials are usually called. Names only help: what they say is checked against the geometry."""

from __future__ import annotations

import re
import unicodedata

_NOISE = re.compile(r"[\s_\-.・･~〜()\[\]{}【】「」『』<>:：/／!！?？*＊+＋']")

# Earlier patterns are the more usual names; a name's rank is the number of the first that it matches.
BLINK = (
    r"まばたき|マバタキ",
    r"瞬き|まばたき[12]|目閉じ|閉じ目|とじ目|目を閉じる|目とじ|目つぶり|目つむり|目瞑り|eyeblink|blink|blinkboth|eyesclosed|eyesclose",
    r"(fcl)?(all)?eyes?close(d)?(geo)?|closeeyes?|closedeyes?|闭眼|閉眼|眨眼|闭目|閉目|眼闭|blink[12]|wink(both|lr)|vrcblink",
)
SMILE = (
    r"笑い|笑い目",
    r"わらい|にっこり目|目微笑|微笑み?目?|笑い[12]|smile|eyesmile|smileeyes?|笑眼|眯眼|(fcl)?eyejoy|eyejoyful|joy",
    r"eye(s)?(laugh|happy|wink(geo)?)|happy|laugh|happyeyes?|笑|微笑|眼笑|(目|眼)笑い?",
)
WINK = (
    r"(左|右)?ウィンク[12]?(左|右|l|r)?[12]?",
    r".*(ウィンク|wink).*|(eye)?blink(left|right|l|r)|eye(s)?blink(left|right|l|r)|fcleye(close|joy)(l|r)",
    r"まば(たき)?(左|右)|(左|右)(目|眼)?(まばたき|閉じ|とじ)|(まばたき|目閉じ|笑い|瞬き)(左|右|l|r)|.*(close|blink|眨眼|闭眼|閉眼).*",
)
NOT_CLOSING = re.compile(
    r"なごみ|和み|はぅ|はう|びっくり|じと|ジト|瞳|キリッ|きりっ|はちゅ|ギュッ|ぎゅ|星|ハート|はあと|しいたけ|ぐるぐる|グル|白目|涙|泣|"
    r"カメラ|恐|驚|怒|悲|困|つり|たれ|ハイライト|hl|まつ|眉|睫|たたき|半目|半眼|細|surprise|squint|half|pupil|iris|brow|angry|"
    r"sad|wide|highlight|star|heart|tear|look|downcast|howawa|x目|><|＞＜|総"
)
MOUTH = (
    r"あ",
    r"あ[12あぁー大口]?|発音あ|ア|a|aa",
    r"(mouth|mth|fclmth|vrcv|v|口|发音|發音)(a|aa|あ)(geoc?|wide)?|啊|口あけ|口開け|口开|张嘴|張嘴|开口|jawopen|mouthopen|aah?|ah",
)

HAIR = re.compile(r"(?<![睫眉])[髪髮毛]|头发|頭发|ヘア|もみあげ|おさげ|ツインテ|ポニテ|アホ毛|hair|kami|bangs|fringe")
ORNAMENT = re.compile(
    r"リボン|りぼん|カチュ|帽|ハット|フード|ヘッド(ホ|フォ|セ|ド)|角|つの|ツノ|耳|みみ|ミミ|冠|クラウン|ティアラ|飾|かざり|アクセ|ピン(?!ク)|"
    r"バンド|花|ゴーグル|メガネ|めがね|眼鏡|サングラス|ヴェール|ベール|羽|簪|かんざし|櫛|紐|ひも|鈴|ネコ|ねこ|"
    r"head(phone|set|dress|band|gear)|ribbon|accessor|hairpin|kanzashi|feather|goggle|glasses|tiara|crown|flower|"
    r"(?<![a-z])(acc|bows?|hats?|caps?|hoods?|horns?|ears?|kemomimi|pins?|bands?|rings?|halo|veil|wings?|bells?)(?![a-z])"
)


def plain(name: str) -> str:
    """Return a name without what spellings differ in: width, case, spaces, brackets, small kana."""
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    return _NOISE.sub("", text).replace("ウイ", "ウィ")


def rank(name: str, patterns: tuple[str, ...]) -> int | None:
    """Return how usual a name is for a slot, 0 the most, or None when it is no name for it."""
    text = plain(name)
    return next((i for i, pattern in enumerate(patterns) if re.fullmatch(pattern, text)), None)


def says(pattern: re.Pattern[str], name: str) -> bool:
    """Tell whether a name, width and case apart, contains what the pattern looks for."""
    return pattern.search(unicodedata.normalize("NFKC", name).casefold()) is not None
