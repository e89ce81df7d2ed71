"""What makers say of their models' use: the readmes beside a model, and the passages in them about terms."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmdgen.library.texts import decode, words_of_html

ABOVE = 2  # folders above the model's own that are looked in
MOST_FILES, MOST_ENTRIES = 12, 5000  # read of one model; looked at in one folder
LONGEST = 1 << 16  # bytes read of one file
CONTEXT = 1  # lines around one that speaks of terms
MOST_LINES = 60  # quoted of one file
LONGEST_LINE = 600  # letters
PAGES = (".html", ".htm")
TEXTS = (".txt", ".md", ".text", ".rst", *PAGES)
NO_TEXTS = (".pmx", ".pmd", ".x", ".vmd", ".vpd", ".fx", ".exe", ".zip", ".7z", ".rar", ".lzh", ".py", ".js", ".json")
README = re.compile(
    r"read.?me|りーどみー|リードミー|説明|お?読み|読んで|読む|必読|はじめに|規約|使用条件|使い方|ライセンス|注意|"
    r"说明|說明|自述|必看|须知|須知|条款|條款|规则|規則|協議|协议|읽어|설명|약관|주의|licen[cs]e|copy(ing|right)|terms|credits?|notice"
)
TERMS = re.compile(
    # Japanese
    r"規約|改変|改造|再配布|二次配布|配布(は|を|可|不可|禁)|転載|商用|商業|営利|クレジット|禁止|許可|許諾|著作権|権利|免責|責任|ライセンス|使用条件|利用条件|"
    r"ご遠慮|お控え|自由に|r-?18|アダルト|成人|"
    # Chinese
    r"许可|許可|转载|轉載|商业|分发|分發|二次?配布|二次创作|修改|授权|授權|版权|版權|使用规|使用規|条款|條款|免责|免責|请勿|請勿|不得|严禁|嚴禁|借物|"
    # Korean
    r"재배포|배포|상업|영리|개조|수정|금지|허가|허락|허용|저작권|라이선스|라이센스|약관|출처|크레딧|책임|"
    # English and its neighbours
    r"redistribut|commercial|licen[cs]|permission|permitted|prohibit|forbid|allowed|\bcredit|copyright|\(c\)|©|"
    r"terms of (use|service)|conditions of use|modif(y|ied|ication)|edit(ing)? (is|of|the model)|"
    r"do not |don't |attribution|non-?profit|liab(le|ility)|warranty|public domain|\bcc[ -]?(by|0)|lizenz|"
    r"gewerblich|kommerziell|commerciale|interdit|licencia|comercial|prohibid"
)
DATED = re.compile(r"\d{4}[./年-]\d")  # what was changed when
FRAMED = re.compile(r"^#+\s(.*?)\s#+$")


@dataclass(frozen=True)
class Readme:
    """One file beside a model: ``text`` in its own language, None where it holds no text; ``terms`` are quotations.

    ``path`` is relative to the model's folder, with /; ``cut`` tells that only the file's beginning was read.
    """

    path: str
    encoding: str | None
    text: str | None
    terms: tuple[str, ...]
    cut: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the readme as JSON-ready values."""
        return {
            "path": self.path,
            "encoding": self.encoding,
            "terms": list(self.terms),
            "text": self.text,
            "cut": self.cut,
        }


class Shelf:
    """What was read of a library's folders, for whoever asks for many models in one go."""

    def __init__(self) -> None:
        self.found: dict[tuple[Path, Path], list[Path]] = {}
        self.read: dict[Path, Readme] = {}


def find_readmes(model: Path, library: Path, shelf: Shelf | None = None) -> tuple[Readme, ...]:
    """Read what lies beside a model and up to two folders above, never outside ``library``; nearest first.

    Plain texts and HTML count whatever their names, those called readme first; a picture or other file that is called
    so is named without being read. The library's own folder counts only where nothing was found nearer to the model:
    what lies there speaks of all models. What is on the ``shelf`` is not read again.
    """
    shelf = shelf or Shelf()
    found: list[Readme] = []
    root, here = _real(library), _real(model.parent)
    if root is None or here is None:
        return ()
    start = here
    for _ in range(ABOVE + 1):
        if not here.is_relative_to(root) or (here == root and found):
            break
        if (here, root) not in shelf.found:
            shelf.found[here, root] = _candidates(here, root)[:MOST_FILES]
        for path in shelf.found[here, root][: MOST_FILES - len(found)]:
            if path not in shelf.read:
                shelf.read[path] = _read(path)
            name = os.path.relpath(path, start).replace(os.sep, "/")
            found.append(replace(shelf.read[path], path=name))
        here = here.parent
    return tuple(found)


def quote(text: str) -> tuple[str, ...]:
    """Return the passages of a text that speak of terms, each of some lines with a line of context around them."""
    lines = [FRAMED.sub(r"\1", line.strip())[:LONGEST_LINE].strip() for line in text.splitlines()]
    lines = [line for line in lines if any(letter.isalnum() for letter in line)]
    wanted: set[int] = set()
    for i, line in enumerate(lines):
        if TERMS.search(_folded(line)) and not DATED.match(line):
            wanted.update(range(max(i - CONTEXT, 0), min(i + CONTEXT + 1, len(lines))))
    passages: list[list[str]] = []
    last = -2
    for i in sorted(wanted)[:MOST_LINES]:
        if i > last + 1:
            passages.append([])
        passages[-1].append(lines[i])
        last = i
    return tuple("\n".join(passage) for passage in passages)


def _candidates(folder: Path, root: Path) -> list[Path]:
    """Return the files of a folder that may tell of terms, those called readme first."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False):
                suffix = Path(entry.name).suffix.lower()
                called = bool(README.search(_folded(Path(entry.name).stem))) and suffix not in NO_TEXTS
                if (called or suffix in TEXTS) and not entry.name.startswith("."):
                    found.append((not called, entry.name, folder / entry.name))
    except OSError:
        return []
    inside = ((path, _real(path)) for _, _, path in sorted(found))
    return [path for path, real in inside if real is not None and real.is_relative_to(root) and real.is_file()]


def _read(path: Path) -> Readme:
    name = path.name
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError:
        return Readme(name, None, None, ())
    decoded = decode(data[:LONGEST])
    if decoded is None:
        return Readme(name, None, None, ())
    text, encoding = decoded
    if path.suffix.lower() in PAGES:
        text = words_of_html(text)
    return Readme(name, encoding, text, quote(text), len(data) > LONGEST)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _real(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # missing, unreadable, a loop of links
        return None
