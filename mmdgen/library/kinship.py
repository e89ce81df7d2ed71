"""Which models of a library belong side by side, by what earlier scans found out; no model is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdgen.library.inventory import Place
from mmdgen.library.journal import NAME, Journal
from mmdgen.library.records import Record
from mmdgen.library.resemblance import families, links
from mmdgen.library.scan import STATE_FOLDER
from mmdgen.library.triage import stamp

UNKNOWN = Record("", -1, 0, "", "", "")


@dataclass(frozen=True)
class Kinship:
    """``order`` has the models by their numbers, relatives one after the other, where the first of them was.

    ``family`` tells for each number the lowest of its family; ``kin`` the others that a model is alike to and how, in
    words. ``unknown`` counts models that no scan has seen as they are now.
    """

    order: tuple[int, ...]
    family: tuple[int, ...]
    kin: dict[int, tuple[tuple[int, str], ...]]
    unknown: int


def kinship(paths: Sequence[Path]) -> Kinship:
    """Return how models belong together, from the journals of the libraries that they lie in."""
    journals: dict[Path, Journal] = {}
    records = [_record(path, journals) or UNKNOWN for path in paths]
    found = links(records)
    kin: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for link in found:
        kin[link.first].append((link.second, link.said))
        kin[link.second].append((link.first, link.said))
    family = tuple(families(len(paths), found).tolist())
    order = tuple(sorted(range(len(paths)), key=lambda i: (family[i], i)))
    unknown = sum(record is UNKNOWN for record in records)
    return Kinship(order, family, {i: tuple(sorted(others)) for i, others in kin.items()}, unknown)


def _record(path: Path, journals: dict[Path, Journal]) -> Record | None:
    """Return what the nearest library that was scanned knows of the file as it is."""
    library = next((p for p in path.absolute().parents if (p / STATE_FOLDER / NAME).is_file()), None)
    if library is None:
        return None
    if library not in journals:
        journals[library] = Journal(library, keep=False)
    known = journals[library].at(Place(path, library, library).relative)
    return known if known is not None and (known.size, known.modified) == stamp(path) else None
