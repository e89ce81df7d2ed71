"""A symmetric character is its own mirror image: vertices, weights, morphs, triangles and the colours they show."""

import numpy as np
import pytest
from characters import character

from mmdgen.model import VertexMorph
from mmdgen.zoo.character import Character
from mmdgen.zoo.mesh import other_side

INDICES = range(4)


def partners(made: Character, start: int, count: int) -> np.ndarray:
    """Return for each vertex of a material's range the number of its mirror image, by position and normal."""
    v = made.model.vertices
    keys = np.concatenate([v.position, v.normal], 1)[start : start + count].astype(np.float64)
    both = [np.round(keys, 4), np.round(keys * [-1, 1, 1, -1, 1, 1], 4) + 0.0]
    order = [np.lexsort(k.T) for k in both]
    assert np.array_equal(both[0][order[0]], both[1][order[1]])
    mirror = np.empty(count, int)
    mirror[order[0]] = order[1]
    return mirror + start


def colors(made: Character, material: int, uv: np.ndarray) -> np.ndarray:
    """Return the texels (n, 4) under UVs (n, 2), bilinear."""
    number = made.model.materials[material].texture
    if number is None:
        return np.zeros((len(uv), 4))
    picture = made.textures[number].astype(float)
    size = np.array(picture.shape[1::-1])
    at = np.clip(uv * size - 0.5, 0, size - 1.001)
    x, y = at.astype(int).T
    fx, fy = (at - np.floor(at)).T[..., None]
    top = picture[y, x] * (1 - fx) + picture[y, x + 1] * fx
    low = picture[y + 1, x] * (1 - fx) + picture[y + 1, x + 1] * fx
    return top * (1 - fy) + low * fy


@pytest.mark.parametrize("index", INDICES)
def test_every_vertex_has_a_mirror_image_that_looks_and_moves_alike(index: int) -> None:
    made = character(index, symmetric=True)
    model, start = made.model, 0
    names = [b.name for b in model.bones]
    for number, material in enumerate(model.materials):
        used = np.unique(model.faces[start : start + material.face_count])
        start += material.face_count
        first, count = int(used[0]), len(used)
        assert np.array_equal(used, np.arange(first, first + count))
        mirror = partners(made, first, count)
        v = model.vertices
        mine, theirs = (colors(made, number, v.uv[k].astype(float)) for k in (used, mirror))
        assert np.abs(mine - theirs).max() < 1
        for k in range(2):
            assert np.allclose(v.weight[used, k], v.weight[mirror, k])
        strongest = {names[b] for b in v.bone[used, 0]}
        assert strongest == {other_side(name) for name in strongest}


@pytest.mark.parametrize("index", INDICES)
def test_morphs_mirror_each_other(index: int) -> None:
    made = character(index, symmetric=True)
    pairs = [
        (made.slots["normal_left"], made.slots["normal_right"]),
        (made.slots["smile_left"], made.slots["smile_right"]),
    ]
    pairs += [(k, k) for k in (made.slots["mouth"], made.slots["smile_both"])]
    for left, right in pairs:
        if left is None or right is None:
            continue
        moved = []
        for number, sign in ((left, 1), (right, -1)):
            data = made.model.morphs[number].data
            assert isinstance(data, VertexMorph)
            rows = np.concatenate([made.model.vertices.position[data.index], data.offset], 1).astype(np.float64)
            rows = np.round(rows * [sign, 1, 1, sign, 1, 1], 4) + 0.0
            moved.append(rows[np.lexsort(rows.T)])
        assert np.array_equal(*moved)


@pytest.mark.parametrize("index", INDICES)
def test_triangles_mirror_each_other(index: int) -> None:
    made = character(index, symmetric=True)
    corner = made.model.vertices.position[made.model.faces].astype(np.float64)

    def canonical(triangles: np.ndarray) -> np.ndarray:
        rounded = np.round(triangles, 4) + 0.0
        rows = np.array([sorted(map(tuple, t)) for t in rounded]).reshape(len(rounded), 9)
        return rows[np.lexsort(rows.T)]

    assert np.array_equal(canonical(corner), canonical(corner * [-1, 1, 1]))
