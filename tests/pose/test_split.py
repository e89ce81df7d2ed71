from __future__ import annotations

import numpy as np
import pytest
from faces import CENTER_X, LEFT, MIDDLE, RIGHT, annotation, face
from handmade import state

from mmdgen.groups import Groups
from mmdgen.model import BoneMorph, MaterialMorph, UVMorph, VertexMorph
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose.split import half
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin

GROUP, BOTH = 10, 0


def split(name: str) -> Binding:
    return bind(face(), annotation(normal_both=name, mouth="あ"))


def deformed(binding: Binding, weights: dict[int, float]):
    deformation = Rig(binding.model).evaluate(state(binding.model, weights=weights))
    return deformation, skin(binding.model, deformation)


@pytest.mark.parametrize(("name", "whole"), [("まばたき", BOTH), ("両目閉じ", GROUP)])
def test_the_halves_together_are_the_whole(name: str, whole: int) -> None:
    binding = split(name)
    numbers = [m for d in binding.drives if d.parameter != "mouth" for m in d.morphs]
    # the group's bone morph is meant at weight 1: halves of one rotation about one axis add up exactly
    _, together = deformed(binding, dict.fromkeys(numbers, 1.0))
    _, expected = deformed(binding, {whole: 1.0})
    np.testing.assert_allclose(together.position, expected.position, atol=1e-5)
    np.testing.assert_allclose(together.uv, expected.uv, atol=1e-6)


def test_the_left_half_moves_only_what_lies_left_of_the_head() -> None:
    binding = split("まばたき")
    left, right = (d.morphs for d in binding.drives if d.parameter != "mouth")
    rest = binding.model.vertices.position
    for numbers, still in ((left, RIGHT), (right, LEFT)):
        _, result = deformed(binding, dict.fromkeys(numbers, 1.0))
        moved = np.flatnonzero((result.position[0] != rest).any(1))
        assert not set(moved) & set(still)
        assert set(moved) == {({0, 3} - set(still)).pop(), MIDDLE[0]}
    assert (rest[LEFT, 0] > CENTER_X).all()


def test_groups_are_flattened_and_material_morphs_left_out() -> None:
    made = face()
    parts = half(made, Groups(made.morphs), [GROUP], "left", CENTER_X)
    assert [type(p.data) for p in parts] == [VertexMorph, VertexMorph, BoneMorph, UVMorph]
    lid, lower, eye, cheek = (p.data for p in parts)
    assert lid.index.tolist() == [0, 6]
    np.testing.assert_allclose(lid.offset, [(0.0625, -0.25, 0), (0, -0.0625, 0)])
    assert lower.index.tolist() == [1]
    np.testing.assert_allclose(lower.offset, [(0.3125, 0.3125, 0)])
    assert eye.index.tolist() == [3, 2]  # the left eye whole, the head in the middle by half
    np.testing.assert_allclose(eye.translation, [(0, 0.25, 0.125), (0, 0.0625, 0)])
    np.testing.assert_allclose(np.degrees(2 * np.arcsin(eye.rotation[1, 0])), 2, atol=1e-5)
    assert cheek.index.tolist() == [1, 6]
    np.testing.assert_allclose(cheek.offset[:, :2], [(-1, -0.5), (0, -0.5)])
    assert not any(isinstance(p.data, MaterialMorph) for p in parts)


def test_the_source_morph_is_untouched_and_the_base_material_stays() -> None:
    binding = split("両目閉じ")
    assert binding.model.morphs[:11] == face().morphs
    numbers = [m for d in binding.drives for m in d.morphs]
    deformation, _ = deformed(binding, dict.fromkeys(numbers, 1.0))
    at_rest, _ = deformed(binding, {})
    assert np.array_equal(deformation.material, at_rest.material)


def test_half_of_a_one_sided_morph_is_nothing_on_the_other_side() -> None:
    made = face()
    assert half(made, Groups(made.morphs), [1], "right", CENTER_X) == ()
