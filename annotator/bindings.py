"""Keys of a person's own choice, from a small TOML file.

For example::

    [all]                       # every window that has the command
    undo = "Z"

    [review]                    # or annotate-head, annotate-morphs
    keep = ["Space", "K"]

Commands that are not named keep their keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from annotator.keys import WINDOWS, Groups
from mmdgen.errors import MmdgenError

FILE = "keys.toml"
ALL = "all"
LARGEST = 1 << 16  # bytes
MODIFIERS = ("Meta", "Ctrl", "Alt", "Shift")  # in Qt's order
NAMED = {
    name.casefold(): name
    for name in (
        *("Space", "Return", "Enter", "Tab", "Backspace", "Del", "Ins", "Home", "End", "PgUp", "PgDown", "Esc"),
        *("Left", "Right", "Up", "Down"),
        *(f"F{number}" for number in range(1, 25)),
    )
}


def default_file() -> Path:
    """Return where a person's keys are looked for."""
    from platformdirs import user_config_path

    return user_config_path("mmdgen", appauthor=False) / FILE


def commands(window: str) -> Groups:
    """Return the commands of a window of ``keys.WINDOWS`` with the keys that its user chose; see ``bound``."""
    return bound(WINDOWS, window, default_file())


def bound(windows: Mapping[str, Groups], window: str, file: Path) -> Groups:
    """Return a window's commands with the keys that the file gives them; without a file as they are.

    Raises MmdgenError, which names file and place, where the file means no window, no command or no key, or gives one
    key to two commands.
    """
    chosen = _read(file, windows)
    asked = {**chosen.get(ALL, {}), **chosen.get(window, {})}
    groups = {
        title: tuple(replace(c, keys=asked[c.name]) if c.name in asked else c for c in listed)
        for title, listed in windows[window].items()
    }
    holders: dict[str, str] = {}
    for listed in groups.values():
        for command in listed:
            for key in command.keys:
                other = holders.setdefault(key, command.name)
                if other != command.name:
                    found = f"{key} is given to {other} and to {command.name}"
                    raise MmdgenError(f"{file}: {window}: {found}, expected one command a key; give one another key")
    return groups


def _read(file: Path, windows: Mapping[str, Groups]) -> dict[str, dict[str, tuple[str, ...]]]:
    try:
        if not file.exists():
            return {}
        if not file.is_file() or file.stat().st_size > LARGEST:
            raise MmdgenError(f"{file}: no plain file of at most {LARGEST >> 10} KiB, expected TOML; take it away")
        data = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise MmdgenError(f"{file}: {error}, expected readable TOML; mend it or take it away") from error
    return {window: _section(file, window, section, windows) for window, section in data.items()}


def _section(file: Path, window: str, section: Any, windows: Mapping[str, Groups]) -> dict[str, tuple[str, ...]]:
    if window not in (ALL, *windows) or not isinstance(section, dict):
        raise MmdgenError(f"{file}: [{window}], expected one of {', '.join((ALL, *windows))}; correct it")
    meant = windows.values() if window == ALL else [windows[window]]
    names = dict.fromkeys(c.name for groups in meant for listed in groups.values() for c in listed)
    found = {}
    for name, value in section.items():
        if name not in names:
            raise MmdgenError(f"{file}: [{window}] {name}: no such command, expected one of {', '.join(names)}")
        listed = value if isinstance(value, list) else [value]
        written = [canonical(text) if isinstance(text, str) else None for text in listed]
        if not written or None in written:
            expected = 'a key such as "K", "Ctrl+K", "Shift+K", "PgDown" or "F2", or a list of them'
            raise MmdgenError(f"{file}: [{window}] {name} = {value!r}, expected {expected}; correct it")
        found[name] = tuple(dict.fromkeys(key for key in written if key))
    return found


def canonical(text: str) -> str | None:
    """Return a key as ``keys`` writes it, None where it is none. Shift goes with letters only, as in the windows."""
    match = re.fullmatch(r"((?:(?:meta|ctrl|alt|shift)\+)*)(\S|\w{2,10})", text.strip(), re.IGNORECASE)
    if match is None:
        return None
    modifiers = {part.title() for part in match[1].split("+") if part}
    key = match[2]
    named = NAMED.get(key.casefold()) if len(key) > 1 else key.upper()
    if named is None or ("Shift" in modifiers and not re.fullmatch("[A-Z]", named)):
        return None
    return "+".join([*(m for m in MODIFIERS if m in modifiers), named])
