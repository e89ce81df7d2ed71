"""Models that are read before their turn, by threads, in the order in which they will be drawn."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

AHEAD = 2  # models that are read, or are being read, beside the one that is drawn: what keeps one thread busy


class Shelf:
    """Reads what is expected, a few at a time.

    ``read`` is called in ``threads`` threads. At most AHEAD results, or two for each thread, are held at once.
    """

    def __init__(self, read: Callable[[Any], Any], threads: int = 1) -> None:
        self._read = read
        self._pool = ThreadPoolExecutor(threads, "reading")
        self._room = max(AHEAD, 2 * threads)
        self._lock = threading.Lock()
        self._expected: deque[tuple[Hashable, Any, Future[Any] | None]] = deque()

    def expect(self, orders: Iterable[tuple[Hashable, Any]]) -> None:
        """Add orders, each a key and what to read, behind those that are expected already. May be called anywhere."""
        with self._lock:
            self._expected.extend((key, what, None) for key, what in orders)
            self._begin()

    def last(self) -> Any:
        """Return what is expected last, None where nothing is."""
        with self._lock:
            return self._expected[-1][1] if self._expected else None

    def take(self, key: Hashable, what: Any) -> Future[Any]:
        """Return the reading of ``what``; orders before that of ``key`` are forgotten.

        What nobody expected is read now.
        """
        with self._lock:
            found = self._pool.submit(self._read, what) if all(key != k for k, _, _ in self._expected) else None
            while found is None:
                k, _, future = self._expected.popleft()
                if k == key:
                    found = future or self._pool.submit(self._read, what)
                elif future is not None:
                    future.cancel()
            self._begin()
            return found

    def _begin(self) -> None:
        for i in range(min(self._room, len(self._expected))):
            key, what, future = self._expected[i]
            if future is None:
                self._expected[i] = key, what, self._pool.submit(self._read, what)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._expected.clear()
        self._pool.shutdown(cancel_futures=True)
