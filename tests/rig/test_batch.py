"""Many poses at once come out as the reference poses them one by one."""

from __future__ import annotations

from pathlib import Path

import handmade
import numpy as np
import posed_samples
import pytest
from corpus import corpus_characters
from handmade import Point

from mmdgen.formats.load import read_model
from mmdgen.library.proposals import propose
from mmdgen.model import Deform, Model
from mmdgen.pose.binding import bind
from mmdgen.rig.batch import POSES, BatchSkinner
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.state import Deformation, RigState

TOLERANCE = 1e-4  # MMD units


def every_rule(seed: int, rules=tuple(Deform)) -> Model:
    random = np.random.default_rng(seed)
    bones = [handmade.bone(f"{i}", random.normal(size=3), parent=i - 1 if i else None) for i in range(6)]
    points = []
    for i in range(300):
        rule = rules[i % len(rules)]
        count = {Deform.BDEF1: 1, Deform.BDEF2: 2, Deform.SDEF: 2}.get(rule, 4)
        sdef = random.normal(size=(3, 3)) if rule == Deform.SDEF else None
        normal = random.normal(size=3)
        weights = random.dirichlet(np.ones(count))
        chosen = random.integers(0, 6, count)  # a bone may come twice
        points.append(Point(random.normal(size=3), chosen, weights, rule, normal / np.linalg.norm(normal), sdef))
    morphs = [
        handmade.vertex_morph(f"{k}", {int(v): random.normal(size=3) for v in random.integers(0, 300, 80)})
        for k in range(4)
    ]
    return handmade.model(points, bones, morphs)


def assert_twins(model: Model, deformation: Deformation, skinner: BatchSkinner | None = None) -> None:
    position, normal = (skinner or BatchSkinner(model)).pose(deformation)
    expected = skin(model, deformation)
    assert np.abs(position - expected.position).max(initial=0) <= TOLERANCE
    before, after = (np.linalg.norm(n, axis=-1, keepdims=True).clip(1e-9) for n in (expected.normal, normal))
    pointed = ((before > 1e-6) & (after > 1e-3))[..., 0]
    assert pointed.mean() > 0.9
    assert np.abs((normal / after)[pointed] - (expected.normal / before)[pointed]).max(initial=0) <= 1e-3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [1, POSES, 2 * POSES + 3])
def test_every_rule(seed: int, n: int) -> None:
    model = every_rule(seed)
    assert_twins(model, Rig(model).evaluate(handmade.random_state(model, n, seed)))


@pytest.mark.parametrize("rule", list(Deform))
def test_rules_alone(rule: Deform) -> None:
    model = every_rule(7, (rule,))
    assert_twins(model, Rig(model).evaluate(handmade.random_state(model, 3, 1)))


def test_bones_and_morphs_that_become_active_later_count_too() -> None:
    model = every_rule(1)
    rig, skinner = Rig(model), BatchSkinner(model)
    for bone, morph in ((2, 0), (0, 3), (2, 1), (5, 0)):
        state = handmade.state(model, rotations={bone: (20, -10, 40)}, weights={morph: 0.6}, n=2)
        assert_twins(model, rig.evaluate(state), skinner)


def test_what_rests_keeps_its_bits() -> None:
    model = every_rule(2)
    position, normal = BatchSkinner(model).pose(Rig(model).evaluate(RigState.identity(model, 3)))
    assert np.array_equal(position, np.broadcast_to(model.vertices.position, position.shape))
    assert np.array_equal(normal, np.broadcast_to(model.vertices.normal, normal.shape))


def test_nothing_is_posed_to_nothing() -> None:
    empty, still = handmade.model(), handmade.model([Point((1, 2, 3), (-1,), (0,))])
    assert BatchSkinner(empty).pose(Rig(empty).evaluate(RigState.identity(empty, 2)))[0].shape == (2, 0, 3)
    assert BatchSkinner(still).pose(Rig(still).evaluate(RigState.identity(still, 2)))[0].tolist() == [[[1, 2, 3]]] * 2
    model = every_rule(3)
    assert BatchSkinner(model).pose(Rig(model).evaluate(RigState.identity(model, 0)))[0].shape == (0, 300, 3)


@pytest.mark.parametrize("path", posed_samples.samples(), ids=posed_samples.key)
def test_samples(path: Path) -> None:
    model = read_model(path)
    assert_twins(model, Rig(model).evaluate(posed_samples.state(model, posed_samples.poses(model))))


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    corpus_characters(),
    ids=lambda p: p.name,
)
def test_real_characters(path: Path) -> None:
    model = read_model(path)
    if propose(model).head is None:
        pytest.skip("no head")
    bound = bind(model, propose(model), allow_smile=True)
    poses = np.random.default_rng(0).uniform(0, 1, (3, 6))
    assert_twins(bound.model, Rig(bound.model).evaluate(bound.state(poses)))
