"""The pose vector's own promises."""

from __future__ import annotations

from mmdgen import pose_spec


def test_order_and_identity_are_the_published_ones() -> None:
    assert pose_spec.NAMES == ("head_x", "head_y", "neck_z", "eye_left", "eye_right", "mouth")
    assert pose_spec.IDENTITY == (0, 0, 0, 0, 0, 1)
    assert pose_spec.NAMES[pose_spec.HEAD] == ("head_x", "head_y", "neck_z")
    assert pose_spec.NAMES[pose_spec.FACE] == ("eye_left", "eye_right", "mouth")


def test_mirroring_swaps_the_eyes_and_negates_turns() -> None:
    assert pose_spec.mirrored((0.1, 0.2, 0.3, 0.4, 0.5, 0.6)) == (0.1, -0.2, -0.3, 0.5, 0.4, 0.6)
    assert pose_spec.mirrored(pose_spec.mirrored((0.1, 0.2, 0.3, 0.4, 0.5, 0.6))) == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    assert pose_spec.mirrored(pose_spec.IDENTITY) == pose_spec.IDENTITY
