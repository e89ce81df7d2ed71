"""What the trainer raises on purpose; messages read as those of ``mmdgen.errors``.

MmdgenError
└── TrainerError
    ├── CheckpointError    a snapshot or a training state that cannot be read or does not fit
    └── DivergedError      the loss stopped being a number
"""

from __future__ import annotations

from mmdgen.errors import MmdgenError


class TrainerError(MmdgenError):
    """Base of the trainer's own failures."""


class CheckpointError(TrainerError):
    """A snapshot or a training state that cannot be read, or belongs to another network."""


class DivergedError(TrainerError):
    """Training produced a loss that is not finite."""
