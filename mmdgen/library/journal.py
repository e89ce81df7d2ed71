"""What is known of a library's models from one scan to the next: a line of JSON for each, added as it comes."""

from __future__ import annotations

import json
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mmdgen.errors import AnnotationError, MmdgenError
from mmdgen.files import write_atomically
from mmdgen.library.records import Record
from mmdgen.library.scan import STATE_FOLDER
from mmdgen.library.triage import digest_of

NAME = "scan.jsonl"
HEADER = {"version": 1, "mmdgen": version("mmdgen")}  # records of another version are forgotten
SLACK = 2  # times as many lines as records: then the file is written anew


class Journal:
    """A library's records. What an interrupted scan left is there; a damaged line counts as none.

    ``keep`` False reads but never writes. Raises MmdgenError when the library cannot be written to.
    """

    def __init__(self, library: Path, *, keep: bool = True, fresh: bool = False) -> None:
        self._path = library / STATE_FOLDER / NAME
        self._keep = keep
        self._by_path: dict[str, Record] = {}
        lines, whole = ([], False) if fresh else self._read()
        self._by_size: dict[int, list[Record]] = defaultdict(list)
        for record in self._by_path.values():
            self._by_size[record.size].append(record)
        if keep and (not whole or len(lines) > SLACK * len(self._by_path) + 1):
            self._write()

    def __len__(self) -> int:
        return len(self._by_path)

    def at(self, relative: str) -> Record | None:
        """Return the record of the file at a path in the library, as it was last seen there."""
        return self._by_path.get(relative)

    def like(self, path: Path, size: int) -> Record | None:
        """Return the record of a file with the same content, wherever it was."""
        alike = self._by_size.get(size)
        sha256 = digest_of(path) if alike else ""
        return next((r for r in alike or () if sha256 and r.sha256 == sha256), None)

    def add(self, record: Record) -> None:
        """Keep a record at once."""
        self._by_path[record.path] = record
        if self._keep:
            try:
                with self._path.open("ab") as file:
                    file.write(_line(record.as_json()))
            except OSError as error:
                raise self._refusal(error) from error

    def _read(self) -> tuple[list[bytes], bool]:
        """Take the records of all whole lines; return the lines, and whether more may be added to them."""
        try:
            *lines, torn = self._path.read_bytes().split(b"\n") if self._path.is_file() else [b""]
        except OSError:
            return [], False
        if not lines or _parsed(lines[0]) != HEADER:
            return [], False
        for line in lines[1:]:
            try:
                record = Record.from_json(_parsed(line))
            except (TypeError, KeyError, ValueError, AttributeError, AnnotationError):
                continue
            self._by_path[record.path] = record
        return lines, not torn

    def _write(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refusal(error) from error
        write_atomically(self._path, b"".join([_line(HEADER), *(_line(r.as_json()) for r in self._by_path.values())]))

    def _refusal(self, error: OSError) -> MmdgenError:
        found = error.strerror or error
        return MmdgenError(f"{self._path}: {found}, expected a place to keep what is found out; or use --dry-run")


def _line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"  # surrogates survive in ASCII


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
