"""Every exception that mmdgen raises on purpose.

    MmdgenError
    ├── FormatError        a model, image or archive that cannot be read at all
    ├── AnnotationError    an annotation file that cannot be read or does not fit its model
    ├── BindingError       a model that cannot be posed: a bone, a morph or the head range is missing
    ├── RenderError        no OpenGL, or the driver refused
    ├── ShardError         a shard that breaks a promise of its format
    └── UsageError         the command line asks for something impossible (exit code 2)

Messages read ``<subject>: <found>, expected <what>; <what to do>``. Libraries raise; only the command line catches.
"""

from __future__ import annotations


class MmdgenError(Exception):
    """Base of all expected failures; ``str(error)`` is one line for the user."""


class FormatError(MmdgenError):
    """A file whose content cannot be read; names the section, the item and the byte offset."""


class AnnotationError(MmdgenError):
    """An annotation that cannot be read, or does not fit its model."""


class BindingError(MmdgenError):
    """A model that the pose parameters cannot drive; ``reason`` is a short fixed phrase for counting."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class RenderError(MmdgenError):
    """OpenGL is missing, or a picture could not be drawn."""


class ShardError(MmdgenError):
    """A shard that is missing, damaged or not of a known format."""


class UsageError(MmdgenError):
    """A request that contradicts itself or the files it names; exit code 2."""
