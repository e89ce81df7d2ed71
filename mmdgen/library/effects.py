"""What each morph of a model does at weight 1, told by what it moves and never by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mmdgen.annotation import Side
from mmdgen.groups import Groups
from mmdgen.library.proposals import Findings, study
from mmdgen.library.proposals.blink import SIDES
from mmdgen.library.proposals.displacement import Move, moves
from mmdgen.library.proposals.morphs import Eyes
from mmdgen.library.proposals.mouth import WIDE, mouth_moves
from mmdgen.library.proposals.rays import F8, Indices
from mmdgen.library.proposals.subject import EYE_BONES
from mmdgen.model import Model, UVMorph
from mmdgen.pose_spec import HEAD_BONE

OTHER_SIDE = 0.1  # of all movement, at most, that a one-sided morph may leave on the other side
MOSTLY = 0.5  # of all movement
LIDS_MOVE = 0.1  # of the blink's movement, at least, in a morph that closes an eye partly
NOTICED = 0.05  # share of an eye's opening; less is nothing to speak of


@dataclass(frozen=True)
class Effect:
    """What one morph does.

    ``side``: the character's own, on which it moves vertices; None where it moves none or the sides cannot be told.
    ``closes``: the share of each eye's opening that goes out of sight, empty where none does. ``shape``: the line along
    which lids close what they close, ``normal`` (a blink's) or ``smile``; None where no lids do. ``opens_mouth``: how
    far it parts the mouth in MMD units, where that is about as far as あ does, else None.
    """

    side: str | None = None
    closes: Mapping[Side, float] = field(default_factory=dict)
    shape: str | None = None
    opens_mouth: float | None = None


def effects(model: Model) -> tuple[tuple[Effect, ...], Findings]:
    """Return what every morph does, in the file's order, and the findings that this was drawn from.

    Morphs of one name act together, as in MMD, and have one effect.
    """
    findings = study(model)
    found = findings.subject.moves if findings.subject else moves(model)
    opened = _opened(findings)
    middle, groups = _middle(model), Groups(model.morphs)
    named = {}
    for move in found:
        closes, shape = _closing(findings.eyes, move)
        named[move.name] = Effect(_side(model, groups, move, middle), closes, shape, opened.get(move.number))
    return tuple(named[morph.name] for morph in model.morphs), findings


def _opened(findings: Findings) -> dict[int, float]:
    """Return by how much each morph opens the mouth that opens it about as far as the widest.

    Those count that mostly move what the proposed morph for the mouth moves: tears run below the eyes, too.
    """
    subject, slot = findings.subject, findings.annotation.slots["mouth"]
    if subject is None or slot is None:
        return {}
    lips = next(move.displacement.index for move in subject.moves if move.number == slot.index)
    able = []
    for move, gap in mouth_moves(subject, findings.blink.eye_level if findings.blink else None):
        energy = (move.displacement.offset**2).sum(1)
        if energy[np.isin(move.displacement.index, lips)].sum() > MOSTLY * energy.sum():
            able.append((move, gap))
    least = WIDE * max((gap for _, gap in able), default=0.0)
    return {move.number: gap for move, gap in able if gap > 0 and gap >= least}


def _closing(eyes: Eyes | None, move: Move) -> tuple[dict[Side, float], str | None]:
    """Return the shares of the eyes' openings that a move closes, and the shape of the line along which lids do."""
    if eyes is None:
        return {}, None
    shut = [side for side in SIDES if eyes.shuts(move, (side,))]
    closings = eyes.closings[move.number]
    share = {s: c.cover if s in shut else min(c.cover, c.lids) for s, c in closings.items()}
    for side in SIDES:
        if eyes.lid_movement(move, side) < LIDS_MOVE and side not in shut:
            share[side] = 0.0  # a blush or a shadow that rises before the eye
    if max(share.values()) < NOTICED:
        return {}, None
    shapes = {eyes.shape(move, side) for side in shut}
    return share, shapes.pop() if len(shapes) == 1 else None


def _middle(model: Model) -> float | None:
    """Return the x that parts the character's left from its right: of bone 頭, else between its eye bones."""
    head = model.bone(HEAD_BONE)
    if head is not None:
        return model.bones[head].position[0]
    eyes = [model.bones[b].position[0] for name in EYE_BONES if (b := model.bone(name)) is not None]
    return sum(eyes) / 2 if len(eyes) == len(EYE_BONES) else None


def _side(model: Model, groups: Groups, move: Move, middle: float | None) -> str | None:
    """Tell on which side a name's morphs move vertices, or their texture coordinates where they move none."""
    if middle is None:
        return None
    index, length = _lengths(model, groups, move)
    x = model.vertices.position[index, 0] - middle
    left, right = float(length[x > 0].sum()), float(length[x < 0].sum())
    if not left + right > 0:
        return None
    if min(left, right) > OTHER_SIDE * (left + right):
        return "both"
    return "left" if left > right else "right"


@np.errstate(over="ignore", invalid="ignore")  # what is no number in the end is dropped below
def _lengths(model: Model, groups: Groups, move: Move) -> tuple[Indices, F8]:
    """Return the vertices that a name's morphs move, and how far."""
    if len(move.displacement.index):
        return move.displacement.index, np.linalg.norm(move.displacement.offset, axis=1)
    leaves = {leaf for number in model.morphs_named(move.name) for leaf in groups.leaves(number).index.tolist()}
    uvs = [data for leaf in sorted(leaves) if isinstance(data := model.morphs[leaf].data, UVMorph)]
    index = np.concatenate([np.zeros(0, np.intp), *(data.index for data in uvs)])
    length = np.concatenate([np.zeros(0), *(np.linalg.norm(data.offset.astype(np.float64), axis=1) for data in uvs)])
    finite = np.isfinite(length)
    return index[finite], length[finite]
