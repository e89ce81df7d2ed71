"""The mouth: a closed line in the skin that opens into a cavity with teeth and tongue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmdgen.zoo.atlas import FACE
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, I4, Mesh, both, in_cell, join, piece, sheet, sheet_faces, smoothstep
from mmdgen.zoo.traits import MouthTraits

_HALF = 9  # points of half a lip, middle to corner
_SHARE = np.sin(np.linspace(0, np.pi / 2, _HALF))
_ARCH = 1.2  # exponent of the upper lip's curve
_RINGS = ((0.0, 1.0), (0.013, 1.0), (0.05, 0.92))  # distance from the lips' line, share of their way


@dataclass(frozen=True)
class Opening:
    """One shape of the mouth: shares of ``MouthTraits.opening`` up and down, of its width and of the jaw's drop."""

    up: float
    down: float
    width: float
    power: float  # of the lower lip's curve: less is squarer
    jaw: float
    corner: float = 0.0  # how far the corners rise
    wave: float = 0.0  # how far the line sags between middle and corners, as a cat's


SHAPES = {
    "a": Opening(0.16, 0.84, 0.98, 0.56, 1.0),
    "i": Opening(0.06, 0.26, 1.25, 0.45, 0.15, 0.02),
    "u": Opening(0.12, 0.34, 0.48, 0.85, 0.35),
    "e": Opening(0.10, 0.52, 1.18, 0.60, 0.5),
    "o": Opening(0.18, 0.70, 0.60, 0.90, 0.8),
    "grin": Opening(0.02, 0.03, 1.30, 0.8, 0.0, 0.06),
    "frown": Opening(0.01, 0.01, 0.95, 0.8, 0.0, -0.055),
    "triangle": Opening(0.34, 0.16, 0.85, 0.35, 0.25, -0.03),
    "omega": Opening(0.01, 0.02, 1.05, 0.8, 0.0, 0.035, 0.055),
    "omega_open": Opening(0.02, 0.42, 1.0, 0.7, 0.35, 0.035, 0.05),
}


def _across() -> F8:
    """Return how far each point of a lip is from its corner: 1 in the middle, 0 at the corner."""
    across: F8 = np.cos(np.arcsin(_SHARE))
    across[-1] = 0
    return across


class Mouth:
    """The mouth of one face. Everything is made for x >= 0 and mirrored."""

    def __init__(self, skull: Skull, traits: MouthTraits) -> None:
        self.skull = skull
        self.traits = traits

    def _line(self) -> F8:
        """Return the closed line (_HALF, 2) from the middle to the left corner."""
        x = self.traits.width * _SHARE
        return np.stack([x, self.traits.y + self.traits.smile * (_SHARE**2 - 0.45)], -1)

    def _lips(self, shape: Opening) -> tuple[F8, F8]:
        """Return where an opening takes the points of the upper and of the lower lip (_HALF, 2 each)."""
        line = self._line()
        across = _across()
        x = line[:, 0] * shape.width
        rise = line[:, 1] + shape.corner * _SHARE**2 - shape.wave * np.sin(np.pi * _SHARE)
        middle = self.traits.y - 0.45 * self.traits.smile
        gather = min(1.0, shape.down * 2) * 0.55  # an open mouth's corners come back to its middle
        base = rise + gather * (middle - rise) * _SHARE
        upper = np.stack([x, base + self.traits.opening * shape.up * across**_ARCH], -1)
        lower = np.stack([x, base - self.traits.opening * shape.down * across**shape.power], -1)
        return upper, lower

    def _loop(self, upper: F8, lower: F8) -> F8:
        """Return half a ring (2 · _HALF - 1, 2): the upper lip outward, then the lower one inward."""
        return np.concatenate([upper, lower[-2::-1]])

    def _ring(self, distance: float) -> F8:
        line = self._line()
        away = np.stack([np.zeros(_HALF), np.full(_HALF, distance)], -1)
        if distance < 0.02:
            away *= np.sqrt(np.clip(1 - _SHARE**2, 0, 1))[:, None] * 0.85 + 0.15
        loop = self._loop(line + away, line - away)
        corner = _HALF - 1
        loop[corner] = line[-1] + np.array([max(distance, 0.0), 0.0])
        if distance >= 0.02:
            loop[corner - 1, 0] += distance * 0.75
            loop[corner + 1, 0] += distance * 0.75
            loop[corner - 2, 0] += distance * 0.35
            loop[corner + 2, 0] += distance * 0.35
        return loop

    def _rings(self) -> F8:
        """Return rings (rings, 2 · _HALF - 1, 3) around the closed mouth; the first is the line itself."""
        flat = np.stack([self._ring(d) for d, _ in _RINGS])
        return self.skull.surface(flat[..., 0], flat[..., 1])

    def skin_rings(self) -> F8:
        """Return the rings (rings, 2 · _HALF - 1, 3) that belong to the skin; within lies the drawn line."""
        return self._rings()[1:]

    def hole(self) -> F8:
        """Return the outermost ring as a polygon (n, 2)."""
        return self._ring(_RINGS[-1][0])

    def lip_faces(self) -> I4:
        """Return triangles between the rings of ``skin_rings``."""
        return sheet_faces(len(_RINGS) - 1, 2 * _HALF - 1)

    def skin_offsets(self, skin: F8, lips: int) -> dict[str, F8]:
        """Return each shape's offsets (n, 3) of skin points, the first ``lips`` of which are ``skin_rings``."""
        result = {}
        for name, shape in SHAPES.items():
            flat = np.concatenate([self._way(shape, _RINGS[1:]), self._field(shape, skin[lips:, :2])])
            result[f"mouth_{name}"] = self._on_face(skin, flat)
        return result

    def _way(self, shape: Opening, rings: tuple[tuple[float, float], ...]) -> F8:
        """Return offsets (rings · (2 · _HALF - 1), 2) of rings under an opening."""
        upper, lower = self._lips(shape)
        way = self._loop(upper, lower) - self._loop(self._line(), self._line())
        return np.concatenate([way * share for _, share in rings])

    def _field(self, shape: Opening, flat: F8) -> F8:
        """Return how skin outside the rings (n, 2) follows: the lips near them, the jaw at the chin, then nothing."""
        t = self.traits
        drop = t.jaw_drop * shape.jaw
        lip = t.opening * shape.down
        x, y = flat[:, 0], flat[:, 1]
        low, high = t.y - 0.05, t.y + 0.05
        reach = t.width * 1.0 + 0.10
        near = np.exp(-((np.maximum(x - reach * 0.35, 0) / reach) ** 2) * 1.4)
        down = smoothstep(0.0, 1.0, np.clip((low - y) / max(low, 1e-6), 0, 1))  # 0 at the lip, 1 at the chin
        below = (-(lip * 0.86) * (1 - down) * near - drop * down * np.exp(-((x / 0.75) ** 2))) * (y < t.y)
        fade = np.exp(-(((y - high) / 0.07) ** 2))
        above = t.opening * shape.up * 0.8 * fade * near * (y >= t.y)
        pull = (shape.width - 1) * t.width * 0.5 * np.exp(-(((x - t.width) / 0.12) ** 2) - ((y - t.y) / 0.12) ** 2)
        return np.stack([pull, below + above], -1)

    def _on_face(self, points: F8, flat: F8) -> F8:
        """Return offsets (n, 3) that move points by ``flat`` in the front view and keep them on the face."""
        goal = points[:, :2] + flat
        z = self.skull.z(goal[:, 0], np.maximum(goal[:, 1], 0.03)) - self.skull.z(
            points[:, 0], np.maximum(points[:, 1], 0.03)
        )
        still = np.abs(flat).max(1) < 1e-9
        return np.column_stack([flat, np.where(still, 0, z)])

    def line(self) -> Mesh:
        """Return the drawn line of the lips, which also rims the open mouth."""
        rings = self._rings()[:2]
        rings[..., 2] -= 0.004
        position = rings.reshape(-1, 3)
        morph = {}
        for name, shape in SHAPES.items():
            flat = self._way(shape, _RINGS[:2])
            morph[f"mouth_{name}"] = self._on_face(position, flat)
        uv = np.full((len(position), 2), 0.5)
        normal = self.skull.soft_normal(position)
        mesh = piece(position, sheet_faces(2, 2 * _HALF - 1), uv, normal=normal, morph=morph)
        return in_cell(both(mesh), FACE["line"])

    def bowl(self) -> Mesh:
        """Return everything that an open mouth shows: the cavity, teeth, tongue."""
        teeth = self.teeth()
        return join([self.inside(), *([] if teeth is None else [teeth]), self.tongue()])

    def inside(self) -> Mesh:
        """Return the cavity: from the lips' edge to a bowl behind the skin; all of it follows the opening."""
        lips = self._rings()[0]
        rest = self._cavity(self._loop(self._line(), self._line()))
        u = np.broadcast_to(np.linspace(0, 1, rest.shape[1]), rest.shape[:2])
        v = np.broadcast_to(np.array([1.0, 0.7, 0.35, 0.0])[:, None], rest.shape[:2])
        mesh = sheet(rest, np.stack([u, v], -1))
        morph = {}
        for name, shape in SHAPES.items():
            offset = (self._cavity(self._loop(*self._lips(shape))) - rest).reshape(-1, 3)
            offset[-len(lips) :] = self._on_face(lips, self._way(shape, _RINGS[:1]))
            morph[f"mouth_{name}"] = offset
        normal = np.tile([0.0, 0.0, -1.0], (len(mesh), 1))
        half = Mesh(mesh.position, mesh.faces, mesh.uv, normal, mesh.weight, morph)
        return in_cell(both(half), FACE["inside"])

    def _cavity(self, loop: F8) -> F8:
        """Return rows (4, 2 · _HALF - 1, 3) from the back of the cavity to the lips' edge ``loop``."""
        middle = np.array([0.0, (loop[0, 1] + loop[-1, 1]) / 2])
        wide = middle + (loop - middle) * 1.15
        rows = [self._behind(np.tile(middle, (len(loop), 1)), 0.34), self._behind(middle + (wide - middle) * 0.8, 0.30)]
        points = np.stack([*rows, self._behind(wide, 0.10), self._behind(loop, 0.0)])
        points[:, [0, -1], 0] = 0
        return points

    def _behind(self, flat: F8, depth: float) -> F8:
        points = self.skull.surface(flat[:, 0], np.maximum(flat[:, 1], 0.04))
        points[:, 1] = flat[:, 1]
        points[:, 2] += depth
        return points

    def teeth(self) -> Mesh | None:
        """Return the teeth, bands that show behind the lips of an open mouth; fangs may hang from the upper one."""
        kinds = {"none": (), "upper": (1,), "both": (1, -1)}[self.traits.teeth]
        parts = [self._row(up) for up in kinds]
        if self.traits.fang != "none":
            fang = self._fang()
            parts.append(both(fang) if self.traits.fang == "both" else fang)
        return in_cell(join(parts), FACE["teeth"]) if parts else None

    def _row(self, up: int) -> Mesh:
        """Return the upper (1) or the lower (-1) teeth; the lower ones sink with the jaw."""
        t = self.traits
        line = self._line()[:7]
        line[:, 1] = line[0, 1] + 0.55 * (line[:, 1] - line[0, 1])
        edge = line * [0.92, 1.0] + [0.0, up * 0.045 * t.opening]  # beyond the closed line: a mouth ajar hides them
        tall = np.array([[[0.0, 0.0]], [[0.0, up * 0.09]]])
        flat = (edge + tall)[::up]
        points = self._behind(flat.reshape(-1, 2), 0.075).reshape(2, -1, 3)
        uv = np.stack(np.broadcast_arrays(np.linspace(0, 1, 7), np.array([[1.0], [0.0]])[::up]), -1)
        mesh = sheet(points, uv, normal=np.tile([0.0, 0.0, -1.0], (2, 7, 1)))
        morph = {}
        for name, shape in SHAPES.items():
            sink = np.zeros((len(mesh), 3))
            if up < 0:
                sink[:, 1] = -t.opening * shape.down * 0.80
                sink[:, 0] = mesh.position[:, 0] * (min(shape.width, 1.0) * 0.82 - 1)
            morph[f"mouth_{name}"] = sink
        return both(Mesh(mesh.position, mesh.faces, mesh.uv, mesh.normal, mesh.weight, morph))

    def _fang(self) -> Mesh:
        """Return the left fang."""
        t = self.traits
        x0, top = t.width * 0.42, t.y + t.opening * 0.1
        flat = np.array([[x0 - 0.035, top], [x0 + 0.045, top], [x0 + 0.005, top - t.opening * 0.30]])
        points = self._behind(flat, 0.065)
        normal = np.tile([0.0, 0.0, -1.0], (3, 1))
        return piece(points, np.array([[0, 1, 2]], np.int32), np.full((3, 2), 0.3), normal=normal)

    def tongue(self) -> Mesh:
        """Return the tongue, a low dome at the bottom of the cavity."""
        t = self.traits
        a = np.linspace(0, np.pi / 2, 5)[::-1]  # from the middle of the upper edge to the left end
        r = np.array([1.0, 0.75, 0.4, 0.0])[::-1, None]
        flat = np.stack([t.width * 0.62 * r * np.cos(a), t.y - t.opening * (0.74 - 0.34 * r * np.sin(a))], -1)
        points = self._behind(flat.reshape(-1, 2), 0.0).reshape(4, 5, 3)
        points[..., 2] += np.array([0.10, 0.115, 0.14, 0.17])[:, None]
        points[:, 0, 0] = 0
        uv = np.stack([0.5 + 0.5 * r * np.cos(a), 1 - r * np.sin(a)], -1)
        mesh = sheet(points, uv, normal=np.tile([0.0, 0.0, -1.0], (4, 5, 1)))
        return in_cell(both(mesh), FACE["tongue"])
