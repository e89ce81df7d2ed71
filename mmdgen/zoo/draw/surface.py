"""Draw how a maker finishes materials and files."""

from __future__ import annotations

from mmdgen.zoo.draw.pick import Rng, pick, rounded, weighed
from mmdgen.zoo.traits import SurfaceTraits

_SPHERES = {"hair": 0.50, "metal": 0.75, "eye": 0.22, "cloth": 0.10, "skin": 0.14}
_OVERLAYS = {"blush": 0.70, "tears": 0.45, "pale": 0.40, "anger": 0.16, "sweat": 0.22}

_ALL_OVERLAYS = 0.06  # share of makers who leave none out


def draw_surface(rng: Rng, *, symmetric: bool) -> SurfaceTraits:
    """Return toons, sphere maps, edges and the habits around them."""
    spheres = tuple(kind for kind, share in _SPHERES.items() if rng.random() < share)
    overlays = tuple(kind for kind, share in _OVERLAYS.items() if rng.random() < share)
    if rng.random() < _ALL_OVERLAYS:
        overlays = tuple(_OVERLAYS)
    if symmetric:
        overlays = tuple(kind for kind in overlays if kind not in ("anger", "sweat"))
    return SurfaceTraits(
        toons=weighed(rng, {"own": 0.46, "shared": 0.46, "none": 0.08}),
        ramp=weighed(rng, {"hard": 0.3, "soft": 0.3, "double": 0.16, "warm": 0.12, "cool": 0.12}),
        toon_files=weighed(rng, {"bmp": 0.7, "png": 0.3}),
        spheres=spheres,
        sphere_files=weighed(rng, {"spa": 0.34, "sph": 0.20, "bmp": 0.26, "png": 0.20}),
        edge=weighed(rng, {"own": 0.60, "black": 0.22, "brown": 0.18}),
        edge_size=rounded(pick(rng, (0.3, 0.4, 0.5, 0.6, 0.8, 1.0), (0.1, 0.2, 0.25, 0.25, 0.1, 0.1))),
        ambient=rounded(pick(rng, (0.40, 0.45, 0.5, 0.55, 0.6))),
        gloss=rounded(pick(rng, (0.0, 0.06, 0.12, 0.2), (0.4, 0.2, 0.25, 0.15))),
        two_sided=weighed(rng, {"needed": 0.55, "cloth": 0.3, "all": 0.15}),
        small=bool(rng.random() < 0.16),
        overlays=overlays,
        order=weighed(rng, {"body_first": 0.55, "face_first": 0.45}),
    )
