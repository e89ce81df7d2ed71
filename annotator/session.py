"""A sitting of one person before a queue of models: where it stands, what was decided, and how to take that back.

Decisions are on disk when ``decide`` returns. What a tool counts as done is its own: it gives the session a function,
and says which states are to do.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue

from annotator.edits import OPEN, State, carried, head_state
from annotator.identities import Identities
from annotator.pace import Pace
from mmdgen.annotation import Annotation, edit, load, merged
from mmdgen.errors import AnnotationError, FormatError, MmdgenError

AHEAD, BEHIND = 3, 1  # open models after the current one that are worth reading, and models before it

StateOf = Callable[[Annotation | None], State]
Change = Callable[[Annotation], Annotation]


@dataclass
class Entry:
    """A model of the queue. ``sha256`` is None while the file was not looked at, or cannot be read: see ``problem``."""

    path: Path
    store: Path
    name: str
    sha256: str | None = None
    problem: str = ""

    @property
    def looked_at(self) -> bool:
        """True once the file was read, or could not be."""
        return self.sha256 is not None or bool(self.problem)


@dataclass(frozen=True)
class Decision:
    """One change of the annotation of the model at ``at``."""

    at: int
    before: Annotation | None
    after: Annotation | None


@dataclass(frozen=True)
class _Seen:
    """What the background found out about an entry."""

    index: int
    sha256: str | None
    annotation: Annotation | None
    problem: str


class Session:
    """The queue with its cursor, decisions with undo and redo. For one thread, but for the survey that it runs.

    ``shelf``: models with the folders of their annotations, as ``library.scan.locate`` gives them.
    """

    def __init__(
        self, shelf: Sequence[tuple[Path, Path]], state_of: StateOf = head_state, opens: Sequence[State] = OPEN
    ) -> None:
        self._state_of, self._opens = state_of, opens
        names = _names([path for path, _ in shelf])
        self.entries = [Entry(path, store, name) for (path, store), name in zip(shelf, names, strict=True)]
        self._identities = {store: Identities(store) for _, store in dict.fromkeys(shelf)}
        self._annotations: dict[tuple[Path, str], Annotation | None] = {}
        self._proposed: set[str] = set()
        self._undo: list[list[Decision]] = []  # steps, each of one decision or more
        self._redo: list[list[Decision]] = []
        self.pace = Pace()
        self._cursor = 0
        self._met: set[int] = set()  # entries that the cursor stood on
        self._seen: SimpleQueue[_Seen] = SimpleQueue()
        self._closing = threading.Event()

    # --- the queue ----------------------------------------------------------------------------------------------------

    @property
    def cursor(self) -> int:
        """The number of the entry that is worked on."""
        return self._cursor

    @cursor.setter
    def cursor(self, index: int) -> None:
        self._cursor = index
        self._met.add(index)

    @property
    def current(self) -> Entry:
        """The model under the cursor."""
        return self.entries[self.cursor]

    def begin(self) -> None:
        """Put the cursor on the first model that is to do; else on the first that was put off; else on the first."""
        first = next((i for i in range(len(self.entries)) if self.look(i) in self._opens), None)
        self.cursor = self._first_flagged() if first is None else first

    def look(self, index: int) -> State:
        """Read an entry's file and annotation if that was not done yet, and return its state."""
        entry = self.entries[index]
        if not entry.looked_at:
            self._take(_look(index, entry, self._identities[entry.store]))
        return self.state(index)

    def state(self, index: int) -> State:
        """Return a model's state as far as it is known."""
        entry = self.entries[index]
        if entry.sha256 is None:
            return "todo"
        state = self._state_of(self._annotations.get((entry.store, entry.sha256)))
        return "proposed" if state == "todo" and entry.sha256 in self._proposed else state

    def annotation(self, index: int) -> Annotation | None:
        """Return what is stored of a model."""
        entry = self.entries[index]
        return None if entry.sha256 is None else self._annotations.get((entry.store, entry.sha256))

    def propose(self, index: int, *, has_proposal: bool) -> None:
        """Note that a model that was read has a proposal, or has none."""
        sha256 = self.entries[index].sha256
        if sha256 is not None:
            (self._proposed.add if has_proposal else self._proposed.discard)(sha256)

    def matching(self, text: str = "", states: Sequence[State] = ()) -> list[int]:
        """Return the entries whose names hold all words of ``text`` and whose state is one of ``states`` (all)."""
        words = text.casefold().split()
        return [
            i
            for i, entry in enumerate(self.entries)
            if all(word in entry.name.casefold() for word in words) and (not states or self.state(i) in states)
        ]

    def next_open(self, among: Sequence[int] | None = None) -> int | None:
        """Return the next model after the cursor that is to do, around the end; then one that was put off; else None.

        ``among`` (sorted): only these count.
        """
        order = self._after(among)
        found = next(
            (i for i in order if i != self.cursor and self.look(i) in self._opens and not self._hopeless(i)), None
        )
        if found is None:
            found = next((i for i in order if i != self.cursor and self.state(i) == "flagged"), None)
        return found

    def step(self, by: int, among: Sequence[int] | None = None) -> int:
        """Return the entry one after (1) or before (-1) the cursor; at the ends the cursor itself."""
        order = range(len(self.entries)) if among is None else among
        beyond = [i for i in order if (i > self.cursor if by > 0 else i < self.cursor)]
        if not beyond:
            return self.cursor
        return min(beyond) if by > 0 else max(beyond)

    def upcoming(self, among: Sequence[int] | None = None) -> list[int]:
        """Return the entries worth reading now: the current, the next few that are to do, then the one before.

        Of files not looked at yet it is assumed that they are to do.
        """
        found = [self.cursor]
        for i in self._after(among):
            if len(found) > AHEAD:
                break
            if i not in found and self.state(i) in self._opens and not self._hopeless(i):
                found.append(i)
        before = self.step(-1, among)
        after = self.step(1, among)
        return list(dict.fromkeys([*found, after, before]))

    def _hopeless(self, index: int) -> bool:
        """Tell whether nothing can be decided about an entry, and a person was told so already."""
        return bool(self.entries[index].problem) and index in self._met

    def _after(self, among: Sequence[int] | None) -> list[int]:
        order = range(len(self.entries)) if among is None else among
        return [i for i in order if i > self.cursor] + [i for i in order if i <= self.cursor]

    def _first_flagged(self) -> int:
        return next((i for i in range(len(self.entries)) if self.state(i) == "flagged"), 0)

    # --- decisions ----------------------------------------------------------------------------------------------------

    def decide(self, proposal: Annotation | None, change: Change) -> Annotation:
        """Change the current model's annotation and have it on disk; return what was written.

        ``change`` is given what is stored with ``proposal`` filled in. Raises MmdgenError, and then nothing changed.
        """
        return self.decide_all([(self.cursor, proposal, change)])[0]

    def decide_all(self, wanted: Sequence[tuple[int, Annotation | None, Change]]) -> list[Annotation]:
        """Decide about several models, given by their numbers, as one step for undo and redo.

        Raises MmdgenError at the first that cannot be changed; what was decided before it stays, and can be undone.
        """
        step: list[Decision] = []
        try:
            for index, proposal, change in wanted:
                step.append(self._decided(index, proposal, change))
        finally:
            if step:
                self._undo.append(step)
                self._redo.clear()
        return [decision.after for decision in step if decision.after is not None]

    def _decided(self, index: int, proposal: Annotation | None, change: Change) -> Decision:
        entry = self.entries[index]
        self.look(index)
        if entry.sha256 is None or entry.problem:
            raise MmdgenError(entry.problem)
        before = self.annotation(index)
        known = merged(before, proposal) if proposal else before or Annotation(entry.sha256)
        names = tuple(dict.fromkeys((*known.names_seen, entry.path.name)))
        after = change(replace(known, names_seen=names))
        was_open = self.state(index) in self._opens
        written = self._write(index, before, after)
        if written is None:
            raise MmdgenError(f"{entry.path}: no annotation, expected one to be written; decide again")
        if was_open and self.state(index) not in self._opens:
            self.pace.step()
        return Decision(index, before, written)

    def undo(self) -> bool:
        """Take the last decision back and put the cursor on its model; False when there is none."""
        return self._turn_back(self._undo, self._redo)

    def redo(self) -> bool:
        """Make the decision again that was taken back last; False when there is none."""
        return self._turn_back(self._redo, self._undo)

    def _turn_back(self, source: list[list[Decision]], target: list[list[Decision]]) -> bool:
        if not source:
            return False
        back: list[Decision] = []
        step = source[-1]
        try:
            while step:
                decision = step[-1]
                written = self._write(decision.at, decision.after, decision.before)
                back.append(Decision(decision.at, decision.after, written))
                step.pop()
        finally:
            if back:
                self.cursor = back[-1].at
                target.append(back)
            if not step:
                source.pop()
        return True

    def _write(self, index: int, old: Annotation | None, new: Annotation | None) -> Annotation | None:
        entry = self.entries[index]
        assert entry.sha256 is not None
        written = edit(entry.store, entry.sha256, lambda current: carried(current, old, new))
        self._annotations[entry.store, entry.sha256] = written
        return written

    # --- progress -----------------------------------------------------------------------------------------------------

    def counts(self) -> Counter[State]:
        """Return how many models are in each state, as far as is known."""
        return Counter(self.state(i) for i in range(len(self.entries)))

    def survey(self, notify: Callable[[], None] = lambda: None) -> threading.Thread:
        """Look at all entries in the background; ``poll`` takes over what was found."""
        waiting = [(i, e, self._identities[e.store]) for i, e in enumerate(self.entries) if not e.looked_at]

        def look() -> None:
            for index, entry, identities in waiting:
                if self._closing.is_set():
                    return
                if not entry.looked_at:
                    self._seen.put(_look(index, entry, identities))
            notify()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        return thread

    def poll(self) -> bool:
        """Take over what the survey found; tell whether there was anything."""
        came = False
        with suppress(Empty):
            while True:
                self._take(self._seen.get_nowait())
                came = True
        return came

    def close(self) -> None:
        """Stop the survey. Decisions need no closing."""
        self._closing.set()

    def _take(self, seen: _Seen) -> None:
        entry = self.entries[seen.index]
        if entry.looked_at:
            return
        entry.sha256, entry.problem = seen.sha256, seen.problem
        if seen.sha256 is not None:
            self._annotations.setdefault((entry.store, seen.sha256), seen.annotation)


def _look(index: int, entry: Entry, identities: Identities) -> _Seen:
    sha256 = None
    try:
        sha256 = identities.sha256(entry.path)
        return _Seen(index, sha256, load(entry.store, sha256), "")
    except (FormatError, AnnotationError) as error:
        return _Seen(index, sha256, None, str(error))


def _names(paths: Sequence[Path]) -> list[str]:
    """Return names for people: the paths below the folder that all share."""
    if len(paths) == 1:
        return [paths[0].name]
    shared = 0
    for parts in zip(*(path.parts[:-1] for path in paths), strict=False):
        if len(set(parts)) > 1:
            break
        shared += 1
    return ["/".join(path.parts[shared:]) for path in paths]
