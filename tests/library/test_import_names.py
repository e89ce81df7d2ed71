"""Names without the UTF-8 flag: whatever the maker's system, they come out as the maker wrote them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from builders import head_model
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from packs import PICTURE, StoredName, packed, textured, tree

from mmdgen.formats.writer import write_pmx
from mmdgen.library.imports import import_archives

LETTERS = {
    "cp932": "あいうえおかきくけこさしすせそアイウエオカキクケコーソ表能予貼十顔髪服体目口歯舌ﾐｸ０１Ａ",
    "gbk": "脸发衣服身体眼睛嘴牙舌头贴图纹理裙鞋袜帽饰红蓝绿黑白洛天依乐正绫模型改造金属",
    "big5": "臉髮衣服身體眼睛嘴牙舌頭貼圖紋理裙鞋襪帽飾紅藍綠黑白模型改造金屬許功蓋餐",
    "cp949": "얼굴머리옷몸눈입이혀피부신발치마모자장식빨강파랑초록검정하양모델",
    "utf-8": "顔髪服脸发臉髮얼굴éüß",
}


def names(encoding: str) -> st.SearchStrategy[str]:
    return st.text(LETTERS[encoding], min_size=1, max_size=6)


@st.composite
def packages(draw: st.DrawFn) -> tuple[str, dict[str, bytes], list[str]]:
    """Return an encoding, the entries of a package, and its model's textures; folders and readmes are in it too."""
    encoding = draw(st.sampled_from(sorted(LETTERS)))
    name = names(encoding)
    folder, model, readme = draw(name), draw(name), draw(name)
    textures = draw(st.lists(name, min_size=1, max_size=4, unique=True))
    below = draw(st.sampled_from(["", "tex\\", f"{draw(name)}\\"]))
    paths = [f"{below}{t}.bmp" for t in textures]
    entries = {f"{folder}/{model}.pmx": textured(*paths), f"{folder}/{readme}.txt": b"terms"}
    entries |= {f"{folder}/{path}".replace("\\", "/"): PICTURE for path in paths}
    assume(len(entries) == 2 + len(paths))
    return encoding, entries, paths


def same_in_all(text: str, encoding: str) -> bool:
    """Tell whether some other encoding reads the same letters, so that nothing tells them apart."""
    return any(other != encoding and text.encode(encoding).decode(other, errors="replace") == text for other in LETTERS)


@given(packages())
@settings(deadline=None, max_examples=60)
def test_names_come_out_as_the_maker_wrote_them(tmp_path_factory: pytest.TempPathFactory, package) -> None:
    encoding, entries, paths = package
    assume(not all(same_in_all(path, encoding) for path in paths))
    folder = tmp_path_factory.mktemp("names")
    (folder / "x.zip").write_bytes(packed(entries, encoding))
    (outcome,) = import_archives([folder / "x.zip"], folder / "models")
    assert outcome.encoding == encoding
    assert tree(folder / "models" / "x") == {name.split("/", 1)[1] for name in entries}


def test_textures_that_resolve_decide_against_all_other_signs(tmp_path: Path, imported) -> None:
    """The file's own words are those of the wrong reading; only its texture is found in the right one."""
    misread = "更新履歴利用規約".encode("cp932").decode("gbk")
    model = textured("髪.bmp", name=misread)
    outcome = imported(packed({"m.pmx": model, "髪.bmp": PICTURE, "更新履歴.txt": b"", "利用規約.txt": b""}, "cp932"))
    assert outcome.encoding == "cp932"
    assert {"pack/髪.bmp", "pack/更新履歴.txt"} < tree(tmp_path / "models")


def test_most_of_the_textures_decide_when_some_are_missing_or_misread(tmp_path: Path, imported) -> None:
    stray = "更新.bmp".encode("cp932").decode("gbk")
    maker = textured("更新.bmp", "髪.bmp", "無い.bmp")
    entries = {"a.pmx": maker, "b.pmx": textured(stray), "更新.bmp": PICTURE, "髪.bmp": PICTURE}
    assert imported(packed(entries, "cp932")).encoding == "cp932"
    assert {"pack/更新.bmp", "pack/髪.bmp"} < tree(tmp_path / "models")


def test_names_with_and_without_the_flag_live_in_one_archive(tmp_path: Path, imported) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(StoredName("모델.pmx".encode(), 0x800), textured("髪.bmp", "♥.bmp"))
        archive.writestr(StoredName("髪.bmp".encode("cp932"), 0), PICTURE)
        archive.writestr(StoredName("♥.bmp".encode(), 0x800), PICTURE)
    assert imported(stream.getvalue()).encoding == "cp932"
    assert tree(tmp_path / "models") == {"pack/모델.pmx", "pack/髪.bmp", "pack/♥.bmp"}


def test_each_archive_inside_has_an_encoding_of_its_own(tmp_path: Path, imported) -> None:
    inner = packed({"洛天依.pmx": textured("头发.bmp"), "头发.bmp": PICTURE}, "gbk")
    imported(packed({"ミク.pmx": textured("髪.bmp"), "髪.bmp": PICTURE, "天依.zip": inner}, "cp932"))
    assert tree(tmp_path / "models") == {"pack/ミク.pmx", "pack/髪.bmp", "pack/天依/洛天依.pmx", "pack/天依/头发.bmp"}


def test_names_that_no_encoding_knows_are_kept_somehow(tmp_path: Path, imported) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(StoredName(b"m\x81.pmx", 0), write_pmx(head_model()))
        archive.writestr(StoredName(b"\xff\xfe\x80.bmp", 0), PICTURE)
    outcome = imported(stream.getvalue())
    assert (outcome.status, outcome.encoding) == ("imported", "cp437")
    assert len(tree(tmp_path / "models")) == 2


def test_changed_content_under_an_old_name_is_new_and_a_new_name_for_old_content_is_not(tmp_path, imported) -> None:
    first, second = (packed({"m.pmx": textured("t.bmp"), "t.bmp": PICTURE + bytes([i])}) for i in range(2))
    assert imported(first, "miku.zip").folder == "miku"
    assert imported(second, "miku.zip").folder == "miku (2)"
    assert [imported(data, name).status for data in (first, second) for name in ("miku.zip", "x.zip")] == ["known"] * 4
    assert (tmp_path / "models/miku/t.bmp").read_bytes() != (tmp_path / "models/miku (2)/t.bmp").read_bytes()
