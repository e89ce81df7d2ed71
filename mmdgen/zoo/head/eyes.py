"""Eyes as MMD makers build them: a hollow white, an iris disc in front of it, lashes, and the fold of the upper lid.

All of it is made for the character's left eye and mirrored; morph keys and bones are named for the left side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.zoo.atlas import EYE
from mmdgen.zoo.head.lids import SHARE, Lids, curve_normal, lid_states, open_lids, outline
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, I4, Mesh, both, in_cell, join, mirrored, piece, sheet, smoothstep
from mmdgen.zoo.traits import EyeTraits

SOCKET = 0.10  # how deep the white's rim lies behind the plane of the eye's corners
HOLLOW = 0.11  # how much deeper its middle lies
_AWAY = 0.55  # how deep in the head lies what a morph brings out
EYE_BONE = "左目"
_AROUND = 24  # corners of an iris


class EyePlane:
    """The plane through an eye opening, and the hollow surfaces behind it."""

    def __init__(self, skull: Skull, eye: EyeTraits) -> None:
        rim = outline(open_lids(eye))
        system = np.column_stack([rim, np.ones(len(rim))])
        z = skull.z(rim[:, 0], rim[:, 1])
        self.skull = skull
        self._plane = np.linalg.lstsq(system, z, rcond=None)[0]
        self._recess = float((z - system @ self._plane).max())
        self.center = np.array([eye.x, eye.y + (eye.top - eye.bottom) / 2])
        self._radius = np.array([eye.width / 2, (eye.top + eye.bottom) / 2])

    def hollow(self, x: F8, y: F8, lift: float) -> F8:
        """Return points (..., 3) of the hollow at (x, y), brought ``lift`` toward the viewer."""
        a, b, c = self._plane
        r2 = ((x - self.center[0]) / self._radius[0]) ** 2 + ((y - self.center[1]) / self._radius[1]) ** 2
        depth = SOCKET + self._recess + HOLLOW * np.maximum(1 - r2, 0) - lift
        behind_skin = self.skull.z(x, y) + SOCKET / 2 - lift / 2
        return np.stack([x, y, np.maximum(a * x + b * y + c + depth, behind_skin)], -1)


def white(plane: EyePlane, eye: EyeTraits) -> Mesh:
    """Return the white of the left eye; it reaches a little behind the lids."""
    rim = outline(open_lids(eye))
    loops = []
    for share in (1.0, 0.7, 0.35):
        loop = plane.center + (rim - plane.center) * share
        if share == 1.0:
            away = rim - plane.center
            room = (0.95 * plane.skull.half_width(rim[:, 1]) - rim[:, 0]) / 0.3  # less where the cheek turns away
            loop = rim + (0.09 * np.clip(room, 0.02, 1) / np.linalg.norm(away, axis=1))[:, None] * away
        loops.append(loop)
    flat = np.concatenate([*loops, plane.center[None]])
    points = plane.hollow(flat[:, 0], flat[:, 1], 0.0)
    low, high = flat.min(0), flat.max(0)
    uv = (flat - low) / (high - low)
    uv[:, 1] = 1 - uv[:, 1]
    normal = np.tile([0.0, 0.0, -1.0], (len(points), 1))
    return in_cell(piece(points, _disc_faces(len(rim), 3), uv, normal=normal), EYE["white"])


def iris(plane: EyePlane, eye: EyeTraits, cell: str) -> Mesh:
    """Return the left iris, on the eye bone; morph ``pupil_small`` shrinks it, ``pupil_uv`` does so in the texture."""
    turn = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    circle = np.stack([np.sin(turn), np.cos(turn)], -1)  # clockwise from the top, as the viewer sees it
    disc = np.concatenate([circle, circle * 0.6, np.zeros((1, 2))])
    middle = iris_center(eye)

    def at(size: float) -> F8:
        flat = middle + disc * size * np.array([eye.iris_width, eye.iris_height])
        return plane.hollow(flat[:, 0], flat[:, 1], 0.045)

    uv = 0.5 + disc * np.array([0.485, -0.485])
    normal = np.tile([0.0, 0.0, -1.0], (len(disc), 1))
    mesh = piece(
        at(1), _disc_faces(_AROUND, 2), uv, normal=normal, bone=EYE_BONE, morph={"pupil_small": at(0.62) - at(1)}
    )
    return in_cell(mesh, EYE[cell])


def shine(plane: EyePlane, eye: EyeTraits, cell: str) -> Mesh:
    """Return the highlights just in front of the left iris; UV morph ``shine_off`` takes them off the texture."""
    disc = iris(plane, eye, cell)
    away = EYE["empty"][0] - EYE[cell][0]
    position = disc.position - np.array([0.0, 0.0, 0.02])
    return replace(disc, position=position, uv_morph={"shine_off": np.tile([away, 0.0], (len(disc), 1))})


def iris_center(eye: EyeTraits) -> F8:
    """Return (x, y) of the left iris: the upper lid covers its top; unless it rises, the lower lid just touches it."""
    return np.array([eye.x - 0.012, eye.y - eye.bottom + eye.iris_height * 0.94 + eye.iris_rise])


def _disc_faces(around: int, loops: int) -> I4:
    """Return triangles of concentric loops, outermost first and clockwise to the viewer, then one centre vertex."""
    n = np.arange(around)
    after = (n + 1) % around
    faces = []
    for k in range(loops - 1):
        out, inside = k * around, (k + 1) * around
        faces += [
            np.stack([out + n, out + after, inside + n], -1),
            np.stack([out + after, inside + after, inside + n], -1),
        ]
    last = (loops - 1) * around
    faces.append(np.stack([last + n, last + after, np.full(around, loops * around)], -1))
    return np.concatenate(faces).astype(np.int32)


# --- lines that ride on the lids --------------------------------------------------------------------------------------

Ribbon = Callable[[Lids], F8]  # a state of the lids to rows of points (R, n, 2), lowest row first


def _ribbon(skull: Skull, eye: EyeTraits, shape: Ribbon, lift: tuple[float, ...], cell: str) -> Mesh:
    """Return a strip that follows the lids; ``lift`` is how far each row stands out from the skin."""
    out = np.asarray(lift)[:, None]

    def points(state: Lids) -> F8:
        flat = shape(state)
        solid = skull.surface(flat[..., 0], flat[..., 1])
        solid[..., 2] += -(out + 0.035 * state.shut) if not state.bare else 0.06 - 0.5 * out
        return solid

    rest = points(open_lids(eye))
    rows, columns = rest.shape[:2]
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(1, 0, rows))
    mesh = sheet(rest, np.stack([u, v], -1), normal=np.tile([0.0, 0.0, -1.0], (rows, columns, 1)))
    morph = {f"{k}_left": (points(s) - rest).reshape(-1, 3) for k, s in lid_states(eye).items()}
    return in_cell(Mesh(mesh.position, mesh.faces, mesh.uv, mesh.normal, mesh.weight, morph), EYE[cell])


def upper_lash(skull: Skull, eye: EyeTraits) -> Mesh:
    """Return the upper lashes: a band that thickens outward and ends in a wing, with a few spikes."""
    band = eye.lash * (0.30 + 0.70 * smoothstep(0.0, 0.55, SHARE)) * (1 - 0.35 * smoothstep(0.85, 1, SHARE))
    end = smoothstep(0.80, 1.0, SHARE)

    def shape(state: Lids) -> F8:
        up = curve_normal(state.upper)
        up[:, 1] = np.abs(up[:, 1])
        thick = band * (1 - 0.22 * state.shut)
        wing = end[:, None] * np.array([1.0, 0.62 * state.wing]) * eye.lash * 1.05
        low = state.upper - up * (0.012 + 0.010 * state.shut) + wing * 0.55
        return np.stack([low, low + up * thick[:, None] * 0.55 + wing * 0.3, low + up * thick[:, None] + wing * 0.45])

    parts = [_ribbon(skull, eye, shape, (0.012, 0.035, 0.05), "lash")]
    parts += [_spike(skull, eye, 0.97 - 0.11 * k, eye.lash * (1.5 - 0.25 * k)) for k in range(eye.lash_spikes)]
    return join(parts)


def _spike(skull: Skull, eye: EyeTraits, share: float, length: float) -> Mesh:
    """Return one pointed lash that grows from the upper lid at ``share`` of its length."""
    at = np.array([share - 0.07, share + 0.03])

    def shape(state: Lids) -> F8:
        root = np.stack([np.interp(at, SHARE, state.upper[:, axis]) for axis in (0, 1)], -1)
        up = np.stack([np.interp(at.mean(), SHARE, curve_normal(state.upper)[:, axis]) for axis in (0, 1)])
        up[1] = abs(up[1])
        base = root + up * eye.lash * (0.55 - 0.35 * state.shut)
        way = up * np.array([1.0, state.wing]) * (1 - 0.3 * state.shut) + np.array([0.75, 0.25 * state.wing])
        tip = base.mean(0) + way / np.linalg.norm(way) * length
        middle = base * 0.45 + tip * 0.55 + up * length * 0.02
        return np.stack([base, middle, np.stack([tip, tip])])

    return _ribbon(skull, eye, shape, (0.04, 0.05, 0.06), "spike")


def lower_lash(skull: Skull, eye: EyeTraits) -> Mesh:
    """Return the line of the lower lid, strongest under the outer half."""
    thick = eye.lash * eye.lower_lash * smoothstep(0.12, 0.75, SHARE) * (1 - 0.5 * smoothstep(0.93, 1, SHARE))

    def shape(state: Lids) -> F8:
        down = -curve_normal(state.lower)
        edge = state.lower - down * 0.006
        return np.stack([edge + down * (thick * (1 - 0.6 * state.shut))[:, None], edge])

    return _ribbon(skull, eye, shape, (0.014, 0.014), "lower")


def squint(skull: Skull, eye: EyeTraits) -> Mesh:
    """Return the strokes of ">_<": inside the head until the morph ``hau`` brings them before the lids."""
    reach, tall = 0.40 * eye.width, min(max(0.55 * (eye.top + eye.bottom), 0.20), 0.30)
    tip = np.array([eye.x - reach, eye.y])
    ends = np.array([[eye.x + reach, eye.y - 0.5 * tall], [eye.x + reach, eye.y + 0.5 * tall]])
    share = np.array([1.0, 0.8, 0.5, 0.2, 0.0])[:, None]
    middle = np.concatenate([tip + (ends[0] - tip) * share, (tip + (ends[1] - tip) * share[::-1])[1:]])
    thick = 0.5 * np.clip(eye.lash, 0.055, 0.085) * np.array([0.35, 0.85, 1.0, 1.0, 1.15, 1.0, 1.0, 0.85, 0.35])
    across = curve_normal(middle) * thick[:, None]
    across[4, 0] *= 1.6
    flat = np.stack([middle + across, middle - across])
    seen = skull.surface(flat[..., 0], flat[..., 1])
    seen[..., 2] -= 0.07
    hidden = seen + np.array([0.0, 0.0, _AWAY])
    u, v = np.meshgrid(np.linspace(0, 1, 9), np.linspace(1, 0, 2))
    mesh = sheet(hidden, np.stack([u, v], -1), normal=np.tile([0.0, 0.0, -1.0], (2, 9, 1)))
    return in_cell(replace(mesh, morph={"hau_left": (seen - hidden).reshape(-1, 3)}), EYE["spike"])


def fold(skull: Skull, eye: EyeTraits) -> Mesh:
    """Return the fold above the upper lid, the second line of a double eyelid."""
    rest = open_lids(eye)
    away = eye.lash + 0.055
    thick = (0.020 if eye.fold == "full" else 0.011) * np.sin(np.pi * smoothstep(0.12, 0.98, SHARE))

    def shape(state: Lids) -> F8:
        line = rest.upper + curve_normal(rest.upper) * away + 0.28 * (state.upper - rest.upper)
        low = line[2:]
        return np.stack([low, low + np.array([0.0, 1.0]) * thick[2:, None]])

    return _ribbon(skull, eye, shape, (0.012, 0.012), "fold")


@dataclass(frozen=True)
class Eyes:
    """The parts of both eyes, in drawing order."""

    white: Mesh
    iris: Mesh
    shine: Mesh
    lashes: Mesh


def make_eyes(skull: Skull, eye: EyeTraits) -> Eyes:
    """Return both eyes. The right one mirrors the left; only its iris and highlights have cells of their own."""
    plane = EyePlane(skull, eye)
    folds = [] if eye.fold == "none" else [fold(skull, eye)]
    lines = join([*folds, lower_lash(skull, eye), upper_lash(skull, eye), squint(skull, eye)])
    pairs = [[part(plane, eye, f"{name}_left"), mirrored(part(plane, eye, f"{name}_right"))]
             for part, name in ((iris, "iris"), (shine, "shine"))]  # fmt: skip
    return Eyes(both(white(plane, eye)), join(pairs[0]), join(pairs[1]), both(lines))
