"""Vertex and UV morphs as sparse rows: for every vertex, the entries of the morphs that move it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmdgen.model import F4, Morph, UVMorph, VertexMorph

UV_CHANNELS = (0, 1)  # the base texture's and the sub-texture's


def morph_entries(morphs: Sequence[Morph], active: Sequence[int], vertices: int) -> tuple[F4, F4]:
    """Lay out the morphs numbered ``active`` for the vertex shader.

    Returns entries (E, 4) float32, each an offset (three numbers of a position, or u, v and the UV channel) and the
    place of its morph in ``active``, grouped by vertex; and spans (V, 4) float32: begin and end of the vertex's
    position entries, then of its UV entries. float32 counts exactly to 16 million.
    """
    moves: list[tuple[np.ndarray, np.ndarray]] = []
    slides: list[tuple[np.ndarray, np.ndarray]] = []
    for column, number in enumerate(active):
        data = morphs[number].data
        if isinstance(data, VertexMorph):
            moves.append((data.index, _entries(data.offset, column)))
        elif isinstance(data, UVMorph) and data.channel in UV_CHANNELS:
            offset = np.insert(data.offset[:, :2], 2, data.channel, axis=1)
            slides.append((data.index, _entries(offset, column)))
    move_entries, move_spans = _grouped(moves, vertices)
    slide_entries, slide_spans = _grouped(slides, vertices)
    spans = np.concatenate([move_spans, slide_spans + len(move_entries)], 1)
    return np.concatenate([move_entries, slide_entries]), spans.astype(np.float32)


def _entries(offset: np.ndarray, column: int) -> F4:
    return np.asarray(np.insert(np.nan_to_num(offset), 3, column, axis=1), np.float32)


def _grouped(parts: list[tuple[np.ndarray, np.ndarray]], vertices: int) -> tuple[F4, np.ndarray]:
    if not parts:
        return np.zeros((0, 4), np.float32), np.zeros((vertices, 2), np.int64)
    index = np.concatenate([p[0] for p in parts])
    order = np.argsort(index, kind="stable")
    border = np.searchsorted(index[order], np.arange(vertices + 1))
    return np.concatenate([p[1] for p in parts])[order], np.stack([border[:-1], border[1:]], 1)
