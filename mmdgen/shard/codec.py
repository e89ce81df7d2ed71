"""Pictures to zlib streams and back: exactly what HDF5's deflate filter stores, made and read faster."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

try:
    import deflate as libdeflate
except ImportError:  # no wheel for this platform: the standard library reads the same stream
    libdeflate = None  # type: ignore[assignment]

U1 = NDArray[np.uint8]
LEVEL = 1  # of isal; HDF5's own level is noted in the file only for whoever rewrites it


class DamagedError(ValueError):
    """A stream that is not zlib, or does not hold the promised number of bytes."""


def stored_limit(size: int) -> int:
    """Return the most bytes that a deflated picture of that side may take; deflate never grows data by 1/256."""
    raw = size * size * 4
    return raw + raw // 256 + 256


def compress(picture: U1) -> bytes:
    """Return the zlib stream of a C-contiguous picture."""
    return bytes(isal_zlib.compress(picture.data, LEVEL))


def decompress(stream: Any, size: int) -> U1:
    """Return the (size, size, 4) uint8 picture of a zlib stream; raise DamagedError when it holds anything else."""
    length = size * size * 4
    try:
        raw = libdeflate.zlib_decompress(stream, length) if libdeflate is not None else _inflate(stream, length)
    except (ValueError, zlib.error, getattr(libdeflate, "DeflateError", ValueError)) as error:
        raise DamagedError(str(error)) from error
    if len(raw) != length:
        raise DamagedError(f"{len(raw)} bytes")
    return np.frombuffer(raw, np.uint8).reshape(size, size, 4)


def _inflate(stream: Any, length: int) -> bytearray:
    """Inflate with the standard library, never to more than ``length`` + 1 bytes."""
    engine = zlib.decompressobj()
    raw = engine.decompress(stream, length + 1)
    if not engine.eof:
        raise DamagedError("stream goes on or stops early")
    return bytearray(raw)


def crc32(picture: U1) -> int:
    """Return the CRC-32 of a C-contiguous picture's bytes."""
    return int(isal_zlib.crc32(picture.data))
