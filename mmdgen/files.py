"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdgen.errors import MmdgenError


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under its final name only when it is complete; raise MmdgenError when that fails."""
    with written(path) as part:
        part.write_bytes(data)


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Yield an empty file beside ``path`` that takes its name when the block ends; when it fails, nothing is left.

    Raises MmdgenError for what the system refuses, in the block too.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}", suffix=".part")
        os.close(handle)
        part = Path(temporary)
        try:
            yield part
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.chmod(0o666 & ~_umask())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MmdgenError(
            f"{path}: {error.strerror or error}, expected a place to write to; check the folder"
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
