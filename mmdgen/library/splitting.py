"""Which source folders are for training, validation and testing, so that nobody is in two of them.

A folder's lot is a number that follows from the seed and the folder's name alone, so that new folders change nothing
for those that are there. Folders that share a character, or hold some that are alike, are one family, and its lot is
the highest among them: what a new model can do is to bring folders that were held out back to training, never the other
way round.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmdgen.library.inventory import Item
from mmdgen.library.resemblance import Link, comparable, families

SPLITS = TRAIN, VAL, TEST = ("train", "val", "test")
SAME_NAME = "name"


@dataclass(frozen=True)
class Shares:
    """The parts of all folders, in [0, 1), that validation and testing are to get."""

    val: float
    test: float

    def split(self, lot: float) -> str:
        """Return the split of a lot in [0, 1)."""
        return TEST if lot < self.test else VAL if lot < self.test + self.val else TRAIN


@dataclass(frozen=True, eq=False)
class Splitting:
    """The split of every source folder that holds a character.

    ``models`` has the numbers of each folder's characters among the scanned items; ``bonds`` are links between folders,
    the reason why they are kept together.
    """

    split: Mapping[str, str]
    models: Mapping[str, Sequence[int]]
    bonds: Sequence[Link]

    def patterns(self) -> dict[str, list[str]]:
        """Return the globs of the split file: folders of validation and testing."""
        return {split: [literal(s) for s in sorted(self.split) if self.split[s] == split] for split in (VAL, TEST)}

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return the number of folders and of characters in each split."""
        chosen = {split: [source for source in self.split if self.split[source] == split] for split in SPLITS}
        return {split: (len(its), sum(len(self.models[s]) for s in its)) for split, its in chosen.items()}


def source_of(relative: str, level: int) -> str:
    """Return a model's source: the first ``level`` folders of its path in the library, its file if it lies above."""
    parts = relative.split("/")
    return "/".join(parts[:level]) if len(parts) > level else relative


def lot(seed: int, source: str) -> float:
    """Return a folder's number in [0, 1)."""
    data = f"{seed}/{unicodedata.normalize('NFC', source)}".encode(errors="backslashreplace")
    return int.from_bytes(hashlib.sha256(data).digest()[:6]) / (1 << 48)


def split_sources(
    items: Sequence[Item],
    links: Sequence[Link],
    shares: Shares,
    *,
    seed: int,
    level: int = 1,
    by_name: bool = False,
) -> Splitting:
    """Assign every source folder that holds a character which nobody rejected.

    ``links`` tell who is alike, see ``resemblance.links``; ``by_name`` also keeps characters of one name together.
    """
    sources = {i: source_of(item.record.path, level) for i, item in enumerate(items) if comparable(item.record)}
    links = [*links, *_same_names(items, sources)] if by_name else links
    bonds = [
        link
        for link in links
        if link.first in sources and link.second in sources and sources[link.first] != sources[link.second]
    ]
    names = sorted(set(sources.values()))
    number = {name: i for i, name in enumerate(names)}
    joined = [Link(number[sources[b.first]], number[sources[b.second]], b.kind, b.said) for b in bonds]
    family = families(len(names), joined).tolist()
    lots: dict[int, float] = defaultdict(float)
    for i, name in enumerate(names):
        lots[family[i]] = max(lots[family[i]], lot(seed, name))
    models: dict[str, list[int]] = defaultdict(list)
    for i, name in sources.items():
        models[name].append(i)
    return Splitting({name: shares.split(lots[family[i]]) for i, name in enumerate(names)}, models, bonds)


def _same_names(items: Sequence[Item], numbers: Mapping[int, str]) -> list[Link]:
    """Link each character with the first of its name."""
    first: dict[str, int] = {}
    found = []
    for i in numbers:
        study = items[i].record.study
        name = unicodedata.normalize("NFKC", study.name).strip().casefold() if study else ""
        if name and first.setdefault(name, i) != i:
            found.append(Link(first[name], i, SAME_NAME, f"the same name {name!r}"))
    return found


def literal(source: str) -> str:
    """Return a glob that means a path and nothing else; letters that TOML cannot hold become a ? for one letter."""
    return "".join(
        f"[{letter}]" if letter in "[*?" else "?" if unicodedata.category(letter) in ("Cc", "Cs") else letter
        for letter in source
    )


# --- the file ---------------------------------------------------------------------------------------------------------

MADE, DIGEST = "# Made by", "# sha256 of the rest: "


def split_file(patterns: Mapping[str, Sequence[str]], command: str) -> str:
    """Return the text of a split file that ``mmdgen render --split-file`` reads; ``command`` says how it was made."""
    body = "".join(
        f"{split} = [\n" + "".join(f" {json.dumps(glob, ensure_ascii=False)},\n" for glob in globs) + "]\n"
        for split, globs in patterns.items()
    )
    return f"{MADE} `{command}`; all other models are for training.\n{DIGEST}{_digest(body)}\n{body}"


def untouched(text: str) -> bool:
    """Tell whether a split file was made by ``split_file`` and not edited since."""
    lines = text.replace("\r\n", "\n").split("\n", 2)
    return (
        len(lines) == 3
        and lines[0].startswith(MADE)
        and lines[1].startswith(DIGEST)
        and lines[1].removeprefix(DIGEST).strip() == _digest(lines[2])
    )


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
