"""A scan of a library as a whole: every model's standing, and which models belong together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mmdgen.annotation import SLOTS
from mmdgen.library.inventory import Item
from mmdgen.library.readmes import Readme, Shelf, find_readmes
from mmdgen.library.records import is_character
from mmdgen.library.resemblance import ALIKE, DUPLICATE, RECOLOUR, Link, families, links
from mmdgen.library.standing import STATES, Standing, standings

GROUPS = {  # which links make a group of which kind
    "duplicates": (DUPLICATE,),
    "recolours": (DUPLICATE, RECOLOUR),
    "alike": (DUPLICATE, RECOLOUR, ALIKE),
}


@dataclass(frozen=True, eq=False)
class Census:
    """Models in the order of their paths, where each stands, and what links them; numbers are places in ``items``."""

    items: Sequence[Item]
    standings: Sequence[Standing]
    links: Sequence[Link]

    @staticmethod
    def of(items: Sequence[Item]) -> Census:
        """Judge and compare models."""
        return Census(items, standings(items), links([item.record for item in items]))

    def counts(self) -> dict[str, int]:
        """Return how many models are in each state, of those states that occur."""
        counted = Counter(standing.state for standing in self.standings)
        return {state: counted[state] for state in STATES if counted[state]}

    def coverage(self) -> dict[str, dict[str, int]]:
        """Return for each slot how many characters have a morph for it, and how many of those `render` trusts."""
        judged = [
            item.record.judgement
            for item in self.items
            if item.record.judgement is not None and is_character(item.record)
        ]
        return {
            name: {
                "filled": sum(judgement.slots[name] is not None for judgement in judged),
                "trusted": sum(bool(slot and slot["trusted"]) for j in judged for slot in [j.slots[name]]),
            }
            for name in SLOTS
        }

    def groups(self) -> dict[str, list[list[int]]]:
        """Return for each kind of GROUPS the models that belong together by links of that kind among others."""
        found = {}
        for what, kinds in GROUPS.items():
            used = [link for link in self.links if link.kind in kinds]
            members = defaultdict(list)
            for number, family in enumerate(families(len(self.items), used).tolist()):
                members[family].append(number)
            telling = {end for link in used if link.kind == kinds[-1] for end in (link.first, link.second)}
            found[what] = [group for group in members.values() if len(group) > 1 and not telling.isdisjoint(group)]
        return found

    def kin(self, number: int, *, before: bool = False) -> list[tuple[int, str]]:
        """Return the models that a model is linked with, and how; with ``before`` only those that come before it."""
        return [(other, said) for other, said in self._kin[number] if not before or other < number]

    @cached_property
    def _kin(self) -> dict[int, list[tuple[int, str]]]:
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for link in self.links:
            found[link.first].append((link.second, link.said))
            found[link.second].append((link.first, link.said))
        return found

    @cached_property
    def readmes(self) -> list[tuple[Readme, ...]]:
        """What lies beside each model; every folder is read once."""
        shelf = Shelf()
        return [find_readmes(item.place.path, item.place.library, shelf) for item in self.items]

    def as_json(self) -> dict[str, Any]:
        """Return everything but pictures as JSON-ready values."""
        return {
            "counts": self.counts(),
            "coverage": self.coverage(),
            "models": [self._model(number) for number in range(len(self.items))],
            **{
                what: [[str(self.items[i].place.path) for i in group] for group in groups]
                for what, groups in self.groups().items()
            },
        }

    def _model(self, number: int) -> dict[str, Any]:
        item, standing = self.items[number], self.standings[number]
        record = item.record
        study, judgement = record.study, record.judgement
        said: dict[str, Any] = {
            "path": str(item.place.path),
            "state": standing.state,
            "reasons": list(standing.reasons),
            "loadable": study is not None,
            "character": is_character(record),
            "sha256": record.sha256,
        }
        if study is not None and judgement is not None:
            said |= {
                "textures_sha256": study.textures_sha256,
                "geometry": study.geometry,
                "name": study.name,
                "format": study.format,
                "vertices": study.vertices,
                "morphs": study.morphs,
                "bones": study.bones,
                "annotation": "stored" if judgement.stored else "proposal",
                "head": judgement.head,
                "slots": judgement.slots,
                "missing_textures": study.missing,
                "warnings": study.warnings,
            }
        alike = [{"path": str(self.items[i].place.path), "how": how} for i, how in self.kin(number)]
        readmes = [{"path": r.path, "encoding": r.encoding, "terms": list(r.terms)} for r in self.readmes[number]]
        return said | {"alike": alike, "readmes": readmes}
