"""A motion that shows each parameter in turn, for films of drawings without a pose table."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mmdgen.motion.table import FINEST_FPS, Motion, checked_rate
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS

# parameter: when it moves (seconds), by how much from rest at most, and how often
PARTS = (
    ("eye_left", 0.2, 1.2, 1.0, 1),
    ("eye_right", 1.2, 2.2, 1.0, 1),
    ("mouth", 2.2, 3.8, -1.0, 2),
    ("head_x", 3.8, 5.6, 1.0, 1),
    ("head_y", 5.6, 7.4, 1.0, 1),
    ("neck_z", 7.4, 9.2, 1.0, 1),
    ("head_x", 9.2, 11.2, 0.7, 2),  # a figure of eight, with a blink and a word
    ("head_y", 9.2, 11.2, 0.7, 1),
    ("eye_left", 9.6, 10.0, 1.0, 1),
    ("eye_right", 9.6, 10.0, 1.0, 1),
    ("mouth", 10.0, 11.2, -1.0, 3),
)
SECONDS = 11.4
FACE_ONLY = 3.8  # seconds: what comes later turns the head


def built_in(fps: float | None = None, *, head: bool = True) -> Motion:
    """Return the motion at a rate, 30 by default, from rest to rest; without ``head`` only eyes and mouth move."""
    rate = checked_rate(fps)
    count = max(2, round((SECONDS if head else FACE_ONLY) * rate))
    time = np.arange(count) / rate
    poses = np.tile(np.array(IDENTITY, np.float64), (count, 1))
    for name, start, end, reach, times in PARTS:
        place = (time - start) / (end - start)
        inside = (place >= 0) & (place < 1)
        phase = place[inside] * times
        two_sided = PARAMETERS[NAMES.index(name)].low < 0  # to one side and then to the other
        wave = np.sin(2 * np.pi * phase) if two_sided else np.sin(np.pi * phase) ** 2
        poses[inside, NAMES.index(name)] += reach * wave
    low, high = (np.array([getattr(p, side) for p in PARAMETERS]) for side in ("low", "high"))
    base = 1 / Fraction(rate).limit_denominator(FINEST_FPS)
    return Motion(poses.clip(low, high), np.arange(count + 1), base, rate)
