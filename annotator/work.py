"""The session's current model as far as it is read, and what every window may decide about it."""

from __future__ import annotations

from annotator import edits
from annotator.reading import Loaded
from annotator.session import Change, Session
from mmdgen.annotation import Annotation
from mmdgen.errors import MmdgenError


class Work:
    """Works on the session's current model: give what was read of it to ``show``. With ``at``, looks at another.

    Raises MmdgenError where something cannot be done; its text is one of the wording's, or names the model.
    """

    def __init__(self, session: Session, at: int | None = None) -> None:
        self.session, self._at = session, at
        self.loaded: Loaded | None = None

    @property
    def index(self) -> int:
        """The number of the model's entry."""
        return self.session.cursor if self._at is None else self._at

    @property
    def stored(self) -> Annotation | None:
        """What is stored of the model."""
        return self.session.annotation(self.index)

    def show(self, loaded: Loaded | None) -> None:
        """Take the model under the cursor; None while it is being read."""
        self.loaded = loaded
        self.session.propose(self.index, has_proposal=self.has_proposal)
        self.refresh()

    @property
    def has_proposal(self) -> bool:
        """True when something is proposed of what this window is about."""
        return False

    def refresh(self) -> None:
        """Take over what is stored now."""

    @property
    def ready(self) -> bool:
        """True when the model can be drawn and worked on."""
        return (
            self.loaded is not None and self.loaded.model is not None and not self.session.entries[self.index].problem
        )

    @property
    def problem(self) -> str:
        """Why the model cannot be shown, or empty."""
        return self.session.entries[self.index].problem or (self.loaded.problem if self.loaded else "")

    def annotation(self) -> Annotation | None:
        """Return all that is known of the model, for drawing it as the dataset would; None without a head range."""
        return None

    def reject(self, reason: str) -> None:
        """Leave the model out, one that cannot be shown as well."""
        self._decide(lambda a: edits.rejected(a, reason))

    def flag(self) -> None:
        """Put the model off, or no longer."""
        self._decide(self._flagged)

    @staticmethod
    def _flagged(annotation: Annotation) -> Annotation:
        return edits.flagged(annotation)

    def _decide(self, change: Change) -> None:
        try:
            self.session.decide(self._proposal, change)
        finally:
            self.refresh()

    def _must_be_ready(self) -> None:
        if not self.ready:
            raise MmdgenError(self.problem or "reading…")

    @property
    def _proposal(self) -> Annotation | None:
        return self.loaded.proposal if self.loaded else None
