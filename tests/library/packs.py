"""Archives as makers and villains pack them."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest
from builders import head_model

from mmdgen.formats.writer import write_pmx

BMP = struct.pack("<2sIHHI", b"BM", 58, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0)
PICTURE = BMP + b"\1\2\3\0"
PLAIN = write_pmx(head_model())


def textured(*textures: str, name: str = "") -> bytes:
    return write_pmx(replace(head_model(), textures=textures, name=name))


class StoredName(zipfile.ZipInfo):
    """An entry whose name is written as the bytes that are given."""

    def __init__(self, raw: bytes, flag: int) -> None:
        super().__init__(f"{raw.hex()}.x")
        self.raw, self.flag = raw, flag

    def _encodeFilenameFlags(self):  # noqa: N802 - zipfile's name
        return self.raw, self.flag


def packed(entries: dict, encoding: str | None = None, **attributes: int) -> bytes:
    """Zip ``entries``; with an encoding, names are written as makers' tools do: its bytes, no UTF-8 flag."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            info = StoredName(name.encode(encoding or "utf-8"), 0 if encoding else 0x800)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = attributes.get(name, 0)
            archive.writestr(info, data)
    return stream.getvalue()


def tree(folder) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and ".mmdgen" not in p.parts}


def seven_zip(entries: dict[str, bytes], **options: object) -> bytes:
    py7zr = pytest.importorskip("py7zr")
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", **options) as archive:
        for name, data in entries.items():
            archive.writestr(data, name)
    return stream.getvalue()


def stored_rar(
    entries: dict[bytes, bytes],
    *,
    whole: dict[bytes, bytes] | None = None,
    mode: int = stat.S_IFREG | 0o644,
    flags: int = 0,
    main: int = 0,
) -> bytes:
    """Pack a RAR 3 without compression, which rarfile reads by itself.

    With ``whole``, the entries claim to be that content compressed.
    """

    def block(kind: int, flags: int, body: bytes) -> bytes:
        head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head

    out = b"Rar!\x1a\x07\0" + block(0x73, main, bytes(6))
    for name, data in entries.items():
        content, method = (whole[name], 0x33) if whole else (data, 0x30)
        numbers = (len(data), len(content), 3, zlib.crc32(content), 0x21 << 16, 29, method, len(name), mode)
        out += block(0x74, 0x8000 | flags, struct.pack("<IIBIIBBHI", *numbers) + name) + data
    return out + block(0x7B, 0x4000, b"")


def huffman(data: bytes) -> bytes:
    """Return what RAR 3's method 3 makes of ``data`` when it finds no repetition: one block of Huffman-coded letters.

    The letters 0 to 254 have codes of 8 bits, 255 and the end of the block (256) of 9; all other symbols have none.
    """
    lengths_of_lengths = {8: 1, 9: 2, 19: 2}  # 8 is 0, 9 is 10, 19 (zeros: 11 and 7 bits more of them) is 11
    bits = ["00", *(f"{lengths_of_lengths.get(symbol, 0):04b}" for symbol in range(20))]
    bits += ["0" * 255, "1010", *(f"11{zeros - 11:07b}" for zeros in (100, 404 - 257 - 100))]
    bits += [f"{letter:08b}" if letter < 255 else f"{510:09b}" for letter in data]
    text = "".join((*bits, f"{511:09b}", "00"))
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def flagged_encrypted(data: bytes) -> bytes:
    data = bytearray(data)
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.find(magic) + offset] |= 1
    return bytes(data)
