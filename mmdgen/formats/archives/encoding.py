"""Which encoding the names of a zip are in: the one under which the models find their own textures."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from mmdgen.errors import FormatError
from mmdgen.formats.archives.containers import Raw
from mmdgen.formats.archives.names import fold
from mmdgen.formats.load import LARGEST_FILE, parse_model
from mmdgen.model import Model

CANDIDATES = ("utf-8", "cp932", "gbk", "big5", "cp949", "cp437")
MODEL_SUFFIXES = (b".pmx", b".pmd")
MOST_MODELS = 16  # parsed to tell the encoding; all of one archive tell the same


@dataclass(frozen=True)
class _Clue:
    """What one model knows of the names around it."""

    number: int  # of the entry
    textures: tuple[str, ...]
    letters: frozenset[str]  # beyond ASCII, in all that the model names


def choose_encoding(entries: Sequence[Raw]) -> str:
    """Return the encoding of the names that are bytes: ``ascii`` when all of them are, else one of CANDIDATES.

    Most texture paths that resolve wins; then UTF-8, which no other encoding looks like; then the letters that the
    models use themselves; then the fewest letters that nobody writes in a name.
    """
    raw = [entry.name for entry in entries if isinstance(entry.name, bytes)]
    if all(name.isascii() for name in raw):
        return "ascii"
    clues = _clues(entries)
    best: tuple[tuple[int, ...], str] | None = None
    for order, encoding in enumerate(CANDIDATES):
        try:
            names = [e.name.decode(encoding) if isinstance(e.name, bytes) else e.name for e in entries]
        except UnicodeDecodeError:
            continue
        letters = {c for name in names for c in name if not c.isascii()}
        shared = len(letters & {c for clue in clues for c in clue.letters})
        odd = sum(_is_odd(c) for c in letters)
        score = (_resolved(names, clues), encoding == "utf-8", shared, -odd, -order)
        if best is None or score > best[0]:
            best = (score, encoding)
    assert best is not None  # every byte is a letter of cp437
    return best[1]


def _clues(entries: Sequence[Raw]) -> list[_Clue]:
    clues: list[_Clue] = []
    for number, entry in enumerate(entries):
        name = entry.name if isinstance(entry.name, bytes) else entry.name.encode(errors="replace")
        if name.lower().endswith(MODEL_SUFFIXES) and len(clues) < MOST_MODELS:
            try:
                if entry.path.stat().st_size <= LARGEST_FILE:
                    model = parse_model(entry.path.read_bytes(), "")
                    clues.append(_Clue(number, model.textures, _letters(model)))
            except FormatError:
                continue  # says nothing of its neighbours
    return clues


def _letters(model: Model) -> frozenset[str]:
    named = [item.name for items in (model.bones, model.morphs, model.materials) for item in items]
    text = "".join((model.name, model.comment, *model.textures, *named))
    return frozenset(c for c in text if not c.isascii())


def _resolved(names: Sequence[str], clues: Sequence[_Clue]) -> int:
    """Count the texture paths that lead to an entry."""
    there = {_path(name) for name in names}
    return sum(
        _path(posixpath.join(posixpath.dirname(names[clue.number].replace("\\", "/")), texture.replace("\\", "/")))
        in there
        for clue in clues
        for texture in clue.textures
    )


def _path(name: str) -> str:
    return fold(posixpath.normpath(name.replace("\\", "/")))


def _is_odd(letter: str) -> bool:
    """Tell whether a letter is rare in names: control, private, unassigned, box drawing, half-width katakana."""
    return unicodedata.category(letter) in ("Cc", "Co", "Cn") or "─" <= letter <= "▟" or "｡" <= letter <= "ﾟ"
