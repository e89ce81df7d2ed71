"""Hair that leaves eyes and mouth free, hides the scalp from all sides, and hangs on bones as makers rig it."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from characters import SEED, hidden

from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.draw.hair import SYMMETRIC_BACKS, SYMMETRIC_BANGS
from mmdgen.zoo.hair.bangs import BANGS, SIDES
from mmdgen.zoo.hair.chains import NAMINGS
from mmdgen.zoo.hair.crown import AHOGE
from mmdgen.zoo.hair.hair import Hair, make_hair
from mmdgen.zoo.hair.tied import BACKS
from mmdgen.zoo.head.eyes import make_eyes
from mmdgen.zoo.head.face import head_skin
from mmdgen.zoo.head.mouth import Mouth
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.mesh import HEAD, Mesh, join
from mmdgen.zoo.paint.hair import SHINES, paint_hair
from mmdgen.zoo.traits import Traits

TURNS = (0, 50, 105, 180, 215, 270)  # degrees
WORST = 0.15  # share of an iris that hair may hide where no style means it to


@dataclass
class Face:
    traits: Traits
    skull: Skull
    skin: Mesh
    iris: Mesh
    mouth: Mesh
    solid: Mesh  # all that hides what lies behind it


@dataclass
class Head(Face):
    hair: Hair

    @property
    def locks(self) -> Mesh:
        return join([self.hair.back, self.hair.front])


@cache
def face(index: int, *, symmetric: bool = False) -> Face:
    traits = draw_traits(SEED, index, symmetric=symmetric)
    f, eyes = traits.face, traits.eyes
    skull = Skull(f.skull_height, f.width, f.tip, f.chin, f.jaw, f.cheek, f.nose, f.nose_y)
    mouth, sockets = Mouth(skull, traits.mouth), make_eyes(skull, eyes)
    skin = head_skin(skull, eyes, mouth)
    return Face(
        traits, skull, skin, sockets.iris, mouth.line(), join([skin, mouth.bowl(), sockets.white, sockets.iris])
    )


@cache
def head(number: int, *, symmetric: bool = False, **cut: object) -> Head:
    """Return one of three heads with its hair changed as ``cut`` says."""
    found = face(number % 3, symmetric=symmetric)
    traits = replace(found.traits, hair=replace(found.traits.hair, **cut))
    eyes = traits.eyes.y + traits.eyes.top
    rng = rng_for(SEED, number, "details")
    hair = make_hair(found.skull, traits.hair, rng, symmetric=symmetric, eyes=eyes, body=traits.body)
    return Head(traits, found.skull, found.skin, found.iris, found.mouth, found.solid, hair)


def covered(points: np.ndarray, mesh: Mesh) -> float:
    """Return the share of points that the mesh hides from a viewer in front."""
    return float(hidden(points, mesh.position, mesh.faces).mean())


@pytest.mark.parametrize("bangs", BANGS)
@pytest.mark.parametrize("index", [0, 1])
def test_bangs_leave_the_eyes_free_unless_they_mean_to_hide_one(bangs: str, index: int) -> None:
    found = head(index, bangs=bangs)
    assert covered(found.mouth.position, found.locks) == 0
    iris = found.iris.position
    iris = iris[iris[:, 1] < found.hair.guide.eyes]
    shares = sorted(covered(iris[iris[:, 0] * side > 0], found.locks) for side in (-1, 1))
    assert shares[0] < WORST
    assert shares[1] > 0.3 if bangs == "one_eye" else shares[1] < WORST


@pytest.mark.parametrize("sides", SIDES)
def test_side_locks_leave_the_face_free(sides: str) -> None:
    found = head(3, sides=sides, bangs="choppy")
    assert covered(found.mouth.position, found.locks) == 0
    assert covered(found.iris.position, found.locks) < WORST


@pytest.mark.parametrize(
    ("number", "bangs"), [(k, b) for k, b in enumerate(BANGS) if b not in ("raised", "swept_back")]
)
def test_bangs_hang_before_the_face_and_not_in_it(number: int, bangs: str) -> None:
    found = head(number, bangs=bangs)
    points = found.hair.front.position
    points = points[(points[:, 1] < 1.8) & (points[:, 1] > 0.1)]
    assert np.abs(found.skull.outside(points, 0.0) - points).max() < 1e-6


@pytest.mark.parametrize(("number", "back"), list(enumerate(BACKS)))
def test_no_scalp_shows_from_any_side(number: int, back: str) -> None:
    found = head(number, back=back, bangs=tuple(BANGS)[number % len(BANGS)])
    x, y, z = found.skin.position.T
    line = np.select([z < -0.35, z < 0.35, z < 0.60], [2.30, 1.75, 1.35], 1.0)  # the hairline, roughly
    scalp = np.flatnonzero((y > line) & (x < found.skull.width))
    solid = join([found.locks, found.solid])
    for degrees in TURNS:
        a = np.radians(degrees)
        turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
        seen = scalp[(found.skin.normal[scalp] @ turn.T)[:, 2] < -0.2]  # what faces the viewer
        assert hidden(found.skin.position[seen] @ turn.T, solid.position @ turn.T, solid.faces).all(), degrees


@pytest.mark.parametrize("back", ["long", "very_long", "hime", "wavy"])
@pytest.mark.parametrize("number", range(3))
def test_long_hair_has_no_gap_behind(number: int, back: str) -> None:
    locks = head(number, back=back).hair.back
    x, y = np.meshgrid(np.linspace(-0.7, 0.7, 29), np.linspace(-0.4, 2.5, 59))
    screen = np.stack([x, y, np.full_like(x, 0.3)], -1).reshape(-1, 3)
    around = np.array([-1.0, 1.0, -1.0])
    assert hidden(screen * around, locks.position * around, locks.faces).all()


@pytest.mark.parametrize(("number", "back"), list(enumerate(BACKS)))
def test_the_top_is_that_of_hair_on_the_skull(number: int, back: str) -> None:
    plain = head(number, back=back, ahoge="none")
    above = plain.hair.top - plain.skull.height
    volume = plain.traits.hair.volume
    assert volume < above < 1.2 * volume + 0.25


def test_what_stands_up_from_the_head_does_not_count_as_its_top() -> None:
    assert {head(1, back="bob", ahoge=kind).hair.top for kind in AHOGE} == {head(1, back="bob", ahoge="none").hair.top}
    for back in ("buns", "bun_tails", "top_bun"):
        found = head(1, back=back, ahoge="none")
        assert found.locks.position[:, 1].max() > found.hair.top + 0.03


@pytest.mark.parametrize(("number", "back"), list(enumerate(BACKS)))
def test_locks_hang_on_chains_that_grow_from_the_head(number: int, back: str) -> None:
    hair = head(number, back=back, rigged="all", bone_names=tuple(NAMINGS)[number % len(NAMINGS)]).hair
    whole = join([hair.back, hair.front])
    weights = np.stack(list(whole.weight.values()))
    assert np.allclose(weights.sum(0), 1)
    assert ((weights > 1e-9).sum(0) <= 2).all()
    known = {HEAD}
    for joint in hair.joints:
        assert joint.parent in known
        assert joint.name not in known
        known.add(joint.name)
        assert whole.weight[joint.name].max() > 0.5
    assert set(whole.weight) == known
    assert [b.bone for b in hair.bodies] == [j.name for j in hair.joints]
    assert {b.hangs_on for b in hair.bodies} <= known
    assert set(join([head(number, back=back, rigged="none").locks]).weight) == {HEAD}


def test_what_lies_on_the_skull_follows_the_head_alone() -> None:
    for index in range(8):
        hair = head(index, rigged="all").hair
        whole = join([hair.back, hair.front])
        on_skull = (whole.position[:, 1] > 2.2) & (hair.guide.rise(whole.position) < 0.1)
        assert whole.weight[HEAD][on_skull].mean() > 0.99


@pytest.mark.parametrize(("number", "back"), list(enumerate(SYMMETRIC_BACKS)))
def test_symmetric_hair_mirrors_itself(number: int, back: str) -> None:
    bangs = SYMMETRIC_BANGS[number % len(SYMMETRIC_BANGS)]
    whole = head(number, symmetric=True, back=back, bangs=bangs).locks
    for name, sign in (("position", -1), ("normal", -1)):
        rows = np.round(getattr(whole, name), 4)
        other = np.round(rows * [sign, 1, 1], 4) + 0.0
        assert np.array_equal(np.unique(rows + 0.0, axis=0), np.unique(other, axis=0))


@pytest.mark.parametrize("shine", SHINES)
def test_tips_fade_where_they_are_translucent_and_nowhere_else(shine: str) -> None:
    traits = head(1, shine=shine, tip_alpha=0.3).traits
    alpha = paint_hair(traits, np.random.default_rng(0))[..., 3]
    assert alpha[-1, 20] < 0.4 * 255
    assert alpha[: alpha.shape[0] * 4 // 5].min() == 255
    assert (np.diff(alpha[:, 20].astype(int)) <= 0).all()
    traits = replace(traits, hair=replace(traits.hair, tip_alpha=1.0))
    assert paint_hair(traits, np.random.default_rng(0))[..., 3].min() == 255


def test_boys_wear_less_at_the_sides_than_girls() -> None:
    drawn = [draw_traits(SEED, k) for k in range(200)]
    sides = {
        male: np.mean([t.hair.volume * t.hair.fullness for t in drawn if t.style.male == male])
        for male in (True, False)
    }
    assert sides[True] < 0.75 * sides[False]
    long = {"long", "wavy", "hime", "very_long", "twin_tails", "drills", "bob"}
    assert np.mean([t.hair.back in long for t in drawn if t.style.male]) < 0.08
