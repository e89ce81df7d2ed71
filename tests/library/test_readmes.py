"""Readmes: found beside a model and never outside its library, decoded whatever their encoding, quoted on terms."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import corpus_folder
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen.library import readmes
from mmdgen.library.readmes import find_readmes, quote
from mmdgen.library.texts import decode, words_of_html

JAPANESE = """このたびはモデルをダウンロードしていただきありがとうございます。
■利用規約
・改造、改変は自由です。再配布は禁止とさせていただきます。
・商用利用はご遠慮ください。クレジット表記をお願いいたします。
ﾃｸｽﾁｬは同梱のものをお使いください。
"""
SIMPLIFIED = """感谢您下载本模型。
使用规定：
1. 未经作者许可，禁止将模型用于商业用途。
2. 禁止转载和二次配布，可以自行修改。
3. 请在发布作品时注明借物表。
"""
TRADITIONAL = """感謝您下載本模型。
使用規定：
一、未經作者許可，禁止將模型用於商業用途。
二、禁止轉載與二次配布，可以自行修改。
三、請在發布作品時註明出處。
"""
KOREAN = """이 모델을 다운로드해 주셔서 감사합니다.
이용 약관
- 상업적 이용은 금지합니다.
- 개조는 자유롭게 하셔도 됩니다. 재배포는 하지 말아 주세요.
- 사용하실 때 출처를 밝혀 주세요.
"""
FRENCH = """Merci d’avoir téléchargé ce modèle.
Toute utilisation commerciale est interdite sans l’accord de l’auteur.
Vous pouvez le modifier à votre goût, mais créditez-moi, s’il vous plaît.
"""
ENGLISH = "Thank you for downloading.\nYou may edit this model.\nRedistribution is prohibited, commercial use too.\n"
CASES = [
    *((JAPANESE, e) for e in ("cp932", "euc_jp", "iso2022_jp_ext")),
    *((text, "gb18030") for text in (SIMPLIFIED, SIMPLIFIED * 3)),
    (TRADITIONAL, "big5hkscs"),
    (KOREAN, "cp949"),
    (FRENCH, "cp1252"),
    *((text, e) for text in (JAPANESE, SIMPLIFIED, KOREAN, FRENCH, ENGLISH) for e in ("utf-8", "utf-8-sig")),
    *(
        (text, e)
        for text in (JAPANESE, SIMPLIFIED, TRADITIONAL, KOREAN, ENGLISH)
        for e in ("utf-16", "utf-16-le", "utf-16-be")
    ),
    (ENGLISH, "ascii"),
]


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_texts_come_back_whatever_their_encoding(text: str, encoding: str) -> None:
    if encoding.startswith("iso2022"):
        text = text.replace("ﾃｸｽﾁｬ", "テクスチャ")
        encoding = "iso2022_jp"
    found = decode(text.replace("\n", "\r\n").encode(encoding))
    assert found is not None
    assert found[0].splitlines() == text.splitlines()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(JAPANESE, "cp932"), (SIMPLIFIED, "gb18030"), (TRADITIONAL, "big5hkscs"), (KOREAN, "cp949"), (FRENCH, "cp1252")],
)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_line_or_two_are_enough(text: str, encoding: str, data: st.DataObject) -> None:
    lines = text.splitlines()
    start = data.draw(st.integers(0, len(lines) - 2))
    end = data.draw(st.integers(start + 2, len(lines)))
    part = "\r\n".join(lines[start:end])
    assert decode(part.encode(encoding)) == (part, encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("改変自由、再配布禁止", "cp932"),
        ("改造・改変・再配布可。", "cp932"),
        ("ご自由にお使いください", "cp932"),
        ("禁止转载，禁止商用", "gb18030"),
        ("请勿用于商业用途", "gb18030"),
        ("재배포 금지", "cp949"),
        ("상업적 이용 금지, 개조 가능", "cp949"),
        ("請勿用於商業用途", "big5hkscs"),
    ],
)
def test_even_short_lines_are_told_apart(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == (text, encoding)


def test_a_long_preface_in_ascii_hides_nothing() -> None:
    text = ENGLISH * 200 + JAPANESE
    assert decode(text.encode("cp932")) == (text, "cp932")


@settings(deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_text_or_none(data: bytes) -> None:
    found = decode(data)
    assert found is None or isinstance(found[0], str)


@settings(deadline=None)
@given(cut=st.integers(1, len(JAPANESE.encode())))
def test_a_text_may_be_cut_anywhere(cut: int) -> None:
    found = decode(JAPANESE.encode()[:cut])
    assert cut < 3 or (found is not None and JAPANESE.startswith(found[0]))


def test_a_picture_is_no_text() -> None:
    assert decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4) is None


def test_the_words_of_a_page() -> None:
    page = "<title>読むのだ</title><style>p{}</style><script>a()</script><p>改造<b>可</b>&amp;<br>再配布\n可</p>終"
    assert words_of_html(page) == "読むのだ\n改造可&\n再配布 可\n終"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (JAPANESE, "・改造、改変は自由です。再配布は禁止とさせていただきます。"),
        (SIMPLIFIED, "2. 禁止转载和二次配布，可以自行修改。"),
        (TRADITIONAL, "二、禁止轉載與二次配布，可以自行修改。"),
        (KOREAN, "- 상업적 이용은 금지합니다."),
        (FRENCH, "Toute utilisation commerciale est interdite sans l’accord de l’auteur."),
        (ENGLISH, "Redistribution is prohibited, commercial use too."),
    ],
)
def test_terms_are_quoted_in_their_language(text: str, wanted: str) -> None:
    assert wanted in "\n".join(quote(text)).splitlines()


def test_what_does_not_speak_of_terms_is_left_out() -> None:
    text = "一行目\n二行目\n商用不可\n四行目\n五行目\n2014.10.23 改変\n-----\n七行目"
    assert quote(text) == ("二行目\n商用不可\n四行目",)


@settings(deadline=None)
@given(text=st.text(st.sampled_from("規約あa\n# "), max_size=400))
def test_quotations_are_lines_of_the_text_in_order(text: str) -> None:
    lines = iter("\n".join(text.splitlines()).split("\n"))
    for quoted in "\n".join(quote(text)).split("\n"):
        assert not quoted or any(quoted in line for line in lines)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with one package, two folders deep, in a folder that has a readme of its own."""
    (tmp_path / "readme.txt").write_text("outside: copyright")
    folder = tmp_path / "library" / "package" / "ver2" / "pmx"
    folder.mkdir(parents=True)
    (folder / "a.pmx").write_bytes(b"")
    return tmp_path / "library"


def names(library: Path, model: str = "package/ver2/pmx/a.pmx") -> list[str]:
    return [readme.path for readme in find_readmes(library / model, library)]


def test_readmes_are_looked_for_two_folders_above_and_the_nearest_come_first(library: Path) -> None:
    package = library / "package"
    (library / "README.md").write_text("of all models: license")
    for path in ("readme.txt", "ver2/規約.txt", "ver2/pmx/notes.txt", "ver2/pmx/お読み下さい.txt", "ver2/pmx/skin.png"):
        (package / path).write_text("copyright")
    assert names(library) == ["お読み下さい.txt", "notes.txt", "../規約.txt", "../../readme.txt"]


def test_the_librarys_own_readme_counts_only_when_there_is_no_other(library: Path) -> None:
    (library / "README.md").write_text("license")
    (library / "package" / "a.pmx").write_bytes(b"")
    assert names(library, "package/a.pmx") == ["../README.md"]
    (library / "package" / "readme.txt").write_text("license")
    assert names(library, "package/a.pmx") == ["readme.txt"]


def test_nothing_outside_the_library_is_read(library: Path, tmp_path: Path) -> None:
    folder = library / "package" / "ver2" / "pmx"
    (folder / "readme.txt").symlink_to(tmp_path / "readme.txt")
    (folder / "license.txt").symlink_to("license.txt")
    (folder / "terms.txt").mkdir()
    assert names(library) == []
    assert find_readmes(tmp_path / "gone" / "a.pmx", library) == ()


def test_other_files_called_readme_are_named_but_not_read(library: Path) -> None:
    folder = library / "package" / "ver2" / "pmx"
    (folder / "readme.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (folder / "readme.html").write_bytes("<p>改造可</p>".encode("cp932"))
    found = {readme.path: readme for readme in find_readmes(folder / "a.pmx", library)}
    assert (found["readme.png"].text, found["readme.png"].terms) == (None, ())
    assert (found["readme.html"].text, found["readme.html"].encoding) == ("改造可", "cp932")


def test_sizes_are_bounded(library: Path) -> None:
    folder = library / "package" / "ver2" / "pmx"
    for i in range(40):
        (folder / f"readme{i}.txt").write_text("商用不可\n" * 50_000)
    found = find_readmes(folder / "a.pmx", library)
    assert len(found) == readmes.MOST_FILES
    for readme in found:
        assert readme.cut
        assert len((readme.text or "").encode()) <= readmes.LONGEST
        assert sum(len(p.split("\n")) for p in readme.terms) <= readmes.MOST_LINES


@pytest.mark.corpus
def test_the_readmes_of_real_models() -> None:
    folder = corpus_folder()
    if folder is None:
        pytest.skip("no corpus; set MMDGEN_CORPUS to a folder of real models")
    terms = {
        "figure-goblin/goblin_v02.pmx": "本モデルの改造、再配布については特に制限を設けませんので、",
        "siro2019/siro2019_Ver_1.01.pmx": "改造・改変・再配布可。",
        "mokou/mokou_A.pmd": "改造、再配布共に「可」です。",
        "outro-miku43/miku4.3.pmx": "・ただし、商用利用は禁止とさせていただきます。",
    }
    for name, line in terms.items():
        path = folder / "characters" / name
        quoted = [passage for readme in find_readmes(path, path.parent) for passage in readme.terms]
        assert line in "\n".join(quoted).split("\n"), name
