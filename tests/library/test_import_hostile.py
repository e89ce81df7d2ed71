"""Archives that mean harm, and those that only look like it: refused in one sentence, quickly, with nothing left."""

from __future__ import annotations

import shutil
import stat
import struct
import sys
import time
import zlib
from pathlib import Path

import pytest
from packs import PICTURE, PLAIN, huffman, packed, stored_rar, textured, tree

from mmdgen.formats.archives.limits import Limits
from mmdgen.library.imports import find_archives, import_archives


def many_entries(count: int) -> bytes:
    """Return a zip of empty entries, made without zipfile, which takes seconds for it."""
    name = b"a.bmp"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    directory = entry * count
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), len(local), 0)
    return local + directory + end


@pytest.mark.parametrize("count", [100_000, 500_000])
def test_a_hundred_thousand_entries_are_refused_at_once(imported, count: int) -> None:
    began = time.perf_counter()
    outcome = imported(many_entries(count))
    assert outcome.status == "refused"
    assert "do not trust this archive" in outcome.error
    assert time.perf_counter() - began < 10


def test_archives_that_multiply_are_refused(imported) -> None:
    data = packed({"m.pmx": PLAIN})
    for _ in range(3):
        data = packed({f"{i}.zip": data for i in range(8)})
    assert "entries, expected at most 100" in imported(data, limits=Limits(entries=100)).error


def test_the_ratio_is_of_the_outermost_archive(imported) -> None:
    zeros = packed({"zero.bmp": bytes(8 << 20)})
    data = packed({"m.pmx": PLAIN, **{f"{i}.zip": zeros for i in range(4)}})
    outcome = imported(data, limits=Limits(free=8 << 20, ratio=2))
    assert "unpack to more than 8 MiB" in outcome.error
    assert imported(data, limits=Limits(free=64 << 20, ratio=2)).status == "imported"


def test_what_is_in_the_way_of_windows_is_renamed_or_left_out(tmp_path: Path, imported) -> None:
    renamed = {"NUL": "_NUL", "com1.txt": "_com1.txt", "Lpt².png": "_Lpt².png", "a /b. ": "a_/b__", "x..": "x__"}
    left_out = (r"\\server\share\evil", "//server/evil", r"c:evil", r"..\evil", "a/../../evil")
    outcome = imported(packed({"m.pmx": PLAIN, **dict.fromkeys((*renamed, *left_out), b"x")}))
    assert tree(tmp_path / "models") == {"pack/m.pmx", *(f"pack/{name}" for name in renamed.values())}
    assert len(outcome.notes) == len(left_out)
    assert not list(tmp_path.rglob("*evil*"))


def test_names_that_are_too_long_are_shortened_and_stay_apart(tmp_path: Path, imported) -> None:
    names = [f"{'長' * 120}{end}.bmp" for end in "ab"]
    imported(packed({"m.pmx": PLAIN, **{name: name.encode() for name in names}}))
    found = sorted((tmp_path / "models" / "pack").glob("*.bmp"))
    assert sorted(p.read_bytes() for p in found) == sorted(name.encode() for name in names)
    assert max(len(p.name.encode()) for p in found) < 200


@pytest.mark.parametrize("mode", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK, stat.S_IFLNK])
def test_devices_and_links_are_left_out(tmp_path: Path, imported, mode: int) -> None:
    outcome = imported(packed({"m.pmx": PLAIN, "odd": b"/etc/passwd"}, odd=(mode | 0o777) << 16))
    assert len(outcome.notes) == 1
    assert tree(tmp_path / "models") == {"pack/m.pmx"}


def split_zip() -> bytes:
    data = bytearray(packed({"m.pmx": PLAIN}))
    end = data.rfind(b"PK\5\6")
    struct.pack_into("<HH", data, end + 4, 2, 2)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (split_zip(), "x.zip"),
        (packed({"m.pmx": PLAIN})[:200], "x.zip.001"),
        (b"\0" * 200, "x.7z.002"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(200), "x.7z.001"),
        (stored_rar({b"m.pmx": PLAIN}, main=0x11), "x.part2.rar"),
    ],
)
def test_parts_are_refused_with_a_sentence(imported, data: bytes, name: str) -> None:
    outcome = imported(data, name)
    assert "one of several parts, expected a whole archive; join them" in outcome.error


def test_of_a_rar_in_parts_the_first_is_found(tmp_path: Path) -> None:
    for name in ("a.part1.rar", "a.part2.rar", "a.part3.rar", "b.part01.rar", "b.part02.rar", "lone.part2.rar"):
        (tmp_path / name).touch()
    assert [p.name for p in find_archives([tmp_path])] == ["a.part1.rar", "b.part01.rar", "lone.part2.rar"]


def squeezed_rar(entries: dict[bytes, bytes]) -> bytes:
    """Return a rar of entries of method 3 whose content is zlib's, for a stand-in of the tool."""
    return stored_rar({name: zlib.compress(data) for name, data in entries.items()}, whole=entries)


@pytest.fixture
def unar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a stand-in for unar: it finds the one zlib stream of the archive that rarfile cuts out."""
    rarfile = pytest.importorskip("rarfile")
    tool = tmp_path / "bin" / "unar"
    tool.parent.mkdir()
    tool.write_text(
        f"#!{sys.executable}\n"
        "import sys, zlib\n"
        "if '-version' not in sys.argv:\n"
        "    data = open(sys.argv[sys.argv.index('--') + 1], 'rb').read()\n"
        "    sys.stdout.buffer.write(zlib.decompressobj().decompress(data[data.index(b'\\x78\\x9c'):]))\n"
    )
    tool.chmod(0o755)
    monkeypatch.setattr(rarfile, "CURRENT_SETUP", None)
    monkeypatch.setattr(rarfile, "UNAR_TOOL", str(tool))
    for other in ("UNRAR_TOOL", "SEVENZIP_TOOL", "SEVENZIP2_TOOL"):
        monkeypatch.setattr(rarfile, other, str(tmp_path / "none"))
    return tool


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
def test_a_compressed_rar_goes_through_the_systems_tool(tmp_path: Path, imported, unar: Path) -> None:
    data = squeezed_rar({"ミク.pmx".encode("cp932"): textured("表情.bmp"), "表情.bmp".encode("cp932"): PICTURE})
    outcome = imported(data, "x.rar")
    assert (outcome.status, outcome.encoding) == ("imported", "cp932")
    assert (tmp_path / "models" / "x" / "表情.bmp").read_bytes() == PICTURE
    assert (tmp_path / "models" / "x" / "ミク.pmx").read_bytes() == textured("表情.bmp")


@pytest.mark.skipif(not (shutil.which("unar") or shutil.which("unrar")), reason="no tool that reads rar")
def test_a_compressed_rar_is_imported_by_a_real_tool(tmp_path: Path, imported) -> None:
    pytest.importorskip("rarfile")
    whole = {"ミク.pmx".encode("cp932"): textured("表情.bmp"), "表情.bmp".encode("cp932"): PICTURE + bytes(range(256))}
    data = stored_rar({name: huffman(content) for name, content in whole.items()}, whole=whole)
    assert imported(data, "x.rar").models == ("ミク.pmx",)
    assert (tmp_path / "models" / "x" / "表情.bmp").read_bytes() == PICTURE + bytes(range(256))


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
def test_what_the_tool_gets_wrong_is_noticed(imported, unar: Path) -> None:
    unar.write_text(unar.read_text().replace("write(zlib", "write(b'?' + zlib"))
    assert "complete archive" in imported(squeezed_rar({b"m.pmx": PLAIN}), "x.rar").error


def test_a_missing_tool_is_a_sentence_and_bsdtar_is_none(imported, monkeypatch: pytest.MonkeyPatch) -> None:
    rarfile = pytest.importorskip("rarfile")
    monkeypatch.setattr(rarfile, "CURRENT_SETUP", None)
    for tool in ("UNRAR_TOOL", "UNAR_TOOL", "SEVENZIP_TOOL", "SEVENZIP2_TOOL"):
        monkeypatch.setattr(rarfile, tool, "/no/such/tool")
    monkeypatch.setattr(rarfile, "BSDTAR_TOOL", shutil.which("true") or "true")
    outcome = imported(squeezed_rar({b"m.pmx": PLAIN}), "x.rar")
    assert "no unrar, unar or 7z on this system" in outcome.error


def test_progress_is_told_within_an_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed({"m.pmx": PLAIN, "big.bmp": bytes(5 << 20), "in.zip": packed({"x": b"x"})}))
    told = []
    list(import_archives([tmp_path / "a.zip"], tmp_path / "models", watch=lambda *step: told.append(step)))
    assert {path.name for path, _, _ in told} == {"a.zip"}
    sizes = [size for _, size, _ in told]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 5 << 20
    assert len(sizes) >= 7
    assert {entries for _, _, entries in told} == {3, 4}
