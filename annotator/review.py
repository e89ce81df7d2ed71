"""A reviewer's sitting: pages of models in the order in which relatives stand together, and what is decided of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from annotator import edits
from annotator.edits import State
from annotator.previews import Preview
from annotator.session import Change, Session
from mmdgen.errors import MmdgenError
from mmdgen.library.kinship import kinship

TO_REVIEW: tuple[State, ...] = ("todo",)
FILTERS = ("all", "todo", "done", "sent back", "rejected", "alike")
AHEAD = 200  # models after the page whose pictures are drawn before anybody asks


class Review:
    """Works on ``session``, whose entries stand in the order of ``kinship``; ``previews`` gives what was drawn so far.

    Raises MmdgenError where something cannot be done; its text is one of the wording's, or names the model.
    """

    def __init__(
        self, shelf: Sequence[tuple[Path, Path]], previews: Callable[[Path], Preview | None], per_page: int = 12
    ) -> None:
        known = kinship([path for path, _ in shelf])
        self.session = Session([shelf[i] for i in known.order], edits.review_state, TO_REVIEW)
        self._previews = previews
        place = {model: entry for entry, model in enumerate(known.order)}
        self._families = [known.family[i] for i in known.order]
        self._kin = {place[i]: tuple((place[j], said) for j, said in others) for i, others in known.kin.items()}
        self.unscanned = known.unknown
        self.among = list(range(len(shelf)))
        self.per_page = per_page

    # --- pages --------------------------------------------------------------------------------------------------------

    def look_for(self, text: str, what: str) -> None:
        """Turn only over models whose names hold all words of ``text`` and that are ``what``, one of FILTERS."""
        states: Sequence[State] = [state for state in edits.STATES if state == what]
        found = self.session.matching(text, states)
        self.among = [i for i in found if what != "alike" or self.kin(i)]
        if self.among and self.session.cursor not in self.among:
            following = self.session.next_open(self.among)
            self.session.cursor = self.among[0] if following is None else following

    @property
    def page(self) -> list[int]:
        """The models that are shown; the one under the cursor is among them."""
        start = self._place // self.per_page * self.per_page
        return self.among[start : start + self.per_page]

    @property
    def pages(self) -> tuple[int, int]:
        """The number of the page, from 1, and how many there are."""
        return self._place // self.per_page + 1, -(-len(self.among) // self.per_page)

    @property
    def _place(self) -> int:
        return self.among.index(self.session.cursor) if self.session.cursor in self.among else 0

    def step(self, by: int) -> None:
        """Move the cursor by so many models, at most to the ends."""
        if self.among:
            self.session.cursor = self.among[min(max(self._place + by, 0), len(self.among) - 1)]

    def turn(self, by: int) -> None:
        """Turn so many pages, to the same place on it; at the ends nothing happens."""
        place = self._place + by * self.per_page
        last = len(self.among) - 1
        if 0 <= place // self.per_page <= last // self.per_page:
            self.session.cursor = self.among[min(place, last)]

    def kin(self, index: int) -> tuple[tuple[int, str], ...]:
        """Return which models are alike to one, and how."""
        return self._kin.get(index, ())

    def family(self, index: int) -> int:
        """Return a number that a model shares with its relatives alone."""
        return self._families[index]

    def relatives(self, first: int, second: int) -> bool:
        """Tell whether two models are of one family."""
        return self._families[first] == self._families[second]

    def wanted(self) -> list[Path]:
        """Return the models whose pictures are wanted, the most urgent first."""
        page = self.page
        start = self._place // self.per_page * self.per_page
        after = self.among[start + len(page) : start + len(page) + AHEAD]
        before = self.among[max(start - self.per_page, 0) : start]
        cursor = self.session.cursor
        kin = [other for i in page for other, _ in self.kin(i)]
        numbers = [cursor, *page, *after[: self.per_page], *kin, *before, *after[self.per_page :]]
        return list(dict.fromkeys(self.session.entries[i].path for i in numbers))

    # --- decisions ----------------------------------------------------------------------------------------------------

    def preview(self, index: int) -> Preview | None:
        """Return what was drawn of a model, None while it is not."""
        return self._previews(self.session.entries[index].path)

    def keep(self) -> None:
        """Keep the model under the cursor; what was unsure and is shown becomes the reviewer's word."""
        preview = self._shown(self.session.cursor)
        if preview.readiness in ("lacking", "unreadable"):
            raise MmdgenError("It cannot be rendered: send it back, or reject it")
        self._keep([self.session.cursor])

    def keep_page(self) -> tuple[int, int]:
        """Keep all models of the page that are to review and ready; return how many, and how many are left there."""
        waiting = [i for i in self.page if self.session.look(i) in TO_REVIEW]
        good = [i for i in waiting if self._shown(i).readiness == "ready"]
        self._keep(good)
        return len(good), len(waiting) - len(good)

    def send_back(self, part: str) -> bool:
        """Have heads or morphs done again, or no longer; return whether the model is sent back now."""
        self._decide(lambda a: edits.sent_back(a, part))
        return self.session.state(self.session.cursor) == "sent back"

    def reject(self, reason: str) -> None:
        """Leave the model out, one that cannot be shown as well."""
        self._decide(lambda a: edits.rejected(a, reason))

    def unjudge(self) -> None:
        """Have the model to review again."""
        if self.session.state(self.session.cursor) not in TO_REVIEW:
            self._decide(edits.unjudged)

    def advance(self) -> bool:
        """Go to the next model to review, around the end; without one to the very next. False when all is reviewed."""
        following = self.session.next_open(self.among)
        if following is None:
            self.step(1)
            return False
        self.session.cursor = following
        return True

    def _decide(self, change: Change) -> None:
        self._must_be_there()
        preview = self.preview(self.session.cursor)
        self.session.decide(preview.annotation if preview else None, change)

    def _keep(self, numbers: Sequence[int]) -> None:
        wanted = []
        for i in numbers:
            preview = self._shown(i)
            shown = preview.drawn if preview.readiness == "unsure" else ()
            wanted.append((i, preview.annotation, partial(edits.kept, shown=shown)))
        self.session.decide_all(wanted)

    def _must_be_there(self) -> None:
        if self.session.cursor not in self.among:
            raise MmdgenError("No model is shown")

    def _shown(self, index: int) -> Preview:
        self._must_be_there()
        preview = self.preview(index)
        if preview is None:
            raise MmdgenError("Its pictures are still being drawn")
        return preview
