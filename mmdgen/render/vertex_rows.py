"""A model's vertices as the rows of one GPU buffer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.influences import influences, spherical
from mmdgen.model import F4, Deform, Vertices

LAYOUT = "3f 3f 4f 4f 4f 1f 1f"
INPUTS = ("in_position", "in_normal", "in_uv", "in_bone", "in_weight", "in_rule", "in_edge")
LINEAR, QDEF = -1, -2  # in_rule; others are rows of the SDEF table


@dataclass(frozen=True)
class VertexRows:
    """``rows`` (V, 20) in LAYOUT's order and ``sdef`` (3 S, 4): C and the two carried points of each SDEF vertex."""

    rows: F4
    sdef: F4
    has_qdef: bool

    def defines(self) -> dict[str, int]:
        """Return the vertex shader's switches."""
        return {"HAS_SDEF": int(len(self.sdef) > 0), "HAS_QDEF": int(self.has_qdef)}


def vertex_rows(vertices: Vertices) -> VertexRows:
    """Lay out the vertices; non-finite normals, texture coordinates and edge scales become finite."""
    bone, weight = influences(vertices)
    balls = spherical(vertices, weight)
    rule = np.full(len(vertices), LINEAR, np.float32)
    rule[vertices.deform == Deform.QDEF] = QDEF
    rule[balls.vertex] = np.arange(len(balls.vertex))
    order = np.argsort(-np.abs(weight), axis=1, kind="stable")  # heaviest first: the shader stops at the first 0
    order[rule != LINEAR] = np.arange(4)  # SDEF and QDEF care which bone comes first
    uv = np.zeros((len(vertices), 4), np.float32)
    uv[:, :2] = vertices.uv
    if vertices.extra_uv.shape[1]:
        uv[:, 2:] = vertices.extra_uv[:, 0, :2]
    columns = (
        vertices.position,
        np.nan_to_num(vertices.normal),
        np.nan_to_num(uv),
        np.take_along_axis(bone, order, 1),
        np.take_along_axis(weight, order, 1),
        rule[:, None],
        np.nan_to_num(vertices.edge_scale)[:, None],
    )
    rows = np.concatenate(columns, 1, dtype=np.float32)
    points = np.stack([balls.center, balls.first, balls.second], 1).reshape(-1, 3)
    return VertexRows(rows, np.insert(points, 3, 0, axis=1).astype(np.float32), bool((rule == QDEF).any()))
