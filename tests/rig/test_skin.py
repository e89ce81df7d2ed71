"""Skinning against obvious implementations, one vertex at a time."""

from __future__ import annotations

import numpy as np
import pytest
from handmade import Point, bone, group, model, random_state, state, uv_morph, vertex_morph
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from mmdgen.model import Deform, Model
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import Posed, skin
from mmdgen.state import Deformation, RigState

RULES = list(Deform)


def random_model(seed: int, rules: list[Deform] = RULES, count: int = 30) -> Model:
    random = np.random.default_rng(seed)
    bones = [
        bone(f"bone {i}", random.normal(size=3) * 3, None if i == 0 else int(random.integers(i))) for i in range(5)
    ]
    points = []
    for _ in range(count):
        rule = rules[random.integers(len(rules))]
        slots = {Deform.BDEF1: 1, Deform.BDEF2: 2, Deform.SDEF: 2}.get(rule, 4)
        weights = random.random(slots)
        if slots < 4:
            weights /= weights.sum()
        position = random.normal(size=3) * [5, 5, -0.0 if random.random() < 0.2 else 5]
        sdef = position + random.normal(size=(3, 3)) if rule is Deform.SDEF else None
        normal = random.normal(size=3)
        points.append(
            Point(position, random.integers(0, 5, slots), weights, rule, normal / np.linalg.norm(normal), sdef)
        )
    return model(points, bones, extra_uvs=2)


def posed(made: Model, given_state: RigState) -> tuple[Deformation, Posed]:
    deformation = Rig(made).evaluate(given_state)
    return deformation, skin(made, deformation)


@pytest.mark.parametrize("seed", range(5))
def test_the_identity_keeps_every_bit(seed: int) -> None:
    made = random_model(seed)
    _, result = posed(made, RigState.identity(made, 2))
    for pose in range(2):
        assert result.position[pose].tobytes() == made.vertices.position.tobytes()
        assert result.normal[pose].tobytes() == made.vertices.normal.tobytes()
        assert result.uv[pose].tobytes() == made.vertices.uv.tobytes()
        assert result.extra_uv[pose].tobytes() == made.vertices.extra_uv.tobytes()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_a_rigid_motion_of_the_root_moves_every_rule_alike(seed: int) -> None:
    made = random_model(seed)
    random = np.random.default_rng(seed)
    angles, move = random.uniform(-180, 180, 3), random.normal(size=3)
    deformation, result = posed(made, state(made, {0: angles}, {0: move}))
    turn = Rotation.from_quat(deformation.rotation[0, 0])
    origin = np.array(made.bones[0].position)
    expected = turn.apply(made.vertices.position - origin) + origin + move
    np.testing.assert_allclose(result.position[0], expected, atol=3e-5)
    np.testing.assert_allclose(result.normal[0], turn.apply(made.vertices.normal), atol=1e-6)


def one_vertex(made: Model, deformation: Deformation, vertex: int) -> tuple[np.ndarray, np.ndarray]:
    """Return position and normal of one vertex by the textbook formula of its rule."""
    v = made.vertices
    bones, weights = v.bone[vertex], v.weight[vertex].astype(float)
    used = [(b, w / weights[bones >= 0].sum()) for b, w in zip(bones, weights, strict=True) if b >= 0]
    matrix, rotation = deformation.matrix[0].astype(float), deformation.rotation[0]
    p, n = v.position[vertex].astype(float), v.normal[vertex].astype(float)

    def carried(number: int, point: np.ndarray) -> np.ndarray:
        return matrix[number] @ [*point, 1]

    if v.deform[vertex] == Deform.SDEF:
        (b0, w0), (b1, w1) = used
        c, r0, r1 = v.sdef[list(v.sdef_vertex).index(vertex)].astype(float)
        shift = w0 * r0 + w1 * r1
        turn = Slerp([0, 1], Rotation.from_quat(rotation[[b0, b1]]))(w1)
        middle = w0 * carried(b0, (c + c + r0 - shift) / 2) + w1 * carried(b1, (c + c + r1 - shift) / 2)
        return turn.apply(p - c) + middle, turn.apply(n)
    if v.deform[vertex] == Deform.QDEF:
        return by_dual_quaternions([(rotation[b], matrix[b, :, 3], w) for b, w in used], p, n)
    blend = sum(w * matrix[b] for b, w in used)
    turned = blend[:, :3] @ n
    return blend @ [*p, 1], turned / np.linalg.norm(turned) * np.linalg.norm(n)


def left(q: np.ndarray) -> np.ndarray:
    """Return the matrix L with L(a) b = a b, quaternions x, y, z, w."""
    x, y, z, w = q
    return np.array([[w, -z, y, x], [z, w, -x, y], [-y, x, w, z], [-x, -y, -z, w]])


def by_dual_quaternions(parts: list, p: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = np.zeros(8)
    first = parts[0][0]
    for q, t, w in parts:
        unit = np.concatenate([q, left(np.array([*t, 0])) @ q / 2])
        total += w * np.sign(np.dot(first, q)) * unit
    real, dual = total[:4] / np.linalg.norm(total[:4]), total[4:] / np.linalg.norm(total[:4])
    turn = Rotation.from_quat(real)
    offset = 2 * left(dual) @ (real * [-1, -1, -1, 1])
    return turn.apply(p) + offset[:3], turn.apply(n)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(3))
def test_every_rule_agrees_with_its_textbook_formula(rule: Deform, seed: int) -> None:
    made = random_model(seed, [rule])
    deformation, result = posed(made, random_state(made, 1, seed))
    for vertex in range(len(made.vertices)):
        position, normal = one_vertex(made, deformation, vertex)
        np.testing.assert_allclose(result.position[0, vertex], position, atol=1e-5)
        np.testing.assert_allclose(result.normal[0, vertex], normal, atol=1e-5)


def test_weights_of_missing_bones_go_to_the_others() -> None:
    bones = [bone("a"), bone("b")]
    points = [
        Point((1, 0, 0), (-1, 1), (0.5, 0.5), Deform.BDEF2),
        Point((1, 0, 0), (1, 0, 0, 0), (0.0, 0.0, 0.0, 0.0), Deform.BDEF4),
        Point((1, 0, 0), (1, -1), (0.5, 0.5), Deform.SDEF, sdef=np.zeros((3, 3))),
        Point((1, 0, 0), (1, 1), (0.5, 0.5), Deform.SDEF, sdef=np.full((3, 3), np.nan)),
        Point((1, 0, 0), (1, 1), (0.5, 0.5), Deform.SDEF, sdef=np.zeros((3, 3))),
        Point((1, 0, 0), (0, 1, -1, -1), (0.0, 3.0, 0.0, 0.0), Deform.QDEF),
    ]
    made = model(points, bones)
    _, result = posed(made, state(made, {1: (0, 0, 90)}))
    np.testing.assert_allclose(result.position[0], [[0, 1, 0]] * len(points), atol=1e-6)


def test_sdef_whose_numbers_were_never_filled_in_is_bdef2() -> None:
    bones, weights = [bone("a"), bone("b", (0, 16, 0), 0)], (0.25, 0.75)
    empty = Point((1, 16, 0), (0, 1), weights, Deform.SDEF, sdef=np.zeros((3, 3)))
    made = model([empty, Point((1, 16, 0), (0, 1), weights, Deform.BDEF2)], bones)
    _, result = posed(made, state(made, {1: (0, 0, 40)}))
    assert np.array_equal(result.position[0, 0], result.position[0, 1])


def test_a_model_without_bones_stays() -> None:
    made = model([Point((1, 2, 3), ())])
    _, result = posed(made, RigState.identity(made))
    assert np.array_equal(result.position[0], made.vertices.position)


def test_uv_morphs_agree_with_a_loop_over_vertices() -> None:
    random = np.random.default_rng(0)
    points = [Point(random.normal(size=3)) for _ in range(6)]
    offsets = [{i: random.normal(size=4) for i in (0, 3, 5)} for _ in range(3)]
    morphs = [uv_morph("base", 0, offsets[0]), uv_morph("first", 1, offsets[1]), uv_morph("second", 2, offsets[2])]
    morphs += [uv_morph("beyond", 3, offsets[0]), group("all", [(0, 0.5), (2, -2)])]
    made = model(points, [bone()], morphs, extra_uvs=2)
    weights = [0.3, 0.6, 0.1, 1.0, 0.7]
    deformation, result = posed(made, state(made, weights=dict(enumerate(weights))))
    total = [weights[0] + 0.5 * weights[4], weights[1], weights[2] - 2 * weights[4]]
    for vertex in range(6):
        change = [np.float32(offsets[k].get(vertex, np.zeros(4))) * total[k] for k in range(3)]
        np.testing.assert_allclose(result.uv[0, vertex], made.vertices.uv[vertex] + change[0][:2], atol=1e-6)
        expected = made.vertices.extra_uv[vertex] + [change[1], change[2]]
        np.testing.assert_allclose(result.extra_uv[0, vertex], expected, atol=1e-6)
    assert np.array_equal(result.position[0], made.vertices.position)
    np.testing.assert_allclose(deformation.weight[0], [*total, 1.0, 0.0], atol=1e-6)


def test_vertex_morphs_act_before_bones_and_repeated_offsets_add() -> None:
    lift = vertex_morph("lift", {0: (0, 2, 0)})
    twice = vertex_morph("twice", {0: (1, 0, 0), 1: (0, 0, 1)})
    object.__setattr__(twice.data, "index", np.zeros(2, np.int32))
    made = model([Point((1, 0, 0)), Point((5, 5, 5))], [bone()], [lift, twice])
    _, result = posed(made, state(made, {0: (0, 0, 90)}, weights={0: 0.5, 1: 2}))
    np.testing.assert_allclose(result.position[0, 0], [-1, 3, 2], atol=1e-6)
    np.testing.assert_allclose(result.position[0, 1], [-5, 5, 5], atol=1e-6)
