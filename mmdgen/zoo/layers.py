"""Layers: the materials of a character to be, each with the mesh that it colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.model import Material, MaterialFlags, SphereMode
from mmdgen.zoo.mesh import Mesh, unit
from mmdgen.zoo.rigging import in_file
from mmdgen.zoo.traits import Color


@dataclass(frozen=True)
class Layer:
    """One material to be: its mesh and how it is drawn. At ``alpha`` 0 a morph of the layer's name raises it."""

    name: str
    name_en: str
    mesh: Mesh
    texture: int | None
    color: Color = (1.0, 1.0, 1.0)
    alpha: float = 1.0
    kind: str = "line"  # skin, hair, cloth, metal, glass, light, line, eye: see surface.py
    two_sided: bool = False
    edge: bool = True
    edge_color: Color = (0.0, 0.0, 0.0)
    edge_size: float = 0.6
    ambient: float = 0.45  # share of ``color``
    gloss: float = 0.0
    power: float = 0.0
    sphere: int | None = None
    sphere_mode: SphereMode = SphereMode.NONE
    toon: int | None = None
    shared_toon: int | None = None


def compact(mesh: Mesh) -> Mesh:
    """Return the mesh in file precision, without triangles of no area and without vertices that none uses."""
    position = np.round(mesh.position, 4) + 0.0
    a, b, c = (position[mesh.faces[:, i]] for i in range(3))
    faces = mesh.faces[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-9]
    used = np.unique(faces)
    number = np.zeros(len(mesh), np.int32)
    number[used] = np.arange(len(used))
    return Mesh(
        position[used],
        number[faces],
        np.round(mesh.uv[used], 6),
        np.round(unit(mesh.normal[used]), 4) + 0.0,
        {k: v[used] for k, v in mesh.weight.items()},
        {k: v[used] for k, v in mesh.morph.items()},
        {k: v[used] for k, v in mesh.uv_morph.items()},
    )


def material(layer: Layer) -> Material:
    """Return the material of a layer."""
    color, shine = layer.color, layer.gloss if layer.power else 0.0
    return Material(
        name=layer.name,
        name_en=layer.name_en,
        diffuse=(*in_file(color), float(np.float32(layer.alpha))),
        specular=in_file((shine, shine, shine)),
        power=float(layer.power),
        ambient=in_file((layer.ambient * color[0], layer.ambient * color[1], layer.ambient * color[2])),
        flags=MaterialFlags(
            two_sided=layer.two_sided,
            ground_shadow=layer.edge,
            casts_self_shadow=layer.edge,
            receives_self_shadow=layer.edge,
            edge=layer.edge,
        ),
        edge_color=(*in_file(layer.edge_color), 1.0),
        edge_size=float(np.float32(layer.edge_size)),
        texture=layer.texture,
        sphere=layer.sphere,
        sphere_mode=layer.sphere_mode,
        toon=layer.toon,
        shared_toon=layer.shared_toon,
        memo="",
        face_count=len(layer.mesh.faces),
    )
