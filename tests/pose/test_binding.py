from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from faces import BONES, CENTER_X, MIRROR, MORPHS, annotation, face
from handmade import vertex_morph
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from mmdgen.annotation import Slot
from mmdgen.errors import AnnotationError, BindingError
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS, mirrored
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import Posed, skin

WINKS = {"normal_left": "ウィンク２", "normal_right": "ｳｨﾝｸ２右", "mouth": "あ"}


def pose(**values: float) -> np.ndarray:
    return np.array([[values.get(name, 0.0) for name in NAMES]], np.float32)


def posed(binding: Binding, poses: np.ndarray) -> Posed:
    return skin(binding.model, Rig(binding.model).evaluate(binding.state(poses)))


def morphs_of(binding: Binding) -> dict[str, tuple[int, ...]]:
    return {d.parameter: d.morphs for d in binding.drives}


def test_winks_drive_the_eyes_and_a_the_mouth() -> None:
    binding = bind(face(), annotation(**WINKS))
    assert morphs_of(binding) == {"eye_left": (1,), "eye_right": (2,), "mouth": (3,)}
    assert binding.model == face()
    assert binding.center_x == CENTER_X
    assert (binding.head.bottom, binding.head.top) == (15.5, 18.5)
    weight = binding.state(pose(eye_left=0.25, eye_right=0.5, mouth=0.75)).weight[0]
    assert weight.tolist() == [0, 0.25, 0.5, 0.75] + [0] * 7


@pytest.mark.parametrize(
    ("values", "bone", "axis"),
    [({"head_x": 1}, "頭", (15, 0, 0)), ({"head_y": -0.5}, "頭", (0, -7.5, 0)), ({"neck_z": 1}, "首", (0, 0, 15))],
)
def test_each_head_parameter_turns_its_joint_about_its_axis(values, bone, axis) -> None:
    state = bind(face(), annotation(**WINKS)).state(pose(**values))
    vectors = Rotation.from_quat(state.rotation[0]).as_rotvec(degrees=True)
    expected = np.zeros((5, 3))
    expected[BONES.index(bone)] = axis
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    assert not state.translation.any()


def test_head_rotations_combine_as_y_after_x() -> None:
    state = bind(face(), annotation(**WINKS)).state(pose(head_x=0.8, head_y=0.6))
    expected = Rotation.from_euler("y", 9, degrees=True) * Rotation.from_euler("x", 12, degrees=True)
    turned = Rotation.from_quat(state.rotation[0, BONES.index("頭")])
    np.testing.assert_allclose(turned.as_matrix(), expected.as_matrix(), atol=1e-6)


def test_signs_chin_up_viewers_left_and_counter_clockwise() -> None:
    """The viewer stands at -z and sees +x on the right."""
    binding = bind(face(), annotation(**WINKS))
    nose = 6
    at_rest = posed(binding, pose()).position[0, nose]
    assert posed(binding, pose(head_x=1)).position[0, nose][1] > at_rest[1] + 0.1
    assert posed(binding, pose(head_y=1)).position[0, nose][0] < at_rest[0] - 0.1
    tilted = posed(binding, pose(neck_z=1)).position[0, nose]
    assert tilted[0] < at_rest[0] - 0.1  # what is above the neck goes to the viewer's left


MIRRORED_BINDINGS = {
    "winks": annotation(**WINKS),
    "split": annotation(normal_both="まばたき", mouth="あ"),
    "split group": annotation(normal_both="両目閉じ", mouth="あ"),
    "one split twice": annotation(
        {"normal_left": "left", "normal_right": "right"}, normal_left="まばたき", normal_right="まばたき", mouth="あ"
    ),
}


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(MIRRORED_BINDINGS)), st.tuples(*(st.floats(p.low, p.high, width=32) for p in PARAMETERS)))
def test_the_mirrored_pose_of_a_symmetric_model_gives_mirrored_vertices(name: str, values: tuple) -> None:
    binding = bind(face(), MIRRORED_BINDINGS[name])
    result = posed(binding, np.array([values, mirrored(values)]))
    flip = np.array([-1, 1, 1])
    for array, origin in ((result.position, np.array([2 * CENTER_X, 0, 0])), (result.normal, np.zeros(3))):
        np.testing.assert_allclose(array[1], array[0][MIRROR] * flip + origin, atol=1e-5)


def test_without_both_winks_the_both_eyes_morph_is_split() -> None:
    binding = bind(face(), annotation(normal_left="ウィンク２", normal_both="まばたき", mouth="あ"))
    assert morphs_of(binding) == {"eye_left": (11,), "eye_right": (12,), "mouth": (3,)}
    assert [m.name for m in binding.model.morphs[11:]] == ["まばたき (left)", "まばたき (right)"]
    assert binding.model.morphs[:11] == face().morphs


def test_smiling_winks_only_when_allowed_and_only_last() -> None:
    smiling = {"smile_left": "ウィンク", "smile_right": "ウィンク右", "mouth": "あ"}
    with pytest.raises(BindingError) as caught:
        bind(face(), annotation(**smiling))
    assert caught.value.reason == "no eye closing"
    assert morphs_of(bind(face(), annotation(**smiling), allow_smile=True))["eye_left"] == (4,)
    split = bind(face(), annotation(**smiling, normal_both="まばたき"), allow_smile=True)
    assert morphs_of(split)["eye_left"] == (11,)
    winks = bind(face(), annotation(**(smiling | WINKS), normal_both="まばたき"), allow_smile=True)
    assert morphs_of(winks)["eye_left"] == (1,)


def test_all_morphs_of_a_slots_name_act_together() -> None:
    made = face()
    made = replace(made, morphs=(*made.morphs, vertex_morph("あ", {8: (0, 0, 1)})))
    binding = bind(made, annotation(**WINKS))
    assert morphs_of(binding)["mouth"] == (3, 11)
    assert binding.state(pose(mouth=0.5)).weight[0, [3, 11]].tolist() == [0.5, 0.5]


def test_one_morph_driven_twice_takes_the_sum() -> None:
    binding = bind(face(), annotation(normal_left="まばたき", normal_right="まばたき", mouth="あ"))
    assert binding.state(pose(eye_left=0.75, eye_right=0.5)).weight[0, 0] == 1.25


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("no head range", {"head": False, **WINKS}),
        ("no mouth morph", {k: v for k, v in WINKS.items() if k != "mouth"}),
        ("no eye closing", {"normal_left": "ウィンク２", "mouth": "あ"}),
        ("no eye closing", {"normal_both": "ウィンク２", "mouth": "あ"}),
        ("no eye closing", {"normal_both": "照れ", "mouth": "あ"}),
        ("no eye closing", {"normal_both": "まばたき", "side_split": {"normal_both": "left"}, "mouth": "あ"}),
        ("no eye closing", {**WINKS, "side_split": {"normal_left": "right"}}),
    ],
)
def test_what_is_missing_is_named(reason: str, change: dict) -> None:
    with pytest.raises(BindingError, match="expected") as caught:
        bind(face(), annotation(**change))
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["頭", "首"])
def test_a_missing_bone_is_named(name: str) -> None:
    made = face()
    bones = tuple(replace(b, name="x") if b.name == name else b for b in made.bones)
    with pytest.raises(BindingError) as caught:
        bind(replace(made, bones=bones), annotation(**WINKS))
    assert caught.value.reason == f"no bone {name}"


@pytest.mark.parametrize("slot", [("あ", 4), ("あ", 99), ("あ", -1), ("ん", 3)])
def test_a_slot_of_another_model_is_refused(slot: tuple[str, int]) -> None:
    wrong = annotation(**WINKS)
    wrong = replace(wrong, slots={**wrong.slots, "mouth": Slot(*slot, None, "person", 1.0)})
    with pytest.raises(AnnotationError, match=r"slot mouth .* expected"):
        bind(face(), wrong)


def test_poses_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        bind(face(), annotation(**WINKS)).state(np.zeros((2, 5)))


def test_a_state_does_not_depend_on_its_batch() -> None:
    binding = bind(face(), annotation(normal_both="両目閉じ", mouth="あ"))
    poses = np.random.default_rng(0).uniform(-1, 1, (33, 6)).astype(np.float32)
    whole = posed(binding, poses)
    for i in range(33):
        alone = posed(binding, poses[i : i + 1])
        assert alone.position[0].tobytes() == whole.position[i].tobytes()


def test_identity_pose_opens_the_mouth_and_nothing_else() -> None:
    binding = bind(face(), annotation(**WINKS))
    result = posed(binding, np.array([IDENTITY]))
    expected = binding.model.vertices.position.copy()
    expected[7] += (0, -0.5, 0)
    assert np.array_equal(result.position[0], expected)
    assert MORPHS["あ"] == 3
