"""Where the head ends above: the skull with the hair that lies on it, without what sticks out of it or is worn.

Seen from above, the head is a height map. Its top is the highest place where the cap of a ball fits under the map:
tufts, bands, ears and horns are too narrow for it. What is wide but stands on a head that is whole without it, a bow or
a hat, is taken away first. Grooves between locks do not lower the top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmdgen.library.proposals import names
from mmdgen.library.proposals.rays import F8, Indices
from mmdgen.library.proposals.subject import Subject

EYE_SHARE = 0.39  # eyes above the chin, in head heights: median of labelled models
LOW, HIGH = 0.31, 0.5  # between these it lies in nearly all of them
# Lengths are shares of the provisional head height.
HALF_WIDTH, HALF_DEPTH = 0.15, 0.25  # around the skull's middle: where its top lies
BEHIND_EYES = 0.38  # the skull's middle, as seen from above
STEP = 0.02
CAP = 0.08  # radius of the cap; what is narrower than twice this is no skull
CURVE = 0.3  # radius of its ball: a skull is flatter
GROOVES = 0.15  # of the cap may lie above the map where that lifts it by less than an ornament would
ROUGH = 0.008  # what rises less above the cap belongs to the hair
COVER = 0.3  # radius around the skull's middle within which a head has no holes
SLOT = 1  # cells of twice the step to either side: a hole this narrow is none
WHOLE = 0.9  # of what was covered must still be covered without an ornament
STANDS_OUT = 0.03  # an ornament's removal lowers the top by more than this
ABOVE = 0.35  # of an ornament's surface lies above the head's top, at least
ABOVE_HAIR = 0.6  # likewise for a piece of hair: a bun, a tuft
DEEP = 0.1  # below the eyes: how far hair, or else skin, reaches down at least
ORNAMENTS = 8  # most that are taken away


@dataclass(frozen=True)
class Crown:
    """The top's ``y`` and how sure it is."""

    y: float
    confidence: float


@dataclass(frozen=True)
class _Top:
    """The highest place where the cap fits: its y, a triangle that it touches, whether the searched area ends there."""

    y: float
    triangle: int
    at_end: bool


def find_crown(subject: Subject, chin: float, eyes: tuple[float, float], scale: float) -> Crown | None:
    """Return the top of the head.

    ``chin`` is its y, ``eyes`` the y and z of what a blink moves, weighted by how far, in the bind pose; ``scale`` is
    the provisional head height. Without any surface above the eyes there is None.
    """
    eye_y, eye_z = eyes
    search = _Search(subject, eye_y, eye_z + BEHIND_EYES * scale, scale)
    faces = search.without_named_ornaments(search.head())
    top = search.top(faces)
    if top is None:
        return None
    confidence = 0.95
    for _ in range(ORNAMENTS):
        less = search.without_ornament(faces, top)
        if less is None:
            break
        faces, top, confidence = *less, 0.85
    top = search.filled(faces, top)
    promised = chin + (eye_y - chin) / EYE_SHARE
    share = (eye_y - chin) / (top.y - chin)
    if search.worn(top) or search.hangs_high(top):  # there is nothing under a hat: guess the skull
        return Crown(min(promised, top.y), 0.5)
    if share < LOW:
        confidence = 0.6
    elif (share > HIGH and not search.bald(top)) or top.at_end:
        confidence -= 0.1
    return Crown(top.y, confidence)


class _Search:
    """Looks down on one head."""

    def __init__(self, subject: Subject, eyes: float, middle_z: float, scale: float) -> None:
        self._subject, self._surface, self._eyes, self._scale = subject, subject.surface, eyes, scale
        self._middle = np.array([subject.center_x, middle_z])
        called = [m.name.strip() or m.name_en for m in subject.model.materials]
        self._worn = np.array([names.says(names.ORNAMENT, name) for name in called], bool)
        self._hair = np.array([names.says(names.HAIR, name) for name in called], bool) & ~self._worn

    def head(self) -> Indices:
        """Return the triangles that follow the head, or all where those leave most of the skull bare."""
        everything = np.arange(len(self._surface.faces))
        on_head = everything[self._subject.on_head[self._surface.faces].all(1)]
        return on_head if 2 * self._covered(on_head) >= self._covered(everything) else everything

    def without_named_ornaments(self, faces: Indices) -> Indices:
        """Return the triangles less those of materials named as ornaments, unless the head would have holes without."""
        rest = faces[~self._worn[self._surface.material[faces]]]
        return rest if self._whole(faces, rest) else faces

    def without_ornament(self, faces: Indices, top: _Top) -> tuple[Indices, _Top] | None:
        """Return the triangles less the ornament that the top lies on, and the top without it; None if it is the head.

        The ornament is the top's material, or its piece alone.
        """
        material = self._surface.material[top.triangle]
        pieces = self._surface.face_pieces(faces)
        piece = pieces == self._surface.face_pieces(np.array([top.triangle]))[0]
        same = self._surface.material[faces] == material
        hair = bool(self._hair[material])
        for part, above in ((same, ABOVE), (piece, ABOVE_HAIR if hair else ABOVE)):
            rest = faces[~part]
            if (hair and part is same) or not self._whole(faces, rest):
                continue
            lower = self.top(rest)
            if lower is None or top.y - lower.y < STANDS_OUT * self._scale:
                continue
            if self._share_above(faces[part], lower.y) >= above:
                return rest, lower
        return None

    def worn(self, top: _Top) -> bool:
        """Tell whether the top's material is called an ornament."""
        return bool(self._worn[self._surface.material[top.triangle]])

    def hangs_high(self, top: _Top) -> bool:
        """Tell whether the top's material ends above the eyes, as a hat does; hair and skin reach lower."""
        material = self._surface.material[top.triangle]
        faces = self._surface.faces[self._surface.material == material]
        vertices = np.unique(faces)
        lowest = self._surface.position[vertices[self._subject.on_head[vertices]], 1].min()
        return bool(not self._hair[material] and lowest > self._eyes - DEEP * self._scale)

    def bald(self, top: _Top) -> bool:
        """Tell whether the top is the face's own skin: the piece that reaches down in front of bone 頭."""
        piece = self._surface.face_pieces(np.array([top.triangle]))[0]
        vertices = np.flatnonzero((self._surface.piece == piece) & self._subject.on_head)
        return bool(self._surface.position[vertices, 1].min() < self._subject.head[1])

    def filled(self, faces: Indices, top: _Top) -> _Top:
        """Return the top as high as it is where the grooves between locks are filled."""
        above = self.top(faces, GROOVES)
        if above is None or above.y - top.y > STANDS_OUT * self._scale:
            return top
        return replace(top, y=max(top.y, above.y))

    def top(self, faces: Indices, grooves: float = 0.0) -> _Top | None:
        """Return the highest place of the skull's area where the cap fits under the height map of these triangles.

        ``grooves`` is the share of the cap that may lie above the map.
        """
        n = int(CAP / STEP)
        columns, rows = round(HALF_WIDTH / STEP) + n, round(HALF_DEPTH / STEP) + n
        step = STEP * self._scale
        x = self._middle[0] + step * np.arange(-columns, columns + 1)
        z = self._middle[1] + step * np.arange(-rows, rows + 1)
        triangle, y = self._surface.seen_from_above(np.stack(np.meshgrid(x, z), -1).reshape(-1, 2), faces)
        height = np.where(y > self._eyes, y, -np.inf).reshape(len(z), len(x))
        fits = _fit_cap(height, n, self._scale, grooves)
        best = float(fits.max())
        if not np.isfinite(best):
            return None
        row, column = (int(i) + n for i in np.unravel_index(int(fits.argmax()), fits.shape))
        here = slice(row - n, row + n + 1), slice(column - n, column + n + 1)
        around = height[here]
        drops = _drops(n, self._scale)
        clear = np.where(np.isfinite(drops), around, 0) + drops
        touched = triangle.reshape(height.shape)[here].flat[int(clear.argmin())]
        highest = float(around[around <= best + ROUGH * self._scale].max(initial=best))
        at_end = row in (n, height.shape[0] - 1 - n)
        return _Top(highest, int(touched), at_end)

    def _whole(self, faces: Indices, rest: Indices) -> bool:
        """Tell whether ``rest`` covers the skull's area from above about as well as ``faces`` do."""
        return bool(self._covered(rest) >= WHOLE * self._covered(faces))

    def _covered(self, faces: Indices) -> int:
        """Count the places of the skull's area, on a coarse grid, that triangles cover; slots count as closed."""
        from scipy.ndimage import binary_closing

        step = np.arange(-COVER, COVER + STEP, 2 * STEP) * self._scale
        offset = np.stack(np.meshgrid(step, step), -1).reshape(-1, 2)
        _, y = self._surface.seen_from_above(offset + self._middle, faces)
        covered = np.pad((y > self._eyes).reshape(len(step), len(step)), SLOT, mode="edge")
        closed = binary_closing(covered, np.ones((3, 3)), iterations=SLOT)[SLOT:-SLOT, SLOT:-SLOT].reshape(-1)
        return int(closed[np.hypot(*offset.T) <= COVER * self._scale].sum())

    def _share_above(self, faces: Indices, level: float) -> float:
        """Return which share of the area of triangles lies above a level."""
        corners = self._surface.position[self._surface.faces[faces]]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        total = area.sum()
        return float(area[corners[:, :, 1].mean(1) > level].sum() / total) if total else 0.0


def _drops(n: int, scale: float) -> F8:
    """Return how far the cap lies below its middle (2 n + 1, 2 n + 1), inf outside."""
    offset = np.arange(-n, n + 1) * STEP
    squared = offset[:, None] ** 2 + offset**2
    return np.where(squared <= CAP**2, squared / (2 * CURVE) * scale, np.inf)


def _fit_cap(height: F8, n: int, scale: float, grooves: float) -> F8:
    """Return how high the middle of a cap of radius ``n`` cells can be put at every inner cell of a height map."""
    rows, columns = height.shape[0] - 2 * n, height.shape[1] - 2 * n
    places = [(i, j, drop) for (i, j), drop in np.ndenumerate(_drops(n, scale)) if np.isfinite(drop)]
    clear = np.stack([height[i : i + rows, j : j + columns] + drop for i, j, drop in places])
    above = int(grooves * len(places))
    return np.asarray(np.partition(clear, above, axis=0)[above])
