"""What a run tells while it trains: metrics.jsonl, TensorBoard, a progress bar or plain lines."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from torch.utils.tensorboard import SummaryWriter

from trainer.checkpoint import write_atomically
from trainer.console import clock, progress, say

METRICS = "metrics.jsonl"


class Journal:
    """Tells of one run from image ``seen`` on; a context manager. Lines of a lost future are dropped first."""

    def __init__(self, folder: Path, stage: str, seen: int, total: int) -> None:
        self.path = folder / METRICS
        _forget_after(self.path, seen)
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=seen + 1 if seen else None)
        self._began, self._from, self._total = time.perf_counter(), seen, total
        self._bar = progress()
        self._task = self._bar.add_task(stage, total=total, completed=seen, note="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        self._board.close()

    def rate(self, seen: int) -> float:
        """Return the images a second since this process began to train."""
        return (seen - self._from) / max(time.perf_counter() - self._began, 1e-9)

    def step(self, seen: int, loss: float) -> None:
        """Move the progress bar."""
        self._bar.update(self._task, completed=seen, note=f"loss {loss:.5f} · {self.rate(seen):.1f} images/s")

    def log(self, seen: int, **scalars: float) -> None:
        """Write one line of metrics, and say it where no progress bar is to be seen."""
        record: dict[str, Any] = {"images": seen, **scalars, "images_per_s": round(self.rate(seen), 2)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        for name, value in scalars.items():
            self._board.add_scalar(name, value, seen)
        self._board.add_scalar("images_per_s", record["images_per_s"], seen)
        if not sys.stderr.isatty():
            left = clock((self._total - seen) / max(self.rate(seen), 1e-9))
            told = " · ".join(f"{name} {value:.5g}" for name, value in scalars.items())
            say(f"{seen:,} of {self._total:,} images · {told} · {self.rate(seen):.1f} images/s · {left} left")

    def grid(self, seen: int, picture: NDArray[np.uint8]) -> None:
        """Show an (H, W, 3) uint8 picture in TensorBoard."""
        self._board.add_image("input_target_output_mask", picture, seen, dataformats="HWC")
        self._board.flush()


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
