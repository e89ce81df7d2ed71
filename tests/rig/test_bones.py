"""Bones against an obvious implementation: recursive 4x4 matrices, rotations by SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from handmade import append, bone, model, random_state, state
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from mmdgen.model import Model
from mmdgen.rig.rig import Rig
from mmdgen.state import RigState


def obvious_matrices(of: Model, given_state: RigState, pose: int) -> np.ndarray:
    """Return (B, 4, 4): every bone by recursion, one at a time."""

    def local(number: int) -> tuple[Rotation, np.ndarray]:
        turn = Rotation.from_quat(given_state.rotation[pose, number])
        move = given_state.translation[pose, number].astype(float)
        link = of.bones[number].append
        if link is not None:
            source_turn, source_move = local(link.bone)
            if link.rotate:
                turn = turn * Rotation.from_rotvec(source_turn.as_rotvec() * link.ratio)
            if link.translate:
                move = move + source_move * link.ratio
        return turn, move

    def world(number: int) -> np.ndarray:
        """Bone space to file space."""
        b = of.bones[number]
        turn, move = local(number)
        base = np.zeros(3) if b.parent is None else np.array(of.bones[b.parent].position)
        matrix = np.eye(4)
        matrix[:3, :3] = turn.as_matrix()
        matrix[:3, 3] = np.array(b.position) - base + move
        return matrix if b.parent is None else world(b.parent) @ matrix

    result = []
    for number, b in enumerate(of.bones):
        unbind = np.eye(4)
        unbind[:3, 3] = -np.array(b.position)
        result.append(world(number) @ unbind)
    return np.array(result)


def random_skeleton(seed: int, count: int = 9) -> Model:
    """A tree whose bones refer to any bones, before or after themselves, without loops."""
    random = np.random.default_rng(seed)
    rank = random.permutation(count)
    bones = []
    for i in range(count):
        lower = np.flatnonzero(rank < rank[i])
        parent = int(random.choice(lower)) if len(lower) and random.random() < 0.8 else None
        link = None
        if len(lower) and random.random() < 0.5:
            kinds = [(True, False), (False, True), (True, True)][random.integers(3)]
            link = append(int(random.choice(lower)), float(random.uniform(-2, 2)), *kinds)
        bones.append(bone(f"bone {i}", random.normal(size=3) * 5, parent, int(random.integers(3)), link))
    return model(bones=bones)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_random_skeletons_agree_with_recursion(seed: int) -> None:
    made = random_skeleton(seed)
    given_state = random_state(made, 3, seed)
    deformation = Rig(made).evaluate(given_state)
    for pose in range(3):
        expected = obvious_matrices(made, given_state, pose)
        np.testing.assert_allclose(deformation.matrix[pose], expected[:, :3], atol=2e-5)
        turned = Rotation.from_quat(deformation.rotation[pose]).as_matrix()
        np.testing.assert_allclose(turned, expected[:, :3, :3], atol=1e-6)


def test_a_pose_does_not_depend_on_its_batch() -> None:
    made = random_skeleton(3, count=40)
    batch = random_state(made, 7, 1)
    rig = Rig(made)
    whole = rig.evaluate(batch)
    for i in range(7):
        alone = rig.evaluate(RigState(*(a[i : i + 1] for a in (batch.rotation, batch.translation, batch.weight))))
        assert alone.matrix[0].tobytes() == whole.matrix[i].tobytes()
        assert alone.rotation[0].tobytes() == whole.rotation[i].tobytes()


def test_identity_gives_exact_identity_matrices() -> None:
    made = random_skeleton(5, count=40)
    deformation = Rig(made).evaluate(RigState.identity(made, 2))
    assert np.array_equal(deformation.matrix, np.broadcast_to(np.eye(3, 4, dtype=np.float32), (2, 40, 3, 4)))
    assert np.array_equal(deformation.rotation, np.broadcast_to(np.float32([0, 0, 0, 1]), (2, 40, 4)))


@pytest.mark.parametrize(("ratio", "angle"), [(0.5, 20.0), (-1.0, -40.0), (2.5, 100.0), (0.0, 0.0)])
def test_append_scales_the_angle_unclamped(ratio: float, angle: float) -> None:
    made = model(bones=[bone("source"), bone("follower", append=append(0, ratio))])
    turned = Rig(made).evaluate(state(made, {0: (0, 40, 0)})).rotation[0, 1]
    np.testing.assert_allclose(Rotation.from_quat(turned).as_rotvec(degrees=True), [0, angle, 0], atol=1e-5)


def test_append_chains_hand_on_what_they_took_and_their_own() -> None:
    links = [None, append(0, 0.5, rotate=True, translate=True), append(1, 2, rotate=True, translate=True)]
    made = model(bones=[bone(append=link) for link in links])
    result = Rig(made).evaluate(state(made, {0: (40, 0, 0), 1: (5, 0, 0)}, {0: (2, 0, 0), 1: (0, 1, 0)}))
    angles = Rotation.from_quat(result.rotation[0]).as_rotvec(degrees=True)[:, 0]
    np.testing.assert_allclose(angles, [40, 25, 50], atol=1e-4)
    np.testing.assert_allclose(result.matrix[0, :, :, 3], [[2, 0, 0], [1, 1, 0], [2, 2, 0]], atol=1e-6)


def test_the_bones_own_rotation_acts_after_the_appended_one() -> None:
    made = model(bones=[bone(), bone(append=append(0, 1))])
    turned = Rig(made).evaluate(state(made, {0: (90, 0, 0), 1: (0, 90, 0)})).rotation[0, 1]
    expected = Rotation.from_euler("y", 90, degrees=True) * Rotation.from_euler("x", 90, degrees=True)
    np.testing.assert_allclose(Rotation.from_quat(turned).as_matrix(), expected.as_matrix(), atol=1e-6)


def test_loops_of_parents_and_appends_are_cut_with_a_warning() -> None:
    bones = [bone("a", parent=1), bone("b", parent=0), bone("c", append=append(2, 1)), bone("d", parent=3)]
    made = model(bones=bones)
    rig = Rig(made)
    assert len(rig.warnings) == 3
    assert any("'c'" in line and "append source" in line for line in rig.warnings)
    result = rig.evaluate(state(made, {0: (0, 0, 30)}))
    assert np.isfinite(result.matrix).all()
    np.testing.assert_allclose(Rotation.from_quat(result.rotation[0, 0]).as_rotvec(degrees=True), [0, 0, 30], atol=1e-5)
    np.testing.assert_allclose(result.rotation[0, 2], [0, 0, 0, 1])


def test_a_chain_of_thousands_of_bones_is_evaluated() -> None:
    count = 3000
    made = model(bones=[bone(parent=i + 1 if i + 1 < count else None) for i in range(count)])
    assert np.isfinite(Rig(made).evaluate(state(made, {0: (0, 0, 30)})).matrix).all()


def test_a_state_of_another_model_is_refused() -> None:
    made = random_skeleton(1)
    with pytest.raises(ValueError, match="expected"):
        Rig(made).evaluate(RigState.identity(replace(made, bones=made.bones[:-1])))
