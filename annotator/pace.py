"""How fast a person works: decisions per minute, and the time that the rest will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

RECENT = 50  # decisions that the pace is taken from
PAUSE = 60.0  # seconds without a decision that count as a break


class Pace:
    """Counts decisions; breaks do not count."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._steps: deque[float] = deque(maxlen=RECENT)

    def step(self) -> None:
        """One more model was decided."""
        now = self._clock()
        self._steps.append(min(now - self._last, PAUSE))
        self._last = now

    @property
    def per_minute(self) -> float | None:
        """Models per minute over the last decisions, None before the first."""
        spent = sum(self._steps)
        return 60 * len(self._steps) / spent if spent > 0 else None

    def minutes(self, count: int) -> float | None:
        """Return the minutes that ``count`` more models will take at this pace, None where it is not known."""
        pace = self.per_minute
        return count / pace if pace else None
