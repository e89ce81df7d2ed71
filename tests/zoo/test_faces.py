"""Eyes that close, mouths that open, winks that stay on their side: measured on the geometry itself."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from characters import EYES, LIDS, SEED, hidden, offsets, sampled, triangles

from mmdgen.model import VertexMorph
from mmdgen.pose.binding import Binding, bind
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.zoo.character import Character, make_character
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.draw.eyes import EYES as EYE_KINDS
from mmdgen.zoo.making import annotation


def firsts() -> list[int]:
    """Return one character of each kind of eye, and one of each sort of figure."""
    found: dict[object, int] = {}
    for index in range(300):
        traits = draw_traits(SEED, index)
        found.setdefault(traits.eyes.kind, index)
        found.setdefault(traits.style, index)
    return sorted(set(found.values()))


INDICES = firsts()


@cache
def character(index: int) -> Character:
    """Return a character with all morphs under their standard names: what is tested here is their geometry."""
    traits = draw_traits(SEED, index)
    naming = replace(traits.naming, missing=(), winks="all", blink_group=False, duplicate=False)
    return make_character(replace(traits, naming=naming), rng_for(SEED, index, "details"))


@cache
def bound(index: int) -> Binding:
    made = character(index)
    return bind(made.model, annotation(made, "0" * 64, "x.pmx"))


TURNS = [(0, 0, 0), (1, 1, 1), (-1, -1, -1)]


def posed(index: int, *poses: tuple[float, ...]) -> np.ndarray:
    binding = bound(index)
    return skin(binding.model, Rig(binding.model).evaluate(binding.state(np.array(poses)))).position.astype(np.float64)


@pytest.mark.parametrize("index", INDICES)
def test_closed_lids_hide_the_eyes_from_wherever_they_are_seen(index: int) -> None:
    model = bound(index).model
    lids = triangles(model, *LIDS)
    for position in posed(index, *((*turn, 1, 1, 0) for turn in TURNS)):
        points = sampled(model, EYES, position)
        assert hidden(points, position, lids).all()


@pytest.mark.parametrize("index", INDICES)
def test_smiling_lids_hide_the_eyes_too(index: int) -> None:
    made = character(index)
    position = made.model.vertices.position + offsets(made.model, made.slots["smile_both"])
    assert hidden(sampled(made.model, EYES, position), position, triangles(made.model, *LIDS)).all()


@pytest.mark.parametrize("index", INDICES)
def test_nothing_of_the_eye_pokes_through_lids_on_their_way(index: int) -> None:
    model = bound(index).model
    eyes, lids = triangles(model, *EYES), triangles(model, *LIDS)
    moving = np.unique(lids)
    moved = np.abs(posed(index, (0, 0, 0, 1, 1, 0))[0] - model.vertices.position).max(1) > 1e-3
    moving = moving[moved[moving]]
    assert len(moving) > 100
    for position in posed(index, *((0, 0, 0, w, w, 0) for w in (0, 0.25, 0.5, 0.75, 1))):
        assert not hidden(position[moving], position, eyes, slack=0).any()


@pytest.mark.parametrize("index", INDICES)
def test_open_eyes_show_white_and_iris_on_both_sides(index: int) -> None:
    model = bound(index).model
    position = posed(index, (0, 0, 0, 0, 0, 1))[0]
    for name in ("白目", "瞳"):
        points = sampled(model, (name,), position)
        seen = points[~hidden(points, position, triangles(model, *LIDS))]
        assert (seen[:, 0] > 0).sum() > 20
        assert (seen[:, 0] < 0).sum() > 20


@pytest.mark.parametrize("index", INDICES)
def test_the_mouth_is_shut_in_the_bind_pose_and_shows_its_inside_at_a(index: int) -> None:
    made = character(index)
    rest = made.model.vertices.position.astype(np.float64)
    inside, skin_ = ("口内",), triangles(made.model, "顔", "口")
    assert hidden(sampled(made.model, inside, rest), rest, skin_, slack=-1e-3).all()
    wide = rest + offsets(made.model, made.slots["mouth"])
    points = sampled(made.model, inside, wide)
    seen = points[~hidden(points, wide, skin_)]
    assert np.ptp(seen[:, 1]) > 0.15
    assert np.ptp(seen[:, 0]) > 0.12


@pytest.mark.parametrize("index", INDICES)
def test_winks_move_only_their_own_side(index: int) -> None:
    made = character(index)
    for slot in ("normal_left", "normal_right", "smile_left", "smile_right"):
        number = made.slots[slot]
        if number is None:
            continue
        data = made.model.morphs[number].data
        assert isinstance(data, VertexMorph)
        x = made.model.vertices.position[data.index, 0]
        assert (x > 0.01).all() if slot.endswith("left") else (x < -0.01).all()


@pytest.mark.parametrize("index", INDICES)
def test_a_blink_is_not_a_smile(index: int) -> None:
    made = character(index)
    lash = np.unique(triangles(made.model, "睫毛"))
    lash = lash[made.model.vertices.position[lash, 0] > 0]
    closed = {}
    for slot in ("normal_both", "smile_both"):
        weight = np.zeros((1, len(made.model.morphs)), np.float32)
        weight[0, made.slots[slot]] = 1
        state = bound(index).state(np.zeros((1, 6)))
        state = type(state)(
            state.rotation, state.translation, np.pad(weight, ((0, 0), (0, state.weight.shape[1] - weight.shape[1])))
        )
        closed[slot] = skin(bound(index).model, Rig(bound(index).model).evaluate(state)).position[0][lash]
    x = closed["normal_both"][:, 0]
    middle = np.abs(x - np.median(x)) < 0.1
    ends = np.abs(x - np.median(x)) > 0.22
    arch = {slot: p[middle, 1].mean() - p[ends, 1].mean() for slot, p in closed.items()}
    assert arch["normal_both"] < 0 < arch["smile_both"]


def test_every_kind_of_eye_was_looked_at() -> None:
    assert {character(k).traits.eyes.kind for k in INDICES} == set(EYE_KINDS)


@pytest.mark.parametrize("index", INDICES[:8])
def test_strokes_wait_inside_the_head_and_come_before_the_lids(index: int) -> None:
    """はぅ draws ">_<": what it brings out is hidden at rest, and hides nothing but closed lids."""
    made = character(index)
    model, rest = made.model, made.model.vertices.position.astype(np.float64)
    number = next(k for k, m in enumerate(model.morphs) if m.name.startswith("はぅ"))
    squinting = rest + offsets(model, number)
    strokes = np.flatnonzero(np.abs(offsets(model, number)[:, 2]) > 0.3)
    assert len(strokes) == 36
    assert hidden(rest[strokes], rest, triangles(model, "顔", "白目", "瞳")).all()
    assert not hidden(squinting[strokes], squinting, triangles(model, "顔", "睫毛", "白目", "瞳"), slack=1e-3).any()
    assert hidden(sampled(model, EYES, squinting), squinting, triangles(model, *LIDS)).all()
    left = squinting[strokes][squinting[strokes][:, 0] > 0]
    tip = left[left[:, 0].argmin()]
    assert left[:, 1].min() < tip[1] < left[:, 1].max()  # it points at the nose
