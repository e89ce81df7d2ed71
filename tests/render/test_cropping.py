"""Leaving out what no pose brings into the picture changes no picture, and boxes hold every vertex in every pose."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import builders
import handmade
import numpy as np
import posed_samples
import pytest
from corpus import corpus_characters
from test_pictures import random_poses

from mmdgen.annotation import Annotation, HeadRange, Slot
from mmdgen.cropping import cropped
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import head_framing
from mmdgen.library.proposals import propose
from mmdgen.model import Deform, Model, TextureSet
from mmdgen.pose.binding import Binding, Drive, bind
from mmdgen.pose_spec import IDENTITY, PARAMETERS
from mmdgen.prepare import Prepared, prepare, shown_textures
from mmdgen.puppet import Puppet
from mmdgen.reach import driven_weights, reach
from mmdgen.render.look import Look
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin

WINKS = {"normal_left": "ウィンク２", "normal_right": "ｳｨﾝｸ２右", "mouth": "あ"}
LOOKS = (Look(), Look("toon", edge=1.0), Look(edge=4.0))


def extreme_poses() -> np.ndarray:
    """Return the corners of the ranges of the pose, and the middles of its faces (N, 6)."""
    corners = list(itertools.product(*((p.low, p.high) for p in PARAMETERS)))
    middles = []
    for i, p in enumerate(PARAMETERS):
        middles += [[end if i == j else q.identity for j, q in enumerate(PARAMETERS)] for end in (p.low, p.high)]
    return np.array([IDENTITY, *corners, *middles], np.float64)


def assert_inside(binding: Binding, poses: np.ndarray) -> None:
    """Hold every vertex in its box in every pose."""
    weights = driven_weights(binding)
    assert weights is not None
    boxes = reach(binding, weights)
    model = binding.model
    rig = Rig(model)
    for some in np.array_split(poses, max(1, len(poses) // 16)):
        position = skin(model, rig.evaluate(binding.state(some))).position
        slack = 1e-4 + 1e-6 * np.abs(position)
        assert (position >= boxes.low.T - slack).all()
        assert (position <= boxes.high.T + slack).all()


def assert_same_pictures(studio, binding: Binding, textures: TextureSet, poses: np.ndarray, size: int = 128) -> Model:
    """Draw the whole and the cropped model under several looks; return the cropped one."""
    renderer = studio(size=size).renderer
    framing = head_framing(binding.model, binding.head)
    drawn = cropped(binding, framing)
    shown = shown_textures(drawn)
    few = replace(textures, images=tuple(p if i in shown else None for i, p in enumerate(textures.images)))
    whole = Puppet.make(binding, textures, renderer)
    part = Puppet.of(Prepared(binding, framing, drawn, few), renderer)
    looks = [LOOKS[i % len(LOOKS)] for i in range(len(poses))]
    assert np.array_equal(whole.draw(poses, 3, looks), part.draw(poses, 3, looks))
    whole.release()
    part.release()
    return drawn


def head(**changes) -> Binding:
    """Return the bound head of tests/builders.py, with some of its records changed."""
    model = replace(builders.head_model(), **changes)
    slots = {n: Slot(m, model.morphs_named(m)[0], None, "person", 1.0) for n, m in WINKS.items()}
    empty = Annotation("", head=HeadRange(builders.CHIN, builders.TOP, "person", 1.0))
    return bind(model, replace(empty, slots={**empty.slots, **slots}))


def bound(path: Path) -> Binding | None:
    """Return a real model as it is proposed, None where it cannot be bound."""
    try:
        model = read_model(path)
        return bind(model, propose(model), allow_smile=True)
    except MmdgenError:
        return None


def every_joint(seed: int) -> Binding:
    """Return a model whose vertices follow, by every rule, a neck, a head and bones that hang on or append from them.

    Its eyes and mouth are groups of vertex and bone morphs.
    """
    random = np.random.default_rng(seed)
    bones = [
        handmade.bone("root"),
        handmade.bone("首", (0, 10, 0), 0),
        handmade.bone("頭", (0, 11, 0.5), 1),
    ]
    for i in range(3, 12):
        place = random.normal((0, 11, 0), 2)
        append = handmade.append(int(random.integers(0, i)), random.uniform(-1.5, 1.5), True, bool(random.integers(2)))
        extra = handmade.bone(f"{i}", tuple(place), int(random.integers(0, i)), append=append if i % 2 else None)
        bones.append(replace(extra, fixed_axis=(0.0, 0.6, 0.8)) if i == 7 else extra)
    if seed % 3 == 2:
        bones[2] = replace(bones[2], fixed_axis=(0.6, 0.0, 0.8))
    points = []
    for _ in range(200):
        rule = int(random.integers(0, 4))
        count = (1, 2, 4, 2)[rule]
        weight = random.dirichlet(np.ones(count))
        place = random.normal((0, 11, 0), 3)
        sdef = random.normal((0, 11, 0), 2, (3, 3)) if rule == Deform.SDEF else None
        chosen = random.integers(0, len(bones), count)
        points.append(handmade.Point(tuple(place), tuple(chosen), tuple(weight), Deform(rule), sdef=sdef))
    offsets = {int(v): random.normal(size=3) for v in random.integers(0, 200, 60)}
    moves = {int(b): (random.normal(size=3) / 3, random.uniform(-40, 40, 3)) for b in random.integers(3, 12, 2)}
    morphs = (
        handmade.vertex_morph("shape", offsets),
        handmade.bone_morph("bones", moves),
        handmade.group("both", [(0, random.uniform(-1, 1)), (1, random.uniform(-1, 1))]),
        handmade.group("nested", [(2, 0.5), (0, 0.3)]),
    )
    model = handmade.model(points, bones, morphs)
    drives = (Drive("eye_left", (2,)), Drive("eye_right", (3,)), Drive("mouth", (0, 2)))
    return Binding(model, HeadRange(10.0, 13.0, "person", 1.0), 0.0, 2, 1, drives)


@pytest.mark.parametrize("seed", range(12))
def test_boxes_hold_vertices_of_every_rule_on_joints_of_every_kind(seed: int) -> None:
    binding = every_joint(seed)
    assert_inside(binding, np.concatenate([extreme_poses(), random_poses(60, seed)]))
    boxes = reach(binding, driven_weights(binding) or {})
    assert np.isfinite(boxes.low).all(0).mean() > 0.4


def test_boxes_are_no_wider_than_a_head_turns() -> None:
    model = handmade.model(
        [handmade.Point((0, 14, 0), (1,), (1,)), handmade.Point((3, 5, 1), (0,), (1,))],
        [handmade.bone("首", (0, 10, 0)), handmade.bone("頭", (0, 11, 0), 0), handmade.bone("body")],
    )
    still = replace(model, vertices=replace(model.vertices, bone=model.vertices.bone + np.array([[0], [2]], np.int32)))
    binding = Binding(still, HeadRange(10.0, 13.0, "person", 1.0), 0.0, 1, 0, ())
    boxes = reach(binding, {})
    slant = np.sin(np.radians(15))
    assert boxes.high[:, 0] == pytest.approx([4 * slant + 3 * slant**2, 14, 3 * slant], abs=0.25)
    assert boxes.low[:, 1].tolist() == boxes.high[:, 1].tolist() == [3, 5, 1]  # who does not follow the neck stays


def test_without_bounds_nothing_is_left_out() -> None:
    binding = head()
    flip = handmade.group("flip", [(0, 1.0)], flip=True)
    model = replace(binding.model, morphs=(*binding.model.morphs, flip))
    assert driven_weights(replace(binding, model=model)) is None
    assert cropped(replace(binding, model=model), head_framing(model, binding.head)) is model


def test_vertices_whose_rule_knows_no_bounds_stay() -> None:
    binding = head()
    vertices = binding.model.vertices
    free = replace(vertices, deform=np.full(len(vertices), Deform.QDEF, np.uint8))
    model = replace(binding.model, vertices=free)
    near = replace(head_framing(model, binding.head), bottom=100.0, top=101.0)
    follows = np.isin(vertices.bone[:, 0], [model.bone("頭"), model.bone("首")])
    kept = cropped(replace(binding, model=model), near)
    assert len(kept.vertices) == follows.sum() > 0
    assert len(cropped(binding, near).vertices) == 0


@pytest.mark.gl
def test_a_head_with_lines_and_hidden_parts_looks_the_same(studio) -> None:
    model = builders.head_model()
    lined = [replace(m, edge_size=2.0, flags=replace(m.flags, edge=True)) for m in model.materials]
    lined[0] = replace(lined[0], diffuse=(1.0, 1.0, 1.0, 0.0))
    binding = head(materials=tuple(lined))
    drawn = assert_same_pictures(studio, binding, TextureSet((), ""), extreme_poses())
    assert drawn.materials[0].face_count == 0
    assert len(drawn.faces) < len(model.faces)


@pytest.mark.gl
def test_a_part_that_a_driven_morph_shows_stays(studio) -> None:
    model = builders.head_model()
    hidden = replace(model.materials[0], diffuse=(1.0, 1.0, 1.0, 0.0))
    value = np.zeros(28)
    value[3] = 1.0
    blush = handmade.material_morph("blush", [(0, 1, value)])
    mouth = model.morphs_named("あ")[0]
    both = handmade.group("あ", [(len(model.morphs) + 1, 1.0), (len(model.morphs), 1.0)])
    morphs = [*model.morphs, blush, model.morphs[mouth]]
    morphs[mouth] = both
    binding = head(materials=(hidden, *model.materials[1:]), morphs=tuple(morphs))
    drawn = assert_same_pictures(studio, binding, TextureSet((), ""), extreme_poses())
    assert drawn.materials[0].face_count > 0


@pytest.mark.gl
@pytest.mark.parametrize("path", posed_samples.samples(), ids=posed_samples.key)
def test_samples_look_the_same(studio, path: Path) -> None:
    binding = bound(path)
    assert binding is not None
    poses = np.concatenate([extreme_poses()[::6], random_poses(4)])
    drawn = assert_same_pictures(studio, binding, load_textures(binding.model), poses)
    assert len(drawn.faces) < 0.85 * len(binding.model.faces)
    assert_inside(binding, poses[:16])


@pytest.mark.gl
@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    corpus_characters(),
    ids=lambda p: p.name,
)
def test_real_characters_look_the_same(studio, path: Path) -> None:
    binding = bound(path)
    if binding is None:
        pytest.skip("no head or no winks")
    poses = np.concatenate([extreme_poses()[::6], random_poses(4)])
    drawn = assert_same_pictures(studio, binding, load_textures(binding.model), poses)
    assert len(drawn.faces) < 0.6 * len(binding.model.faces)
    assert_inside(binding, poses[:16])


@pytest.mark.gl
def test_what_is_prepared_draws_what_a_puppet_draws(studio) -> None:
    path = posed_samples.samples()[0]
    said = propose(read_model(path))
    renderer = studio(size=128).renderer
    whole, part = Puppet.open(path, said, renderer), Puppet.of(prepare(path, said), renderer)
    assert whole.identity == part.identity
    assert whole.framing == part.framing
    assert np.array_equal(whole.draw(random_poses(3)), part.draw(random_poses(3)))
    whole.release()
    part.release()


def test_ik_leaves_everything() -> None:
    path = posed_samples.samples()[0]
    model = read_model(path)
    said = propose(model)
    assert len(prepare(path, said, ik=True).drawn.faces) == len(model.faces)
    assert len(prepare(path, said).drawn.faces) < len(model.faces)
