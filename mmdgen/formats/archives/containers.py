"""The containers zip, 7z and rar: every entry streamed to a numbered file, its name as the archive has it."""

from __future__ import annotations

import errno
import importlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mmdgen.errors import FormatError
from mmdgen.formats.archives.limits import BombError, Meter
from mmdgen.formats.archives.names import escapes

CHUNK = 1 << 20  # bytes
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
DOS_FOLDER = 0x10
UNICODE_PATH = 0x7075  # extra field of Info-ZIP: the name in UTF-8, valid with the CRC of the raw one
MAGIC = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"7z\xbc\xaf": "7z", b"Rar!": "rar"}
SUFFIXES = (".zip", ".7z", ".rar")
PART = re.compile(r"\.(zip|7z)\.\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class Raw:
    """One unpacked file: its name as stored (bytes where the encoding is not known) and where its content lies."""

    name: bytes | str
    path: Path


Note = Callable[[str], None]


def kind_of(path: Path) -> str | None:
    """Return ``zip``, ``7z`` or ``rar`` by the file's first bytes, else None."""
    with path.open("rb") as file:
        return MAGIC.get(file.read(4))


def extract(path: Path, folder: Path, meter: Meter, subject: str, note: Note) -> list[Raw]:
    """Stream the files of an archive into ``folder``; links and paths that lead out are left out with a note.

    Raises FormatError when it is no archive, is damaged or encrypted, or needs what is not installed; BombError.
    """
    kind = kind_of(path)
    if kind is None and PART.search(subject):
        raise _part(subject)
    if kind is None:
        raise FormatError(f"{subject}: no archive by its first bytes, expected zip, 7z or rar; repack it as zip")
    reader = {"zip": _zip, "7z": _seven_zip, "rar": _rar}[kind]
    try:
        return list(reader(path, folder, meter, subject, note))
    except FormatError:
        raise
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # the disk's trouble; a place before the start is the archive's
            raise
        raise _damaged(subject, error) from error
    except Exception as error:  # the libraries raise whatever they stumble over
        raise _part(subject) if PART.search(subject) else _damaged(subject, error) from error


def _damaged(subject: str, error: Exception) -> FormatError:
    found = str(error).strip() or type(error).__name__
    return FormatError(f"{subject}: {found}, expected a complete archive; download it again, or repack it as zip")


def _part(subject: str) -> FormatError:
    return FormatError(
        f"{subject}: one of several parts, expected a whole archive; join them, or repack them as one zip"
    )


def _encrypted(subject: str, name: str = "") -> FormatError:
    what = f"{name!r} is encrypted" if name else "it is encrypted"
    return FormatError(f"{subject}: {what}, expected no password; unpack it and repack it as zip")


def _copy(source: IO[bytes], target: Path, meter: Meter) -> None:
    size = 0
    with target.open("wb") as out:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            meter.add(len(chunk), size)
            out.write(chunk)


def _zip(path: Path, folder: Path, meter: Meter, subject: str, note: Note) -> Iterator[Raw]:
    _check_directory(path, meter, subject)
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        meter.count(len(infos))
        for number, info in enumerate(infos):
            name, shown = _zip_name(info), info.orig_filename
            mode = stat.S_IFMT(info.external_attr >> 16)
            if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
                note(_no_file(subject, shown, "a link" if mode == stat.S_IFLNK else "no plain file"))
            elif info.flag_bits & ENCRYPTED_FLAG:
                raise _encrypted(subject, shown)
            elif not _is_folder(info, shown):
                target = folder / str(number)
                with archive.open(info) as source:
                    _copy(source, target, meter)
                yield Raw(name, target)


def _is_folder(info: zipfile.ZipInfo, name: str) -> bool:
    """Tell a folder; a last byte that looks like a backslash may be half a letter of cp932."""
    listed = bool(info.external_attr & DOS_FOLDER) or stat.S_ISDIR(info.external_attr >> 16)
    return info.file_size == 0 and (listed or name.endswith(("/", "\\")))


def _check_directory(path: Path, meter: Meter, subject: str) -> None:
    """Refuse a directory of millions of entries before it fills the memory (each takes at least 46 bytes)."""
    with path.open("rb") as file:
        start = max(0, path.stat().st_size - (1 << 16) - 22)
        file.seek(start)
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return  # zipfile says it better
    if struct.unpack_from("<H", tail, end + 4)[0] not in (0, 0xFFFF):
        raise _part(subject)
    (size,) = struct.unpack_from("<I", tail, end + 12)
    if tail[end - 20 : end - 16] == b"PK\x06\x07" and tail[end - 76 : end - 72] == b"PK\x06\x06":
        (size,) = struct.unpack_from("<Q", tail, end - 76 + 40)
    if size > meter.limits.entries * 1024:
        raise BombError(f"{subject}: a directory of {size >> 20} MiB, expected far less; do not trust this archive")


def _zip_name(info: zipfile.ZipInfo) -> bytes | str:
    """Return a name as text when the archive states that it is UTF-8, else its bytes."""
    if info.flag_bits & UTF8_FLAG:
        return info.orig_filename
    raw, extra = info.orig_filename.encode("cp437"), info.extra
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag == UNICODE_PATH and body[:1] == b"\x01" and body[1:5] == struct.pack("<I", zlib.crc32(raw)):
            return body[5:].decode("utf-8", errors="replace")
    return raw


def _no_file(subject: str, name: str, found: str) -> str:
    return f"{subject}: {name!r} is {found}, expected plain files; left out"


def _library(name: str, subject: str, kind: str) -> Any:
    """Return the library that reads ``kind``; it is an extra of ours."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise FormatError(
            f"{subject}: {name} is not installed, expected it for {kind}; pip install 'mmdgen[archives]', or repack"
        ) from error


class _Sink:
    """What py7zr writes one file into."""

    def __init__(self, target: Path, meter: Meter) -> None:
        self._out = target.open("wb")
        self._meter = meter
        self._size = 0

    def write(self, data: bytes | bytearray) -> int:
        self._size += len(data)
        self._meter.add(len(data), self._size)
        return self._out.write(data)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002 - py7zr's interface
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002 - as above; py7zr only goes to the start
        return 0

    def flush(self) -> None:
        self._out.flush()

    def size(self) -> int:
        return self._size

    def close(self) -> None:
        self._out.close()


class _Sinks:
    """Gives py7zr a numbered file for each entry and remembers which name it was for."""

    def __init__(self, folder: Path, meter: Meter) -> None:
        self._folder, self._meter = folder, meter
        self.made: list[tuple[Raw, _Sink]] = []

    def create(self, filename: str) -> _Sink:
        target = self._folder / str(len(self.made))
        sink = _Sink(target, self._meter)
        self.made.append((Raw(Path(filename).relative_to(self._folder).as_posix(), target), sink))
        return sink


def _seven_zip(path: Path, folder: Path, meter: Meter, subject: str, note: Note) -> Iterator[Raw]:
    py7zr = _library("py7zr", subject, "7z")
    sinks = _Sinks(folder.resolve(), meter)
    try:
        with path.open("rb") as file, py7zr.SevenZipFile(file) as archive:  # of a file object it reads in one thread
            if archive.needs_password():
                raise _encrypted(subject)
            meter.count(len(archive.files))
            wanted = []
            for entry in archive.files:
                if entry.is_symlink or entry.is_junction or entry.is_socket:
                    note(_no_file(subject, entry.filename, "a link"))
                elif escapes(entry.filename):  # py7zr would refuse the archive
                    note(_no_file(subject, entry.filename, "a path out of the archive"))
                elif not entry.is_directory:
                    wanted.append(entry.filename)
                    continue
                meter.add(entry.uncompressed or 0, 0)  # py7zr unpacks what it skips, to check it
            archive.extract(path=sinks._folder, targets=wanted, factory=sinks)  # noqa: SLF001 - same module
    except py7zr.PasswordRequired as error:
        raise _encrypted(subject) from error
    finally:
        for _, sink in sinks.made:
            sink.close()
    yield from (raw for raw, _ in sinks.made)


def _rar(path: Path, folder: Path, meter: Meter, subject: str, note: Note) -> Iterator[Raw]:
    rarfile = _library("rarfile", subject, "rar")
    try:
        with rarfile.RarFile(str(path)) as archive:
            if archive.needs_password():
                raise _encrypted(subject)
            infos = archive.infolist()
            meter.count(len(infos))
            if any(info.is_file() and info.compress_type != rarfile.RAR_M0 for info in infos):
                rarfile.tool_setup(bsdtar=False, force=True)  # rarfile 4.5 gives bsdtar "--" as the archive's name
            for number, info in enumerate(infos):
                if info.is_symlink() or not (info.is_file() or info.is_dir()):
                    note(_no_file(subject, info.filename, "a link"))
                elif info.is_file():
                    target = folder / str(number)
                    with archive.open(info) as source:
                        _copy(source, target, meter)
                    is_bytes = isinstance(info, rarfile.Rar3Info) and not info.flags & rarfile.RAR_FILE_UNICODE
                    yield Raw(info.orig_filename if is_bytes else info.filename, target)
    except rarfile.NeedFirstVolume as error:
        raise _part(subject) from error
    except rarfile.RarCannotExec as error:
        raise FormatError(
            f"{subject}: no unrar, unar or 7z on this system, expected one; install it, or repack as zip"
        ) from error
