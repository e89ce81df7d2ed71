"""The two lines of the model that is shown, and what may be decided about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from annotator import edits
from annotator.picking import THINNEST, Line, nudged, with_line
from annotator.reading import Loaded
from annotator.session import Session
from annotator.work import Work
from mmdgen.annotation import Annotation, HeadRange, merged
from mmdgen.errors import MmdgenError
from mmdgen.framing import whole_framing
from mmdgen.library.annotate import lacking

Origin = Literal["person", "moved", "proposal", "none"]
GUESSED = HeadRange(0.0, 1.0, "auto", 0.0)
HEAD_SHARE = 1 / 7  # of a standing figure: where lines begin that nothing proposes


class Heads(Work):
    """Works on the lines of the session's current model; see ``Work``."""

    def __init__(self, session: Session, at: int | None = None) -> None:
        super().__init__(session, at)
        self.bottom, self.top, self._unit = 0.0, 1.0, 1.0

    def show(self, loaded: Loaded | None) -> None:
        """Take the model under the cursor; None while it is being read."""
        super().show(loaded)
        first = self.first_range()
        self._unit = first.top - first.bottom

    @property
    def has_proposal(self) -> bool:
        """True when lines are proposed."""
        return self._proposal is not None and self._proposal.head is not None

    def refresh(self) -> None:
        """Put the lines where the annotation has them, else where they begin."""
        stored = self.stored
        lines = stored.head if stored and stored.head else self.first_range()
        self.bottom, self.top = lines.bottom, lines.top

    @property
    def proposed(self) -> HeadRange | None:
        """The proposed lines: from the store, else worked out now."""
        stored = self.stored
        if stored is not None and stored.head is not None and not edits.by_person(stored.head):
            return stored.head
        return self._proposal.head if self._proposal else None

    @property
    def origin(self) -> Origin:
        """Where the lines come from."""
        stored = self.stored
        if stored is not None and edits.by_person(stored.head):
            return "moved" if edits.BEGUN in stored.marks else "person"
        return "proposal" if self.proposed is not None else "none"

    @property
    def known_range(self) -> HeadRange | None:
        """What the model is framed by: the proposal, else a person's lines."""
        stored = self.stored
        return self.proposed or (stored.head if stored else None)

    def first_range(self) -> HeadRange:
        """Return where the lines begin: at the known range, else at a guess."""
        if (known := self.known_range) is not None:
            return known
        if self.loaded is None or self.loaded.model is None:
            return GUESSED
        frame = whole_framing(self.loaded.model)
        top = frame.top + frame.unit / 4  # the figure fills three quarters of the picture
        return HeadRange(top - 1.5 * frame.unit * HEAD_SHARE, top, "auto", 0.0)

    def annotation(self) -> Annotation | None:
        """Return all that is known of the model, with the lines as they stand, for drawing it as the dataset would."""
        if self.loaded is None or self.loaded.proposal is None:
            return None
        stored = self.stored
        lines = HeadRange(self.bottom, self.top, "auto", 0.0)
        return replace(merged(stored, self.loaded.proposal), head=lines)

    def lacking(self) -> list[str]:
        """Return what besides the lines keeps the model from being rendered."""
        known = self.annotation()
        if known is None or self.loaded is None:
            return []
        sure = HeadRange(self.bottom, self.top, "person", 1.0)
        return [*self.loaded.lacks, *lacking(replace(known, head=sure))]

    # --- moving lines -------------------------------------------------------------------------------------------------

    def hold(self, line: Line, y: float) -> None:
        """Move a line while it is dragged; ``place`` keeps it."""
        thinnest = self._unit * THINNEST
        self.bottom, self.top = with_line(line, y, self.bottom, self.top, thinnest)

    def place(self) -> None:
        """Keep the lines where they stand."""
        self._decide(lambda a: edits.moved(a, self.bottom, self.top))

    def nudge(self, line: Line, rows: float) -> None:
        """Move a line up by rows of the dataset's picture and keep it."""
        self._must_be_ready()
        self.bottom, self.top = nudged(line, rows, self.bottom, self.top, self._unit)
        self.place()

    # --- decisions ----------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Make the lines a person's word."""
        self._must_be_ready()
        if self.origin == "none":
            raise MmdgenError("Place a line first: nothing is proposed for this model")
        self._decide(lambda a: edits.accepted(a, self.bottom, self.top))

    def reset(self) -> None:
        """Put the lines back to the proposal."""
        self._must_be_ready()
        proposal = self._proposal.head if self._proposal else None
        if proposal is None:
            raise MmdgenError("There is no proposal to go back to")
        if self.origin != "proposal":
            self._decide(lambda a: edits.proposed_again(a, proposal))
        self.refresh()
