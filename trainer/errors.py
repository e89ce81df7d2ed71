"""What the trainer raises on purpose; messages read as those of ``mmdgen.errors``.

MmdgenError
└── TrainerError
    ├── CheckpointError    a snapshot or a training state that cannot be read or does not fit
    ├── DivergedError      the loss stopped being a number
    ├── DrawingError       a picture that cannot be read or mended
    └── ExportError        networks that another program would not run alike
"""

from __future__ import annotations

from mmdgen.errors import MmdgenError


class TrainerError(MmdgenError):
    """Base of the trainer's own failures."""


class CheckpointError(TrainerError):
    """A snapshot or a training state that cannot be read, or belongs to another network."""


class DivergedError(TrainerError):
    """Training produced a loss that is not finite."""


class DrawingError(TrainerError):
    """A picture handed in that cannot be read, posed or mended."""


class ExportError(TrainerError):
    """Networks that cannot be exported, or would give other numbers there."""
