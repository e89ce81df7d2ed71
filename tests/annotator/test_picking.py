"""Lines and pixels."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from annotator.picking import GRAB, SNAP, Canvas, nearest_line, nudged, snapped, with_line
from mmdgen.space import Framing
from mmdgen.viewer.view import View

SIZES = st.integers(100, 2000)
HEIGHTS = st.floats(-50, 50)


@given(SIZES, SIZES, HEIGHTS)
@settings(deadline=None)
def test_pixels_and_heights_are_inverse(width: int, height: int, y: float) -> None:
    canvas = Canvas.of(width, height, Framing(16, 19, 0.5, -9, 9))
    assert canvas.y(canvas.pixel_y(y)) == pytest.approx(y, abs=1e-9)


@given(SIZES, SIZES, st.floats(0.2, 5), st.floats(-1, 1), st.floats(-1, 1))
@settings(deadline=None)
def test_the_canvas_lies_where_the_picture_is_drawn(width: int, height: int, zoom: float, x: float, y: float) -> None:
    """The head range of the frame that is drawn fills a quarter to three quarters of the picture's side."""
    framing = View(zoom=zoom, x=x, y=y).framing(Framing(16, 19, 0.5, -9, 9), max(width, height) / min(width, height))
    canvas, side = Canvas.of(width, height, framing), max(width, height)
    assert canvas.pixel_y(framing.top) == pytest.approx(height / 2 - side / 4)
    assert canvas.pixel_y(framing.bottom) == pytest.approx(height / 2 + side / 4)
    assert canvas.pixel_x(framing.center_x) == pytest.approx(width / 2)


def test_the_nearer_line_within_reach_is_taken() -> None:
    canvas = Canvas(400, 400, 0, 0, 10)  # 10 pixels per unit: top at row 190, bottom at 210
    assert nearest_line(canvas, 189, -1, 1) == "top"
    assert nearest_line(canvas, 201, -1, 1) == "bottom"
    assert nearest_line(canvas, 190 - GRAB, -1, 1) == "top"
    assert nearest_line(canvas, 190 - GRAB - 1, -1, 1) is None


def test_snapping_is_measured_on_the_screen() -> None:
    canvas = Canvas(400, 400, 0, 0, 10)
    assert snapped(canvas, 1 + SNAP / 10, [1, 3]) == 1
    assert snapped(canvas, 1.01 + SNAP / 10, [1, 3]) == 1.01 + SNAP / 10
    assert snapped(canvas, 7.0, []) == 7


@given(st.sampled_from(["top", "bottom"]), HEIGHTS)
@settings(deadline=None)
def test_lines_never_cross(line: str, y: float) -> None:
    bottom, top = with_line(line, y, 0, 3, 0.5)
    assert top - bottom >= 0.5 - 1e-9
    assert (bottom if line == "top" else top) == (0 if line == "top" else 3)


def test_one_row_is_one_row_of_the_dataset_and_steps_cancel() -> None:
    assert nudged("top", 1, 16, 19, 3) == (16, 19 + 3 / 128)
    assert nudged("bottom", -5, 16, 19, 3) == (16 - 15 / 128, 19)
    up = nudged("top", 5, 16, 19, 3)
    assert nudged("top", -5, *up, 3) == pytest.approx((16, 19))
