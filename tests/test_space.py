"""Pins what is taken from pyrr to `M @ p` on column vectors, and the camera to the framing rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen import space

ANGLE = st.floats(-3, 3)
QUATERNION = st.tuples(ANGLE, ANGLE, ANGLE).map(lambda a: space.euler_quaternions(np.array(a)))


def about(axis: int, angle: float) -> np.ndarray:
    """The textbook rotation matrix about one axis."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array(
        {
            0: [[1, 0, 0], [0, c, -s], [0, s, c]],
            1: [[c, 0, s], [0, 1, 0], [-s, 0, c]],
            2: [[c, -s, 0], [s, c, 0], [0, 0, 1]],
        }[axis]
    )


@settings(deadline=None)
@given(ANGLE, ANGLE, ANGLE)
def test_euler_angles_turn_about_z_then_x_then_y(x: float, y: float, z: float) -> None:
    want = about(1, y) @ about(0, x) @ about(2, z)
    np.testing.assert_allclose(space.rotation_matrices(space.euler_quaternion(x, y, z)), want, atol=1e-12)
    np.testing.assert_allclose(space.rotation_matrices(space.euler_quaternions(np.array([x, y, z]))), want, atol=1e-12)


@settings(deadline=None)
@given(QUATERNION, QUATERNION)
def test_product_is_composition(a: np.ndarray, b: np.ndarray) -> None:
    got = space.rotation_matrices(space.quaternion_product(a, b))
    np.testing.assert_allclose(got, space.rotation_matrices(a) @ space.rotation_matrices(b), atol=1e-12)


@pytest.mark.parametrize("size", [32, 256, 1024])
def test_head_range_fills_the_middle_rows(size: int) -> None:
    framing = space.Framing(bottom=15.2, top=18.1, center_x=0.25, near=-4, far=5)
    top, bottom = framing.pixel(np.array([[0.25, 18.1, -1], [0.25, 15.2, 2]]), size)
    np.testing.assert_allclose(top, [size / 2, size / 4])
    np.testing.assert_allclose(bottom, [size / 2, 3 * size / 4])


def test_clip_space_agrees_with_pixels_and_depth_grows_away_from_the_viewer() -> None:
    framing = space.Framing(bottom=15.2, top=18.1, center_x=0.25, near=-4, far=5)
    points = np.array([[1.0, 16, -4, 1], [-0.5, 17.5, 5, 1]])
    clip = points @ framing.matrix().T
    np.testing.assert_allclose(clip[:, 2], [-1, 1], atol=1e-12)
    pixels = np.stack([(clip[:, 0] + 1) * 128, (1 - clip[:, 1]) * 128], -1)
    np.testing.assert_allclose(pixels, framing.pixel(points[:, :3], 256), atol=1e-9)
    assert pixels[0, 0] > 128, "the character's own left (+X) is on the viewer's right"
