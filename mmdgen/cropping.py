"""The part of a bound model that its pose parameters can bring into the picture; the pictures cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import F4, I4, MaterialMorph, Model, Morph, Morphing, UVMorph, VertexMorph, Vertices
from mmdgen.pose.binding import Binding
from mmdgen.reach import Boxes, driven_weights, reach
from mmdgen.render.look import LIMITS
from mmdgen.render.renderer import EDGE_SHARE
from mmdgen.render.surfaces import ALPHA, EDGE_SIZE
from mmdgen.space import Framing

MARGIN = 1 / 16  # of the half picture, two pixels of the smallest: rounding of the GPU is a thousandth of it
WIDEST_LINE = 2.0  # half pictures: no outline is drawn wider than the whole picture
NO_MOVES = VertexMorph(np.zeros(0, np.int32), np.zeros((0, 3), np.float32))


def cropped(binding: Binding, framing: Framing) -> Model:
    """Return the bound model without what no pose brings into the picture, outlines included.

    Left out are triangles, vertices that no triangle uses, and offsets of morphs that no parameter drives. Bones,
    materials and morphs keep their numbers. IK must be off.
    """
    model = binding.model
    weights = driven_weights(binding)
    if weights is None or not len(model.faces):
        return model
    faces = _seen(model, reach(binding, weights), framing, weights)
    return _kept(model, faces, weights)


def _seen(model: Model, boxes: Boxes, framing: Framing, weights: dict[int, tuple[float, float]]) -> NDArray[np.bool_]:
    """Return which faces (F,) may lie in the picture: those that are not beyond one of its sides in every pose."""
    outside = np.zeros(len(model.faces), bool)
    margin = MARGIN + line_widths(model, weights)
    corners = np.ascontiguousarray(model.faces.T)
    for axis, center in enumerate((framing.center_x, framing.center_y)):
        # NumPy's minimum is no number where one of its numbers is none: then nothing is outside
        low = ((boxes.low[axis] - center) / framing.unit)[corners]
        high = ((boxes.high[axis] - center) / framing.unit)[corners]
        outside |= np.minimum(np.minimum(low[0], low[1]), low[2]) > 1 + margin
        outside |= np.maximum(np.maximum(high[0], high[1]), high[2]) < -1 - margin
    return ~outside & visible(model, weights)


def line_widths(model: Model, weights: dict[int, tuple[float, float]]) -> F4:
    """Return how far (F,) outlines may stand out from each face, in half pictures."""
    changed = touched(model, weights, slice(EDGE_SIZE, EDGE_SIZE + 1))
    widths = []
    first = 0
    for number, material in enumerate(model.materials):
        faces = model.faces[first : first + material.face_count]
        first += len(faces)
        width = 0.0
        if material.flags.edge and len(faces):
            scale = np.nan_to_num(model.vertices.edge_scale[faces]).max()
            width = 2 * EDGE_SHARE * LIMITS["edge"][1] * max(material.edge_size, 0) * max(float(scale), 0)
        widths.append(WIDEST_LINE if changed[number] else min(width, WIDEST_LINE))
    return by_face(model, np.array(widths, np.float32))


def visible(model: Model, weights: dict[int, tuple[float, float]]) -> NDArray[np.bool_]:
    """Return which faces (F,) have a material whose alpha is above 0, or may come to be."""
    alpha = np.array([material.diffuse[3] for material in model.materials])
    return by_face(model, ~(alpha <= 0) | touched(model, weights, slice(ALPHA, ALPHA + 1)))


def touched(model: Model, weights: dict[int, tuple[float, float]], column: slice) -> NDArray[np.bool_]:
    """Return for which materials (K,) a driven morph changes a number."""
    result = np.zeros(len(model.materials), bool)
    for number in weights:
        data = model.morphs[number].data
        if isinstance(data, MaterialMorph):
            neutral = np.where(data.operation == 0, 1, 0)[:, None]
            for material in data.index[(data.value[:, column] != neutral).any(1)].tolist():
                result[slice(None) if material == -1 else material] = True
    return result


def by_face(model: Model, values: NDArray) -> NDArray:  # type: ignore[type-arg]
    """Return a number of each material (K,) for each of its faces (F,)."""
    counts = [material.face_count for material in model.materials]
    return np.repeat(values, counts)


def _kept(model: Model, faces: NDArray[np.bool_], weights: dict[int, tuple[float, float]]) -> Model:
    """Return the model with some of its faces and their vertices."""
    used = np.zeros(len(model.vertices), bool)
    used[model.faces[faces]] = True
    number = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
    borders = np.cumsum([0, *(material.face_count for material in model.materials)])
    before = np.concatenate([[0], np.cumsum(faces)])
    counts = np.diff(before[borders]).tolist()
    materials = tuple(replace(m, face_count=count) for m, count in zip(model.materials, counts, strict=True))
    morphs = tuple(
        Morph(m.name, m.name_en, m.panel, _kept_moves(m.data, number, driven=i in weights))
        for i, m in enumerate(model.morphs)
    )
    return replace(
        model,
        vertices=_kept_vertices(model.vertices, used, number),
        faces=number[model.faces[faces]],
        materials=materials,
        morphs=morphs,
        soft_bodies=(),
    )


def _kept_vertices(vertices: Vertices, used: NDArray[np.bool_], number: I4) -> Vertices:
    spherical = used[vertices.sdef_vertex]
    return Vertices(
        position=vertices.position[used],
        normal=vertices.normal[used],
        uv=vertices.uv[used],
        extra_uv=vertices.extra_uv[used],
        deform=vertices.deform[used],
        bone=vertices.bone[used],
        weight=vertices.weight[used],
        sdef_vertex=number[vertices.sdef_vertex[spherical]],
        sdef=vertices.sdef[spherical],
        edge_scale=vertices.edge_scale[used],
    )


def _kept_moves(data: Morphing, number: I4, *, driven: bool) -> Morphing:
    if not isinstance(data, VertexMorph | UVMorph):
        return data
    if not driven:
        return NO_MOVES
    index = number[data.index]
    return replace(data, index=index[index >= 0], offset=data.offset[index >= 0])
