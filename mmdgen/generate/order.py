"""Which task comes next: each worker goes on where it is, so that neighbours are done by the same one."""

from __future__ import annotations


class Order:
    """The numbers 0 to ``count`` - 1, each handed out once.

    A worker gets the number behind its last one while that is left. Otherwise it begins in the middle of the longest
    stretch that is left, or at its start where nobody comes from before.
    """

    def __init__(self, count: int) -> None:
        self._gaps = [(0, count)] if count else []  # start and stop of what is left, in order
        self._left = count
        self._heads: dict[int, int] = {}  # worker → the number behind its last one

    def __len__(self) -> int:
        return self._left

    def take(self, worker: int) -> int:
        """Return the next number for a worker; there must be one."""
        head = self._heads.get(worker)
        place = next((i for i, gap in enumerate(self._gaps) if gap[0] == head), None)
        if place is None:
            place = max(range(len(self._gaps)), key=lambda i: self._gaps[i][1] - self._gaps[i][0])
            first, stop = self._gaps[place]
            number = (first + stop) // 2 if first in self._heads.values() else first
        else:
            number = self._gaps[place][0]
        first, stop = self._gaps.pop(place)
        self._gaps[place:place] = [gap for gap in ((first, number), (number + 1, stop)) if gap[0] < gap[1]]
        self._heads[worker] = number + 1
        self._left -= 1
        return number

    def clear(self) -> None:
        """Forget what is left."""
        self._gaps.clear()
        self._left = 0
