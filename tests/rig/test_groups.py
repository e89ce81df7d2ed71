from __future__ import annotations

import numpy as np
import pytest
from handmade import group, vertex_morph
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen.groups import Groups

LEAVES = [vertex_morph(f"leaf {i}", {0: (1, 0, 0)}) for i in range(4)]


def leaf_weights(groups: Groups, morph: int) -> dict[int, float]:
    leaves = groups.leaves(morph)
    return dict(zip(leaves.index.tolist(), leaves.weight.tolist(), strict=True))


def test_nested_groups_multiply_and_repeated_members_add() -> None:
    morphs = [*LEAVES, group("inner", [(0, 0.5), (1, -2), (0, 0.25)]), group("outer", [(4, 0.5), (2, 3)])]
    groups = Groups(morphs)
    assert leaf_weights(groups, 4) == {0: 0.75, 1: -2}
    assert leaf_weights(groups, 5) == {0: 0.375, 1: -1, 2: 3}
    assert leaf_weights(groups, 3) == {3: 1}
    assert groups.warnings == ()


def test_a_group_listed_before_its_members_is_resolved() -> None:
    morphs = [group("outer", [(1, 0.5)]), group("inner", [(2, 0.5)]), LEAVES[0]]
    assert leaf_weights(Groups(morphs), 0) == {2: 0.25}


def test_loops_are_cut_with_a_warning_and_the_rest_still_acts() -> None:
    morphs = [*LEAVES, group("self", [(4, 1), (0, 2)]), group("a", [(6, 1), (1, 1)]), group("b", [(5, 1), (2, 1)])]
    groups = Groups(morphs)
    assert leaf_weights(groups, 4) == {0: 2}
    assert leaf_weights(groups, 5) == {1: 1, 2: 1}
    assert leaf_weights(groups, 6) == {2: 1}
    assert len(groups.warnings) == 2
    assert "'self'" in groups.warnings[0]


@pytest.mark.parametrize(
    ("weight", "moved"),
    [
        (0, {}),
        (0.24, {}),
        (0.25, {0: 1}),
        (0.49, {0: 1}),
        (0.5, {}),
        (0.75, {1: 0.5}),
        (1, {1: 0.5}),
        (7, {1: 0.5}),
        (-1, {}),
    ],
)
def test_a_flip_morph_chooses_by_its_weight(weight: float, moved: dict[int, float]) -> None:
    flip = group("flip", [(0, 1), (4, 1), (1, 0.5)], flip=True)  # its own number is the choice of nothing
    groups = Groups([*LEAVES, flip, group("over", [(4, 2), (2, 1)])])
    assert groups.warnings == ()
    given = np.zeros((2, 6))
    given[0, 4] = weight
    given[1, 5] = weight / 2
    found = groups.resolve(given)
    assert {i: w for i, w in enumerate(found[0]) if w} == moved
    assert {i: w for i, w in enumerate(found[1]) if w} == moved | ({2: weight / 2} if weight else {})
    assert leaf_weights(groups, 4) == {1: 0.5}
    assert leaf_weights(groups, 5) == {1: 0.5, 2: 1}


def test_flip_morphs_choose_groups_and_each_other_and_loops_are_cut() -> None:
    morphs = [
        *LEAVES,
        group("a", [(5, 1)], flip=True),
        group("b", [(6, 0.5), (4, 1)], flip=True),
        group("g", [(1, 3), (3, 1)]),
    ]
    groups = Groups(morphs)
    assert len(groups.warnings) == 1
    given = np.zeros((1, 7))
    given[0, 5] = 0.4
    assert {i: w for i, w in enumerate(groups.resolve(given)[0]) if w} == {1: 1.5, 3: 0.5}


def test_deeply_nested_and_widely_shared_groups_are_resolved_at_once() -> None:
    deep = [LEAVES[0], *(group(f"level {i}", [(i, 1), (i, 1)]) for i in range(500))]
    assert leaf_weights(Groups(deep), 500) == {0: 2.0**500}
    chain = [LEAVES[0], *(group(f"level {i}", [(i, 1)]) for i in range(5000))]
    assert leaf_weights(Groups(chain), 5000) == {0: 1}


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_weights_are_linear_and_do_not_depend_on_the_batch(data: st.DataObject) -> None:
    members = st.lists(st.tuples(st.integers(0, 9), st.floats(-2, 2, width=32)), max_size=4)
    groups = Groups([*LEAVES, *(group(f"group {i}", data.draw(members)) for i in range(6))])
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    a, b = random.normal(size=(2, 5, 10))
    whole = groups.resolve(a + 2 * b)
    np.testing.assert_allclose(whole, groups.resolve(a) + 2 * groups.resolve(b), atol=1e-9, rtol=1e-9)
    assert not whole[:, 4:].any()
    alone = np.concatenate([groups.resolve(row[None]) for row in a])
    assert alone.tobytes() == groups.resolve(a).tobytes()
