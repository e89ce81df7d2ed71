"""From traits to a character: a Model, its textures, and the truth about its head and morphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.model import Model
from mmdgen.zoo.assembly import SHINE, Rigging, assemble
from mmdgen.zoo.dress.body import arms, trunk
from mmdgen.zoo.dress.hanging import Hanging
from mmdgen.zoo.dress.lower import lower_body, skirt_bones
from mmdgen.zoo.dress.outfit import cape_bones, outfit
from mmdgen.zoo.dress.overlays import overlays, raised_over_hair
from mmdgen.zoo.dress.worn import accessories
from mmdgen.zoo.figure import Figure
from mmdgen.zoo.hair.hair import Hair, make_hair
from mmdgen.zoo.head.blush import cheeks
from mmdgen.zoo.head.brows import brows
from mmdgen.zoo.head.eyes import make_eyes
from mmdgen.zoo.head.face import ears, head_skin
from mmdgen.zoo.head.mouth import Mouth
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.layers import Layer, compact
from mmdgen.zoo.mesh import join
from mmdgen.zoo.paint.canvas import U1, half_size
from mmdgen.zoo.paint.eyes import paint_eyes
from mmdgen.zoo.paint.face import paint_face
from mmdgen.zoo.paint.hair import paint_hair
from mmdgen.zoo.paint.outfit import paint_body
from mmdgen.zoo.paint.overlays import paint_overlays
from mmdgen.zoo.skeleton import joints, solid_parts, thighs
from mmdgen.zoo.surface import finish
from mmdgen.zoo.traits import Traits

TEXTURES = ("face.png", "eyes.png", "hair.png", "body.png", "overlay.png")
FACE, EYES, HAIR, BODY, OVERLAY = range(5)


@dataclass(frozen=True)
class Character:
    """A finished character: ``textures`` in the order of ``model.textures``, ``slots`` from slots to morph numbers."""

    traits: Traits
    model: Model
    textures: tuple[U1, ...]
    head: tuple[float, float]  # chin and top of the skull, y in the file
    slots: Mapping[str, int | None]
    twins: Mapping[str, tuple[int, ...]]  # further morphs that do what a slot's does


def make_character(traits: Traits, rng: np.random.Generator) -> Character:
    """Return the character with these traits; ``rng`` decides the small irregularities of hair and paint."""
    f = traits.face
    skull = Skull(f.skull_height, f.width, f.tip, f.chin, f.jaw, f.cheek, f.nose, f.nose_y)
    hair = make_hair(
        skull, traits.hair, rng, symmetric=traits.symmetric, eyes=traits.eyes.y + traits.eyes.top, body=traits.body
    )
    hanging = skirt_bones(traits.legs, traits.rig), cape_bones(traits.outfit, traits.rig)
    layers = _layers(traits, skull, hair, *hanging)
    bangs = hair.front.position[hair.front.faces]
    pictures = [paint_face(traits, bangs), paint_eyes(traits), paint_hair(traits, rng), paint_body(traits)]
    if set(traits.surface.overlays) - {"blush"}:
        pictures.append(paint_overlays(traits))
    paths = [traits.habits.texture_folder + name for name in TEXTURES[: len(pictures)]]
    if traits.surface.small:
        pictures = [half_size(picture) for picture in pictures]
    layers, names, textures = finish(traits, layers, paths, pictures)
    model, naming = assemble(
        traits, layers, _rigging(traits, skull, hair, layers, [h for h in hanging if h is not None]), names
    )
    bottom = float(np.float32(traits.chin_height))
    head = (bottom, round(bottom + hair.top * traits.body.scale, 4))
    return Character(traits, model, textures, head, naming.slots, naming.twins)


def _layers(traits: Traits, skull: Skull, hair: Hair, skirts: Hanging | None, cape: Hanging | None) -> list[Layer]:
    """Return the materials in drawing order: what is transparent follows what lies behind it."""
    eyes, mouth = make_eyes(skull, traits.eyes), Mouth(skull, traits.mouth)
    skin = join([head_skin(skull, traits.eyes, mouth), *ears(skull, traits.face.ears)])
    figure = Figure(traits.body)
    body = [figure.shaped(part) for part in (trunk(), arms(traits.outfit.sleeve), lower_body(traits.legs, skirts))]
    pieces = [replace(p, mesh=figure.shaped(p.mesh)) for p in outfit(traits.outfit, traits.legs, skirts, cape)]
    through = traits.brows.through_hair
    brow = Layer("眉", "brows", brows(skull, traits.eyes, traits.brows, 0.30 if through else 0.016), EYES, edge=False)
    layers = [
        Layer("体", "body", join(body), BODY, kind="cloth" if traits.outfit.sleeve else "skin"),
        *(Layer(p.name, p.name_en, p.mesh, BODY, kind=p.kind) for p in pieces),
        Layer("顔", "face", skin, FACE, kind="skin"),
        Layer("口内", "mouth", mouth.bowl(), FACE, edge=False),
        Layer("口", "lips", mouth.line(), FACE, edge=False, two_sided=True),
        Layer("白目", "eye whites", eyes.white, EYES, edge=False),
        Layer("瞳", "irises", eyes.iris, EYES, edge=False),
        Layer(SHINE, "highlights", eyes.shine, EYES, edge=False),
        Layer("睫毛", "lashes", eyes.lashes, EYES, edge=False, two_sided=True),
    ]
    if "blush" in traits.surface.overlays:
        layers.append(Layer("照れ", "blush", cheeks(skull, traits.eyes), EYES, alpha=0.0, edge=False))
    hidden = overlays(traits, skull)
    layers += [Layer(o.name, o.name_en, o.mesh, OVERLAY, alpha=0.0, edge=False) for o in hidden]
    if not through:
        layers.append(brow)
    layers += [
        Layer("後髪", "back hair", hair.back, HAIR, kind="hair", two_sided=True),
        Layer("前髪", "front hair", hair.front, HAIR, kind="hair", two_sided=True),
    ]
    if through:
        layers.append(brow)
    for s in accessories(traits, skull, hair):
        opaque = s.alpha == 1
        layers.append(Layer(s.name, s.name_en, s.mesh, None, s.color, s.alpha, s.kind, two_sided=opaque, edge=opaque))
    over = raised_over_hair(traits, hair)
    layers += [Layer(o.name, o.name_en, o.mesh, OVERLAY, alpha=0.0, edge=False) for o in over]
    return [replace(layer, mesh=compact(layer.mesh)) for layer in layers]


def _rigging(traits: Traits, skull: Skull, hair: Hair, layers: Sequence[Layer], hanging: Sequence[Hanging]) -> Rigging:
    """Return the bones that the layers hang on, and the bodies that hair and clothes bounce off."""
    eye = traits.eyes
    joint = (eye.x, eye.y + 0.02, float(np.round(skull.z(np.array(eye.x), np.array(eye.y)) + 0.45, 4)))
    used = {name for layer in layers for name in layer.mesh.weight}
    figure = Figure(traits.body)
    parents = {"上半身2": "上半身2" if traits.rig.upper2 else "上半身"}
    cloth = [j for h in hanging for j in h.joints(figure, parents.get(h.parent, h.parent))]
    made = joints(joint, figure, traits.rig, used, [*hair.joints, *cloth])
    legs = thighs(figure) if "左足" in used else []
    falling = [body for h in hanging for body in h.bodies(figure)]
    return Rigging(made, [*solid_parts(figure), *legs, *hair.bodies, *falling])
