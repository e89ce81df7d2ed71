"""IK: legs reach, knees bend one way, limits and order hold, and no file makes it hang."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpus import corpus_models
from handmade import append, bone, model, random_state, state
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from test_bones import random_skeleton

from mmdgen.errors import FormatError
from mmdgen.formats.load import read_model
from mmdgen.model import IK, IKLink, Model
from mmdgen.rig import ik as ik_module
from mmdgen.rig.ik import Solver
from mmdgen.rig.limits import Limits, twist
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.state import RigState

HEAD_MOVES = 1e-3  # MMD units; where hair with IK of its own meets the head, 3e-4 were measured
KNEE = ((-np.pi, 0.0, 0.0), (-np.radians(0.5), 0.0, 0.0))
HIP, SHIN, FOOT, GOAL, COPY = range(5)
AT = {HIP: (1.0, 10.0, 0.0), SHIN: (1.0, 5.5, -0.15), FOOT: (1.0, 1.0, 0.3), GOAL: (1.0, 1.0, 0.3)}
LENGTH = sum(np.linalg.norm(np.subtract(AT[a], AT[b])) for a, b in ((HIP, SHIN), (SHIN, FOOT)))
TOWARD = st.tuples(st.floats(0, 2 * np.pi), st.floats(0, 1.2), st.floats(0.45, 0.97))


def leg(loops: int = 200, step: float = 2.0, limits=KNEE, follower_layer: int = 2) -> Model:
    """Hip, knee and ankle, the IK bone that the ankle follows, and a bone that appends the knee."""
    return model(
        bones=[
            bone("足", AT[HIP]),
            bone("ひざ", AT[SHIN], HIP),
            bone("足首", AT[FOOT], SHIN),
            replace(
                bone("足ＩＫ", AT[GOAL], layer=1), ik=IK(FOOT, loops, step, (IKLink(SHIN, limits), IKLink(HIP, None)))
            ),
            bone("ひざD", (0.0, 5.5, 0.0), None, follower_layer, append(SHIN, 1.0)),
        ]
    )


def places(made: Model, given_state: RigState, ik: bool = True) -> np.ndarray:
    """Return where every bone lies, (N, B, 3)."""
    at = np.array([b.position for b in made.bones])
    matrix = Rig(made, ik=ik).evaluate(given_state).matrix
    return np.einsum("nbij,bj->nbi", matrix[..., :3], at) + matrix[..., 3]


def pulled(to: np.ndarray) -> RigState:
    """Return a state of ``leg`` whose IK bone lies at a place."""
    return state(leg(), {}, {GOAL: np.subtract(to, AT[GOAL])})


def below_hip(toward: tuple[float, float, float], reach: float = 1.0) -> np.ndarray:
    """Return a place at an azimuth, an angle from straight down and a share of the leg's length."""
    azimuth, tilt, share = toward
    down = np.array([np.sin(tilt) * np.cos(azimuth), -np.cos(tilt), np.sin(tilt) * np.sin(azimuth)])
    return np.array(AT[HIP]) + down * LENGTH * share * reach


def knee_angles(made: Model, given_state: RigState) -> np.ndarray:
    turned = Rotation.from_quat(Rig(made, ik=True).evaluate(given_state).rotation[0, [HIP, SHIN]])
    return (turned[0].inv() * turned[1]).as_euler("XYZ")


@settings(deadline=None, max_examples=30)
@given(TOWARD)
def test_a_leg_reaches_what_it_can_and_its_knee_bends_backward_alone(toward) -> None:
    goal = below_hip(toward)
    assert np.abs(places(leg(), pulled(goal))[0, FOOT] - goal).max() < 1e-3
    angles = knee_angles(leg(), pulled(goal))
    assert angles[0] <= KNEE[1][0] + 1e-4
    np.testing.assert_allclose(angles[1:], 0, atol=1e-4)


@settings(deadline=None, max_examples=15)
@given(TOWARD, st.floats(1.1, 3))
def test_a_leg_stretches_towards_what_it_cannot_reach(toward, beyond: float) -> None:
    goal = below_hip((*toward[:2], 1.0), beyond)
    at = places(leg(limits=None), pulled(goal))[0]
    wanted = (goal - at[HIP]) / np.linalg.norm(goal - at[HIP])
    assert np.abs(at[FOOT] - at[HIP] - wanted * LENGTH).max() < 0.02 * LENGTH


BABYLON = {  # where babylon-mmd 1.3.0 has knee and ankle of ``leg(loops=40)`` when its IK bone moves by the key
    (0, 2, -1): ((1.0, 6.7934, -3.1607), (1.0, 2.9993, -0.6995)),
    (0.5, 3, 1.5): ((1.2283, 6.0811, -2.2051), (1.5, 3.9996, 1.8007)),
    (-2, 4, -3): ((0.8043, 8.8091, -4.3377), (-1.0002, 4.9995, -2.6998)),
    (0, 0.5, 0): ((1.0, 5.6726, -1.2434), (1.0, 1.4226, 0.3027)),  # its 40 loops do not bring it there
    (0, 6, 0.5): ((1.0, 7.4362, -3.7013), (1.0, 6.9998, 0.8001)),
}


@pytest.mark.parametrize("move", BABYLON)
def test_a_leg_is_where_another_runtime_has_it(move: tuple[float, float, float]) -> None:
    made = leg(loops=40)
    found = places(made, state(made, {}, {GOAL: move}))[0, [SHIN, FOOT]]
    np.testing.assert_allclose(found, BABYLON[move], atol=1e-3)


def test_bones_keep_their_lengths() -> None:
    at = places(leg(), pulled(below_hip((1.0, 1.0, 0.6))))[0]
    for a, b in ((HIP, SHIN), (SHIN, FOOT)):
        assert np.linalg.norm(at[a] - at[b]) == pytest.approx(np.linalg.norm(np.subtract(AT[a], AT[b])), abs=1e-5)


def test_a_long_chain_that_cannot_reach_does_not_drift() -> None:
    count = 22
    links = tuple(IKLink(i, None) for i in range(count - 1, -1, -1))
    hair = [bone(f"髪{i}", (0.02 * i * i, -0.5 * i, 0.1 * i), i - 1 if i else None) for i in range(count + 1)]
    goal = replace(bone("髪ＩＫ", hair[-1].position, None, 1), ik=IK(count, 256, 0.4, links))
    made = model(bones=[*hair, goal])
    at = places(made, state(made, {}, {count + 1: (9, -9, 4)}))[0, :-1]
    rest = np.array([b.position for b in hair])
    lengths = [np.linalg.norm(np.diff(points, axis=0), axis=-1) for points in (at, rest)]
    np.testing.assert_allclose(*lengths, atol=1e-4)


def test_at_rest_nothing_moves_and_off_changes_nothing() -> None:
    rest = RigState.identity(leg(), 2)
    assert np.array_equal(places(leg(), rest), places(leg(), rest, ik=False))
    goal = pulled(below_hip((0.3, 0.5, 0.7)))
    assert np.array_equal(places(leg(), goal, ik=False)[0, :GOAL], [AT[i] for i in range(GOAL)])


@pytest.mark.parametrize(("layer", "follows"), [(0, False), (2, True)])
def test_only_a_bone_after_the_ik_bone_follows_a_link(layer: int, follows: bool) -> None:
    made = leg(follower_layer=layer)
    made = replace(made, bones=(*made.bones[:GOAL], *reversed(made.bones[GOAL:])))  # the follower has the lower number
    given_state = state(made, {}, {GOAL + 1: (0, 2, 0)})
    rotation = Rig(made, ik=True).evaluate(given_state).rotation[0]
    assert bool(abs(rotation[GOAL, :3]).max() > 0.1) is follows


def test_a_bone_after_physics_comes_last() -> None:
    made = leg(follower_layer=-5)
    made = replace(made, bones=(*made.bones[:COPY], replace(made.bones[COPY], after_physics=True)))
    rotation = Rig(made, ik=True).evaluate(pulled(below_hip((0.0, 0.3, 0.7)))).rotation[0]
    assert abs(rotation[COPY, :3]).max() > 0.1


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_without_ik_bones_the_order_does_not_matter(seed: int) -> None:
    made = random_skeleton(seed)
    given_state = random_state(made, 2, seed)
    off, on = (Rig(made, ik=ik).evaluate(given_state) for ik in (False, True))
    np.testing.assert_allclose(on.matrix, off.matrix, atol=1e-5)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_any_chain_is_finite_and_independent_of_its_batch(seed: int) -> None:
    random = np.random.default_rng(seed)
    made = random_skeleton(seed)
    pick = [int(i) for i in random.integers(len(made.bones), size=5)]
    limits = [None if random.random() < 0.5 else tuple(map(tuple, random.uniform(-2, 2, (2, 3)))) for _ in pick]
    ik = IK(pick[0], int(random.integers(20)), float(random.uniform(-1, 3)), tuple(map(IKLink, pick[1:4], limits)))
    made = replace(made, bones=tuple(replace(b, ik=ik if i in pick[3:] else None) for i, b in enumerate(made.bones)))
    given_state = random_state(made, 3, seed)
    together = Rig(made, ik=True).evaluate(given_state)
    assert np.isfinite(together.matrix).all()
    alone = Rig(made, ik=True).evaluate(
        RigState(given_state.rotation[1:2], given_state.translation[1:2], given_state.weight[1:2])
    )
    np.testing.assert_array_equal(alone.matrix[0], together.matrix[1])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.booleans())
def test_limits_bound_the_angles_and_spare_what_is_within(seed: int, mirror: bool) -> None:
    random = np.random.default_rng(seed)
    low, high = np.sort(random.uniform(-1.5, 1.5, (2, 3)), 0)
    limits = Limits.of((tuple(low), tuple(high)))
    assert limits is not None
    letters = "".join("XYZ"[axis] for axis in limits.order)
    back = list(np.argsort(limits.order))
    clamped = limits.clamp(Rotation.random(4, random_state=seed).as_quat(), mirror=mirror)
    angles = Rotation.from_quat(clamped).as_euler(letters)[:, back]
    assert (angles >= low - 1e-6).all()
    assert (angles <= high + 1e-6).all()
    inside = random.uniform(low, high)
    kept = Rotation.from_euler(letters, inside[list(limits.order)])
    same = Rotation.from_quat(limits.clamp(kept.as_quat()[None], mirror=mirror)[0])
    assert (same.inv() * kept).magnitude() < 1e-6


def test_huge_loop_counts_end_quickly() -> None:
    started = time.perf_counter()
    places(leg(loops=2**31 - 1), pulled(below_hip((0.0, 0.5, 3.0))))
    assert time.perf_counter() - started < 1


def counted(monkeypatch: pytest.MonkeyPatch, made: Model) -> dict[str, int]:
    """Solve a model's IK once; return how many links were turned and how many bones placed for that."""
    counts = {"turned": 0, "placed": 0}
    turned, place = ik_module._turned, Solver._place

    def turning(*args, **options):
        counts["turned"] += 1
        return turned(*args, **options)

    def placing(self, chain, *args):
        counts["placed"] += len(chain.ancestors)
        return place(self, chain, *args)

    monkeypatch.setattr(ik_module, "_turned", turning)
    monkeypatch.setattr(Solver, "_place", placing)
    assert np.isfinite(Rig(made, ik=True).evaluate(random_state(made, 1, 0)).matrix).all()
    return counts


@pytest.mark.parametrize("chains", [1, 300])
def test_a_hostile_crowd_of_links_asks_for_no_more_work_than_any_model_may(
    chains: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ik_module, "STEPS", 2000)
    crowd = [bone(f"{i}", (i, 0, 0), i - 1 if i else None) for i in range(300)]
    ik = IK(299, 2**31 - 1, 1.0, tuple(IKLink(i, None) for i in range(299, -1, -1)))
    counts = counted(monkeypatch, model(bones=[replace(b, ik=ik if i < chains else None) for i, b in enumerate(crowd)]))
    assert counts["turned"] <= 2000


def test_chains_that_hang_deep_ask_for_no_more_work_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ik_module, "STEPS", 2000)
    deep = [bone(f"{i}", (i, 0, 0), i - 1 if i else None) for i in range(300)]
    ik = IK(1, 5, 1.0, (IKLink(0, None),))
    counts = counted(monkeypatch, model(bones=[replace(b, ik=ik if i > 200 else None) for i, b in enumerate(deep)]))
    assert counts["placed"] <= 2000
    shallow = counted(monkeypatch, model(bones=[replace(b, ik=ik if i == 5 else None) for i, b in enumerate(deep)]))
    assert shallow["turned"] == 5


def test_cycles_are_harmless() -> None:
    links = tuple(IKLink(i, None) for i in (0, 1, 1, 2))
    made = model(
        bones=[
            replace(bone("a", (0, 0, 0), 2, 0, append(1, 1.0)), ik=IK(0, 30, 1.0, links)),
            replace(bone("b", (0, 1, 0), 0, 0, append(0, 1.0)), ik=IK(2, 30, 1.0, links)),
            replace(bone("c", (1, 2, 0), 1), ik=IK(1, 30, 1.0, links)),
        ]
    )
    assert np.isfinite(Rig(made, ik=True).evaluate(random_state(made, 2, 1)).matrix).all()


def test_a_fixed_axis_takes_its_part_of_a_rotation() -> None:
    axis = np.array([1.0, 2.0, -0.5])
    along = Rotation.from_rotvec(axis / np.linalg.norm(axis) * 0.7)
    across = Rotation.from_rotvec(np.cross(axis, [0, 1, 0]))
    made = model(bones=[replace(bone("腕捩"), fixed_axis=tuple(axis))])
    for given_turn, expected in ((along, along), (across * along, along), (across, Rotation.identity())):
        posed = RigState(
            given_turn.as_quat()[None, None].astype("f4"), np.zeros((1, 1, 3), "f4"), np.zeros((1, 0), "f4")
        )
        got = Rotation.from_quat(Rig(made).evaluate(posed).rotation[0, 0])
        assert (got.inv() * expected).magnitude() < 1e-6
    assert np.array_equal(twist(np.array([0.0, 0.0, 0.0, 1.0]), axis), [0, 0, 0, 1])


def test_a_local_append_takes_all_that_moves_its_source() -> None:
    turns = []
    for local in (False, True):
        share = replace(append(1, 1.0), local=local)
        made = model(bones=[bone("a"), bone("b", append=append(0, 1.0)), bone("c", append=share)])
        turns.append(Rig(made).evaluate(state(made, {0: (0, 30, 0), 1: (0, 10, 0)})).rotation[0, 2])
    np.testing.assert_array_equal(turns[0], turns[1])
    assert Rotation.from_quat(turns[1]).magnitude() == pytest.approx(np.radians(40), abs=1e-6)


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus_models(), ids=lambda path: path.name)
def test_ik_leaves_the_heads_of_real_characters_at_rest(path: Path) -> None:
    try:
        made = read_model(path)
    except FormatError as error:
        pytest.skip(str(error))
    head = made.bone("頭")
    if head is None:
        pytest.skip("no head")
    rest = RigState.identity(made)
    off, on = (Rig(made, ik=ik).evaluate(rest) for ik in (False, True))
    moved = np.abs(skin(made, on).position - skin(made, off).position)[0].max(-1)
    vertices = made.vertices
    of_head = ((vertices.bone == head) & (vertices.weight > 0)).any(1)
    assert moved[of_head].max(initial=0) <= HEAD_MOVES
