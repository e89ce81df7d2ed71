"""What annotate-auto proposes for zoo characters, held to what their generator knows.

    mmdgen zoo /tmp/zoo --count 1000 --seed 4
    python benchmarks/zoo_proposals.py /tmp/zoo [--hidden] [--processes 2] [--failures failures.json]

Errors of the head are in rows of a picture of 256, in which the true head takes 128. A slot is right when the proposed
morph is the true one; precision counts proposals, recall true slots. ``--hidden`` replaces all names but those of the
bones 頭, 首, 左目 and 右目, which every model has.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmdgen.annotation import SLOTS
from mmdgen.formats.load import read_model
from mmdgen.library.proposals import propose
from mmdgen.model import Model
from mmdgen.zoo.library import MANIFEST

HEAD_ROWS = 128  # of the 256 that the errors are told in
SURE = 0.8  # what `mmdgen render` asks of a proposal
KEPT_BONES = ("頭", "首", "左目", "右目")
MIRRORED = {"normal_left": "normal_right", "smile_left": "smile_right"} | {
    "normal_right": "normal_left",
    "smile_right": "smile_left",
}


@dataclass(frozen=True)
class Judged:
    """One character: errors of the head in rows (None without a proposal), true and proposed morph of each slot."""

    path: str
    bottom: float | None
    top: float | None
    head_confidence: float
    slots: dict[str, tuple[int | None, int | None, float]]  # truth, proposal, its confidence

    def wrong(self, slot: str) -> bool:
        """Tell whether another morph than the true one is proposed, or one of them lacks."""
        truth, proposed, _ = self.slots[slot]
        return truth != proposed


def nameless(model: Model) -> Model:
    """Return the model with numbers for names, but for the bones that every proposal needs."""
    return replace(
        model,
        materials=tuple(replace(m, name=f"{i}", name_en="") for i, m in enumerate(model.materials)),
        morphs=tuple(replace(m, name=f"{i}", name_en="") for i, m in enumerate(model.morphs)),
        bones=tuple(
            b if b.name in KEPT_BONES else replace(b, name=f"{i}", name_en="") for i, b in enumerate(model.bones)
        ),
    )


def judge(root: Path, hidden: bool, entry: dict[str, Any]) -> Judged:
    """Propose for one entry of a manifest and compare."""
    model = read_model(root / entry["path"])
    found = propose(nameless(model) if hidden else model)
    head, truth = found.head, entry["head"]
    scale = HEAD_ROWS / (truth["top"] - truth["bottom"])
    slots = {}
    for slot in SLOTS:
        true, ours = entry["slots"][slot], found.slots[slot]
        slots[slot] = (
            true["index"] if true else None,
            ours.index if ours else None,
            ours.confidence if ours else 0.0,
        )
    return Judged(
        entry["path"],
        None if head is None else (head.bottom - truth["bottom"]) * scale,
        None if head is None else (head.top - truth["top"]) * scale,
        head.confidence if head else 0.0,
        slots,
    )


def heads(judged: list[Judged]) -> list[str]:
    """Return the table of errors of the head."""
    lines = [
        "| head | proposed | median | p90 | p99 | worst | > 2 rows | > 8 rows |",
        "|---|---|---|---|---|---|---|---|",
    ]
    some: tuple[tuple[str, Callable[[Judged], bool]], ...] = (
        ("sure", lambda j: j.head_confidence >= SURE),
        ("all", lambda _: True),
    )
    for kind, chosen in some:
        for end in ("bottom", "top"):
            errors = np.abs([getattr(j, end) for j in judged if j.bottom is not None and chosen(j)])
            if not len(errors):
                continue
            told = [np.median(errors), *np.percentile(errors, (90, 99)), errors.max()]
            shares = [(errors > limit).mean() for limit in (2, 8)]
            cells = [f"{end}, {kind}", f"{len(errors) / len(judged):.1%}", *(f"{x:.2f}" for x in told)]
            lines.append("| " + " | ".join([*cells, *(f"{x:.1%}" for x in shares)]) + " |")
    return lines


def slots_table(judged: list[Judged]) -> list[str]:
    """Return precision, recall and swapped sides of every slot."""
    lines = ["| slot | there | precision ≥ 0.8 | recall ≥ 0.8 | precision, any | recall, any | other side's |"]
    lines.append("|---|---|---|---|---|---|---|")

    def shares(triples: Iterable[tuple[int | None, int | None, float]]) -> tuple[str, str]:
        given = list(triples)
        proposed = [p == t for t, p, _ in given if p is not None]
        found = [p == t for t, p, _ in given if t is not None]
        return tuple(f"{np.mean(x):.1%} of {len(x)}" if x else "none" for x in (proposed, found))  # type: ignore[return-value]

    total = [t for j in judged for t in j.slots.values()]
    rows = [(slot, [j.slots[slot] for j in judged]) for slot in SLOTS]
    for slot, given in [*rows, ("all", total)]:
        sure = [(t, p if c >= SURE else None, c) for t, p, c in given]
        swapped = sum(
            j.slots[slot][1] is not None and j.slots[slot][1] == j.slots[MIRRORED[slot]][0]
            for j in judged
            if slot in MIRRORED
        )
        there = sum(t is not None for t, _, _ in given)
        cells = [slot, f"{there}", *shares(sure), *shares(given), f"{swapped}" if slot in MIRRORED else ""]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def reliability(judged: list[Judged]) -> list[str]:
    """Return how often proposals of each confidence are right: what a confidence is worth."""
    lines = ["| confidence | slots | right | heads | within 2 rows | within 8 rows |", "|---|---|---|---|---|---|"]
    slots = [(c, p == t) for j in judged for t, p, c in j.slots.values() if p is not None]
    worst = [
        (j.head_confidence, max(abs(j.bottom), abs(j.top)))
        for j in judged
        if j.bottom is not None and j.top is not None
    ]
    steps = sorted({round(c, 1) for c, _ in (*slots, *worst)}, reverse=True)
    for step in steps:
        right = [r for c, r in slots if round(c, 1) == step]
        errors = np.array([e for c, e in worst if round(c, 1) == step])
        cells = [f"{step:.1f}", f"{len(right)}", f"{np.mean(right):.1%}" if right else "", f"{len(errors)}"]
        cells += [f"{(errors <= limit).mean():.1%}" if len(errors) else "" for limit in (2, 8)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Print the tables; write what is wrong where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zoo", type=Path)
    parser.add_argument("--hidden", action="store_true")
    parser.add_argument("--count", type=int, default=None)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--failures", type=Path)
    options = parser.parse_args()
    entries = json.loads((options.zoo / MANIFEST).read_text(encoding="utf-8"))["characters"][: options.count]
    began = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        judged = pool.map(partial(judge, options.zoo, options.hidden), entries, chunksize=4)
    seconds = time.perf_counter() - began
    how = "all names hidden" if options.hidden else "with names"
    complete = sum(not any(map(j.wrong, SLOTS)) for j in judged)
    print(f"{len(judged)} characters, {how}: {seconds:.0f} s; every slot right for {complete / len(judged):.1%}\n")
    print("\n".join([*heads(judged), "", *slots_table(judged), "", *reliability(judged)]))
    if options.failures:
        options.failures.write_text(
            json.dumps([failure(j) for j in judged if failure(j)], ensure_ascii=False, indent=1)
        )
        kinds = Counter(key for j in judged for key in failure(j) if key != "path")
        print(f"\n{options.failures}: {dict(kinds)}")


def failure(judged: Judged) -> dict[str, Any]:
    """Return what is wrong with the proposal for a character: errors of more than 2 rows, and slots."""
    wrong: dict[str, Any] = {slot: judged.slots[slot] for slot in SLOTS if judged.wrong(slot)}
    for end in ("bottom", "top"):
        error = getattr(judged, end)
        if error is None or abs(error) > 2:
            wrong[end] = error
    return {"path": judged.path, **wrong} if wrong else {}


if __name__ == "__main__":
    main()
