"""Figures: heads of the usual size on bodies that stand on the ground, whatever sex, age and pose they have."""

from functools import cache

import numpy as np
import pytest
from characters import SEED, character

from mmdgen.zoo.draw import draw_traits
from mmdgen.zoo.draw.face import FANTASY_SKINS, SKINS
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.paint.color import luminance
from mmdgen.zoo.traits import Traits


@cache
def drawn() -> list[Traits]:
    return [draw_traits(SEED, k) for k in range(400)]


def firsts() -> list[int]:
    """Return one character of each sort of figure, in each pose of the arms."""
    found: dict[object, int] = {}
    for index, traits in enumerate(drawn()):
        found.setdefault(traits.style, index)
        found.setdefault(round(traits.body.arm_turn / 20), index)
    return sorted(set(found.values()))


INDICES = firsts()


@pytest.mark.parametrize("index", INDICES)
def test_heads_have_the_size_of_real_ones_and_feet_stand_on_the_ground(index: int) -> None:
    made = character(index)
    bottom, top = made.head
    assert 2.6 < top - bottom < 4.2
    assert abs(float(made.model.vertices.position[:, 1].min())) < 0.02
    tall = bottom / (top - bottom)  # heads below the chin
    if made.traits.style.chibi:
        assert 1.2 < tall < 2.6
    elif made.traits.style.age == "child":
        assert 3.2 < tall < 4.8
    else:
        assert 4.6 < tall < 7.5


@pytest.mark.parametrize("index", INDICES)
def test_joints_lie_inside_the_limbs_that_they_turn(index: int) -> None:
    model, scale = character(index).model, character(index).traits.body.scale
    v = model.vertices
    number = {bone.name: k for k, bone in enumerate(model.bones)}
    for name in ("左ひじ", "右ひじ", "左手首", "右手首", "左ひざ", "右足首"):
        joint = np.array(model.bones[number[name]].position)
        mine = v.position[(v.bone[:, :2] == number[name]).any(1)]
        distance = np.linalg.norm(mine - joint, axis=1)
        assert distance.min() < 0.6 * scale
        assert np.linalg.norm(mine[distance < 0.8 * scale].mean(0) - joint) < 0.5 * scale


@pytest.mark.parametrize("index", INDICES)
def test_arms_stand_as_far_from_the_body_as_their_turn_says(index: int) -> None:
    made = character(index)
    shoulder, elbow = (np.array(made.model.bones[made.model.bone(name)].position) for name in ("左腕", "左ひじ"))
    slope = np.degrees(np.arctan2(elbow[1] - shoulder[1], elbow[0] - shoulder[0]))
    assert slope == pytest.approx(made.traits.body.arm_turn - 51.5, abs=1.0)


def test_eyes_lie_within_their_faces() -> None:
    for t in drawn():
        f, eye = t.face, t.eyes
        skull = Skull(f.skull_height, f.width, f.tip, f.chin, f.jaw, f.cheek, f.nose, f.nose_y)
        corners = skull.half_width(np.array([eye.y + eye.tilt / 2, eye.y - eye.bottom]))
        assert eye.x + eye.width / 2 < 0.985 * corners[0]
        assert eye.x < 0.8 * corners[1]
        assert eye.x - eye.width / 2 > 0.15
        assert eye.y - eye.bottom > t.mouth.y + 0.05


def test_lashes_stand_out_from_every_skin() -> None:
    contrast = [abs(luminance(t.skin) - luminance(t.eyes.lash_color)) for t in drawn()]
    assert min(contrast) > 0.12


def test_skins_run_from_pale_to_very_dark_and_a_few_are_fantastic() -> None:
    bright = [luminance(t.skin) for t in drawn()]
    assert min(bright) < 0.30
    assert max(bright) > 0.93
    human = [t.skin[0] >= t.skin[1] >= t.skin[2] for t in drawn()]
    assert 0.03 < 1 - np.mean(human) < 0.12
    assert all(s[0] >= s[1] >= s[2] for s in SKINS)
    assert len(FANTASY_SKINS) >= 8


def test_sexes_ages_and_proportions_come_in_their_shares() -> None:
    styles = [t.style for t in drawn()]
    assert 0.22 < np.mean([s.male for s in styles]) < 0.38
    assert 0.08 < np.mean([s.age == "child" for s in styles]) < 0.22
    assert 0.20 < np.mean([s.age == "adult" for s in styles]) < 0.40
    assert 0.02 < np.mean([s.chibi for s in styles]) < 0.09
