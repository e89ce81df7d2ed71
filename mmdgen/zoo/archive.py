"""ZIP archives as Windows in Japan writes them: names in cp932, with nothing that says so."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

_VERSION, _DEFLATE = 20, 8
_DATE = (0 << 9 | 1 << 5 | 1) << 16  # 1 January 1980, so that bytes repeat
_LOCAL, _CENTRAL, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of these files by path; letters that cp932 lacks become "?"."""
    out, directory = bytearray(), bytearray()
    for path, data in files.items():
        name = path.encode("cp932", "replace")
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush()
        sizes = struct.pack("<IIIIHH", _DATE, zlib.crc32(data), len(packed), len(data), len(name), 0)
        kind = struct.pack("<HH", 0, _DEFLATE)
        directory += _CENTRAL + struct.pack("<HH", _VERSION, _VERSION) + kind + sizes
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name
        out += _LOCAL + struct.pack("<H", _VERSION) + kind + sizes + name + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(out), 0)
    return bytes(out + directory + _END + end)
