"""The viewer's camera: what stays, what moves, and that turning is rigid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from builders import head_model
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen.model import Model
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.space import Framing
from mmdgen.state import RigState
from mmdgen.viewer.view import STEEPEST, ZOOMS, View

FRAME = Framing(bottom=16.0, top=19.0, center_x=0.5, near=-9.0, far=9.0)
PIVOT = np.array([0.5, 17.5, 0.2])
small = st.floats(-3, 3)


@pytest.fixture(scope="module")
def model() -> Model:
    return head_model()


def positions(model: Model, view: View) -> np.ndarray:
    posed = Rig(model).evaluate(RigState.identity(model))
    return skin(model, view.turn(posed, PIVOT)).position[0].astype(np.float64)


def test_the_untouched_view_is_the_datasets_own() -> None:
    assert View().framing(FRAME) is FRAME
    posed = object()
    assert View(zoom=2, x=1).turn(posed, PIVOT) is posed  # type: ignore[arg-type]


@given(yaw=small, pitch=st.floats(-1.4, 1.4))
@settings(deadline=None, max_examples=20)
def test_turning_is_a_rigid_motion_about_the_pivot(model: Model, yaw: float, pitch: float) -> None:
    before, after = (positions(model, view) - PIVOT for view in (View(), View(yaw, pitch)))
    np.testing.assert_allclose(np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1), atol=2e-5)
    np.testing.assert_allclose(before @ before[:40].T, after @ after[:40].T, atol=2e-3)
    turned = before @ rotation(pitch, 0).T if yaw == 0 else (before @ rotation(0, yaw).T) @ rotation(pitch, 0).T
    np.testing.assert_allclose(after, turned, atol=3e-5)


def rotation(x: float, y: float) -> np.ndarray:
    """Return the textbook matrix about x or y."""
    if x:
        return np.array([[1, 0, 0], [0, math.cos(x), -math.sin(x)], [0, math.sin(x), math.cos(x)]])
    return np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])


def test_normals_turn_with_the_surface(model: Model) -> None:
    posed = Rig(model).evaluate(RigState.identity(model))
    before, after = skin(model, posed).normal[0], skin(model, View(yaw=0.7).turn(posed, PIVOT)).normal[0]
    np.testing.assert_allclose(after, before @ rotation(0, 0.7).T, atol=2e-5)


@given(zoom=st.floats(0.1, 20), x=small, y=small, factor=st.floats(0.5, 2), right=st.floats(-1, 1), up=st.floats(-1, 1))
@settings(deadline=None)
def test_zooming_keeps_the_place_under_the_pointer(zoom, x, y, factor, right, up) -> None:
    view = View(zoom=zoom, x=x, y=y)
    for seen in (view, view.zoomed(factor, right, up)):
        framing = seen.framing(FRAME)
        place = framing.center_x + right * framing.unit, framing.center_y + up * framing.unit
        if seen is view:
            expected = place
    assert place == pytest.approx(expected, abs=1e-9)


@given(zoom=st.floats(0.1, 20), right=small, up=small)
@settings(deadline=None)
def test_panning_moves_the_picture_with_the_pointer(zoom, right, up) -> None:
    view = View(zoom=zoom)
    point = np.array([0.3, 17.0, 0.0])
    before, after = (v.framing(FRAME).pixel(point, 200) for v in (view, view.panned(right, up)))
    assert after - before == pytest.approx([100 * right, -100 * up], abs=1e-6)


def test_reach_shows_more_about_the_same_middle() -> None:
    view = View(zoom=2.0, x=0.1, y=-0.2)
    near, far = view.framing(FRAME), view.framing(FRAME, 1.5)
    assert far.unit == pytest.approx(1.5 * near.unit)
    assert (far.center_x, far.center_y) == pytest.approx((near.center_x, near.center_y))


def test_the_camera_stays_within_its_limits() -> None:
    view = View()
    for _ in range(200):
        view = view.zoomed(3.0).turned(1.0, 1.0)
    assert view.zoom == ZOOMS[1]
    assert view.pitch == STEEPEST
    assert -math.pi <= view.yaw <= math.pi
