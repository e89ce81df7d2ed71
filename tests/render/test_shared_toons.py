"""The toons of our own: what each is for holds, and models that name MMD's get them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import builders
import numpy as np
import pytest
from PIL import Image
from scenes import paint, scene, square

from mmdgen.formats.load import load_textures, read_model
from mmdgen.toons import SIDE, shared_toon_image

TOONS = {number: shared_toon_image(number)[..., :3].astype(int) for number in range(11)}


@pytest.mark.parametrize("number", range(11))
def test_toons_are_opaque_and_alike_in_every_column(number: int) -> None:
    image = shared_toon_image(number)
    assert image.shape == (SIDE, SIDE, 4)
    assert image.dtype == np.uint8
    assert (image[..., 3] == 255).all()
    assert (image == image[:, :1]).all()


def test_only_the_first_six_shade() -> None:
    assert [number for number, toon in TOONS.items() if (toon != 255).any()] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_shades_are_white_in_the_light_and_never_grow_lighter(number: int) -> None:
    column = TOONS[number][:, 0]
    assert (column[: SIDE // 2 - 1] == 255).all()
    assert (np.diff(column, axis=0) <= 0).all()
    assert (column[-1] < 255).any()


def test_each_does_its_job() -> None:
    shadow = {number: toon[-1, 0] for number, toon in TOONS.items()}
    for cloth in (1, 3):
        assert np.ptp(shadow[cloth]) <= 3  # grey
    assert shadow[3].mean() < shadow[1].mean() < shadow[2].mean() < shadow[4].mean()
    for skin in (2, 4, 5):
        assert shadow[skin][0] > shadow[skin][1] >= shadow[skin][2]  # warm
    steps = {number: int((np.diff(toon[:, 0], axis=0) != 0).any(1).sum()) for number, toon in TOONS.items()}
    assert steps[5] > steps[1]  # softer
    assert TOONS[6][:, 0, 2].max() > TOONS[6][0, 0, 2] + 100  # a gleam


@pytest.mark.parametrize("number", [-1, 11])
def test_there_are_no_others(number: int) -> None:
    with pytest.raises(ValueError, match=f"toon {number}, expected 0 to 10"):
        shared_toon_image(number)


@pytest.mark.parametrize(
    ("name", "number"), [("toon03.bmp", 3), ("TOON10.BMP", 10), ("tex\\toon01.bmp", 1), ("toon0.bmp", 0)]
)
def test_a_toon_named_like_mmds_is_ours_until_the_model_brings_its_own(tmp_path: Path, name: str, number: int) -> None:
    model = replace(builders.head_model(), textures=(name, "own.bmp"))
    look = replace(model.materials[0], toon=0)
    builders.saved(replace(model, materials=(look, *model.materials[1:])), tmp_path / "head.pmx")
    read = read_model(tmp_path / "head.pmx")
    found = load_textures(read)
    assert np.array_equal(found.images[0], shared_toon_image(number))
    assert found.images[1] is None
    assert not any("toon" in warning.lower() for warning in found.warnings)
    Image.new("RGB", (32, 32), (10, 20, 30)).save(tmp_path / Path(name.replace("\\", "/")).name)
    brought = load_textures(read).images[0]
    assert brought is not None
    assert brought[0, 0].tolist() == [10, 20, 30, 255]


def test_what_is_drawn_on_a_surface_is_never_a_toon_of_ours(tmp_path: Path) -> None:
    model = replace(builders.head_model(), textures=("toon03.bmp",))
    look = replace(model.materials[0], toon=0, texture=0)
    builders.saved(replace(model, materials=(look, *model.materials[1:])), tmp_path / "head.pmx")
    found = load_textures(read_model(tmp_path / "head.pmx"))
    assert found.images == (None,)
    assert "drawn white" in found.warnings[0]


@pytest.mark.gl
def test_a_toon_that_is_missing_shades_nothing(studio) -> None:
    one = studio(shading="toon")
    mesh = square(normal=(-0.6, -0.8, 0.0))
    missing = one.picture(scene((mesh, paint(toon=0)), textures=["gone.bmp"]), textures=[None])
    assert np.array_equal(missing, one.picture(scene((mesh, paint()))))
