"""Zoo characters for tests, made once each."""

from functools import cache

import numpy as np

from mmdgen.model import Model, VertexMorph
from mmdgen.pose.binding import Binding, bind
from mmdgen.zoo.character import Character, make_character
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.making import annotation

SEED = 7
EYES, LIDS = ("白目", "瞳", "瞳光"), ("顔", "睫毛")


@cache
def character(index: int, *, symmetric: bool = False) -> Character:
    traits = draw_traits(SEED, index, symmetric=symmetric)
    return make_character(traits, rng_for(SEED, index, "details"))


@cache
def bound(index: int) -> Binding:
    made = character(index)
    return bind(made.model, annotation(made, "0" * 64, "x.pmx"), allow_smile=True)


def triangles(model: Model, *names: str) -> np.ndarray:
    """Return the faces of the materials with these names."""
    ends = np.cumsum([m.face_count for m in model.materials])
    picked = [
        model.faces[end - m.face_count : end] for m, end in zip(model.materials, ends, strict=True) if m.name in names
    ]
    return np.concatenate(picked)


def offsets(model: Model, number: int) -> np.ndarray:
    """Return a vertex morph as offsets (V, 3)."""
    data = model.morphs[number].data
    assert isinstance(data, VertexMorph)
    result = np.zeros((len(model.vertices), 3))
    result[data.index] = data.offset
    return result


def hidden(points: np.ndarray, position: np.ndarray, faces: np.ndarray, slack: float = 1e-3) -> np.ndarray:
    """Say for each point (n, 3) whether a triangle lies in front of it, as a viewer at -Z sees it."""
    result = np.zeros(len(points), bool)
    for side in np.array_split(np.argsort(points[:, 0]), 8):
        if len(side):
            result[side] = _hidden(points[side], position, faces, slack)
    return result


def _hidden(points: np.ndarray, position: np.ndarray, faces: np.ndarray, slack: float) -> np.ndarray:
    a, b, c = (position[faces[:, k]] for k in range(3))
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    near = (low[:, :2] <= points[:, :2].max(0)).all(1) & (high[:, :2] >= points[:, :2].min(0)).all(1)
    a, b, c = a[near], b[near], c[near]
    area = _cross(b - a, c - a)
    keep = np.abs(area) > 1e-12
    a, b, c, area = a[keep], b[keep], c[keep], area[keep]
    p = points[:, None]
    u, v = _cross(b - p, c - p) / area, _cross(c - p, a - p) / area
    w = 1 - u - v
    inside = (u >= -1e-6) & (v >= -1e-6) & (w >= -1e-6)
    depth = u * a[:, 2] + v * b[:, 2] + w * c[:, 2]
    return (inside & (depth < points[:, None, 2] - slack)).any(1)


def _cross(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]


def sampled(model: Model, names: tuple[str, ...], position: np.ndarray) -> np.ndarray:
    """Return corners and middles of the triangles of some materials, (n, 3)."""
    faces = triangles(model, *names)
    return np.concatenate([position[np.unique(faces)], position[faces].mean(1)])
