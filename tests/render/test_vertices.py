"""The GPU's vertices are the reference rig's: on models made to hold every rule, and on every real one."""

from __future__ import annotations

import json
from pathlib import Path

import handmade
import numpy as np
import posed_samples
import pytest
from corpus import corpus_folder, corpus_models
from handmade import Point

from mmdgen.errors import FormatError
from mmdgen.formats.load import read_model
from mmdgen.model import Deform, Model, TextureSet
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.state import RigState

pytestmark = pytest.mark.gl
TOLERANCE = 1e-4  # MMD units


def every_rule(seed: int = 0) -> Model:
    """Return a model with vertices of all five rules, odd weights, and morphs of positions and both UV channels."""
    random = np.random.default_rng(seed)
    bones = [handmade.bone(f"bone {i}", random.normal(size=3), parent=i - 1 if i else None) for i in range(6)]
    points = []
    for i in range(400):
        deform = Deform(i % 5)
        n = {Deform.BDEF1: 1, Deform.BDEF2: 2, Deform.SDEF: 2}.get(deform, 4)
        weights = random.random(n)
        weights *= 1 if deform == Deform.BDEF4 else 1 / weights.sum()
        sdef = random.normal(size=(3, 3)) if deform == Deform.SDEF else None
        chosen = random.permutation(6)[:n]
        normal = random.normal(size=3)
        points.append(Point(random.normal(size=3), chosen, weights, deform, normal / np.linalg.norm(normal), sdef))
    points.append(Point((1, 2, 3), (2, -1, 4), (0.5, 0.3, 0.2), Deform.BDEF4))
    points.append(Point((1, 2, 3), (2, 3), (0.0, 0.0), Deform.BDEF2))
    offsets = random.normal(size=(3, 60, 3))
    morphs = [handmade.vertex_morph(f"m{k}", {int(i): o for i, o in enumerate(offsets[k])}) for k in range(3)]
    morphs.append(handmade.vertex_morph("none", {}))
    morphs += [handmade.uv_morph(f"uv{c}", c, {5: (0.1, 0.2, 0, 0), 6: (0.3, -0.4, 0, 0)}) for c in (0, 1, 2)]
    return handmade.model(points, bones, morphs, extra_uvs=2)


def assert_twins(studio, model: Model, state: RigState) -> None:
    position, normal, uv = studio().capture(model, state)
    expected = skin(model, Rig(model).evaluate(state))
    assert np.abs(position - expected.position).max(initial=0) <= TOLERANCE
    length = np.linalg.norm(expected.normal, axis=-1, keepdims=True)
    pointed = (length > 1e-6)[..., 0]
    assert np.abs(normal[pointed] - (expected.normal / np.where(length > 0, length, 1))[pointed]).max(initial=0) <= 1e-4
    assert np.abs(uv[..., :2] - expected.uv).max(initial=0) <= 1e-6
    if model.vertices.extra_uv.shape[1]:
        assert np.abs(uv[..., 2:] - expected.extra_uv[:, :, 0, :2]).max(initial=0) <= 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_every_rule_agrees_with_the_reference(studio, seed: int) -> None:
    model = every_rule(seed)
    assert_twins(studio, model, handmade.random_state(model, 5, seed))


def test_the_bind_pose_is_the_file(studio) -> None:
    model = every_rule()
    linear = model.vertices.deform <= Deform.BDEF2
    position = studio().capture(model, RigState.identity(model))[0][0]
    assert np.abs(position - model.vertices.position).max() <= 1e-6
    assert linear.any()


def test_a_model_without_bones_stays_where_it_is(studio) -> None:
    model = handmade.model([Point((1, 2, 3), (-1,), (0,))])
    assert studio().capture(model, RigState.identity(model, 2))[0].tolist() == [[[1, 2, 3]]] * 2


def test_a_model_without_vertices_has_none(studio) -> None:
    model = handmade.model()
    assert studio().capture(model, RigState.identity(model, 2))[0].shape == (2, 0, 3)


def test_morphs_that_become_active_later_count_too(studio) -> None:
    model = every_rule()
    one = studio()
    uploaded = one.renderer.upload(model, TextureSet((), ""))
    rig = Rig(model)
    for number in (1, 0, 4, 2):
        state = handmade.state(model, weights={number: 0.7})
        deformation = rig.evaluate(state)
        expected = skin(model, deformation).position
        assert np.abs(one.renderer.vertices(uploaded, deformation) - expected).max() <= TOLERANCE
    uploaded.release()


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus_models(), ids=lambda p: p.name)
def test_real_models_agree_with_the_reference(studio, path: Path) -> None:
    try:
        model = read_model(path)
    except FormatError as error:
        if "fixtures" not in path.parts:
            raise
        pytest.skip(str(error))
    random = np.random.default_rng(0)
    identity = RigState.identity(model, 2)
    state = handmade.random_state(model, 2, 0)
    turns = identity.rotation + 0.15 * random.normal(size=identity.rotation.shape)
    turns = (turns / np.linalg.norm(turns, axis=-1, keepdims=True)).astype(np.float32)
    small = RigState(turns, identity.translation, state.weight * np.float32(0.3))
    position = studio().capture(model, small)[0]
    expected = skin(model, Rig(model).evaluate(small)).position
    assert np.abs(position - expected).max(initial=0) <= TOLERANCE


def oracle_rows() -> list:
    folder = corpus_folder()
    rows = []
    for index in sorted(folder.parent.glob("reference/posed/*/index.json")) if folder else []:
        for name, row in json.loads(index.read_text(encoding="utf-8")).items():
            rows.append(
                pytest.param(index.parent / f"{name}.npz", folder / row["file"], row, id=Path(row["file"]).name)
            )
    return rows


@pytest.mark.corpus
@pytest.mark.parametrize(("reference", "path", "row"), oracle_rows())
def test_posed_vertices_agree_with_two_runtimes(studio, reference: Path, path: Path, row: dict) -> None:
    model = read_model(path)
    position = studio().capture(model, posed_samples.state(model, row["poses"]))[0]
    expected = np.load(reference)
    for i, pose in enumerate(row["poses"]):
        vertex = expected[f"{pose['pose']}/vertex"]
        assert np.abs(position[i, vertex] - expected[f"{pose['pose']}/position"]).max(initial=0) <= TOLERANCE
