"""Does a morph close an eye, and along what line? Decided by what the viewer would see of the eye.

The opening of an eye is what a blink covers: rays of the front view that meet something before it which has gone out
of sight after it (iris, white). Any other morph is judged by how much of that opening its lids cover.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.annotation import Side
from mmdgen.library.proposals.displacement import Displacement
from mmdgen.library.proposals.rays import F8, Indices, Mask
from mmdgen.library.proposals.surface import Surface

GRID = 20  # rays across and down the moved region
MOVED = 0.25  # of the largest offset: what counts as the region that a blink moves
MARGIN = 0.6  # of the region's size: skin this near may be drawn into it by other morphs
GONE = 0.2  # share of its rays up to which a triangle has gone out of sight
LEVEL = 0.3  # of the largest vertical offset: what moves less up or down is no lid
APART, REST = 0.4, 0.3  # shares of the opening that still pieces, or still triangles, must have to stand for the eye
SHARE = 0.08  # of the region that a blink moves: a smaller opening is no eye
CARD, CARDS = 3.0, 4  # height of a card, in heights of the region, at most; how many may hide an eye
LID_STEP = 0.02  # of the region's height: a lid that moves less stays where it was


@dataclass(frozen=True)
class Closing:
    """What a morph does to one eye: shares of the opening in [0, 1].

    ``cover`` has gone out of sight; ``upper`` and ``lower`` are covered by what came down and up; ``arch`` is how much
    higher the closed line runs in its middle than at its ends, in heights of the opening: below 0 for a plain blink.
    """

    cover: float
    upper: float
    lower: float
    arch: float

    @property
    def lids(self) -> float:
        """The share of the opening that lids cover."""
        return self.upper + self.lower


OPEN = Closing(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Opening:
    """One eye's opening: ``rays`` (P, 2) of the front view in ``column`` (P,), among the triangles ``faces``.

    ``eye`` (F,) marks the triangles that are what shows through it, ``behind`` (P,) numbers the one at each ray;
    ``flat`` tells that the eye has no lids: the blink squashes what it shows. ``height`` is that of the opening in MMD
    units, ``share`` the opening's part of the region that the blink moves, ``area`` its size in square units.
    """

    surface: Surface
    side: Side
    rays: F8
    column: Indices
    faces: Indices
    eye: Mask
    behind: Indices
    flat: bool
    height: float
    share: float
    area: float

    @property
    def center(self) -> F8:
        """The middle (x, y) of the opening."""
        return np.asarray((self.rays.min(0) + self.rays.max(0)) / 2)

    def closing(self, move: Displacement) -> Closing:
        """Judge a morph."""
        position = moved(self.surface, move)
        if not self._reached(move, position):
            return OPEN
        hit, _ = self.surface.seen_from_front(self.rays, self.faces, position)
        seen = (hit >= 0) & self.eye[hit]
        rise = np.zeros(len(self.surface.position))
        rise[move.index] = move.offset[:, 1]
        lid = self.behind if self.flat else hit
        lift = np.where((lid >= 0) & ~seen, rise[self.surface.faces[lid]].mean(1), 0) / self.height
        upper, lower = lift < -LID_STEP, lift > LID_STEP
        return Closing(1 - float(seen.mean()), float(upper.mean()), float(lower.mean()), self._arch(upper))

    def _reached(self, move: Displacement, position: F8) -> bool:
        """Tell whether what a move takes to ``position`` (V, 3) lies in the opening, before or after."""
        moving = np.zeros(len(position), bool)
        moving[move.index] = True
        faces = self.surface.faces[self.faces]
        faces = faces[moving[faces].any(1)]
        low, high = self.rays.min(0), self.rays.max(0)
        corners = np.concatenate([self.surface.position[faces, :2], position[faces, :2]])
        return bool(((corners.max(1) >= low) & (corners.min(1) <= high)).all(1).any())

    def _arch(self, upper: Mask) -> float:
        """Compare the lower border of what the upper lid covers between the middle third and the outer fifths."""
        y, top = self.rays[:, 1], self.rays[:, 1].max()
        columns = np.unique(self.column)
        border = np.array([y[(self.column == c) & upper].min(initial=top) for c in columns])
        n = len(columns)
        ends = np.concatenate([border[: max(1, n // 5)], border[n - max(1, n // 5) :]])
        return float(border[n // 3 : n - n // 3].mean() - ends.mean()) / self.height


def moved(surface: Surface, move: Displacement) -> F8:
    """Return the positions (V, 3) of the bind pose under a displacement."""
    position = surface.position.copy()
    position[move.index] += move.offset
    return position


def opening(
    surface: Surface, blink: Displacement, side: Side, center_x: float, *, peel: bool = False
) -> Opening | None:
    """Return the opening that a blink covers on one side of the face, or None when it covers nothing there.

    With ``peel``, small pieces before the eye that move and still hide everything are looked through: lashes painted on
    a card that is otherwise clear.
    """
    x = surface.position[:, 0] - center_x
    blink = blink.where(x > 0 if side == "left" else x < 0)
    length = np.linalg.norm(blink.offset, axis=1)
    if not length.any():
        return None
    rays, column = _grid(surface, blink, length)
    closed = moved(surface, blink)
    faces = _without_fringe(surface, blink, rays, closed)
    for _ in range(CARDS if peel else 1):
        before, _ = surface.seen_from_front(rays, faces)
        after, _ = surface.seen_from_front(rays, faces, closed)
        found = _opening(surface, blink, side, (rays, column, faces), (before, after))
        if found is not None and found.share >= SHARE:
            break
        faces = _without_card(surface, faces, (before, after), float(np.ptp(rays[:, 1])))
    return found


def _opening(
    surface: Surface, blink: Displacement, side: Side, view: tuple[F8, Indices, Indices], hits: tuple[Indices, Indices]
) -> Opening | None:
    """Compare what rays meet before and after a blink."""
    (rays, column, faces), (before, _) = view, hits
    counts = [np.bincount(hit[hit >= 0], minlength=len(surface.faces)) for hit in hits]
    gone = (counts[0] > 0) & (counts[1] < GONE * counts[0])
    total = int(counts[0][gone].sum())
    if not total:
        return None
    still = _still(surface, blink, counts[0] * gone)
    eye = gone if still is None else gone & still
    through = np.flatnonzero((before >= 0) & eye[before])
    height = float(np.ptp(rays[through, 1]) + (rays[:, 1].max() - rays[:, 1].min()) / (GRID - 1))
    if not height > 0:  # what moves lies on one level, and moves sideways
        return None
    return Opening(
        surface=surface,
        side=side,
        rays=rays[through],
        column=column[through],
        faces=faces,
        eye=eye,
        behind=before[through],
        flat=still is None,
        height=height,
        share=total / len(rays),
        area=len(through) * float(np.prod(np.ptp(rays, axis=0))) / (GRID - 1) ** 2,
    )


def _without_card(surface: Surface, faces: Indices, hits: tuple[Indices, Indices], height: float) -> Indices:
    """Return the triangles less the small piece that most rays meet both before and after a blink."""
    pieces = [surface.face_pieces(hit) for hit in hits]
    same = pieces[0][(pieces[0] == pieces[1]) & (pieces[0] >= 0)]
    for piece in np.argsort(-np.bincount(same)) if len(same) else []:
        y = surface.position[surface.piece == piece, 1]
        if np.ptp(y) < CARD * height:
            rest: Indices = faces[surface.face_pieces(faces) != piece]
            return rest
    return faces


def _grid(surface: Surface, blink: Displacement, length: F8) -> tuple[F8, Indices]:
    """Lay rays (GRID², 2), row by row, over the region that a blink moves; also their columns."""
    big = length >= MOVED * length.max()
    start = surface.position[blink.index[big], :2]
    both = np.concatenate([start, start + blink.offset[big, :2]])
    low, high = both.min(0), both.max(0)
    share = (np.arange(GRID) + 0.5) / GRID
    x, y = (low[i] + share * (high[i] - low[i]) for i in (0, 1))
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2), np.tile(np.arange(GRID), GRID)


def _without_fringe(surface: Surface, blink: Displacement, rays: F8, closed: F8) -> Indices:
    """Return the triangles around an eye, less the pieces that hang before its closed lids: hair, glasses."""
    low, high = rays.min(0), rays.max(0)
    margin = MARGIN * (high - low)
    faces = surface.near(low - margin, high + margin, closed)
    lids = np.isin(surface.face_pieces(faces), np.unique(surface.piece[blink.index]))
    _, front = surface.seen_from_front(rays, faces[lids], closed)
    others = faces[~lids]
    while len(others):
        hit, depth = surface.seen_from_front(rays, others)
        before = (hit >= 0) & (depth < front)
        if not before.any():
            break
        others = others[~np.isin(surface.face_pieces(others), np.unique(surface.face_pieces(hit[before])))]
    return np.sort(np.concatenate([faces[lids], others]))


def _still(surface: Surface, blink: Displacement, count: Indices) -> Mask | None:
    """Return which triangles (F,) are no lids: they, or better all their piece, hardly move up or down.

    None when those make up too little of what went out of sight, rays counted in ``count`` (F,).
    """
    rise = np.zeros(len(surface.position))
    rise[blink.index] = np.abs(blink.offset[:, 1])
    limit = LEVEL * rise.max()
    most = np.zeros(int(surface.piece.max()) + 1)
    np.maximum.at(most, surface.piece, rise)
    apart: Mask = (most[surface.piece] < limit)[surface.faces[:, 0]]
    if count[apart].sum() > APART * count.sum():
        return apart
    rest: Mask = (rise < limit)[surface.faces].all(1)
    return rest if count[rest].sum() > REST * count.sum() else None
