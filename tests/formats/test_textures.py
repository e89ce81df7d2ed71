"""Where textures are found, and that nothing outside the model's folder ever is."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import builders
import pytest
from test_images import by_pillow, picture

from mmdgen.formats import textures
from mmdgen.formats.load import load_textures
from mmdgen.formats.textures import TextureFinder, shared_toon
from mmdgen.model import Model

PNG = by_pillow(picture(2, 2), "PNG")
OTHER = by_pillow(picture(3, 3), "PNG")


def touch(path: Path, data: bytes = PNG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def character(folder: Path, *textures: str, **material: int) -> Model:
    """Save a character with these textures; the first is on its first material unless told otherwise."""
    model = builders.head_model()
    first = replace(model.materials[0], **(material or {"texture": 0}))
    return builders.saved(replace(model, textures=textures, materials=(first, *model.materials[1:])), folder / "m.pmx")


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("tex/a.png", "tex/a.png"),
        ("tex\\a.png", "tex/a.png"),
        (".\\tex//a.png", "tex/a.png"),
        ("TEX\\A.PNG", "tex/a.png"),
        ("ﾃｸｽﾁｬ\\ｶｵ.png", "テクスチャ/カオ.png"),
        ("が.png", "か\u3099.png"),  # as macOS stores it
        ("a.png", "deep/er/A.png"),
        ("wrong/a.png", "tex/a.png"),
        ("..\\elsewhere\\a.png", "tex/a.png"),
        ("C:\\Users\\me\\a.png", "tex/a.png"),
        ("/home/me/a.png", "tex/a.png"),
        ("a.png ", "a.png"),
        ("a.png\0junk", "a.png"),
    ],
)
def test_found(tmp_path: Path, written: str, there: str) -> None:
    want = touch(tmp_path / there)
    assert TextureFinder(tmp_path).find(written) == want.resolve()


def test_exact_beats_folded_beats_anywhere_and_near_beats_far(tmp_path: Path) -> None:
    far, near = touch(tmp_path / "x/y/a.png"), touch(tmp_path / "z/a.png")
    assert TextureFinder(tmp_path).find("a.png") == near.resolve()
    folded = touch(tmp_path / "A.PNG")
    assert TextureFinder(tmp_path).find("a.png") == folded.resolve()
    exact = touch(tmp_path / "a.png")
    assert TextureFinder(tmp_path).find("a.png") == exact.resolve()
    assert TextureFinder(tmp_path).find("x\\Y\\A.png") == far.resolve()


@pytest.mark.parametrize(
    "written",
    ["../a.png", "..\\a.png", "sub/../../a.png", "link/a.png", "link.png", "loop.png", "pipe.png", "folder.png"],
)
def test_nothing_outside_the_folder_and_no_odd_files(tmp_path: Path, written: str) -> None:
    touch(tmp_path / "a.png")
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "folder.png").mkdir()
    (folder / "link").symlink_to(tmp_path)
    (folder / "link.png").symlink_to(tmp_path / "a.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    os.mkfifo(folder / "pipe.png")
    finder = TextureFinder(folder)
    assert finder.find(written) is None
    assert finder.find(str(tmp_path / "a.png")) is None


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    real = touch(tmp_path / "tex/a.png")
    (tmp_path / "b.png").symlink_to(real)
    assert TextureFinder(tmp_path).find("b.png") == real.resolve()


@pytest.mark.parametrize("written", ["", "  ", "/", "\\", ".", "..", "a" * 5000, "\0", "a/\0/b"])
def test_impossible_names(tmp_path: Path, written: str) -> None:
    touch(tmp_path / "a.png")
    assert TextureFinder(tmp_path).find(written) is None


def test_missing_and_broken_textures_are_white_with_one_warning_each(tmp_path: Path) -> None:
    touch(tmp_path / "good.png")
    touch(tmp_path / "broken.png", PNG[:50])
    found = load_textures(character(tmp_path, "good.png", "lost.png", "broken.png", "BROKEN.png", ""))
    assert [image is None for image in found.images] == [False, True, True, True, True]
    assert len(found.warnings) == 2
    assert found.warnings[0] == "texture 'lost.png': not found, drawn white"
    assert found.warnings[1].startswith("texture 'broken.png': image: PNG ")


def test_the_toons_that_mmd_brings_are_not_missed(tmp_path: Path) -> None:
    toon = {"toon": 0, "texture": None}
    assert load_textures(character(tmp_path, "toon03.bmp", **toon)).warnings == ()
    assert load_textures(character(tmp_path, "my toon.bmp", **toon)).warnings != ()
    assert load_textures(character(tmp_path, "toon03.bmp", texture=0)).warnings != ()
    touch(tmp_path / "toon03.bmp")
    assert load_textures(character(tmp_path, "toon03.bmp", **toon)).images[0] is not None
    assert [shared_toon(p) for p in ("toon0.bmp", "x\\TOON10.BMP", "toon11.bmp", "mytoon01.bmp")] == [0, 10, None, None]


def test_the_digest_covers_content_and_order_but_not_names(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    touch(tmp_path / "b.png", OTHER)
    touch(tmp_path / "c.png")

    def digest(*names: str) -> str:
        return load_textures(character(tmp_path, *names)).sha256

    assert digest("a.png", "b.png") == digest("C.png", "b.png")
    assert digest("a.png", "b.png") != digest("b.png", "a.png")
    assert digest("a.png") != digest("a.png", "lost.png")
    want = hashlib.sha256(hashlib.sha256(PNG).digest() + bytes(32)).hexdigest()
    assert digest("a.png", "lost.png") == want


def test_a_model_from_no_file_has_no_textures() -> None:
    model = replace(builders.head_model(), textures=("pyproject.toml",))
    assert load_textures(model).images == (None,)


def test_pictures_stop_where_memory_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textures, "MOST_MEMORY", 40)  # a picture of 2 × 2 takes 16 bytes
    for i in range(4):
        touch(tmp_path / f"{i}.png", PNG if i else OTHER)
    whole = load_textures(character(tmp_path, "1.png", "1.png", "1.png", "2.png"))
    assert all(image is not None for image in whole.images)
    assert whole.warnings == ()
    cut = load_textures(character(tmp_path, "1.png", "0.png", "2.png", "1.png"))
    assert [image is None for image in cut.images] == [False, True, True, False]
    assert cut.warnings == ("textures: more than 0 MiB in all, 2 files left out, drawn white",)
    monkeypatch.undo()
    assert load_textures(character(tmp_path, "1.png", "0.png", "2.png", "1.png")).sha256 == cut.sha256


def test_only_what_is_wanted_is_decoded_and_the_digest_is_of_all(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        touch(tmp_path / name)
    touch(tmp_path / "broken.png", PNG[:50])
    model = character(tmp_path, "a.png", "b.png", "broken.png", "B.PNG", "a.png")
    found = load_textures(model, {1, 4})
    assert [image is None for image in found.images] == [True, False, True, True, False]
    assert found.warnings == ()
    assert found.sha256 == load_textures(model).sha256
