"""Archives: small ones of every kind, bent entry by entry behind right checksums, imported into a library."""

from __future__ import annotations

import io
import os
import random
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from guard import bounded, silence

NAMES = (
    *(b"../x.pmx", b"/etc/x", b"C:\\x", b"..\\..\\x", b"a/./b//c", b"con.bmp", b"NUL", b"a" * 300, b"a/" * 60 + b"x"),
    *(
        b"",
        b"/",
        b".",
        b"..",
        b"x\0y",
        b"x\n.pmx",
        b"\x1b[2J.pmx",
        b".mmdgen/x",
        b".mmdgen/imports.json",
        b"~",
        b"in.7z",
    ),
    *("表/ソ.pmx".encode("cp932"), "表.bmp".encode(), b"\xff\xfe\x80.pmx", b"m.PMX", b"M.pmx", b"in.zip"),
)
MODES = (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK, 0o777 << 16 | 0x10)


def model() -> bytes:
    """Return a tiny model with a texture path to choose encodings by."""
    from raw_files import RawPmx

    return RawPmx(textures=("表情.bmp", "tex\\a.png")).build()


def seeds() -> list[bytes]:
    """Return archives of every kind, nested ones included."""
    plain = {
        b"a/m.pmx": model(),
        b"a/tex/a.png": b"picture",
        "a/表情.bmp".encode("cp932"): b"",
        b"readme.txt": b"read me" * 40,
    }
    entries = [Entry(name, data) for name, data in plain.items()]
    inner = write_zip(entries)
    nested = [Entry(b"x/in.zip", inner), Entry(b"m.pmx", model(), method=zipfile.ZIP_DEFLATED)]
    links = [Entry(b"l", b"/etc/passwd", mode=stat.S_IFLNK << 16), Entry(b"d/", b"", mode=0x10), *entries]
    flagged = [replace(e, flags=0x800, extra=struct.pack("<HHBI", 0x7075, 5, 1, 0)) for e in entries]
    zips = [write_zip(e) for e in (entries, nested, links, flagged, [])]
    rars = [
        rar3({b"m.pmx": model(), "表情.bmp".encode("cp932"): b"x"}),
        rar5({b"m.pmx": model(), "表情.bmp".encode(): b"x"}),
    ]
    return [*zips, *_seven_zips({k.decode("cp932"): v for k, v in plain.items()}), *rars]


def check(data: bytes, thorough: bool) -> bool:
    """Import an archive into a new library, on a disk in memory where there is one."""
    import promises

    del thorough
    os.environ["PATH"] = ""  # rar's own tools are not ours to test, and slow
    shm = Path("/dev/shm")  # noqa: S108 - a fresh folder in it
    home = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None, prefix="mmdgen-fuzz-"))
    try:
        with silence(), bounded(len(data)):
            return promises.check_archive(data, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


# --- zip ---


@dataclass(frozen=True)
class Entry:
    """What a zip says about one file, true or not."""

    name: bytes
    data: bytes
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    mode: int = 0  # external attributes
    extra: bytes = b""
    claimed: int | None = None  # size when unpacked
    crc: int | None = None


def write_zip(entries: list[Entry]) -> bytes:
    """Return a zip of these entries, lies included."""
    out, directory = bytearray(), bytearray()
    for e in entries:
        body = e.data
        if e.method == zipfile.ZIP_DEFLATED:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            body = packer.compress(body) + packer.flush()
        crc = zlib.crc32(e.data) if e.crc is None else e.crc
        size = len(e.data) if e.claimed is None else e.claimed
        common = struct.pack(
            "<HHHHHIIIHH", 20, e.flags, e.method, 0, 33, crc, len(body), size, len(e.name), len(e.extra)
        )
        directory += b"PK\1\2" + struct.pack("<H", 0x31E) + common + struct.pack("<HHHII", 0, 0, 0, e.mode, len(out))
        directory += e.name + e.extra
        out += b"PK\3\4" + common + e.name + e.extra + body
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    return bytes(out + directory + b"PK\5\6" + end)


def read_zip(data: bytes) -> list[Entry]:
    """Return the entries of a zip as far as they can be read; none when it is beyond that."""
    entries = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist()[:200]:
                try:
                    body = archive.open(info).read(1 << 16)
                except Exception:  # noqa: BLE001 - bent before
                    body = b""
                name = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
                method = info.compress_type if info.compress_type in (0, 8) else 0
                entries.append(Entry(name[:4000], body, method, info.flag_bits, info.external_attr, info.extra[:4000]))
    except Exception:  # noqa: BLE001 - bent before
        return []
    return entries


def mutated(data: bytes, limit: int, seed: int, plain: Any) -> bytes:
    """Bend an archive behind right checksums, or any of its bytes."""
    dice = random.Random(seed)
    if data.startswith(b"PK") and dice.random() < 0.7 and (entries := read_zip(data)):
        bent = write_zip(_bent_entries(entries, dice, plain))
        if dice.random() < 0.2:
            bent = plain(bent, limit)
    elif data.startswith(b"7z") and dice.random() < 0.8:
        bent = _bent_seven_zip(data, plain)
    elif data.startswith(b"Rar!") and dice.random() < 0.8:
        bent = _bent_rar(data, dice, plain)
    else:
        bent = plain(data, limit)
    return bytes(bent[:limit])


def _bent_entries(entries: list[Entry], dice: random.Random, plain: Any) -> list[Entry]:
    for _ in range(dice.randrange(1, 4)):
        i = dice.randrange(len(entries))
        e = entries[i]
        match dice.randrange(10):
            case 0:
                entries[i] = replace(e, name=dice.choice(NAMES))
            case 1:
                entries[i] = replace(e, name=bytes(plain(e.name, 400)) if e.name else b"n")
            case 2:
                entries[i] = replace(e, mode=(dice.choice(MODES) << dice.choice((0, 16))) & 0xFFFFFFFF)
            case 3:
                entries[i] = replace(e, flags=e.flags ^ 1 << dice.randrange(16))
            case 4:
                entries[i] = replace(e, method=dice.choice((0, 8, 8, 9, 12, 14, 95, 99)))
            case 5:
                entries[i] = replace(e, claimed=dice.choice((0, 1, 2**31, 2**32 - 1)), crc=dice.choice((None, 0)))
            case 6:
                entries[i] = replace(e, extra=bytes(plain(e.extra or b"\1\0\4\0abcd", 100)))
            case 7:
                entries[i] = replace(e, data=e.data * dice.choice((2, 100)) if len(e.data) < 5000 else b"")
            case 8:
                entries[i:i] = [replace(e, name=e.name.swapcase())] * dice.choice((1, 1, 300))
            case _:
                nested = write_zip(
                    [replace(x, name=dice.choice(NAMES)) if dice.random() < 0.2 else x for x in entries[:8]]
                )
                entries[i] = Entry(dice.choice((b"in.zip", b"x/in.zip", b"in.7z")), nested)
    return entries


# --- 7z ---


def _seven_zips(entries: dict[str, bytes]) -> Iterator[bytes]:
    """Yield 7z archives with plain and packed headers."""
    import py7zr

    for plain, filters in ((True, None), (False, None), (True, [{"id": py7zr.FILTER_COPY}])):
        out = io.BytesIO()
        with py7zr.SevenZipFile(out, "w", filters=filters) as archive:
            archive.set_encoded_header_mode(not plain)
            for name, data in entries.items():
                archive.writestr(data, name)
        yield out.getvalue()


def _bent_seven_zip(data: bytes, plain: Any) -> bytes:
    """Bend the header at the end and put both checksums right."""
    if len(data) < 34:
        return bytes(plain(data, len(data) + 16))
    offset, size = struct.unpack_from("<QQ", data, 12)
    start = 32 + offset
    if start + size > len(data) or not size:
        return bytes(plain(data, len(data) + 16))
    header = bytes(plain(data[start : start + size], size + 32))
    where = struct.pack("<QQI", offset, len(header), zlib.crc32(header))
    return data[:8] + struct.pack("<I", zlib.crc32(where)) + where + data[32:start] + header


# --- rar ---


def rar3(entries: dict[bytes, bytes]) -> bytes:
    """Pack a RAR 3 without compression."""
    out = b"Rar!\x1a\x07\0" + _block3(struct.pack("<BHH", 0x73, 0, 13) + bytes(6))
    for name, data in entries.items():
        size = len(data)
        numbers = struct.pack("<IIBIIBBHI", size, size, 3, zlib.crc32(data), 0x21 << 16, 29, 0x30, len(name), 0o100644)
        out += _block3(struct.pack("<BHH", 0x74, 0x8000, 32 + len(name)) + numbers + name) + data
    return out + _block3(struct.pack("<BHH", 0x7B, 0x4000, 7))


def _block3(head: bytes) -> bytes:
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head


def rar5(entries: dict[bytes, bytes]) -> bytes:
    """Pack a RAR 5 without compression."""
    out = b"Rar!\x1a\x07\1\0" + _block5(_vint(1) + _vint(0) + _vint(0))
    for name, data in entries.items():
        size = _vint(len(data))
        numbers = _vint(4) + size + _vint(0o100644) + struct.pack("<I", zlib.crc32(data)) + _vint(0) + _vint(1)
        out += _block5(_vint(2) + _vint(2) + size + numbers + _vint(len(name)) + name) + data
    return out + _block5(_vint(5) + _vint(0) + _vint(0))


def _block5(head: bytes) -> bytes:
    sized = _vint(len(head)) + head
    return struct.pack("<I", zlib.crc32(sized)) + sized


def _vint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _bent_rar(data: bytes, dice: random.Random, plain: Any) -> bytes:
    """Bend the first bytes of one block, and put the checksum of every RAR 3 block right as far as they can be told."""
    five = data.startswith(b"Rar!\x1a\x07\1")
    at = 8 if five else 7
    spans = []
    while at + 7 < len(data) and len(spans) < 50:
        size = data[at + 4] + 5 if five else struct.unpack_from("<H", data, at + 5)[0]
        if size < 5 or at + size > len(data):
            break
        spans.append((at, size))
        at += size
        if not five and data[at - size + 2] == 0x74:
            at += struct.unpack_from("<I", data, at - size + 7)[0]
        elif five and data[at - size + 5] == 2:
            break
    if not spans:
        return bytes(plain(data, len(data) + 16))
    at, size = dice.choice(spans)
    skip = 4 if five else 2
    head = bytes(plain(data[at + skip : at + size], size + 8))
    crc = struct.pack("<I", zlib.crc32(head)) if five else struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    return data[:at] + crc + head + data[at + size :]
