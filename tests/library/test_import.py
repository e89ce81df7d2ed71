"""Archives into a library: the right names, nothing outside, nothing half, nothing twice."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import struct
import sys
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import PICTURE, PLAIN, StoredName, flagged_encrypted, packed, seven_zip, stored_rar, textured, tree

from mmdgen.cli import app
from mmdgen.errors import MmdgenError, UsageError
from mmdgen.formats.archives import containers
from mmdgen.formats.archives.limits import Limits
from mmdgen.formats.archives.names import Places, escapes, fold, safe, split
from mmdgen.formats.load import load_textures, read_model
from mmdgen.library import imports
from mmdgen.library.imports import find_archives, import_archives
from mmdgen.library.scan import find_models
from mmdgen.shell import run


@pytest.mark.parametrize(
    ("encoding", "texture"),
    [
        ("cp932", "表情／目.bmp"),
        ("gbk", "脸部贴图.bmp"),
        ("big5", "臉部貼圖.bmp"),
        ("cp949", "얼굴.bmp"),
        ("utf-8", "顔.bmp"),
    ],
)
def test_the_encoding_is_the_one_under_which_textures_resolve(tmp_path, imported, encoding, texture):
    model = textured("tex\\" + texture)
    outcome = imported(packed({f"a/{texture[:-4]}.pmx": model, f"a/tex/{texture}": PICTURE}, encoding))
    assert (outcome.status, outcome.encoding) == ("imported", encoding)
    assert tree(tmp_path / "models") == {f"pack/{texture[:-4]}.pmx", f"pack/tex/{texture}"}
    read = read_model(tmp_path / "models" / "pack" / outcome.models[0])
    assert load_textures(read).images[0] is not None


@pytest.mark.parametrize(("encoding", "name"), [("cp932", "初音ミク"), ("gbk", "洛天依"), ("big5", "臺灣娘")])
def test_names_of_models_decide_where_textures_do_not(imported, encoding, name):
    outcome = imported(packed({f"{name}.pmx": textured("face.bmp", name=name), "face.bmp": PICTURE}, encoding))
    assert outcome.models == (f"{name}.pmx",)


def test_a_name_in_the_unicode_path_field_wins(imported):
    raw = b"\x95\x5c.pmx"
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + "表.pmx".encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = StoredName(raw, 0)
        info.extra = struct.pack("<HH", 0x7075, len(field)) + field
        archive.writestr(info, PLAIN)
    assert imported(stream.getvalue()).models == ("表.pmx",)


def test_nested_archives_open_in_place_and_broken_ones_are_left_out(tmp_path, imported):
    inner = packed({"モデル.pmx": textured("t.bmp", name="モデル"), "t.bmp": PICTURE}, "cp932")
    outcome = imported(packed({"readme.txt": b"read me", "costume.zip": inner, "broken.zip": inner[:-60]}))
    assert tree(tmp_path / "models") == {"pack/readme.txt", "pack/costume/モデル.pmx", "pack/costume/t.bmp"}
    assert ["broken.zip" in note for note in outcome.notes] == [True]


def test_archives_in_archives_end_somewhere(imported):
    data = packed({"deep.pmx": PLAIN})
    for _ in range(6):
        data = packed({"in.zip": data, "m.pmx": PLAIN})
    outcome = imported(data)
    assert len(outcome.models) == 1 + Limits().depth
    assert len(outcome.notes) == 1


def test_what_leads_out_is_left_out_with_a_sentence(tmp_path, imported):
    bad = (
        "../evil.pmx",
        "/etc/evil",
        "C:\\evil",
        "a\\..\\..\\evil",
        "a/" * 40 + "evil",
        ("b" * 170 + "/") * 30 + "evil",
    )
    link = stat.S_IFLNK << 16
    outcome = imported(packed({"m.pmx": PLAIN, **dict.fromkeys(bad, b"x"), "link": b"/etc/passwd"}, None, link=link))
    assert (outcome.status, len(outcome.notes)) == ("imported", len(bad) + 1)
    assert tree(tmp_path) == {"downloads/pack.zip", "models/pack/m.pmx"}
    assert not [p for p in (tmp_path / "models").rglob("*") if p.is_symlink()]


def test_names_that_systems_refuse_are_replaced_and_none_meets_another(tmp_path, imported):
    names = (
        "CON.bmp",
        "aux",
        "dot.",
        "aa:b",
        "aa?b",
        "tab\there",
        "Same.png",
        "same.PNG",
        "ｓａｍｅ.png",
        ".mmdgen/annotations/x",
    )
    imported(packed({"m.pmx": PLAIN, **{name: name.encode() for name in names}}))
    found = tree(tmp_path / "models")
    assert {"pack/_CON.bmp", "pack/_aux", "pack/dot_", "pack/aa_b", "pack/aa_b (2)", "pack/tab_here"} < found
    assert "pack/_.mmdgen/annotations/x" in found
    assert len(found) == len(names) + 1


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=12))
@settings(deadline=None)
def test_places_are_distinct_and_hold_everywhere(names):
    paths = [split(name) for name in names if not escapes(name) and split(name)]
    places = Places()
    given_out = [places.of(path) for path in paths]
    assert len({fold(place) for place in given_out}) == len(paths)
    folders = {fold(p.rsplit("/", n)[0]) for p in given_out for n in range(1, p.count("/") + 1)}
    assert not folders & {fold(place) for place in given_out}
    for part in (part for place in given_out for part in place.split("/")):
        assert part not in ("", ".", "..")
        assert len(part.encode()) < 255
        assert safe(part) == part
        assert not set(part) & set('<>:"|?*\\\0')


def test_what_desktops_leave_behind_is_not_imported(tmp_path, imported):
    imported(packed({"a/m.pmx": PLAIN, "__MACOSX/a/._m.pmx": b"x", "a/.DS_Store": b"x", "a/._t.bmp": b"x"}))
    assert tree(tmp_path / "models") == {"pack/m.pmx"}


ZEROS = packed({"m.pmx": PLAIN, "zero.bmp": bytes(4 << 20)})


@pytest.mark.parametrize(
    ("data", "limits", "said"),
    [
        (ZEROS, Limits(total=1 << 20), "unpack to more than 1 MiB"),
        (ZEROS, Limits(file=1 << 20), "a file of more than 1 MiB"),
        (ZEROS, Limits(ratio=10, free=1 << 20), "unpack to more than"),
        (ZEROS, Limits(entries=1), "2 entries"),
        (packed({"m.pmx": PLAIN, "in.zip": ZEROS}), Limits(total=1 << 20), "unpack to more than 1 MiB"),
        (flagged_encrypted(packed({"m.pmx": PLAIN})), None, "encrypted"),
        (packed({"m.pmx": PLAIN})[:-60], None, "complete archive"),
        (packed({"m.pmx": PLAIN}).replace(PLAIN[-8:], b"", 1)[:90], None, "complete archive"),
        (packed({"readme.txt": b"no model"}), None, "no .pmx or .pmd"),
        (b"MZ this is a program", None, "no archive"),
        (b"", None, "no archive"),
    ],
)
def test_what_cannot_be_trusted_is_refused_whole(tmp_path, imported, data, limits, said):
    outcome = imported(data, limits=limits)
    assert outcome.status == "refused"
    assert said in outcome.error
    assert "pack.zip" in outcome.error
    assert "\n" not in outcome.error
    assert sorted(p.name for p in (tmp_path / "models").rglob("*") if p.suffix != ".lock") == [".mmdgen"]


def test_a_size_that_the_directory_lies_about_is_counted_while_it_streams(imported):
    data = bytearray(ZEROS)
    central = data.rfind(b"PK\1\2")
    data[central + 24 : central + 28] = struct.pack("<I", 100)
    assert imported(bytes(data), limits=Limits(total=1 << 20)).status == "refused"


def test_an_entry_before_the_start_of_the_file_is_damage(imported):
    data = bytearray(packed({"m.pmx": PLAIN}))
    end = data.rfind(b"PK\5\6")
    (start,) = struct.unpack_from("<I", data, end + 16)
    struct.pack_into("<I", data, end + 16, start + 1)
    assert "complete archive" in imported(bytes(data)).error


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_damage_never_escapes_as_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    blob = bytearray(packed({"a/モデル.pmx": textured("t.bmp"), "a/t.bmp": PICTURE, "a/in.zip": b"PK\3\4"}, "cp932"))
    for at in data.draw(st.lists(st.integers(0, len(blob) - 1), min_size=1, max_size=6)):
        blob[at] = data.draw(st.integers(0, 255))
    (folder / "x.zip").write_bytes(blob)
    (outcome,) = import_archives([folder / "x.zip"], folder / "models")
    assert outcome.status == ("refused" if outcome.error else "imported")
    assert (folder / "models" / "x").exists() == (outcome.status == "imported")


def test_again_imports_only_what_is_new(tmp_path, imported):
    first, other = packed({"m.pmx": PLAIN}), packed({"n.pmx": PLAIN})
    assert imported(first).status == "imported"
    assert imported(first, "renamed.zip").status == "known"
    assert imported(other).folder == "pack (2)"
    assert [p.name for p in find_models([tmp_path / "models"])] == ["n.pmx", "m.pmx"]
    (tmp_path / "models" / "pack" / "m.pmx").unlink()
    (tmp_path / "models" / "pack").rmdir()
    assert imported(first).folder == "pack"
    record = json.loads((tmp_path / "models" / ".mmdgen" / "imports.json").read_text())
    assert sorted(r["folder"] for r in record["imports"].values()) == ["pack", "pack (2)"]


def test_a_dry_run_writes_nothing_and_tells_the_same(tmp_path, imported):
    data = packed({"m.pmx": PLAIN, "../x": b""})
    planned = imported(data, dry_run=True)
    assert not (tmp_path / "models").exists()
    assert imported(data) == planned


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("where", ["copy", "replace"])
def test_an_interrupt_leaves_nothing_half_and_the_next_run_goes_on(tmp_path, imported, monkeypatch, error, where):
    def interrupted(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(*((containers, "_copy") if where == "copy" else (imports.os, "replace")), interrupted)
        with pytest.raises((KeyboardInterrupt, OSError, MmdgenError)):
            imported(packed({"m.pmx": PLAIN}))
    assert tree(tmp_path / "models") == set()
    assert not list((tmp_path / "models" / ".mmdgen").glob("import-*"))
    assert imported(packed({"m.pmx": PLAIN})).folder == "pack"


def test_two_imports_never_write_into_one_library(tmp_path):
    with imports._locked(tmp_path), pytest.raises(UsageError, match="another import"):
        list(import_archives([], tmp_path))


def test_a_broken_record_is_told(tmp_path, imported):
    (tmp_path / "models" / ".mmdgen").mkdir(parents=True)
    (tmp_path / "models" / ".mmdgen" / "imports.json").write_text("[1]")
    with pytest.raises(MmdgenError, match=r"imports\.json.*move it away"):
        imported(packed({"m.pmx": PLAIN}))


def test_archives_are_found_in_folders_and_by_globs(tmp_path):
    for name in ("a.ZIP", "b/c.7z", "b/d.rar", "b/e.txt", "b/._f.zip"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [p.name for p in find_archives([tmp_path])] == ["a.ZIP", "c.7z", "d.rar"]
    assert [p.name for p in find_archives([str(tmp_path / "b" / "*.7z")])] == ["c.7z"]
    with pytest.raises(UsageError, match="no such file"):
        find_archives([tmp_path / "none.zip"])


@pytest.mark.parametrize(("magic", "library"), [(b"7z\xbc\xaf\x27\x1c", "py7zr"), (b"Rar!\x1a\x07\0", "rarfile")])
def test_a_missing_library_is_a_sentence(imported, monkeypatch, magic, library):
    monkeypatch.setitem(sys.modules, library, None)
    outcome = imported(magic + bytes(40), "x.7z")
    assert f"{library} is not installed" in outcome.error
    assert "mmdgen[archives]" in outcome.error


def test_7z_is_imported(tmp_path, imported):
    data = seven_zip({"a/モデル.pmx": textured("t.bmp"), "a/t.bmp": PICTURE, "a/empty.txt": b"", "b/t.bmp": b"other"})
    assert imported(data, "x.7z").models == ("a/モデル.pmx",)
    assert tree(tmp_path / "models") == {"x/a/モデル.pmx", "x/a/t.bmp", "x/a/empty.txt", "x/b/t.bmp"}
    assert (tmp_path / "models/x/b/t.bmp").read_bytes() == b"other"
    assert (tmp_path / "models/x/a/t.bmp").read_bytes() == PICTURE


def test_7z_bombs_damage_and_passwords_are_refused(imported):
    data = seven_zip({"m.pmx": PLAIN, "zero.bmp": bytes(4 << 20)})
    assert "more than 1 MiB" in imported(data, "x.7z", limits=Limits(total=1 << 20)).error
    assert "complete archive" in imported(data[:-30], "x.7z").error
    for header in (False, True):
        locked = seven_zip({"m.pmx": PLAIN}, password="secret", header_encryption=header)  # noqa: S106 - a test's
        assert "encrypted" in imported(locked, "x.7z").error


def test_7z_links_and_paths_that_lead_out_are_left_out(tmp_path, imported):
    py7zr = pytest.importorskip("py7zr")
    (tmp_path / "m.pmx").write_bytes(PLAIN)
    (tmp_path / "link").symlink_to("/etc/passwd")
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w") as archive:
        archive.write(tmp_path / "link", "link.bmp")
        archive.write(tmp_path / "m.pmx", "m.pmx")
        archive.writestr(b"evil", "zz/evil")
        archive.header.files_info.files[-1]["filename"] = "../evil"
    outcome = imported(stream.getvalue(), "x.7z")
    assert (outcome.status, len(outcome.notes)) == ("imported", 2)
    assert tree(tmp_path / "models") == {"x/m.pmx"}
    assert not (tmp_path / "models" / "evil").exists()


def test_rar_is_imported_in_the_encoding_of_its_names(tmp_path, imported):
    pytest.importorskip("rarfile")
    model = textured("表情.bmp")
    data = stored_rar({"ミク\\ミク.pmx".encode("cp932"): model, "ミク\\表情.bmp".encode("cp932"): PICTURE})
    assert imported(data, "x.rar").encoding == "cp932"
    assert tree(tmp_path / "models") == {"x/ミク.pmx", "x/表情.bmp"}


def test_rar_links_bombs_damage_and_passwords_are_refused(imported):
    pytest.importorskip("rarfile")
    data = stored_rar({b"m.pmx": PLAIN, b"zero.bmp": bytes(4 << 20)})
    assert "more than 1 MiB" in imported(data, "x.rar", limits=Limits(total=1 << 20)).error
    assert "complete archive" in imported(data[: len(PLAIN) // 2], "x.rar").error
    assert "encrypted" in imported(stored_rar({b"m.pmx": PLAIN}, flags=4), "x.rar").error
    link = imported(stored_rar({b"m.pmx": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), "x.rar")
    assert link.status == "refused"


def test_the_command_tells_what_it_did(tmp_path, capfdbinary):
    (tmp_path / "good.zip").write_bytes(packed({"m.pmx": PLAIN}))
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4")
    code = run(app, ["import", str(tmp_path), "--into", str(tmp_path / "models"), "--json"])
    told = capfdbinary.readouterr()
    assert code == 1
    assert b"bad.zip" in told.err
    data = json.loads(told.out)
    assert (data["imported"], data["known"], data["refused"]) == (1, 0, 1)


@pytest.mark.corpus
def test_archives_of_makers(tmp_path, corpus):
    outcomes = list(import_archives(find_archives([corpus / "archives"]), tmp_path))
    assert [o.status for o in outcomes] == ["imported"] * len(outcomes)
    by_name = {os.path.basename(o.archive): o for o in outcomes}  # noqa: PTH119 - it is a string
    assert by_name["mokou-cp932.zip"].encoding == "cp932"
    assert by_name["mokou-cp932.zip"].models == ("妹紅Ａ.pmd",)
    assert (tmp_path / "mokou-cp932" / "お読みください.html").is_file()
    for model in find_models([tmp_path]):
        read = read_model(model)
        images = load_textures(read).images
        assert all(image is not None for image, path in zip(images, read.textures, strict=True) if "toon" not in path)
