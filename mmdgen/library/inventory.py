"""Triage of whole libraries: what is known already is taken from their journals, the rest is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdgen.library.journal import Journal
from mmdgen.library.records import Record
from mmdgen.library.scan import STATE_FOLDER, locate
from mmdgen.library.triage import Question, beside, digest_of, stamp

Run = Callable[[list[Question]], Iterator[tuple[Question, Record | str]]]  # a text says why there is no answer


@dataclass(frozen=True)
class Place:
    """A model file, its library, and the folder that holds its annotation.

    ``journaled``: the library is one that was named as such or is known as one; a file named outright makes no library
    of its folder.
    """

    path: Path
    library: Path
    store: Path
    journaled: bool = True

    @property
    def relative(self) -> str:
        """The path in the library, with /."""
        try:
            return self.path.absolute().relative_to(self.library.absolute()).as_posix()
        except ValueError:
            return self.path.name


@dataclass(frozen=True)
class Item:
    """A model file and what is known of it."""

    place: Place
    record: Record


def places(paths: Sequence[str], annotations: Path | None = None) -> list[Place]:
    """Return a place for each model that paths name, as ``locate`` finds them."""
    named = {Path(path) for path in paths}
    found = []
    homes = locate(paths)
    for path, store in locate(paths, annotations).items():
        library = homes[path].parent.parent
        known = library in named or (library / STATE_FOLDER).is_dir()
        found.append(Place(path, library, store, journaled=known))
    return found


def take(
    where: Iterable[Place],
    run: Run,
    *,
    pictures: bool = True,
    fresh: bool = False,
    keep: bool = True,
    watch: Callable[[int], None] = lambda _: None,
) -> list[Item]:
    """Triage models, in the order of ``where``; each answer is kept at once, so that an interrupt loses little.

    ``run`` looks at what is not known; ``fresh`` forgets what is, ``keep`` False writes nothing. ``watch`` is told how
    many more are done. Raises MmdgenError when a library cannot be written to.
    """
    all_places = list(where)
    journals: dict[Path, Journal] = {}
    found: dict[Path, Record] = {}
    open_questions: dict[Path, Place] = {}
    questions = []
    for place in all_places:
        if place.library not in journals:
            journals[place.library] = Journal(place.library, keep=keep and place.journaled, fresh=fresh)
        known = _known(place, journals[place.library])
        if known is not None and _holds(place, known, pictures=pictures):
            found[place.path] = known
            watch(1)
        else:
            open_questions[place.path] = place
            questions.append(Question(str(place.path), place.relative, str(place.store), known))
    for question, answer in run(questions):
        place = open_questions[Path(question.path)]
        if isinstance(answer, Record):
            journals[place.library].add(answer)
            found[place.path] = answer
        else:  # not kept: another time it may go well
            found[place.path] = Record(place.relative, *stamp(place.path), "", "", "", error=answer)
        watch(1)
    return [Item(place, found[place.path]) for place in all_places]


def _known(place: Place, journal: Journal) -> Record | None:
    known = journal.at(place.relative)
    size, modified = stamp(place.path)
    if known is not None and (known.size, known.modified) == (size, modified):
        return known
    return journal.like(place.path, size)


def _holds(place: Place, known: Record, *, pictures: bool) -> bool:
    """Tell whether a record of this content still says all that is asked."""
    if (known.path, known.size, known.modified) != (place.relative, *stamp(place.path)):
        return False
    if known.study is None:
        return bool(known.error)
    if pictures and not known.study.picture:
        return False
    return known.beside == beside(place.path, known.study.textures) and known.judged_by == digest_of(
        place.store / f"{known.sha256}.json"
    )
