"""The surface: which toons, sphere maps, edges and flags each kind of material gets, as its maker has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mmdgen.model import SphereMode
from mmdgen.zoo.layers import Layer
from mmdgen.zoo.paint.canvas import U1
from mmdgen.zoo.paint.color import shade
from mmdgen.zoo.paint.maps import sphere, toon
from mmdgen.zoo.traits import Color, SurfaceTraits, Traits

_LIT = ("skin", "hair", "cloth", "metal")  # kinds that toons shade; others look the same from all sides
_SHARED = {"skin": 4, "hair": 0, "cloth": 0, "metal": 2, "eye": 9}  # numbers of MMD's toons, from 0
_POWERS = {"hair": 12.0, "metal": 30.0, "cloth": 5.0}
_MULTIPLIED = ("cloth", "skin")  # kinds whose sphere maps darken; others' add light
_EDGES: dict[str, Color] = {"black": (0.0, 0.0, 0.0), "brown": (0.28, 0.16, 0.14)}


@dataclass
class _Files:
    """Pictures beside the textures, numbered as they are first used."""

    folder: str
    names: list[str]
    pictures: list[U1]
    known: dict[str, int] = field(default_factory=dict)

    def number(self, name: str, picture: U1) -> int:
        if name not in self.known:
            self.known[name] = len(self.names)
            self.names.append(self.folder + name)
            self.pictures.append(picture)
        return self.known[name]


def finish(
    traits: Traits, layers: Sequence[Layer], names: Sequence[str], pictures: Sequence[U1]
) -> tuple[list[Layer], tuple[str, ...], tuple[U1, ...]]:
    """Return the layers finished and in the maker's order, and all pictures' names and pixels, textures first."""
    surface = traits.surface
    files = _Files(traits.habits.texture_folder, list(names), list(pictures))
    made = [_finished(traits, layer, files) for layer in _ordered(layers, surface.order)]
    return made, tuple(files.names), tuple(files.pictures)


def _ordered(layers: Sequence[Layer], order: str) -> list[Layer]:
    """Return the layers with the face before the body where the maker has it so; what blends stays in its order."""
    if order == "body_first":
        return list(layers)
    face = {"顔", "口内", "口", "白目", "瞳", "瞳光", "睫毛"}
    return [x for x in layers if x.name in face] + [x for x in layers if x.name not in face]


def _finished(traits: Traits, layer: Layer, files: _Files) -> Layer:
    surface, kind = traits.surface, layer.kind
    shaded = kind in _LIT and layer.alpha > 0
    cloth_sides = surface.two_sided == "all" or (surface.two_sided == "cloth" and kind == "cloth")
    layer = replace(
        layer,
        two_sided=layer.two_sided or (shaded and cloth_sides),
        edge=layer.edge and shaded,
        edge_color=_edge(traits, layer),
        edge_size=surface.edge_size * (0.7 if kind == "hair" else 1.0),
        ambient=surface.ambient,
        gloss=surface.gloss if kind != "metal" else max(surface.gloss, 0.15) * 2.5,
        power=_POWERS.get(kind, 0.0) if surface.gloss or kind == "metal" else 0.0,
    )
    return _mapped(traits, _shaded(surface, layer, files, shaded=shaded), files)


def _edge(traits: Traits, layer: Layer) -> Color:
    """Return the colour of a layer's edge: a dark version of its own colour, or one for all."""
    edge = traits.surface.edge
    if edge in _EDGES:
        return _EDGES[edge]
    own = {"skin": traits.skin, "hair": traits.hair.color}.get(layer.kind, layer.color)
    if layer.texture is not None and layer.kind in ("cloth", "metal"):
        own = traits.outfit.main
    return shade(shade(own, 0.85), 0.35)


def _shaded(surface: SurfaceTraits, layer: Layer, files: _Files, *, shaded: bool) -> Layer:
    """Return the layer with its toon: one of MMD's, one of the maker's own, or none."""
    if surface.toons == "none":
        return replace(layer, toon=None, shared_toon=None)
    if not shaded:
        return replace(layer, toon=None, shared_toon=_SHARED["eye"] if surface.toons == "shared" else None)
    if surface.toons == "shared":
        return replace(layer, toon=None, shared_toon=_SHARED[layer.kind])
    name = f"toon_{layer.kind}.{surface.toon_files}"
    return replace(layer, toon=files.number(name, toon(layer.kind, surface.ramp)), shared_toon=None)


def _mapped(traits: Traits, layer: Layer, files: _Files) -> Layer:
    """Return the layer with a sphere map, if the maker gives its kind one."""
    surface = traits.surface
    kind = "eye" if layer.name == "瞳" else layer.kind
    if kind not in surface.spheres or layer.alpha < 1:
        return layer
    multiply = kind in _MULTIPLIED
    color = {"hair": traits.hair.color, "skin": traits.skin, "cloth": traits.outfit.main}.get(kind, (1.0, 1.0, 1.0))
    form = surface.sphere_files
    mapped = "sph" if multiply else "spa"
    name = f"{kind}.{mapped}" if form in ("spa", "sph") else f"{kind}_s.{form}"
    number = files.number(name, sphere(kind, color, multiply=multiply))
    return replace(layer, sphere=number, sphere_mode=SphereMode.MULTIPLY if multiply else SphereMode.ADD)
