"""Where the chin ends: the lowest point of the face's skin before the view falls back to the neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.library.proposals.blink import SIDES, Blink
from mmdgen.library.proposals.displacement import Move
from mmdgen.library.proposals.rays import F8, Indices
from mmdgen.library.proposals.subject import Subject

# Lengths are shares of the provisional head height.
EYES_TO_HEIGHT = 5.8  # head height in distances of an eye from the face's middle, on average
STRIP = 0.03  # half width of the strip in which the chin is looked for
COLUMNS = 5
STEP = 0.002
REACH = 0.45  # below the mouth
STEP_BACK = 0.04  # a fall of the view by more than this is an edge
GAP = 0.06  # height of what may interrupt the face: an open mouth
BIG = 0.5  # of the largest offset: the part of the mouth that says where it is
RIGID = 0.9  # of a vertex's weight on 頭: it does not bend with the neck
BESIDE, BEHIND = 0.1, 0.25  # how far from the middle and behind the mouth a rigid vertex may be the chin
LAID_ON, AROUND = 0.08, 12  # a piece of skin reaches this far above and below the mouth; places looked at around it
AGREE = 0.015  # how close two rules must come to confirm each other


@dataclass(frozen=True)
class Chin:
    """The chin's ``y``, how sure it is, and the provisional head height that lengths were measured with."""

    y: float
    confidence: float
    scale: float


def find_chin(subject: Subject, blink: Blink, mouth: Move) -> Chin | None:
    """Return the chin in the bind pose: the edge of depth under the mouth, checked by the vertices rigid on 頭."""
    scale = EYES_TO_HEIGHT * float(np.mean([abs(o.center[0] - subject.center_x) for o in blink.openings.values()]))
    surface, offset = subject.surface, np.linalg.norm(mouth.displacement.offset, axis=1)
    lips = surface.position[mouth.displacement.index[offset >= BIG * offset.max()]]
    lips = lips[lips[:, 1] < blink.eye_level]
    if not len(lips) or not scale > 0:
        return None
    at = lips.mean(0)
    faces = _skin(subject, blink, mouth, at, scale)
    edge = _edge(subject, faces, float(at[1]), scale)
    lowest = _lowest_rigid(subject, faces, at, scale)
    if edge is None:
        return None if lowest is None else Chin(lowest, 0.6, scale)
    agreed = lowest is not None and abs(lowest - edge) <= AGREE * scale
    return Chin(edge, 0.95 if agreed else 0.85, scale)


def _skin(subject: Subject, blink: Blink, mouth: Move, at: F8, scale: float) -> Indices:
    """Return the triangles of the pieces that hold lids and lips: the face's skin and what is joined to it.

    Where these are only pictures laid on the face, it is the piece behind them that most of their surroundings show.
    """
    surface = subject.surface
    moved = np.concatenate([mouth.displacement.index, *(blink.part[s].index for s in SIDES)])
    pieces = np.unique(surface.piece[moved])
    high = surface.position[np.isin(surface.piece, pieces), 1]
    low, top = at[1] - LAID_ON * scale, at[1] + LAID_ON * scale
    owners = surface.piece[np.isin(surface.piece, pieces)]
    reaches = [(high[owners == p].min() < low) and (high[owners == p].max() > top) for p in pieces]
    if not any(reaches):
        turn = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
        ring = at[:2] + LAID_ON * scale * np.stack([np.sin(turn), np.cos(turn)], -1)
        hit, _ = surface.seen_from_front(ring, np.flatnonzero(subject.on_head[surface.faces].all(1)))
        around = surface.face_pieces(hit[hit >= 0])
        pieces = np.array([np.bincount(around).argmax()]) if len(around) else pieces
    faces: Indices = np.flatnonzero(np.isin(surface.face_pieces(np.arange(len(surface.faces))), pieces))
    return faces


def _edge(subject: Subject, faces: Indices, mouth_y: float, scale: float) -> float | None:
    """Walk down from the mouth in several columns until the view falls back; return the lowest such edge."""
    y = mouth_y - np.arange(0, REACH, STEP) * scale
    edges = []
    for x in subject.center_x + np.linspace(-STRIP, STRIP, COLUMNS) * scale:
        _, depth = subject.surface.seen_from_front(np.stack([np.full(len(y), x), y], -1), faces)
        end = _end_of_front(depth, STEP_BACK * scale, round(GAP / STEP))
        if end is not None:
            edges.append(float(y[end]))
    return min(edges) if len(edges) > COLUMNS // 2 else None


def _end_of_front(depth: F8, fall: float, gap: int) -> int | None:
    """Return the last row before the view falls back by over ``fall`` for over ``gap`` rows, None if it never does."""
    row = int(np.argmax(np.isfinite(depth)))
    if not np.isfinite(depth[row]):
        return None
    while row + 1 < len(depth):
        ahead = depth[row + 1 : row + 2 + gap]
        near = np.flatnonzero(ahead <= depth[row] + fall)
        if not len(near):
            return row
        row += 1 + int(near[0])
    return None


def _lowest_rigid(subject: Subject, faces: Indices, mouth: F8, scale: float) -> float | None:
    vertices = np.unique(subject.surface.faces[faces])
    position = subject.surface.position[vertices]
    here = (subject.rigid_weight[vertices] > RIGID) & (np.abs(position[:, 0] - subject.center_x) < BESIDE * scale)
    here &= (position[:, 2] < mouth[2] + BEHIND * scale) & (position[:, 1] < mouth[1])
    return float(position[here, 1].min()) if here.any() else None
