"""Names of strangers: what leads out is refused, what some system stumbles over is replaced, none meets another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"
}
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\/\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
OURS = ".mmdgen"  # a library's own folder: no archive may write there
LONGEST = 180  # bytes in UTF-8; file systems hold 255, and a number may come to it
LONGEST_PATH = 1024  # bytes in UTF-8, below the package
DEEPEST = 32  # folders
JUNK = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}
DRIVE = re.compile(r"[A-Za-z]:")


def escapes(name: str) -> bool:
    """Tell whether a path is absolute, on a drive, or climbs with ``..``."""
    return name.startswith(("/", "\\")) or bool(DRIVE.match(name)) or ".." in re.split(r"[\\/]", name)


def split(name: str) -> list[str]:
    """Return the parts of a path; both separators count."""
    return [part for part in re.split(r"[\\/]+", name) if part not in ("", ".")]


def is_junk(parts: Sequence[str]) -> bool:
    """Tell whether a path is what a desktop leaves behind, not what a maker packed."""
    return any(part.lower() in JUNK for part in parts) or parts[-1].startswith("._")


def safe(part: str) -> str:
    """Return one part of a path as every system can hold it; a name that is fine stays as it is."""
    text = FORBIDDEN.sub("_", part)
    text = re.sub(r"[. ]+$", lambda m: "_" * len(m[0]), text)
    if fold(text.split(".")[0].rstrip()) in DEVICES or fold(text) == OURS:
        text = f"_{text}"
    if len(text.encode()) > LONGEST:
        stem, dot, suffix = text.rpartition(".")
        suffix = dot + suffix if stem and len(suffix.encode()) <= 16 else ""
        text = text.encode()[: LONGEST - len(suffix.encode())].decode(errors="ignore") + suffix
    return text or "_"


def fold(part: str) -> str:
    """Return what two names share that some file system takes for one."""
    return unicodedata.normalize("NFKC", part).casefold()


class Places:
    """Gives each path a place of its own, also where names differ only in case, width or composition."""

    def __init__(self) -> None:
        self._folders: dict[tuple[str, str], str] = {}  # (parent, folded name) -> name of the folder
        self._taken: set[tuple[str, str]] = set()
        self._next: dict[tuple[str, str], int] = {}  # number to try: thousands of files may want one name

    def of(self, parts: Sequence[str]) -> str:
        """Return the place of a file, relative, with ``/``: its own path in safe names, numbered when taken."""
        here = ""
        for part in parts[:-1]:
            name = safe(part)
            key = (here, fold(name))
            if key not in self._folders:
                self._folders[key] = self._claim(here, name)
            here += self._folders[key] + "/"
        return here + self._claim(here, safe(parts[-1]))

    def _claim(self, here: str, name: str) -> str:
        stem, dot, suffix = name.rpartition(".")
        if not stem:
            stem, dot, suffix = name, "", ""
        wanted, free = (here, fold(name)), name
        number = self._next.get(wanted, 1)
        while (here, fold(free)) in self._taken:
            number += 1
            free = f"{stem} ({number}){dot}{suffix}"
        self._next[wanted] = number
        self._taken.add((here, fold(free)))
        return free
