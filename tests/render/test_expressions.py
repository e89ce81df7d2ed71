"""Expressions are drawn in part and laid over rest pictures: nobody could tell them from whole pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import builders
import handmade
import numpy as np
import posed_samples
import pytest
from corpus import corpus_characters
from test_cropping import LOOKS, bound, every_joint, extreme_poses, head
from test_pictures import random_poses

from mmdgen.expression import Expressive, expressive
from mmdgen.formats.load import load_textures
from mmdgen.framing import head_framing
from mmdgen.library.proposals import propose
from mmdgen.model import TextureSet, UVMorph
from mmdgen.pose.binding import Binding
from mmdgen.pose_spec import IDENTITY
from mmdgen.prepare import prepare
from mmdgen.puppet import Laid, Puppet, straight
from mmdgen.reach import driven_weights, expressive_reach
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin

REST = np.array([IDENTITY])


def found(binding: Binding, size: int) -> Expressive:
    its = expressive(binding, head_framing(binding.model, binding.head), size, edged=False)
    assert its is not None
    return its


def assert_nobody_could_tell(puppet: Puppet, poses: np.ndarray, first_slot: int = 3) -> Expressive:
    """Compare expressions with whole pictures, in one look and in several; return what expressions change."""
    whole = puppet.draw(straight(poses), first_slot)
    rest = puppet.start(REST)
    began = puppet.start_expressions(poses, rest, first_slot)
    assert isinstance(began, Laid)
    drawn, pixels = began.read(), began.its.pixels
    assert np.array_equal(drawn[:, pixels], whole[:, pixels])
    assert (drawn[:, ~pixels] == rest.read()[:, ~pixels]).all()
    assert (whole[:, ~pixels] != rest.read()[:, ~pixels]).mean() < 1e-3  # slots round differently

    looks = [LOOKS[i % len(LOOKS)] for i in range(len(poses))]
    rests = puppet.start(REST.repeat(len(poses), 0), first_slot, looks)
    whole = puppet.draw(straight(poses), first_slot, looks)
    assert np.array_equal(puppet.start_expressions(poses, rests, first_slot, looks).read(), whole)
    return began.its


@pytest.mark.parametrize("seed", range(12))
def test_what_is_said_to_stay_stays_and_the_rest_is_held(seed: int) -> None:
    binding = every_joint(seed)
    boxes, changes = expressive_reach(binding, driven_weights(binding) or {})
    poses = straight(np.concatenate([extreme_poses(), random_poses(40, seed)]))
    skinned = skin(binding.model, Rig(binding.model).evaluate(binding.state(poses)))
    assert (skinned.position[:, ~changes] == skinned.position[:1, ~changes]).all()
    assert (skinned.normal[:, ~changes] == skinned.normal[:1, ~changes]).all()
    slack = 1e-4 + 1e-6 * np.abs(skinned.position)
    assert (skinned.position >= boxes.low.T - slack).all()
    assert (skinned.position <= boxes.high.T + slack).all()
    assert 0.1 < changes.mean() < 0.95


@pytest.mark.gl
@pytest.mark.parametrize("shading", ["phong", "toon"])
@pytest.mark.parametrize("samples", [1, 4])
def test_a_head_with_lines(studio, samples: int, shading: str) -> None:
    model = builders.head_model()
    lined = tuple(replace(m, edge_size=2.0, flags=replace(m.flags, edge=True)) for m in model.materials)
    textures = TextureSet((None,) * len(model.textures), "")
    puppet = Puppet.make(head(materials=lined), textures, studio(size=96, samples=samples, shading=shading).renderer)
    its = assert_nobody_could_tell(puppet, np.concatenate([extreme_poses(), random_poses(30)]))
    puppet.release()
    assert 0 < its.pixels.mean() < 0.6
    assert not its.faces.all()


@pytest.mark.gl
@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("path", posed_samples.samples(), ids=posed_samples.key)
def test_samples(studio, path: Path, samples: int) -> None:
    binding = bound(path)
    assert binding is not None
    renderer = studio(size=128, samples=samples).renderer
    puppet = Puppet.make(binding, load_textures(binding.model), renderer)
    its = assert_nobody_could_tell(puppet, np.concatenate([extreme_poses()[::5], random_poses(8)]))
    puppet.release()
    assert its.pixels.mean() < 0.15
    assert its.faces.mean() < 0.5


@pytest.mark.gl
@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    corpus_characters(),
    ids=lambda p: p.name,
)
def test_real_characters(studio, path: Path) -> None:
    binding = bound(path)
    if binding is None:
        pytest.skip("no head or no winks")
    textures = load_textures(binding.model)
    for samples in (1, 4):
        puppet = Puppet.make(binding, textures, studio(size=128, samples=samples).renderer)
        its = assert_nobody_could_tell(puppet, np.concatenate([extreme_poses()[::5], random_poses(8)]))
        puppet.release()
        assert its.pixels.mean() < 0.2


@pytest.mark.gl
def test_what_no_pose_shows_matters_to_no_expression(studio) -> None:
    path = posed_samples.samples()[0]
    binding = bound(path)
    assert binding is not None
    renderer = studio(size=128).renderer
    pictures = []
    for puppet in (
        Puppet.make(binding, load_textures(binding.model), renderer),
        Puppet.of(prepare(path, propose(binding.model)), renderer),
    ):
        pictures.append(puppet.start_expressions(random_poses(5), puppet.start(REST), 9).read())
        puppet.release()
    assert np.array_equal(*pictures)


def with_mouth(*members) -> Binding:
    """Return the head, its mouth a group of what it was and of other morphs."""
    model = builders.head_model()
    mouth, count = model.morphs_named("あ")[0], len(model.morphs)
    morphs = [*model.morphs, *members, model.morphs[mouth]]
    morphs[mouth] = handmade.group("あ", [(count + i, 1.0) for i in range(len(members) + 1)])
    return head(morphs=tuple(morphs))


def faces_of(binding: Binding, material: int) -> slice:
    counts = [m.face_count for m in binding.model.materials]
    return slice(sum(counts[:material]), sum(counts[: material + 1]))


@pytest.mark.gl
def test_all_that_a_morph_may_do_changes_pixels(studio) -> None:
    model = builders.head_model()
    plain = found(head(), 64)
    tint = np.zeros(28)
    tint[:3] = -0.5
    upper = np.flatnonzero(model.vertices.position[:, 1] > np.quantile(model.vertices.position[:, 1], 0.9))
    shift = UVMorph(0, upper.astype(np.int32), np.full((len(upper), 4), 0.1, np.float32))
    for member in (
        handmade.material_morph("blush", [(0, 1, tint)]),
        handmade.bone_morph("nod", {model.bone("頭"): ((0, 0.1, 0), (5, 0, 0))}),
        replace(model.morphs[0], name="slide", data=shift),
        handmade.vertex_morph("grow", {int(upper[0]): (0.0, 0.2, 0.0)}),
    ):
        binding = with_mouth(member)
        puppet = Puppet.make(binding, TextureSet((None,) * len(model.textures), ""), studio(size=64).renderer)
        its = assert_nobody_could_tell(puppet, extreme_poses()[::5])
        puppet.release()
        assert its.pixels.sum() > plain.pixels.sum(), member.name
    assert found(with_mouth(handmade.material_morph("blush", [(0, 1, tint)])), 64).faces[faces_of(head(), 0)].any()


@pytest.mark.gl
def test_where_nothing_is_known_all_is_drawn(studio) -> None:
    flip = handmade.group("flip", [(0, 1.0)], flip=True)
    model = builders.head_model()
    textures = TextureSet((None,) * len(model.textures), "")
    renderer, poses = studio(size=64).renderer, random_poses(4)
    for binding, ik in ((head(morphs=(*model.morphs, flip)), False), (head(), True)):
        puppet = Puppet.make(binding, textures, renderer, ik=ik)
        drawn = puppet.start_expressions(poses, puppet.start(REST), 2)
        assert not isinstance(drawn, Laid)
        assert np.array_equal(drawn.read(), puppet.draw(straight(poses), 2))
        puppet.release()


@pytest.mark.gl
def test_where_nothing_changes_every_expression_is_the_rest_picture(studio) -> None:
    model = builders.head_model()
    binding = replace(head(), drives=())
    puppet = Puppet.make(binding, TextureSet((None,) * len(model.textures), ""), studio(size=64).renderer)
    rest = puppet.start(REST)
    assert (puppet.start_expressions(random_poses(4), rest, 2).read() == rest.read()).all()
    puppet.release()


@pytest.mark.gl
def test_no_expressions_of_no_poses(studio) -> None:
    model = builders.head_model()
    puppet = Puppet.make(head(), TextureSet((None,) * len(model.textures), ""), studio(size=64).renderer)
    assert puppet.start_expressions(np.zeros((0, 6)), puppet.start(REST)).read().shape == (0, 64, 64, 4)
    puppet.release()


def test_vertices_that_are_nowhere_may_be_anywhere() -> None:
    binding = head()
    model = binding.model
    framing = head_framing(model, binding.head)
    place = model.vertices.position.copy()
    corner = int(model.faces[found(binding, 64).faces][0, 0])
    place[corner] = np.nan
    lost = replace(binding, model=replace(model, vertices=replace(model.vertices, position=place)))
    its = expressive(lost, framing, 64, edged=False)
    assert its is not None
    assert its.faces[(model.faces == corner).any(1)].all()
