"""What ``trainer eval`` does: check, measure, and show what was found as tables, JSON or a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from mmdgen.errors import UsageError
from trainer import lineup, tables
from trainer.config import Loading
from trainer.console import out, progress, say
from trainer.data import Examples, open_examples, spread
from trainer.devices import choose_device, within_memory
from trainer.evaluate import Measured, measure, report
from trainer.lineup import WHOLE, Lineup, Task
from trainer.metrics import find_lpips
from trainer.outputs import make_folder
from trainer.page.pictures import Clip, motion_clips
from trainer.weights import BEST_FIRST, trained_size

RUNS = Path("runs")


@dataclass(frozen=True)
class Asked:
    """The options of ``trainer eval``; see there."""

    shards: tuple[Path, ...]
    runs: Path | None
    published: Path | None
    snapshot: Path | None
    split: str
    limit: int | None
    batch: int
    device: str
    loading: Loading
    html: Path | None
    strips: int
    motion: Path | None
    frames: tuple[Path, ...]

    def check(self) -> None:
        """Raise UsageError where options contradict each other or are out of range."""
        for name in ("batch", "limit", "strips"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"--{name}: {value}, expected 1 or more; give a larger number")
        self.loading.check()
        if self.snapshot and (self.runs or self.published):
            raise UsageError("--snapshot: beside --runs or --published, expected it alone; leave it or them out")
        if (self.motion is None) != (not self.frames):
            raise UsageError(
                "--motion, --frames: one without the other, expected both; give the table and its pictures"
            )
        if self.html and self.html.is_dir():
            raise UsageError(f"--html {self.html}: a folder, expected a file; give {self.html / 'eval.html'}")
        if self.motion and not self.html:
            raise UsageError("--motion: without --html, expected a page that plays it; add --html FILE")


@dataclass(frozen=True)
class Found:
    """What was measured."""

    asked: Asked
    lineup: Lineup
    examples: Examples
    measured: tuple[Measured, ...]
    reports: dict[str, dict[str, Any]]  # by task
    films: tuple[Clip, ...]  # that the page plays beside examples

    @property
    def about(self) -> dict[str, Any]:
        """What was measured on what."""
        asked = self.asked
        return {
            **({"snapshot": str(next(iter(self.lineup.members.values())).file)} if asked.snapshot else {}),
            "runs": str(asked.runs) if asked.runs else None,
            "published": str(asked.published) if asked.published else None,
            "split": self.examples.split,
            "size": self.examples.size,
            "skipped": len(self.examples.unreadable),
            "networks": {name: member.as_json() for name, member in self.lineup.members.items()},
        }

    def as_json(self) -> dict[str, Any]:
        """Return all numbers; those of a snapshot, which has one task, without a task's name."""
        notes = {
            task.name: {a: note for a in self.lineup.rows[task] if (note := self.lineup.note(task, a))}
            for task in self.lineup.tasks
        }
        if self.asked.snapshot:
            return self.about | next(iter(self.reports.values()))
        return self.about | {"notes": notes, "tasks": self.reports}

    def focus(self, task: Task) -> str:
        """Return the answer that is looked at most closely: the article's best among those there are."""
        there = self.lineup.rows[task]
        return next((name for name in BEST_FIRST if name in there), next(iter(there)))


def evaluate(asked: Asked) -> Found:
    """Measure what was asked for; raises UsageError, ShardError, CheckpointError, TrainerError."""
    asked.check()
    if not asked.snapshot and not asked.runs and (RUNS.is_dir() or not asked.published):
        asked = replace(asked, runs=RUNS)
    splits = ("test", "val", "train") if asked.split == "auto" else (asked.split,)
    examples = open_examples(asked.shards, splits, asked.loading)
    if examples is None:
        given = " ".join(map(str, asked.shards))
        raise UsageError(f"{given}: no {asked.split} shards, expected some; give {asked.split}-*.h5 too")
    device = choose_device(asked.device)
    contest = _lineup(asked, device)
    films = _films(asked, contest, examples.size)
    if asked.html:
        make_folder(str(asked.html))
    _tell(contest, examples)
    lpips, missing = find_lpips(device)
    if lpips is None:
        say(f"no LPIPS: {missing}")
    rows = spread(examples.models, asked.limit or len(examples))
    with within_memory(device, f"--batch {asked.batch}", "give a smaller --batch"), progress() as bar:
        task = bar.add_task("eval", total=len(rows), note="")
        advance = partial(bar.advance, task)
        measured = measure(contest, examples, rows, batch=asked.batch, lpips=lpips, advance=advance)
    reports = {one.task.name: report(one, examples) for one in measured}
    return Found(asked, contest, examples, tuple(measured), reports, films)


def _tell(contest: Lineup, examples: Examples) -> None:
    """Say what whoever reads the numbers must know of them."""
    if examples.split == "train":
        say("measuring on train shards: a network has an easier time with characters that it was trained on")
    sizes = {trained_size(member.file) or examples.size for member in contest.members.values()} - {examples.size}
    if sizes:
        learned = ", ".join(f"{size} × {size}" for size in sorted(sizes))
        say(f"measuring pictures of {examples.size} × {examples.size}, but networks learned from {learned}")


def _films(asked: Asked, contest: Lineup, size: int) -> tuple[Clip, ...]:
    """Return the motions that the page plays, checked before anything is computed."""
    if asked.motion is None:
        return ()
    if WHOLE not in contest.tasks:
        raise UsageError("--motion: no whole way from rest to posed, expected morpher and rotator; train both first")
    return tuple(motion_clips(asked.motion, asked.frames, size, asked.batch))


def _lineup(asked: Asked, device: torch.device) -> Lineup:
    if asked.snapshot:
        return lineup.of_snapshot(asked.snapshot, device)
    return lineup.of_runs(asked.runs, asked.published, device)


def print_tables(found: Found) -> None:
    """Print what was measured: every task's answers and, of the one in focus, characters and parameters."""
    for name, member in found.lineup.members.items():
        images = member.about.get("images")
        seen = f", {images:,} images" if isinstance(images, int) else ""
        out.print(f"{name}: {member.file}{seen}", markup=False)
    for measured in found.measured:
        task, found_here = measured.task, found.reports[measured.task.name]
        overall, characters = found_here["overall"], found_here["characters"]
        out.print()
        out.print(
            f"{task.name}, on {overall['images']:,} {found.examples.split} images of {len(characters)} characters;",
            f"{overall['changed_share']:.2%} of their pixels change",
            markup=False,
        )
        for table in tables.overall(overall, measured.answers, partial(found.lineup.note, task)):
            tables.show(out, table)
    first = found.measured[0]
    here, focus = found.reports[first.task.name], found.focus(first.task)
    tables.show(out, tables.parameters(here["parameters"], focus))
    tables.show(out, tables.characters(here["characters"], focus))
    if found.examples.unreadable:
        out.print(f"{len(found.examples.unreadable)} examples could not be read and are left out", markup=False)
