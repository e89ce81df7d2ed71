"""What goes to the GPU: premultiplied pictures, sparse morphs, settings of surfaces."""

from __future__ import annotations

import handmade
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import VIEW, paint, scene, square

from mmdgen.errors import RenderError
from mmdgen.model import TextureSet, VertexMorph
from mmdgen.render.look import Look
from mmdgen.render.morph_table import morph_entries
from mmdgen.render.surfaces import Picture, surfaces
from mmdgen.render.textures import halved, premultiplied
from mmdgen.rig.rig import Rig
from mmdgen.state import RigState


def image(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4)).astype(np.uint8)


def test_premultiplying_rounds_to_nearest() -> None:
    color, alpha = np.meshgrid(np.arange(256), np.arange(256))
    straight = np.stack([color, color, color, alpha], -1).astype(np.uint8)
    assert np.array_equal(premultiplied(straight)[..., 0], np.floor(color * alpha / 255 + 0.5))
    assert np.array_equal(premultiplied(straight)[..., 3], alpha)


@given(st.integers(1, 9), st.integers(1, 9))
def test_halving_averages(height: int, width: int) -> None:
    whole = image(height, width)
    half = halved(whole)
    assert half.shape == (max(height // 2, 1), max(width // 2, 1), 4)
    if height > 1 and width > 1:
        assert abs(int(half[0, 0, 0]) - whole[:2, :2, 0].mean()) <= 0.5


@given(st.data())
def test_sparse_rows_hold_exactly_the_active_morphs(data) -> None:
    count = data.draw(st.integers(1, 12))
    vertex = st.lists(st.integers(0, count - 1), max_size=15)
    morphs = []
    for number in range(data.draw(st.integers(0, 5))):
        index = np.array(data.draw(vertex), np.int32)
        offset = np.random.default_rng(number).normal(size=(len(index), 3)).astype(np.float32)
        morphs.append(handmade.morph(f"m{number}", VertexMorph(index, offset)))
    active = [i for i in range(len(morphs)) if data.draw(st.booleans())]
    entries, spans = morph_entries(morphs, active, count)
    weight = np.random.default_rng(9).random(len(active))
    dense = np.zeros((count, 3))
    for column, number in enumerate(active):
        np.add.at(dense, morphs[number].data.index, weight[column] * morphs[number].data.offset)
    for i, (begin, end) in enumerate(spans[:, :2].astype(int)):
        row = entries[begin:end]
        assert np.allclose((row[:, :3] * weight[row[:, 3].astype(int), None]).sum(0), dense[i], atol=1e-6)
    assert len(entries) == sum(len(morphs[i].data.index) for i in active)


def test_morphs_of_other_uv_channels_are_left_out() -> None:
    morphs = [handmade.uv_morph(f"{c}", c, {0: (1, 2, 3, 4)}) for c in range(5)]
    entries, spans = morph_entries(morphs, range(5), 1)
    assert entries.tolist() == [[1, 2, 0, 0], [1, 2, 1, 1]]
    assert spans.tolist() == [[0, 0, 0, 2]]


def test_surfaces_ask_for_what_the_file_needs() -> None:
    opaque, clear = np.full((2, 2, 4), 255, np.uint8), np.full((2, 2, 4), 128, np.uint8)
    looks = [
        paint(),
        paint(texture=0),
        paint(texture=1),
        paint(texture=2),
        paint(power=5.0, specular=(1, 1, 1)),
        paint(power=5.0),
    ]
    model = scene(*((square(), look) for look in looks), textures=("a", "b", "c"))
    found = surfaces(model, TextureSet((opaque, clear, None), ""))
    assert [s.picture for s in found[:4]] == [Picture.NONE, Picture.OPAQUE, Picture.TRANSLUCENT, Picture.NONE]
    assert [s.shiny for s in found] == [False] * 4 + [True, False]


@pytest.mark.gl
def test_pictures_must_be_the_models(studio) -> None:
    model = scene((square(), paint(texture=0)), textures=("a",))
    with pytest.raises(RenderError, match="0 pictures, expected 1"):
        studio().picture(model)


@pytest.mark.gl
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 7), (257, 31)])
def test_pictures_of_any_shape_are_taken(studio, shape: tuple[int, int]) -> None:
    texture = np.full((*shape, 4), (10, 200, 30, 255), np.uint8)
    picture = studio().picture(scene((square(), paint(texture=0)), textures=("a",)), textures=[texture])
    assert picture[32, 32].tolist() == [10, 200, 30, 255]


@pytest.mark.gl
def test_everything_is_freed(studio, gl_context) -> None:
    model = scene((square(), paint(texture=0, sphere=0, sphere_mode=1, toon=0)), textures=("a",))
    one = studio()
    uploaded = one.renderer.upload(model, TextureSet((image(4, 4),), ""))
    deformation = Rig(model).evaluate(RigState.identity(model, 2))
    one.renderer.draw(uploaded, deformation, VIEW, looks=[Look(), Look("toon", edge=1.0)])
    one.renderer.vertices(uploaded, deformation)
    pictures = [*uploaded._pictures.values(), *uploaded._spheres.values(), *uploaded._toons.values()]
    held = [*pictures, uploaded._vertices, uploaded._instances, uploaded.feedback, *uploaded._arrays.values()]
    assert len(pictures) == 3
    assert len(uploaded._arrays) == 3  # Phong, toon, outlines
    uploaded.release()
    assert all("InvalidObject" in repr(item.mglo) for item in held)
