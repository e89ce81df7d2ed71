"""The skin of the head: a net of triangles with openings for eyes and mouth, the back of the skull, and ears."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmdgen.zoo.atlas import FACE, face_uv
from mmdgen.zoo.head.lids import RINGS, lid_states, open_lids, ring_points
from mmdgen.zoo.head.mouth import Mouth
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, I4, Mesh, both, in_cell, join, piece, sheet, sheet_faces, smooth_normals, unit
from mmdgen.zoo.traits import EyeTraits

_ACROSS = np.array([0, 0.035, 0.08, 0.145, 0.23, 0.33, 0.44, 0.55, 0.66, 0.76, 0.85, 0.92, 0.98, 1.0])
_CLEARANCE = 0.05  # grid points keep this far from the openings' rings


def head_skin(skull: Skull, eye: EyeTraits, mouth: Mouth) -> Mesh:
    """Return face and skull with the morphs of lids and mouth; left and right mirror each other exactly."""
    half = join([_front(skull, eye, mouth), _back(skull)])
    return both(half, flip_u=True)


def _rows(height: float) -> F8:
    low = np.array([0.0, 0.012, 0.035, 0.075])
    return np.concatenate(
        [
            low,
            np.arange(0.13, 0.95, 0.068),
            np.arange(0.98, 2.05, 0.10),
            2.05 + (height - 2.05) * np.array([0.25, 0.5, 0.72, 0.88, 0.97, 1.0]),
        ]
    )


def _front(skull: Skull, eye: EyeTraits, mouth: Mouth) -> Mesh:
    """Return the front half's left side: strips around the openings, and a Delaunay net between them."""
    states = lid_states(eye)
    rest = open_lids(eye)
    rings = [ring_points(skull, rest, rest, k) for k in range(len(RINGS))]
    moved = {f"{n}_left": [ring_points(skull, rest, s, k) for k in range(len(RINGS))] for n, s in states.items()}
    eye_strip = np.concatenate(rings)
    eye_morph = {n: np.concatenate(points) - eye_strip for n, points in moved.items()}
    eye_faces = sheet_faces(len(RINGS), len(rings[0]), closed=True)

    lips = mouth.skin_rings()
    lip_strip = lips.reshape(-1, 3)
    holes = [rings[-1][:, :2], mouth.hole()]
    grid = _grid(skull, holes)
    flat = np.concatenate([rings[-1], lips[-1], grid])
    net = _net(skull, flat[:, :2], holes)

    position = np.concatenate([eye_strip, lip_strip, grid])
    starts = [len(eye_strip) - len(rings[-1]), len(eye_strip) + len(lip_strip) - len(lips[-1])]
    number = np.concatenate(
        [
            starts[0] + np.arange(len(rings[-1])),
            starts[1] + np.arange(len(lips[-1])),
            len(eye_strip) + len(lip_strip) + np.arange(len(grid)),
        ]
    )
    faces = np.concatenate([eye_faces, mouth.lip_faces() + len(eye_strip), number[net]]).astype(np.int32)
    morph = {n: _padded(offset, 0, len(position)) for n, offset in eye_morph.items()}
    skin = np.concatenate([lip_strip, grid])
    for name, offset in mouth.skin_offsets(skin, len(lip_strip)).items():
        morph[name] = _padded(offset, len(eye_strip), len(position))
    for offset in morph.values():
        offset[position[:, 0] == 0, 0] = 0
    normal = _normals(skull, position, faces)
    return piece(position, faces, face_uv(position[:, 0], position[:, 1]), normal=normal, morph=morph)


def _padded(offset: F8, start: int, total: int) -> F8:
    result = np.zeros((total, 3))
    result[start : start + len(offset)] = offset
    return result


def _grid(skull: Skull, holes: list[F8]) -> F8:
    """Return points (n, 3) on the left front of the head, outside the openings."""
    y = _rows(skull.height)
    x = skull.half_width(y)[:, None] * _ACROSS
    points = skull.surface(x, np.broadcast_to(y[:, None], x.shape)).reshape(-1, 3)
    points = points[np.unique(np.round(points, 6), axis=0, return_index=True)[1]]
    free = np.ones(len(points), bool)
    for hole in holes:
        free &= ~_inside(points[:, :2], hole) & (_distance(points[:, :2], hole) > _CLEARANCE)
    return points[free]


def _net(skull: Skull, flat: F8, holes: list[F8]) -> I4:
    """Return triangles over points (n, 2) of the front view, none inside a hole, outward toward the viewer."""
    from scipy.spatial import Delaunay

    width = np.maximum(skull.half_width(flat[:, 1]), 1e-9)
    plane = np.stack(
        [np.arcsin(np.clip(flat[:, 0] / width, 0, 1)), flat[:, 1]], -1
    )  # the outline becomes a straight edge
    found = Delaunay(plane).simplices
    a, b, c = (flat[found[:, i]] for i in range(3))
    middle = (a + b + c) / 3
    keep = np.ones(len(found), bool)
    for hole in holes:
        keep &= ~_inside(middle, hole)
    found = found[keep]
    a, b, c = (plane[found[:, i]] for i in range(3))
    turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    found = found[np.abs(turn) > 1e-9]
    turn = turn[np.abs(turn) > 1e-9]
    outward: I4 = np.where((turn > 0)[:, None], found[:, ::-1], found).astype(np.int32)
    return outward


def _inside(points: F8, polygon: F8) -> NDArray[np.bool_]:
    """Return which points (n, 2) lie inside a polygon (m, 2), by counting crossings."""
    x, y = points[:, :1], points[:, 1:]
    a, b = polygon, np.roll(polygon, -1, 0)
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = (b[:, 0] - a[:, 0]) * (y - a[:, 1]) / (b[:, 1] - a[:, 1]) + a[:, 0]
    hits = (spans & (x < cross)).sum(1)
    return np.asarray(hits % 2 == 1)


def _distance(points: F8, polygon: F8) -> F8:
    """Return each point's distance to the nearest edge of a polygon."""
    a, b = polygon, np.roll(polygon, -1, 0)
    edge = b - a
    along = ((points[:, None] - a) * edge).sum(-1) / np.maximum((edge**2).sum(-1), 1e-12)
    foot = a + np.clip(along, 0, 1)[..., None] * edge
    result: F8 = np.linalg.norm(points[:, None] - foot, axis=-1).min(1)
    return result


def _normals(skull: Skull, position: F8, faces: I4) -> F8:
    """Return normals of a face lit like a drawing; only the nose keeps a hint of its form."""
    soft = skull.soft_normal(position)
    near = np.exp(-((position[:, 0] / 0.16) ** 2) - ((position[:, 1] - skull.nose_y) / 0.2) ** 2)[:, None]
    normal = soft + 0.35 * near * (smooth_normals(position, faces) - soft)
    normal[position[:, 0] == 0, 0] = 0
    return unit(normal)


def _back(skull: Skull) -> Mesh:
    """Return the left back quarter of the skull."""
    y = _rows(skull.height)
    y = y[y < 1.7]  # hair hides the rest
    turn = np.linspace(0, np.pi / 2, 5)
    points = skull.behind(turn[None, :], y[:, None])
    points[:, -1, 0] = 0
    mesh = sheet(points[:, ::-1], face_uv(points[:, ::-1, 0], points[:, ::-1, 1]))
    return Mesh(
        mesh.position, mesh.faces[:, ::-1].copy(), mesh.uv, skull.soft_normal(mesh.position), mesh.weight, mesh.morph
    )


# size, length of the point, how far it stands out from the head
EARS = {"round": (1.0, 0.0, 0.0), "small": (0.78, 0.0, 0.0), "pointed": (1.0, 0.62, 0.75), "long": (1.05, 1.05, 1.45)}


def ears(skull: Skull, kind: str) -> list[Mesh]:
    """Return both ears as one mesh, or nothing where animal ears take their place."""
    return [] if kind == "none" else [both(_ear(skull, *EARS[kind]))]


def _ear(skull: Skull, size: float, long: float, reach: float) -> Mesh:
    """Return the left ear: a shallow bowl that opens forward and outward, round or drawn out to a point."""
    rows, columns = 10, 8
    t = np.linspace(0, 1, rows)[:, None]  # from lobe to top
    a = np.linspace(0, 1, columns)[None, :]  # from the cheek, over the bowl, to the outer rim
    spread = np.sin(np.pi * (0.06 + 0.9 * t**0.8)) ** 0.7
    point = np.exp(-(((t - 0.70) / 0.20) ** 2)) * a**1.5
    y = 1.04 + size * (0.56 * t - 0.28 + 0.06 * a * (t - 0.2)) + 0.42 * long * point
    x = skull.half_width(y) - 0.05 + size * 0.24 * spread * a + 0.62 * reach * point
    z = 0.11 + size * (0.10 * t - 0.05 + (0.17 * a + 0.07 * np.sin(np.pi * a)) * spread) + 0.35 * long * point
    points = np.stack(np.broadcast_arrays(x, y, z), -1)
    u, v = np.broadcast_arrays(a, 1 - t)
    front = sheet(points, np.stack([u, v], -1))
    back = points + np.array([-0.01, 0.0, 0.06]) * np.sin(np.pi * np.clip(a, 0.0, 1.0))[..., None]
    behind = sheet(back, np.stack([np.full_like(u, 0.98), v], -1))
    behind = Mesh(behind.position, behind.faces[:, ::-1].copy(), behind.uv, -behind.normal, behind.weight)
    return in_cell(join([front, behind]), FACE["ear"])
