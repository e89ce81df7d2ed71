"""What a run tells while it trains: metrics.jsonl, TensorBoard, a progress bar or plain lines."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from torch.utils.tensorboard import SummaryWriter

from trainer.checkpoint import write_atomically
from trainer.console import clock, progress, say
from trainer.errors import CheckpointError

METRICS = "metrics.jsonl"


class Journal:
    """Tells of one run from image ``seen`` on; a context manager. Lines of a lost future are dropped first."""

    def __init__(self, folder: Path, seen: int, total: int) -> None:
        self.path = folder / METRICS
        _forget_after(self.path, seen)
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=seen + 1 if seen else None)
        self._name, self._total = folder.name, total
        self._mark, self._last = (time.perf_counter(), seen), 0.0
        self._tell_of_thread = threading.excepthook
        self._bar = progress()
        self._task = self._bar.add_task(folder.name, total=total, completed=seen, note="")

    def __enter__(self) -> Self:
        self._bar.start()
        threading.excepthook = self._told_already
        return self

    def _told_already(self, what: threading.ExceptHookArgs) -> None:
        """Keep quiet of what TensorBoard's thread could not write: it is raised by the next call, too."""
        if not issubclass(what.exc_type, OSError):
            self._tell_of_thread(what)

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CheckpointError(
                f"{self.path.parent}: {error.strerror or error}, expected room to write; free some and run again"
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        with suppress(OSError) if error else self._room():
            self._board.close()
        threading.excepthook = self._tell_of_thread

    def step(self, seen: int) -> None:
        """Move the progress bar."""
        self._bar.update(self._task, completed=seen)

    def log(self, seen: int, **scalars: float) -> None:
        """Write one line of metrics, and say it where no progress bar is to be seen."""
        rate = self._rate(seen)
        record: dict[str, Any] = {"images": seen, **scalars, "images_per_s": round(rate, 2)}
        with self._room():
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            for name, value in record.items():
                if name != "images":
                    self._board.add_scalar(name, value, seen)
        told = f"{rate:,.1f} images/s"
        if "loss" in scalars:
            told = f"loss {scalars['loss']:.5f} · {told}"
        self._bar.update(self._task, completed=seen, note=told)
        if not sys.stderr.isatty():
            left = clock(max(0, self._total - seen) / max(rate, 1e-9))
            numbers = " · ".join(f"{name} {value:.5g}" for name, value in scalars.items())
            say(f"{self._name}: {seen:,} of {self._total:,} images · {numbers} · {rate:,.1f} images/s · {left} left")

    def _rate(self, seen: int) -> float:
        """Return the images a second since the last line that told of fewer images."""
        now = time.perf_counter()
        if seen > self._mark[1]:
            self._last = (seen - self._mark[1]) / max(now - self._mark[0], 1e-9)
            self._mark = now, seen
        return self._last

    def grid(self, seen: int, name: str, picture: NDArray[np.uint8]) -> None:
        """Show an (H, W, 3) uint8 picture in TensorBoard."""
        with self._room():
            self._board.add_image(name, picture, seen, dataformats="HWC")
            self._board.flush()
        self._mark = time.perf_counter(), self._mark[1]  # making pictures is no training


def _forget_after(path: Path, seen: int) -> None:
    """Drop the lines of metrics that tell of more than ``seen`` images, and a line cut short by a crash."""
    if not path.exists():
        return
    kept = []
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            if json.loads(line)["images"] <= seen:
                kept.append(line)
        except (ValueError, KeyError, TypeError):
            continue
    write_atomically(path, b"".join(kept))
