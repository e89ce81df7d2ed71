"""From traits to a character: a Model, its textures, and the truth about its head and morphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.model import (
    Deform,
    Frame,
    Material,
    MaterialFlags,
    Model,
    SphereMode,
    Vertices,
)
from mmdgen.zoo.dress.accessories import accessories
from mmdgen.zoo.dress.body import arms, trunk
from mmdgen.zoo.dress.outfit import SLEEVE, outfit
from mmdgen.zoo.hair.hair import Hair, make_hair
from mmdgen.zoo.head.blush import cheeks
from mmdgen.zoo.head.brows import brows
from mmdgen.zoo.head.eyes import make_eyes
from mmdgen.zoo.head.face import ear, head_skin
from mmdgen.zoo.head.mouth import Mouth
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, Mesh, both, join, unit
from mmdgen.zoo.morphs import Targets, name_morphs
from mmdgen.zoo.paint.canvas import U1
from mmdgen.zoo.paint.color import shade
from mmdgen.zoo.paint.eyes import paint_eyes
from mmdgen.zoo.paint.face import paint_face
from mmdgen.zoo.paint.hair import paint_hair, paint_sheen
from mmdgen.zoo.paint.outfit import paint_body
from mmdgen.zoo.skeleton import HEAD_JOINT, NECK_JOINT, bones, in_file, raised
from mmdgen.zoo.traits import Color, Traits

TEXTURES = ("face.png", "eyes.png", "hair.png", "body.png", "hair_s.png")
FACE, EYES, HAIR, BODY, SHEEN = range(5)
_BLUSH, _SHINE = "照れ", "瞳光"


@dataclass(frozen=True)
class Character:
    """A finished character: ``textures`` in the order of ``model.textures``, ``slots`` from slots to morph numbers."""

    traits: Traits
    model: Model
    textures: tuple[U1, ...]
    head: tuple[float, float]  # chin and top of the skull, y in the file
    slots: Mapping[str, int | None]


@dataclass(frozen=True)
class Layer:
    """One material to be: its mesh and how it is drawn."""

    name: str
    name_en: str
    mesh: Mesh
    texture: int | None
    color: Color = (1.0, 1.0, 1.0)
    alpha: float = 1.0
    power: float = 0.0
    two_sided: bool = False
    edge: bool = True
    sphere: int | None = None


def make_character(traits: Traits, rng: np.random.Generator) -> Character:
    """Return the character with these traits; ``rng`` decides the small irregularities of hair and paint."""
    f = traits.face
    skull = Skull(f.skull_height, f.width, f.chin, f.jaw, f.cheek, f.nose, f.nose_y)
    hair = make_hair(skull, traits.hair, rng, symmetric=traits.symmetric)
    layers = _layers(traits, skull, hair)
    bangs = hair.front.position[hair.front.faces]
    pictures = [paint_face(traits, bangs), paint_eyes(traits), paint_hair(traits, rng), paint_body(traits)]
    if traits.habits.sheen:
        pictures.append(paint_sheen(traits.hair.color))
    model, slots = _model(traits, skull, layers)
    bottom = float(np.float32(traits.chin_height))
    return Character(traits, model, tuple(pictures), (bottom, round(bottom + hair.top, 4)), slots)


def _layers(traits: Traits, skull: Skull, hair: Hair) -> list[Layer]:
    """Return the materials in drawing order: what is transparent follows what lies behind it."""
    eyes, mouth = make_eyes(skull, traits.eyes), Mouth(skull, traits.mouth)
    skin = join([head_skin(skull, traits.eyes, mouth), both(ear(skull, traits.face.ears))])
    clothes = [trunk(), arms(SLEEVE[traits.outfit.kind])]
    extra = outfit(traits.outfit.kind)
    if extra is not None:
        clothes.append(extra)
    clothes = [raised(c) for c in clothes]
    through = traits.brows.through_hair
    sheen = SHEEN if traits.habits.sheen else None
    brow = Layer("眉", "brows", brows(skull, traits.eyes, traits.brows, 0.30 if through else 0.016), EYES, edge=False)
    layers = [
        Layer("体", "body", join(clothes), BODY),
        Layer("顔", "face", skin, FACE),
        Layer("口内", "mouth", join([mouth.inside(), mouth.teeth(), mouth.tongue()]), FACE, edge=False),
        Layer("口", "lips", mouth.line(), FACE, edge=False, two_sided=True),
        Layer("白目", "eye whites", eyes.white, EYES, edge=False),
        Layer("瞳", "irises", eyes.iris, EYES, edge=False),
        Layer(_SHINE, "highlights", eyes.shine, EYES, edge=False),
        Layer("睫毛", "lashes", eyes.lashes, EYES, edge=False, two_sided=True),
    ]
    if traits.habits.blush_overlay:
        layers.append(Layer(_BLUSH, "blush", cheeks(skull, traits.eyes), EYES, alpha=0.0, edge=False))
    if not through:
        layers.append(brow)
    layers += [
        Layer("後髪", "back hair", hair.back, HAIR, two_sided=True, sphere=sheen, power=12),
        Layer("前髪", "front hair", hair.front, HAIR, two_sided=True, sphere=sheen, power=12),
    ]
    if through:
        layers.append(brow)
    for s in accessories(traits, skull, hair):
        layers.append(
            Layer(s.name, s.name_en, s.mesh, None, s.color, s.alpha, s.power, two_sided=s.alpha == 1, edge=s.alpha == 1)
        )
    return [replace(layer, mesh=_compact(layer.mesh)) for layer in layers]


def _compact(mesh: Mesh) -> Mesh:
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


def _model(traits: Traits, skull: Skull, layers: Sequence[Layer]) -> tuple[Model, Mapping[str, int | None]]:
    whole = join([layer.mesh for layer in layers])
    eye = traits.eyes
    joint = (eye.x, eye.y + 0.02, float(np.round(skull.z(np.array(eye.x), np.array(eye.y)) + 0.45, 4)))
    skeleton = bones(joint, traits.chin_height)
    bone_number = {b.name: k for k, b in enumerate(skeleton)}
    material_number = {layer.name: k for k, layer in enumerate(layers)}
    targets = Targets(material_number.get(_BLUSH), material_number[_SHINE], bone_number["両目"], whole.uv_morph)
    naming = name_morphs(whole, targets, traits.habits)
    lift = np.array([0.0, traits.chin_height, 0.0])
    model = Model(
        name=traits.name_ja,
        name_en=traits.name,
        comment="Made by mmdgen zoo. CC0 1.0: no rights reserved.",
        comment_en="Made by mmdgen zoo. CC0 1.0: no rights reserved.",
        vertices=_vertices(whole, bone_number, lift, sdef=traits.habits.sdef_neck),
        faces=whole.faces,
        textures=tuple(traits.habits.texture_folder + name for name in TEXTURES[: 5 if traits.habits.sheen else 4]),
        materials=tuple(_material(layer) for layer in layers),
        bones=skeleton,
        morphs=naming.morphs,
        frames=_frames(len(skeleton), naming.morphs),
    )
    return model, naming.slots


def _vertices(mesh: Mesh, number: Mapping[str, int], lift: F8, *, sdef: bool) -> Vertices:
    """Return the vertex columns: the two strongest bones of each vertex, SDEF between neck and head where asked."""
    names = list(mesh.weight)
    weights = np.stack([mesh.weight[n] for n in names], -1)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :2] if len(names) > 1 else np.zeros((len(mesh), 1), int)
    top = np.round(np.take_along_axis(weights, order, 1), 4)
    bone = np.full((len(mesh), 4), -1, np.int32)
    weight = np.zeros((len(mesh), 4), np.float32)
    ids = np.array([number[n] for n in names], np.int32)
    single = (top.shape[1] < 2) | (top[:, -1] <= 0)
    bone[:, 0], weight[:, 0] = ids[order[:, 0]], 1
    two = np.flatnonzero(~single)
    bone[two, 1] = ids[order[two, 1]]
    first = (top[two, 0] / (top[two, 0] + top[two, 1])).astype(np.float32)
    weight[two, 0], weight[two, 1] = first, np.float32(1) - first
    deform = np.where(single, Deform.BDEF1, Deform.BDEF2).astype(np.uint8)
    head, neck = number["頭"], number["首"]
    bent = two[np.isin(bone[two, 0], (head, neck)) & np.isin(bone[two, 1], (head, neck))] if sdef else two[:0]
    deform[bent] = Deform.SDEF
    return Vertices(
        position=(mesh.position + lift).astype(np.float32),
        normal=mesh.normal.astype(np.float32),
        uv=mesh.uv.astype(np.float32),
        extra_uv=np.zeros((len(mesh), 0, 4), np.float32),
        deform=deform,
        bone=bone,
        weight=weight,
        sdef_vertex=bent.astype(np.int32),
        sdef=_sdef(bone[bent, 0], head, lift),
        edge_scale=np.ones(len(mesh), np.float32),
    )


def _sdef(
    first: np.ndarray[tuple[int], np.dtype[np.int32]], head: int, lift: F8
) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Return C, R0, R1 (S, 3, 3): the head's joint, and a point on either bone's side of it."""
    joint = np.array(HEAD_JOINT) + lift
    toward = (np.array(NECK_JOINT) - np.array(HEAD_JOINT)) * 0.3
    below, above = joint + toward, joint - toward
    rows = np.where((first == head)[:, None, None], np.stack([joint, above, below]), np.stack([joint, below, above]))
    return np.round(rows, 4).astype(np.float32)


def _material(layer: Layer) -> Material:
    color = layer.color
    edge = (0.25, 0.15, 0.18) if layer.texture is not None else shade(color, 0.9)
    return Material(
        name=layer.name,
        name_en=layer.name_en,
        diffuse=(*in_file(color), float(np.float32(layer.alpha))),
        specular=in_file((0.12, 0.12, 0.12) if layer.power else (0.0, 0.0, 0.0)),
        power=float(layer.power),
        ambient=in_file((0.45 * color[0], 0.45 * color[1], 0.45 * color[2])),
        flags=MaterialFlags(
            two_sided=layer.two_sided,
            ground_shadow=layer.edge,
            casts_self_shadow=layer.edge,
            receives_self_shadow=layer.edge,
            edge=layer.edge,
        ),
        edge_color=(*in_file(edge), 1.0),
        edge_size=float(np.float32(0.6)),
        texture=layer.texture,
        sphere=layer.sphere,
        sphere_mode=SphereMode.NONE if layer.sphere is None else SphereMode.ADD,
        toon=None,
        shared_toon=1,
        memo="",
        face_count=len(layer.mesh.faces),
    )


def _frames(bone_count: int, morphs: Sequence[object]) -> tuple[Frame, ...]:
    return (
        Frame("Root", "Root", True, ((0, 0),)),
        Frame("表情", "Exp", True, tuple((1, k) for k in range(len(morphs)))),
        Frame("体", "Body", False, tuple((0, k) for k in range(1, bone_count))),
    )
