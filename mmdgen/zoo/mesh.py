"""Pieces of a character: triangles with UVs, bone weights and morphs, and the few ways to make and combine them.

Zoo space: MMD units and axes with the chin at the origin; +X is the character's left, the face looks along -Z.
A triangle's outward side is that of ``cross(b - a, c - a)``, as MMD draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]

HEAD = "頭"
SIDES = {"left": "right", "right": "left", "左": "右", "右": "左"}


@dataclass(frozen=True, eq=False)
class Mesh:
    """V vertices and F triangles.

    position, normal (V, 3); uv (V, 2); faces (F, 3); ``weight`` maps bone names to (V,); ``morph`` maps the zoo's own
    morph keys to offsets (V, 3), ``uv_morph`` to (V, 2).
    """

    position: F8
    faces: I4
    uv: F8
    normal: F8
    weight: Mapping[str, F8]
    morph: Mapping[str, F8] = field(default_factory=dict)
    uv_morph: Mapping[str, F8] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.position)


def piece(
    position: F8,
    faces: I4,
    uv: F8,
    *,
    normal: F8 | None = None,
    bone: str = HEAD,
    morph: Mapping[str, F8] | None = None,
) -> Mesh:
    """Return a mesh that hangs on one bone, smooth normals unless given."""
    normal = smooth_normals(position, faces) if normal is None else normal
    return Mesh(position, faces, uv, normal, {bone: np.ones(len(position))}, morph or {})


def smooth_normals(position: F8, faces: I4) -> F8:
    """Return unit normals (V, 3), the area-weighted mean of each vertex's faces; vertices of no face look forward.

    Vertices at one place share one normal, so that the seams of a UV map do not show.
    """
    a, b, c = (position[faces[:, i]] for i in range(3))
    flat = np.cross(b - a, c - a)
    _, same = np.unique(np.round(position, 5), axis=0, return_inverse=True)
    same = same.reshape(-1)
    total = np.zeros((same.max() + 1, 3))
    for i in range(3):
        np.add.at(total, same[faces[:, i]], flat)
    return unit(total[same])


def unit(vectors: F8) -> F8:
    """Return vectors (..., 3) at length 1; zero vectors become -Z."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(length > 1e-12, vectors / np.maximum(length, 1e-12), np.array([0.0, 0.0, -1.0]))


def sheet_faces(rows: int, columns: int, *, closed: bool = False) -> I4:
    """Return the triangles of a grid of vertices in row-major order.

    Outward is (row to row) x (column to column): rows up and columns along +X face the viewer. ``closed`` joins the
    last column to the first.
    """
    r = np.arange(rows - 1)[:, None] * columns
    c = np.arange(columns if closed else columns - 1)[None, :]
    n = (c + 1) % columns
    a, b, d, e = r + c, r + n, r + columns + c, r + columns + n
    return np.stack([a, d, b, b, d, e], -1).reshape(-1, 3).astype(np.int32)


def sheet(points: F8, uv: F8, *, closed: bool = False, bone: str = HEAD, normal: F8 | None = None) -> Mesh:
    """Return a grid of points (R, C, 3) with UVs (R, C, 2) as a mesh."""
    rows, columns = points.shape[:2]
    normal = None if normal is None else normal.reshape(-1, 3)
    faces = sheet_faces(rows, columns, closed=closed)
    return piece(points.reshape(-1, 3), faces, uv.reshape(-1, 2), bone=bone, normal=normal)


def flipped(mesh: Mesh) -> Mesh:
    """Return the mesh turned inside out."""
    return replace(mesh, faces=mesh.faces[:, ::-1].copy(), normal=-mesh.normal)


def lined(mesh: Mesh, depth: float = 0.014) -> Mesh:
    """Return a sheet with its inside, which lies ``depth`` behind it, so that neither shows through the other."""
    inside = flipped(mesh)
    back = depth * inside.normal * np.where(mesh.position[:, :1] == 0, np.array([0.0, 1.0, 1.0]), 1.0)
    return join([mesh, replace(inside, position=mesh.position + back)])


def mirrored(mesh: Mesh, *, flip_u: bool = False) -> Mesh:
    """Return the mirror image in x: sides in the names of bones and morphs change; ``flip_u`` maps u to 1 - u."""
    sign = np.array([-1.0, 1.0, 1.0])
    return Mesh(
        position=mesh.position * sign,
        faces=mesh.faces[:, ::-1].copy(),
        uv=np.stack([1 - mesh.uv[:, 0], mesh.uv[:, 1]], -1) if flip_u else mesh.uv,
        normal=mesh.normal * sign,
        weight={other_side(k): v for k, v in mesh.weight.items()},
        morph={other_side(k): v * sign for k, v in mesh.morph.items()},
        uv_morph={other_side(k): v * (np.array([-1.0, 1.0]) if flip_u else 1.0) for k, v in mesh.uv_morph.items()},
    )


def other_side(name: str) -> str:
    """Return a bone's or morph's name with the side exchanged, if it names one."""
    for mine, theirs in SIDES.items():
        if name.startswith(mine):
            return theirs + name[len(mine) :]
        if name.endswith("_" + mine):
            return name[: -len(mine)] + theirs
    return name


def both(mesh: Mesh, *, flip_u: bool = False) -> Mesh:
    """Return the mesh and its mirror image."""
    return join([mesh, mirrored(mesh, flip_u=flip_u)])


def join(meshes: Iterable[Mesh]) -> Mesh:
    """Return all meshes as one."""
    parts = list(meshes)
    starts = np.cumsum([0] + [len(m) for m in parts])
    return Mesh(
        position=np.concatenate([m.position for m in parts]),
        faces=np.concatenate([m.faces + s for m, s in zip(parts, starts, strict=False)]).astype(np.int32),
        uv=np.concatenate([m.uv for m in parts]),
        normal=np.concatenate([m.normal for m in parts]),
        weight=_stack([m.weight for m in parts], [(len(m),) for m in parts]),
        morph=_stack([m.morph for m in parts], [(len(m), 3) for m in parts]),
        uv_morph=_stack([m.uv_morph for m in parts], [(len(m), 2) for m in parts]),
    )


def _stack(tables: Sequence[Mapping[str, F8]], shapes: Sequence[tuple[int, ...]]) -> dict[str, F8]:
    keys = dict.fromkeys(key for table in tables for key in table)
    return {key: np.concatenate([t.get(key, np.zeros(s)) for t, s in zip(tables, shapes, strict=True)]) for key in keys}


def moved(mesh: Mesh, matrix: F8, offset: Sequence[float] | F8 = (0.0, 0.0, 0.0)) -> Mesh:
    """Return the mesh under ``matrix`` (3, 3), then ``offset``; morph offsets turn with it."""
    inverse = np.linalg.inv(matrix)
    return replace(
        mesh,
        position=mesh.position @ matrix.T + np.asarray(offset),
        normal=unit(mesh.normal @ inverse),
        morph={k: v @ matrix.T for k, v in mesh.morph.items()},
    )


def scaled(mesh: Mesh, scale: float) -> Mesh:
    """Return the mesh ``scale`` times as large, about the origin."""
    morph = {k: v * scale for k, v in mesh.morph.items()}
    return replace(mesh, position=mesh.position * scale, morph=morph)


def on_bone(mesh: Mesh, bone: str) -> Mesh:
    """Return the mesh, all of it hung on one bone."""
    return replace(mesh, weight={bone: np.ones(len(mesh))})


def in_cell(mesh: Mesh, cell: tuple[float, float, float, float]) -> Mesh:
    """Return the mesh with its UVs, which fill the unit square, squeezed into a texture's cell (u0, v0, u1, v1)."""
    u0, v0, u1, v1 = cell
    return replace(mesh, uv=np.array([u0, v0]) + mesh.uv * np.array([u1 - u0, v1 - v0]))


def smoothstep(low: float, high: float, x: F8) -> F8:
    """Return the cubic step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def flowing(knots: F8, at: F8) -> F8:
    """Return a cubic spline through ``knots`` (K, D), spaced as they lie, at shares (N,) of its length."""
    from scipy.interpolate import CubicSpline

    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    found: F8 = CubicSpline(along / along[-1], knots, bc_type="natural")(at)
    return found


def spline(xs: Sequence[float] | F8, ys: Sequence[float] | F8) -> Callable[[F8], F8]:
    """Return the shape-preserving cubic through (xs, ys), clamped at its ends; ys may have trailing axes.

    Slopes after Fritsch and Butland (1984), as in scipy's PchipInterpolator, in less than half its time.
    """
    x, y = np.asarray(xs, np.float64), np.asarray(ys, np.float64)
    step = np.diff(x).reshape(-1, *(1,) * (y.ndim - 1))
    rise = np.diff(y, axis=0) / step
    slope = np.empty_like(y)
    if len(x) == 2:
        slope[:] = rise[0]
    else:
        before, after = rise[:-1], rise[1:]
        w = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
        turns = before * after <= 0
        share = w[0] / np.where(turns, 1, before) + w[1] / np.where(turns, 1, after)
        slope[1:-1] = np.where(turns, 0, (w[0] + w[1]) / np.where(turns, 1, share))
        slope[0] = _end_slope(step[0], step[1], rise[0], rise[1])
        slope[-1] = _end_slope(step[-1], step[-2], rise[-1], rise[-2])

    def evaluated(at: F8) -> F8:
        at = np.clip(at, x[0], x[-1])
        k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
        wide = step[k].reshape(*np.shape(at), *(1,) * (y.ndim - 1))
        t = (at - x[k]).reshape(wide.shape) / wide
        bend = rise[k] - slope[k]
        twist = slope[k] + slope[k + 1] - 2 * rise[k]
        found: F8 = y[k] + wide * t * (slope[k] + t * (bend - twist + t * twist))
        return found

    return evaluated


def _end_slope(step: F8, next_step: F8, rise: F8, next_rise: F8) -> F8:
    """Return the slope at an end from its two nearest spans, such that the curve neither turns nor overshoots."""
    slope = ((2 * step + next_step) * rise - step * next_rise) / (step + next_step)
    slope = np.where(slope * rise <= 0, 0, slope)
    return np.where((rise * next_rise < 0) & (np.abs(slope) > 3 * np.abs(rise)), 3 * rise, slope)


def curve(xs: Sequence[float] | F8, ys: Sequence[float] | F8, at: F8) -> F8:
    """Return ``spline(xs, ys)`` at ``at``."""
    return spline(xs, ys)(at)
