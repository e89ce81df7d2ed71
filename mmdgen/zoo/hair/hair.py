"""A head of hair: the cap on the skull, bangs, side locks, back hair and what stands up from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mmdgen.zoo.atlas import HAIR_COLUMNS, HAIR_OTHERS
from mmdgen.zoo.hair.backs import Back, Point
from mmdgen.zoo.hair.bangs import BANGS, sides
from mmdgen.zoo.hair.chains import Chain, bodies, joints
from mmdgen.zoo.hair.crown import AHOGE_BONE, CENTER, ahoge, bun, cap, shaved_cap, wound
from mmdgen.zoo.hair.guide import Guide
from mmdgen.zoo.hair.locks import Lock, Path, along, lock_mesh
from mmdgen.zoo.hair.tied import BACKS
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import F8, Mesh, join, mirrored, other_side
from mmdgen.zoo.rigging import Body, Joint
from mmdgen.zoo.traits import BodyTraits, HairTraits

TAPERS = {"tapered": 2.2, "needle": 1.35, "round": 4.5, "ragged": 2.2, "soft": 2.6}
_ON_SKULL = 0.20  # units off the guide up to which hair counts as lying on the skull
_COMBED = 1.95  # y above which the ends of bangs lie on the head, combed up or back
_DEPTHS = {"front": 12, "side": 14, "back": 16}  # rows of a lock


@dataclass(frozen=True)
class Hair:
    """``back`` is drawn before ``front``; ``top`` is the height of the hair that lies on the skull."""

    back: Mesh
    front: Mesh
    guide: Guide
    top: float
    ties: Sequence[Point]
    joints: Sequence[Joint] = ()  # bones, parents first; the root of each chain hangs on 頭
    bodies: Sequence[Body] = ()


def make_hair(
    skull: Skull, traits: HairTraits, rng: np.random.Generator, *, symmetric: bool, eyes: float, body: BodyTraits
) -> Hair:
    """Return the hair; a symmetric one is made of left locks and their mirror images. ``eyes`` is their upper edge."""
    guide = Guide.around(skull, traits, eyes, body)
    style = BACKS[traits.back](rng, guide)
    dyed = _Dye(traits)
    front = _locks(guide, BANGS[traits.bangs](rng, guide, traits.part), "front", dyed, symmetric=symmetric)
    beside = _locks(guide, sides(traits.sides, rng, guide), "side", dyed, symmetric=symmetric)
    behind = _locks(guide, style.paths, "back", dyed, symmetric=symmetric)
    tuft = ahoge(guide, traits.ahoge, rng)
    chains = _chains([*front, *beside, *behind, *tuft], style, traits, symmetric=symmetric)
    ball_locks = [lock for ball in style.balls for lock in wound(*ball)]

    def made(locks: Sequence[Lock], *, mirror: bool, inner: bool, across: int = 4) -> list[Mesh]:
        meshes = [_hung(lock, chains, inner=inner, across=across) for lock in locks]
        if mirror:
            dyed_alike = [replace(lock, cell=dyed.right(lock.cell)) for lock in locks]
            meshes += [_hung(lock, chains, inner=inner, across=across, mirror=True) for lock in dyed_alike]
        return meshes

    crown = (shaved_cap if style.shaved else cap)(guide, skull, dyed.cap(1.0), dyed.cap(-1.0))
    on_skull = [crown, *made(behind, mirror=symmetric, inner=True)]
    loose = made([*style.tails, *ball_locks], mirror=style.paired, inner=True, across=3)
    balls = [bun(dyed.cap(1.0), *b) for b in style.balls]
    if style.paired:
        balls += [mirrored(bun(dyed.cap(-1.0), *b)) for b in style.balls]
    fringe = [*made(beside, mirror=symmetric, inner=False), *made(front, mirror=symmetric, inner=False)]
    ahoges = made(tuft, mirror=False, inner=False, across=3)
    top = _top(guide, crown, [*on_skull, *fringe])
    hung = chains.values()
    front_hair = join([*fringe, *ahoges]) if fringe or ahoges else replace(crown, faces=crown.faces[:0])
    return Hair(join([*on_skull, *loose, *balls]), front_hair, guide, top, style.ties, joints(hung), bodies(hung))


def _top(guide: Guide, crown: Mesh, meshes: Sequence[Mesh]) -> float:
    """Return the highest y of hair that lies on the skull: what stands off the guide does not count."""
    points = np.concatenate([m.position for m in meshes])
    lying = points[guide.rise(points) < _ON_SKULL]
    return max(float(crown.position[:, 1].max()), float(lying[:, 1].max()))


# --- colours ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Dye:
    """Which locks wear which of the hair's colours."""

    traits: HairTraits

    def cap(self, side: float) -> str:
        """Return the cell of one half of the cap."""
        return "other0" if self.traits.pattern == "split" and side < 0 else "lock1"

    def right(self, cell: str) -> str:
        """Return the cell of the right one of a pair whose left one wears ``cell``."""
        return f"other{int(cell[-1]) % HAIR_OTHERS}" if self.traits.pattern == "split" else cell

    def cell(self, part: str, k: int, turn: float) -> str:
        """Return the cell of a part's ``k``-th lock; neighbours differ in tone."""
        other = f"other{k % HAIR_OTHERS}"
        pattern = self.traits.pattern
        dyed = {
            "split": turn < 0,
            "streaks": k % 5 == 2,
            "front": part == "front" and abs(turn) < 0.32,
            "sides": part == "side",
            "bangs": part == "front",
        }.get(pattern, False)
        return other if dyed else f"lock{(k * 3 + k // 4) % HAIR_COLUMNS}"


def _locks(guide: Guide, paths: Sequence[Path], part: str, dyed: _Dye, *, symmetric: bool) -> list[Lock]:
    """Return one lock a path, with the character's kind of tips, on the bones that hair of this part hangs on."""
    locks = []
    tips = dyed.traits.tips
    for k, path in enumerate(paths):
        turn = path.knots[-1][0]
        if symmetric and turn <= 0:
            continue
        ragged = tips == "ragged" and not path.free and part != "front"
        shaped = path if path.free else replace(path, taper=TAPERS[tips])
        if ragged:
            shaped = replace(shaped, tip=max(path.tip, 0.55))
        lock = along(guide, shaped, dyed.cell(part, k, turn), _DEPTHS[part])
        locks.append(replace(lock, ragged=ragged, chain=_bone_of(part, turn, float(lock.spine[-1, 1]))))
    return locks


def _bone_of(part: str, turn: float, low: float) -> str:
    side = "左" if turn > 0 else "右"
    if part == "front" and low > _COMBED:
        return ""
    if part == "front":
        return "前髪" if abs(turn) < 0.25 else f"{side}前髪"
    if part == "side":
        return f"{side}横髪"
    if low > -0.35:
        return ""
    return "後髪" if abs(turn) > 2.6 else f"{side}後髪"


# --- bones ------------------------------------------------------------------------------------------------------------


def _chains(locks: Sequence[Lock], style: Back, traits: HairTraits, *, symmetric: bool) -> dict[str, Chain]:
    """Return the chains by name: tails have their own, locks share the way of the longest of them."""
    if traits.rigged == "none":
        return {}
    chains = {}
    for name, points in style.chains.items():
        chains[name] = Chain(name, points, 0.2, traits.bone_names)
        if style.paired:
            chains[other_side(name)] = Chain(other_side(name), points * [-1, 1, 1], 0.2, traits.bone_names)
    if traits.rigged == "tails":
        return chains
    for name in dict.fromkeys(lock.chain for lock in locks if lock.chain):
        longest = max((lock.spine for lock in locks if lock.chain == name), key=_length)
        points = _along(longest, name)
        if name[0] not in "左右" and (symmetric or name != AHOGE_BONE):
            points[:, 0] = 0
        chains[name] = Chain(name, points, naming=traits.bone_names)
        if symmetric and name[0] in "左右":
            chains[other_side(name)] = Chain(other_side(name), points * [-1, 1, 1], naming=traits.bone_names)
    return chains


def _length(spine: F8) -> float:
    return float(np.linalg.norm(np.diff(spine, axis=0), axis=1).sum())


def _along(spine: F8, name: str) -> F8:
    """Return joints along a lock: bones begin where it leaves the skull, long locks have more of them."""
    start = 0.0 if name == AHOGE_BONE else 0.35 if "前髪" in name else 0.45
    length = _length(spine) * (1 - start)
    count = 2 if name == AHOGE_BONE else max(1, min(4, round(length / 0.75)))
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(spine, axis=0), axis=1))])
    at = np.linspace(start, 1, count + 1) * way[-1]
    return np.stack([np.interp(at, way, spine[:, k]) for k in range(3)], -1)


def _hung(lock: Lock, chains: Mapping[str, Chain], *, inner: bool, across: int, mirror: bool = False) -> Mesh:
    """Return a lock's mesh, or that of its mirror image, on its bones."""
    mesh = lock_mesh(lock, CENTER, across=across, inner=inner)
    spine, name = lock.spine, lock.chain
    if mirror:
        mesh, spine, name = mirrored(mesh), spine * [-1.0, 1.0, 1.0], other_side(name)
    chain = chains.get(name)
    if chain is None:
        return mesh
    rows = np.repeat(np.arange(len(spine)), 5 if lock.ragged else across)
    if inner:
        rows = np.concatenate([rows, np.repeat(np.arange(len(spine)), 2)])
    return replace(mesh, weight={bone: w[rows] for bone, w in chain.weights(spine).items()})
