"""Which bytes lie at a path: SHA-256 of files, remembered between sessions while size and time stay."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import suppress
from pathlib import Path

from mmdgen.errors import FormatError
from mmdgen.formats.load import LARGEST_FILE

FILE = ".identities.jsonl"
CHUNK = 1 << 20


class Identities:
    """Knows the hashes of the files whose annotations lie in one folder. May be used from several threads.

    They are kept in a file of one line each that is only ever appended to; losing it costs reading the files again.
    """

    def __init__(self, store: Path) -> None:
        self._file = store / FILE
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, int, str]] = {}
        with suppress(OSError):
            for line in self._file.read_text("utf-8", "replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    data = json.loads(line)
                    self._known[data["path"]] = (data["size"], data["time"], data["sha256"])

    def sha256(self, path: Path) -> str:
        """Return the hash of a file in hex; raise FormatError when it cannot be read."""
        try:
            real = str(path.resolve())
            stat = path.stat()
            with self._lock:
                known = self._known.get(real)
            if known is not None and known[:2] == (stat.st_size, stat.st_mtime_ns):
                return known[2]
            if not path.is_file() or stat.st_size > LARGEST_FILE:
                raise FormatError(f"{path}: no plain file of at most {LARGEST_FILE >> 20} MiB; take it away")
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
            raise FormatError(f"{path}: {error}, expected a readable file; check its name and permissions") from error
        self._remember(real, (stat.st_size, stat.st_mtime_ns, digest.hexdigest()))
        return digest.hexdigest()

    def _remember(self, real: str, found: tuple[int, int, str]) -> None:
        size, time, sha256 = found
        line = json.dumps({"path": real, "size": size, "time": time, "sha256": sha256})  # ASCII, whatever the path is
        with self._lock:
            self._known[real] = found
            with suppress(OSError):  # a folder that cannot be written to: the first decision will say so
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a", encoding="ascii") as out:
                    out.write(line + "\n")
