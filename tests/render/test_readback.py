"""Pictures that are drawn ahead are those that are waited for, in whatever order they are read."""

from __future__ import annotations

import builders
import numpy as np
import pytest
from scenes import Studio
from test_pictures import HEAD, posed, random_poses

from mmdgen.model import TextureSet
from mmdgen.render.fence import Fences
from mmdgen.render.look import Look
from mmdgen.render.readback import BUFFERS
from mmdgen.render.settings import RenderSettings
from mmdgen.rig.rig import Rig

pytestmark = pytest.mark.gl


@pytest.fixture
def drawing(studio):
    """Return a studio, and a function that begins to draw some poses of a head."""
    one = studio(size=96)
    model = builders.head_model()
    uploaded = one.renderer.upload(model, TextureSet((None,) * len(model.textures), ""))

    def start(poses: np.ndarray, first_slot: int = 0, looks=None):
        deformation = Rig(model).evaluate(posed(model, poses))
        return one.renderer.start(uploaded, deformation, HEAD, first_slot, looks)

    yield one, model, start
    uploaded.release()


@pytest.mark.parametrize("order", [range(9), range(8, -1, -1), (3, 0, 8, 1, 7, 2, 6, 4, 5)])
def test_pictures_are_the_same_in_whatever_order_they_are_read(drawing, order) -> None:
    one, model, start = drawing
    batches = [random_poses(n, seed=n) for n in (1, 7, 3, 100, 2, 130, 5, 1, 4)]  # more than the ring holds, and passes
    expected = [one.pictures(model, posed(model, b), view=HEAD, first_slot=n * 37) for n, b in enumerate(batches)]
    assert len(batches) > BUFFERS
    pending = [start(b, n * 37) for n, b in enumerate(batches)]
    for n in order:
        assert np.array_equal(pending[n].read(), expected[n])
    assert all(p.read() is p.read() for p in pending)


def test_each_picture_keeps_its_own_colours(drawing) -> None:
    one, model, start = drawing
    poses = random_poses(13)
    looks = [Look(hue_deg=10.0 * i, saturation=1 + i / 20) for i in range(13)]
    together = start(poses, 95, looks).read()
    for i in (0, 5, 12):
        alone = one.pictures(
            model, posed(model, poses[i : i + 1]), view=HEAD, first_slot=95 + i, looks=looks[i : i + 1]
        )
        assert np.array_equal(together[i], alone[0])


def test_what_is_never_read_is_no_burden(drawing) -> None:
    one, model, start = drawing
    poses = random_poses(3)
    for _ in range(3 * BUFFERS):
        start(poses)
    assert np.array_equal(start(poses).read(), one.pictures(model, posed(model, poses), view=HEAD))


def test_pictures_outlive_their_renderer(gl_context) -> None:
    one = Studio(gl_context, RenderSettings(size=64))
    model = builders.head_model()
    uploaded = one.renderer.upload(model, TextureSet((None,) * len(model.textures), ""))
    deformation = Rig(model).evaluate(posed(model, random_poses(2)))
    expected = one.renderer.draw(uploaded, deformation, HEAD)
    pending = one.renderer.start(uploaded, deformation, HEAD)
    uploaded.release()
    one.release()
    assert np.array_equal(pending.read(), expected)


def test_the_gpu_can_be_waited_for(drawing, gl_context) -> None:
    _, _, start = drawing
    fences = Fences(gl_context)
    start(random_poses(20))
    with gl_context:
        fence = fences.set()
        fences.wait(fence)
    assert fence
