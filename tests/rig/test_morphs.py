"""Morphs of bones and materials."""

from __future__ import annotations

import numpy as np
import pytest
from builders import material
from handmade import bone, bone_morph, group, material_morph, model, state
from scipy.spatial.transform import Rotation

from mmdgen.model import MATERIAL_COLUMNS
from mmdgen.rig.rig import Rig

SKIN = material(
    diffuse=(0.8, 0.7, 0.6, 1.0),
    specular=(0.1, 0.2, 0.3),
    power=5.0,
    ambient=(0.4, 0.5, 0.6),
    edge_color=(0.0, 0.1, 0.2, 0.9),
    edge_size=1.5,
)
BASE = (*SKIN.diffuse, *SKIN.specular, 5.0, *SKIN.ambient, *SKIN.edge_color, 1.5, *[1.0] * 12)


def turned(result, number: int) -> np.ndarray:
    return Rotation.from_quat(result.rotation[0, number]).as_rotvec(degrees=True)


@pytest.mark.parametrize("weight", [0.5, 1.0, 1.5, -0.5])
def test_a_bone_morph_scales_angle_and_move(weight: float) -> None:
    made = model(bones=[bone(), bone()], morphs=[bone_morph("look", {1: ((1, 2, 3), (0, 60, 0))})])
    result = Rig(made).evaluate(state(made, weights={0: weight}))
    np.testing.assert_allclose(turned(result, 1), [0, 60 * weight, 0], atol=1e-4)
    np.testing.assert_allclose(result.matrix[0, 1, :, 3], np.array([1, 2, 3]) * weight, atol=1e-6)
    assert np.array_equal(result.matrix[0, 0], np.eye(3, 4))


def test_bone_morphs_come_on_top_of_the_bones_own_motion_and_of_each_other() -> None:
    morphs = [bone_morph("a", {0: ((1, 0, 0), (90, 0, 0))}), bone_morph("b", {0: ((0, 1, 0), (0, 90, 0))})]
    made = model(bones=[bone()], morphs=[*morphs, group("both", [(0, 1), (1, 1)])])
    result = Rig(made).evaluate(state(made, {0: (0, 0, 90)}, {0: (0, 0, 1)}, {2: 1}))
    x, y, z = (Rotation.from_euler(axis, 90, degrees=True) for axis in "xyz")
    np.testing.assert_allclose(result.matrix[0, 0, :, :3], (y * x * z).as_matrix(), atol=1e-6)
    np.testing.assert_allclose(result.matrix[0, 0, :, 3], [1, 1, 1], atol=1e-6)


def test_materials_are_multiplied_first_and_added_to_afterwards() -> None:
    half, tenth = np.full(MATERIAL_COLUMNS, 0.5), np.full(MATERIAL_COLUMNS, 0.1)
    morphs = [
        material_morph("brighten", [(0, 1, tenth)]),
        material_morph("dim", [(0, 0, half)]),
        material_morph("dim all", [(-1, 0, half), (-1, 1, tenth)]),
    ]
    made = model(morphs=morphs, materials=[SKIN, SKIN])
    rig, base = Rig(made), np.array(BASE)
    at_rest = rig.evaluate(state(made)).material
    assert np.array_equal(at_rest[0], np.float32([BASE, BASE]))
    result = rig.evaluate(state(made, weights={0: 0.5, 1: 0.4, 2: 1.0})).material[0]
    np.testing.assert_allclose(result[0], base * 0.8 * 0.5 + 0.05 + 0.1, rtol=1e-6)
    np.testing.assert_allclose(result[1], base * 0.5 + 0.1, rtol=1e-6)


def test_other_morphs_than_vertex_and_uv_have_no_weight_of_their_own_left() -> None:
    made = model(bones=[bone()], morphs=[bone_morph("a", {0: ((1, 0, 0), (0, 0, 0))}), group("g", [(0, 1)])])
    assert not Rig(made).evaluate(state(made, weights={0: 1, 1: 1})).weight.any()
