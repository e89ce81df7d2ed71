"""The vertices and faces of a PMX file. Vertices differ in size, so one pass finds where each begins."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdgen.formats.cursor import CUT_SHORT, Cursor, Notes
from mmdgen.formats.pmx_layout import vertex_head, vertex_tail
from mmdgen.model import F4, I4, Deform, Vertices


def parse_vertices(cursor: Cursor, extra_uvs: int, bone: np.dtype[Any]) -> Vertices:
    """Read all vertices, bone numbers unchecked; raise FormatError where one is incomplete or not at a finite place."""
    head = vertex_head(extra_uvs)
    tails = [vertex_tail(deform, bone) for deform in Deform]
    cursor.enter("vertices")
    n = cursor.count(head.itemsize + min(tail.itemsize for tail in tails), "vertex")
    at = _offsets(cursor, n, head.itemsize, [tail.itemsize for tail in tails])
    heads = _gather(cursor.data, head, at)
    if not np.isfinite(heads["position"]).all():
        i = int(np.flatnonzero(~np.isfinite(heads["position"]).all(-1))[0])
        raise cursor.error(
            f"position {heads['position'][i].tolist()}", "finite numbers", item=f"vertex {i}", at=int(at[i])
        )
    bones, weights = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.float32)
    edge_scale = np.zeros(n, np.float32)
    sdef_rows: F4 = np.zeros((0, 3, 3), np.float32)
    for deform, tail in zip(Deform, tails, strict=True):
        rows = np.flatnonzero(heads["deform"] == deform)
        part = _gather(cursor.data, tail, at[rows] + head.itemsize)
        bones[rows[:, None], np.arange(part["bone"].shape[1])] = part["bone"]
        weights[rows] = _full_weights(deform, part["weight"])
        edge_scale[rows] = part["edge_scale"]
        if deform == Deform.SDEF:
            sdef_rows = part["sdef"].astype(np.float32)
    return Vertices(
        position=heads["position"].astype(np.float32),
        normal=heads["normal"].astype(np.float32),
        uv=heads["uv"].astype(np.float32),
        extra_uv=heads["extra_uv"].astype(np.float32),
        deform=heads["deform"].copy(),
        bone=bones,
        weight=weights,
        sdef_vertex=np.flatnonzero(heads["deform"] == Deform.SDEF).astype(np.int32),
        sdef=sdef_rows,
        edge_scale=edge_scale,
    )


def _offsets(cursor: Cursor, n: int, head: int, tails: list[int]) -> NDArray[np.int64]:
    """Return where each of n vertices begins, and move the cursor behind the last."""
    data, at = cursor.data, cursor.at
    starts: list[int] = []
    steps = [head + tail for tail in tails]
    append = starts.append
    try:
        for _ in range(n):
            append(at)
            at += steps[data[at + head - 1]]
    except IndexError:
        item = f"vertex {len(starts) - 1}"
        if at + head > len(data):
            raise cursor.error(f"{len(data) - at} bytes left", f"{head} or more", CUT_SHORT, item, at) from None
        raise cursor.error(f"deform type {data[at + head - 1]}", "0 to 4", item=item, at=at) from None
    if at > len(data):
        left, size = len(data) - starts[-1], at - starts[-1]
        raise cursor.error(f"{left} bytes left", f"{size}", CUT_SHORT, f"vertex {n - 1}", starts[-1])
    cursor.at = at
    return np.array(starts, np.int64)


def _gather(data: bytes, kind: np.dtype[Any], at: NDArray[np.int64]) -> NDArray[Any]:
    """Return the records of that dtype that begin at the byte offsets ``at``, which must lie inside."""
    if not len(at):
        return np.zeros(0, kind)
    anywhere = np.ndarray((len(data) - kind.itemsize + 1,), kind, data, strides=(1,))
    return anywhere[at]


def _full_weights(deform: Deform, stored: F4) -> F4:
    """Return (n, 4) weights of one deform type from those that the file stores."""
    weights = np.zeros((len(stored), 4), np.float32)
    if deform == Deform.BDEF1:
        weights[:, 0] = 1
    elif deform in (Deform.BDEF2, Deform.SDEF):
        weights[:, 0] = stored[:, 0]
        weights[:, 1] = 1 - stored[:, 0]
    else:
        weights[:] = stored
    return weights


def parse_faces(cursor: Cursor, kind: np.dtype[Any], vertices: int, notes: Notes) -> I4:
    """Read the triangles (F, 3); raise FormatError when one names a vertex that is not there."""
    cursor.enter("faces")
    n = cursor.count(kind.itemsize, "vertex index")
    start = cursor.at
    index = cursor.array(kind, n).astype(np.int32)
    bad = np.flatnonzero((index < 0) | (index >= vertices))
    if len(bad):
        i = int(bad[0])
        place = start + i * kind.itemsize
        raise cursor.error(f"vertex {index[i]}", f"0 to {vertices - 1}", item=f"face {i // 3}", at=place)
    if n % 3:
        notes.add("faces", f"{n} indices are no whole number of triangles, {n % 3} left out")
    return index[: n - n % 3].reshape(-1, 3)
