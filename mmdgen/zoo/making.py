"""An order for characters, and each of them as files in memory, with the truth about it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from mmdgen.annotation import Annotation, HeadRange, Slot, to_json
from mmdgen.model import Model
from mmdgen.zoo.archive import zip_of
from mmdgen.zoo.character import Character, make_character
from mmdgen.zoo.defects import bent, copied, plan
from mmdgen.zoo.draft import Draft, as_pmd, draft, encoded
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.traits import Traits

FORMATS = ("pmx", "pmd", "mixed")
PMD_SHARE = 0.15  # of the files of a mixed order; as among files that people have


@dataclass(frozen=True)
class Order:
    """What to make: characters 0 to ``count`` - 1 of this seed's zoo, the first ``symmetric`` of them symmetric.

    ``only`` limits it to those numbers, where there are any; ``styles`` admits only such characters; ``defects`` is the
    share that has a fault; ``format`` is one of FORMATS.
    """

    count: int
    seed: int
    symmetric: int = 0
    only: tuple[int, ...] = ()
    styles: tuple[str, ...] = ()
    defects: float = 0.0
    format: str = "pmx"

    def indices(self) -> list[int]:
        """Return the numbers of the characters to make, ascending."""
        return sorted(set(self.only)) if self.only else list(range(self.count))

    def traits(self, index: int) -> Traits:
        """Return the traits of character ``index``."""
        return draw_traits(self.seed, index, symmetric=index < self.symmetric, styles=self.styles)

    def as_json(self) -> dict[str, Any]:
        """Return what every character depends on, JSON-ready."""
        return {
            "seed": self.seed,
            "symmetric": self.symmetric,
            "styles": list(self.styles),
            "defects": self.defects,
            "format": self.format,
        }


@dataclass(frozen=True)
class Made:
    """One character as files: paths relative to the library, and their bytes.

    ``annotation`` is the truth about the model, as far as it has any; ``draft`` is what was written.
    """

    index: int
    traits: Traits
    path: str
    files: dict[str, bytes]
    annotation: Annotation
    triangles: int
    draft: Draft

    def as_json(self) -> dict[str, Any]:
        """Return the character's entry in the manifest."""
        truth = to_json(self.annotation)
        return {
            "index": self.index,
            "path": self.path,
            "model": self.annotation.names_seen[0],
            "sha256": self.annotation.sha256,
            "bytes": sum(map(len, self.files.values())),
            "triangles": self.triangles,
            "head": truth["head"],
            "slots": truth["slots"],
            "twins": {slot: list(numbers) for slot, numbers in self.draft.twins.items()},
            "defects": list(self.draft.defects),
            "copy_of": self.draft.copy_of,
            "readable": self.draft.readable,
            "renderable": renderable(self.draft),
            "traits": asdict(self.traits),
        }


def renderable(one: Draft) -> bool:
    """Say whether triplets can be rendered: a head, bones 頭 and 首, a mouth, and what closes both eyes plainly."""
    slots = one.slots
    pair = slots["normal_left"] is not None and slots["normal_right"] is not None
    closes = pair or slots["normal_both"] is not None
    bones = all(one.model.bone(name) is not None for name in ("頭", "首"))
    return one.readable and one.head is not None and bones and closes and slots["mouth"] is not None


def make(order: Order, index: int) -> Made:
    """Return character ``index`` as files. The same order gives the same bytes."""
    wrong = plan(order.seed, index, order.defects, order.symmetric)
    source = index if wrong.base is None else wrong.base
    traits = order.traits(source)
    one = draft(make_character(traits, rng_for(order.seed, source, "details")), traits.file_name)
    if order.format == "pmd" or (order.format == "mixed" and rng_for(order.seed, source, "file").random() < PMD_SHARE):
        one = as_pmd(one)
    if wrong.base is not None and wrong.kind is not None:
        one = copied(one, wrong.kind, wrong.base)
    elif wrong.kind is not None:
        one = bent(one, wrong.kind, rng_for(order.seed, index, "defect"))
    return _packed(index, traits, one)


def _packed(index: int, traits: Traits, one: Draft) -> Made:
    """Return a draft as files in a folder of its own, or in an archive."""
    data = one.file()
    place, name = f"{index:04d}-{traits.name}", f"{one.file_name}.{one.format}"
    files = {name: data}
    for path, picture in one.pictures.items():
        if path not in one.hidden:
            files[path] = encoded(picture, path)
    path = f"{place}/{name}"
    if one.zipped:
        path = f"{place}/{traits.name_ja}.zip"
        files = {path: zip_of({f"{traits.name_ja}/{inner}": content for inner, content in files.items()})}
    else:
        files = {f"{place}/{inner}": content for inner, content in files.items()}
    truth = _truth(one, hashlib.sha256(data).hexdigest(), name)
    return Made(index, traits, path, files, truth, len(one.model.faces), one)


def annotation(character: Character, sha256: str, file_name: str) -> Annotation:
    """Return the truth about a character, as its maker knows it."""
    return _truth(draft(character, file_name), sha256, file_name)


def _truth(one: Draft, sha256: str, file_name: str) -> Annotation:
    by = f"auto zoo {version('mmdgen')}"
    head = None if one.head is None or not one.readable else HeadRange(*one.head, by, 1.0)
    slots = {slot: _slot(one.model, number if one.readable else None, by) for slot, number in one.slots.items()}
    return Annotation(sha256, (file_name,), head=head, slots=slots)


def _slot(model: Model, number: int | None, by: str) -> Slot | None:
    return None if number is None else Slot(model.morphs[number].name, number, None, by, 1.0)
