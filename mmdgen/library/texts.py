"""Texts of strangers: in which encoding one is, judged by the letters that each would make of it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from html.parser import HTMLParser

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
WIDE = ("utf-16-le", "utf-16-be")
# each with the lead bytes of the part of its table that holds what people usually write
LEGACY = {
    "cp932": range(0x88, 0x99),
    "gb18030": range(0xB0, 0xD8),
    "big5hkscs": range(0xA4, 0xC7),
    "cp949": range(0xB0, 0xC9),
    "euc_jp": range(0xB0, 0xD0),
    "cp1252": range(0),
}
FREQUENT = {
    "cp932": (
        "一人日本使用作者様下改変配布可禁止利規約製的公開表情修正更新商方自由物年月同中上出変大小追加目手動版自己責任願"
    ),
    "gb18030": (
        "的一是不在有我这个们中来上大为和国地到以说时要就出"
        "会可也你对生能而子那得于着下自之年过发后作里用模型请禁止使许载改勿或与商"
    ),
    "big5hkscs": (
        "的一是不了在人有我他這個們中來上大為和國地到以說時要就出"
        "會可也你對生能而子那得於著下自之年過發後作裡用模型請禁止使許載改勿或與商"
    ),
    "cp949": "이다는의에을를가하고지은로한사도시나기합니있용자어해수서인만것델모제보면그대정배포상개전우",
    "cp1252": "àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœÀÁÂÄÇÈÉÊÖÜ‘’“”–—…©®°«»•·™§",
}
FREQUENT["euc_jp"] = FREQUENT["cp932"]
KANA_ENCODINGS = ("cp932", "euc_jp")
SIGNS = "、。「」『』【】（）！？：；・〜～＝＋－／＆％＃＊―…‥※〇○●◎□■△▲▽▼☆★♪→←↑↓─━│┃─ー　〒《》〈〉〔〕，．"
LEAST, LEAST_WIDE = -0.5, 0.5  # mean merit of a letter below which nothing readable came out; in UTF-16
JUDGED = 4096  # bytes, from the first one beyond ASCII on, that tell the encoding
MOST_CONTROLS = 0.01  # share of control characters that a text may have


def decode(data: bytes) -> tuple[str, str] | None:
    """Return a text and its encoding, or None where the bytes are no text.

    UTF-8, UTF-16 with or without a mark, the legacy encodings of Japan, China, Taiwan and Korea, and Latin are told
    apart; bytes that do not fit become U+FFFD. ``data`` may be cut anywhere.
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    if data.isascii() and b"\0" not in data:
        plain = data.decode("ascii")
        if "\x1b$" in plain:
            return data.decode("iso2022_jp", "replace"), "iso2022_jp"
        return None if _is_binary(plain) else (plain, "ascii")
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)  # a last letter that was cut is left out
    except UnicodeDecodeError:
        return _best(data)
    return _best(data) if _is_binary(text) else (text, "utf-8")


def _best(data: bytes) -> tuple[str, str] | None:
    """Return what makes most sense of bytes that are no UTF-8."""
    is_wide = b"\0" in data  # no other encoding of a text holds zeros
    start = 0 if is_wide else next(i for i, byte in enumerate(data) if byte > 127)
    sample = data[start : start + JUDGED]
    encodings = WIDE if is_wide else tuple(LEGACY)
    rated = [(_merit(sample.decode(encoding, "replace"), encoding), encoding) for encoding in encodings]
    merit, encoding = max(rated, key=lambda r: r[0])
    text = data.decode(encoding, "replace")
    return None if merit < (LEAST_WIDE if is_wide else LEAST) or _is_binary(text) else (text, encoding)


def _merit(text: str, encoding: str) -> float:
    """Return how much a text looks like one that a person wrote: about 1, and below 0 for rubbish.

    Letters beyond ASCII count by their bytes, so that encodings which make more or fewer of them compare.
    """
    total = weight = 0.0
    for before, letter in zip(" " + text, text, strict=False):
        if letter.isascii() and encoding not in WIDE:
            total -= 3 * (letter < " " and letter not in "\t\r\n\f\x1a")
            continue
        size = 1 if encoding == "cp1252" or letter == "�" else 2
        total += size * _letter_merit(letter, before, encoding)
        weight += size
    return total / max(weight, 1)


def _letter_merit(letter: str, before: str, encoding: str) -> float:
    if letter.isascii():  # in UTF-16, where many of them tell the order of the bytes
        return 1.0 if letter.isprintable() or letter in "\t\r\n" else -3.0
    if letter in FREQUENT.get(encoding, "".join(FREQUENT.values())):
        return 1.0 if encoding == "cp1252" and not before.isalpha() else 2.0
    if letter in SIGNS:
        return 1.0
    if "ぁ" <= letter <= "ヿ":
        return 1.5 if encoding in (*KANA_ENCODINGS, *WIDE) else 0.0
    if "！" <= letter <= "～":
        return 0.5
    if "｡" <= letter <= "ﾟ":
        return 0.3 if "｡" <= before <= "ﾟ" else -0.5
    if letter == "�" or unicodedata.category(letter) in ("Cc", "Co", "Cn", "Cs"):
        return -3.0
    if "가" <= letter <= "힣" or "㐀" <= letter <= "鿿":
        return _ideograph_merit(letter, encoding)
    return -0.5


def _ideograph_merit(letter: str, encoding: str) -> float:
    """Rate a syllable or an ideograph by whether it lies where its encoding keeps the usual ones."""
    if encoding in WIDE:
        return 0.5
    is_syllable = letter >= "가"
    if is_syllable != (encoding == "cp949"):
        return -0.5
    code = letter.encode(encoding)
    usual = code[0] in LEGACY[encoding] and (
        encoding not in ("gb18030", "cp949") or (len(code) == 2 and code[1] > 0xA0)
    )
    return (0.8 if is_syllable else 0.5) if usual else -0.5


def _is_binary(text: str) -> bool:
    controls = sum(letter < " " and letter not in "\t\n\v\f\r\x1a\x1b" for letter in text)
    return controls > MOST_CONTROLS * len(text)


class _Words(HTMLParser):
    """Collects the visible words of a page, a line for each block."""

    BLOCKS = frozenset(
        (
            "address",
            "article",
            "br",
            "dd",
            "div",
            "dl",
            "dt",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "td",
            "th",
            "title",
            "tr",
            "ul",
        )
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's
        self._hidden += tag in ("script", "style")
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def words_of_html(page: str) -> str:
    """Return the visible words of an HTML page, one line for each block."""
    parser = _Words()
    parser.feed(page)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)
