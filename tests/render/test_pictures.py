"""What holds for every picture: edges, framing, mirror images, and independence of what is drawn along."""

from __future__ import annotations

import itertools
from dataclasses import replace

import builders
import handmade
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import VIEW, paint, scene, square, vertices

from mmdgen.annotation import HeadRange
from mmdgen.framing import head_framing, whole_framing
from mmdgen.model import Model, TextureSet
from mmdgen.pose_spec import PARAMETERS, mirrored
from mmdgen.render.atlas import Atlas
from mmdgen.render.settings import RenderSettings
from mmdgen.rig.rig import Rig
from mmdgen.space import Framing, euler_quaternions
from mmdgen.state import RigState

HEAD = head_framing(builders.head_model(), HeadRange(builders.CHIN, builders.TOP, "person", 1.0))


def posed(model: Model, poses: np.ndarray) -> RigState:
    """Return head_model's states for poses (N, 6)."""
    identity = RigState.identity(model, len(poses))
    rotation, weight = identity.rotation.copy(), identity.weight.copy()
    angles = np.zeros((len(poses), 2, 3))
    angles[:, 0, :2], angles[:, 1, 2] = poses[:, :2], poses[:, 2]
    rotation[:, [model.bone("頭"), model.bone("首")]] = euler_quaternions(angles * np.radians(15))
    for column, name in ((3, "ウィンク２"), (4, "ｳｨﾝｸ２右"), (5, "あ")):
        weight[:, model.morphs_named(name)[0]] = poses[:, column]
    return RigState(rotation, identity.translation, weight)


def random_poses(n: int, seed: int = 0) -> np.ndarray:
    low, high = np.array([(p.low, p.high) for p in PARAMETERS]).T
    return np.random.default_rng(seed).uniform(low, high, (n, 6))


# --- edges ------------------------------------------------------------------------------------------------------------


def disc(radius: float = 1.3) -> tuple:
    around = np.linspace(0, -2 * np.pi, 65)
    rim = np.stack([np.cos(around), np.sin(around), np.zeros(65)], -1) * radius
    faces = np.array([(0, i, i + 1) for i in range(1, 65)], np.int32)
    return vertices(np.concatenate([np.zeros((1, 3)), rim])), faces


@pytest.mark.gl
@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_edges_are_smooth_and_have_no_fringe(studio, alpha: float) -> None:
    color = np.array((0.9, 0.5, 0.1))
    picture = studio().picture(scene((disc(), paint((*color, alpha))))).astype(int)
    seen = picture[..., 3] > 0
    edge = seen & (picture[..., 3] < round(255 * alpha) - 1)
    assert edge.sum() > 60
    assert len(np.unique(picture[edge][:, 3])) >= 3
    assert np.abs(picture[seen][:, :3] - color * 255).max() <= 1
    assert not picture[~seen].any()


@pytest.mark.gl
def test_coverage_is_the_area(studio) -> None:
    area = studio().picture(scene((disc(), paint()))).astype(float)[..., 3].sum() / 255
    assert area == pytest.approx(np.pi * 1.3**2 * 16**2, rel=0.005)


@pytest.mark.gl
def test_nothing_lies_under_alpha_zero(studio) -> None:
    model = builders.head_model()
    pictures = studio().pictures(model, posed(model, random_poses(8)), view=HEAD)
    assert not pictures[pictures[..., 3] == 0].any()
    assert (pictures[..., 3] > 0).mean() > 0.1


# --- framing ----------------------------------------------------------------------------------------------------------


@pytest.mark.gl
@settings(deadline=None, max_examples=20)
@given(
    bottom=st.floats(-30, 30), height=st.floats(0.1, 20), center=st.floats(-5, 5), size=st.sampled_from([64, 200, 256])
)
def test_the_head_range_lies_on_its_rows(gl_context, bottom: float, height: float, center: float, size: int) -> None:
    from scenes import Studio

    view = Framing(bottom, bottom + height, center, -10.0, 10.0)
    half = height / 4
    mark = square(x=(center - half, center + half), y=(bottom, bottom + height))
    one = Studio(gl_context, RenderSettings(size=size))
    alpha = one.picture(scene((mark, paint())), view=view)[..., 3] / 255.0
    one.release()
    rows, columns = alpha.max(1), alpha.max(0)
    assert rows.nonzero()[0][0] + 1 - rows[rows > 0][0] == pytest.approx(size / 4, abs=0.5)
    assert rows.sum() == pytest.approx(size / 2, abs=0.5)
    assert columns.sum() == pytest.approx(size / 4, abs=0.5)
    assert (columns * (np.arange(size) + 0.5)).sum() / columns.sum() == pytest.approx(size / 2, abs=0.5)


def test_the_head_bone_is_the_middle_of_a_head_framing() -> None:
    assert HEAD.center_x == 0
    assert (HEAD.bottom, HEAD.top) == (builders.CHIN, builders.TOP)


@pytest.mark.gl
def test_a_whole_framing_shows_all_of_any_model(studio) -> None:
    for mesh in (square(x=(3, 9), y=(-2, -1)), square(x=(0, 1), y=(50, 90)), disc(0.01)):
        model = scene((mesh, paint()))
        alpha = studio().picture(model, view=whole_framing(model))[..., 3]
        assert not alpha[[0, -1]].any()
        assert not alpha[:, [0, -1]].any()
        assert (alpha > 0).any()


def test_a_whole_framing_of_nothing_is_possible() -> None:
    assert whole_framing(handmade.model()).unit > 0


@pytest.mark.gl
def test_no_pose_leaves_the_depth_range(studio) -> None:
    model = builders.head_model()
    view = whole_framing(model)
    turns = np.array([(0, a, 0) for a in range(0, 360, 30)] + [(a, 0, 0) for a in (90, 180, 270)])
    identity = RigState.identity(model, len(turns))
    rotation = identity.rotation.copy()
    rotation[:, 0] = euler_quaternions(np.radians(turns))
    state = replace(identity, rotation=rotation)
    position = studio().capture(model, state)[0]
    clip = position @ view.matrix()[2, :3] + view.matrix()[2, 3]
    assert np.abs(clip).max() <= 1


# --- symmetry ---------------------------------------------------------------------------------------------------------


def symmetric_model() -> Model:
    """Return head_model with triangles that are mirror images too: its right half becomes its left half's image."""
    model = builders.head_model()
    corner = model.vertices.position[model.faces]  # (F, 3, 3)
    owner = np.repeat(np.arange(len(model.materials)), [m.face_count for m in model.materials])
    number = {(*xyz, *n): i for i, (xyz, n) in enumerate(zip(*_places(model), strict=True))}
    image = np.array([number[(-x, y, z, -i, j, k)] for (x, y, z), (i, j, k) in zip(*_places(model), strict=True)])
    left = corner[..., 0].mean(1) > 0
    vertex_owner = np.zeros(len(model.vertices), int)
    vertex_owner[model.faces] = owner[:, None]
    reflected = image[model.faces[left]][:, ::-1]
    faces = np.concatenate([model.faces[left], reflected])
    owner = np.concatenate([owner[left], vertex_owner[reflected[:, 0]]])
    counts = np.bincount(owner, minlength=len(model.materials)).tolist()
    materials = tuple(replace(m, face_count=n) for m, n in zip(model.materials, counts, strict=True))
    return replace(model, faces=faces[np.argsort(owner, kind="stable")].astype(np.int32), materials=materials)


def _places(model: Model) -> tuple[list, list]:
    return [tuple(p) for p in (model.vertices.position + 0.0).tolist()], [
        tuple(n) for n in (model.vertices.normal + 0.0).tolist()
    ]


@pytest.mark.gl
@pytest.mark.parametrize("size", [64, 256])
def test_mirrored_poses_give_mirrored_pictures(studio, size: int) -> None:
    model = symmetric_model()
    poses = random_poses(8)
    other = np.array([mirrored(tuple(pose)) for pose in poses])
    one = studio(size=size)
    pictures = one.pictures(model, posed(model, poses), view=HEAD).astype(int)
    reflected = one.pictures(model, posed(model, other), view=HEAD)[:, :, ::-1].astype(int)
    difference = np.abs(pictures - reflected).max(-1)
    inner = np.ones_like(difference, bool)
    for shift in itertools.product((-1, 0, 1), repeat=2):
        shifted = np.roll(pictures, shift, (1, 2))
        inner &= (shifted[..., 3] == 255) & (np.abs(shifted - pictures).max(-1) < 24)
    assert inner.mean() > 0.1
    assert difference[inner].max() <= 1
    assert (difference > 1).mean() < 0.001


# --- independence -----------------------------------------------------------------------------------------------------


@pytest.mark.gl
def test_a_picture_does_not_depend_on_what_is_drawn_along(studio) -> None:
    model = builders.head_model()
    poses = random_poses(40)
    one = studio(size=256)
    slots = one.renderer.slots
    assert slots == 16
    together = one.pictures(model, posed(model, poses), view=HEAD)
    for i in (0, 5, 15, 16, 39):
        alone = one.pictures(model, posed(model, poses[i : i + 1]), view=HEAD, first_slot=i)
        assert np.array_equal(alone[0], together[i])
    late = one.pictures(model, posed(model, poses[7:30]), view=HEAD, first_slot=7)
    assert np.array_equal(late, together[7:30])


@pytest.mark.gl
@pytest.mark.parametrize("size", [64, 200, 256])
def test_every_slot_gives_the_same_picture(studio, size: int) -> None:
    model = builders.head_model()
    one = studio(size=size)
    n = one.renderer.slots
    pictures = one.pictures(model, posed(model, np.repeat(random_poses(1), n, 0)), view=HEAD).astype(int)
    difference = np.abs(pictures - pictures[0]).max(-1)  # drivers interpolate in coordinates of the whole atlas
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.001


@pytest.mark.gl
def test_what_leaves_its_tile_never_shows_in_another(studio) -> None:
    wall = scene((square(x=(-50, 50), y=(-50, 50)), paint()))
    hide = handmade.state(wall, n=9)
    away = hide.translation.copy()
    away[1::2, 0, 2] = 100.0  # behind the far plane
    one = studio()
    pictures = one.pictures(wall, replace(hide, translation=away), first_slot=3)
    assert (pictures[::2] == 255).all()
    assert not pictures[1::2].any()


@pytest.mark.gl
def test_models_do_not_leave_traces(studio) -> None:
    model, other = builders.head_model(), scene((square(), paint((1.0, 0.0, 0.0, 0.5))))
    one = studio()
    first = one.picture(model, view=HEAD)
    one.picture(other)
    assert np.array_equal(one.picture(model, view=HEAD), first)


@pytest.mark.gl
def test_two_renderers_live_side_by_side(studio) -> None:
    from mmdgen.render.context import open_context
    from mmdgen.render.renderer import Renderer

    model = builders.head_model()
    mine = studio(size=64)
    expected = mine.picture(model, view=HEAD)
    context = open_context()
    other = Renderer(context, RenderSettings(size=64))
    theirs = other.upload(model, TextureSet((), ""))
    uploaded = mine.renderer.upload(model, TextureSet((), ""))
    state = Rig(model).evaluate(RigState.identity(model))
    for _ in range(2):
        assert np.array_equal(other.draw(theirs, state, HEAD)[0], expected)
        assert np.array_equal(mine.renderer.draw(uploaded, state, HEAD)[0], expected)
    theirs.release()
    uploaded.release()
    other.release()
    context.release()


@given(count=st.integers(0, 200), first=st.integers(0, 1000), size=st.sampled_from([32, 200, 256, 1024]))
def test_passes_cover_every_picture_once_in_its_slot(count: int, first: int, size: int) -> None:
    atlas = Atlas.plan(RenderSettings(size=size))
    slots = []
    for start, n, slot in atlas.passes(count, first):
        assert start == len(slots)
        assert slot + n <= atlas.slots
        slots += range(slot, slot + n)
    assert slots == [(first + i) % atlas.slots for i in range(count)]
    assert atlas.columns * atlas.tile <= atlas.side


def test_view_spans_what_the_tests_think() -> None:
    assert VIEW.pixel(np.array([-2.0, 2.0, 0.0]), 64).tolist() == [0, 0]
