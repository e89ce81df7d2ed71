"""Tiny models put together in memory, for tests of posing; tests/builders.py makes whole files and materials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdgen.model import (
    Append,
    Bone,
    BoneMorph,
    Deform,
    GroupMorph,
    MaterialMorph,
    Model,
    Morph,
    Morphing,
    Panel,
    UVMorph,
    VertexMorph,
    Vertices,
)
from mmdgen.space import euler_quaternions
from mmdgen.state import RigState


def bone(name="bone", position=(0.0, 0.0, 0.0), parent=None, layer=0, append=None) -> Bone:
    return Bone(name, "", tuple(position), parent, layer, -1, append=append)


def append(source: int, ratio: float, rotate: bool = True, translate: bool = False) -> Append:
    return Append(source, ratio, rotate, translate, local=False)


@dataclass
class Point:
    """One vertex to be: rule, bones and weights, SDEF rows."""

    position: Sequence[float]
    bones: Sequence[int] = (0,)
    weights: Sequence[float] = (1.0,)
    deform: Deform = Deform.BDEF1
    normal: Sequence[float] = (0.0, 0.0, -1.0)
    sdef: Sequence[Sequence[float]] | None = None


def vertices(points: Sequence[Point], extra_uvs: int = 0, seed: int = 0) -> Vertices:
    random = np.random.default_rng(seed)
    n = len(points)
    bones, weights = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.float32)
    for i, p in enumerate(points):
        bones[i, : len(p.bones)] = p.bones
        weights[i, : len(p.weights)] = p.weights
    spherical = [i for i, p in enumerate(points) if p.sdef is not None]
    return Vertices(
        position=np.array([p.position for p in points], np.float32).reshape(n, 3),
        normal=np.array([p.normal for p in points], np.float32).reshape(n, 3),
        uv=random.random((n, 2), np.float32),
        extra_uv=random.random((n, extra_uvs, 4), np.float32),
        deform=np.array([p.deform for p in points], np.uint8),
        bone=bones,
        weight=weights,
        sdef_vertex=np.array(spherical, np.int32),
        sdef=np.array([points[i].sdef for i in spherical], np.float32).reshape(-1, 3, 3),
        edge_scale=np.ones(n, np.float32),
    )


def model(points=(), bones=(), morphs=(), materials=(), extra_uvs: int = 0) -> Model:
    return Model(
        name="made",
        name_en="",
        comment="",
        comment_en="",
        vertices=vertices(points, extra_uvs),
        faces=np.zeros((0, 3), np.int32),
        materials=tuple(materials),
        bones=tuple(bones),
        morphs=tuple(morphs),
    )


def morph(name: str, data: Morphing) -> Morph:
    return Morph(name, "", Panel.OTHER, data)


def vertex_morph(name: str, offsets: dict[int, Sequence[float]]) -> Morph:
    return morph(name, VertexMorph(_index(offsets), _rows(offsets, 3)))


def uv_morph(name: str, channel: int, offsets: dict[int, Sequence[float]]) -> Morph:
    return morph(name, UVMorph(channel, _index(offsets), _rows(offsets, 4)))


def bone_morph(name: str, moves: dict[int, tuple[Sequence[float], Sequence[float]]]) -> Morph:
    """``moves``: bone to (translation, angles in degrees)."""
    translation = np.array([m[0] for m in moves.values()], np.float32).reshape(-1, 3)
    angles = np.radians(np.array([m[1] for m in moves.values()], np.float64)).reshape(-1, 3)
    return morph(name, BoneMorph(_index(moves), translation, euler_quaternions(angles).astype(np.float32)))


def group(name: str, members: Sequence[tuple[int, float]], flip: bool = False) -> Morph:
    index = np.array([m for m, _ in members], np.int32)
    return morph(name, GroupMorph(flip, index, np.array([w for _, w in members], np.float32)))


def material_morph(name: str, rows: Sequence[tuple[int, int, Sequence[float]]]) -> Morph:
    index = np.array([r[0] for r in rows], np.int32)
    operation = np.array([r[1] for r in rows], np.uint8)
    return morph(name, MaterialMorph(index, operation, np.array([r[2] for r in rows], np.float32)))


def state(of: Model, rotations=None, translations=None, weights=None, n: int = 1) -> RigState:
    """Return n equal states; ``rotations`` are bone to degrees, ``weights`` morph to value."""
    identity = RigState.identity(of, n)
    rotation, translation, weight = identity.rotation.copy(), identity.translation.copy(), identity.weight.copy()
    for number, angles in (rotations or {}).items():
        rotation[:, number] = euler_quaternions(np.radians(angles))
    for number, move in (translations or {}).items():
        translation[:, number] = move
    for number, value in (weights or {}).items():
        weight[:, number] = value
    return RigState(rotation, translation, weight)


def random_state(of: Model, n: int, seed: int) -> RigState:
    random = np.random.default_rng(seed)
    rotation = euler_quaternions(random.uniform(-2, 2, (n, len(of.bones), 3))).astype(np.float32)
    translation = random.normal(size=(n, len(of.bones), 3)).astype(np.float32)
    return RigState(rotation, translation, random.random((n, len(of.morphs)), np.float32))


def _index(rows: dict) -> np.ndarray:
    return np.array(list(rows), np.int32)


def _rows(rows: dict, width: int) -> np.ndarray:
    table = np.zeros((len(rows), width), np.float32)
    for i, row in enumerate(rows.values()):
        table[i, : len(row)] = row
    return table
