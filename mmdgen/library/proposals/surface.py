"""The drawn surface of a model in its bind pose, and the pieces that it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.library.proposals.rays import F8, Indices, Mask, first_hits
from mmdgen.model import Model

WELD = 1e-4  # MMD units; vertices closer than this are one point, whatever their normals and texture coordinates
FARTHEST = 1e9  # MMD units; only damaged files reach so far


@dataclass(frozen=True, eq=False)
class Surface:
    """A model's V vertices and the F of its triangles that are drawn: their material is not fully transparent.

    ``piece`` (V,) numbers the connected pieces of the mesh, seams welded; ``material`` (F,) and ``two_sided`` (F,) are
    the triangles'.
    """

    position: F8
    faces: Indices
    material: Indices
    two_sided: Mask
    piece: Indices

    @staticmethod
    def of(model: Model) -> Surface:
        """Prepare a model's surface."""
        material = np.repeat(np.arange(len(model.materials)), [m.face_count for m in model.materials])
        material = material[: len(model.faces)]
        faces = model.faces[: len(material)].astype(np.intp)
        drawn = np.array([m.diffuse[3] > 0 for m in model.materials], bool)[material]
        sides = np.array([m.flags.two_sided for m in model.materials], bool)
        faces, material = faces[drawn], material[drawn]
        position = model.vertices.position.astype(np.float64)
        return Surface(position, faces, material, sides[material], _pieces(position, faces))

    def near(self, low: F8, high: F8, *positions: F8) -> Indices:
        """Return the triangles whose front view meets the box (x, y) in the bind pose or in any other ``positions``."""
        found = np.zeros(len(self.faces), bool)
        for position in (self.position, *positions):
            corners = position[self.faces, :2]
            found |= ((corners.max(1) >= low) & (corners.min(1) <= high)).all(1)
        return np.flatnonzero(found)

    def seen_from_front(self, points: F8, faces: Indices, position: F8 | None = None) -> tuple[Indices, F8]:
        """Return what the viewer sees at ``points`` (P, 2) of the front view: triangles (P,), -1 for none, and z (P,).

        Only the triangles numbered ``faces`` are there, at ``position`` (V, 3) or in the bind pose.
        """
        corners = (self.position if position is None else position)[self.faces[faces]]
        hit, depth = first_hits(points, corners, self.two_sided[faces])
        return _named(faces, hit), depth

    def seen_from_above(self, points: F8, faces: Indices) -> tuple[Indices, F8]:
        """Return what lies highest at ``points`` (P, 2), x and z: triangles (P,), -1 for none, and y (P,) or -inf."""
        corners = self.position[self.faces[faces]][..., [0, 2, 1]] * (1, 1, -1)
        hit, depth = first_hits(points, corners, np.ones(len(faces), bool))
        return _named(faces, hit), -depth

    def face_pieces(self, faces: Indices) -> Indices:
        """Return the piece (N,) that each of the triangles ``faces`` (N,) belongs to; -1 stays."""
        pieces = np.full(len(faces), -1)
        hit = faces >= 0
        pieces[hit] = self.piece[self.faces[faces[hit], 0]]
        return pieces


def _named(faces: Indices, hit: Indices) -> Indices:
    """Return the numbers of hit triangles, given as places in ``faces``; -1 stays."""
    return np.append(faces, -1)[hit]


def _pieces(position: F8, faces: Indices) -> Indices:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, point = np.unique(
        np.round(np.clip(position, -FARTHEST, FARTHEST) / WELD).astype(np.int64), axis=0, return_inverse=True
    )
    point = point.reshape(-1)
    edges = point[np.concatenate([faces[:, :2], faces[:, 1:]])]
    count = int(point.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(count, count))
    labels: Indices = connected_components(graph, directed=False)[1].astype(np.intp)
    return labels[point]
